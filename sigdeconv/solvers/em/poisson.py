"""Poisson likelihood of data.

Minus the log-likelihood of data y with mean m = A x + b, counted from its value at m = y, is the
I-divergence

    D = sum m - y - y log(m / y),

where m = A x + b.  Read-out noise of variance v is taken into account by y + v and b + v, which
have the mean and the variance of a Poisson variable (Snyder, Hammoud & White 1993,
doi:10.1364/JOSAA.10.001014).
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sigdeconv._array import Array, namespace
from sigdeconv.solvers.em.blocks import Blocks

__all__ = ["PoissonData", "raise_to"]

FLATNESS = 10  # the order of White's damping: how flat the likelihood is below the threshold
LEAST_MEAN = 1e-30  # a mean of zero below data above it counts as this part of the data
LEAST_DATUM = 1e-20  # data below this part of the largest count as that in the log


@dataclasses.dataclass(frozen=True, eq=False)
class PoissonData:
    """What was measured, and its likelihood.

    Attributes
    ----------
    y : array
        The data, multiplied by the mask, read-out variance added.
    light : array or None
        Background plus read-out variance, multiplied by the mask.
    shift : array or None
        The read-out variance in both, multiplied by the mask.
    damping : float
        Threshold in standard deviations below which deviations count as noise; 0 for none.
    """

    y: Array
    light: Array | None
    damping: float
    blocks: Blocks
    shift: Array | None = None
    _top: float = dataclasses.field(init=False, repr=False)  # the largest absolute datum
    _positive: bool = dataclasses.field(init=False, repr=False)  # all data, and not just so
    _least: float = dataclasses.field(init=False, repr=False)  # a mean below it is rounding

    def __post_init__(self) -> None:
        xp = namespace(self.y)
        low = float(xp.min(self.y))
        top = max(float(xp.max(self.y)), -low)
        object.__setattr__(self, "_top", top or 1.0)  # of data that are all dark, any
        object.__setattr__(self, "_positive", low > LEAST_DATUM * top)
        object.__setattr__(self, "_least", top * float(xp.finfo(self.y.dtype).eps))

    def add_background(self, Ax: Array, rows: Any) -> None:
        """Make some rows the mean: A x, not negative, plus the background."""
        raise_to(Ax, rows, 0.0)  # the FFT may round a zero to a negative
        if self.light is not None:
            Ax[rows] += self.light[rows]

    def divide_into(self, mean: Array, rows: Any) -> None:
        """Make some rows of the mean y / m, damped; 0 where nothing is predicted.

        Transforms leave rounding in the dark; y / m there would be rounding over rounding, of any
        size, so that a mean below rounding of the largest datum counts as that.
        """
        xp = namespace(mean)
        m, y = mean[rows], self.y[rows]
        if xp is np and not self.damping and (low := float(m.min())) > 0:
            if low < self._least:
                np.maximum(m, self._least, out=m)
            np.divide(y, m, out=m)
            return
        lit = m > 0
        floor = xp.where(lit, xp.clip(m, min=self._least), xp.ones_like(m))
        ratio = xp.where(lit, y / floor, xp.zeros_like(m))
        if self.damping > 0:
            u = xp.clip(self._deviance(m, y) * (2 / self.damping**2), min=0, max=1)
            ratio = 1 + u ** (FLATNESS - 1) * (FLATNESS - (FLATNESS - 1) * u) * (ratio - 1)
            ratio = xp.where(lit, ratio, xp.zeros_like(m))
        mean[rows] = ratio

    def _deviance(self, m: Array, y: Array) -> Array:
        """Return m - y - y log(m / y), the log taken of the absolute value for negative data."""
        xp = namespace(m)
        # Where there are no data the log is of a large number, and counts zero times.
        d = m / (y if self._positive else xp.clip(xp.abs(y), min=LEAST_DATUM * self._top))
        raise_to(d, ..., LEAST_MEAN)
        d = xp.log(d)
        d *= y
        d += y
        return m - d

    def divergence(self, mean: Array) -> float:
        """Return D, with the flat bottom of White's where there is damping."""
        xp = namespace(mean)

        def part(rows: Any) -> float:
            d = self._deviance(mean[rows], self.y[rows])
            if self.damping > 0:
                u = d * (2 / self.damping**2)
                low = xp.clip(u, min=0, max=1)
                flat = (FLATNESS - 1) / (FLATNESS + 1) * (1 - low ** (FLATNESS + 1)) + low**FLATNESS
                d = xp.where(u < 1, flat, u) * (self.damping**2 / 2)
            return float(xp.sum(d, dtype=xp.float64))

        return math.fsum(self.blocks.run(part, mean))


def raise_to(a: Array, rows: Any, low: float) -> None:
    """Make some rows at least `low`."""
    part = a[rows]
    if namespace(a) is not np:
        a[rows] = namespace(a).clip(part, min=low)
    elif part.min() < low:
        np.maximum(part, low, out=part)
