"""Lorentzian line: natural and pressure broadening in spectra; exact in each channel by arctan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import number
from sigdeconv.psf._check import as_shape
from sigdeconv.psf._model import centred, model, odd, unit_sum

__all__ = ["lorentzian"]


@model
def lorentzian(
    fwhm: float, *, shape: int | Sequence[int] | None = None, truncate: float = 10.0
) -> NDArray[np.float64]:
    """Return a 1-D Lorentzian integrated over each channel.

    Parameters
    ----------
    fwhm : float
        Full width at half maximum in channels.
    shape : int or sequence of int, optional
        Length of the result; by default odd and wide enough for `truncate`.
    truncate : float
        Half width of the default length in units of `fwhm`.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, centre at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, not above zero or not finite.

    Notes
    -----
    The wings fall off as x^-2: ten widths to either side hold 96.8 % of the line. What lies
    outside the array is not there; the rest is scaled to sum one.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.lorentzian(2.0, shape=3).round(3).tolist()
    [0.264, 0.472, 0.264]
    """
    half = number("fwhm", fwhm, above=0) / 2
    truncate = number("truncate", truncate, above=0)
    (n,) = as_shape(shape, (odd(2 * half * truncate),))
    x = centred(n)
    # One arctan of the difference: no cancellation far out in the wings.
    return unit_sum(np.arctan2(half, half**2 + x**2 - 0.25))
