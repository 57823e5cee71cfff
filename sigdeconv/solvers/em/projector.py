"""A and its adjoint for an iteration: the same numbers as `Convolution`, in fewer passes.

A large array is bound by memory, so what matters is how often it is read and written. For real
NumPy arrays whose padding the FFT grid does by itself, a filter is three passes over blocks that
fit the cache: planes, columns, planes (`_fft.Passes`), and what comes before and after it is done
to the same blocks while they are there. Everything else goes through the operator.
"""

from __future__ import annotations

import dataclasses
import math
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, is_complex, like, namespace, real_dtype, to_numpy
from sigdeconv.operators.base import Operator
from sigdeconv.operators.boundary import pad
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.em.blocks import Blocks

__all__ = ["Hook", "Projector", "make_projector", "nothing"]

PLANES = 1 << 15, 1 << 18  # samples of the planes taken at a time, least and most

Hook = Callable[[Array, Any], None]  # changes some rows of an array in place


def nothing(array: Array, rows: Any) -> None:
    """Leave the rows as they are."""


@dataclasses.dataclass(eq=False)
class Projector:
    """Forward and adjoint of an operator; what they return is the caller's to change.

    Attributes
    ----------
    A : Operator
        The operator.
    blocks : Blocks
        The threads.
    back : array or None
        Transfer function on the FFT grid to use instead of the conjugate one in the adjoint.
    """

    A: Operator
    blocks: Blocks
    back: Array | None = None

    def forward(self, x: Array, after: Hook = nothing) -> Array:
        """Return A x after ``after(Ax, rows)`` for all rows."""
        Ax = self.A.forward(x)
        self.blocks.run(lambda rows: after(Ax, rows), Ax)
        return Ax

    def adjoint(self, y: Array, before: Hook = nothing, after: Hook = nothing) -> Array:
        """Return the adjoint, or the other back projector, of `y`, which may be used up."""
        self.blocks.run(lambda rows: before(y, rows), y)
        z = self.A.adjoint(y) if self.back is None else self._filtered(y, self.back)
        self.blocks.run(lambda rows: after(z, rows), z)
        return z

    def _filtered(self, y: Array, otf: Array) -> Array:
        """Return the other back projection of `y`, continued beyond its border by its last samples.

        With zeros beyond it, a filter that sharpens makes ringing out of the step at the border.
        """
        A = self.A
        assert isinstance(A, Convolution)
        y = A.weigh(y)
        size, widths = A.grid.shape, A.grid.padding
        ends = []
        for axis, (n, m) in enumerate(zip(size, y.shape, strict=True)):
            looks = A.span[axis] - 1 - A.dilation[axis] * A.centre[axis]
            before = min(max(looks, 0), n - m)
            ends.append((before, n - m - before))
        y = pad(y, ends, "nearest")
        # On a periodic grid, what comes before the first sample stands at the end.
        shifts = tuple(-before for before, _ in ends)
        y = namespace(y).roll(y, shifts, axis=tuple(range(y.ndim)))
        spectrum = _fft.rfftn(y, size, workers=A.workers) * otf
        z = _fft.irfftn(spectrum, size, workers=A.workers)
        return z[tuple(slice(a, a + n) for (a, _), n in zip(widths, A.shape, strict=True))]


@dataclasses.dataclass(eq=False)
class GridProjector(Projector):
    """The same in three passes.

    Attributes
    ----------
    dtype : numpy.dtype
        float32 or float64.
    """

    A: Convolution
    dtype: Any = dataclasses.field(kw_only=True)

    def __post_init__(self) -> None:
        self._shape = self.A.grid.shape
        self._own = threading.local()  # plans and their memory, one set a thread
        self._spectrum = self._passes().spectrum()
        # Of a block: several blocks for each thread, so that all end at about the same time, and by
        # sixteens, so that each block begins a cache line.
        share = self._shape[0] // max(8, 4 * self.blocks.workers)
        least, most = (n // math.prod(self._shape[1:]) for n in PLANES)
        rows = max(min(most, share), least, 1)
        self._rows = rows // 16 * 16 or rows
        self._otf = self._transfer()
        self._lent: weakref.ref[Any] | None = None

    def _passes(self) -> _fft.Passes:
        if not hasattr(self._own, "passes"):
            self._own.passes = _fft.passes(self._shape, self.dtype)
        made: _fft.Passes = self._own.passes
        return made

    def _transfer(self) -> np.ndarray[Any, Any]:
        """Return the transfer function over the scale, in pieces.

        Only planes with taps are transformed.
        """
        A, passes = self.A, _fft.Passes(self._shape, self.dtype)  # done once: plans do not pay
        scale = self._passes().scale
        otf = passes.spectrum()
        size, shift = A.grid.shape, A.grid.shift
        kernel = A.place_kernel(size, shift)  # zeros take no memory before they are touched
        taps = A.dilation[0] * np.arange(A.psf.shape[0]) - shift[0]
        for row in np.unique(taps % size[0]):
            rows = slice(int(row), int(row) + 1)
            passes.planes((kernel[rows] / scale).astype(self.dtype), otf, rows)
        for k in range(otf.shape[0]):
            passes.columns(otf, k, size[0])
        return otf

    def forward(self, x: Array, after: Hook = nothing) -> Array:
        """Return A x after ``after(Ax, rows)`` for all rows."""
        mask = None if self.A.mask is None else like(self.A.mask, x)

        def finish(Ax: Array, rows: Any) -> None:
            if mask is not None:
                Ax[rows] *= mask[rows]
            after(Ax, rows)

        # In memory that has room for what the adjoint will make of it.
        size = math.prod(self.A.out_shape)
        room = _fft.in_lines((max(size, math.prod(self.A.shape)),), self.dtype)
        Ax = room[:size].reshape(self.A.out_shape)
        self._lent = weakref.ref(Ax.base)
        return self._filter(x, nothing, self._otf, False, Ax, finish)

    def adjoint(self, y: Array, before: Hook = nothing, after: Hook = nothing) -> Array:
        """Return the adjoint of `y`, which may be used up."""
        mask = None if self.A.mask is None else like(self.A.mask, y)

        def prepare(y: Array, rows: Any) -> None:
            before(y, rows)
            if mask is not None:
                y[rows] *= mask[rows]

        lent = None if self._lent is None else self._lent()
        z = _fft.in_lines(self.A.shape, self.dtype, lent if to_numpy(y).base is lent else None)
        return self._filter(y, prepare, self._otf, True, z, after)

    def _filter(
        self, a: Array, before: Hook, otf: Any, conjugate: bool, out: Any, after: Hook
    ) -> Array:
        """Filter `a` on the grid, and return the part of it that `out` has room for, in `out`."""
        spectrum = self._spectrum

        def planes(rows: Any) -> None:
            before(a, rows)
            self._passes().planes(a[rows], spectrum, rows[0])

        def columns(numbers: Any) -> None:
            for k in range(numbers[0].start, numbers[0].stop):
                self._passes().filter(spectrum, k, a.shape[0], otf, conjugate)

        def back(rows: Any) -> None:
            self._passes().planes_back(spectrum, rows[0], out[rows])
            after(out, rows)

        self.blocks.run(planes, a, self._rows)
        self.blocks.run(columns, spectrum, 1)
        self.blocks.run(back, out, self._rows)
        return out


def make_projector(A: Operator, y: Array, blocks: Blocks, back: Array | None) -> Projector:
    """Return the fastest projector for data like `y`."""
    if not isinstance(A, Convolution):
        return Projector(A, blocks)
    simple = all(s == 1 for s in A.stride) and not is_complex(y) and not np.iscomplexobj(A.psf)
    simple = simple and namespace(y) is np and len(A.shape) > 1 and all(A.grid_pads)
    if not simple or A.is_direct or back is not None:
        return Projector(A, blocks, back)
    return GridProjector(A, blocks, dtype=real_dtype(y))
