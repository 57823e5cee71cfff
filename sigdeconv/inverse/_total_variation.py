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
"""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv.inverse._penalty import Penalty, pair, positive_root

__all__ = ["TotalVariation"]

INNER = 5  # primal-dual steps before the surrogate is looked at
TRIES = 12  # looks, before x_k is kept as it is
DARK = 0.05  # part of the mean level below which the steps of a sample get no shorter


@final
@dataclasses.dataclass(eq=False)
class TotalVariation(Penalty):
    """weight * sum |grad x|, isotropic, by forward differences, zero across the border."""

    _dual: list[Array] | None = dataclasses.field(default=None, init=False, repr=False)

    def value(self, x: Array) -> float:
        """Return weight times penalty."""
        xp = namespace(x)
        return self.weight * float(xp.sum(self._modulus(x), dtype=xp.float64))

    def _modulus(self, x: Array) -> Array:
        """Return |grad x|."""
        xp = namespace(x)
        squares = xp.zeros_like(x)
        for axis in range(x.ndim):
            low, high = pair(x.ndim, axis)
            squares[low] += (x[high] - x[low]) ** 2
        return xp.sqrt(squares)

    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return an estimate whose surrogate is no worse than that of `x`."""
        xp = namespace(x)
        tau = x + DARK * self.level
        widest = tau  # of the samples that a difference touches
        for axis in range(x.ndim):
            low, high = pair(x.ndim, axis)
            wider = widest + 0  # a copy
            wider[low] = xp.maximum(widest[low], tau[high])
            widest = wider
        sigma = 1 / (4 * x.ndim * widest)  # norm(Sigma^(1/2) grad T^(1/2)) <= 1
        dual = self._dual
        q = [xp.zeros_like(x) for _ in range(x.ndim)] if dual is None else [d + 0 for d in dual]
        new = ahead = x
        for _ in range(TRIES):
            for _ in range(INNER):
                self._rise(q, ahead, sigma)
                slope = gain - _divergence(q)
                last, new = new, positive_root(1 / tau, slope - new / tau, e)
                ahead = 2 * new - last
            if self._surrogate(new, x, e, gain) <= 0:
                self._dual = q
                return new
        self._dual = q
        return x + 0

    def _rise(self, q: list[Array], x: Array, sigma: Array) -> None:
        """Make a dual step, and project on |q| <= weight."""
        xp = namespace(x)
        squares = xp.zeros_like(x)
        for axis in range(x.ndim):
            low, high = pair(x.ndim, axis)
            q[axis][low] += sigma[low] * (x[high] - x[low])
            squares += q[axis] ** 2
        shrink = self.weight / xp.clip(xp.sqrt(squares), min=self.weight)
        for part in q:
            part *= shrink

    def _surrogate(self, new: Array, x: Array, e: Array, gain: Array) -> float:
        """Return the surrogate of `new` minus that of `x`."""
        xp = namespace(x)
        lit = (e > 0) & (x > 0)
        safe = xp.where(lit, x, xp.ones_like(x))
        factor = xp.clip(xp.where(lit, new / safe, xp.ones_like(x)), min=1e-30)
        change = gain * (new - x) - xp.where(lit, e * xp.log(factor), xp.zeros_like(x))
        change += self.weight * (self._modulus(new) - self._modulus(x))
        return float(xp.sum(change, dtype=xp.float64))


def _divergence(q: list[Array]) -> Array:
    """Return minus the adjoint of the forward differences."""
    xp = namespace(q[0])
    total = xp.zeros_like(q[0])
    for axis, part in enumerate(q):
        low, high = pair(total.ndim, axis)
        total[low] += part[low]
        total[high] -= part[low]
    return total
