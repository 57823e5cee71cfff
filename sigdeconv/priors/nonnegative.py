"""Values between two bounds: intensities are at least zero."""

from __future__ import annotations

import dataclasses
import math
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv.priors._prior import Prior, register

__all__ = ["Box", "Nonnegative"]


@register("box")
@final
@dataclasses.dataclass(frozen=True)
class Box(Prior):
    """Values from `low` to `high`; anything else costs infinitely much.

    Parameters
    ----------
    low, high : float
        The bounds, in the units of the estimate; one may be infinite.

    Raises
    ------
    ValueError
        If there is nothing between them.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import Box
    >>> Box(0.0, 1.0).prox(np.array([-1.0, 0.5, 3.0]), 1.0)
    array([0. , 0.5, 1. ])
    """

    low: float = 0.0
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"low must be at most high; got {self.low!r} and {self.high!r}")

    def value(self, c: Array) -> float:
        """Return 0 inside the bounds and infinity outside."""
        return _outside(c, self.low, self.high)

    def prox(self, c: Array, step: float) -> Array:
        """Return the nearest values within the bounds."""
        return namespace(c).clip(c, min=self.low, max=self.high)


@register("nonnegative")
@final
@dataclasses.dataclass(frozen=True)
class Nonnegative(Prior):
    """Values of at least zero.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import Nonnegative
    >>> Nonnegative().prox(np.array([-1.0, 2.0]), 1.0)
    array([0., 2.])
    """

    def value(self, c: Array) -> float:
        """Return 0 where all are at least zero, infinity otherwise."""
        return _outside(c, 0.0, math.inf)

    def prox(self, c: Array, step: float) -> Array:
        """Return the nearest values of at least zero."""
        return namespace(c).clip(c, min=0)


def _outside(c: Array, low: float, high: float) -> float:
    xp = namespace(c)
    return math.inf if bool(xp.any(c < low)) or bool(xp.any(c > high)) else 0.0
