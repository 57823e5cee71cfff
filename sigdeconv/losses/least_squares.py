"""Half the squared residual: white Gaussian noise."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv.losses._loss import Loss, register, weighted_sum

__all__ = ["LeastSquares"]


@register("gaussian")
@final
@dataclasses.dataclass(frozen=True)
class LeastSquares(Loss):
    """m (z - y)^2 / 2: white Gaussian noise.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import losses
    >>> losses.LeastSquares().value(np.array([1.0, 3.0]), np.array([1.0, 1.0]), None)
    2.0
    """

    def value(self, z: Array, y: Array, m: Array | None) -> float:
        """Return the sum over the samples."""
        return weighted_sum((z - y) ** 2, m) / 2

    def prox(self, v: Array, rho: float, y: Array, m: Array | None) -> Array:
        """Return the mean of data and `v`, weighted by m and rho."""
        if m is None:
            z = v * rho
            z += y
            z *= 1 / (1 + rho)
            return z
        return (m * y + rho * v) / (m + rho)

    def gradient(self, z: Array, y: Array, m: Array | None) -> Array:
        """Return the weighted residual."""
        return z - y if m is None else m * (z - y)

    @property
    def smoothness(self) -> float:
        """One."""
        return 1.0

    def curvature(self, y: Array, m: Array | None) -> float:
        """Return the mean weight of samples that have one."""
        if m is None:
            return 1.0
        xp = namespace(m)
        live = float(xp.sum(xp.astype(m > 0, m.dtype)))
        return float(xp.sum(m)) / live if live > 0 else 1.0
