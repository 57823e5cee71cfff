"""Uniform disk: the blur of a lens out of focus; an interval in 1-D, a ball in 3-D.

Each pixel holds the area it shares with the disk: exact in 1-D and 2-D, where the area of a circle
inside a corner has a closed form; Gauss-Legendre over slices from 3-D on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import integer, number
from sigdeconv.psf._check import as_shape
from sigdeconv.psf._model import centred, model, nodes, odd, unit_sum

__all__ = ["ball", "disk"]

_ORDER = 24  # nodes per pixel along each axis beyond two: the volume to better than 1e-4


@model
def disk(
    radius: float, *, ndim: int = 2, shape: int | Sequence[int] | None = None
) -> NDArray[np.float64]:
    """Return a uniform disk weighted by the area of each pixel inside it.

    Parameters
    ----------
    radius : float
        Radius in pixels.
    ndim : int
        Number of axes: 1 is an interval, 2 a disk, 3 a ball.
    shape : int or sequence of int, optional
        Shape of the result; by default the smallest odd one that holds the disk.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, centre at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, not above zero or not finite.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.disk(1.0).round(3).tolist()[0]
    [0.025, 0.145, 0.025]
    >>> psf.disk(2.0, ndim=1).tolist()
    [0.125, 0.25, 0.25, 0.25, 0.125]
    """
    radius = number("radius", radius, above=0)
    ndim = integer("ndim", ndim, least=1)
    sizes = as_shape(shape, (odd(radius),) * ndim)
    return unit_sum(covered(np.asarray(radius), sizes))


@model
def ball(radius: float, *, shape: int | Sequence[int] | None = None) -> NDArray[np.float64]:
    """Return a uniform 3-D ball weighted by the volume of each voxel inside it.

    Parameters
    ----------
    radius : float
        Radius in voxels.
    shape : int or sequence of int, optional
        Shape of the result; by default the smallest odd one that holds the ball.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, centre at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, not above zero or not finite.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.ball(2.0).shape
    (5, 5, 5)
    """
    return disk(radius, ndim=3, shape=shape)


def _edges(n: int) -> NDArray[np.float64]:
    return np.append(centred(n) - 0.5, n - 1 - n // 2 + 0.5)


def covered(radius: NDArray[np.float64], shape: Sequence[int]) -> NDArray[np.float64]:
    """Return the covered volume per pixel for each entry of `radius` (leading axes)."""
    if len(shape) == 1:
        x = np.clip(_edges(shape[0]), -radius[..., None], radius[..., None])
        return np.diff(x, axis=-1)
    if len(shape) == 2:
        x, y = _edges(shape[0])[:, None], _edges(shape[1])[None, :]
        corner = _corner(x, y, radius[..., None, None])
        return np.diff(np.diff(corner, axis=-1), axis=-2)
    z, w = nodes(shape[0], _ORDER)
    slices = covered(np.sqrt(np.maximum(radius[..., None, None] ** 2 - z**2, 0.0)), shape[1:])
    rest = "abcdef"[: len(shape) - 1]
    return np.asarray(np.einsum(f"...nq{rest},q->...n{rest}", slices, w))


def _corner(
    x: NDArray[np.float64], y: NDArray[np.float64], r: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the signed area of the circle of radius `r` inside the rectangle from 0 to (x, y)."""
    a, b = np.minimum(np.abs(x), r), np.minimum(np.abs(y), r)
    start = np.minimum(np.sqrt(r**2 - b**2), a)  # left of it the rectangle is the lower bound
    safe = np.where(r > 0, r, 1.0)

    def under(u: NDArray[np.float64]) -> NDArray[np.float64]:
        root = np.sqrt(np.maximum(r**2 - u**2, 0.0))
        return np.asarray((u * root + r**2 * np.arcsin(np.minimum(u / safe, 1.0))) / 2)

    return np.asarray(np.sign(x) * np.sign(y) * (b * start + under(a) - under(start)))
