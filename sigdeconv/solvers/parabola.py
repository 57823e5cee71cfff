"""The vertex of the parabola through a least value and its neighbours, in the log of the place."""

from __future__ import annotations

import numpy as np

from sigdeconv._array import NumpyArray

__all__ = ["vertex"]


def vertex(places: NumpyArray, values: NumpyArray) -> tuple[float, int]:
    """Return the place of the least value, refined between its neighbours, and its index.

    Parameters
    ----------
    places : ndarray
        Rising and above 0.
    values : ndarray
        One a place; what is not finite is never the least.

    Returns
    -------
    place : float
        NaN if no value is finite.
    index : int
        Of the least value; -1 if no value is finite.
    """
    known = np.where(np.isfinite(values), values, np.inf)
    i = int(np.argmin(known))
    if not np.isfinite(known[i]):
        return float("nan"), -1
    if 0 < i < known.size - 1 and np.all(np.isfinite(known[i - 1 : i + 2])):
        t = np.log(places[i - 1 : i + 2])
        curve = np.polyfit(t - t[1], known[i - 1 : i + 2] - known[i], 2)
        if curve[0] > 0:
            shift = float(np.clip(-curve[1] / (2 * curve[0]), t[0] - t[1], t[2] - t[1]))
            return float(np.exp(t[1] + shift)), i
    return float(places[i]), i
