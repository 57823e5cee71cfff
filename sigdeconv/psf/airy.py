"""Airy pattern: the blur of a perfect lens with a circular aperture.

I(r) = (2 J1(v) / v)^2 with v = 3.8317 r / radius, integrated over each pixel by Gauss-Legendre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import number
from sigdeconv.psf._check import as_shape, either
from sigdeconv.psf._model import integrate, model, odd, unit_sum

__all__ = ["airy"]

_FIRST_ZERO = 3.831705970207512  # of the Bessel function J1
_HALF_WIDTHS = 2 * 1.616339948310703 / _FIRST_ZERO  # (2 J1(v) / v)^2 is a half at that v


@model
def airy(
    radius: float | None = None,
    *,
    fwhm: float | None = None,
    shape: int | Sequence[int] | None = None,
    truncate: float = 5.0,
) -> NDArray[np.float64]:
    """Return the 2-D diffraction pattern of a circular aperture.

    Parameters
    ----------
    radius : float
        Radius of the first dark ring in pixels: ``1.22 wavelength f_number / pixel_pitch``.
    fwhm : float
        Full width at half maximum in pixels, in place of `radius`: 0.844 of it.
    shape : int or sequence of int, optional
        Shape of the result; by default odd and wide enough for `truncate`.
    truncate : float
        Half width of the default shape in units of `radius`.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, centre at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, not above zero or not finite; if not one of `radius`
        and `fwhm` is given.

    Notes
    -----
    The pattern falls off as r^-3: a circle of 5 radii holds 96.7 % of the light. What lies outside
    the array is not there; the rest is scaled to sum one.

    References
    ----------
    .. [1] M. Born, E. Wolf, "Principles of Optics", 7th ed., section 8.5.2,
       :doi:`10.1017/CBO9781139644181`.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.airy(3.0).shape
    (31, 31)
    """
    from scipy.special import j1

    if either("radius", radius, "fwhm", fwhm) == "fwhm":
        radius = number("fwhm", fwhm, above=0) / _HALF_WIDTHS
    radius = number("radius", radius, above=0)
    truncate = number("truncate", truncate, above=0)
    sizes = as_shape(shape, (odd(truncate * radius),) * 2)

    def density(r2: NDArray[np.float64]) -> NDArray[np.float64]:
        v = np.maximum(_FIRST_ZERO / radius * np.sqrt(r2), 1e-8)
        return np.asarray((2 * j1(v) / v) ** 2)

    return unit_sum(integrate(density, sizes, int(np.clip(math.ceil(16 / radius), 6, 64))))
