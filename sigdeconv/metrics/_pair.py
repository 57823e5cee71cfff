"""Two arrays to compare: checked, finite, of one shape and double precision."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sigdeconv._array import Array, ArrayLike, NumpyArray, as_float, check_finite, to_numpy
from sigdeconv._checks import integers, number

__all__ = ["interior", "pair", "range_of", "ratio"]


def interior(a: ArrayLike, margin: int | Sequence[int]) -> Array:
    """Return the view of `a` without `margin` samples at both ends of each axis.

    Parameters
    ----------
    a : array
        Any array of any namespace.
    margin : int or sequence of int
        Samples to leave out at each end, one number or one per axis.

    Returns
    -------
    array
        A view, in the namespace of `a`.

    Raises
    ------
    TypeError
        If `margin` is neither a whole number nor a sequence of them.
    ValueError
        If nothing is left, or the number of margins is not the number of axes.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import metrics
    >>> metrics.interior(np.arange(6), 2)
    array([2, 3])
    """
    values: Array = np.asarray(a) if isinstance(a, Sequence) else a
    margins = integers("margin", margin, values.ndim, least=0)
    if any(n <= 2 * m for n, m in zip(values.shape, margins, strict=True)):
        raise ValueError(f"margin={margin!r} leaves nothing of an array of shape {values.shape}")
    return values[tuple(slice(m, n - m) for n, m in zip(values.shape, margins, strict=True))]


def pair(truth: ArrayLike, x: ArrayLike, name: str = "x") -> tuple[NumpyArray, NumpyArray]:
    """Return both as finite NumPy arrays of double precision and one shape."""
    out = []
    for a, label in ((truth, "truth"), (x, name)):
        a = to_numpy(as_float(a, label))
        check_finite(a, label)
        out.append(a.astype(np.complex128 if np.iscomplexobj(a) else np.float64, copy=False))
    if out[0].shape != out[1].shape:
        raise ValueError(
            f"truth and {name} must have one shape; got {out[0].shape} and {out[1].shape}. "
            f"Crop the larger one, or simulate with the window of the smaller"
        )
    if out[0].size == 0:
        raise ValueError(f"truth and {name} are empty; expected at least one sample")
    return out[0], out[1]


def range_of(truth: NumpyArray, data_range: float | None) -> float:
    """Return the peak as a positive float: what was given, or the range of the truth."""
    if data_range is None:
        a = np.abs(truth) if np.iscomplexobj(truth) else truth
        data_range = float(a.max() - a.min())
        if data_range == 0:
            raise ValueError("truth is constant, so its range is zero; give data_range=")
    return number("data_range", data_range, above=0)


def ratio(part: float, whole: float) -> float:
    """Return part / whole; of nothing, 0 when the part is 0 too and infinity otherwise."""
    if whole > 0:
        return part / whole
    return 0.0 if part == 0 else math.inf
