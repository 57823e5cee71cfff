"""Uniform blur over an interval, rectangle or cuboid: binning, a moving average, a slit.

Each pixel holds the length of its overlap with the interval, so fractional sizes are exact.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv.psf._check import as_shape, per_axis
from sigdeconv.psf._model import centred, model, odd, outer, unit_sum

__all__ = ["box"]


@model
def box(
    size: float | Sequence[float],
    *,
    ndim: int | None = None,
    shape: int | Sequence[int] | None = None,
) -> NDArray[np.float64]:
    """Return a uniform box with partial weights in its edge pixels.

    Parameters
    ----------
    size : float or sequence of float
        Edge length in pixels, one for all axes or one per axis.
    ndim : int, optional
        Number of axes; 2 for a scalar `size`, else ``len(size)``.
    shape : int or sequence of int, optional
        Shape of the result; by default the smallest that holds the box.

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
    An even whole size gives that many equal weights: it starts at ``n // 2 - size / 2``, so its
    centroid lies half a pixel before the centre index. Any other size is symmetric about it.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.box(2.5, ndim=1).tolist()
    [0.3, 0.4, 0.3]
    >>> psf.box(4, ndim=1).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    sizes = per_axis("size", size, ndim, above=0)
    lengths = as_shape(shape, [int(s) if s % 2 == 0 else odd(s / 2) for s in sizes])
    return unit_sum(outer([_overlap(s, n) for s, n in zip(sizes, lengths, strict=True)]))


def _overlap(size: float, n: int) -> NDArray[np.float64]:
    middle = -0.5 if size % 2 == 0 else 0.0
    x = centred(n)
    right = np.minimum(x + 0.5, middle + size / 2)
    left = np.maximum(x - 0.5, middle - size / 2)
    return np.asarray(np.maximum(right - left, 0.0))
