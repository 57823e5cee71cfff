"""Splitting against a dual bound for other penalties, and the descent of half-quadratic stages."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.priors import TV, GroupSparsity, HessianSchatten, HyperLaplacian
from sigdeconv.solvers.variational.grid import make_variational_grid
from sigdeconv.solvers.variational.half_quadratic import half_quadratic
from sigdeconv.solvers.variational.problem import VariationalProblem, make_admm


def blocks(rng, shape, boundary="periodic"):
    """Return data of a scene of blocks, and an operator with a kernel that has an inverse."""
    scene = np.full(shape, 20.0)
    scene[tuple(slice(n // 4, 2 * n // 3) for n in shape)] = 60.0
    psf = 0.1 * rng.random((3, 4)[: len(shape)])
    psf[(1,) * len(shape)] += 1.0
    A = sd.Convolution.for_data(psf / psf.sum(), shape, boundary=boundary)
    return A(scene) + 3 * rng.standard_normal(A.out_shape), A


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prior", "channels"),
    [(HessianSchatten(), ()), (GroupSparsity(2), (2,)), (TV(joint=1), (2,))],
    ids=["hessian", "group", "colours"],
)
def test_other_penalties_close_the_gap(prior, channels, rng):
    """The subgradient where the solver ended gives a dual value: a bound below every objective."""
    shape, weight = (16, 17), 2.0
    y, A = blocks(rng, shape)
    for _ in channels:
        y = np.stack([y, 0.5 * y + 3 * rng.standard_normal(shape)])
    problem = VariationalProblem(prior)
    admm = make_admm(make_variational_grid(A, y), problem.data_term(y, None), problem, weight)
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
    """With one rho, the sum of misfit, penalty and distance of the copy never rises."""
    y, A = blocks(rng, (16, 17))
    grid = make_variational_grid(A, y)
    prior = HyperLaplacian(exponent, kind=kind)
    problem = VariationalProblem(prior)
    weight, rho = 5.0, 1.0
    admm = make_admm(grid, problem.data_term(y, None), problem, weight)
    term = admm.terms[0]
    stages = [(rho, lambda v: prior.prox(v, weight / rho))] * 12
    costs = []
    for u, Hu in half_quadratic(admm, stages, 3.0):
        apart = np.sum((term.map.forward(u) - term.z) ** 2)
        costs.append(np.sum((Hu - y) ** 2) / 2 + weight * prior.value(term.z) + rho * apart / 2)
    assert np.all(np.diff(costs) <= 1e-9 * costs[0]) and costs[-1] < 0.999 * costs[0]
    np.testing.assert_allclose(Hu, A(u), atol=1e-9)
