"""The magnitude of the residual: noise with many outliers, such as salt and pepper."""

from __future__ import annotations

import dataclasses
import math
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv.losses._loss import Loss, register, weighted_sum

__all__ = ["Absolute"]


@register("l1")
@final
@dataclasses.dataclass(frozen=True)
class Absolute(Loss):
    """m |z - y|: noise with many outliers, such as salt and pepper.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import losses
    >>> losses.Absolute().prox(np.array([3.0]), 1.0, np.array([0.0]), None)
    array([2.])
    """

    def value(self, z: Array, y: Array, m: Array | None) -> float:
        """Return the sum over the samples."""
        return weighted_sum(namespace(z).abs(z - y), m)

    def prox(self, v: Array, rho: float, y: Array, m: Array | None) -> Array:
        """Return the residual shortened by m / rho, added to the data."""
        xp = namespace(v)
        scale = (1.0 if m is None else m) * (1 / rho)
        r = v - y
        return y + xp.sign(r) * xp.clip(xp.abs(r) - scale, min=0)

    def curvature(self, y: Array, m: Array | None) -> float:
        """Return one over a tenth of the spread of the data."""
        xp = namespace(y)
        spread = math.sqrt(float(xp.mean((y - xp.mean(y)) ** 2)))
        return 10 / spread if spread > 0 else 1.0
