"""Noise models against their moments, and the estimate of the level against known noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

import sigdeconv as sd
from sigdeconv.noise import (
    Gaussian,
    Mixed,
    NoNoise,
    Poisson,
    as_noise,
    estimate_noise,
)

CLEAN = np.linspace(0.0, 4.0, 40_000).reshape(200, 200)


def scene(ndim: int, n: int, seed: int = 0) -> np.ndarray:
    """Edges at all scales, seen through a camera's blur: values 0 to about 1."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n,) * ndim)
    for _ in range(60):
        start = rng.integers(0, n - 4, ndim)
        stop = start + rng.integers(2, n // 2, ndim)
        x[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))] += rng.uniform(-0.4, 0.4)
    return ndimage.gaussian_filter(x, 1.0)


@pytest.mark.parametrize(
    ("noise", "sigma"),
    [
        (Gaussian(0.3), 0.3),
        (Gaussian(relative=0.05), 0.2),
        (Gaussian(bsnr=20), CLEAN.std() / 10),
        (NoNoise(), 0.0),
    ],
)
def test_gaussian_level(noise, sigma):
    assert noise.scale(CLEAN) == 1.0
    assert noise.sigma_of(CLEAN) == pytest.approx(sigma, rel=1e-12)
    residual = noise.sample(CLEAN, 0) - CLEAN
    assert residual.std() == pytest.approx(sigma, rel=0.02)
    assert abs(residual.mean()) <= 4 * sigma / 200


def test_poisson_moments():
    assert Poisson(gain=7).scale(CLEAN) == 7
    noise = Poisson(peak=100)
    counts = CLEAN * noise.scale(CLEAN)
    assert counts.max() == pytest.approx(100)
    y = noise.sample(counts, 0)
    np.testing.assert_array_equal(y, np.round(y))
    assert y.dtype == np.float64
    assert ((y - counts) ** 2).mean() == pytest.approx(counts.mean(), rel=0.03)
    assert noise.sigma_of(CLEAN) is None


@pytest.mark.parametrize("gain", [1.0, 0.25, 40.0])
def test_the_level_of_counting_noise_is_that_of_its_draws(gain):
    y = 5 + np.random.default_rng(0).random(20000)
    noise = Poisson(gain=gain)
    drawn = noise.sample(gain * y, 1) / gain
    assert noise.level(y) == pytest.approx(np.std(drawn - y), rel=0.02)


def test_mixed_moments():
    noise = Mixed(Poisson(100), Gaussian(5))
    counts = CLEAN * noise.scale(CLEAN)
    y = noise.sample(counts, 0)
    assert ((y - counts) ** 2).mean() == pytest.approx(counts.mean() + 25, rel=0.03)


@pytest.mark.parametrize(
    "noise", [NoNoise(), Gaussian(0.1), Poisson(50), Mixed(Poisson(50), Gaussian(1))]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_seed_dtype_and_no_mutation(noise, dtype):
    clean = np.arange(12, dtype=dtype).reshape(3, 4)
    before = clean.copy()
    first, again = noise.sample(clean, 3), noise.sample(clean, np.random.default_rng(3))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == dtype
    assert first is not clean
    np.testing.assert_array_equal(clean, before)
    assert not isinstance(noise, NoNoise) or not np.shares_memory(first, clean)
    assert noise.sample(clean).shape == (3, 4)
    assert len(noise.describe()) > 5
    with pytest.raises(AttributeError):
        noise.level = 3


def test_torch():
    torch = pytest.importorskip("torch")
    pytest.importorskip("array_api_compat")
    clean = torch.arange(12, dtype=torch.float32)
    y = Gaussian(0.1).sample(clean, 0)
    assert isinstance(y, torch.Tensor)
    assert y.dtype == torch.float32
    np.testing.assert_allclose(y.numpy(), Gaussian(0.1).sample(clean.numpy(), 0))
    assert isinstance(estimate_noise(y), float)


def test_complex_noise():
    noise = Gaussian(0.5).sample(np.zeros(20_000, complex), 0)
    assert np.sqrt((abs(noise) ** 2).mean()) == pytest.approx(0.5, rel=0.03)
    assert noise.real.std() == pytest.approx(noise.imag.std(), rel=0.03)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (None, NoNoise()),
        (0, NoNoise()),
        (0.0, NoNoise()),
        ("0", NoNoise()),
        ("none", NoNoise()),
        (0.01, Gaussian(relative=0.01)),
        ("0.01", Gaussian(relative=0.01)),
        (np.float32(0.5), Gaussian(relative=0.5)),
        ("gaussian:0.01", Gaussian(0.01)),
        ("gaussian:bsnr=-3", Gaussian(bsnr=-3)),
        ("gaussian:relative=1e-2", Gaussian(relative=0.01)),
        ("poisson:1000", Poisson(1000)),
        ("poisson:gain=3", Poisson(gain=3)),
        ("poisson:1000+gaussian:2", Mixed(Poisson(1000), Gaussian(2))),
        (Poisson(3), Poisson(3)),
    ],
)
def test_as_noise(spec, expected):
    assert as_noise(spec) == expected


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: Gaussian(), ValueError, "exactly one of sigma, bsnr, relative; got none"),
        (lambda: Gaussian(1, bsnr=2), ValueError, "got sigma, bsnr"),
        (lambda: Gaussian(-1), ValueError, "sigma.*-1"),
        (lambda: Gaussian("1"), TypeError, "sigma.*'1'"),
        (lambda: Gaussian(bsnr=math.nan), ValueError, "bsnr.*nan"),
        (lambda: Poisson(), ValueError, "exactly one of peak, gain; got none"),
        (lambda: Poisson(1, gain=1), ValueError, "got both"),
        (lambda: Poisson(0), ValueError, "peak must be above zero"),
        (lambda: Poisson(5).scale([0.0]), ValueError, "clean.*all zeros"),
        (lambda: Poisson(5).sample([-1.0, 3.0]), ValueError, "clean.*at least zero"),
        (lambda: Poisson(5).sample([1j]), ValueError, "clean must be real"),
        (lambda: Gaussian(1).sample([np.nan]), ValueError, "clean"),
        (lambda: Mixed(Gaussian(1), Poisson(1)), TypeError, "poisson, gaussian in this order"),
        (lambda: as_noise(-0.1), ValueError, "noise.*-0.1"),
        (lambda: as_noise("-0.1"), ValueError, "noise.*-0.1"),
        (lambda: as_noise("nan"), ValueError, "noise.*nan"),
        (lambda: as_noise([1]), TypeError, "noise"),
        (lambda: as_noise(True), TypeError, "noise"),
        (lambda: as_noise("salt:1"), ValueError, "poisson:1000"),
        (lambda: as_noise("gaussian:1+poisson:2"), ValueError, "gaussian to poisson"),
        (lambda: as_noise("gaussian:gain=1"), ValueError, "written as"),
        (lambda: as_noise("poisson:"), ValueError, "written as"),
        (lambda: estimate_noise([1.0, 2.0]), ValueError, "y must have an axis"),
        (lambda: estimate_noise(np.ones((9, 9)), axes=2), ValueError, "axes"),
        (lambda: estimate_noise([np.inf] * 9), ValueError, "y holds"),
    ],
)
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()


@pytest.mark.parametrize("sigma", [0.01, 0.05, 0.2])
@pytest.mark.parametrize(("ndim", "n"), [(2, 128), (3, 40)])
@pytest.mark.parametrize("seed", [0, 1])
def test_estimate_on_blurred_scenes(ndim, n, sigma, seed):
    y = Gaussian(sigma).sample(scene(ndim, n, seed), seed)
    before = y.copy()
    assert estimate_noise(y) == pytest.approx(sigma, rel=0.10)
    assert estimate_noise(y.astype(np.float32)) == pytest.approx(estimate_noise(y), rel=1e-3)
    np.testing.assert_array_equal(y, before)


@pytest.mark.parametrize("sigma", [0.001, 0.05, 3.0])
def test_estimate_on_a_smooth_line(sigma):
    t = np.linspace(0, 1, 8192)
    y = Gaussian(sigma).sample(np.sin(20 * t) + np.exp(-(((t - 0.5) / 0.01) ** 2)), 0)
    assert estimate_noise(y) == pytest.approx(sigma, rel=0.05)


@pytest.mark.parametrize("dead", [0.2, 0.5, 0.8])
def test_estimate_ignores_dead_areas(dead):
    y = Gaussian(0.1).sample(scene(2, 128) + 3, 0)
    y[: int(128 * dead)] = 0
    assert estimate_noise(y) == pytest.approx(0.1, rel=0.10)
    line = Gaussian(0.1).sample(np.zeros(4096), 0)
    line[: int(4096 * dead)] = 7
    assert estimate_noise(line) == pytest.approx(0.1, rel=0.10)


def test_estimate_of_no_noise_is_zero():
    assert estimate_noise(np.full((20, 30), 3.7)) == 0.0
    assert estimate_noise(np.zeros(9)) == 0.0
    phantom = np.zeros((64, 64))
    phantom[10:40, 20:50] = 1
    phantom[20:24, 30:33] = 3
    assert estimate_noise(phantom) == 0.0
    assert estimate_noise(np.arange(100.0)) == 0.0


def test_estimate_axes_and_whole_numbers():
    colour = Gaussian(5.0).sample(100 * np.stack([scene(2, 96, s) for s in range(3)], -1), 0)
    assert estimate_noise(colour, axes=(0, 1)) == pytest.approx(5.0, rel=0.05)
    assert estimate_noise(colour, axes=(-3, -2)) == estimate_noise(colour, axes=(0, 1))
    whole = np.round(colour + 100).astype(np.uint8)
    assert estimate_noise(whole, axes=(0, 1)) == pytest.approx(5.0, rel=0.1)
    both = colour[..., 0] + 1j * colour[..., 1]
    assert estimate_noise(both) == pytest.approx(5.0 * math.sqrt(2), rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["camera", "coins", "hubble", "cell", "page", "grass"])
@pytest.mark.parametrize(
    "spec", ["poisson:30", "poisson:3000", "gaussian:bsnr=20", "gaussian:bsnr=40"]
)
def test_counting_is_told_from_read_out(name, spec):
    scene = getattr(sd.datasets, name)()[:300, :300]
    y = sd.simulate(scene, sd.psf.gaussian(1.6), noise=spec, rng=0).y
    found = sd.identify_noise(y)
    assert found.describe().split()[0].lower() == spec.split(":")[0]
    if "poisson" in spec:
        scaled = sd.identify_noise(y / 7 if name != "cell" else y)
        if name != "cell":  # hardly any contrast: as counts it is known, scaled it looks Gaussian
            assert scaled.gain == pytest.approx(7, rel=0.3)


@pytest.mark.slow
def test_read_out_beside_counting():
    ramp = np.linspace(0, 400, 90000).reshape(300, 300)
    rng = np.random.default_rng(0)
    y = rng.poisson(ramp) + 12 * rng.standard_normal(ramp.shape)
    found = sd.identify_noise(y)
    assert found.poisson.gain == pytest.approx(1, rel=0.1)
    assert found.gaussian.sigma == pytest.approx(12, rel=0.1)
    assert sd.identify_noise(ramp).describe() == "no noise"
