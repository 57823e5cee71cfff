"""Accelerated proximal gradients, for least squares with a penalty or a bound on the samples.

    minimise over x   |A x - y|^2 / 2 + g(x)

A step down the gradient from an extrapolated point, then the proximal map of g (Beck & Teboulle
2009, doi:10.1137/080716542). The extrapolation begins anew when it points uphill (O'Donoghue &
Candes 2015, doi:10.1007/s10208-013-9150-3). The step is one over the squared norm of A, made
shorter where it proves too long. It needs A and its adjoint alone: any boundary, mask or stride.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.operators.base import Operator
from sigdeconv.stopping import StopReason

__all__ = ["SLOW", "fista", "until_slow"]

SHORTER = 1.5
SLOW = 10  # iterations in a row that change little, before that counts as an end


def fista(
    y: Array,
    A: Operator,
    prox: Callable[[Array, float], Array],
    x: Array | None = None,
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates and their data, for ever.

    Parameters
    ----------
    y : array
        The data, multiplied by the operator's mask.
    A : Operator
        The operator.
    prox : callable
        ``prox(v, step)``: the minimiser of step g + |x - v|^2 / 2.
    x : array, optional
        Where to start; zero by default.
    """
    xp = namespace(y)
    x = zeros(A.shape, y) if x is None else x + 0
    Ax = A.forward(x)
    yield x, Ax
    lipschitz = 1.02 * A.norm() ** 2 or 1.0  # the norm comes from a finite power iteration
    rounding = (64 * float(xp.finfo(y.dtype).eps)) ** 2
    z, Az, t = x, Ax, 1.0
    while True:
        slope = A.adjoint(Az - y)
        while True:
            new = prox(z - slope * (1 / lipschitz), 1 / lipschitz)
            Anew = A.forward(new)
            moved, bent = new - z, Anew - Az
            longest = 1.001 * lipschitz * float(xp.sum(moved * moved))
            longest += rounding * float(xp.sum(Anew * Anew))  # at rest all of it is rounding
            if float(xp.sum(bent * bent)) <= longest:
                break
            lipschitz *= SHORTER
        uphill = float(xp.sum((z - new) * (new - x))) > 0
        following = 1.0 if uphill else (1 + math.sqrt(1 + 4 * t * t)) / 2
        ahead = 0.0 if uphill else (t - 1) / following
        z, Az = new + ahead * (new - x), Anew + ahead * (Anew - Ax)
        x, Ax, t = new, Anew, following
        yield x, Ax


def until_slow(
    steps: Iterator[tuple[Array, Array]], y: Array, accuracy: float, reason: list[StopReason]
) -> Iterator[tuple[Array, Array]]:
    """Yield steps until ten in a row change the data by less than a fraction of the residual."""
    before, slow = None, 0
    for x, Ax in steps:
        yield x, Ax
        if before is not None:
            xp = namespace(Ax)
            change, residual = Ax - before, Ax - y
            size = accuracy**2 * float(xp.sum(residual * residual))
            slow = slow + 1 if float(xp.sum(change * change)) <= size else 0
            if slow >= SLOW:
                reason.append(StopReason.BELOW_NOISE)
                return
        before = Ax
