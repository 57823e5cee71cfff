"""The EM map of a Poisson likelihood: one evaluation never lowers it.

    x <- x A^T(y / m) / A^T 1

with m = A x + b the mean of the data; the terms of several views of a scene, and the step of a
penalty, add up.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.solvers.em.blocks import Blocks
from sigdeconv.solvers.em.penalties import EMPenalty
from sigdeconv.solvers.em.poisson import PoissonData, raise_to
from sigdeconv.solvers.em.projector import Hook, Projector, nothing

__all__ = ["EM", "VISIBLE", "View"]

# Samples that send less than this part of the full sensitivity into the data are held at zero:
# nothing can be said about them, and dividing by their sensitivity would amplify rounding.
VISIBLE = 1e-3
ROWS = 64  # rows that are looked at together; fewer are not worth it


@dataclasses.dataclass(frozen=True, eq=False)
class View:
    """One observation of the scene: its data, its operator and A^T 1."""

    data: PoissonData
    projector: Projector


class Rows:
    """An array of which rows that follow each other and are equal are kept once.

    Far from the border a sensitivity is the same everywhere. Rows count as equal when they differ
    by rounding.
    """

    def __init__(self, array: Array) -> None:
        self.array, self._index = array, None
        if namespace(array) is not np or array.shape[0] < ROWS:
            return
        slack = 16 * np.finfo(array.dtype).eps * float(np.max(array))
        kept = [0]
        index = np.zeros(array.shape[0], np.intp)
        for first in range(0, array.shape[0], ROWS):
            some = slice(first, first + ROWS)
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
    penalty : EMPenalty or None
        Added to minus the log-likelihood.
    """

    views: list[View]
    gain: Array | None
    penalty: EMPenalty | None

    def __post_init__(self) -> None:
        self._means: list[Array] = []
        self._unmatched = any(view.projector.back is not None for view in self.views)
        self._inverse: Rows | None = None
        if self._unmatched and self.gain is not None:
            # It sees a ratio that goes on beyond the border, so that nothing falls off there.
            xp, top = namespace(self.gain), float(namespace(self.gain).max(self.gain))
            lit = self.gain > VISIBLE * top
            self.gain = xp.where(lit, xp.zeros_like(self.gain) + top, self.gain)
        if self.penalty is None and self.gain is not None:
            self._inverse = self._invert(self.gain)
            self.gain = None

    def _invert(self, gain: Array) -> Rows:
        """Return 1 / gain where the data see it, else 0; `gain` may be used up."""
        xp = namespace(gain)
        least = VISIBLE * float(xp.max(gain))
        rows = Rows(gain)
        kept = rows.array
        inverse = kept if xp is np else zeros(tuple(kept.shape), kept)

        def part(rows: Any) -> None:
            g = kept[rows]
            lit = g > least
            inverse[rows] = xp.where(lit, 1 / xp.where(lit, g, xp.ones_like(g)), xp.zeros_like(g))

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
        first, *self._means = (v.projector.forward(x, v.data.add_background) for v in self.views)
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
            view.data.divide_into(mean, rows)
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
            raise_to(z, rows, 0.0)
            new = z[rows]
            new *= inverse[rows]
            new *= x[rows]
        else:
            factor = z[rows] * inverse[rows]
            z[rows] = x[rows] * xp.clip(factor + 1 if self._unmatched else factor, min=0)
