"""Solvers of the windowed quadratic problem, by what the boundary says of the signal beyond.

    minimise over x   |W F^-1 H F x - y|^2 + sum_f q(f) |X(f)|^2

A free signal lives on the torus. Where the window is all of it the solution is the filter
G H*, G = 1 / (|H|^2 + q). Where it is not, the same filter is applied to data that fill the torus
(`_border`); with dead or weighted samples, or a stride, conjugate gradients on the normal equations
are preconditioned by the filter. A signal that its boundary ties to the samples inside is solved
for in these samples, likewise. (Vogel, "Computational Methods for Inverse Problems", 2002,
doi:10.1137/1.9780898717570; Hanke & Nagy 1996, doi:10.1088/0266-5611/12/2/004.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv._array import Array, is_complex, like, namespace
from sigdeconv.inverse._border import Border, make_border
from sigdeconv.inverse._torus import Torus, frequency, make_torus
from sigdeconv.method import Estimate
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.operators.convolution import Convolution
from sigdeconv.stopping import StopReason

__all__ = ["Penalty", "solve_free", "solve_tied"]

# Maps |f| in cycles a sample, on a grid of the given shape, to the penalty of each frequency.
Penalty = Callable[[np.ndarray[Any, Any], tuple[int, ...], bool], np.ndarray[Any, Any]]


def _power(otf: Array) -> Array:
    xp = namespace(otf)
    power = xp.real(otf) ** 2
    power += xp.imag(otf) ** 2
    return power


def _filter(power: Array, q: Array) -> Array:
    """Return 1 / (|H|^2 + q), and 0 where neither the data nor the penalty say anything."""
    xp = namespace(power)
    total = power + q
    floor = float(xp.finfo(total.dtype).eps) ** 2 * (float(xp.max(total)) or 1.0)
    if float(xp.min(total)) > floor:
        return 1 / total
    dead = total <= floor
    return xp.where(dead, xp.zeros_like(total), 1 / xp.where(dead, xp.ones_like(total), total))


def _noise_energy(residual: float, y: Array, noise: float | None) -> float:
    """Return the energy of the noise in the data, never below that of rounding."""
    xp = namespace(y)
    energy = residual if noise is None else noise * math.prod(y.shape)
    rounding = float(xp.finfo(xp.real(y).dtype).eps if is_complex(y) else xp.finfo(y.dtype).eps)
    return max(energy, rounding**2 * float(xp.sum(xp.abs(y) ** 2)))


def solve_free(
    y: Array,
    A: Convolution,
    penalty: Penalty,
    tol: float,
    num_iter: int,
    noise: float | None,
) -> tuple[Estimate, float | None]:
    """Solve on the torus, where the signal beyond the window is free.

    Returns the estimate and, where the spectrum tells it without a transform, |A x - y|^2.
    """
    xp = namespace(y)
    torus = make_torus(A, y, tight=True)
    power = _power(torus.otf)
    q = like(penalty(torus.frequency(), torus.shape, not torus.wide), power)
    inverse = _filter(power, q)
    k, stop, gap = 0, StopReason.DIRECT, 0.0
    misfit: float | None = None
    if torus.complete:
        x = torus.to_spectrum(y)
        x *= xp.conj(torus.otf)
        x *= inverse
    else:
        plain = torus.thinning > 1 or torus.A.mask is not None
        # P of `_border`; what neither data nor penalty reach cannot be seen, and costs all.
        price = None if plain else xp.where(inverse > 0, q * inverse, xp.ones_like(q))
        border = None if price is None else make_border(torus, price)
        if border is None:
            x, k, stop, gap = _by_normal_equations(y, torus, q, inverse, tol, num_iter, noise)
        else:
            filled, k, stop, gap = _filled(y, border, tol, num_iter, noise)
            x = torus.to_spectrum(filled)
            # Of data that fill the torus the part P is left over; beyond the window it is zero.
            left = x * price
            misfit = torus.inner(left, left) / math.prod(torus.shape)
            x *= xp.conj(torus.otf)
            x *= inverse
    domain = torus.on_domain(torus.to_signal(x), A.shape)
    return Estimate(domain, k, stop, {"gap": gap} if k else {}), misfit


def _filled(
    y: Array, border: Border, tol: float, num_iter: int, noise: float | None
) -> tuple[Array, int, StopReason, float]:
    """Return data that fill the torus; see `conjugate_gradients` for the rest."""
    xp = namespace(y)
    filled = border.torus.continued(y)
    filled = filled + 0j if border.torus.wide and not is_complex(filled) else filled
    residual = border.filter(filled)
    misfit = 0.0
    if noise is None:
        misfit = float(xp.sum(xp.abs(residual[border.torus.A._slices]) ** 2))
    scale = _noise_energy(misfit, y, noise)
    r = -border.gather(residual)
    b, k, stop, gap = conjugate_gradients(
        border.normal, r, xp.zeros_like(r), border.precondition, _inner, scale, tol, num_iter
    )
    return border.scatter(border.gather(filled) + b, filled), k, stop, gap


def _by_normal_equations(
    y: Array,
    torus: Torus,
    q: Array,
    inverse: Array,
    tol: float,
    num_iter: int,
    noise: float | None,
) -> tuple[Array, int, StopReason, float]:
    """Return the spectrum of the solution, where samples are dead, weighted or apart."""
    xp = namespace(y)
    back = xp.conj(torus.otf)
    x = torus.to_spectrum(torus.continued(y)) * back * inverse
    seen = torus.A._masked(y)

    def normal(s: Array) -> Array:
        return torus.project(s * torus.otf) * back + q * s

    misfit = 0.0
    if noise is None:
        gone = torus.to_signal(x * torus.otf)[torus.A._slices]
        misfit = float(xp.sum(xp.abs(gone - y) ** 2))
    points = math.prod(torus.shape)  # the transforms are not unitary
    scale = _noise_energy(misfit, y, noise) * points
    r = torus.to_spectrum(torus.stuffed(seen)) * back - normal(x)
    return conjugate_gradients(
        normal, r, x, lambda r: r * inverse, torus.inner, scale, tol, num_iter
    )


def _inner(a: Array, b: Array) -> float:
    xp = namespace(a)
    return float(xp.real(xp.sum(xp.conj(a) * b))) if is_complex(a) else float(xp.sum(a * b))


def solve_tied(
    y: Array,
    A: Convolution,
    penalty: Penalty,
    tol: float,
    num_iter: int,
    noise: float | None,
) -> Estimate:
    """Solve for a signal that its boundary ties to the samples inside.

    The penalty acts on the signal mirrored once on each axis, so that it sees no edge where there
    is none; with a symmetric kernel and boundary ``reflect`` the preconditioner is the exact
    inverse.
    """
    xp = namespace(y)
    mirrored = Convolution(
        A.psf, tuple(2 * n for n in A.shape), "periodic", A.centre, dilation=A.dilation,
        workers=A.workers,
    )  # fmt: skip
    torus = make_torus(mirrored, y)
    power = _power(torus.otf)
    q = like(penalty(frequency(torus.shape, not torus.wide), torus.shape, not torus.wide), power)
    inverse = _filter(power, q)
    widths = [(0, n) for n in A.shape]
    copies = 2 ** len(A.shape)

    def filtered(x: Array, spectrum: Array) -> Array:
        z = torus.to_signal(torus.to_spectrum(pad(x, widths, "reflect")) * spectrum)
        return fold(z, widths, "reflect") / copies

    def normal(x: Array) -> Array:
        return A.adjoint(A.forward(x)) + filtered(x, q)

    data = A.adjoint(y)
    x = filtered(data, inverse)
    misfit = float(xp.sum(xp.abs(A.forward(x) - y) ** 2)) if noise is None else 0.0
    scale = _noise_energy(misfit, y, noise)
    x, k, stop, gap = conjugate_gradients(
        normal, data - normal(x), x, lambda r: filtered(r, inverse), _inner, scale, tol, num_iter
    )
    return Estimate(x, k, stop, {"gap": gap})


def conjugate_gradients(
    normal: Callable[[Array], Array],
    r: Array,
    x: Array,
    precondition: Callable[[Array], Array],
    inner: Callable[[Array, Array], float],
    scale: float,
    tol: float,
    num_iter: int,
) -> tuple[Array, int, StopReason, float]:
    """Solve from `x`, whose residual is `r`; return it, the iterations, why, and the error left.

    The error is the residual in the preconditioned norm, as a fraction of the root of `scale`.
    """
    z = precondition(r)
    p, rz = z, inner(r, z)
    for k in range(num_iter + 1):
        gap = math.sqrt(max(rz, 0.0) / scale) if scale > 0 else 0.0
        if gap <= tol or not math.isfinite(gap):
            return x, k, StopReason.CONVERGED, gap
        if k == num_iter:
            break
        q = normal(p)
        curvature = inner(p, q)
        if curvature <= 0:  # rounding has eaten the direction: nothing left to gain
            return x, k, StopReason.CONVERGED, gap
        step = rz / curvature
        x = x + step * p
        r = r - step * q
        z = precondition(r)
        rz, before = inner(r, z), rz
        p = z + (rz / before) * p
    return x, num_iter, StopReason.NOT_CONVERGED, gap
