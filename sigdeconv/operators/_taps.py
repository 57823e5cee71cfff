"""Convolution without an FFT: one slice and one multiplication a tap, for tiny kernels."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sigdeconv._array import Array, NumpyArray, is_complex, like, zeros
from sigdeconv.geometry import Axis, Boundary, ConvGeometry
from sigdeconv.operators.boundary import fold, pad

__all__ = ["adjoint", "forward", "is_cheaper"]


def is_cheaper(taps: int, out_shape: tuple[int, ...], grid: tuple[int, ...]) -> bool:
    """Tell whether so many taps cost less than the real FFTs on a `grid`."""
    # One tap costs about one pass over the output; a pair of real FFTs about
    # 0.35 log2(N) + 6 passes over the grid (measured on 1-D, 2-D and 3-D arrays).
    n = math.prod(grid)
    return taps * math.prod(out_shape) < (6 + 0.35 * math.log2(n + 1)) * n


def forward(x: Array, psf: NumpyArray, geometry: ConvGeometry, boundary: Boundary) -> Array:
    """Return the data of the signal `x`, before the mask."""
    out_shape = geometry.output_size(x.shape)
    padded = _promoted(pad(x, geometry.padding, boundary), psf)
    y = zeros(out_shape, padded)
    for tap, where in _each(psf, geometry, out_shape):
        y += tap * padded[where]
    return y


def adjoint(
    y: Array, psf: NumpyArray, geometry: ConvGeometry, shape: tuple[int, ...], boundary: Boundary
) -> Array:
    """Return the adjoint of `forward` for signals of `shape`, applied to the data `y`."""
    y = _promoted(y, psf)
    z = zeros(tuple(n + a + b for n, (a, b) in zip(shape, geometry.padding, strict=True)), y)
    for tap, where in _each(psf, geometry, tuple(y.shape)):
        z[where] += (tap.conjugate() if isinstance(tap, complex) else tap) * y
    return fold(z, geometry.padding, boundary)


def _each(
    psf: NumpyArray, geometry: ConvGeometry, out_shape: tuple[int, ...]
) -> Iterator[tuple[Any, tuple[slice, ...]]]:
    """Yield every non-zero tap with the slice of the padded signal that it multiplies."""
    places = _places(geometry.axes, out_shape, psf.shape)
    return ((tap, where) for tap, where in zip(psf.ravel().tolist(), places, strict=True) if tap)


@functools.lru_cache(maxsize=64)  # an iteration asks for the same ones again and again
def _places(
    axes: tuple[Axis, ...], out_shape: tuple[int, ...], taps: tuple[int, ...]
) -> list[tuple[slice, ...]]:
    """Return the slice of the padded signal that each tap multiplies, in the order of the taps."""
    found = []
    for index in itertools.product(*(range(k) for k in taps)):
        starts = (a.span - 1 - a.dilation * k for k, a in zip(index, axes, strict=True))
        found.append(
            tuple(
                slice(start, start + (m - 1) * a.stride + 1, a.stride)
                for start, a, m in zip(starts, axes, out_shape, strict=True)
            )
        )
    return found


def _promoted(a: Array, psf: NumpyArray) -> Array:
    """Return `a`, complex when the kernel is."""
    return like(a, a) + 0j if np.iscomplexobj(psf) and not is_complex(a) else a
