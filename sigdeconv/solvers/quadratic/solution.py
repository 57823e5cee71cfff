"""What a quadratic solver returns."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array
from sigdeconv.stopping import StopReason

__all__ = ["Solution"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Solution:
    """The minimiser and how it was found.

    Attributes
    ----------
    x : array
        The minimiser on the operator's domain.
    num_iter : int
        Iterations; 0 where there is a closed form.
    stop : StopReason
        Why they ended.
    gap : float
        The error that they left, as a fraction of the noise.
    misfit : float or None
        |A x - y|^2, weighted, where the solver knows it without a transform.
    """

    x: Array
    num_iter: int = 0
    stop: StopReason = StopReason.DIRECT
    gap: float = 0.0
    misfit: float | None = None
