"""Sizes of a convolution and of its transpose: spans, padding, remainders; no arrays.

The operators and the layers compute on the same `ConvGeometry`.
The checks of settings, and what follows from them axis by axis, are in
`sigdeconv.geometry.axes`, borders in `sigdeconv.geometry.borders`.
"""

from sigdeconv.geometry._matrix import places
from sigdeconv.geometry.axes import Axis, Padding, Pair, Sizes
from sigdeconv.geometry.borders import BOUNDARIES, Boundary
from sigdeconv.geometry.conv_geometry import ConvGeometry

__all__ = ["BOUNDARIES", "Axis", "Boundary", "ConvGeometry", "Padding", "Pair", "Sizes", "places"]
