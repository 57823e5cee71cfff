"""The quadratic problem of the window, solved and not assumed away.

    minimise over x   |W F^-1 H F x - y|^2 + sum_f q(f) |X(f)|^2

with W the window that the camera saw, H the transfer function on a grid wider than the data, and q
the penalty of each frequency: a constant for Tikhonov, |f|^(2p) for derivative order p, noise over
signal spectrum for Wiener. When the window is the whole grid the minimiser is H* Y / (|H|^2 + q).
Otherwise conjugate gradients on the normal equations, preconditioned by that very filter and
started from the filtered, smoothly continued data, take 5 to 100 iterations of one FFT pair: few
for a smooth kernel and much noise, many for a kernel with zeros and little noise, where the border
weighs most. They stop when the error they leave is small beside the noise. (Vogel, "Computational
Methods for Inverse Problems", 2002, doi:10.1137/1.9780898717570; Hanke & Nagy 1996,
doi:10.1088/0266-5611/12/2/004.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv._array import Array, is_complex, like, namespace
from sigdeconv.inverse._torus import frequency, make_torus
from sigdeconv.method import Estimate
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.operators.convolution import Convolution
from sigdeconv.stopping import StopReason

__all__ = ["BY_RESIDUAL", "Penalty", "solve_consistent", "solve_quadratic"]

# Residual energy, over that of the noise, at which the fitted spectra are no longer believed.
MOST_MISFIT = 1.5
BY_RESIDUAL = "residual as large as the noise (the fitted spectra left signal in it)"

# Maps |f| in cycles a sample, on a grid of the given shape, to the penalty of each frequency.
Penalty = Callable[[np.ndarray[Any, Any], tuple[int, ...], bool], np.ndarray[Any, Any]]


def solve_quadratic(
    y: Array,
    A: Convolution,
    penalty: Penalty,
    *,
    tol: float,
    num_iter: int,
    noise: float | None = None,
) -> Estimate:
    """Minimise the functional of the module's documentation.

    Parameters
    ----------
    y : array
        The data, already multiplied by the operator's mask.
    A : Convolution
        The operator.
    penalty : callable
        ``penalty(f, shape, half)``: q on the FFT grid of `shape`.
    tol : float
        The error that the iteration may leave, as a fraction of the noise: the root of its energy
        in the functional over that of the noise.
    num_iter : int
        Most iterations.
    noise : float, optional
        Variance of the noise; by default that of the residual at the start.
    """
    check_solver(tol, num_iter)
    if A.boundary in ("unknown", "periodic"):
        return _free(y, A, penalty, tol, num_iter, noise)
    return _tied(y, A, penalty, tol, num_iter, noise)


def solve_consistent(
    y: Array,
    A: Convolution,
    penalty: Penalty,
    *,
    tol: float,
    num_iter: int,
    noise: float,
    again: Callable[[Array], Penalty] | None = None,
) -> tuple[Estimate, float, Penalty]:
    """Minimise the functional; lower a price, found from the data, that leaves signal behind.

    A residual far above the noise says that the spectra behind `penalty` do not describe these
    data: something bright at the border, where the taper hid it, or one thing in an empty scene.
    `again` may then make another penalty of the estimate; if that does not do either, the price is
    lowered until the residual is that of the noise (Morozov's principle).

    Returns
    -------
    estimate : Estimate
        The minimiser.
    factor : float
        What the price was multiplied by; 1 unless it had to be lowered.
    penalty : callable
        The price at factor 1: the one given, or that made again.
    """
    if A.mask is not None:
        y = y * like(A.mask, y)
    xp = namespace(y)
    level = noise * math.prod(y.shape)

    def attempt(factor: float) -> tuple[Estimate, float]:
        def price(f: Any, shape: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
            return np.asarray(factor * penalty(f, shape, half))

        found = solve_quadratic(y, A, price, tol=tol, num_iter=num_iter, noise=noise)
        return found, float(xp.sum(xp.abs(A.forward(found.x) - y) ** 2))

    estimate, misfit = attempt(1.0)
    if misfit > MOST_MISFIT * level and again is not None:
        penalty = again(estimate.x)
        estimate, misfit = attempt(1.0)
    if misfit <= MOST_MISFIT * level or level == 0:
        return estimate, 1.0, penalty
    high, low, factor = (0.0, misfit), None, 1.0
    for _ in range(8):
        t = high[0] - math.log(10)
        if low is not None:
            # Between two prices the misfit is close to a power of the price.
            rise = math.log(high[1] / low[1]) / (high[0] - low[0])
            t = low[0] + min(max(math.log(level / low[1]) / max(rise, 0.05), 0.1), 2.2)
        factor = math.exp(t)
        estimate, misfit = attempt(factor)
        if level / 1.1 <= misfit <= MOST_MISFIT * level:
            break
        if misfit > level:
            high = (t, misfit)
        else:
            low = (t, misfit)
        if low is not None and high[0] - low[0] < 0.2:
            break
    return estimate, factor, penalty


def check_solver(tol: float, num_iter: int) -> None:
    """Raise unless `tol` and `num_iter` make sense."""
    if not isinstance(tol, (int, float)) or not (math.isfinite(tol) and tol >= 0):
        raise ValueError(f"tol must be a finite number of at least 0; got {tol!r}")
    if isinstance(num_iter, bool) or not isinstance(num_iter, (int, np.integer)) or num_iter < 0:
        raise ValueError(f"num_iter must be an int of at least 0; got {num_iter!r}")


def _power(otf: Array) -> Array:
    xp = namespace(otf)
    return xp.real(otf) ** 2 + xp.imag(otf) ** 2


def _filter(power: Array, q: Array) -> Array:
    """Return 1 / (|H|^2 + q), and 0 where neither the data nor the penalty say anything."""
    xp = namespace(power)
    total = power + q
    floor = float(xp.finfo(total.dtype).eps) ** 2 * (float(xp.max(total)) or 1.0)
    dead = total <= floor
    return xp.where(dead, xp.zeros_like(total), 1 / xp.where(dead, xp.ones_like(total), total))


def _noise_energy(residual: float, y: Array, noise: float | None) -> float:
    """Return the energy of the noise in the data, never below that of rounding."""
    xp = namespace(y)
    energy = residual if noise is None else noise * math.prod(y.shape)
    rounding = float(xp.finfo(xp.real(y).dtype).eps if is_complex(y) else xp.finfo(y.dtype).eps)
    return max(energy, rounding**2 * float(xp.sum(xp.abs(y) ** 2)))


def _free(
    y: Array,
    A: Convolution,
    penalty: Penalty,
    tol: float,
    num_iter: int,
    noise: float | None,
) -> Estimate:
    """Solve on the torus, where the signal beyond the window is free."""
    xp = namespace(y)
    torus = make_torus(A, y)
    power = _power(torus.otf)
    q = like(penalty(torus.frequency(), torus.shape, not torus.wide), power)
    inverse = _filter(power, q)
    back = xp.conj(torus.otf)
    x = torus.to_spectrum(torus.continued(y)) * back * inverse
    k, stop, gap = 0, StopReason.DIRECT, 0.0
    if not torus.complete:
        if torus.A.mask is not None:
            y = y * like(torus.A.mask, y)
        data = torus.to_spectrum(torus.stuffed(y)) * back

        def normal(s: Array) -> Array:
            return torus.project(s * torus.otf) * back + q * s

        def precondition(r: Array) -> Array:
            return r * inverse

        points = math.prod(torus.shape)  # the transforms are not unitary
        gone = torus.to_signal(x * torus.otf)[torus.A._slices]
        misfit = float(xp.sum(xp.abs(gone - y) ** 2)) if noise is None else 0.0
        scale = _noise_energy(misfit, y, noise) * points
        x, k, stop, gap = conjugate_gradients(
            normal, data, x, precondition, torus.inner, scale, tol, num_iter
        )
    domain = torus.to_signal(x)[tuple(slice(0, n) for n in A.shape)]
    return Estimate(domain, k, stop, {"gap": gap} if k else {})


def _tied(
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

    def inner(a: Array, b: Array) -> float:
        return float(xp.real(xp.sum(xp.conj(a) * b))) if is_complex(a) else float(xp.sum(a * b))

    data = A.adjoint(y)
    x = filtered(data, inverse)
    misfit = float(xp.sum(xp.abs(A.forward(x) - y) ** 2)) if noise is None else 0.0
    scale = _noise_energy(misfit, y, noise)
    x, k, stop, gap = conjugate_gradients(
        normal, data, x, lambda r: filtered(r, inverse), inner, scale, tol, num_iter
    )
    return Estimate(x, k, stop, {"gap": gap})


def conjugate_gradients(
    normal: Callable[[Array], Array],
    data: Array,
    x: Array,
    precondition: Callable[[Array], Array],
    inner: Callable[[Array, Array], float],
    scale: float,
    tol: float,
    num_iter: int,
) -> tuple[Array, int, StopReason, float]:
    """Solve ``normal(x) = data`` from `x`; return it, the iterations, why, and the error left.

    The error is the residual in the preconditioned norm, as a fraction of the root of `scale`.
    """
    r = data - normal(x)
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
