"""The transform of a small kernel on a large grid: only the kernel's own samples are read.

    H(f) = sum_k h[k] exp(-2 pi i f p[k] / n)

One axis after the other, the last one first, so that only the last step makes the whole grid. A
step is a product with the matrix of the transform where that is small, which takes a third of the
time of a transform of the grid, and an FFT of placed samples where it is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, like, namespace, zeros

__all__ = ["transform_kernel"]

# Samples of the kernel, and of the grid, on an axis up to which the matrix is used.
MOST_TAPS, MOST_LENGTH = 24, 2**14


def transform_kernel(
    kernel: Array,
    positions: tuple[np.ndarray[Any, Any], ...],
    size: tuple[int, ...],
    wide: bool,
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
    wide : bool
        Return the full spectrum, not the half of the last axis.
    workers : int or None
        FFT threads.
    """
    spectrum, last = kernel, len(size) - 1
    for axis in reversed(range(len(size))):
        n, at, half = size[axis], positions[axis], axis == last and not wide
        if at.size <= MOST_TAPS and n <= MOST_LENGTH:
            spectrum = _by_matrix(spectrum, axis, at, n, half)
        else:
            transform = _fft.rfftn if half else _fft.fftn
            placed = _placed(spectrum, axis, at % n, n)
            spectrum = transform(placed, (n,), axes=(axis,), workers=workers)
    return spectrum


def _by_matrix(a: Array, axis: int, at: np.ndarray[Any, Any], n: int, half: bool) -> Array:
    xp = namespace(a)
    turns = np.outer(np.arange(n // 2 + 1 if half else n), at) % n / n
    matrix = like(np.exp(-2j * np.pi * turns), a)
    product = xp.tensordot(matrix, xp.astype(a, matrix.dtype), axes=((1,), (axis,)))
    return xp.moveaxis(product, 0, axis)


def _placed(a: Array, axis: int, at: np.ndarray[Any, Any], n: int) -> Array:
    """Return samples put at their places on an axis of `n`, zeros in between."""
    grid = zeros((*a.shape[:axis], n, *a.shape[axis + 1 :]), a)
    here = (slice(None),) * axis
    for k, p in enumerate(at.tolist()):
        grid[(*here, slice(p, p + 1), ...)] += a[(*here, slice(k, k + 1), ...)]
    return grid
