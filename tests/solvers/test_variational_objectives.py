"""The solver against Newton's method on dense matrices: every data term with every convex penalty.

The reference is a primal-dual Newton method (Chan, Golub & Mulet 1999,
doi:10.1137/S1064827596299767) for the same objective with sqrt(t^2 + eps^2) in place of |t|, which
raises it by at most eps a term; it ends where the gradient vanishes. It shares no code with the
solver: its matrices are made of single samples.
"""

import dataclasses

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.losses import Absolute, Huber, KullbackLeibler, LeastSquares
from sigdeconv.priors import L1, TV
from sigdeconv.solvers.grid import fill_holes
from sigdeconv.solvers.variational.grid import make_variational_grid
from sigdeconv.solvers.variational.problem import VariationalProblem, make_admm
from tests.solvers._dense import windowed

EDGE, DELTA, BACKGROUND = 3.0, 4.0, 2.0
SHAPE = (12, 13)
LOSSES = {
    "gaussian": LeastSquares(),
    "poisson": KullbackLeibler(BACKGROUND),
    "huber": Huber(DELTA),
    "l1": Absolute(),
}


def differences(shape, inside=None):
    """Return periodic forward differences as (axes, samples, samples), zero across `inside`."""
    index = np.arange(np.prod(shape)).reshape(shape)
    found = []
    for axis in range(2):
        ahead = np.roll(index, -1, axis).ravel()
        D = np.zeros((index.size, index.size))
        D[index.ravel(), index.ravel()] = -1
        D[index.ravel(), ahead] += 1
        if inside is not None:
            D[~(inside.ravel() & inside.ravel()[ahead])] = 0
        found.append(D)
    return np.array(found)


def smooth_data(loss, z, y, m):
    """Return the value, slope and curvature of a smooth data term at z."""
    r = z - y
    if loss == "gaussian":
        return np.sum(m**2 * r**2) / 2, m**2 * r, m**2
    if loss == "poisson":
        if np.min(z) <= -BACKGROUND:
            return np.inf, 0, 0
        mean = z + BACKGROUND
        return np.sum(m * (mean - y * np.log(mean))), m * (1 - y / mean), m * y / mean**2
    flat = abs(r) > DELTA
    value = np.where(flat, DELTA * abs(r) - DELTA**2 / 2, r**2 / 2)
    return np.sum(m * value), m * np.clip(r, -DELTA, DELTA), m * ~flat


class Dense:
    """An objective of dense matrices: smooth data term, and weighted sizes of groups K x - b."""

    def __init__(self, H, y, m, loss, groups):
        self.H, self.y, self.m, self.loss = H, y, m, loss
        self.groups = list(groups)  # (K of shape (parts, groups, samples), b, weight, edge)
        if loss == "l1":
            self.groups.append((H[None], y, m, 0.0))

    def data(self, x):
        if self.loss == "l1":
            return 0.0, np.zeros(self.y.size), np.zeros(self.y.size)
        return smooth_data(self.loss, self.H @ x, self.y, self.m)

    def value(self, x, eps=0.0):
        total = self.data(x)[0]
        for K, b, weight, edge in self.groups:
            size = np.sqrt(np.sum((K @ x - b) ** 2, axis=0) + eps**2)
            if edge:
                size = np.where(size < edge, size**2 / (2 * edge) + edge / 2, size) - edge / 2
            total += np.sum(weight * size)
        return total

    def step(self, x, duals, eps):
        """Return the slope, the Newton step, and the duals after it."""
        _, slope, curvature = self.data(x)
        slope = self.H.T @ slope
        matrix = (self.H.T * curvature) @ self.H + 1e-12 * np.eye(x.size)
        sizes = []
        for (K, b, weight, edge), p in zip(self.groups, duals, strict=True):
            g = K @ x - b
            size = np.sqrt(np.sum(g**2, axis=0) + eps**2)
            s, far = np.maximum(size, edge), size >= edge
            p = p / np.maximum(np.sqrt(np.sum(p**2, axis=0)), 1)
            sizes.append((g, s, far, p))
            for i in range(len(K)):
                slope = slope + K[i].T @ (weight * g[i] / s)
                for j in range(len(K)):
                    part = (i == j) - far * (p[i] * g[j] + p[j] * g[i]) / (2 * s)
                    matrix += K[i].T @ ((weight * part / s)[:, None] * K[j])
        move = -np.linalg.solve(matrix, slope)
        new = []
        for (K, *_), (g, s, far, p) in zip(self.groups, sizes, strict=True):
            Kd = K @ move
            new.append((g + Kd - far * p * np.sum(g * Kd, axis=0) / s) / s)
        return slope, move, new

    def minimum(self, x):
        """Return the least value, by ever smaller eps."""
        duals = [np.zeros(K.shape[:2]) for K, *_ in self.groups]
        for eps in 10.0 ** -np.arange(8):
            x, duals = self.newton(x, duals, eps)
        return self.value(x)

    def newton(self, x, duals, eps):
        """Return the minimiser of the objective with eps in its roots."""
        small = 0
        for _ in range(100):
            slope, move, duals = self.step(x, duals, eps)
            small = small + 1 if abs(slope @ move) < 1e-8 * abs(self.value(x)) else 0
            if small == 2:
                return x, duals
            length, before = 1.0, self.value(x, eps)
            while length > 1e-9 and self.value(x + length * move, eps) > before:
                length /= 2
            x = x + length * move
        raise AssertionError(f"the reference has not converged for eps={eps:g}")


def compared(loss, kind, boundary, masked, rng):
    """Return the objective where the solver went, and the least one."""
    size = (6, 7) if boundary == "unknown" else SHAPE  # the grid is wider by 10
    scene = np.full(size, 20.0)
    scene[3:8, 2:9] = 60.0
    scene[4:, 5:] = 35.0
    psf = rng.random((3, 4))
    mask = (rng.random(size) > 0.1) * rng.choice([0.5, 1.0], size) if masked else None
    A = sd.Convolution.for_data(psf / psf.sum(), size, boundary=boundary, mask=mask)
    bare = dataclasses.replace(A, mask=None)
    wider = [(0, n - m) for n, m in zip(A.shape, size, strict=True)]
    y = rng.poisson(bare(np.pad(scene, wider, mode="edge"))).astype(float)
    prior = L1() if kind == "l1" else TV(kind, EDGE if kind == "huber" else 0.0)
    scale = 0.05 if loss == "poisson" else 0.3 if loss == "l1" else 1.5
    weight = scale / 3 if kind == "l1" else scale
    problem = VariationalProblem(prior, LOSSES[loss])
    data = fill_holes(y, mask)
    grid = make_variational_grid(A, y)
    admm = make_admm(grid, problem.data_term(data, mask), problem, weight)
    for _ in range(2500 if loss == "l1" else 600 if boundary == "periodic" else 1500):
        admm.step()
    u = admm.u
    if grid.constrained:  # the samples beyond the border follow from those inside
        u, shape = grid.domain_of(u), A.shape
        H = np.array([bare(e.reshape(shape)).ravel() for e in np.eye(u.size)]).T
    else:
        shape = grid.shape
        H = windowed(bare, shape)
    D = np.eye(u.size)[None] if kind == "l1" else differences(
        shape, np.ones(shape, bool) if not grid.constrained else None)  # fmt: skip
    if grid.constrained and kind != "l1":
        D[0].reshape(*shape, -1)[-1] = D[1].reshape(*shape, -1)[:, -1] = 0
    if boundary == "unknown" and kind != "l1":  # what leads from one border to the other is free
        at = np.indices(shape).reshape(2, -1)
        D[:, np.any([k >= n for k, n in zip(at, A.shape, strict=True)], axis=0)] = 0
    edge = EDGE if kind == "huber" else 0.0
    groups = [(D, 0.0, weight, edge)]
    if kind == "anisotropic":
        groups = [(D[:1], 0.0, weight, edge), (D[1:], 0.0, weight, edge)]
    m = np.ones(y.size) if mask is None else mask.ravel()
    dense = Dense(H, data.ravel(), m, loss, groups)
    return dense.value(u.ravel()), dense.minimum(np.full(u.size, y.mean()))


def pairs():
    """Return losses and priors; quick ones have each of them once."""
    kinds = ("isotropic", "anisotropic", "huber", "l1")
    for i, loss in enumerate(LOSSES):
        for j, kind in enumerate(kinds):
            yield pytest.param(loss, kind, marks=() if i == j else pytest.mark.slow)


@pytest.mark.slow
@pytest.mark.parametrize(("loss", "kind"), list(pairs()))
def test_every_data_term_with_every_penalty(loss, kind, rng):
    ours, least = compared(loss, kind, "periodic", False, rng)
    assert abs(ours - least) <= 1e-5 * abs(least)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "boundary"),
    [
        ("gaussian", "unknown"),
        ("poisson", "reflect"),
        pytest.param("gaussian", "reflect", marks=pytest.mark.slow),
        pytest.param("poisson", "unknown", marks=pytest.mark.slow),
        pytest.param("huber", "unknown", marks=pytest.mark.slow),
        pytest.param("huber", "reflect", marks=pytest.mark.slow),
        pytest.param("l1", "unknown", marks=pytest.mark.slow),
        pytest.param("l1", "reflect", marks=pytest.mark.slow),
    ],
)
def test_borders_and_masks(loss, boundary, rng):
    ours, least = compared(loss, "isotropic", boundary, True, rng)
    assert abs(ours - least) <= 1e-5 * abs(least)
