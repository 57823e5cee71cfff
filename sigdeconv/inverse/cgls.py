"""CGLS: conjugate gradients on the normal equations, the fastest way down |A x - y|^2.

The k-th iterate minimises the misfit over the Krylov space of A^H A, so it is the smooth part of
the solution first and the noise last: stop early. (Hestenes & Stiefel 1952,
doi:10.6028/jres.049.044; Bjoerck 1996, doi:10.1137/1.9781611971484, for this form.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from sigdeconv._array import Array, is_complex, namespace
from sigdeconv.inverse.landweber import first_estimate
from sigdeconv.method import iterative
from sigdeconv.operators.convolution import Convolution

__all__ = ["cgls"]


@iterative(num_iter=20)
def cgls(
    y: Array, A: Convolution, *, weight: float = 0.0, start: Array | None = None
) -> Iterator[tuple[Array, Array]]:
    """Conjugate gradients for least squares, with an optional Tikhonov weight.

    Parameters
    ----------
    weight : float
        Price on |x|^2; 0 leaves the regularisation to the number of iterations.
    start : array of the operator's domain, optional
        First estimate; zero by default, which leads to the solution of least norm.

    Raises
    ------
    ValueError
        If `weight` is negative.

    References
    ----------
    .. [1] M. R. Hestenes and E. Stiefel, "Methods of conjugate gradients for solving linear
           systems", J. Res. NBS 49, 1952, :doi:`10.6028/jres.049.044`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.cgls([0.0, 2.0, 0.0], [1.0], num_iter=1)
    array([0., 2., 0.])
    """
    if not isinstance(weight, (int, float)) or not 0 <= weight < math.inf:
        raise ValueError(f"weight must be a finite number of at least 0; got {weight!r}")
    xp = namespace(y)

    def energy(a: Array) -> float:
        return float(xp.sum(xp.abs(a) ** 2))

    def kept(a: Array) -> object:
        return xp.complex64 if is_complex(a) else xp.float32

    single = y.dtype in (xp.float32, xp.complex64)
    # Conjugacy is lost exponentially fast in single precision: within 20 iterations the estimate
    # would be wrong in the second digit. So the recurrence runs in double.
    double = xp.complex128 if is_complex(y) else xp.float64
    y = xp.astype(y, double) if single else y
    x = first_estimate(start, y, A)
    Ax = A.forward(x)
    r = y - Ax
    s = A.adjoint(r) - weight * x
    p, gamma = s, energy(s)
    first = gamma
    while True:
        yield (xp.astype(x, kept(x)), xp.astype(Ax, kept(Ax))) if single else (x, Ax)
        # Below the rounding of the first gradient nothing is left to gain.
        if gamma <= first * float(xp.finfo(xp.real(x).dtype).eps) ** 2:
            return
        Ap = A.forward(p)
        curvature = energy(Ap) + weight * energy(p)
        if curvature == 0:
            return
        step = gamma / curvature
        x = x + step * p
        Ax = Ax + step * Ap
        r = r - step * Ap
        s = A.adjoint(r) - weight * x
        gamma, before = energy(s), gamma
        p = s + (gamma / before) * p
