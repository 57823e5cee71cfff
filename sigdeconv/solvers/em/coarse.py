"""Means of blocks of samples: data of the same kind on a coarser grid."""

from __future__ import annotations

from collections.abc import Sequence

from sigdeconv._array import Array

__all__ = ["coarser"]


def coarser(y: Array, factors: Sequence[int]) -> Array:
    """Return the means of blocks; what is left at the end of an axis is left out."""
    for axis, factor in enumerate(factors):
        whole = (slice(None),) * axis
        n = y.shape[axis] // factor * factor
        total = y[(*whole, slice(0, n, factor), ...)] + 0
        for k in range(1, factor):
            total += y[(*whole, slice(k, n, factor), ...)]
        y = total / factor
    return y
