"""The sums that put frames on a finer grid: drizzle's, and the transposed layer of the frames.

    x = sum_k B_k^T y_k / sum_k B_k^T 1

With B_k a box, the pixel or a smaller drop of it, this is drizzle (Fruchter & Hook 2002,
doi:10.1086/338393); with the kernel of the frames it is their transposed convolution, divided by
what that makes of ones. Both restore the shape: the blur stays, and is taken a second time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sigdeconv._array import ArrayLike, NumpyArray, to_numpy
from sigdeconv._checks import integers, number
from sigdeconv.frames.given import as_frames, as_psfs, as_shifts
from sigdeconv.frames.operator import frame_operator

__all__ = ["drizzle"]


def drizzle(
    frames: ArrayLike | Sequence[ArrayLike],
    shifts: ArrayLike,
    factor: int | Sequence[int] = 2,
    *,
    drop: float = 0.7,
    kernel: ArrayLike | None = None,
) -> NumpyArray:
    """Return the weighted sum of frames on a finer grid.

    Parameters
    ----------
    frames : array, shape (P, N), (P, M, N) or (P, L, M, N)
        The frames.
    shifts : array, shape (P, n)
        Where sample 0 of each stands in the first one, in samples of the data.
    factor : int or sequence of int
        Samples of the sum to a sample of the data.
    drop : float
        Side of the drop that a datum becomes, in samples of the data, above 0; 1 is the pixel.
    kernel : array, optional
        A kernel in samples of the sum, in place of the drop: that of the frames makes it their
        transposed convolution.

    Returns
    -------
    x : array
        The sum where the first frame looks; where nothing fell, the mean of the data.

    Raises
    ------
    ValueError
        If shapes do not fit, or a number is out of range.
    TypeError
        If an argument is of the wrong type.

    References
    ----------
    .. [1] A. S. Fruchter and R. N. Hook, "Drizzle: a method for the linear reconstruction of
           undersampled images", PASP 114, 2002, :doi:`10.1086/338393`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> frames = np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]])
    >>> sd.frames.drizzle(frames, [[0.0], [0.5]], drop=0.5)
    array([1., 2., 3., 4., 5., 6.])
    """
    data = as_frames(frames)
    ndim = data.ndim - 1
    steps = integers("factor", factor, ndim, least=1)
    number("drop", drop, above=0, most=10)
    if kernel is None:
        shape: NumpyArray = np.ones(())
        for s in steps:
            shape = np.multiply.outer(shape, _drop(drop * s))
        psfs = [shape] * len(data)
    else:
        psfs = as_psfs(kernel, len(data), ndim)
    A = frame_operator(data.shape[1:], psfs, as_shifts(shifts, len(data), ndim), steps)
    total, seen = to_numpy(A.adjoint(data)), to_numpy(A.adjoint(np.ones(data.shape)))
    fallen = seen > 1e-9 * seen.max()
    made = np.where(fallen, total / np.where(fallen, seen, 1.0), data.mean())
    return np.asarray(made[A.window])


def _drop(side: float) -> NumpyArray:
    """Return the overlap of a drop with samples."""
    reach = int(np.ceil((side - 1) / 2 - 1e-9)) if side > 1 else 0
    edges = np.arange(-reach - 0.5, reach + 1)
    inside = np.clip(edges, -side / 2, side / 2)
    overlap = np.diff(inside)
    return np.asarray(overlap / overlap.sum())
