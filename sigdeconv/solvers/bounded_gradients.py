"""Least squares within bounds, by conjugate gradients on the samples that are free.

    minimise |A x - y|^2 + weight x^H Q x    over low <= x <= high

A sample at a bound whose slope points outwards is held there; the others go along conjugate
directions, by the exact length, and are clipped. As soon as one is clipped, or another set is free,
the directions begin anew. A step that would go uphill after clipping is shortened.
"""

from __future__ import annotations

from collections.abc import Iterator

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.operators.base import Operator
from sigdeconv.solvers.matrix_free.roughness import FreeRoughness

__all__ = ["bounded_steps"]

UPHILL, MOST_UPHILL = 0.25, 6  # factor of a step that goes uphill, and how often it is applied


def bounded_steps(
    y: Array,
    A: Operator,
    x: Array,
    bounds: tuple[float, float],
    weight: float = 0.0,
    penalty: FreeRoughness | None = None,
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates with their data; it ends where no free sample has a slope.

    Parameters
    ----------
    y : array
        The data, weighted as `A` is.
    A : Operator
        The operator.
    x : array of ``A.shape``
        First estimate.
    bounds : tuple of float
        Least and largest value.
    weight, penalty
        Of the penalty; none by default.
    """
    xp, (low, high) = namespace(y), bounds

    def rough(v: Array) -> Array:
        return zeros(tuple(v.shape), v) if penalty is None else weight * penalty.apply(v)

    def height(x: Array, Ax: Array, Qx: Array) -> float:
        r = y - Ax
        return float(xp.sum(r * r)) + float(xp.sum(x * Qx))

    x = xp.clip(x, min=low, max=high)
    Ax, Qx = A.forward(x), rough(x)
    before, direction, last = height(x, Ax, Qx), None, 1.0
    while True:
        yield x, Ax
        slope = A.adjoint(y - Ax) - Qx
        held = ((x <= low) & (slope < 0)) | ((x >= high) & (slope > 0))
        slope = xp.where(held, xp.zeros_like(slope), slope)
        size = float(xp.sum(slope * slope))
        if size == 0:
            return
        along = slope if direction is None else slope + (size / last) * direction
        along = xp.where(held, xp.zeros_like(along), along)
        if float(xp.sum(along * slope)) <= 0:
            along = slope
        Ap, Qp = A.forward(along), rough(along)
        bend = float(xp.sum(Ap * Ap)) + float(xp.sum(along * Qp))
        if bend == 0:
            return
        length = float(xp.sum(along * slope)) / bend
        for _ in range(MOST_UPHILL):
            free = x + length * along
            new = xp.clip(free, min=low, max=high)
            clipped = bool(xp.any(new != free))
            Anew = A.forward(new) if clipped else Ax + length * Ap
            Qnew = rough(new) if clipped else Qx + length * Qp
            after = height(new, Anew, Qnew)
            if after <= before:
                break
            length *= UPHILL
        else:
            return
        x, Ax, Qx, before, last = new, Anew, Qnew, after, size
        direction = None if clipped else along
