"""The transposed convolution, which restores the shape.

`ConvGeometry` has the arithmetic, `conv` and `conv_transpose` the layers, `Layer` the words of each
framework, `learn_kernel` the best that such a layer could learn. The adjoint baselines of
`sigdeconv.transposed.baseline` are registered like any other method.
"""

from sigdeconv.geometry import ConvGeometry
from sigdeconv.transposed.frameworks import Layer, Nearest
from sigdeconv.transposed.layers import conv, conv_transpose
from sigdeconv.transposed.learned import (
    LearnedKernel,
    centred_geometry,
    learn_kernel,
    learning_curve,
)
from sigdeconv.transposed.matrix import conv_matrix, layer_operator

__all__ = [
    "ConvGeometry",
    "Layer",
    "LearnedKernel",
    "Nearest",
    "centred_geometry",
    "conv",
    "conv_matrix",
    "conv_transpose",
    "layer_operator",
    "learn_kernel",
    "learning_curve",
]
