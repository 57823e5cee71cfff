"""Voigt line: a Lorentzian seen through a Gaussian instrument, as most spectral lines are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import number, numbers
from sigdeconv.psf._check import FWHM, as_shape, either
from sigdeconv.psf._model import model, nodes, odd, unit_sum
from sigdeconv.psf.gaussian import gaussian
from sigdeconv.psf.lorentzian import lorentzian

__all__ = ["voigt"]


@model
def voigt(
    sigma: float | None = None,
    gamma: float | None = None,
    *,
    fwhm: Sequence[float] | None = None,
    shape: int | Sequence[int] | None = None,
    truncate: float = 10.0,
) -> NDArray[np.float64]:
    """Return a 1-D Voigt profile integrated over each channel.

    Parameters
    ----------
    sigma : float
        Standard deviation of the Gaussian part in channels; zero gives the Lorentzian.
    gamma : float
        Half width at half maximum of the Lorentzian part in channels; zero gives the Gaussian.
    fwhm : two floats
        Full widths at half maximum of the Gaussian and of the Lorentzian part, in place of both.
    shape : int or sequence of int, optional
        Length of the result; by default odd and wide enough for `truncate`.
    truncate : float
        Half width of the default length in units of ``sigma + 2 gamma``.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, centre at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, negative or not finite; if both widths are zero.

    References
    ----------
    .. [1] F. W. J. Olver et al., "NIST Digital Library of Mathematical Functions", section 7.19,
       https://dlmf.nist.gov/7.19

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.voigt(1.0, 0.5, shape=5).round(3).tolist()
    [0.102, 0.237, 0.323, 0.237, 0.102]
    """
    if either("sigma", sigma, "fwhm", fwhm) == "fwhm":
        if gamma is not None:
            raise ValueError(f"fwhm has both widths, gamma must be left out; got gamma={gamma!r}")
        whole = numbers("fwhm", fwhm, 2, of="parts", least=0)
        sigma, gamma = whole[0] / FWHM, whole[1] / 2
    sigma = number("sigma", sigma, least=0)
    gamma = number("gamma", gamma, least=0)
    truncate = number("truncate", truncate, above=0)
    if sigma == gamma == 0:
        raise ValueError("sigma and gamma must not both be zero; got 0 and 0. Give one a width")
    (n,) = as_shape(shape, (odd(truncate * (sigma + 2 * gamma)),))
    if gamma == 0:
        return gaussian((sigma,), shape=n)
    if sigma == 0:
        return lorentzian(2 * gamma, shape=n)
    from scipy.special import voigt_profile

    x, w = nodes(n, int(np.clip(math.ceil(24 / (sigma + gamma)), 16, 512)))
    return unit_sum(np.asarray(voigt_profile(x, sigma, gamma)) @ w)
