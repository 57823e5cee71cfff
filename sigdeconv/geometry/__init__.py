"""Sizes of a convolution and of its transpose: spans, padding, remainders; no arrays.

The operators and the layers compute on the same `ConvGeometry`.
"""

from sigdeconv.geometry._matrix import places
from sigdeconv.geometry.axes import (
    BOUNDARIES,
    Axis,
    Padding,
    Pair,
    Sizes,
    axis_index,
    axis_integers,
    axis_pairs,
    check_boundary,
    count_axes,
    out_shape_of,
    padding_of,
    samples_of,
    wider_domain,
    window_of,
)
from sigdeconv.geometry.conv_geometry import ConvGeometry

__all__ = [
    "BOUNDARIES",
    "Axis",
    "ConvGeometry",
    "Padding",
    "Pair",
    "Sizes",
    "axis_index",
    "axis_integers",
    "axis_pairs",
    "check_boundary",
    "count_axes",
    "out_shape_of",
    "padding_of",
    "places",
    "samples_of",
    "wider_domain",
    "window_of",
]
