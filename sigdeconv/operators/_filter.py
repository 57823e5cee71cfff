"""The FFT grid of a convolution, and its transfer function there.

The grid is so large that what wraps around falls outside the data. The transform of a small kernel
on it reads only the kernel's own samples,

    H(f) = sum_k h[k] exp(-2 pi i f p[k] / n)

one axis after the other, the last one first, so that only the last step makes the whole grid. A
step is a product with the matrix of the transform where that is small, which takes a third of the
time of a transform of the grid, and an FFT of placed samples where it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, real_dtype, zeros
from sigdeconv.geometry import Axis, Boundary, Pair
from sigdeconv.geometry.borders import Ends, ends_of

__all__ = ["CircularFilter", "FFTGrid", "grid_of", "grid_pads", "taps_at", "transform_kernel"]

# Samples of the kernel, and of the grid, on an axis up to which the matrix is used.
MOST_TAPS, MOST_LENGTH = 24, 2**14


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


def grid_pads(axes: Sequence[Axis], boundary: Boundary) -> tuple[bool, ...]:
    """Return on which axes the grid itself does the padding (zeros, or the wrap)."""

    def pads(axis: Axis, ends: Ends) -> bool:
        if ends[0] == "periodic":
            return axis.before + axis.after == axis.span - 1
        return set(ends) <= {"zero", "unknown"} and max(axis.before, axis.after) < axis.span

    return tuple(map(pads, axes, ends_of(boundary, len(axes))))


def grid_of(axes: Sequence[Axis], shape: tuple[int, ...], boundary: Boundary) -> FFTGrid:
    """Return the FFT grid for a signal of `shape`."""
    lengths, padding, shifts = [], [], []
    ends, pads_itself = ends_of(boundary, len(axes)), grid_pads(axes, boundary)
    for axis, n, (end, _), implicit in zip(axes, shape, ends, pads_itself, strict=True):
        if implicit and end == "periodic":
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


@final
class CircularFilter:
    """The circular convolution with a dilated kernel on an FFT grid, its transforms kept.

    Parameters
    ----------
    psf : ndarray
        The kernel.
    positions : tuple of ndarray of int
        Where its samples stand on each axis, see `taps_at`.
    size : tuple of int
        Shape of the grid.
    workers : int or None
        FFT threads.
    """

    def __init__(
        self,
        psf: NumpyArray,
        positions: tuple[NumpyArray, ...],
        size: tuple[int, ...],
        workers: int | None,
    ) -> None:
        self.psf, self.size, self.workers = psf, size, workers
        self.positions = positions
        self.transfers: dict[Any, Array] = {}

    def placed(self) -> NumpyArray:
        """Return the kernel on the grid."""
        placed = np.zeros(self.size, dtype=self.psf.dtype)
        index = np.ix_(*(p % n for p, n in zip(self.positions, self.size, strict=True)))
        np.add.at(placed, index, self.psf)  # taps that meet on the grid add up
        return placed

    def transfer(self, model: Array, full_spectrum: bool) -> Array:
        """Return the transfer function for arrays like `model`."""
        xp = namespace(model)
        double = real_dtype(model) == xp.float64
        key = (xp.__name__, str(getattr(model, "device", "")), double, full_spectrum)
        otf = self.transfers.get(key)
        if otf is None:
            at, size = self.positions, self.size
            otf = transform_kernel(self.psf, at, size, model, full_spectrum, self.workers)
            self.transfers[key] = otf
        return otf

    def apply(self, a: Array, conjugate: bool) -> Array:
        """Filter `a`, zero-padded at the end to the grid, and return the whole grid."""
        xp = namespace(a)
        full = is_complex(a) or np.iscomplexobj(self.psf)
        otf, size = self.transfer(a, full), self.size
        transform, back = (_fft.fftn, _fft.ifftn) if full else (_fft.rfftn, _fft.irfftn)
        spectrum = transform(a, size, workers=self.workers)
        spectrum *= xp.conj(otf) if conjugate else otf
        return back(spectrum, size, workers=self.workers)


def taps_at(
    shape: Sequence[int], dilation: Sequence[int], shift: Sequence[int]
) -> tuple[NumpyArray, ...]:
    """Return where the taps of a dilated kernel stand on each axis, moved back by `shift`."""
    return tuple(d * np.arange(k) - c for k, d, c in zip(shape, dilation, shift, strict=True))


def transform_kernel(
    psf: NumpyArray,
    positions: tuple[NumpyArray, ...],
    size: Sequence[int],
    model: Array,
    full_spectrum: bool,
    workers: int | None,
) -> Array:
    """Return the spectrum of a kernel whose samples stand at `positions` of a periodic grid.

    Parameters
    ----------
    psf : ndarray
        The kernel.
    positions : tuple of ndarray of int
        Where its samples stand on each axis, modulo the grid; those that meet add up.
    size : tuple of int
        Shape of the grid.
    model : array
        An array whose namespace, device and precision the result has.
    full_spectrum : bool
        Return the full spectrum, not the half of the last axis.
    workers : int or None
        FFT threads.
    """
    spectrum, last = like(psf, model), len(size) - 1
    for axis in reversed(range(len(size))):
        n, at, half = size[axis], positions[axis], axis == last and not full_spectrum
        if at.size <= MOST_TAPS and n <= MOST_LENGTH:
            spectrum = _by_matrix(spectrum, axis, at, n, half)
        else:
            transform = _fft.rfftn if half else _fft.fftn
            placed = _placed(spectrum, axis, at % n, n)
            spectrum = transform(placed, (n,), axes=(axis,), workers=workers)
    return spectrum


def _by_matrix(a: Array, axis: int, at: NumpyArray, n: int, half: bool) -> Array:
    xp = namespace(a)
    turns = np.outer(np.arange(n // 2 + 1 if half else n), at) % n / n
    matrix = like(np.exp(-2j * np.pi * turns), a)
    product = xp.tensordot(matrix, xp.astype(a, matrix.dtype), axes=((1,), (axis,)))
    return xp.moveaxis(product, 0, axis)


def _placed(a: Array, axis: int, at: NumpyArray, n: int) -> Array:
    """Return samples put at their places on an axis of `n`, zeros in between."""
    grid = zeros((*a.shape[:axis], n, *a.shape[axis + 1 :]), a)
    here = (slice(None),) * axis
    for k, p in enumerate(at.tolist()):
        grid[(*here, slice(p, p + 1), ...)] += a[(*here, slice(k, k + 1), ...)]
    return grid
