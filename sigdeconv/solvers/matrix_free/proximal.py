"""A smooth loss with any convex priors: accelerated proximal gradients, the prior solved inside.

    minimise over low <= x <= high   loss(A x, y) + sum_i w_i phi_i(L_i x)

A step down the gradient of the loss, then the proximal map of all priors and bounds together, by
accelerated gradients on its dual (Beck & Teboulle 2009, doi:10.1109/TIP.2009.2028250). The inner
problem asks nothing of A, and goes on from the multipliers of the step before, so that a few steps
of it are enough: one step costs one product with A and one with its adjoint.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any, final

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.losses import DataTerm
from sigdeconv.operators.base import Operator
from sigdeconv.priors import Prior
from sigdeconv.solvers.matrix_free.domain import DomainMap

__all__ = ["Penalty", "Proximal", "penalties_of"]


@final
@dataclasses.dataclass(frozen=True)
class ProximalSteps:
    """Constants of the iteration; benchmarks/operators.py counts what they cost.

    Attributes
    ----------
    inner : int
        Steps of the dual of the priors in each step.
    inner_of_banks : int
        The same where one of them is a bank of filters, whose transforms are what it costs.
    most_inner : int
        Steps at most, where a large weight asks for more: too few of them, and the outer iteration
        runs away.
    inner_tol : float
        Change of a step of the dual, as a part of the outer step, at which they end.
    inner_floor : float
        The same as a part of the estimate.
    shorter : float
        Factor of the step's inverse length where a step proves too long.
    slack : float
        The norm comes from a finite power iteration, from below.
    """

    inner: int = 6
    inner_of_banks: int = 3
    most_inner: int = 40
    inner_tol: float = 0.03
    inner_floor: float = 2e-7
    shorter: float = 1.5
    slack: float = 1.02


PROXIMAL = ProximalSteps()


@final
@dataclasses.dataclass(eq=False)
class Penalty:
    """A prior on the domain, with its weight and its multiplier.

    Attributes
    ----------
    prior : Prior
        The prior.
    map : DomainMap
        Its linear map.
    factor : float
        Its part of the weight.
    p : array or None
        The multiplier.
    """

    prior: Prior
    map: DomainMap
    factor: float
    p: Any = None

    def dual(self, q: Array, step: float, weight: float) -> Array:
        """Return the proximal map of the conjugate of weight phi, by Moreau's identity."""
        return q - step * self.prior.prox(q * (1 / step), weight * self.factor / step)


def penalties_of(parts: tuple[tuple[float, Prior], ...], A: Operator) -> list[Penalty]:
    """Return the penalties of priors on the domain of an operator."""
    return [Penalty(p, DomainMap(p, A.shape, A.workers), factor) for factor, p in parts]


@final
class Proximal:
    """The iteration; its state stays, so that a change of the weight goes on from where it was."""

    def __init__(
        self, A: Operator, data: DataTerm, penalties: list[Penalty], bounds: tuple[float, float],
        x: Array, norm: float,
    ) -> None:  # fmt: skip
        self.A, self.data, self.penalties, self.bounds = A, data, penalties, bounds
        self.lipschitz = (PROXIMAL.slack * norm) ** 2 * data.loss.smoothness * data.largest or 1.0
        self.norm2 = sum(penalty.map.size**2 for penalty in penalties) or 1.0
        self.x = self.z = x
        self.Ax = self.Az = A.forward(x)
        self.t = 1.0
        banks = any(penalty.map.map.in_spectrum for penalty in penalties)
        self.inner = PROXIMAL.inner_of_banks if banks else PROXIMAL.inner
        for penalty in penalties:
            penalty.p = 0 * penalty.map.forward(x)

    def steps(self, weight: float) -> Iterator[tuple[Array, Array]]:
        """Yield estimates and their data, for ever."""
        xp = namespace(self.x)
        self.z, self.Az, self.t = self.x, self.Ax, 1.0
        while True:
            slope = self.A.adjoint(self.data.gradient(self.Az))
            while True:
                new = self._prox(self.z - slope * (1 / self.lipschitz), weight)
                Anew = self.A.forward(new)
                if self._is_short(new, Anew, slope):
                    break
                self.lipschitz *= PROXIMAL.shorter
            uphill = float(xp.sum((self.z - new) * (new - self.x))) > 0
            t = 1.0 if uphill else (1 + math.sqrt(1 + 4 * self.t**2)) / 2
            ahead = 0.0 if uphill else (self.t - 1) / t
            self.z = new + ahead * (new - self.x)
            self.Az = Anew + ahead * (Anew - self.Ax)
            self.x, self.Ax, self.t = new, Anew, t
            yield new, Anew

    def _is_short(self, new: Array, Anew: Array, slope: Array) -> bool:
        """Tell whether the quadratic model lies above the loss, for the part along the step."""
        xp = namespace(new)
        moved, bent = new - self.z, Anew - self.Az
        weight = self.data.loss.smoothness * self.data.largest
        reach = 1.001 * self.lipschitz * float(xp.sum(moved * moved))
        rounding = (64 * float(xp.finfo(new.dtype).eps)) ** 2 * float(xp.sum(Anew * Anew))
        return weight * float(xp.sum(bent * bent)) <= reach + weight * rounding

    def _prox(self, v: Array, weight: float) -> Array:
        """Return the proximal map of priors and bounds, scaled by the step."""
        if not self.penalties or weight == 0:
            return self._bound(v)
        first = self.penalties[0]
        if len(self.penalties) == 1 and first.map.plain and self.bounds == (-math.inf, math.inf):
            return first.prior.prox(v[None, ...], weight * first.factor / self.lipschitz)[0, ...]
        step = self.lipschitz / self.norm2
        ahead = [penalty.p for penalty in self.penalties]
        t = 1.0
        before, xp = None, namespace(v)
        for count in range(1, PROXIMAL.most_inner + 1):
            x = self._primal(v, ahead)
            if before is not None and count > self.inner:
                change, move = x - before, x - self.z
                least = PROXIMAL.inner_floor**2 * float(xp.sum(x**2))
                allowed = PROXIMAL.inner_tol**2 * float(xp.sum(move**2))
                if float(xp.sum(change**2)) <= max(allowed, least):
                    break
            before = x
            following = (1 + math.sqrt(1 + 4 * t * t)) / 2
            for k, penalty in enumerate(self.penalties):
                p = penalty.dual(ahead[k] + step * penalty.map.forward(x), step, weight)
                ahead[k] = p + (t - 1) / following * (p - penalty.p)
                penalty.p = p
            t = following
        return self._primal(v, [penalty.p for penalty in self.penalties])

    def _primal(self, v: Array, multipliers: list[Array]) -> Array:
        pull = zeros(tuple(v.shape), v)
        for penalty, p in zip(self.penalties, multipliers, strict=True):
            pull = pull + penalty.map.adjoint(p)
        return self._bound(v - pull * (1 / self.lipschitz))

    def _bound(self, x: Array) -> Array:
        low, high = self.bounds
        if low == -math.inf and high == math.inf:
            return x
        return namespace(x).clip(x, min=low, max=high)
