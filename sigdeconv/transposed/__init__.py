"""Wing two: the transposed convolution, which restores the shape.

The adjoint baselines of `sigdeconv.transposed.baseline` are registered like any other method.
"""
