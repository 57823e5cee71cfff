"""Tikhonov regularisation: least squares with a price on size or on roughness.

    minimise |A x - y|^2 + weight |D^p x|^2

with p = 0 the identity and p >= 1 derivatives of that order, |D^p|^2 being the p-th power of the
sum over the axes of 4 sin^2(pi f), the spectrum of first differences. (Tikhonov 1963;
Phillips 1962, doi:10.1145/321105.321114.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array
from sigdeconv.inverse._posterior import with_error_bars
from sigdeconv.inverse._quadratic import (
    BY_RESIDUAL,
    Penalty,
    priced_mean,
    solve_consistent,
    solve_quadratic,
)
from sigdeconv.inverse._spectrum import BY_SPECTRA, bin_spectrum
from sigdeconv.method import Estimate, method
from sigdeconv.operators.convolution import Convolution

__all__ = ["roughness_penalty", "tikhonov"]


@method()
def tikhonov(
    y: Array,
    A: Convolution,
    *,
    weight: float | str = "auto",
    order: int = 1,
    num_iter: int = 200,
    tol: float = 0.003,
) -> Estimate:
    """Least squares with a quadratic price on size (order 0) or roughness (order 1, 2, ...).

    Parameters
    ----------
    weight : float or "auto"
        Price of the penalty, in units of the squared kernel sum. ``"auto"`` finds it from the data:
        a spectrum is fitted to the signal and a level to the noise, and the weight is
        the one with the least expected error for these two.
    order : int
        Order of the derivative that is penalised; 0 penalises the values themselves.
    num_iter : int
        Most conjugate gradient iterations, where the window is not the whole grid.
    tol : float
        Error they may leave, as a fraction of the noise.

    Raises
    ------
    ValueError
        If `weight` or `order` is negative.

    Notes
    -----
    The penalty acts on a periodic grid wider than the window (boundary ``unknown``), on the domain
    itself (``periodic``), or on the mirrored signal (all others).

    References
    ----------
    .. [1] D. L. Phillips, "A technique for the numerical solution of certain integral equations of
           the first kind", J. ACM 9, 1962, :doi:`10.1145/321105.321114`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> x = sd.tikhonov([0.0, 2.0, 0.0], [1.0], weight=1.0, order=0, boundary="periodic")
    >>> x.round(12)
    array([0., 1., 0.])
    """
    if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 0:
        raise ValueError(f"order must be an int of at least 0; got {order!r}")
    found: dict[str, Any] = {}
    if isinstance(weight, str):
        if weight != "auto":
            raise ValueError(f"weight must be 'auto' or a number of at least 0; got {weight!r}")
        bins = bin_spectrum(y, A)
        law = bins.fit()
        weight = bins.least_risk(law, lambda f: mean_roughness(f, y.ndim) ** order)
        found = {
            "weight": weight,
            "noise_std": float(np.sqrt(law.noise)),
            "rule": BY_SPECTRA,
        }
    elif not isinstance(weight, (int, float)) or not 0 <= weight < np.inf:
        raise ValueError(f"weight must be 'auto' or a finite number of at least 0; got {weight!r}")
    price, unit = float(weight), roughness_penalty(order, A)

    def penalty(f: Any, shape: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
        return price * unit(f, shape, half)

    if not found:
        estimate = solve_quadratic(y, A, penalty, tol=tol, num_iter=num_iter)
        return with_error_bars(estimate, found, y, A, penalty, None, own=False)
    level = found["noise_std"] ** 2
    estimate, factor, _ = solve_consistent(y, A, penalty, tol=tol, num_iter=num_iter, noise=level)
    if factor != 1:
        price *= factor
        found |= {"weight": price, "rule": BY_RESIDUAL}
    return with_error_bars(estimate, found, y, A, penalty, level, own=False)


def roughness_penalty(order: int, A: Convolution) -> Penalty:
    """Return |D^order|^2 as a penalty of unit weight."""
    return priced_mean(lambda f, shape, half: np.asarray(roughness(shape, half) ** order), A)


def mean_roughness(f: np.ndarray[Any, Any], ndim: int) -> np.ndarray[Any, Any]:
    """Return `roughness` at |f| on the diagonal of the axes, its mean to a few per cent."""
    return np.asarray(4 * ndim * np.sin(np.pi * np.minimum(f / ndim**0.5, 0.5)) ** 2)


def roughness(shape: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
    """Return sum over the axes of |1 - exp(-2 pi i f)|^2 on the FFT grid."""
    total = np.zeros((1,) * len(shape))
    for axis, n in enumerate(shape):
        f = _fft.frequencies(n, half and axis == len(shape) - 1)
        size = [-1 if k == axis else 1 for k in range(len(shape))]
        total = total + (4 * np.sin(np.pi * f) ** 2).reshape(size)
    return np.asarray(total)
