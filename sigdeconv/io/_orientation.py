"""Which way up: the orientation that a camera writes beside the picture, applied."""

from __future__ import annotations

import numpy as np

from sigdeconv._array import NumpyArray

__all__ = ["turned", "upright"]

# Of EXIF and TIFF: code -> (transposed, rows reversed, columns reversed), in this order.
TURNS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def turned(code: int) -> bool:
    """Tell whether rows and columns change places."""
    return TURNS.get(code, TURNS[1])[0]


def upright(values: NumpyArray, code: int, axes: str) -> NumpyArray:
    """Return a picture as it is meant to be seen."""
    if TURNS.get(code, TURNS[1]) == TURNS[1] or "Y" not in axes or "X" not in axes:
        return values
    swap, rows, columns = TURNS[code]
    y, x = axes.index("Y"), axes.index("X")
    if swap:
        values = np.swapaxes(values, y, x)
    if rows:
        values = np.flip(values, y)
    if columns:
        values = np.flip(values, x)
    return np.ascontiguousarray(values)
