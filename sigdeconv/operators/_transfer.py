"""The transform of a small kernel on a large grid: only the kernel's own samples are read.

    H(f) = sum_k h[k] exp(-2 pi i f p[k] / n)

One axis after the other, the last one first, so that only the last step makes the whole grid. A
step is a product with the matrix of the transform where that is small, which takes a third of the
time of a transform of the grid, and an FFT of placed samples where it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, real_dtype, zeros

__all__ = ["CircularFilter"]

# Samples of the kernel, and of the grid, on an axis up to which the matrix is used.
MOST_TAPS, MOST_LENGTH = 24, 2**14


@final
class CircularFilter:
    """The circular convolution with a dilated kernel on an FFT grid, its transforms kept.

    Parameters
    ----------
    psf : ndarray
        The kernel.
    dilation : tuple of int
        Spacing of the taps.
    size, shift : tuple of int
        Shape of the grid, and how far the kernel is moved back on it.
    workers : int or None
        FFT threads.
    """

    def __init__(
        self,
        psf: NumpyArray,
        dilation: Sequence[int],
        size: Sequence[int],
        shift: Sequence[int],
        workers: int | None,
    ) -> None:
        self.psf, self.size, self.workers = psf, tuple(size), workers
        taps = zip(psf.shape, dilation, shift, strict=True)
        self.positions = tuple(d * np.arange(k) - c for k, d, c in taps)
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
            kernel = like(self.psf, model)
            otf = _transform(kernel, self.positions, self.size, full_spectrum, self.workers)
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


def _transform(
    kernel: Array,
    positions: tuple[NumpyArray, ...],
    size: tuple[int, ...],
    full_spectrum: bool,
    workers: int | None,
) -> Array:
    """Return the spectrum of a kernel whose samples stand at `positions` of a periodic grid.

    Parameters
    ----------
    kernel : array
        The kernel, in the namespace and precision of the result.
    positions : tuple of ndarray of int
        Where its samples stand on each axis, modulo the grid; those that meet add up.
    size : tuple of int
        Shape of the grid.
    full_spectrum : bool
        Return the full spectrum, not the half of the last axis.
    workers : int or None
        FFT threads.
    """
    spectrum, last = kernel, len(size) - 1
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
