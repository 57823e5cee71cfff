"""Weights on the samples: a mask, a window, a precision."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, as_float, check_finite, is_complex, like, namespace, owned
from sigdeconv.operators.base import Operator

__all__ = ["Diagonal"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Diagonal(Operator):
    """Multiplication by `weights`, point by point.

    Parameters
    ----------
    weights : array
        One factor a sample; its shape is the shape of signal and data.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators import Diagonal
    >>> Diagonal(np.array([1.0, 0.0, 2.0]))(np.array([3.0, 4.0, 5.0]))
    array([ 3.,  0., 10.])
    """

    weights: Array

    def __post_init__(self) -> None:
        weights = as_float(self.weights, "weights")
        check_finite(weights, "weights")
        object.__setattr__(self, "weights", owned(weights, self.weights))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal."""
        return tuple(self.weights.shape)

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return tuple(self.weights.shape)

    def _forward(self, x: Array) -> Array:
        return x * like(self.weights, x)

    def _adjoint(self, y: Array) -> Array:
        w = like(self.weights, y)
        return y * (namespace(w).conj(w) if is_complex(w) else w)
