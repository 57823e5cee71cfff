"""Exponential decay: the causal response of a detector, a fluorophore, an RC filter."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import number
from sigdeconv.psf._check import as_shape
from sigdeconv.psf._model import centred, model, unit_sum

__all__ = ["exponential"]


@model
def exponential(
    tau: float, *, shape: int | Sequence[int] | None = None, truncate: float = 10.0
) -> NDArray[np.float64]:
    """Return a 1-D causal exponential decay integrated over each sample.

    Parameters
    ----------
    tau : float
        Decay time in samples.
    shape : int or sequence of int, optional
        Length of the result; by default ``2 m + 1`` with ``m`` at least `truncate` decay times.
    truncate : float
        Decay times kept in the default length.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one; time zero at ``n // 2``, zeros before it.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, not above zero or not finite.

    Notes
    -----
    The sample at time zero is centred on the start of the decay and holds its first half sample.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.exponential(1.0, shape=7).round(3).tolist()
    [0.0, 0.0, 0.0, 0.406, 0.395, 0.145, 0.054]
    """
    tau = number("tau", tau, above=0)
    truncate = number("truncate", truncate, above=0)
    (n,) = as_shape(shape, (2 * math.ceil(truncate * tau) + 1,))
    left = np.maximum(centred(n) - 0.5, 0.0)
    right = np.maximum(centred(n) + 0.5, 0.0)
    return unit_sum(np.exp(-left / tau) * -np.expm1(-(right - left) / tau))
