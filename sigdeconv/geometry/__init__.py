"""Sizes of a convolution and of its transpose: spans, padding, remainders; no arrays.

The operators and the layers compute on the same `ConvGeometry`.
"""

from sigdeconv.geometry._axis import Axis
from sigdeconv.geometry._matrix import places
from sigdeconv.geometry._settings import (
    Padding,
    Pair,
    Sizes,
    axis_index,
    axis_integers,
    axis_pairs,
    count_axes,
)
from sigdeconv.geometry.conv_geometry import ConvGeometry

__all__ = [
    "Axis",
    "ConvGeometry",
    "Padding",
    "Pair",
    "Sizes",
    "axis_index",
    "axis_integers",
    "axis_pairs",
    "count_axes",
    "places",
]
