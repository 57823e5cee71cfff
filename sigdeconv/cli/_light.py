"""Light of photographs: from the values that a screen gets to what fell on the sensor, and back.

A blur adds light, and a photograph stores about its root: sRGB, IEC 61966-2-1. Restored as stored,
a lamp is far dimmer than it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.cli._tell import BadUse

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = ["from_linear", "to_linear"]

# IEC 61966-2-1: below `KNEE` the curve is a line.
KNEE, SLOPE, OFFSET, POWER = 0.04045, 12.92, 0.055, 2.4


def to_linear(y: NumpyArray, meta: Meta | None, name: str) -> tuple[NumpyArray, float]:
    """Return the light of a photograph in sRGB, from 0 to 1, and the value that is white.

    Raises
    ------
    BadUse
        If the values are not those of a photograph.
    """
    if y.dtype.kind == "u":
        white = float(np.iinfo(y.dtype).max)
    elif y.dtype.kind == "f" and float(np.min(y)) >= 0 and float(np.max(y)) <= 1:
        white = 1.0
    else:
        raise BadUse(
            f"--linear is for photographs in sRGB, in unsigned integers or from 0 to 1; {name} has "
            f"{y.dtype}"
        )
    v = y.astype(np.float64) / white
    return np.where(v <= KNEE, v / SLOPE, ((v + OFFSET) / (1 + OFFSET)) ** POWER), white


def from_linear(x: NumpyArray, white: float) -> NumpyArray:
    """Return light as sRGB values up to `white`; what is negative is black."""
    x = np.maximum(x, 0)
    root = (1 + OFFSET) * x ** (1 / POWER) - OFFSET
    return np.where(x <= KNEE / SLOPE, SLOPE * x, root) * white
