"""Wiener and Tikhonov against closed forms and dense solutions of the windowed problem."""

import math

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse.linalg

import sigdeconv as sd
from sigdeconv.inverse import _border, _windowed
from sigdeconv.solvers.spectra import bin_spectrum
from sigdeconv.solvers.grid import make_periodic_grid
from sigdeconv.inverse.tikhonov import roughness
from sigdeconv.problem import observe

EXACT = {"tol": 1e-11, "num_iter": 4000}


def rng():
    return np.random.default_rng(11)


def test_wiener_periodic_is_the_textbook_filter():
    y, h = rng().standard_normal((12, 15)), rng().random((3, 4))
    A = sd.Convolution(h, y.shape, "periodic")
    H = A.otf
    expected = np.fft.ifft2(np.conj(H) * np.fft.fft2(y) / (np.abs(H) ** 2 + 0.3)).real
    np.testing.assert_allclose(sd.wiener(y, A, nsr=0.3), expected, atol=1e-12)
    f = np.hypot(np.fft.fftfreq(12)[:, None], np.fft.fftfreq(15))
    signal = 1 / (0.01 + f**2)
    expected = np.fft.ifft2(np.conj(H) * np.fft.fft2(y) / (np.abs(H) ** 2 + 0.2 / signal)).real
    for given in (signal, lambda f: 1 / (0.01 + f**2)):
        np.testing.assert_allclose(sd.wiener(y, A, noise=0.2, signal=given), expected, atol=1e-12)


@pytest.mark.parametrize(("shape", "kernel"), [((20,), (4,)), ((9, 11), (3, 4))])
@pytest.mark.parametrize(("order", "weight"), [(0, 0.1), (1, 0.05)])
@pytest.mark.parametrize("weights", [None, "dead", "grey"])
def test_windowed_tikhonov_is_the_dense_solution(shape, kernel, order, weight, weights):
    h, y = rng().random(kernel), rng().standard_normal(shape)
    mask = {"dead": (rng().random(shape) > 0.2) * 1.0, "grey": rng().random(shape)}.get(weights)
    A = observe(y, h, mask=mask).A
    torus = make_periodic_grid(A, y, minimal=True)
    M = torus.A.to_dense()
    q = weight * roughness(torus.shape, half=False) ** order
    row = np.fft.ifftn(q).real  # the penalty is a circular convolution
    grid = np.indices(torus.shape).reshape(len(shape), -1)
    Q = row[tuple((g[:, None] - g[None, :]) % n for g, n in zip(grid, torus.shape, strict=True))]
    data = (y if mask is None else y * mask).ravel()
    dense = np.linalg.solve(M.T @ M + Q, M.T @ data).reshape(torus.shape)
    dense = dense[tuple(slice(0, n) for n in A.shape)][A.window]
    x = sd.tikhonov(y, h, mask=mask, weight=weight, order=order, **EXACT)
    np.testing.assert_allclose(x, dense, atol=1e-8 * np.abs(dense).max())


@pytest.mark.parametrize(
    ("shape", "kernel"),
    [((24,), (5,)), ((9, 14), (4, 3)), ((6, 3), (3, 7)), ((5, 6, 7), (2, 3, 2))],
)
@pytest.mark.parametrize("kind", ["real", "complex kernel", "complex data"])
def test_the_border_gives_what_the_normal_equations_give(shape, kernel, kind, monkeypatch):
    h, y = rng().random(kernel), 1 + rng().standard_normal(shape)
    h = h * np.exp(1j * rng().random(kernel)) if kind == "complex kernel" else h
    y = y + 1j * rng().standard_normal(shape) if kind == "complex data" else y
    A = sd.Convolution.for_data(h, shape)
    found = sd.tikhonov(y, A, weight=0.03, **EXACT)
    monkeypatch.setattr(_border, "MOST_SHARE", 0)
    monkeypatch.setattr(_border, "MOST_ENTRIES", 0)
    expected = sd.tikhonov(y, A, weight=0.03, **EXACT)
    np.testing.assert_allclose(found, expected, atol=1e-8 * np.abs(expected).max())


def test_the_border_takes_few_iterations():
    scene = sd.datasets.camera()[:180, 100:290]
    for psf, level, most in (
        (sd.psf.gaussian(2.0), 40, 6), (sd.psf.box(9), 60, 10), (sd.psf.motion(15, 30), 40, 25),
    ):  # fmt: skip
        seen = sd.simulate(scene, psf, noise=f"gaussian:bsnr={level}", rng=0)
        result = sd.deconvolve(seen, method="wiener")
        assert result.num_iter <= most and result.parameters["gap"] <= 0.003
        exact = sd.deconvolve(seen, method="wiener", tol=1e-8)
        loss = np.mean((result.x - exact.x) ** 2) / np.mean((exact.x - seen.truth_window) ** 2)
        assert loss < 0.01


def test_the_misfit_is_known_from_the_spectrum():
    y, h = 1 + rng().standard_normal((14, 17)), rng().random((3, 4))
    A = observe(y, h).A
    found, misfit = _windowed.solve_free(
        y, A, lambda f, shape, half: 0.05 * roughness(shape, half), 1e-9, 500, None
    )
    assert misfit == pytest.approx(np.sum((A(found.x) - y) ** 2), rel=1e-6)


def test_factors_across_a_strip_are_the_inverse():
    lags = np.fft.ifft(rng().random((3, 16)) ** 2)[..., :6]
    back = np.conj(lags[..., 1:])
    for row, opposite, factor in zip(lags, back, _border._inverse_factor(lags), strict=True):
        matrix = scipy.linalg.toeplitz(row, np.concatenate([row[:1], opposite]))
        np.testing.assert_allclose(np.conj(factor.T) @ factor @ matrix, np.eye(6), atol=1e-12)


def test_windowed_tikhonov_with_a_stride():
    h, y = rng().random((3, 4)), rng().standard_normal((7, 6))
    A = sd.Convolution.for_data(h, y.shape, stride=2)
    torus = make_periodic_grid(A, y, minimal=True)
    M = torus.A.to_dense()
    dense = np.linalg.solve(M.T @ M + 0.1 * np.eye(M.shape[1]), M.T @ y.ravel())
    dense = dense.reshape(torus.shape)[tuple(slice(0, n) for n in A.shape)][A.window]
    x = sd.tikhonov(y, A, weight=0.1, order=0, **EXACT)
    assert x.shape == (14, 12)
    np.testing.assert_allclose(x, dense, atol=1e-8)


@pytest.mark.parametrize("boundary", ["zero", "reflect", "mirror", "nearest"])
def test_tied_boundaries_order_zero_is_ridge_regression(boundary):
    h, y = rng().random((3, 4)), rng().standard_normal((7, 8))
    M = sd.Convolution(h, y.shape, boundary).to_dense()
    dense = np.linalg.solve(M.T @ M + 0.1 * np.eye(56), M.T @ y.ravel()).reshape(7, 8)
    x = sd.tikhonov(y, h, boundary=boundary, weight=0.1, order=0, **EXACT)
    np.testing.assert_allclose(x, dense, atol=1e-8)


@pytest.mark.parametrize("sigma", [0.002, 0.01, 0.05])
def test_the_noise_level_is_found(sigma):
    psf = sd.psf.gaussian(1.5)
    seen = sd.simulate(sd.datasets.camera()[:300, 100:380], psf, noise=sd.Gaussian(sigma), rng=1)
    law = bin_spectrum(seen.y, seen.A).fit()
    assert math.sqrt(law.noise) == pytest.approx(sigma, rel=0.05)
    assert 1.5 < law.exponent < 4


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
        "both": {"noise": noise, "signal": signal}, "noise": {"noise": given}, "none": {},
    }.items():  # fmt: skip
        error[name] = np.std(sd.wiener(y, A, **told) - x)
    assert error["noise"] < 1.02 * error["both"]
    assert error["noise"] < 0.9 * error["none"]
    law = bin_spectrum(y, A, lambda f, shape, half: noise(f))
    found = law.fit(noise=law.level)
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


@pytest.mark.parametrize("psf", [sd.psf.gaussian(2.0), sd.psf.box(9), sd.psf.motion(15, 30)])
@pytest.mark.parametrize("noise", [None, 0.001, 0.01, 0.05])
def test_wiener_with_nothing_else_beats_the_data(psf, noise):
    for scene in (sd.datasets.coins()[:160, :170], sd.datasets.text()[:150, :160]):
        seen = sd.simulate(scene, psf, noise=noise, rng=0)
        before = sd.metrics.psnr(seen.truth_window, seen.y)
        assert sd.metrics.psnr(seen.truth_window, sd.wiener(seen.y, psf)) > before


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
    np.testing.assert_allclose(sd.inverse(A(x), A), x, atol=1e-12)
    H, Y = A.otf, np.fft.fft2(A(x))
    level = 0.7 * np.abs(H).max()
    kept = np.abs(H) >= level
    truncated = np.fft.ifft2(np.where(kept, Y / H, 0)).real
    np.testing.assert_allclose(sd.inverse(A(x), A, threshold=0.7), truncated, atol=1e-12)
    water = np.fft.ifft2(Y / np.where(kept, H, H / np.abs(H) * level)).real
    found = sd.inverse(A(x), A, threshold=0.7, form="water-level")
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
