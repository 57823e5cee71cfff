"""Quadratic for small residuals, linear for large ones."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv.losses._loss import Loss, register, weighted_sum

__all__ = ["Huber"]

# Of the noise's standard deviation: 95 % of the efficiency of least squares for Gaussian noise
# (Huber 1981, doi:10.1002/0471725250).
EFFICIENT = 1.345


@register("huber")
@final
@dataclasses.dataclass(frozen=True)
class Huber(Loss):
    """Quadratic for residuals up to `delta`, linear beyond: Gaussian noise with outliers.

    Parameters
    ----------
    delta : float, optional
        In the units of the data, above 0; 1.345 standard deviations of the noise by default.

    Examples
    --------
    >>> from sigdeconv import losses
    >>> losses.Huber().for_noise(2.0)
    Huber(delta=2.69)
    """

    delta: float | None = None

    def value(self, z: Array, y: Array, m: Array | None) -> float:
        """Return the sum over the samples."""
        xp, delta = namespace(z), self._width
        r = xp.abs(z - y)
        return weighted_sum(xp.where(r < delta, r * r / 2, delta * r - delta**2 / 2), m)

    def prox(self, v: Array, rho: float, y: Array, m: Array | None) -> Array:
        """Return the mean of data and `v`, or `v` pulled by the slope of the linear part."""
        xp, delta = namespace(v), self._width
        weight = 1.0 if m is None else m
        r = v - y
        near = r / (1 + weight * (1 / rho))
        pull = weight * (delta / rho)
        return y + xp.where(xp.abs(near) <= delta, near, r - xp.sign(r) * pull)

    def gradient(self, z: Array, y: Array, m: Array | None) -> Array:
        """Return the residual, no longer than `delta`."""
        r = namespace(z).clip(z - y, min=-self._width, max=self._width)
        return r if m is None else m * r

    @property
    def smoothness(self) -> float:
        """One."""
        return 1.0

    def curvature(self, y: Array, m: Array | None) -> float:
        """Return one."""
        return 1.0

    @property
    def needs_noise(self) -> bool:
        """True while the width is left to the level of the noise."""
        return self.delta is None

    def for_noise(self, std: float) -> Huber:
        """Return the loss with a width for noise of that standard deviation."""
        return self if self.delta is not None else Huber(EFFICIENT * std)

    @property
    def _width(self) -> float:
        if self.delta is None:
            raise ValueError("delta is not known yet; use for_noise(std), or give delta")
        return self.delta
