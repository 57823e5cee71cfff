"""Kernels of no family: the parts against what they minimise, the whole on a shaken photograph."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage, optimize, signal

import sigdeconv as sd
from sigdeconv.psf._free.choice import correlation, noise_of
from sigdeconv.psf._free.kernel import cleaned, fitted, on_simplex
from sigdeconv.psf._free.picture import Pictures, extend


@pytest.fixture(scope="module")
def scene():
    """Disks on one another, a gradient, and a little texture: 112 x 112 in [0, 1]."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:112, :112]
    picture = 0.3 + 0.2 * x / 112
    for _ in range(60):
        (a, b), r = rng.uniform(0, 112, 2), rng.uniform(3, 14)
        picture[np.hypot(y - a, x - b) < r] = rng.uniform(0.05, 0.95)
    texture = ndimage.gaussian_filter(rng.standard_normal(picture.shape), 1)
    return np.clip(ndimage.gaussian_filter(picture, 0.5) + 0.03 * texture, 0, 1)


@pytest.fixture(scope="module")
def hook():
    """A bent path, as wide as a pixel, 9 x 9."""
    k = np.zeros((9, 9))
    k[[1, 2, 3, 4, 5, 5, 5, 6], [2, 2, 3, 3, 4, 5, 6, 7]] = [1, 2, 1, 1, 2, 1, 1, 2]
    k = ndimage.gaussian_filter(k, 0.7, mode="constant")
    return k / k.sum()


def test_projection_on_the_simplex_is_the_nearest():
    k = np.random.default_rng(0).standard_normal((3, 3)).astype(np.float32)
    found = optimize.minimize(
        lambda p: np.sum((p - k.ravel()) ** 2), np.full(9, 1 / 9), bounds=[(0, 1)] * 9,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
    )  # fmt: skip
    np.testing.assert_allclose(on_simplex(k).ravel(), found.x, atol=1e-4)


def test_continuation_is_periodic_without_a_jump():
    y = np.linspace(0, 1, 50, dtype=np.float32)
    wide = extend(y, 12)
    assert wide.size >= 62 and np.array_equal(wide[:50], y)
    assert np.abs(np.diff(np.r_[wide, wide[0]])).max() < 0.2


def test_kernel_of_a_known_picture(scene, hook):
    """With the true picture the kernel step finds the kernel, from a flat start."""
    y = signal.fftconvolve(scene, hook, mode="same")
    flat = np.full((9, 9), 1 / 81, np.float32)
    found = fitted(scene[8:-8, 8:-8].astype(np.float32), y[8:-8, 8:-8].astype(np.float32), flat, 0)
    assert np.corrcoef(found.ravel(), hook.ravel())[0, 1] > 0.97


def test_picture_of_a_known_kernel(hook):
    """Rectangles have few gradients: they come back, edges and all."""
    x = np.zeros((96, 96), np.float32)
    x[20:50, 30:70], x[40:80, 10:40] = 0.6, 1.0
    y = signal.fftconvolve(x, hook, mode="same").astype(np.float32)
    found = Pictures.of([y], 9, 0.0).sharp([hook.astype(np.float32)], 2e-3)
    assert np.abs(found - x).mean() < 0.3 * np.abs(y - x).mean()


def test_cleaning_drops_what_is_faint_or_loose():
    k = np.zeros((9, 9), np.float32)
    k[3:6, 4], k[3, 3], k[8, 8] = 1.0, 0.01, 0.2
    expected = np.zeros((9, 9))
    expected[3:6, 4] = 1 / 3
    np.testing.assert_allclose(cleaned(k), expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(4000,), (120, 130), (24, 30, 40)])
def test_noise_of_white_noise(shape):
    y = 3.0 * np.random.default_rng(0).standard_normal(shape) + np.arange(shape[-1])
    assert noise_of(y) == pytest.approx(3.0, rel=0.05)


@pytest.mark.slow
def test_shaken_photograph(scene, hook):
    y = signal.fftconvolve(scene, hook, mode="same")[4:-4, 4:-4]
    y = y + 0.01 * np.random.default_rng(0).standard_normal(y.shape)
    found = sd.psf.free_kernel(y * 40 + 7, size=13)
    assert found.verdict == "estimated" and found.noise == pytest.approx(0.4, rel=0.25)
    assert found.psf.sum() == pytest.approx(1) and found.psf.min() >= 0
    assert correlation(found.psf, hook) > 0.8
    again = sd.psf.free_kernel(y * 40 + 7, size=13)
    np.testing.assert_array_equal(found.psf, again.psf)


@pytest.mark.slow
def test_frames_share_their_picture(scene, hook):
    kernels = (hook, hook.T[::-1], sd.psf.gaussian((2.0, 0.8), angle=20, shape=(13, 13)))
    rng = np.random.default_rng(0)
    ys = [signal.fftconvolve(scene, k, mode="same")[4:-4, 4:-4] for k in kernels]
    ys = [y + 0.01 * rng.standard_normal(y.shape) for y in ys]
    for found, true in zip(sd.psf.free_kernels(ys, size=13), kernels, strict=True):
        assert correlation(found, true) > 0.8


@pytest.mark.slow
def test_sharp_and_empty_pictures_are_refused(scene):
    rng = np.random.default_rng(0)
    small = scene[:80, :80]
    for y in (small + 0.01 * rng.standard_normal(small.shape), rng.standard_normal((48, 48))):
        found = sd.psf.free_kernel(y, size=7)
        assert found.psf is None and found.verdict == "no blur seen"
        assert all(np.isfinite(k).all() for k in found.candidates)


@pytest.mark.parametrize("count", [2, 4])
def test_signals_of_one_source_need_no_prior(count):
    rng = np.random.default_rng(1)
    kernels = rng.standard_normal((count, 15)) * np.exp(-np.arange(15) / 6)
    source = rng.standard_normal(3000)
    ys = [np.convolve(source, k, "valid") for k in kernels]
    for noise, most in ((0.0, 1e-6), (0.001, 0.05)):
        noisy = [y + noise * y.std() * rng.standard_normal(y.size) for y in ys]
        found = np.array(sd.psf.free_kernels(noisy, size=15))
        factor = np.sum(found * kernels) / np.sum(found**2)
        assert np.linalg.norm(factor * found - kernels) < most * np.linalg.norm(kernels)
        assert np.sum(found**2) == pytest.approx(count)


@pytest.mark.parametrize(
    ("y", "size", "error", "match"),
    [
        (np.ones((64, 64)), 9, ValueError, "constant"),
        (np.eye(20), 15, ValueError, "too large"),
        (np.eye(64), 8, ValueError, "odd.*next is 9"),
        (np.full((64, 64), np.nan), 9, ValueError, "y"),
        (np.arange(64.0), 9, ValueError, "picture"),
        (np.eye(64) * 1j, 9, TypeError, "real"),
    ],
)
def test_what_is_wrong(y, size, error, match):
    with pytest.raises(error, match=match):
        sd.psf.free_kernel(y, size)


def test_frames_that_do_not_fit():
    with pytest.raises(ValueError, match="at least two"):
        sd.psf.free_kernels([np.eye(64)], 9)
    with pytest.raises(ValueError, match="one shape"):
        sd.psf.free_kernels([np.eye(64), np.eye(65)], 9)
