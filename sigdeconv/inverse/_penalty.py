"""Penalties for Richardson-Lucy: the M-step with a price on roughness.

The EM surrogate of the likelihood is separable, sum g x - e log x with g = A^T 1 and
e = x_k A^T(y / m). A penalty is replaced by a separable function that touches it at x_k and lies
above it everywhere (De Pierro 1995, doi:10.1109/42.370409); the sum is minimised sample by sample.
So the penalised likelihood never gets worse and x stays positive, for any weight. Dey et al. (2006,
doi:10.1002/jemt.20294) put the penalty's slope at x_k into the denominator instead, which is the
same to first order but oscillates, and divides by zero, for large weights.

Differences: x_j - x_i of neighbours. |d| is taken as sqrt(d^2 + edge^2), whose curve is below that
of a parabola (w d^2 + 1 / w) / 2 with w = 1 / sqrt(d_k^2 + edge^2).
"""

from __future__ import annotations

import abc
import dataclasses
from typing import final

from sigdeconv._array import Array, namespace

__all__ = ["PENALTIES", "Entropy", "Penalty", "Smoothness"]

PENALTIES = ("none", "tv", "tikhonov-miller", "entropy")
EDGE = 1e-3  # differences that count as flat, as a part of the mean level


class Penalty(abc.ABC):
    """A price on an estimate."""

    @abc.abstractmethod
    def value(self, x: Array) -> float:
        """Return weight times penalty."""

    @abc.abstractmethod
    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return the minimiser of the surrogate at `x`, a new array; `e` may be used up."""


@final
@dataclasses.dataclass(frozen=True)
class Smoothness(Penalty):
    """weight * sum |grad x| for ``tv``, weight * sum |grad x|^2 / (2 level) for the quadratic.

    Attributes
    ----------
    weight : float
        At least 0; it has no unit.
    level : float
        Mean of the estimate.
    total_variation : bool
        Which of the two.
    """

    weight: float
    level: float
    total_variation: bool

    def _squared(self, x: Array) -> Array:
        """Return |grad x|^2 by forward differences, zero across the border."""
        xp = namespace(x)
        total = xp.zeros_like(x)
        for axis in range(x.ndim):
            low, high = _pair(x.ndim, axis)
            total[low] += (x[high] - x[low]) ** 2
        return total

    def value(self, x: Array) -> float:
        """Return weight times penalty."""
        xp = namespace(x)
        price = self._squared(x)
        if self.total_variation:
            edge = EDGE * self.level
            price = xp.sqrt(price + edge**2) - edge
        else:
            price = price / (2 * self.level)
        return self.weight * float(xp.sum(price, dtype=xp.float64))

    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return the positive root of 2 W x^2 + (gain - 2 M) x - e = 0."""
        xp = namespace(x)
        if self.total_variation:
            w = self.weight / xp.sqrt(self._squared(x) + (EDGE * self.level) ** 2)
        else:
            w = xp.full_like(x, self.weight / self.level)
        W, M = xp.zeros_like(x), xp.zeros_like(x)
        for axis in range(x.ndim):
            low, high = _pair(x.ndim, axis)
            pull = w[low] * (x[low] + x[high])  # to the middle between the two neighbours, twice
            W[low] += w[low]
            W[high] += w[low]
            M[low] += pull
            M[high] += pull
        M = gain - M
        root = xp.sqrt(M * M + 8 * W * e)
        # The form without cancellation, on either side of zero.
        positive = M > 0
        bottom = xp.where(positive, M + root, 4 * W)
        top = xp.where(positive, 2 * e, root - M)
        some = bottom > 0
        return xp.where(some, top / xp.where(some, bottom, xp.ones_like(x)), xp.zeros_like(x))


@final
@dataclasses.dataclass(frozen=True)
class Entropy(Penalty):
    """weight * sum x log(x / level) - x + level: minus the entropy relative to a flat scene.

    It is separable, so the surrogate is the penalty itself.
    """

    weight: float
    level: float

    def value(self, x: Array) -> float:
        """Return weight times penalty."""
        xp = namespace(x)
        relative = xp.clip(x / self.level, min=1e-30)
        price = x * xp.log(relative) - x + self.level
        return self.weight * float(xp.sum(price, dtype=xp.float64))

    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return the root of gain + weight log(x / level) = e / x."""
        xp = namespace(x)
        e = e / self.level
        seen = gain > 0
        u = xp.log(xp.clip(xp.where(seen, e / xp.where(seen, gain, 1 + gain), e), min=1e-30))
        # The function of u = log x is concave and rises, so Newton's method cannot miss.
        for _ in range(8):
            back = e * xp.exp(-u)
            u = u - (gain - back + self.weight * u) / (back + self.weight)
        return self.level * xp.exp(u)


def _pair(ndim: int, axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the slices of all samples but the last, and but the first, along `axis`."""
    before, after = (slice(None),) * axis, (slice(None),) * (ndim - axis - 1)
    return (*before, slice(0, -1), *after), (*before, slice(1, None), *after)
