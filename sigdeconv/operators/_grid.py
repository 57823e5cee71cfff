"""The FFT grid of a convolution: large enough that what wraps around falls outside the data."""

from __future__ import annotations

from typing import NamedTuple

from sigdeconv import _fft
from sigdeconv.geometry import ConvGeometry, Pair

__all__ = ["FFTGrid", "grid_of", "grid_pads"]


class FFTGrid(NamedTuple):
    """The periodic grid on which a convolution is computed by FFT.

    Parameters
    ----------
    shape : tuple of int
        Shape of the grid.
    padding : tuple of (int, int)
        Samples that are added to the signal by the rule of the boundary before it is transformed;
        none on the axes where the grid itself does it.
    shift : tuple of int
        How far the kernel is moved back on the grid, so that the data start at sample 0.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.Convolution([1.0, 2.0, 3.0], (6,), "reflect").grid
    FFTGrid(shape=(8,), padding=((1, 1),), shift=(2,))
    """

    shape: tuple[int, ...]
    padding: tuple[Pair, ...]
    shift: tuple[int, ...]


def grid_pads(geometry: ConvGeometry, boundary: str) -> tuple[bool, ...]:
    """Return on which axes the grid itself does the padding (zeros, or the wrap)."""
    if boundary == "periodic":
        return tuple(axis.before + axis.after == axis.span - 1 for axis in geometry.axes)
    if boundary in ("zero", "unknown"):
        return tuple(max(axis.before, axis.after) < axis.span for axis in geometry.axes)
    return (False,) * geometry.ndim


def grid_of(geometry: ConvGeometry, shape: tuple[int, ...], boundary: str) -> FFTGrid:
    """Return the FFT grid for a signal of `shape`."""
    lengths, padding, shifts = [], [], []
    axes = zip(geometry.axes, shape, grid_pads(geometry, boundary), strict=True)
    for axis, n, implicit in axes:
        if implicit and boundary == "periodic":
            size, pads, shift = n, (0, 0), axis.span - 1 - axis.before
        elif implicit:
            # Wrapped samples fall outside the window from this size on. One that is fast for
            # complex transforms was chosen as the grid by a solver, and is kept.
            size = max(n + max(axis.before, axis.after, 0), 1)
            if size != _fft.next_fast_len(size, real=False):
                size = _fft.next_fast_len(size)
            pads, shift = (0, 0), axis.span - 1 - axis.before
        else:
            pads = (axis.before, axis.after)
            size, shift = _fft.next_fast_len(n + sum(pads)), axis.span - 1
        lengths.append(size)
        padding.append(pads)
        shifts.append(shift)
    return FFTGrid(tuple(lengths), tuple(padding), tuple(shifts))
