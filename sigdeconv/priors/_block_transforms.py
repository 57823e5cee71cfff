"""Small transforms of blocks and of stacks of blocks."""

from __future__ import annotations

import functools
import math

import numpy as np

from sigdeconv._array import NumpyArray

__all__ = ["cosine", "haar", "wavelet"]

# Sums of the biorthogonal spline wavelet (1,5), centred on a pair of samples; its differences are
# those of the pair (Cohen, Daubechies & Feauveau 1992, doi:10.1002/cpa.3160450502).
SUMS = np.array([3, -3, -22, 22, 128, 128, 22, -22, -3, 3]) / (128 * math.sqrt(2))
DIFFERENCE = np.array([1, -1]) / math.sqrt(2)


@functools.cache
def cosine(n: int) -> NumpyArray:
    """Return the orthonormal discrete cosine transform (type 2) as a matrix."""
    k, i = np.arange(n)[:, None], np.arange(n)
    matrix = math.sqrt(2 / n) * np.cos(np.pi * k * (2 * i + 1) / (2 * n))
    matrix[0] /= math.sqrt(2)
    return np.asarray(matrix)


@functools.cache
def wavelet(n: int) -> NumpyArray:
    """Return the biorthogonal wavelet transform (1,5) of a periodic block, its rows of norm one.

    `n` is a power of two. White noise keeps its deviation in every coefficient; the inverse is the
    matrix inverse, for the rows are not orthogonal. The first row is the mean.
    """
    matrix, length = np.eye(n), n
    while length > 1:
        level = np.zeros((length, length))
        for k in range(length // 2):
            np.add.at(level[k], np.arange(2 * k - 4, 2 * k + 6) % length, SUMS)
            level[length // 2 + k, 2 * k : 2 * k + 2] = DIFFERENCE
        matrix[:length] = level @ matrix[:length]
        length //= 2
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


def haar(groups: NumpyArray, *, inverse: bool = False) -> NumpyArray:
    """Transform along axis 1, a power of two long, in place; return the array.

    Sums come first, then differences from the coarse to the fine ones; it is orthonormal.
    """
    count = groups.shape[1]
    lengths = [count >> k for k in range(count.bit_length() - 1)]
    scale = groups.dtype.type(math.sqrt(0.5))
    for length in reversed(lengths) if inverse else lengths:
        part, half = groups[:, :length], length // 2
        if inverse:
            sums, differences = part[:, :half], part[:, half:]
            first, second = (sums + differences) * scale, (sums - differences) * scale
            part[:, ::2], part[:, 1::2] = first, second
        else:
            sums = (part[:, ::2] + part[:, 1::2]) * scale
            differences = (part[:, ::2] - part[:, 1::2]) * scale
            part[:, :half], part[:, half:] = sums, differences
    return groups
