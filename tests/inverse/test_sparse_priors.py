"""Sparse wavelets against a dual bound, hyper-Laplacian gradients against their own descent."""

import numpy as np
import pytest
from scipy.optimize import minimize

import sigdeconv as sd
from sigdeconv.solvers.variational.half_quadratic import half_quadratic
from sigdeconv.solvers.variational.grid import make_variational_grid
from sigdeconv.solvers.variational.problem import Setting, make_admm
from sigdeconv.operators.wavelet import details
from sigdeconv.priors import TV, GroupSparsity, HessianSchatten, HyperLaplacian


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


@pytest.mark.parametrize(
    ("prior", "channels"),
    [(HessianSchatten(), ()), (GroupSparsity(2), (2,)), (TV(joint=1), (2,))],
    ids=["hessian", "group", "colours"],
)
def test_other_prices_close_the_gap(prior, channels, rng):
    """The subgradient where the solver ended gives a dual value: a bound below every objective."""
    shape, weight = (16, 17), 2.0
    y, A = problem(rng, shape)
    for _ in channels:
        y = np.stack([y, 0.5 * y + 3 * rng.standard_normal(shape)])
    setting = Setting(prior)
    admm = make_admm(make_variational_grid(A, y), y, setting.loss_of(y, None, 1.0), setting, weight)
    for _ in range(1500):
        admm.step()
    term = admm.terms[0]
    v = term.map.forward(admm.u) + term.d
    p = term.rho * (v - prior.prox(v, weight / term.rho))
    # A^T q = L^T p, frequency by frequency
    axes = (-2, -1)
    spectrum = np.fft.fft2(term.map.adjoint(p), axes=axes)
    otf = np.fft.fft2(A(np.eye(1, np.prod(shape)).reshape(shape)), axes=axes)
    q = np.fft.ifft2(spectrum / np.conj(otf), axes=axes).real
    bound = np.sum(y * q) - np.sum(q**2) / 2
    fit = np.stack([A(part) for part in admm.u]) if channels else A(admm.u)
    found = np.sum((fit - y) ** 2) / 2 + weight * prior.value(term.map.forward(admm.u))
    assert -1e-9 * bound <= found - bound <= 1e-5 * bound


@pytest.mark.parametrize("kind", ["isotropic", "anisotropic"])
@pytest.mark.parametrize("exponent", [0.5, 0.8])
def test_each_stage_of_the_half_quadratic_iteration_descends(kind, exponent, rng):
    """With one rho, the sum of misfit, price and distance of the copy never rises."""
    y, A = problem(rng, (16, 17))
    grid = make_variational_grid(A, y)
    prior = HyperLaplacian(exponent, kind=kind)
    setting = Setting(prior)
    weight, rho = 5.0, 1.0
    admm = make_admm(grid, y, setting.loss_of(y, None, 1.0), setting, weight)
    term = admm.terms[0]
    stages = [(rho, lambda v: prior.prox(v, weight / rho))] * 12
    costs = []
    for u, Hu in half_quadratic(admm, stages, 3.0):
        apart = np.sum((term.map.forward(u) - term.z) ** 2)
        costs.append(np.sum((Hu - y) ** 2) / 2 + weight * prior.value(term.z) + rho * apart / 2)
    assert np.all(np.diff(costs) <= 1e-9 * costs[0]) and costs[-1] < 0.999 * costs[0]
    np.testing.assert_allclose(Hu, A(u), atol=1e-9)


def test_hyper_laplacian_beats_total_variation_on_a_photograph():
    scene = sd.datasets.camera()[60:188, 140:268]
    seen = sd.simulate(scene, sd.psf.gaussian(1.6), noise=0.008, rng=0, boundary="periodic")
    power, linear = sd.hyper_laplacian(seen.y, seen.A), sd.tv(seen.y, seen.A)
    assert sd.metrics.psnr(scene, power) > sd.metrics.psnr(scene, linear) + 0.1


@pytest.mark.parametrize("boundary", ["unknown", "reflect", "periodic"])
@pytest.mark.parametrize("method", ["hyper_laplacian", "wavelet_l1"])
def test_automatic_weight_near_the_best(method, boundary):
    scene = sd.datasets.camera()[40:140, 140:236]
    seen = sd.simulate(scene, sd.psf.gaussian(1.2), noise="gaussian:bsnr=25", rng=0,
                       boundary=boundary)  # fmt: skip
    found = sd.deconvolve(seen, method=method)
    middle = found.parameters["weight"]
    best = max(
        sd.metrics.psnr(seen.truth_window, sd.deconvolve(seen, method=method, weight=middle * f).x)
        for f in (1 / 4, 1 / 2, 1, 2)
    )
    assert sd.metrics.psnr(seen.truth_window, found.x) > best - 0.5
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
