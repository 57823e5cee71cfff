"""The quadratic problem of the window, solved and not assumed away.

    minimise over x   |W F^-1 H F x - y|^2 + sum_f q(f) |X(f)|^2

with W the window that the camera saw, H the transfer function on a grid wider than the data, and q
the penalty of each frequency: a constant for Tikhonov, |f|^(2p) for derivative order p, noise over
signal spectrum for Wiener. When the window is the whole grid the minimiser is H* Y / (|H|^2 + q).
Otherwise it is that filter of data that fill the grid, whose samples beyond the window are found
by a few iterations (`_border`). Stop when the error they leave is small beside the noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv._array import Array, namespace, to_numpy
from sigdeconv.inverse._windowed import Penalty, solve_free, solve_tied
from sigdeconv.method import Estimate
from sigdeconv.operators.convolution import Convolution

__all__ = ["BY_RESIDUAL", "Penalty", "priced_mean", "solve_consistent", "solve_quadratic"]

# Residual energy, over that of the noise, at which the fitted spectra are no longer believed.
MOST_MISFIT = 1.5
# Sum of the kernel, over that of its magnitudes, below which the data do not hold the mean.
LEAST_SUM = 1e-2
BY_RESIDUAL = "residual as large as the noise (the fitted spectra left signal in it)"


def priced_mean(penalty: Penalty, A: Convolution) -> Penalty:
    """Return a penalty that is 0 at f = 0, with a price there if `A` takes the mean away.

    The data fix the mean alone, for kernels that pass it. One of zero sum, a wavelet, passes its
    noise only, which dividing would magnify without end: the mean then costs what the lowest other
    frequency does.
    """
    psf = np.asarray(to_numpy(A.psf))
    if abs(np.sum(psf)) > LEAST_SUM * np.sum(np.abs(psf)):
        return penalty

    def priced(f: Any, shape: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
        q = np.array(np.broadcast_to(penalty(f, shape, half), np.shape(f)))
        beside = np.asarray(f) > 0
        if beside.any():
            q[~beside] = q[beside].min()
        return q

    return priced


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
    return _solved(y, A, penalty, tol, num_iter, noise)[0]


def _solved(
    y: Array, A: Convolution, penalty: Penalty, tol: float, num_iter: int, noise: float | None
) -> tuple[Estimate, float | None]:
    """Return the minimiser and, where it comes for nothing, its misfit."""
    check_solver(tol, num_iter)
    if A.boundary in ("unknown", "periodic"):
        return solve_free(y, A, penalty, tol, num_iter, noise)
    return solve_tied(y, A, penalty, tol, num_iter, noise), None


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
    y = A._masked(y)
    xp = namespace(y)
    level = noise * math.prod(y.shape)

    def attempt(factor: float) -> tuple[Estimate, float]:
        def price(f: Any, shape: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
            found = penalty(f, shape, half)
            return found if factor == 1 else np.asarray(factor * found)

        found, misfit = _solved(y, A, price, tol, num_iter, noise)
        if misfit is None:
            misfit = float(xp.sum(xp.abs(A.forward(found.x) - y) ** 2))
        return found, misfit

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
