"""Polynomial division of 1-D signals: undo a full convolution, as `scipy.signal.deconvolve` does.

    signal = convolve(taps, quotient) + remainder

Long division solves for one sample of the quotient after the other. Each step feeds back the errors
of the last through the inverse response of the taps, which dies out only if they are of minimum
phase: all zeros of their polynomial inside the unit circle. For other taps a rounding of 1e-16 is
1e42 after a few hundred samples. Then the quotient of least squares is taken: the taps are divided
out of all equations at once, which costs as little and is stable for any taps.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal, get_args

import numpy as np

from sigdeconv._array import Array, ArrayLike, NumpyArray, as_float, check_finite, like, to_numpy
from sigdeconv.sanity import SanityWarning

__all__ = ["is_minimum_phase", "polynomial_division"]

Route = Literal["auto", "division", "least-squares"]
ROUTES: tuple[Route, ...] = get_args(Route)
# Growth of a rounding error at which long division is no longer to be trusted, relative.
MOST_ERROR = 1e-6
# Part of a signal that its remainder may be, by the root of the energy; and how long a quotient is
# at least that is one of signals: a few coefficients are polynomials, which have a remainder.
MOST_REMAINDER, LEAST_QUOTIENT = 0.02, 8


def is_minimum_phase(taps: ArrayLike) -> bool:
    """Tell whether all zeros of ``taps[0] + taps[1] / z + ...`` lie inside the unit circle.

    Parameters
    ----------
    taps : array_like, shape (k,)
        Real or complex filter taps, the first the earliest.

    Returns
    -------
    bool
        True if the causal inverse filter is stable, so that long division damps its own errors.

    Raises
    ------
    TypeError, ValueError
        If `taps` are no 1-D array of finite numbers, or all zero.

    Notes
    -----
    By the step-down recursion of Schur and Cohn: at each order the last tap over the first must be
    smaller than 1. Needs no zeros, so it is as sharp for 1000 taps as for 3.

    References
    ----------
    .. [1] A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", 3rd ed., sections 5
       and 6.

    Examples
    --------
    >>> from sigdeconv import is_minimum_phase
    >>> is_minimum_phase([2.0, 1.0]), is_minimum_phase([1.0, 2.0])
    (True, False)
    """
    a = _vector(taps, "taps")
    if not np.any(a):
        raise ValueError("taps must not be all zero")
    a = a.astype(np.complex128 if np.iscomplexobj(a) else np.float64)
    while a.size > 1:
        if abs(a[-1]) >= abs(a[0]):
            return False
        k = a[-1] / a[0]
        a = (a - k * np.conj(a[::-1]))[:-1]
    return True


def polynomial_division(
    signal: ArrayLike, taps: ArrayLike, *, route: Route = "auto"
) -> tuple[Array, Array]:
    """Return quotient and remainder of a signal and the taps that it was convolved with.

    Parameters
    ----------
    signal : array_like, shape (n,)
        A full convolution of the unknown with `taps` (all ``n`` samples, tails included), or the
        coefficients of a polynomial.
    taps : array_like, shape (k,)
        The filter, or the polynomial to divide by.
    route : {"auto", "division", "least-squares"}
        Long division; the quotient with the least squared remainder; or the first as long as it
        keeps rounding errors below 1e-6, and the second otherwise.

    Returns
    -------
    quotient : array, shape (max(n - k + 1, 0),)
        What was convolved.
    remainder : array, shape (n,)
        ``signal - convolve(taps, quotient)``. By long division it is zero except for the last
        ``k - 1`` samples; by least squares it is zero where the signal is a convolution, and
        spread over all samples otherwise.

    Raises
    ------
    TypeError, ValueError
        If an argument is no 1-D array of finite numbers, the taps are all zero, `route` is
        unknown, or long division is asked for and the first tap is zero.

    Warns
    -----
    sigdeconv.sanity.SanityWarning
        If the taps are not of minimum phase and long division is, or would be, unstable; or if a
        quotient of 8 samples or more leaves a remainder of more than 2 % of the signal, which then
        is no full convolution.

    Notes
    -----
    Least squares solves the normal equations, a banded Toeplitz system of n - k + 1 unknowns, by
    Cholesky factors, with steps of iterative refinement; where the taps stop frequencies to
    rounding, the factors are those of a slightly larger matrix and what is lost stays small.
    A convolution whose tails were cut off ("same", or a window of a longer signal) is no full one:
    use `deconvolve` for it, and for data with noise.

    References
    ----------
    .. [1] G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed., section 4.3, Johns Hopkins,
       2013.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> quotient, remainder = sd.polynomial_division([1.0, 5.0, 8.0, 5.0], [1.0, 2.0])
    >>> quotient.tolist(), remainder.tolist()
    ([1.0, 3.0, 2.0], [0.0, 0.0, 0.0, 1.0])
    """
    if route not in ROUTES:
        raise ValueError(f"route must be one of {', '.join(ROUTES)}; got {route!r}")
    model = as_float(signal, "signal")
    y, h = _vector(signal, "signal"), _vector(taps, "taps")
    if not np.any(h):
        raise ValueError("taps must not be all zero: nothing can be divided by zero")
    single = y.dtype in (np.float32, np.complex64)
    wide = np.iscomplexobj(y) or np.iscomplexobj(h)
    double = np.complex128 if wide else np.float64
    count = max(y.size - h.size + 1, 0)
    y, h = y.astype(double), h.astype(double)
    if count == 0:
        return like(np.zeros(0, double), model), like(y.copy(), model)
    error = _growth(h, count) * float(np.finfo(np.float32 if single else np.float64).eps)
    if route == "division" and h[0] == 0:
        raise ValueError(
            "taps[0] is 0, and long division divides by it; drop the leading zeros (a delay), or "
            "use route='least-squares'"
        )
    if route == "auto":
        route = "division" if error <= MOST_ERROR else "least-squares"
        if route == "least-squares":
            _warn(error, "so the quotient of least squares was taken instead")
    elif route == "division" and error > MOST_ERROR:
        _warn(error, "use route='least-squares'")
    x = _long(y, h, count) if route == "division" else _least_squares(y, h, count)
    remainder = y - np.convolve(h, x)
    if route != "division" or error <= MOST_ERROR:  # else that was said
        _doubt(y, remainder, count)
    return like(x, model), like(remainder, model)


def _vector(values: Any, name: str) -> NumpyArray:
    a = to_numpy(as_float(values, name))
    if a.ndim != 1 or a.size == 0:
        raise ValueError(
            f"{name} must be a 1-D array of at least one sample; got shape {a.shape}. For images "
            "and stacks use deconvolve"
        )
    check_finite(a, name)
    return a


def _warn(error: float, advice: str) -> None:
    size = f"up to {error:.0e} of the signal" if error < math.inf else "that nothing bounds"
    warnings.warn(
        f"taps are not of minimum phase, and long division would end with errors {size}; {advice}",
        SanityWarning,
        stacklevel=3,
    )


def _doubt(y: NumpyArray, remainder: NumpyArray, count: int) -> None:
    """Say that a signal is no full convolution, where its remainder shows that."""
    whole = float(np.linalg.norm(y))
    share = float(np.linalg.norm(remainder)) / whole if whole else 0.0
    if count < LEAST_QUOTIENT or share <= MOST_REMAINDER:
        return
    warnings.warn(
        f"the remainder is {100 * share:.2g} % of signal, which thus is no full convolution of "
        f"taps: its tails are cut off (mode 'same' or 'valid'), or it has noise; use deconvolve",
        SanityWarning,
        stacklevel=3,
    )


def _growth(h: NumpyArray, count: int) -> float:
    """Return the factor by which long division over `count` samples multiplies an error."""
    if h[0] == 0:
        return math.inf
    with np.errstate(over="ignore", invalid="ignore"):
        response = _long(np.concatenate([[1.0], np.zeros(count - 1)]).astype(h.dtype), h, count)
        total = float(np.sum(np.abs(response)) * np.sum(np.abs(h)))
    return total if math.isfinite(total) else math.inf


def _long(y: NumpyArray, h: NumpyArray, count: int) -> NumpyArray:
    """Solve the lower triangular Toeplitz system of the first `count` equations."""
    from scipy.linalg import get_lapack_funcs

    band = np.repeat(h[: min(h.size, count), None], count, axis=1)
    (solve,) = get_lapack_funcs(("tbtrs",), (band,))
    x, info = solve(band, y[:count, None], uplo="L")
    if info != 0:  # cannot happen for a first tap that is not zero
        raise ValueError(f"taps: LAPACK's tbtrs returned {info}")
    return np.asarray(x[:, 0])


def _least_squares(y: NumpyArray, h: NumpyArray, count: int) -> NumpyArray:
    """Return the x with the least |y - convolve(h, x)|, by refinement of a Cholesky solution."""
    from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

    lags = np.convolve(h, np.conj(h[::-1]))[h.size - 1 :]  # of the taps' autocorrelation
    band = np.repeat(lags[: min(h.size, count), None], count, axis=1)
    scale = float(np.real(lags[0]))
    for ridge in (0.0, *(10.0**k for k in range(-16, -9))):
        raised = band.copy()
        raised[0] += ridge * scale
        try:
            factor = cholesky_banded(raised, lower=True)
            break
        except LinAlgError:
            continue
    x, best = np.zeros(count, y.dtype), math.inf
    for _ in range(30):
        step = cho_solve_banded((factor, True), _correlate(y - np.convolve(h, x), h))
        x_next = x + step
        left = float(np.linalg.norm(y - np.convolve(h, x_next)))
        if not left < best:
            break
        x, done, best = x_next, left > 0.9 * best, left
        if done:
            break
    return x


def _correlate(r: NumpyArray, h: NumpyArray) -> NumpyArray:
    """Return the adjoint of the full convolution."""
    return np.convolve(r, np.conj(h[::-1]))[h.size - 1 : r.size]
