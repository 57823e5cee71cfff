"""The logarithm of one plus the squared residual: outliers of any size count little."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv._checks import number
from sigdeconv.losses._loss import Loss, register, weighted_sum

__all__ = ["Cauchy"]

# Of the noise's standard deviation: 95 % of the efficiency of least squares for Gaussian noise
# (Holland & Welsch 1977, doi:10.1080/03610927708827533).
CAUCHY_WIDTH = 2.385
MEAN_STEPS = 60  # of the reweighted mean, which converges by a fixed factor, before Newton's


@register("cauchy")
@final
@dataclasses.dataclass(frozen=True)
class Cauchy(Loss):
    """delta^2 / 2 log(1 + (residual / delta)^2): the pull of an outlier falls with its size.

    It is not convex: the minimum that is found is that near the start.

    Parameters
    ----------
    delta : float, optional
        In the units of the data, above 0; 2.385 standard deviations of the noise by default.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import losses
    >>> round(losses.Cauchy(1.0).value(np.array([0.0, 100.0]), np.zeros(2), None), 2)
    4.61
    """

    delta: float | None = None

    def __post_init__(self) -> None:
        if self.delta is not None:
            number("delta", self.delta, above=0)

    def value(self, z: Array, y: Array, m: Array | None) -> float:
        """Return the sum over the samples."""
        xp, delta = namespace(z), self._width
        return weighted_sum(delta**2 / 2 * xp.log1p(((z - y) / delta) ** 2), m)

    def prox(self, v: Array, rho: float, y: Array, m: Array | None) -> Array:
        """Return the better of the minima next to `v` and next to the data.

        r (1 + c / (1 + (r / delta)^2)) = v - y with c = m / rho, by the reweighted mean, which
        falls in every step (Huber 1981), and Newton's steps at its end.
        """
        xp, delta = namespace(v), self._width
        a = v - y
        c = (xp.ones_like(a) if m is None else m + 0 * a) * (1 / rho)
        best, least = a, None
        for r in (a, a / (1 + c)):
            for _ in range(MEAN_STEPS):
                r = a / (1 + c / (1 + (r / delta) ** 2))
            for _ in range(3):
                s = (r / delta) ** 2
                bend = 1 + c * (1 - s) / (1 + s) ** 2
                safe = xp.where(bend > 0.05, bend, xp.ones_like(bend))
                step = (r * (1 + c / (1 + s)) - a) / safe
                r = r - xp.where(bend > 0.05, step, xp.zeros_like(step))
            total = c * delta**2 / 2 * xp.log1p((r / delta) ** 2) + (r - a) ** 2 / 2
            best = r if least is None else xp.where(total < least, r, best)
            least = total if least is None else xp.minimum(total, least)
        return y + best

    def curvature(self, y: Array, m: Array | None) -> float:
        """Return one."""
        return 1.0

    def gradient(self, z: Array, y: Array, m: Array | None) -> Array:
        """Return the residual over one plus its square."""
        r = z - y
        r = r / (1 + (r / self._width) ** 2)
        return r if m is None else m * r

    @property
    def smoothness(self) -> float:
        """One: the second derivative at zero."""
        return 1.0

    @property
    def needs_noise(self) -> bool:
        """True while the width is left to the level of the noise."""
        return self.delta is None

    def for_noise(self, std: float) -> Cauchy:
        """Return the loss with a width for noise of that standard deviation."""
        return self if self.delta is not None else Cauchy(CAUCHY_WIDTH * std)

    @property
    def _width(self) -> float:
        if self.delta is None:
            raise ValueError("delta is not known yet; use for_noise(std), or give delta")
        return self.delta
