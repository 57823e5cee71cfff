"""Penalties for Richardson-Lucy: the M-step with a price on roughness.

The EM surrogate of the likelihood is separable, sum g x - e log x with g = A^T 1 and
e = x_k A^T(y / m). A penalty is replaced by a separable function that touches it at x_k and lies
above it everywhere (De Pierro 1995, doi:10.1109/42.370409); the sum is minimised sample by sample.
So the penalised likelihood never gets worse and x stays positive, for any weight. The total
variation has a room of its own, `_total_variation`.
"""

from __future__ import annotations

import abc
import dataclasses
from typing import final

from sigdeconv._array import Array, namespace

__all__ = ["PENALTIES", "Entropy", "Penalty", "Quadratic", "pair", "positive_root"]

PENALTIES = ("none", "tv", "tikhonov-miller", "entropy")


@dataclasses.dataclass(eq=False)
class Penalty(abc.ABC):
    """A price on an estimate.

    Attributes
    ----------
    weight : float
        At least 0; it has no unit.
    level : float
        Mean of the estimate.
    """

    weight: float
    level: float

    @abc.abstractmethod
    def value(self, x: Array) -> float:
        """Return weight times penalty."""

    @abc.abstractmethod
    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return the minimiser of the surrogate at `x`, a new array; `e` may be used up."""


@final
class Quadratic(Penalty):
    """weight * sum |grad x|^2 / (2 level), by forward differences, zero across the border."""

    def value(self, x: Array) -> float:
        """Return weight times penalty."""
        xp = namespace(x)
        total = sum(
            float(xp.sum((x[high] - x[low]) ** 2, dtype=xp.float64))
            for low, high in (pair(x.ndim, axis) for axis in range(x.ndim))
        )
        return self.weight * total / (2 * self.level)

    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return the positive root of 2 W x^2 + (gain - 2 M) x - e = 0."""
        xp = namespace(x)
        w = self.weight / self.level
        W, M = xp.zeros_like(x), xp.zeros_like(x)
        for axis in range(x.ndim):
            low, high = pair(x.ndim, axis)
            pull = w * (x[low] + x[high])  # to the middle between the two neighbours, twice
            W[low] += w
            W[high] += w
            M[low] += pull
            M[high] += pull
        return positive_root(2 * W, gain - M, e)


@final
class Entropy(Penalty):
    """weight * sum x log(x / level) - x + level: minus the entropy relative to a flat scene.

    It is separable, so the surrogate is the penalty itself.
    """

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


def pair(ndim: int, axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the slices of all samples but the last, and but the first, along `axis`."""
    before, after = (slice(None),) * axis, (slice(None),) * (ndim - axis - 1)
    return (*before, slice(0, -1), *after), (*before, slice(1, None), *after)


def positive_root(a: Array, b: Array, c: Array) -> Array:
    """Return the root x >= 0 of a x^2 + b x - c = 0 for a, c >= 0, without cancellation."""
    xp = namespace(b)
    root = xp.sqrt(b * b + 4 * a * c)
    rising = b > 0
    bottom = xp.where(rising, b + root, 2 * a + xp.zeros_like(b))
    top = xp.where(rising, 2 * c, root - b)
    some = bottom > 0
    return xp.where(some, top / xp.where(some, bottom, xp.ones_like(b)), xp.zeros_like(b))
