"""`variational`: parts as values, on the grid of a convolution and on any operator."""

import dataclasses

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import losses, priors
from sigdeconv.solvers.matrix_free.domain import DomainMap

PSF = sd.psf.gaussian(1.2)


@pytest.fixture(scope="module")
def seen():
    return sd.simulate(sd.datasets.coins()[104:146, 40:80], PSF, noise=0.01, rng=1)


def test_tv_is_a_preset(seen):
    own = {"weight": 2e-3, "num_iter": 20}
    x = sd.variational(seen.y, PSF, prior=priors.TV(), **own)
    np.testing.assert_array_equal(x, sd.tv(seen.y, PSF, **own))
    np.testing.assert_array_equal(x, sd.variational(seen.y, PSF, prior="tv", **own))


@pytest.mark.slow
def test_a_sum_is_both_and_half_of_two_is_one(seen):
    own = {"weight": 2e-3, "num_iter": 300, "accuracy": 1e-4}
    whole = sd.variational(seen.y, PSF, prior=priors.TV(), **own)
    halves = sd.variational(seen.y, PSF, prior=0.5 * priors.TV() + 0.5 * priors.TV(), **own)
    assert np.abs(whole - halves).max() < 1e-2
    both = priors.TV() + 0.5 * priors.L1()
    run = {"method": "variational", "prior": both, "num_iter": 400, "accuracy": 0.0, "weight": 2e-3}
    grid, free = (sd.deconvolve(seen.y, A, **run) for A in (seen.A, 1.0 * seen.A))
    low, high = (r.history["objective"][-1] for r in (grid, free))
    assert abs(high - low) < 1e-3 * low  # the primal-dual method comes close slowly


def test_bounds_hold(seen):
    own = {"weight": 1e-3, "num_iter": 40}
    x = sd.variational(seen.y, PSF, nonnegative=True, upper=0.6, **own)
    assert x.min() >= 0 and x.max() <= 0.6
    z = sd.variational(seen.y[:9, :9], sd.Matrix(np.eye(81), (9, 9), (9, 9)), upper=0.3, **own)
    assert z.max() <= 0.3


@pytest.mark.parametrize("shape", [(20,), (8, 9), (4, 5, 6)])
def test_the_map_of_tgv_is_exact_and_knows_ramps(shape):
    tgv = priors.TGV()
    L = DomainMap(tgv, shape)
    assert sd.dot_test(L).error < 1e-14
    ramp = sum(np.indices(shape)).astype(float)
    fields = np.stack([ramp, *(np.ones(shape),) * len(shape)])
    assert tgv.value(L.forward(fields)) < 1e-12


def test_tgv_restores(seen):
    found = sd.deconvolve(seen, method="variational", prior=priors.TGV(), weight=2e-3, num_iter=80)
    gain = sd.metrics.psnr(seen.truth_window, found.x) - sd.metrics.psnr(seen.truth_window, seen.y)
    assert gain > 2


def test_cauchy_does_without_outliers(seen):
    y = seen.y.copy()
    y[::9, ::7] = 3.0
    own = {"weight": 2e-3, "num_iter": 100}
    clean = sd.metrics.psnr(seen.truth_window, sd.variational(seen.y, PSF, **own))
    for loss in (losses.Cauchy(0.03), losses.Huber(0.015)):
        x = sd.variational(y, PSF, loss=loss, **own)
        assert sd.metrics.psnr(seen.truth_window, x) > clean - 1.5


def test_cauchy_prox_is_the_minimiser(rng):
    loss, y = losses.Cauchy(0.5), rng.standard_normal(200)
    v = y + 3 * rng.standard_normal(200)
    for rho in (0.05, 0.3, 2.0):
        z = loss.prox(v, rho, y, None)
        grid = np.linspace(-10, 10, 4001)[:, None] + y
        price = 0.125 * np.log1p(((grid - y) / 0.5) ** 2) + rho * (grid - v) ** 2 / 2
        own = 0.125 * np.log1p(((z - y) / 0.5) ** 2) + rho * (z - v) ** 2 / 2
        assert np.all(own <= price.min(axis=0) + 1e-9)


def test_a_prior_of_your_own(seen):
    @dataclasses.dataclass(frozen=True)
    class Energy(priors.Prior):
        def value(self, c):
            return float(np.sum(c * c)) / 2

        def prox(self, c, step):
            return c / (1 + step)

    x = sd.variational(seen.y, 1.0 * seen.A, prior=Energy(), weight=0.1, accuracy=1e-5)
    A, y = seen.A, seen.y
    slope = A.adjoint(A.forward(_whole(seen, x)) - y)
    assert np.linalg.norm(slope[A.window] + 0.1 * x) < 1e-2 * np.linalg.norm(x)


def _whole(seen, x):
    """Return the estimate on the domain."""
    result = sd.deconvolve(seen.y, 1.0 * seen.A, method="tikhonov", order=0, weight=0.1, tol=1e-8)
    assert np.abs(result.x - x).max() < 1e-3
    return result.domain


def test_what_does_not_fit_says_so(seen):
    with pytest.raises(TypeError, match="prior must be a record"):
        sd.variational(seen.y, PSF, prior=priors.TV)
    with pytest.raises(ValueError, match="stands alone"):
        sd.variational(seen.y, PSF, prior=priors.TV() + priors.HyperLaplacian())
    with pytest.raises(ValueError, match="no bounds"):
        sd.variational(seen.y, PSF, prior="hyper_laplacian", nonnegative=True)
