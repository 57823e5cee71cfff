"""Settings that must hold before any test module is imported."""

import os

os.environ["MPLBACKEND"] = "Agg"
# Matrices are small here, and threads that wait for each other in every worker of pytest-xdist make
# dense algebra several times slower.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import hypothesis  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile("sigdeconv", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("sigdeconv")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed; each test gets a fresh one."""
    return np.random.default_rng(20240229)
