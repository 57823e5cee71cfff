"""Moffat profile: a star seen through the atmosphere, a Gaussian core with power-law wings.

f(r) = (1 + r^2 / alpha^2)^-beta, integrated over each pixel by Gauss-Legendre quadrature.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import integer, number
from sigdeconv.psf._check import as_shape
from sigdeconv.psf._model import integrate, model, odd, unit_sum

__all__ = ["moffat"]


@model
def moffat(
    fwhm: float,
    beta: float = 2.5,
    *,
    ndim: int = 2,
    shape: int | Sequence[int] | None = None,
    truncate: float = 4.0,
) -> NDArray[np.float64]:
    """Return a Moffat profile integrated over each pixel.

    Parameters
    ----------
    fwhm : float
        Full width at half maximum in pixels.
    beta : float
        Exponent of the wings, above ``ndim / 2``; 2.5 to 4.8 describe seeing, large is Gaussian.
    ndim : int
        Number of axes.
    shape : int or sequence of int, optional
        Shape of the result; by default odd and wide enough for `truncate`.
    truncate : float
        Half width of the default shape in units of `fwhm`.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, centre at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, not above zero or not finite; if the profile of that
        `beta` has no finite integral.

    References
    ----------
    .. [1] A. F. J. Moffat, "A theoretical investigation of focal stellar images in the
       photographic emulsion", Astron. Astrophys. 3, 455 (1969), bibcode 1969A&A.....3..455M.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.moffat(3.0).shape
    (25, 25)
    """
    fwhm = number("fwhm", fwhm, above=0)
    beta = number("beta", beta, above=0)
    ndim = integer("ndim", ndim, least=1)
    truncate = number("truncate", truncate, above=0)
    if beta <= ndim / 2:
        raise ValueError(
            f"beta must be above ndim / 2 = {ndim / 2:g}, else the integral is infinite; "
            f"got {beta:g}. The usual value is {max(2.5, ndim / 2 + 0.5):g}"
        )
    # expm1 keeps the width for large exponents, where 2^(1/beta) is nearly one
    alpha = fwhm / (2 * math.sqrt(math.expm1(math.log(2) / beta)))
    sizes = as_shape(shape, (odd(truncate * fwhm),) * ndim)
    order = int(np.clip(math.ceil(16 / fwhm), 4, 24 if ndim > 2 else 64))
    return unit_sum(integrate(lambda r2: np.exp(-beta * np.log1p(r2 / alpha**2)), sizes, order))
