"""Sparse wavelets against a dual bound; hyper-Laplacian gradients on photographs."""

import numpy as np
import pytest
from scipy.optimize import minimize

import sigdeconv as sd
from sigdeconv.operators.wavelet import details


def problem(rng, shape, boundary="periodic"):
    """Return data of a scene of blocks, and an operator with a kernel that has an inverse."""
    scene = np.full(shape, 20.0)
    scene[tuple(slice(n // 4, 2 * n // 3) for n in shape)] = 60.0
    psf = 0.1 * rng.random((3, 4)[: len(shape)])
    psf[(1,) * len(shape)] += 1.0
    A = sd.Convolution.for_data(psf / psf.sum(), shape, boundary=boundary)
    return A(scene) + 3 * rng.standard_normal(A.out_shape), A


def matrix(function, shape):
    """Return a linear map as a dense matrix."""
    basis = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    return np.stack([function(e).ravel() for e in basis], axis=1)


def least(M, L, y, weight):
    """Return min |M x - y|^2 / 2 + weight |L x|_1 from its dual, for an M with an inverse.

    The dual is max y.q - |q|^2 / 2 over M^T q = L^T p and |p| <= weight: a quadratic problem with
    bounds, whose value is a lower bound for every p.
    """
    back = np.linalg.solve(M.T, L.T)

    def apart(p):
        r = back @ p - y
        return np.sum(r**2) / 2, back.T @ r

    bounds = [(-weight, weight)] * L.shape[0]
    options = {"maxiter": 5000, "maxfun": 10000, "ftol": 1e-15, "gtol": 1e-7}
    start = np.zeros(L.shape[0])
    found = minimize(apart, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.sum(y**2) / 2 - found.fun


@pytest.mark.parametrize(("shape", "wavelet"), [((41,), "linear"), ((16, 17), "haar")])
def test_wavelets_reach_the_dual_bound(shape, wavelet, rng):
    y, A = problem(rng, shape)
    bank = details(shape, wavelet, 1)
    axes = tuple(range(-len(shape), 0))
    W = matrix(lambda x: np.fft.irfftn(np.fft.rfftn(x) * bank, shape, axes), shape)
    x = sd.wavelet_l1(y, A, weight=2.0, wavelet=wavelet, levels=1, accuracy=0, num_iter=800)
    found = np.sum((A(x) - y) ** 2) / 2 + 2 * np.sum(np.abs(W @ x.ravel()))
    bound = least(matrix(A, shape), W, y.ravel(), 2.0)
    assert -1e-9 * bound <= found - bound <= 1e-5 * bound


@pytest.mark.slow
def test_hyper_laplacian_beats_total_variation_on_a_photograph():
    scene = sd.datasets.camera()[60:188, 140:268]
    obs = sd.simulate(scene, sd.psf.gaussian(1.6), noise=0.008, rng=0, boundary="periodic")
    power, linear = sd.hyper_laplacian(obs.y, obs.A), sd.tv(obs.y, obs.A)
    assert sd.metrics.psnr(scene, power) > sd.metrics.psnr(scene, linear) + 0.1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "boundary"),
    [
        ("hyper_laplacian", "periodic"),
        ("wavelet_l1", "periodic"),
        ("hyper_laplacian", "unknown"),
        pytest.param("hyper_laplacian", "reflect", marks=pytest.mark.slow),
        pytest.param("wavelet_l1", "unknown", marks=pytest.mark.slow),
    ],
)
def test_automatic_weight_near_the_best(method, boundary):
    scene = sd.datasets.camera()[40:140, 140:236]
    obs = sd.simulate(scene, sd.psf.gaussian(1.2), noise="gaussian:bsnr=25", rng=0,
                       boundary=boundary)  # fmt: skip
    found = sd.deconvolve(obs, method=method)
    middle = found.parameters["weight"]
    best = max(
        sd.metrics.psnr(obs.truth_window, sd.deconvolve(obs, method=method, weight=middle * f).x)
        for f in (1 / 4, 1 / 2, 2)
    )
    assert sd.metrics.psnr(obs.truth_window, found.x) > best - 0.5
    assert found.parameters["predicted_error"] < 1


@pytest.mark.parametrize(
    ("method", "options", "word"),
    [("hyper_laplacian", {"exponent": 2.0}, "exponent"),
     ("hyper_laplacian", {"kind": "l7"}, "kind"),
     ("wavelet_l1", {"wavelet": "nothing"}, "wavelet"),
     ("wavelet_l1", {"levels": 0}, "levels"), ("wavelet_l1", {"weight": -1.0}, "weight")],
)  # fmt: skip
def test_bad_options_are_named(method, options, word):
    with pytest.raises(ValueError, match=word):
        getattr(sd, method)(np.ones((9, 9)), np.ones((3, 3)) / 9, **options)
