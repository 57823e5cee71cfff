"""Three grids: the convolution where they are one, the integral where not, and plain refusals."""

import numpy as np
import pytest

import sigdeconv as sd


def test_one_grid_is_the_convolution(rng):
    psf = sd.psf.gaussian(1.3)
    A = sd.Sampled(psf, 1.0, [np.arange(20.0), np.arange(24.0)])
    C = sd.Convolution.for_data(psf, (20, 24))
    x = rng.standard_normal(C.shape)
    assert A.shape == C.shape and A.window == C.window
    np.testing.assert_allclose(A(x), C(x), atol=1e-12)


@pytest.mark.parametrize(("spacing", "near"), [(1.0, 2e-3), (0.5, 1e-4), (0.25, 1e-5)])
def test_uneven_grids_approach_the_integral(rng, spacing, near):
    """Gaussian peaks through a Gaussian response, both known in closed form."""
    u = np.unique(np.concatenate([np.arange(-5, 5.01, 0.4), np.arange(-1, 1, 0.27)]))
    t = np.sort(rng.uniform(0, 50, 60))
    A = sd.Sampled(np.exp(-(u**2) / 2), u, t, spacing=spacing)
    gain = A(np.ones(A.shape))
    assert np.ptp(gain) < 1e-12 * gain[0]
    blurred = A(np.exp(-((A.grid[0] - 20) ** 2) / 18)) / gain
    assert np.abs(blurred - 3 / np.sqrt(10) * np.exp(-((t - 20) ** 2) / 20)).max() < near


@pytest.mark.parametrize("boundary", ["unknown", "reflect", "zero"])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_the_adjoint_is_exact(rng, ndim, boundary):
    at = [np.sort(rng.uniform(0, 9, 8 + k)) for k in range(ndim)]
    A = sd.Sampled(sd.psf.gaussian(2.0, ndim=ndim), 0.5, at, spacing=0.8, boundary=boundary)
    assert sd.dot_test(A).error < 1e-13
    assert sd.dot_test(A, dtype=np.float32).passed


def test_an_even_kernel_keeps_flux_and_a_causal_one_its_start():
    at = np.arange(0.0, 40.0, 1.3)
    A = sd.Sampled(sd.psf.gaussian(3.0, ndim=1), 0.25, at, spacing=0.5)
    np.testing.assert_allclose(A(np.ones(A.shape)), 1, rtol=1e-12)
    decay = np.exp(-np.arange(0, 12, 0.1) / 2)
    B = sd.Sampled(decay, np.arange(0, 12, 0.1), np.arange(40.0), spacing=0.2)
    x = np.zeros(B.shape)
    x[np.argmin(np.abs(B.grid[0] - 10))] = 1
    seen = B(x)
    assert seen[:10].max() < 1e-12 and seen[10] == seen.max()


def test_finer_than_the_data_is_restored():
    """Peaks that data at uneven places resolve, restored on a grid of a fifth of their distance."""
    t = np.sort(np.random.default_rng(3).uniform(0, 60, 150))
    A = sd.Sampled(sd.psf.gaussian(4.0, ndim=1), 0.5, t, spacing=0.5)
    x = np.exp(-((A.grid[0] - 25) ** 2) / 2) + 0.6 * np.exp(-((A.grid[0] - 30) ** 2) / 2)
    obs = sd.simulate(x, A, noise=0.005, rng=0)
    found = sd.deconvolve(obs, method="tikhonov").x
    seen = np.interp(A.grid[0][A.window], t, obs.y)
    truth = obs.truth_window
    assert np.linalg.norm(found - truth) < 0.6 * np.linalg.norm(seen - truth)


def test_what_does_not_fit_says_so():
    psf, t = sd.psf.gaussian(1.0, ndim=1), np.arange(20.0)
    with pytest.raises(ValueError, match="positions must be increasing"):
        sd.Sampled(psf, 1.0, t[::-1])
    with pytest.raises(ValueError, match=r"psf_positions has 4 entries; expected 9, as psf"):
        sd.Sampled(psf, np.arange(4.0), t)
    with pytest.raises(ValueError, match=r"too coarse for psf.*smaller spacing"):
        sd.Sampled(psf, 0.1, t)
    with pytest.raises(ValueError, match="positions has 1 axes; expected 2, as psf"):
        sd.Sampled(np.ones((3, 3)), 1.0, [t])
    with pytest.raises(ValueError, match="spacing must be"):
        sd.Sampled(psf, 1.0, t, spacing=0.0)
    with pytest.raises(TypeError, match="psf is complex"):
        sd.Sampled(1j * psf, 1.0, t)
