"""The FFT grid of a convolution: large enough that what wraps around falls outside the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigdeconv import _fft
from sigdeconv.operators._arguments import Pair

if TYPE_CHECKING:
    from sigdeconv.operators.convolution import Convolution

__all__ = ["Grid", "grid_of", "implicit_axes"]

Grid = tuple[tuple[int, ...], tuple[Pair, ...], tuple[int, ...]]


def implicit_axes(A: Convolution) -> tuple[bool, ...]:
    """Return on which axes the grid itself does the padding of `A` (zeros, or the wrap)."""
    axes = zip(A._widths, A.span, strict=True)
    if A.boundary == "periodic":
        return tuple(a + b == span - 1 for (a, b), span in axes)
    if A.boundary in ("zero", "unknown"):
        return tuple(max(a, b) < span for (a, b), span in axes)
    return (False,) * len(A.shape)


def grid_of(A: Convolution) -> Grid:
    """Return the FFT shape, the explicit padding and the shift of the kernel."""
    lengths, widths, shifts = [], [], []
    for n, (a, b), span, implicit in zip(A.shape, A._widths, A.span, implicit_axes(A), strict=True):
        if implicit and A.boundary == "periodic":
            size, pads, shift = n, (0, 0), span - 1 - a
        elif implicit:
            # Wrapped samples fall outside the window from this size on. One that is fast for
            # complex transforms was chosen as the grid (`make_torus`), and is kept.
            size = max(n + max(a, b, 0), 1)
            if size != _fft.next_fast_len(size, real=False):
                size = _fft.next_fast_len(size)
            pads, shift = (0, 0), span - 1 - a
        else:
            size = _fft.next_fast_len(n + a + b)
            pads, shift = (a, b), span - 1
        lengths.append(size)
        widths.append(pads)
        shifts.append(shift)
    return tuple(lengths), tuple(widths), tuple(shifts)
