"""Few samples differ from zero: the sum of their magnitudes (spikes, stars)."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv.priors._prior import Prior, register

__all__ = ["L1"]


@register("l1")
@final
@dataclasses.dataclass(frozen=True)
class L1(Prior):
    """The sum of magnitudes.

    References
    ----------
    .. [1] D. L. Donoho and P. B. Stark, "Uncertainty principles and signal recovery", SIAM J.
           Appl. Math. 49, 1989, :doi:`10.1137/0149053`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import L1
    >>> L1().prox(np.array([-3.0, 0.5]), 1.0)
    array([-2.,  0.])
    """

    def value(self, c: Array) -> float:
        """Return the sum of magnitudes."""
        xp = namespace(c)
        return float(xp.sum(xp.abs(c), dtype=xp.float64))

    def prox(self, c: Array, step: float) -> Array:
        """Return `c` moved towards zero by `step`, at most to zero."""
        return soft(c, step)


def soft(c: Array, step: float) -> Array:
    """Return `c` moved towards zero by `step`, at most to zero."""
    xp = namespace(c)
    return c - xp.clip(c, min=-step, max=step)
