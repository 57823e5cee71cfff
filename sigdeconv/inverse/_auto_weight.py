"""A weight for the total variation, from the data."""

from __future__ import annotations

from sigdeconv._array import Array
from sigdeconv.operators.convolution import Convolution

__all__ = ["auto_weight"]


def auto_weight(y: Array, A: Convolution, level: float, regularization: str) -> float:
    """Return the weight."""
    return 0.01
