"""Any loss with any convex priors: the primal-dual hybrid gradient method.

    minimise over low <= x <= high   loss(A x, y) + sum_i w_i phi_i(L_i x)

Loss and priors are reached by their proximal maps alone, in the dual (Chambolle & Pock 2011,
doi:10.1007/s10851-010-0251-1). It is for losses without a smooth gradient (counts, absolute
residuals) and for priors with auxiliary unknowns. The steps are long in the signal and short in the
multipliers, in units of the norms, as suits blurs: their weak singular values are slow otherwise.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import final

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.losses import DataTerm
from sigdeconv.operators.base import Operator
from sigdeconv.solvers.matrix_free.proximal import Penalty

__all__ = ["PrimalDual"]


@final
@dataclasses.dataclass(frozen=True)
class PrimalDualLengths:
    """Constants of the iteration; benchmarks/operators.py counts what they cost.

    Attributes
    ----------
    length : float
        Step in the signal, in units of one over the squared norm of A and the loss's curvature.
    share : float
        Part of the step condition that the loss has; the priors have the rest.
    """

    length: float = 10.0
    share: float = 0.9


LONG_STEPS = PrimalDualLengths()


@final
class PrimalDual:
    """The iteration; its state stays, so that a change of the weight goes on from where it was."""

    def __init__(
        self, A: Operator, data: DataTerm, penalties: list[Penalty], bounds: tuple[float, float],
        x: Array, norm: float,
    ) -> None:  # fmt: skip
        self.A, self.data, self.penalties, self.bounds = A, data, penalties, bounds
        squared = (1.02 * norm) ** 2 or 1.0
        self.tau = LONG_STEPS.length / (squared * data.curvature)
        self.sigma = LONG_STEPS.share / (self.tau * squared)
        norm2 = sum(penalty.map.size**2 for penalty in penalties) or 1.0
        self.dual_step = (1 - LONG_STEPS.share) / (self.tau * norm2)
        self.x = x
        self.Ax = A.forward(x)
        self.aux = [0 * penalty.map.lift(x) for penalty in penalties]
        self.d = 0 * self.Ax
        for penalty in penalties:
            penalty.p = 0 * penalty.map.forward(penalty.map.lift(x))

    def steps(self, weight: float) -> Iterator[tuple[Array, Array]]:
        """Yield estimates and their data, for ever."""
        xp = namespace(self.x)
        ahead, Aahead = self.x, self.Ax
        lifted = [self._lifted(k, self.x) for k in range(len(self.penalties))]
        low, high = self.bounds
        bounded = low > -math.inf or high < math.inf
        while True:
            q = self.d + self.sigma * Aahead
            self.d = q - self.sigma * self.data.prox(q * (1 / self.sigma), self.sigma)
            pull = self.A.adjoint(self.d)
            new_aux = []
            for k, penalty in enumerate(self.penalties):
                q = penalty.p + self.dual_step * penalty.map.forward(lifted[k])
                penalty.p = penalty.dual(q, self.dual_step, weight)
                back = penalty.map.adjoint(penalty.p)
                if penalty.map.lead:
                    pull = pull + back[0, ...]
                    new_aux.append(self.aux[k] - self.tau * back)
                else:
                    pull = pull + back
                    new_aux.append(self.aux[k])
            new = self.x - self.tau * pull
            new = xp.clip(new, min=low, max=high) if bounded else new
            Anew = self.A.forward(new)
            ahead, Aahead = 2 * new - self.x, 2 * Anew - self.Ax
            lifted = []
            for k, penalty in enumerate(self.penalties):
                if penalty.map.lead:
                    whole = 2 * new_aux[k] - self.aux[k]
                    whole[0, ...] = ahead
                    lifted.append(whole)
                else:
                    lifted.append(ahead)
            self.x, self.Ax, self.aux = new, Anew, new_aux
            yield new, Anew

    def _lifted(self, k: int, x: Array) -> Array:
        """Return the estimate with the auxiliaries of a prior."""
        if not self.penalties[k].map.lead:
            return x
        whole = self.aux[k] + zeros(tuple(self.aux[k].shape), x)
        whole[0, ...] = x
        return whole
