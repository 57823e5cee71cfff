"""The convolution of one channel as a sparse matrix: where each tap sits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sigdeconv.transposed.arithmetic import ConvGeometry

__all__ = ["places", "structural_rank"]

Ints = np.ndarray[Any, np.dtype[np.int64]]


def places(
    g: ConvGeometry, size: tuple[int, ...], output: tuple[int, ...]
) -> tuple[Ints, Ints, Ints]:
    """Return (row, column, tap) of each entry: output sample, input sample, kernel sample.

    All three are flat indices in C order; taps that fall on the padding have no entry.
    """
    row = np.zeros(1, dtype=np.int64)
    column, tap = row, row
    for n in range(g.ndim):
        i, k = np.meshgrid(np.arange(output[n]), np.arange(g.kernel[n]), indexing="ij")
        j = i * g.stride[n] + k * g.dilation[n] - g.padding[n][0]
        inside = (j >= 0) & (j < size[n])
        row = (row[:, None] * output[n] + i[inside]).ravel()
        column = (column[:, None] * size[n] + j[inside]).ravel()
        tap = (tap[:, None] * g.kernel[n] + k[inside]).ravel()
    return row, column, tap


def structural_rank(g: ConvGeometry, size: tuple[int, ...]) -> int:
    """Return the rank that a generic kernel of geometry `g` has on inputs of `size`."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import structural_rank as rank

    output = g.output_size(size)
    row, column, _ = places(g, size, output)
    shape = (math.prod(output), math.prod(size))
    return int(rank(coo_array((np.ones(row.size), (row, column)), shape=shape).tocsr()))
