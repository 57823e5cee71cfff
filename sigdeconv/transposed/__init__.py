"""Wing two: the transposed convolution, which restores the shape.

`ConvGeometry` has the arithmetic, `conv` and `conv_transpose` the layers, `Layer` the words of each
framework. The adjoint baselines of `sigdeconv.transposed.baseline` are registered like any other
method.
"""

from sigdeconv.transposed.arithmetic import ConvGeometry
from sigdeconv.transposed.frameworks import Layer
from sigdeconv.transposed.layers import conv, conv_matrix, conv_transpose

__all__ = ["ConvGeometry", "Layer", "conv", "conv_matrix", "conv_transpose"]
