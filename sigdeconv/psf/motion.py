"""Linear motion during the exposure: a straight line one pixel wide.

The line is a rectangle of the given length and unit width; each pixel holds the area it shares
with it: exact along the axis nearest to the line, by fine midpoint quadrature along the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import integer, number
from sigdeconv.psf._check import as_shape
from sigdeconv.psf._model import centred, model, odd, unit_sum

__all__ = ["motion"]

_FINE = 256  # sample lines per pixel; the area of a pixel is good to about 1e-5


@model
def motion(
    length: float,
    angle: float = 0.0,
    *,
    ndim: int = 2,
    shape: int | Sequence[int] | None = None,
) -> NDArray[np.float64]:
    """Return the blur of a straight motion at constant speed.

    Parameters
    ----------
    length : float
        Length of the path in pixels; one pixel at 0 or 90 degrees is no blur.
    angle : float
        Direction in degrees, counter-clockwise as displayed with rows running down; 0 runs along
        the last axis.
    ndim : int
        1 or 2; in 1-D there is no angle.
    shape : int or sequence of int, optional
        Shape of the result; by default the smallest odd one that holds the line.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, symmetric about the centre at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, not above zero or not finite; if `ndim` is not 1 or 2;
        if `angle` is not 0 in 1-D.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.motion(4, ndim=1).tolist()
    [0.125, 0.25, 0.25, 0.25, 0.125]
    >>> psf.motion(15, 45).shape
    (13, 13)
    """
    length = number("length", length, above=0)
    angle = number("angle", angle)
    if integer("ndim", ndim, least=1) > 2:
        raise ValueError(f"ndim must be 1 or 2; got {ndim}. Build a 3-D path from measured()")
    if ndim == 1:
        if angle:
            raise ValueError(f"angle must be 0 in 1-D; got {angle:g}. Use ndim=2")
        (n,) = as_shape(shape, (odd(length / 2),))
        return unit_sum(_overlap(np.array(-length / 2), np.array(length / 2), n))
    turn = math.radians(math.remainder(angle, 180.0))
    cos, sin = math.cos(turn), math.sin(turn)
    cos, sin = (0.0, 1.0) if abs(cos) < 1e-12 else (cos, sin)
    rows = (length * abs(sin) + abs(cos)) / 2
    cols = (length * abs(cos) + abs(sin)) / 2
    n, m = as_shape(shape, (odd(rows), odd(cols)))
    if abs(cos) >= abs(sin):
        return unit_sum(_rectangle(length, cos, -sin, n, m))
    return unit_sum(_rectangle(length, -sin, cos, m, n).T)


def _rectangle(length: float, along: float, across: float, n: int, m: int) -> NDArray[np.float64]:
    # Inside: |along v + across u| <= length/2 and |across v - along u| <= 1/2, at fixed u an
    # interval of v; `along` is the larger of the two, and `across` may vanish.
    u = (np.arange(n * _FINE) + 0.5) / _FINE - 0.5 - n // 2
    low = np.maximum(_end(-length / 2, along, across * u), _end(-0.5, across, -along * u))
    high = np.minimum(_end(length / 2, along, across * u), _end(0.5, across, -along * u))
    return np.asarray(_overlap(low, high, m).reshape(n, _FINE, m).mean(axis=1))


def _end(bound: float, slope: float, offset: NDArray[np.float64]) -> NDArray[np.float64]:
    slope = slope if slope else 1e-300
    return (math.copysign(1.0, slope) * bound - offset) / slope


def _overlap(low: NDArray[np.float64], high: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    x = centred(n)
    right = np.minimum(x + 0.5, high[..., None])
    return np.asarray(np.maximum(right - np.maximum(x - 0.5, low[..., None]), 0.0))
