"""Matrices that the solvers are compared with, made of single samples."""

import numpy as np

import sigdeconv as sd


def windowed(A, shape):
    """Return the matrix from a signal on a periodic grid, which begins as the domain, to data.

    It is made of rows of the whole circular convolution, and shares no code with the grids of the
    solvers.
    """
    start = (0,) * len(shape)
    circular = sd.Convolution(A.psf, shape, "periodic", centre=start).to_dense()
    axes = zip(A.out_shape, A.stride, A.span, A.padding, shape, strict=True)
    rows = [(np.arange(m) * s + span - 1 - a) % n for m, s, span, (a, _), n in axes]
    chosen = circular.reshape(*shape, -1)[np.ix_(*rows)].reshape(int(np.prod(A.out_shape)), -1)
    return chosen if A.mask is None else np.ravel(A.mask)[:, None] * chosen
