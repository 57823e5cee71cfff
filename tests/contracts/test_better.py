"""With its defaults no method returns something worse than the data."""

import itertools

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry
from tests.contracts._cases import KERNELS, RESTORING, by_weight, each, options, scene

WORSE = {("inverse_filter", 0.002)}  # than a stack, without a warning

pytestmark = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")


SMALL = pytest.param(0.002, marks=pytest.mark.slow)


def coins(name):
    """Return the scene of a photograph, or of spikes for a method that asks for few samples."""
    shape = (96, 90)
    if name == "sparse":
        rng = np.random.default_rng(0)
        return np.where(rng.random(shape) < 0.01, 0.5 + rng.random(shape), 0.0)
    return sd.datasets.coins()[100:196, 40:130]


def assert_better(name, obs):
    """Function and name give the same, which `test_doors` holds: one of them is tried."""
    x, truth = sd.deconvolve(obs, method=name, **options(name)).x, obs.truth_window
    assert sd.metrics.psnr(truth, x) > sd.metrics.psnr(truth, obs.y)


@pytest.mark.parametrize("noise", [SMALL, 0.02])
@pytest.mark.parametrize("name", each(RESTORING))
def test_images(name, noise):
    psf = sd.psf.gaussian((1.5, 1.0))
    assert_better(name, sd.simulate(coins(name), psf, noise=noise, rng=0))


@pytest.mark.parametrize(
    ("noise", "parity", "dtype"),
    [
        (0.02, 1, np.float32),
        pytest.param(0.002, 0, np.float64, marks=pytest.mark.slow),
        pytest.param(0.02, 0, np.float64, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", each(RESTORING))
def test_signals(name, noise, parity, dtype):
    signal = scene(1, name).astype(dtype)
    assert_better(name, sd.simulate(signal, KERNELS[1][parity], noise=noise, rng=0))


# The kernel is larger than the data here, so that the signal has eight times as many samples.
TOO_LITTLE = pytest.mark.xfail(strict=True, reason="a penalty too small for so little data")
STACKS = [
    pytest.param(n, level, marks=TOO_LITTLE if (n, level) in WORSE else ())
    for n, level in itertools.product(RESTORING, (0.002, 0.02))
    if level == 0.02 or not by_weight(n)  # of a search of weights one is enough here
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "noise"), STACKS)
def test_stacks(name, noise):
    z, y, x = np.indices((16, 16, 18))
    balls = [(6, 6, 6, 4.2), (10, 11, 12, 4.0), (9, 4, 14, 2.8)]
    ball = np.any([(z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 < r**2 for a, b, c, r in balls], 0)
    points = np.random.default_rng(0).random(ball.shape) < 0.01
    psf = sd.psf.gaussian((0.8, 1.0, 0.9), shape=(5, 7, 5))
    volume = points.astype(float) if name == "sparse" else 0.1 + ball
    assert_better(name, sd.simulate(volume, psf, noise=noise, rng=0))


@pytest.mark.parametrize("factor", [1e-3, 1e3])
@pytest.mark.parametrize("name", [n for n in RESTORING if registry.get(n).iterates])
def test_kernels_of_any_sum(name, factor):
    psf = KERNELS[1][0]
    obs = sd.simulate(scene(1, name), psf, noise=0.01, rng=0)
    x = factor * registry.get(name).function(obs.y, factor * psf, **options(name))
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, x) > sd.metrics.psnr(truth, obs.y)


@pytest.mark.parametrize("psf", [sd.psf.box(5), sd.psf.motion(7.0, 30.0), sd.psf.disk(2.5)])
@pytest.mark.parametrize("name", ["wiener", "tikhonov", "tv", "richardson_lucy", "cgls"])
def test_kernels_with_zeros_in_the_spectrum(name, psf):
    obs = sd.simulate(coins(name), psf, noise=0.01, rng=0)
    x = registry.get(name).function(obs.y, psf)
    assert sd.metrics.psnr(obs.truth_window, x) > sd.metrics.psnr(obs.truth_window, obs.y)
