"""Minus the log-likelihood of counts."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, namespace, to_numpy
from sigdeconv.losses._loss import Loss, register, weighted_sum

__all__ = ["KullbackLeibler"]


@register("poisson")
@final
@dataclasses.dataclass(frozen=True, eq=False)
class KullbackLeibler(Loss):
    """Minus the log-likelihood of counts y with the mean z + background, up to a constant.

    Parameters
    ----------
    background : float or array of the data's shape, default: 0
        Known light that did not come from the scene, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import losses
    >>> losses.KullbackLeibler(1.0).value(np.array([1.0, 2.0]), np.array([2.0, 3.0]), None)
    0.0
    """

    background: Array | float = 0.0

    def value(self, z: Array, y: Array, m: Array | None) -> float:
        """Return the I-divergence, zero where the mean is the data."""
        xp = namespace(z)
        mean = z + self.background
        lit = y > 0
        light = xp.where(lit, y, xp.ones_like(y))
        bright = xp.clip(mean, min=1e-30)
        terms = xp.where(lit, mean - y + light * xp.log(light / bright), mean)
        return weighted_sum(terms, m)

    def prox(self, v: Array, rho: float, y: Array, m: Array | None) -> Array:
        """Return the positive root of a quadratic equation."""
        xp = namespace(v)
        scale = (1.0 if m is None else m) * (1 / rho)
        h = (v + self.background - scale) / 2
        # Counts are not below zero, but a probe may move zeros a little to see what follows.
        root = xp.sqrt(xp.clip(h * h + scale * y, min=0))
        # Where h < 0 the sum would cancel; the other form of the root does not.
        safe = xp.where(root > h, root - h, xp.ones_like(root))
        mean = xp.where(h > 0, h + root, scale * y / safe)
        return mean - self.background

    def curvature(self, y: Array, m: Array | None) -> float:
        """Return one over the mean of the data: that of a count as large as they are."""
        level = float(namespace(y).mean(y))
        return 1 / level if level > 0 else 1.0

    def check(self, y: Array) -> None:
        """Raise ValueError for negative data, which no count is."""
        if float(to_numpy(namespace(y).min(y))) < 0:
            raise ValueError(
                "y has negative values, which no count has; for loss='poisson' give the dark "
                "level as background instead of subtracting it, or use loss='gaussian'"
            )
