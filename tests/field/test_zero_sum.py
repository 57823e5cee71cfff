"""Kernels of zero sum: derivatives, and the wavelets of reflection seismics."""

import numpy as np
import pytest

import sigdeconv as sd

T = np.arange(-8, 9)
RICKER = (1 - T**2 / 4) * np.exp(-(T**2) / 4)
KERNELS = {
    "wavelet": RICKER - RICKER.mean(),
    "smooth derivative": -T * np.exp(-(T**2) / 8),
    "derivative": np.array([1.0, 0.0, -1.0]),
}
SLOW = pytest.mark.slow


def steps(n=96):
    x, rng = np.zeros(n), np.random.default_rng(2)
    for at in rng.integers(12, n - 12, 6):
        x[at:] += rng.uniform(-1, 1)
    return x


def seen(kernel):
    x = steps()
    y = np.convolve(np.pad(x, kernel.size // 2, "edge"), kernel, "valid")
    return x, y + 0.03 * y.std() * np.random.default_rng(3).standard_normal(x.size)


@pytest.mark.filterwarnings("ignore:the result is not done")
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize(
    "method",
    ["hyper_laplacian", "tv", *(pytest.param(n, marks=SLOW) for n in ("wavelet_l1", "sparse"))],
)
def test_the_size_of_the_kernel_changes_nothing_and_the_mean_stays(method, name):
    kernel = KERNELS[name]
    x, y = seen(kernel)
    one, *others = (sd.deconvolve(c * y, c * kernel, method=method).x for c in (1.0, 1e-3, 177.0))
    assert abs(one.mean()) < 0.5 * np.ptp(x)
    for other in others:
        np.testing.assert_allclose(other, one, atol=1e-2 * np.ptp(x))


@pytest.mark.parametrize("method", ["hyper_laplacian", "tv"])
def test_steps_from_their_derivative_are_not_out_of_proportion(method):
    x, y = seen(KERNELS["derivative"])
    result = sd.deconvolve(y, KERNELS["derivative"], method=method)
    assert not [text for text in result.doubts if "proportion" in text]
    error = (result.x - result.x.mean()) - (x - x.mean())
    assert np.linalg.norm(error) < 0.05 * np.linalg.norm(x - x.mean())


def test_amplified_noise_under_a_derivative_is_out_of_proportion():
    kernel = KERNELS["smooth derivative"]
    _, y = seen(kernel)
    with pytest.warns(sd.sanity.ResultWarning, match="out of proportion"):
        sd.deconvolve(y, kernel, method="tikhonov", weight=1e-12)
