"""Methods made of a data term, a prior and a solver: what `tv` and its like have in common.

    minimise over x   loss(A x, y) + weight phi(L x)      subject to bounds

A `VariationalProblem` names the parts; `make_admm` builds the solver for some data and a weight.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any, final

import numpy as np

from sigdeconv._array import Array, as_like, like, namespace, real_dtype, to_numpy
from sigdeconv.losses import DataTerm, KullbackLeibler, LeastSquares, Loss
from sigdeconv.priors import Box, Prior
from sigdeconv.priors.maps import Identity
from sigdeconv.solvers.variational.admm import Admm, Term
from sigdeconv.solvers.variational.grid import VariationalGrid

__all__ = ["VariationalProblem", "make_admm", "noise_of_residual", "reweight", "spread_of"]


@final
@dataclasses.dataclass(frozen=True)
class SplittingStart:
    """First penalty parameters of the splits; `Admm` balances them later.

    Attributes
    ----------
    threshold : float
        Of the prior: its first threshold, in standard deviations of the scene; gradients above it
        are edges.
    data, boundary, bounds : float
        Of the data's copy, of the projection on what a boundary allows, and of bounds, in units of
        the data term's curvature: in A x for the first, in x for the others.
    """

    threshold: float = 0.4
    data: float = 0.3
    boundary: float = 0.3
    bounds: float = 0.1


START = SplittingStart()

Iterates = Callable[[Any, float, float], Iterator[tuple[Array, Array]]]


def alternating_directions(
    admm: Admm, weight: float, noise: float
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates and their data, on the grid, for ever."""
    while True:
        yield admm.step()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class VariationalProblem:
    """A problem but for its data and its weight.

    Attributes
    ----------
    prior : Prior
        The penalty.
    loss : Loss
        The data term.
    low, high : float
        Bounds of the estimate.
    balance : array or None
        Weight of each channel in the Gaussian data term, for noise that differs between them.
    iterates : callable
        ``iterates(admm, weight, noise)`` yields estimates and their data, on the grid: for ever,
        unless the prior is not convex.
    """

    prior: Prior
    loss: Loss = dataclasses.field(default_factory=LeastSquares)
    low: float = -math.inf
    high: float = math.inf
    balance: Any = None
    iterates: Iterates = alternating_directions

    @property
    def bounded(self) -> bool:
        """True when the estimate has a bound."""
        return self.low > -math.inf or self.high < math.inf

    def has_auxiliaries(self, ndim: int) -> bool:
        """Tell whether a prior has unknown fields beside the estimate, which no grid splits."""
        return any(part.auxiliaries(ndim) for _, part in self.prior.parts)

    def data_term(self, y: Array, mask: Array | None) -> DataTerm:
        """Return the loss for data that were not multiplied by the mask."""
        m = None if mask is None else like(mask, y)
        if isinstance(self.loss, LeastSquares):  # whose residual is weighted, then squared
            m = None if m is None else m * m
            if self.balance is not None:
                balance = like(self.balance, y)
                m = balance if m is None else m * balance
        return DataTerm(self.loss, y, m)

    def fitted_to(self, y: Array, ndim: int) -> VariationalProblem:
        """Return the problem with its loss checked against data, and its background like them.

        A background of one channel serves all.
        """
        self.loss.check(y)
        if not isinstance(self.loss, KullbackLeibler):
            return self
        background = as_like(self.loss.background, y, "background")
        shape = tuple(background.shape)
        if y.ndim > ndim and shape == tuple(y.shape[1:]):
            background = like(np.broadcast_to(to_numpy(background), tuple(y.shape)), y)
        elif shape and shape != tuple(y.shape):
            raise ValueError(f"background has shape {shape}; expected a number or {tuple(y.shape)}")
        if not float(namespace(y).min(background)) >= 0:
            raise ValueError("background must be at least 0 everywhere")
        level = background if shape else float(background)
        return dataclasses.replace(self, loss=KullbackLeibler(level))


def spread_of(y: Array) -> float:
    """Return the standard deviation of data; their size where they are all equal, or one."""
    xp = namespace(y)
    spread = float(xp.std(y))
    size = float(xp.max(xp.abs(y)))
    return spread if spread > 1e-6 * size else (size or 1.0)


def make_admm(
    grid: VariationalGrid,
    data: DataTerm,
    problem: VariationalProblem,
    weight: float,
    start: Array | None = None,
    spread: float | None = None,
) -> Admm:
    """Return the solver of a problem; its weight may be changed on the way, see `reweight`."""
    y = data.y
    # Descent of a penalty that is not convex would stay at the blurred edges.
    u = grid.start(y, smooth=not problem.prior.convex) if start is None else start
    scale = data.curvature * grid.size**2
    spread = spread_of(y) if spread is None else spread
    unit = spread / grid.size
    lead = y.ndim - len(grid.shape)
    terms = []
    prior = problem.prior
    for factor, part in prior.parts if weight > 0 else ():
        linear = part.linear_map(grid)
        keep = linear.inside(grid.inside(y)) if grid.constrained else None
        prox, value = _weighted(part, factor * weight)
        rho = factor * weight / (START.threshold * unit)
        own = unit if isinstance(linear, Identity) else 0.0
        free = () if isinstance(linear, Identity) else grid.between_borders
        terms.append(Term(linear, prox, rho, _with_lead(keep, lead), value, own, free=free))
    identity = Identity(grid.shape)
    if problem.bounded:
        box = Box(problem.low, problem.high)
        keep = identity.inside(grid.inside(y)) if grid.constrained else None
        rho = START.bounds * scale
        keep = _with_lead(keep, lead)
        terms.append(Term(identity, lambda v, rho: box.prox(v, 1.0), rho, keep, unit=unit))
    if grid.constrained:

        def project(v: Array, rho: float) -> Array:
            return grid.project(v[0, ...])[None, ...]

        terms.append(Term(identity, project, START.boundary * scale, unit=unit))
    return Admm(grid, data, terms, u, START.data, spread)


def _weighted(
    prior: Prior, weight: float
) -> tuple[Callable[[Array, float], Array], Callable[[Array], float] | None]:
    """Return proximal map and value of a prior times its weight."""
    value = (lambda z: weight * prior.value(z)) if "value" in prior.can else None
    return lambda v, rho: prior.prox(v, weight / rho), value


def reweight(admm: Admm, prior: Prior, weight: float, ratio: float) -> None:
    """Change the weight of the prior by `ratio` to `weight`; threshold and multiplier stay."""
    for term, (factor, part) in zip(admm.terms, prior.parts, strict=False):
        term.prox, term.value = _weighted(part, factor * weight)
        term.rho *= ratio
    admm.prepare()


def _with_lead(keep: Array | None, lead: int) -> Array | None:
    """Return a mask of coefficients with axes for `lead` axes of signals."""
    return keep if keep is None or lead == 0 else keep[(slice(None), *(None,) * lead, ...)]


def noise_of_residual(data: DataTerm, Hu: Array) -> float:
    """Return the root mean square of the residual, never below rounding."""
    xp = namespace(Hu)
    r = Hu - data.y
    m = data.m
    size = float(xp.mean(r * r)) if m is None else float(xp.sum(r * r * m) / xp.sum(m + 0 * r))
    eps = float(xp.finfo(real_dtype(Hu)).eps)
    return math.sqrt(size) + eps * math.sqrt(float(xp.mean(data.y * data.y)))
