"""The quadratic engine against dense solutions of the windowed problem; the fitted spectra."""

import dataclasses
import math

import numpy as np
import pytest
import scipy.linalg

import sigdeconv as sd
from sigdeconv.problem import observe
from sigdeconv.solvers.grid import Frequencies, FrequencyFunction, make_periodic_grid
from sigdeconv.solvers.noise_level import periodogram_of
from sigdeconv.solvers.quadratic import border
from sigdeconv.solvers.quadratic.penalty import Roughness, local
from sigdeconv.solvers.quadratic.problem import quadratic_problem
from sigdeconv.solvers.quadratic.seam import make_seam
from tests.solvers._dense import windowed

EXACT = {"tol": 1e-11, "num_iter": 4000}


def rng():
    return np.random.default_rng(11)


def deviations(n):
    """Return the matrix that takes the mean from `n` samples: a penalty of order 0."""
    return np.eye(n) - np.full((n, n), 1 / n)


def dense_estimate(y, A, penalty):
    """Return the minimiser of |A x - y|^2 + the penalty of x less the ramps between the borders."""
    grid = make_periodic_grid(A, y, minimal=True)
    M = windowed(A, grid.shape)
    q = penalty.on(Frequencies(grid.shape, half=False))
    row = np.fft.ifftn(q).real  # the penalty is a circular convolution
    at = np.indices(grid.shape).reshape(len(grid.shape), -1)
    Q = row[tuple((g[:, None] - g[None, :]) % n for g, n in zip(at, grid.shape, strict=True))]
    seam = make_seam(y, grid, q[..., : grid.shape[-1] // 2 + 1])
    data = seam.taken_off(y)
    data = (data if A.mask is None else data * A.mask).ravel()
    dense = np.linalg.solve(M.T @ M + Q, M.T @ data).reshape(grid.shape)
    return seam.put_back(dense[tuple(slice(0, n) for n in A.shape)])[A.window]


@dataclasses.dataclass(frozen=True)
class Scaled(FrequencyFunction):
    penalty: FrequencyFunction
    weight: float

    def on(self, f):
        return self.weight * self.penalty.on(f)


@pytest.mark.parametrize(("shape", "kernel"), [((20,), (4,)), ((9, 11), (3, 4))])
@pytest.mark.parametrize(("order", "weight"), [(0, 0.1), (1, 0.05)])
@pytest.mark.parametrize("weights", [None, "dead", "grey"])
def test_windowed_tikhonov_is_the_dense_solution(shape, kernel, order, weight, weights):
    h, y = rng().random(kernel), rng().standard_normal(shape)
    mask = {"dead": (rng().random(shape) > 0.2) * 1.0, "grey": rng().random(shape)}.get(weights)
    A = observe(y, h, mask=mask).A
    penalty = Roughness(order) if order else local(Roughness(0), A)
    dense = dense_estimate(y, A, Scaled(penalty, weight))
    x = sd.tikhonov(y, h, mask=mask, weight=weight, order=order, **EXACT)
    np.testing.assert_allclose(x, dense, atol=1e-8 * np.abs(dense).max())


@pytest.mark.parametrize(
    ("shape", "kernel", "kwargs"),
    [
        ((20,), (5,), {"centre": (0,)}),
        ((9, 11), (3, 4), {"stride": (2, 1)}),
        ((9, 8), (3, 2), {"dilation": (1, 3)}),
        ((5, 6, 7), (2, 3, 4), {}),
    ],
)
def test_the_ramps_between_borders_are_blurred_exactly(shape, kernel, kwargs):
    y = rng().standard_normal(shape)
    for h in (rng().random(kernel), rng().random(kernel) + 1j * rng().random(kernel)):
        A = sd.Convolution.for_data(h, shape, **kwargs)
        data = y if np.isrealobj(h) else y + 1j * rng().standard_normal(shape)
        seam = make_seam(data, make_periodic_grid(A, data, minimal=True))
        s = seam.put_back(np.zeros(A.shape, h.dtype))
        assert np.abs(s).max() > 0.01
        np.testing.assert_allclose(seam.taken_off(data), data - A(s), atol=1e-12)
    assert make_seam(y, make_periodic_grid(sd.Convolution(h.real, shape, "periodic"), y)) is None


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
    monkeypatch.setattr(border, "MOST_SHARE", 0)
    monkeypatch.setattr(border, "MOST_ENTRIES", 0)
    expected = sd.tikhonov(y, A, weight=0.03, **EXACT)
    np.testing.assert_allclose(found, expected, atol=1e-8 * np.abs(expected).max())


@pytest.mark.slow
def test_the_border_takes_few_iterations():
    scene = sd.datasets.camera()[:180, 100:290]
    for psf, level, most in (
        (sd.psf.gaussian(2.0), 40, 6), (sd.psf.box(9), 60, 10), (sd.psf.motion(15, 30), 40, 25),
    ):  # fmt: skip
        obs = sd.simulate(scene, psf, noise=f"gaussian:bsnr={level}", rng=0)
        result = sd.deconvolve(obs, method="wiener")
        assert result.num_iter <= most and result.parameters["gap"] <= 0.003
        exact = sd.deconvolve(obs, method="wiener", tol=1e-8)
        loss = np.mean((result.x - exact.x) ** 2) / np.mean((exact.x - obs.truth_window) ** 2)
        assert loss < 0.01


def test_the_misfit_is_known_from_the_spectrum():
    y, h = 1 + rng().standard_normal((14, 17)), rng().random((3, 4))
    A = observe(y, h).A
    problem = quadratic_problem(A, y, Roughness(1)).scaled(0.05)
    found = problem.solve(y, tol=1e-9, num_iter=500)
    assert found.misfit == pytest.approx(np.sum((A(found.x) - y) ** 2), rel=1e-6)


def test_factors_across_a_strip_are_the_inverse():
    lags = np.fft.ifft(rng().random((3, 16)) ** 2)[..., :6]
    back = np.conj(lags[..., 1:])
    for row, opposite, factor in zip(lags, back, border._inverse_factor(lags), strict=True):
        matrix = scipy.linalg.toeplitz(row, np.concatenate([row[:1], opposite]))
        np.testing.assert_allclose(np.conj(factor.T) @ factor @ matrix, np.eye(6), atol=1e-12)


def test_windowed_tikhonov_with_a_stride():
    h, y = rng().random((3, 4)), rng().standard_normal((7, 6))
    A = sd.Convolution.for_data(h, y.shape, stride=2)
    dense = dense_estimate(y, A, Scaled(local(Roughness(0), A), 0.1))
    x = sd.tikhonov(y, A, weight=0.1, order=0, **EXACT)
    assert x.shape == (14, 12)
    np.testing.assert_allclose(x, dense, atol=1e-8)


@pytest.mark.parametrize("boundary", ["zero", "reflect", "mirror", "nearest"])
def test_constrained_boundaries_order_zero_is_ridge_regression(boundary):
    h, y = rng().random((3, 4)), rng().standard_normal((7, 8))
    M = sd.Convolution(h, y.shape, boundary).to_dense()
    dense = np.linalg.solve(M.T @ M + 0.1 * deviations(56), M.T @ y.ravel()).reshape(7, 8)
    x = sd.tikhonov(y, h, boundary=boundary, weight=0.1, order=0, **EXACT)
    np.testing.assert_allclose(x, dense, atol=1e-8)


@pytest.mark.parametrize("sigma", [0.002, 0.01, 0.05])
def test_the_noise_level_is_found(sigma):
    psf = sd.psf.gaussian(1.5)
    obs = sd.simulate(sd.datasets.camera()[:300, 100:380], psf, noise=sd.Gaussian(sigma), rng=1)
    law = periodogram_of(obs).fit()
    assert math.sqrt(law.noise) == pytest.approx(sigma, rel=0.05)
    assert 1.5 < law.exponent < 4
