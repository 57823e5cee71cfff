"""Convolution without an FFT: one slice and one multiplication a tap, for tiny kernels."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv._array import Array, is_complex, like, zeros
from sigdeconv.operators.boundary import fold, pad

if TYPE_CHECKING:
    from sigdeconv.operators.convolution import Convolution

__all__ = ["adjoint", "forward", "is_cheaper"]


def is_cheaper(A: Convolution, grid: tuple[int, ...]) -> bool:
    """Tell whether the taps of `A` cost less than its real FFTs on a `grid`."""
    # One tap costs about one pass over the output; a pair of real FFTs about
    # 0.35 log2(N) + 6 passes over the grid (measured on 1-D, 2-D and 3-D arrays).
    n = math.prod(grid)
    return int(A.psf.size) * math.prod(A.out_shape) < (6 + 0.35 * math.log2(n + 1)) * n


def forward(A: Convolution, x: Array) -> Array:
    """Return the data of the signal `x`, before the mask."""
    xp = _promoted(A, pad(x, A._widths, A.boundary))
    y = zeros(A.out_shape, xp)
    for tap, where in _each(A):
        y += tap * xp[where]
    return y


def adjoint(A: Convolution, y: Array) -> Array:
    """Return the adjoint of `forward`, applied to the data `y`."""
    y = _promoted(A, y)
    z = zeros(tuple(n + a + b for n, (a, b) in zip(A.shape, A._widths, strict=True)), y)
    for tap, where in _each(A):
        z[where] += (tap.conjugate() if isinstance(tap, complex) else tap) * y
    return fold(z, A._widths, A.boundary)


def _each(A: Convolution) -> list[tuple[Any, tuple[slice, ...]]]:
    """Return every non-zero tap with the slice of the padded signal that it multiplies."""
    taps = []
    for index in itertools.product(*(range(k) for k in A.psf.shape)):
        if A.psf[index] != 0:
            where = tuple(
                slice(span - 1 - d * k, span - 1 - d * k + (m - 1) * s + 1, s)
                for k, d, s, m, span in zip(
                    index, A._dilation, A._stride, A.out_shape, A.span, strict=True
                )
            )
            taps.append((A.psf[index].item(), where))
    return taps


def _promoted(A: Convolution, a: Array) -> Array:
    """Return `a`, complex when the kernel is."""
    return like(a, a) + 0j if np.iscomplexobj(A.psf) and not is_complex(a) else a
