"""A and its adjoint for an iteration: the same numbers as `Convolution`, in fewer passes.

A large array is bound by memory, so what matters is how often it is read and written. For real
NumPy arrays whose padding the FFT grid does by itself, a filter is three passes over blocks that
fit the cache: planes, columns, planes (`_fft.Passes`), and what comes before and after it is done
to the same blocks while they are there. Everything else goes through the operator.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, is_complex, like, namespace, real_dtype
from sigdeconv.inverse._blocks import Blocks
from sigdeconv.operators.convolution import Convolution

__all__ = ["Hook", "Projector", "make_projector", "nothing"]

Hook = Callable[[Array, Any], None]  # changes some rows of an array in place


def nothing(array: Array, rows: Any) -> None:
    """Leave the rows as they are."""


@dataclasses.dataclass(eq=False)
class Projector:
    """Forward and adjoint of an operator; what they return is the caller's to change.

    Attributes
    ----------
    A : Convolution
        The operator.
    blocks : Blocks
        The threads.
    back : array or None
        Transfer function on the FFT grid to use instead of the conjugate one in the adjoint.
    """

    A: Convolution
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
        """Return what `Convolution.adjoint` gives, with `otf` for the conjugate of its own."""
        A = self.A
        y = y if A.mask is None else y * like(A.mask, y)
        size = A._grid()[0]
        y = A._stuffed(y) if any(s > 1 for s in A._stride) else y
        spectrum = _fft.rfftn(y, size, workers=A.workers) * otf
        z = _fft.irfftn(spectrum, size, workers=A.workers)
        return z[tuple(slice(0, n) for n in A.shape)]


@dataclasses.dataclass(eq=False)
class GridProjector(Projector):
    """The same in three passes."""

    otf: np.ndarray[Any, Any] = dataclasses.field(kw_only=True)
    dtype: Any = dataclasses.field(kw_only=True)

    def __post_init__(self) -> None:
        self._shape = self.A._grid()[0]
        self._own = threading.local()  # plans and their memory, one set a thread
        self._spectrum: np.ndarray[Any, Any] | None = None

    def _passes(self) -> _fft.Passes:
        if not hasattr(self._own, "passes"):
            self._own.passes = _fft.passes(self._shape, self.dtype)
        made: _fft.Passes = self._own.passes
        return made

    def forward(self, x: Array, after: Hook = nothing) -> Array:
        """Return A x after ``after(Ax, rows)`` for all rows."""
        mask = None if self.A.mask is None else like(self.A.mask, x)

        def finish(Ax: Array, rows: Any) -> None:
            if mask is not None:
                Ax[rows] *= mask[rows]
            after(Ax, rows)

        Ax = np.empty(self.A.out_shape, self.dtype)
        return self._filter(x, nothing, self.otf, False, Ax, finish)

    def adjoint(self, y: Array, before: Hook = nothing, after: Hook = nothing) -> Array:
        """Return the adjoint, or the other back projector, of `y`, which may be used up."""
        mask = None if self.A.mask is None else like(self.A.mask, y)

        def prepare(y: Array, rows: Any) -> None:
            before(y, rows)
            if mask is not None:
                y[rows] *= mask[rows]

        z = np.empty(self.A.shape, self.dtype)
        otf = self.otf if self.back is None else self.back
        return self._filter(y, prepare, otf, self.back is None, z, after)

    def _filter(
        self, a: Array, before: Hook, otf: Any, conjugate: bool, out: Any, after: Hook
    ) -> Array:
        """Filter `a` on the grid, and return the part of it that `out` has room for, in `out`."""
        count = max(a.shape[0], out.shape[0])
        half = (*self._shape[1:-1], self._shape[-1] // 2 + 1)
        if self._spectrum is None or self._spectrum.shape[0] < count:
            wide = np.complex64 if self.dtype == np.float32 else np.complex128
            self._spectrum = np.empty((count, *half), wide)
        spectrum = self._spectrum
        flat, factor = spectrum.reshape(spectrum.shape[0], -1), otf.reshape(otf.shape[0], -1)

        def planes(rows: Any) -> None:
            before(a, rows)
            self._passes().planes(a[rows], spectrum[rows])

        def columns(cols: Any) -> None:
            part = np.conj(factor[:, cols[0]]) if conjugate else factor[:, cols[0]]
            done = self._passes().columns(flat[: a.shape[0], cols[0]], part)
            flat[: out.shape[0], cols[0]] = done[: out.shape[0]]

        def back(rows: Any) -> None:
            self._passes().planes_back(spectrum[rows], out[rows])
            after(out, rows)

        self.blocks.run(planes, a)
        self.blocks.run(columns, flat.T)
        self.blocks.run(back, out)
        return out


def make_projector(A: Convolution, y: Array, blocks: Blocks, back: Array | None) -> Projector:
    """Return the fastest projector for data like `y`."""
    simple = all(s == 1 for s in A._stride) and not is_complex(y) and not np.iscomplexobj(A.psf)
    simple = simple and namespace(y) is np and len(A.shape) > 1 and all(A._implicit)
    if not simple or (A._direct and back is None):
        return Projector(A, blocks, back)
    return GridProjector(A, blocks, back, otf=A._filter(y, wide=False), dtype=real_dtype(y))
