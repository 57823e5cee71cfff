"""Total variation in the M-step of Richardson-Lucy, solved and not linearised.

The surrogate of the likelihood is sum g x - e log x, with g = A^T 1 and e = x_k A^T(y / m). Dey et
al. (2006, doi:10.1002/jemt.20294) put the slope of the total variation at x_k into the denominator
of e / g, which divides by zero where the weight is large and needs a smoothed modulus. Here

    x_k+1 = argmin  sum g x - e log x + weight sum |grad x|

is solved as it stands (EM-TV: Sawatzky, Brune, Koesters, Wuebbeling & Burger 2013,
doi:10.1007/978-3-319-01712-9_2) by a few primal-dual steps (Chambolle & Pock 2011,
doi:10.1007/s10851-010-0251-1) with step lengths of each sample (Pock & Chambolle 2011,
doi:10.1109/ICCV.2011.6126441), from where the last M-step left its dual variable. Deviation: they
go on until the surrogate is no worse than at x_k, and no longer, so the penalised likelihood never
gets worse.

Everything is counted in units in which it has no size: the dual variable in weights, the estimate
in tau = x_k + a part of its mean level, which is the step length of a sample. With z = x / tau the
primal step is the positive root of z^2 - (z_last + weight div q - g) z - e / tau = 0, and the dual
step adds sigma grad(2 x - x_last) to q and shortens it to 1.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

from sigdeconv._array import Array, namespace
from sigdeconv.solvers.em.penalties import LEAST_DIVISOR, EMPenalty, neighbours

__all__ = ["TotalVariation"]


@final
@dataclasses.dataclass(frozen=True)
class PrimalDualSteps:
    """Constants of the primal-dual steps, each chosen by eye.

    benchmarks/richardson_lucy_quality.py (tv) measures what comes of them together.

    Attributes
    ----------
    inner : int
        Steps before the surrogate is looked at.
    looks : int
        Looks before x_k is kept as it is.
    dark : float
        Part of the mean level below which the steps of a sample get no shorter.
    faster : float
        Growth of the primal steps after each M-step; after a look in vain they are halved and the
        dual ones doubled.
    slowest : float
        Least length of the primal steps, over the first.
    least_weight : float
        The dual steps of smaller weights get no longer: a guard.
    """

    inner: int = 3
    looks: int = 20
    dark: float = 0.05
    faster: float = 1.05
    slowest: float = 1 / 64
    least_weight: float = 1e-12


PRIMAL_DUAL = PrimalDualSteps()


@dataclasses.dataclass(eq=False)
class _Work:
    """What lives from one M-step to the next: the dual variable, and memory."""

    dual: list[Array]
    sigma: Array
    twice: Array  # 2 z
    ahead: Array  # 2 x - x_last


@final
@dataclasses.dataclass(eq=False)
class TotalVariation(EMPenalty):
    """weight * sum |grad x|, isotropic, by forward differences, zero across the border."""

    _work: _Work | None = dataclasses.field(default=None, init=False, repr=False)
    _pace: float = dataclasses.field(default=1.0, init=False, repr=False)

    def value(self, x: Array) -> float:
        """Return weight times penalty."""
        return self.weight * math.fsum(self.blocks.run(lambda rows: _variation(x, rows), x))

    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return an estimate whose surrogate is no worse than that of `x`."""
        xp, run = namespace(x), self.blocks.run
        work = self._work
        if work is None:
            dual = [xp.zeros_like(x) for _ in range(x.ndim)]
            work = self._work = _Work(dual, *(xp.empty_like(x) for _ in range(3)))
        run(lambda rows: self._begin(work, x, e, rows), x)
        new = xp.empty_like(x)
        for _ in range(PRIMAL_DUAL.looks):
            for _ in range(PRIMAL_DUAL.inner):
                run(lambda rows: _rise(work, rows), x)
                run(lambda rows: self._fall(work, x, e, gain, rows), x)
            run(lambda rows: self._finish(work, x, new, rows), x)
            if math.fsum(run(lambda rows: self._change(work, new, x, e, gain, rows), x)) <= 0:
                self._pace = min(PRIMAL_DUAL.faster * self._pace, 1.0)
                return new
            # Where the penalty rules, the dual variable has farther to go.
            if self._pace > PRIMAL_DUAL.slowest:
                self._pace /= 2
                run(lambda rows: _shorten(work, e, rows), x)
        return x + 0

    def _tau(self, x: Array) -> Array:
        """Return the primal step length of samples."""
        tau = self._pace * x
        tau += self._pace * PRIMAL_DUAL.dark * self.level
        return tau

    def _begin(self, work: _Work, x: Array, e: Array, rows: Any) -> None:
        """Start some rows from x; make those of `e` 4 e / tau."""
        xp = namespace(x)
        tau = self._tau(x[rows])
        widest = tau + 0  # of the samples that a difference touches
        for _, inside, _, there in neighbours(x, rows):
            widest[inside] = xp.maximum(widest[inside], self._tau(x[there]))
        # norm(Sigma^(1/2) grad T^(1/2)) <= 1
        work.sigma[rows] = 1 / (4 * x.ndim * max(self.weight, PRIMAL_DUAL.least_weight)) / widest
        work.twice[rows] = 2 * x[rows] / tau
        work.ahead[rows] = x[rows]
        e[rows] *= 4 / tau

    def _fall(self, work: _Work, x: Array, e4: Array, gain: Array, rows: Any) -> None:
        """Make a primal step."""
        xp = namespace(x)
        b = work.dual[0][rows] + 0
        for part in work.dual[1:]:
            b += part[rows]
        for axis, inside, _, there in neighbours(x, rows, -1):
            b[inside] -= work.dual[axis][there]
        b *= self.weight  # weight div q
        b -= gain[rows]
        last = 0.5 * work.twice[rows]
        b += last
        size = xp.abs(b)
        bottom = b * b
        bottom += e4[rows]
        bottom = xp.sqrt(bottom)
        bottom += size
        bottom += LEAST_DIVISOR
        new = e4[rows] / bottom  # the root, twice, without cancellation for either sign of b
        new += b
        new += size
        work.twice[rows] = new
        new -= last
        new *= self._tau(x[rows])
        work.ahead[rows] = new

    def _finish(self, work: _Work, x: Array, new: Array, rows: Any) -> None:
        """Make some rows of `new` the estimate."""
        new[rows] = 0.5 * work.twice[rows] * self._tau(x[rows])

    def _change(
        self, work: _Work, new: Array, x: Array, e4: Array, gain: Array, rows: Any
    ) -> float:
        """Return the part of some rows in the surrogate of `new` minus that of `x`."""
        xp = namespace(x)
        tau = self._tau(x[rows])
        before, after = x[rows] / tau, 0.5 * work.twice[rows]
        rise = xp.log((after + LEAST_DIVISOR) / (before + LEAST_DIVISOR))
        rise *= e4[rows]
        rise *= 0.25
        change = after
        change -= before
        change *= gain[rows]
        change -= rise
        change *= tau
        total = float(xp.sum(change, dtype=xp.float64))
        return total + self.weight * (_variation(new, rows) - _variation(x, rows))


def _rise(work: _Work, rows: Any) -> None:
    """Make a dual step, and project on |q| <= 1."""
    xp = namespace(work.ahead)
    for axis, _, at, there in neighbours(work.ahead, rows):
        step = work.ahead[there] - work.ahead[at]
        step *= work.sigma[at]
        work.dual[axis][at] += step
    parts = [part[rows] for part in work.dual]
    size = parts[0] * parts[0]
    for part in parts[1:]:
        size += part * part
    size = xp.sqrt(xp.maximum(size, xp.ones_like(size)))
    for part in parts:
        part /= size


def _shorten(work: _Work, e4: Array, rows: Any) -> None:
    """Halve tau."""
    for part in (work.sigma, work.twice, e4):
        part[rows] *= 2


def _variation(x: Array, rows: Any) -> float:
    """Return the part of some rows in sum |grad x|."""
    xp = namespace(x)
    squares = xp.zeros_like(x[rows])
    for _, inside, here, there in neighbours(x, rows):
        step = x[there] - x[here]
        step *= step
        squares[inside] += step
    return float(xp.sum(xp.sqrt(squares), dtype=xp.float64))
