"""Penalties for Richardson-Lucy: the M-step with a penalty on roughness.

The EM surrogate of the likelihood is separable, sum g x - e log x with g = A^T 1 and
e = x_k A^T(y / m). A penalty is replaced by a separable function that touches it at x_k and lies
above it everywhere (De Pierro 1995, doi:10.1109/42.370409); the sum is minimised sample by sample.
So the penalised likelihood never gets worse and x stays positive, for any weight. The total
variation has a file of its own, `total_variation`.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Iterator
from typing import Any, ClassVar, final

from sigdeconv._array import Array, namespace
from sigdeconv.solvers.em.blocks import Blocks

__all__ = ["LEAST_DIVISOR", "EMPenalty", "Entropy", "SquaredGradient", "neighbours"]

Index = tuple[Any, ...]
LEAST_DIVISOR = 1e-30  # keeps divisions and logarithms finite in single precision
DARKEST_LOG = -80.0  # of a sample that the entropy leaves: what exp can bear in single precision


@dataclasses.dataclass(eq=False)
class EMPenalty(abc.ABC):
    """A penalty on an estimate.

    Attributes
    ----------
    weight : float
        At least 0; it has no unit.
    level : float
        Mean of the estimate.
    blocks : Blocks
        How to go through a large array.
    first_weight : float
        Of the class: the weight with which a search begins, in units of the standard deviation of
        the noise over the mean of the data.
    """

    first_weight: ClassVar[float] = 0.15

    weight: float
    level: float
    blocks: Blocks

    @abc.abstractmethod
    def value(self, x: Array) -> float:
        """Return weight times penalty."""

    @abc.abstractmethod
    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return the minimiser of the surrogate at `x`, a new array; `e` may be used up."""


@final
class SquaredGradient(EMPenalty):
    """weight * sum |grad x|^2 / (2 level), by forward differences, zero across the border."""

    def value(self, x: Array) -> float:
        """Return weight times penalty."""
        xp = namespace(x)

        def part(rows: Any) -> float:
            slopes = (x[there] - x[here] for _, _, here, there in neighbours(x, rows))
            return sum(float(xp.sum(d * d, dtype=xp.float64)) for d in slopes)

        return self.weight / (2 * self.level) * math.fsum(self.blocks.run(part, x))

    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return the positive root of 2 W x^2 + (gain - 2 M) x - e = 0.

        W is the number of neighbours times the weight, M the sum of the middles between the sample
        and each of them, times the same.
        """
        new = namespace(x).empty_like(x)
        self.blocks.run(lambda rows: self._root(x, e, gain, new, rows), x)
        return new

    def _root(self, x: Array, e: Array, gain: Array, new: Array, rows: Any) -> None:
        """Find some rows of `new`."""
        xp = namespace(x)
        w = self.weight / self.level
        twice, middle = xp.zeros_like(x[rows]), xp.zeros_like(x[rows])
        for step in (1, -1):
            for _, inside, here, there in neighbours(x, rows, step):
                twice[inside] += 2 * w
                middle[inside] += x[here]
                middle[inside] += x[there]
        b = gain[rows] - w * middle
        new[rows] = _positive_root(twice, b, e[rows])


@final
class Entropy(EMPenalty):
    """weight * sum x log(x / level) - x + level: minus the entropy relative to a flat scene.

    It is separable, so the surrogate is the penalty itself.
    """

    def value(self, x: Array) -> float:
        """Return weight times penalty."""
        xp = namespace(x)
        relative = xp.clip(x / self.level, min=1e-30)
        terms = x * xp.log(relative) - x + self.level
        return self.weight * float(xp.sum(terms, dtype=xp.float64))

    def step(self, x: Array, e: Array, gain: Array) -> Array:
        """Return the root of gain + weight log(x / level) = e / x."""
        xp = namespace(x)
        e = e / self.level
        seen = gain > 0
        u = xp.log(xp.clip(xp.where(seen, e / xp.where(seen, gain, 1 + gain), e), min=1e-30))
        # The function of u = log x is concave and rises, so Newton's method cannot miss; where no
        # light is left the root is far below what exp can bear, and any small x will do.
        for _ in range(8):
            back = e * xp.exp(-u)
            u = xp.clip(u - (gain - back + self.weight * u) / (back + self.weight), min=DARKEST_LOG)
        return self.level * xp.exp(u)


def _ends(x: Array, rows: Any) -> tuple[int, int]:
    """Return the first of some rows of `x`, as `Blocks` gives them, and the one after the last."""
    return (0, x.shape[0]) if rows is ... else (rows[0].start, rows[0].stop)


def neighbours(x: Array, rows: Any, step: int = 1) -> Iterator[tuple[int, Index, Index, Index]]:
    """Yield (axis, inside, here, there): samples of some rows that have a neighbour along an axis.

    `here` are their indices, `inside` those within the rows, and `there` those of the neighbours,
    the next ones for a `step` of 1 and the last ones for -1.
    """
    first, stop = _ends(x, rows)
    for axis, n in enumerate(x.shape):
        low, high = (first, stop) if axis == 0 else (0, n)
        a, b = (low, min(high, n - 1)) if step > 0 else (max(low, 1), high)
        b = max(a, b)
        before = (slice(first, stop), *(slice(None),) * (axis - 1)) if axis else ()
        whole = (slice(None),) * axis
        yield (
            axis,
            (*whole, slice(a - low, b - low), ...),
            (*before, slice(a, b), ...),
            (*before, slice(a + step, b + step), ...),
        )


def _positive_root(a: Array, b: Array, c: Array) -> Array:
    """Return the root x >= 0 of a x^2 + b x - c = 0 for a, c >= 0, without cancellation.

    It is 2 c / (|b| + root) for positive b, and that plus |b| / a for negative ones.
    """
    xp = namespace(b)
    size = xp.abs(b)
    bottom = xp.sqrt(b * b + 4 * a * c) + size
    return 2 * c / (bottom + LEAST_DIVISOR) + (size - b) / (2 * a + LEAST_DIVISOR)
