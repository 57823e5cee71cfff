"""Preconditioned conjugate gradients, with the error that is left measured against the noise.

Hestenes & Stiefel 1952, doi:10.6028/jres.049.044.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from sigdeconv._array import Array, is_complex, namespace
from sigdeconv.stopping import StopReason

__all__ = ["Converged", "conjugate_gradients", "inner", "noise_energy"]


class Converged(NamedTuple):
    """The solution, the iterations, why they ended, and the error that they left."""

    x: Array
    num_iter: int
    stop: StopReason
    gap: float


def conjugate_gradients(
    normal: Callable[[Array], Array],
    r: Array,
    x: Array,
    precondition: Callable[[Array], Array],
    product: Callable[[Array, Array], float],
    scale: float,
    tol: float,
    num_iter: int,
) -> Converged:
    """Solve from `x`, whose residual is `r`.

    The error that is left is the residual in the preconditioned norm, as a fraction of the root of
    `scale`.
    """
    z = precondition(r)
    p, rz = z, product(r, z)
    for k in range(num_iter + 1):
        gap = math.sqrt(max(rz, 0.0) / scale) if scale > 0 else 0.0
        if gap <= tol or not math.isfinite(gap):
            return Converged(x, k, StopReason.CONVERGED, gap)
        if k == num_iter:
            break
        q = normal(p)
        curvature = product(p, q)
        if curvature <= 0:  # rounding has eaten the direction: nothing left to gain
            return Converged(x, k, StopReason.CONVERGED, gap)
        step = rz / curvature
        x = x + step * p
        r = r - step * q
        z = precondition(r)
        rz, before = product(r, z), rz
        p = z + (rz / before) * p
    return Converged(x, num_iter, StopReason.NOT_CONVERGED, gap)


def inner(a: Array, b: Array) -> float:
    """Return the real inner product of two arrays."""
    xp = namespace(a)
    if is_complex(a) or is_complex(b):
        return float(xp.real(xp.sum(xp.conj(a) * b)))
    return float(xp.sum(a * b))


def noise_energy(y: Array, noise: float | None, residual: float) -> float:
    """Return the energy of noise of a variance in data, never below that of rounding.

    Where the variance is not known the energy is that of a residual.
    """
    xp = namespace(y)
    energy = residual if noise is None else noise * math.prod(y.shape)
    rounding = float(xp.finfo(xp.real(y).dtype).eps if is_complex(y) else xp.finfo(y.dtype).eps)
    return max(energy, rounding**2 * float(xp.sum(xp.abs(y) ** 2)))
