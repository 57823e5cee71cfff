"""Poisson likelihood of data, and the EM map that never lowers it.

Minus the log-likelihood of data y with mean m = A x + b, counted from its value at m = y, is the
I-divergence

    D = sum m - y - y log(m / y),

and one evaluation of the map is  x <- x A^T(y / m) / A^T 1.  Read-out noise of variance v is taken
into account by y + v and b + v, which have the mean and the variance of a Poisson variable (Snyder,
Hammoud & White 1993, doi:10.1364/JOSAA.10.001014).
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

import numpy as np

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.inverse._blocks import Blocks
from sigdeconv.inverse._penalty import Penalty
from sigdeconv.inverse._projector import Hook, Projector, nothing

__all__ = ["EM", "SEEN", "Data", "View"]

# Samples that send less than this part of the full sensitivity into the data are held at zero:
# nothing can be said about them, and dividing by their sensitivity would amplify rounding.
SEEN = 1e-3
ORDER = 10  # of White's damping: how flat the likelihood is below the threshold
LONG = 64  # rows that are looked at together; fewer are not worth it
FLOOR = 1e-30  # a mean of zero below data above it counts as this part of the data
DARK = 1e-20  # data below this part of the largest count as that in the log


@dataclasses.dataclass(frozen=True, eq=False)
class Data:
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
        object.__setattr__(self, "_positive", low > DARK * top)
        object.__setattr__(self, "_least", top * float(xp.finfo(self.y.dtype).eps))

    def lift(self, Ax: Array, rows: Any) -> None:
        """Make some rows the mean: A x, not negative, plus the background."""
        _lift(Ax, rows, 0.0)  # the FFT may round a zero to a negative
        if self.light is not None:
            Ax[rows] += self.light[rows]

    def ratio(self, mean: Array, rows: Any) -> None:
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
            ratio = 1 + u ** (ORDER - 1) * (ORDER - (ORDER - 1) * u) * (ratio - 1)
            ratio = xp.where(lit, ratio, xp.zeros_like(m))
        mean[rows] = ratio

    def _deviance(self, m: Array, y: Array) -> Array:
        """Return m - y - y log(m / y), the log taken of the absolute value for negative data."""
        xp = namespace(m)
        # Where there are no data the log is of a large number, and counts zero times.
        d = m / (y if self._positive else xp.clip(xp.abs(y), min=DARK * self._top))
        _lift(d, ..., FLOOR)
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
                flat = (ORDER - 1) / (ORDER + 1) * (1 - low ** (ORDER + 1)) + low**ORDER
                d = xp.where(u < 1, flat, u) * (self.damping**2 / 2)
            return float(xp.sum(d, dtype=xp.float64))

        return math.fsum(self.blocks.run(part, mean))


def _lift(a: Array, rows: Any, low: float) -> None:
    """Make some rows at least `low`."""
    part = a[rows]
    if namespace(a) is not np:
        a[rows] = namespace(a).clip(part, min=low)
    elif part.min() < low:
        np.maximum(part, low, out=part)


@dataclasses.dataclass(frozen=True, eq=False)
class View:
    """One observation of the scene: its data, its operator and A^T 1."""

    data: Data
    projector: Projector


class Rows:
    """An array of which rows that follow each other and are equal are kept once.

    Far from the border a sensitivity is the same everywhere. Rows count as equal when they differ
    by rounding.
    """

    def __init__(self, array: Array) -> None:
        self.array, self._index = array, None
        if namespace(array) is not np or array.shape[0] < LONG:
            return
        slack = 16 * np.finfo(array.dtype).eps * float(array.max())
        kept = [0]
        index = np.zeros(array.shape[0], np.intp)
        for first in range(0, array.shape[0], LONG):
            some = slice(first, first + LONG)
            index[some] = len(kept) - 1
            if np.abs(array[some] - array[kept[-1]]).max() <= slack:
                continue
            for k in range(*some.indices(array.shape[0])):
                if np.abs(array[k] - array[kept[-1]]).max() > slack:
                    kept.append(k)
                index[k] = len(kept) - 1
        if 4 * len(kept) < array.shape[0]:
            self.array, self._index = array[kept], index

    def __getitem__(self, rows: Any) -> Array:
        """Return some rows, not to be changed; one of them if they are all equal."""
        if self._index is None:
            return self.array[rows]
        some = self._index[rows[0]]
        return self.array[some[:1] if some[0] == some[-1] else some]


@dataclasses.dataclass(eq=False)
class EM:
    """The EM map of one or several views of a scene, in the two halves that `iterates` takes.

    Attributes
    ----------
    views : list of View
        The observations. Their likelihoods are summed.
    gain : array or None
        Sum of A^T 1, the part of its light that each sample sends into the data. Without a penalty
        only its inverse is kept.
    penalty : Penalty or None
        Added to minus the log-likelihood.
    """

    views: list[View]
    gain: Array | None
    penalty: Penalty | None

    def __post_init__(self) -> None:
        self._means: list[Array] = []
        self._unmatched = any(view.projector.back is not None for view in self.views)
        self._inverse: Rows | None = None
        if self._unmatched and self.gain is not None:
            # It sees a ratio that goes on beyond the border, so that nothing falls off there.
            xp, top = namespace(self.gain), float(namespace(self.gain).max(self.gain))
            seen = self.gain > SEEN * top
            self.gain = xp.where(seen, xp.zeros_like(self.gain) + top, self.gain)
        if self.penalty is None and self.gain is not None:
            self._inverse = self._invert(self.gain)
            self.gain = None

    def _invert(self, gain: Array) -> Rows:
        """Return 1 / gain where it is seen, else 0; `gain` may be used up."""
        xp = namespace(gain)
        least = SEEN * float(xp.max(gain))
        rows = Rows(gain)
        kept = rows.array
        inverse = kept if xp is np else zeros(tuple(kept.shape), kept)

        def part(rows: Any) -> None:
            g = kept[rows]
            seen = g > least
            inverse[rows] = xp.where(seen, 1 / xp.where(seen, g, xp.ones_like(g)), xp.zeros_like(g))

        self.blocks.run(part, kept)
        rows.array = inverse
        return rows

    @property
    def blocks(self) -> Blocks:
        """How to go through a large array."""
        return self.views[0].data.blocks

    def predict(self, x: Array) -> Array:
        """Return the mean of the first view; those of the others are kept for `update`."""
        self._means = []
        first, *self._means = (v.projector.forward(x, v.data.lift) for v in self.views)
        return first

    def objective(self, x: Array, Ax: Array) -> float:
        """Return minus the log-likelihood plus the penalty."""
        means = [Ax, *self._means]
        total = sum(v.data.divergence(m) for v, m in zip(self.views, means, strict=True))
        return total + (self.penalty.value(x) if self.penalty is not None else 0.0)

    def update(self, x: Array, Ax: Array) -> Array:
        """Return F(x) as a new array."""
        means, self._means = [Ax, *self._means], []
        if len(means) == 1 and self.penalty is None:
            return self._back(0, Ax, functools.partial(self._multiply, x))
        z = self._back(0, means[0])
        for k in range(1, len(means)):
            z = z + self._back(k, means[k])
        if self.penalty is not None:
            assert self.gain is not None
            e = x * namespace(x).clip(z + self.gain if self._unmatched else z, min=0)
            return self.penalty.step(x, e, self.gain)
        self.blocks.run(lambda rows: self._multiply(x, z, rows), z)
        return z

    def _back(self, k: int, mean: Array, after: Hook = nothing) -> Array:
        """Return view k's A^T(y / m), or B(y / m - 1) for another back projector."""
        view = self.views[k]

        def before(mean: Array, rows: Any) -> None:
            view.data.ratio(mean, rows)
            if self._unmatched:
                mean[rows] -= 1

        return view.projector.adjoint(mean, before, after)

    def _multiply(self, x: Array, z: Array, rows: Any) -> None:
        """Make some rows of z = A^T(y / m) those of F(x) = x z / gain.

        With another back projector it is x (1 + B(y / m - 1) / gain): the same for the exact one,
        and a perfect fit stays as it is for any.
        """
        xp, inverse = namespace(x), self._inverse
        assert inverse is not None
        if xp is np and not self._unmatched:
            _lift(z, rows, 0.0)
            new = z[rows]
            new *= inverse[rows]
            new *= x[rows]
        else:
            factor = z[rows] * inverse[rows]
            z[rows] = x[rows] * xp.clip(factor + 1 if self._unmatched else factor, min=0)
