"""Accelerated proximal gradients: against scipy's nnls, a dual bound, and spikes that are known."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.optimize import nnls as lawson_hanson

import sigdeconv as sd
from sigdeconv.solvers.proximal_gradient import fista
from sigdeconv.stopping import StopReason


def matrix(A):
    """Return an operator as a dense matrix."""
    basis = np.eye(int(np.prod(A.shape))).reshape(-1, *A.shape)
    return np.stack([A(e).ravel() for e in basis], axis=1)


def problem(rng, shape, boundary):
    """Return data of a few spikes under an asymmetric kernel."""
    x = np.where(rng.random(shape) < 0.1, rng.standard_normal(shape), 0.0)
    psf = rng.random((3, 4)[: len(shape)])
    A = sd.Convolution.for_data(psf / psf.sum(), shape, boundary=boundary)
    obs = sd.simulate(x, psf / psf.sum(), noise=0.02, rng=1, boundary="zero")
    return obs.y, A


@pytest.mark.slow
@pytest.mark.parametrize("boundary", ["unknown", "reflect", "periodic"])
@pytest.mark.parametrize("shape", [(43,), (16, 17)])
def test_nnls_is_that_of_lawson_and_hanson(shape, boundary, rng):
    y, A = problem(rng, shape, boundary)
    x = sd.deconvolve(y, A, method="nnls", num_iter=3000, accuracy=0.0).domain
    _, best = lawson_hanson(matrix(A), y.ravel(), maxiter=5000)
    found = np.linalg.norm(A(x) - y)
    assert x.min() >= 0 and -1e-9 <= found - best <= 1e-5 * best


@pytest.mark.slow
@pytest.mark.parametrize("nonnegative", [False, True])
@pytest.mark.parametrize(("shape", "boundary"), [((43,), "unknown"), ((16, 17), "zero")])
def test_sparse_is_the_minimum_of_scipy(shape, boundary, nonnegative, rng):
    """Positive and negative parts make it a smooth problem with bounds."""
    y, A = problem(rng, shape, boundary)
    M, weight = matrix(A), 0.02
    M = M if nonnegative else np.hstack([M, -M])

    def objective(p):
        r = M @ p - y.ravel()
        return r @ r / 2 + weight * np.sum(p), M.T @ r + weight

    options = {"maxiter": 20000, "maxfun": 40000, "ftol": 1e-16, "gtol": 1e-9, "maxcor": 30}
    start = np.zeros(M.shape[1])
    best = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * start.size,
                    options=options)  # fmt: skip
    run = {"nonnegative": nonnegative, "num_iter": 3000, "accuracy": 0.0,
           "rounds": 0}  # fmt: skip
    x = sd.deconvolve(y, A, method="sparse", weight=weight, **run).domain
    found = np.sum((A(x) - y) ** 2) / 2 + weight * np.sum(np.abs(x))
    assert abs(found - best.fun) <= 1e-5 * best.fun
    assert not nonnegative or x.min() >= 0


def test_a_step_that_is_too_long_is_made_shorter(rng):
    y, A = problem(rng, (16, 17), "unknown")

    class Flatterer:
        """The operator, with a norm that is a tenth of its own."""

        shape, forward, adjoint = A.shape, A.forward, A.adjoint

        def norm(self):
            return A.norm() / 10

    costs = []
    for k, (_, Ax) in enumerate(fista(y, Flatterer(), lambda v, step: v)):
        costs.append(np.sum((Ax - y) ** 2))
        if k == 300:
            break
    assert max(costs) <= costs[0] * (1 + 1e-9) and costs[-1] < 1e-3 * costs[0]


def spike_train(seed):
    """Return the data of 60 spikes under a Ricker wavelet at 20 dB, and the noise's deviation."""
    x = sd.datasets.spikes(1000, 60, seed)
    pulse = sd.psf.ricker(0.2)
    obs = sd.simulate(x, pulse, noise="gaussian:bsnr=20", rng=seed, boundary="zero")
    return x, obs, obs.noise.sigma_of(obs.A(x))


@pytest.mark.parametrize("seed", range(6))
def test_spikes_are_found(seed):
    """Nine tenths of those above twice the noise, within a sample; one in twenty is false."""
    x, obs, sigma = spike_train(seed)
    result = sd.deconvolve(obs.y, sd.psf.ricker(0.2), method="sparse")
    found = np.flatnonzero(np.abs(result.x) > 2 * sigma)
    strong, all_of_them = np.flatnonzero(np.abs(x) > 2 * sigma), np.flatnonzero(x)
    hit = [np.any((abs(found - i) <= 1) & (result.x[found] * x[i] > 0)) for i in strong]
    false = [not np.any(abs(all_of_them - j) <= 1) for j in found]
    assert len(strong) >= 50 and np.mean(hit) >= 0.9 and np.mean(false) <= 0.05
    assert result.stop == StopReason.BELOW_NOISE
    assert result.parameters["noise_std"] == pytest.approx(sigma, rel=0.3)


def test_stars_by_both():
    scene = np.zeros((64, 60))
    scene[[10, 12, 40, 41], [12, 30, 20, 22]] = 5.0, 2.0, 3.0, 3.0
    obs = sd.simulate(scene, sd.psf.gaussian(1.2), noise=0.01, rng=0)
    for method in ("sparse", "nnls"):
        options = {"nonnegative": True} if method == "sparse" else {}
        x = sd.deconvolve(obs.y, sd.psf.gaussian(1.2), method=method, **options).x
        assert x.min() >= 0
        error = sd.metrics.psnr(obs.truth_window, obs.y)
        assert sd.metrics.psnr(obs.truth_window, x) > error + 3


@pytest.mark.parametrize(
    ("method", "options", "word"),
    [("sparse", {"weight": 0.0}, "weight"), ("sparse", {"rounds": -1}, "rounds"),
     ("sparse", {"noise": 0.0}, "noise"),
     ("sparse", {"accuracy": -1.0}, "accuracy"), ("nnls", {"accuracy": -1.0}, "accuracy"),
     ("nnls", {"start": np.ones(3)}, "start")],
)  # fmt: skip
def test_bad_options_are_named(method, options, word):
    with pytest.raises(ValueError, match=word):
        getattr(sd, method)(np.ones((9, 9)), np.ones((3, 3)) / 9, **options)
    with pytest.raises(TypeError, match="complex"):
        getattr(sd, method)(1j * np.ones((9, 9)), np.ones((3, 3)) / 9)


@pytest.mark.slow
def test_lines_of_a_lorentzian_are_single_samples_at_the_defaults(rng):
    # Neighbouring positions differ by less than the noise in each sample, so the way is long.
    x = np.zeros(500)
    x[[100, 115, 250, 260, 400]] = 1000, 600, 2000, 1200, 400
    kernel = sd.psf.lorentzian(8.0)
    y = np.convolve(x, kernel, "same") + rng.normal(0, 0.5, 500)
    found = sd.sparse(y, kernel)
    assert np.flatnonzero(abs(found) > 50).tolist() == [100, 115, 250, 260, 400]
    np.testing.assert_allclose(found[x > 0], x[x > 0], rtol=0.1)
