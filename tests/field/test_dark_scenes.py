"""Few bright things on a dark ground: no method explodes, and the choice goes by the shape."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.solvers.noise_level import spectra_of
from sigdeconv.solvers.shape import is_dark
from sigdeconv.stopping import StopReason

pytestmark = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")


def rms(a, b):
    return float(np.sqrt(np.mean((np.asarray(a) - b) ** 2)))


def counted(scene, psf, ground, seed):
    """Return counts of a scene on a ground of so many, and what they are counts of."""
    clean = sd.simulate(scene, psf, noise=None)
    rng = np.random.default_rng(seed)
    y = rng.poisson(np.maximum(clean.y, 0) + ground).astype(float)
    return y, clean.truth_window + ground


@pytest.mark.slow
@pytest.mark.parametrize("ground", [3, 30])
@pytest.mark.parametrize("method", ["wiener", "tikhonov", "tv", "wavelet_l1", "auto"])
def test_bright_spots_are_never_made_worse(method, ground):
    scene = np.zeros((64, 70))
    scene[[15, 40, 50], [20, 50, 12]] = 4e4, 1e5, 7e4
    psf = sd.psf.gaussian(1.6)
    y, truth = counted(scene, psf, ground, 0)
    assert rms(sd.deconvolve(y, psf, method=method).x, truth) < 1.02 * rms(y, truth)


@pytest.mark.slow
@pytest.mark.parametrize("planes", [14, 20])
def test_stacks_of_few_planes(planes):
    scene = 400 * sd.datasets.beads((planes, 36, 38))
    psf = sd.psf.gaussian((1.5, 1.4, 1.4))
    y, truth = counted(scene, psf, 3, 1)
    for method in ("wiener", "tikhonov"):
        assert rms(sd.deconvolve(y, psf, method=method).x, truth) < 0.95 * rms(y, truth)


def test_the_taper_leaks_less_where_there_are_many_samples():
    psf = sd.psf.gaussian(1.5, ndim=1)
    for n in (40, 2000):
        obs = sd.Observation(np.ones(n), sd.Convolution.for_data(psf, (n,)))
        assert (spectra_of(obs) is not None) and (
            (obs.kept["periodogram"].untapered is None) == (n == 2000)
        )


@pytest.mark.parametrize("offset", [-200.0, 0.0, 1000.0])
def test_dark_is_a_shape(offset):
    stars = np.zeros((90, 90))
    stars[tuple(np.random.default_rng(2).integers(5, 85, (2, 25)))] = 3e3
    psf = sd.psf.moffat(fwhm=3.5, beta=3.0, shape=21)
    y, _ = counted(stars, psf, 100, 2)
    assert is_dark(sd.Observation(y + offset, sd.Convolution.for_data(psf, y.shape)))
    photo = sd.simulate(sd.datasets.camera()[:90, :90], psf, noise=0.01, rng=0)
    assert not is_dark(sd.Observation(photo.y + offset, photo.A))


@pytest.mark.slow
def test_stars_whose_sky_was_subtracted_go_to_a_nonnegative_method():
    rng = np.random.default_rng(7)
    stars = np.zeros((110, 110))
    stars[tuple(rng.integers(5, 105, (2, 40)))] = 10 ** rng.uniform(2.7, 4.3, 40)
    psf = sd.psf.moffat(fwhm=3.6, beta=3.0, shape=21)
    y, truth = counted(stars, psf, 150, 3)
    result = sd.deconvolve(y - 150, psf)
    assert result.method in ("richardson_lucy", "nnls", "sparse") and result.x.min() >= 0
    assert rms(result.x, truth - 150) < 0.8 * rms(y, truth)


def test_a_limit_of_iterations_is_named_as_such():
    stars = np.zeros((50, 50))
    stars[[12, 30, 40], [20, 33, 8]] = 1e5
    psf = sd.psf.gaussian(2.0)
    y, _ = counted(stars, psf, 2, 4)
    plain = sd.deconvolve(y, psf, method="richardson_lucy", stop="auto", num_iter=20)
    assert plain.num_iter == 20 and plain.stop is StopReason.MAX_ITER


SCRIPT = """
import hashlib, numpy as np, sigdeconv as sd
y = np.random.default_rng(1).poisson(50.0, (13, 41, 40)).astype(float)
psf = sd.psf.gaussian((1.5,) * 3)
x = sd.richardson_lucy(y, psf, num_iter=30, acceleration="squarem")
print(hashlib.sha256(np.ascontiguousarray(x).tobytes()).hexdigest())
"""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["scipy", "pyfftw"])
def test_the_next_process_finds_the_same_numbers(engine, monkeypatch):
    if engine == "pyfftw":
        pytest.importorskip("pyfftw")
    monkeypatch.setenv("SIGDECONV_FFT", engine)
    runs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(runs) == 1


def test_a_ground_that_lies_below_zero_is_told():
    rng = np.random.default_rng(51)
    at = np.indices((84, 84))
    scene = np.zeros((84, 84))
    for row, column in rng.uniform(8, 76, (12, 2)):
        scene += 250 * np.exp(-((((at[0] - row) ** 2 + (at[1] - column) ** 2) / 40) ** 2))
    psf = sd.psf.gaussian(1.5)
    counts = rng.poisson(np.maximum(sd.simulate(scene, psf, noise=None).y, 0) + 20.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        right = sd.deconvolve(counts - 20.0, psf, method="nnls")
        low = sd.deconvolve(counts - 32.0, psf, method="nnls")
    assert not any("below zero" in doubt for doubt in right.doubts)
    assert any("below zero" in doubt and "background" in doubt for doubt in low.doubts)
