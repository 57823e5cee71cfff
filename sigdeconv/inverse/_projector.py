"""A and its adjoint for an iteration: the same numbers as `Convolution`, without its copies.

For real NumPy arrays whose padding the FFT grid does by itself, one real array on the grid travels
through an iteration: it leaves the backward transform as A x, becomes the ratio y / A x in place,
and enters the next forward transform with zeros around it. Everything else goes through the
operator.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, is_complex, like, namespace, real_dtype
from sigdeconv.inverse._blocks import Blocks
from sigdeconv.operators.convolution import Convolution

__all__ = ["Projector", "make_projector"]


@dataclasses.dataclass(eq=False)
class Projector:
    """Forward and adjoint of an operator; what they return is the caller's to change.

    Attributes
    ----------
    A : Convolution
        The operator.
    back : array or None
        Transfer function on the FFT grid to use instead of the conjugate one in the adjoint.
    """

    A: Convolution
    blocks: Blocks
    back: Array | None = None

    def forward(self, x: Array) -> Array:
        """Return A x; valid until the next call of `adjoint`."""
        return self.A.forward(x)

    def adjoint(self, y: Array) -> Array:
        """Return the adjoint, or the other back projector, of `y`, which may be used up."""
        if self.back is None:
            return self.A.adjoint(y)
        return self._filtered(y, self.back)

    def _filtered(self, y: Array, otf: Array) -> Array:
        """Return what `Convolution.adjoint` gives with `otf` for the conjugate of its own."""
        A = self.A
        y = y if A.mask is None else y * like(A.mask, y)
        size = A._grid()[0]
        y = A._stuffed(y) if any(s > 1 for s in A._stride) else y
        spectrum = _fft.rfftn(y, size, workers=A.workers) * otf
        z = _fft.irfftn(spectrum, size, workers=A.workers)
        return z[tuple(slice(0, n) for n in A.shape)]


@dataclasses.dataclass(eq=False)
class GridProjector(Projector):
    """The same with the data staying on the FFT grid."""

    plan: _fft.RealPlan = dataclasses.field(kw_only=True)
    otf: np.ndarray[Any, Any] = dataclasses.field(kw_only=True)
    grid: np.ndarray[Any, Any] | None = None  # the last A x, before `adjoint` used it up

    def forward(self, x: Array) -> Array:
        """Return A x, a window of the array on the grid."""
        A, planes = self.A, self.A.out_shape[0]
        self.grid = None
        if x.shape != self.plan.shape:
            x = self._placed(x)
        spectrum = self.plan.forward(x)
        del x
        self._multiply(spectrum, self.otf, conjugate=False)
        self.grid = self.plan.backward(spectrum, planes)
        Ax = self.grid[A._slices]
        if A.mask is not None:
            Ax *= like(A.mask, Ax)
        return Ax

    def adjoint(self, y: Array) -> Array:
        """Return the adjoint of `y`; the array of the last `forward` is used as it is."""
        A = self.A
        if A.mask is not None:
            y *= like(A.mask, y)
        if self.grid is not None and np.shares_memory(y, self.grid):
            grid = self.grid
            for axis, n in enumerate(y.shape):  # what is beyond the window
                grid[(*(slice(0, m) for m in y.shape[:axis]), slice(n, None))] = 0
        else:
            grid = self._placed(y)
        self.grid = None
        spectrum = self.plan.forward(grid, y.shape[0])
        del grid, y
        if self.back is None:
            self._multiply(spectrum, self.otf, conjugate=True)
        else:
            self._multiply(spectrum, self.back, conjugate=False)
        z = self.plan.backward(spectrum)
        return z if z.shape == A.shape else z[tuple(slice(0, n) for n in A.shape)]

    def _placed(self, a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        grid = self.plan.empty()
        grid[...] = 0
        grid[tuple(slice(0, n) for n in a.shape)] = a
        return grid

    def _multiply(self, spectrum: Any, otf: Any, conjugate: bool) -> None:
        def part(rows: Any) -> None:
            factor = np.conj(otf[rows]) if conjugate else otf[rows]
            np.multiply(spectrum[rows], factor, out=spectrum[rows])

        self.blocks.run(part, spectrum)


def make_projector(A: Convolution, y: Array, blocks: Blocks, back: Array | None) -> Projector:
    """Return the fastest projector for data like `y`."""
    simple = all(s == 1 for s in A._stride) and not is_complex(y) and not np.iscomplexobj(A.psf)
    if namespace(y) is not np or not simple or not all(A._implicit) or (A._direct and back is None):
        return Projector(A, blocks, back)
    plan = _fft.real_plan(A._grid()[0], real_dtype(y), A.workers)
    return GridProjector(A, blocks, back, plan=plan, otf=A._filter(y, wide=False))
