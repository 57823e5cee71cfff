"""Measures against direct formulas, scikit-image and known cases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigdeconv import metrics

SHAPES = [(50,), (20, 31), (9, 12, 11)]


@pytest.mark.parametrize("shape", SHAPES)
def test_identical_arrays_are_perfect(rng, shape):
    x = rng.random(shape)
    assert metrics.psnr(x, x) == math.inf
    assert metrics.nrmse(x, x) == 0
    assert metrics.ssim(x, x) == pytest.approx(1)
    assert metrics.correlation(x, x) == pytest.approx(1)
    assert metrics.scale_fit(x, x) == pytest.approx((1, 0))


@pytest.mark.parametrize("shape", SHAPES)
def test_equal_to_scikit_image(rng, shape):
    import skimage.metrics as reference

    a, b = rng.random(shape), rng.random(shape)
    span = a.max() - a.min()
    assert metrics.psnr(a, b) == pytest.approx(
        reference.peak_signal_noise_ratio(a, b, data_range=span)
    )
    assert metrics.nrmse(a, b) == pytest.approx(reference.normalized_root_mse(a, b))
    assert metrics.ssim(a, b) == pytest.approx(
        reference.structural_similarity(a, b, data_range=span)
    )


@pytest.mark.parametrize("shape", [(3,), (4, 9), (3, 1, 8), (6, 6, 5)])
def test_ssim_of_small_arrays(rng, shape):
    a, b = rng.random(shape), rng.random(shape)
    assert -1 <= metrics.ssim(a, b) < 1


def test_ssim_by_channel(rng):
    a, b = rng.random((20, 21, 3)), rng.random((20, 21, 3))
    each = [metrics.ssim(a[..., c], b[..., c], data_range=1) for c in range(3)]
    assert metrics.ssim(a, b, data_range=1, channel_axis=-1) == pytest.approx(np.mean(each))


def test_correlation_knows_shape_not_values(rng):
    a = rng.random((12, 13))
    assert metrics.correlation(a, 7 * a - 3) == pytest.approx(1)
    assert metrics.correlation(a, -a) == pytest.approx(-1)
    assert metrics.correlation(a, np.full_like(a, 0.1)) == 0
    assert metrics.correlation(a, a + 1j * rng.random(a.shape)) > 0.5
    b = rng.random(a.shape)
    assert metrics.correlation(a, b) == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.slow
@given(factor=st.floats(0.01, 100))
def test_scale_fit_finds_the_factor(factor):
    truth = np.arange(1.0, 9.0)
    slope, error = metrics.scale_fit(truth, truth / factor)
    assert slope == pytest.approx(factor)
    assert error < 1e-12


def test_scale_fit_is_least_squares(rng):
    truth, x = rng.normal(size=(2, 40))
    best = metrics.scale_fit(truth, x)
    slope = np.linalg.lstsq(x[:, None], truth, rcond=None)[0][0]
    assert best.slope == pytest.approx(slope)
    assert best.error == pytest.approx(np.linalg.norm(truth - slope * x) / np.linalg.norm(truth))
    assert metrics.scale_fit(truth, np.zeros(40)) == (0, 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_spectral_regain(rng, shape):
    truth = rng.random(shape)
    data = truth + 0.1 * rng.normal(size=shape)
    assert metrics.spectral_regain(truth, data, truth).total == 1
    assert metrics.spectral_regain(truth, data, data).total == 0
    half = metrics.spectral_regain(truth, data, (truth + data) / 2, bands=5)
    assert half.total == pytest.approx(0.75)
    assert half.regain == pytest.approx(np.full(5, 0.75))
    assert half.frequency == pytest.approx([0.05, 0.15, 0.25, 0.35, 0.45])
    assert metrics.spectral_regain(truth, truth, truth).total == 0
    assert metrics.spectral_regain(truth, truth, data).total == -math.inf


@pytest.mark.parametrize("shape", [(4000,), (70, 60), (16, 17, 18)])
def test_whiteness_is_one_for_white_noise(rng, shape):
    noise = rng.normal(size=shape)
    assert metrics.whiteness(noise) == pytest.approx(1, abs=0.15)
    assert metrics.whiteness(1e-9 * noise) == pytest.approx(metrics.whiteness(noise))
    assert metrics.whiteness(noise + 1) > 10


def test_whiteness_is_the_autocorrelation_energy(rng):
    r = rng.normal(size=31)
    rho = np.array([r @ np.roll(r, k) for k in range(31)]) / (r @ r)
    assert metrics.whiteness(r) == pytest.approx(np.sum(rho[1:] ** 2))
    assert metrics.whiteness(np.zeros(5)) == 0
    assert metrics.whiteness(np.eye(1, 9)) == pytest.approx(0, abs=1e-12)


def test_interior(rng):
    a = rng.random((8, 9))
    assert np.shares_memory(metrics.interior(a, 2), a)
    assert metrics.interior(a, (1, 3)).shape == (6, 3)
    with pytest.raises(ValueError, match="leaves nothing"):
        metrics.interior(a, 4)
    with pytest.raises(
        ValueError, match=r"margin has 3 entries \(1, 2, 3\); expected a whole number or 2"
    ):
        metrics.interior(a, (1, 2, 3))
    with pytest.raises(ValueError, match="margin must be a whole number of at least 0"):
        metrics.interior(a, -1)
    with pytest.raises(TypeError, match="margin must be a whole number"):
        metrics.interior(a, 1.5)


def test_errors_say_what_was_given():
    with pytest.raises(ValueError, match=r"\(3,\) and \(4,\)"):
        metrics.psnr(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="data_range="):
        metrics.psnr(np.zeros(3), np.ones(3))
    with pytest.raises(ValueError, match="data_range must be a finite number above 0; got 0"):
        metrics.psnr(np.zeros(3), np.ones(3), data_range=0)
    with pytest.raises(TypeError, match="data_range must be"):
        metrics.psnr(np.zeros(3), np.ones(3), data_range=True)
    with pytest.raises(TypeError, match="bands must be a whole number"):
        metrics.spectral_regain(np.zeros(3), np.ones(3), np.ones(3), bands=2.5)
    with pytest.raises(ValueError, match=r"channel_axis must be .*; got 3; the nearest is 1"):
        metrics.ssim(np.eye(9), np.eye(9), channel_axis=3)
    with pytest.raises(ValueError, match="x holds 1 values"):
        metrics.nrmse(np.zeros(3), np.array([0, np.nan, 1]))
    with pytest.raises(ValueError, match="at least 3 samples"):
        metrics.ssim(np.arange(2.0), np.arange(2.0))
    with pytest.raises(ValueError, match="complex"):
        metrics.ssim(np.arange(9) * 1j, np.arange(9.0))


@pytest.mark.parametrize("name", ["torch", "array_api_strict"])
def test_any_namespace(rng, name):
    xp = pytest.importorskip(name)
    a, b = rng.random((16, 17)), rng.random((16, 17))
    u, v = xp.asarray(a), xp.asarray(b)
    for measure in (metrics.psnr, metrics.nrmse, metrics.ssim, metrics.correlation):
        assert measure(u, v) == pytest.approx(measure(a, b))
    assert metrics.whiteness(u) == pytest.approx(metrics.whiteness(a))
    assert type(metrics.interior(u, 3)) is type(u)


def test_numpy_scalars_are_numbers(rng):
    truth = rng.random((9, 9))
    x = truth + 0.1 * rng.random((9, 9))
    for one in (np.int64(1), np.int32(1), np.array(1)):
        assert metrics.interior(truth, one).shape == (7, 7)
        assert metrics.ssim(truth, x, channel_axis=one) == metrics.ssim(truth, x, channel_axis=1)
        assert metrics.spectral_regain(truth, x, x, bands=one).regain.shape == (1,)
    for peak in (np.float32(2), np.float64(2), np.int64(2), np.array(2.0)):
        assert metrics.psnr(truth, x, data_range=peak) == metrics.psnr(truth, x, data_range=2.0)
