"""Wiener, Tikhonov, division and the plain iterations against closed forms and SciPy."""

import numpy as np
import pytest
import scipy.sparse.linalg

import sigdeconv as sd
from sigdeconv.solvers.periodogram import bin_periodogram
from sigdeconv.solvers.power_spectrum import as_power_spectrum


def rng():
    return np.random.default_rng(11)


def test_wiener_periodic_is_the_textbook_filter():
    y, h = rng().standard_normal((12, 15)), rng().random((3, 4))
    A = sd.Convolution(h, y.shape, "periodic")
    H = A.otf
    f = np.hypot(np.fft.fftfreq(12)[:, None], np.fft.fftfreq(15))

    def filtered(ratio):  # the data fix the mean alone
        q = np.where(f > 0, ratio, 0)
        return np.fft.ifft2(np.conj(H) * np.fft.fft2(y) / (np.abs(H) ** 2 + q)).real

    np.testing.assert_allclose(sd.wiener(y, A, nsr=0.3), filtered(0.3), atol=1e-12)
    signal = 1 / (0.01 + f**2)
    for given in (signal, lambda f: 1 / (0.01 + f**2)):
        for noise in ({"noise_spectrum": 0.2}, {"noise": 0.2**0.5}):
            found = sd.wiener(y, A, signal_spectrum=given, **noise)
            np.testing.assert_allclose(found, filtered(0.2 / signal), atol=1e-12)


@pytest.mark.parametrize("kind", ["function", "array"])
def test_noise_of_a_known_colour_is_fitted_beside(kind):
    size = (150, 160)
    f = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1]))

    def noise(f):  # clumps, as in interpolated data: far from white
        return 0.02 * np.exp(-((f / 0.12) ** 2)) + 1e-5

    def signal(f):
        return 1 / (1 + (f / 0.03) ** 2) ** 1.5

    def drawn(power):
        return np.fft.ifft2(np.fft.fft2(draw.standard_normal(size)) * np.sqrt(power)).real

    draw = rng()
    x = drawn(signal(f))
    A = sd.Convolution(sd.psf.gaussian(1.2), size, "periodic")
    y = A(x) + drawn(noise(f))
    error = {}
    given = noise if kind == "function" else noise(f)
    for name, told in {
        "both": {"noise_spectrum": noise, "signal_spectrum": signal},
        "noise": {"noise_spectrum": given},
        "none": {},
    }.items():  # fmt: skip
        error[name] = np.std(sd.wiener(y, A, **told) - x)
    assert error["noise"] < 1.02 * error["both"]
    assert error["noise"] < 0.9 * error["none"]
    bins = bin_periodogram(y, A, as_power_spectrum(noise, "noise_spectrum", size))
    found = bins.fit(noise=bins.level)
    assert found.signal(0.1) == pytest.approx(signal(0.1), rel=0.15)


def test_each_channel_has_its_own_noise():
    scene = sd.datasets.camera()[100:200, 150:260]
    psf = sd.psf.gaussian(1.5)
    levels = (0.004, 0.02)
    parts = [sd.simulate(scene, psf, noise=sd.Gaussian(s), rng=k) for k, s in enumerate(levels)]
    y = np.stack([part.y for part in parts])
    result = sd.deconvolve(y, psf, method="wiener", channel_axis=0)
    for k, (level, channel) in enumerate(zip(levels, result.channels, strict=True)):
        assert channel.parameters["noise_std"] == pytest.approx(level, rel=0.1)
        np.testing.assert_array_equal(result.x[k], sd.wiener(y[k], psf))


@pytest.mark.parametrize(
    ("psf", "noise"),
    [
        pytest.param(psf, noise, marks=() if k == i else pytest.mark.slow)
        for k, psf in enumerate((sd.psf.gaussian(2.0), sd.psf.box(9), sd.psf.motion(15, 30)))
        for i, noise in enumerate((0.01, 0.05, None, 0.001))
    ],
)
def test_wiener_with_nothing_else_beats_the_data(psf, noise):
    for scene in (sd.datasets.coins()[:160, :170], sd.datasets.text()[:150, :160]):
        obs = sd.simulate(scene, psf, noise=noise, rng=0)
        before = sd.metrics.psnr(obs.truth_window, obs.y)
        assert sd.metrics.psnr(obs.truth_window, sd.wiener(obs.y, psf)) > before


@pytest.mark.parametrize("k", [1, 4, 9])
def test_cgls_is_lsqr(k):
    h, y = rng().random((3, 4)), rng().standard_normal((9, 8))
    A = sd.Convolution(h, (9, 8), "reflect")
    expected = scipy.sparse.linalg.lsqr(A.as_scipy(), y.ravel(), atol=0, btol=0, iter_lim=k)[0]
    np.testing.assert_allclose(sd.cgls(y, A, num_iter=k).ravel(), expected, rtol=1e-6, atol=1e-9)


def test_landweber_reaches_least_squares():
    h = np.array([0.2, 1.0, 0.3])
    y = rng().standard_normal(12)
    A = sd.Convolution(h, (12,), "reflect")
    dense = np.linalg.lstsq(A.to_dense(), y, rcond=None)[0]
    np.testing.assert_allclose(sd.landweber(y, A, step=1.9, num_iter=800), dense, atol=1e-6)


def test_inverse_is_exact_and_its_thresholds_are_what_they_say():
    x, h = rng().standard_normal((12, 13)), np.array([[0.1, 0.2, 0.0], [0.3, 2.0, 0.2]])
    A = sd.Convolution(h, x.shape, "periodic")
    np.testing.assert_allclose(sd.inverse_filter(A(x), A), x, atol=1e-12)
    H, Y = A.otf, np.fft.fft2(A(x))
    level = 0.7 * np.abs(H).max()
    kept = np.abs(H) >= level
    truncated = np.fft.ifft2(np.where(kept, Y / H, 0)).real
    np.testing.assert_allclose(sd.inverse_filter(A(x), A, threshold=0.7), truncated, atol=1e-12)
    water = np.fft.ifft2(Y / np.where(kept, H, H / np.abs(H) * level)).real
    found = sd.inverse_filter(A(x), A, threshold=0.7, form="water-level")
    np.testing.assert_allclose(found, water, atol=1e-12)


@pytest.mark.parametrize("boundary", ["unknown", "periodic", "reflect"])
@pytest.mark.parametrize("method", [sd.wiener, sd.tikhonov])
def test_a_kernel_of_zero_sum_does_not_blow_up_the_mean(method, boundary):
    """A wavelet takes the mean away; what is left of it in the data is noise."""
    wavelet = sd.psf.ricker(0.2)
    assert abs(wavelet.sum()) < 1e-8
    x = sd.datasets.spikes(400, 30)
    y = sd.simulate(x, wavelet, noise=0.01, rng=0, boundary=boundary).y
    found = method(y, wavelet, boundary=boundary)
    assert abs(found.mean()) < 0.5 and np.abs(found).max() < 5  # was 1e5


@pytest.mark.parametrize("shape", [(15,), (16,), (6, 9), (7, 8)])
def test_error_bars_where_the_operator_is_diagonal(shape):
    """The mean over all frequencies of noise / (|H|^2 + noise / signal); the mean is free."""
    psf = sd.psf.gaussian(0.8, ndim=len(shape))
    y = np.random.default_rng(0).random(shape)
    result = sd.deconvolve(
        y, psf, method="wiener", noise=0.1, signal_spectrum=2.0, boundary="periodic"
    )
    gain = np.abs(sd.Convolution(psf, shape, "periodic").otf) ** 2
    ratio = np.full(shape, 0.01 / 2.0)
    ratio.flat[0] = 0.0
    np.testing.assert_allclose(result.std**2, np.mean(0.01 / (gain + ratio)), rtol=1e-10)
