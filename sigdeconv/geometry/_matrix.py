"""The convolution of one channel as a sparse matrix: where each tap sits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv.geometry.axes import Axis

__all__ = ["places", "structural_rank"]

Indices = np.ndarray[Any, np.dtype[np.int64]]


def places(
    axes: Sequence[Axis], size: tuple[int, ...], output: tuple[int, ...]
) -> tuple[Indices, Indices, Indices]:
    """Return (row, column, tap) of each entry: output sample, input sample, kernel sample.

    All three are flat indices in C order; taps that fall on the padding have no entry.

    Parameters
    ----------
    axes : sequence of Axis
        The geometry of each axis.
    size, output : tuple of int
        Shape of the input and of the output of the convolution.

    Returns
    -------
    row, column, tap : ndarray of int
        One entry for each tap that meets a sample.

    Examples
    --------
    >>> from sigdeconv.geometry import Axis, places
    >>> axis = Axis(kernel=2, stride=2, dilation=1, before=0, after=0, extra=0)
    >>> [index.tolist() for index in places([axis], (4,), (2,))]
    [[0, 0, 1, 1], [0, 1, 2, 3], [0, 1, 0, 1]]
    """
    row = np.zeros(1, dtype=np.int64)
    column, tap = row, row
    for axis, n, m in zip(axes, size, output, strict=True):
        i, k = np.meshgrid(np.arange(m), np.arange(axis.kernel), indexing="ij")
        j = i * axis.stride + k * axis.dilation - axis.before
        inside = (j >= 0) & (j < n)
        row = (row[:, None] * m + i[inside]).ravel()
        column = (column[:, None] * n + j[inside]).ravel()
        tap = (tap[:, None] * axis.kernel + k[inside]).ravel()
    return row, column, tap


def structural_rank(axes: Sequence[Axis], size: tuple[int, ...]) -> int:
    """Return the rank that a generic kernel on `axes` has on inputs of `size`."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import structural_rank as rank

    output = tuple(axis.output_size(n) for axis, n in zip(axes, size, strict=True))
    row, column, _ = places(axes, size, output)
    shape = (math.prod(output), math.prod(size))
    return int(rank(coo_array((np.ones(row.size), (row, column)), shape=shape).tocsr()))
