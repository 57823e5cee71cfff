"""Scenes that several tests restore."""

import pytest

import sigdeconv as sd


@pytest.fixture(scope="package")
def photograph():
    scene = sd.datasets.camera()[60:160, 160:250]
    return sd.simulate(scene, sd.psf.gaussian((1.8, 1.3)), noise="poisson:300", rng=1)
