"""Gaussian blur: the optics of last resort, the atmosphere over long exposures, diffusion.

Axis-parallel: a product of differences of the error function, exact in each pixel. Rotated in 2-D:
exact by the error function along one axis given the other, Gauss-Legendre along the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import number
from sigdeconv.psf._check import FWHM, as_shape, either, per_axis
from sigdeconv.psf._model import centred, model, nodes, odd, outer, unit_sum

__all__ = ["gaussian"]


@model
def gaussian(
    sigma: float | Sequence[float] | None = None,
    *,
    fwhm: float | Sequence[float] | None = None,
    ndim: int | None = None,
    angle: float = 0.0,
    shape: int | Sequence[int] | None = None,
    truncate: float = 4.0,
) -> NDArray[np.float64]:
    """Return a Gaussian integrated over each pixel.

    Parameters
    ----------
    sigma : float or sequence of float
        Standard deviation in pixels, one for all axes or one per axis; zero is a delta.
    fwhm : float or sequence of float
        Full width at half maximum, in place of `sigma`: 2.355 standard deviations.
    ndim : int, optional
        Number of axes; 2 for a scalar `sigma`, else ``len(sigma)``.
    angle : float
        Counter-clockwise turn in degrees, as displayed with rows running down; 2-D only.
    shape : int or sequence of int, optional
        Shape of the result; by default odd and wide enough for `truncate`.
    truncate : float
        Half width of the default shape in standard deviations.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, centre at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, negative or not finite; if not one of `sigma` and
        `fwhm` is given; if `angle` is used outside 2-D
        or with a standard deviation of zero.

    Notes
    -----
    Integration over the pixel adds 1/12 to the variance along each axis.

    Examples
    --------
    >>> import numpy as np, sigdeconv.psf as psf
    >>> psf.gaussian(1.0, ndim=1, truncate=2).round(3).tolist()
    [0.061, 0.245, 0.388, 0.245, 0.061]
    >>> psf.gaussian((3.0, 1.0), angle=30).shape
    (23, 15)
    >>> bool(np.allclose(psf.gaussian(fwhm=2.35482), psf.gaussian(1.0), atol=1e-6))
    True
    """
    sigmas = _sigmas(sigma, fwhm, ndim)
    angle = number("angle", angle)
    truncate = number("truncate", truncate, above=0)
    turn = math.remainder(angle, 180.0)
    if turn and len(sigmas) != 2:
        raise ValueError(f"angle must be 0 unless the psf is 2-D; got {angle:g} in {len(sigmas)}-D")
    if turn and sigmas[0] != sigmas[1]:
        return _rotated(sigmas, turn, shape, truncate)
    sizes = as_shape(shape, [odd(truncate * s + 0.5) for s in sigmas])
    return unit_sum(outer([_line(s, n) for s, n in zip(sigmas, sizes, strict=True)]))


def _sigmas(
    sigma: float | Sequence[float] | None, fwhm: float | Sequence[float] | None, ndim: int | None
) -> tuple[float, ...]:
    """Return the standard deviations from the one of two arguments that is given."""
    if either("sigma", sigma, "fwhm", fwhm) == "fwhm":
        return tuple(width / FWHM for width in per_axis("fwhm", fwhm, ndim, least=0))
    return per_axis("sigma", sigma, ndim, least=0)


def _cdf(x: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return np.asarray(ndtr(x / sigma))


def _line(sigma: float, n: int) -> NDArray[np.float64]:
    # In the lower tail the distribution function has no cancellation: mirror the upper one into it.
    x = -np.abs(centred(n))
    if sigma == 0:
        return np.asarray(x == 0, dtype=np.float64)
    return np.asarray(_cdf(x + 0.5, sigma) - _cdf(x - 0.5, sigma))


def _rotated(
    sigmas: tuple[float, ...],
    turn: float,
    shape: int | Sequence[int] | None,
    truncate: float,
) -> NDArray[np.float64]:
    if min(sigmas) == 0:
        raise ValueError(
            f"sigma must be above zero on both axes when angle is not 0; got {sigmas}. "
            f"Use a small value such as 0.1"
        )
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    if abs(turn) == 90.0:
        cos = 0.0
    v0, v1 = sigmas[0] ** 2, sigmas[1] ** 2
    rows, cols = v0 * cos**2 + v1 * sin**2, v0 * sin**2 + v1 * cos**2
    cross = (v0 - v1) * sin * cos
    sizes = as_shape(shape, [odd(truncate * math.sqrt(v) + 0.5) for v in (rows, cols)])
    # The quadrature runs along the wider axis, where the slope of the ridge is below one.
    if cols > rows:
        return unit_sum(_ridge(cols, rows, cross, sizes[1], sizes[0]).T)
    return unit_sum(_ridge(rows, cols, cross, sizes[0], sizes[1]))


def _ridge(wide: float, narrow: float, cross: float, n: int, m: int) -> NDArray[np.float64]:
    given = math.sqrt(max(narrow - cross**2 / wide, 1e-12))
    order = int(np.clip(math.ceil(12 / given), 16, 256))
    u, w = nodes(n, order)
    weight = np.exp(-(u**2) / (2 * wide)) * w
    edges = np.append(centred(m) - 0.5, centred(m)[-1] + 0.5)
    steps = np.diff(_cdf(edges - (cross / wide * u)[..., None], given), axis=-1)
    return np.asarray(np.einsum("nq,nqm->nm", weight, steps))
