"""What a quadratic solver returns."""

from __future__ import annotations

import dataclasses
from typing import Any, final

from sigdeconv._array import Array, namespace
from sigdeconv.operators.convolution import Convolution
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

    def misfit_of(self, y: Array, A: Convolution) -> float:
        """Return |A x - y|^2, weighted."""
        if self.misfit is not None:
            return self.misfit
        xp = namespace(y)
        return float(xp.sum(xp.abs(A.forward(self.x) - A.weigh(y)) ** 2))

    @property
    def parameters(self) -> dict[str, Any]:
        """What to tell of the solution."""
        return {"gap": self.gap} if self.num_iter else {}
