"""The transposed layer as it is taught: sparse matrix, upsampled data, scattered kernels.

Each takes `x` (N, G, C, ...), `weight` (G, C, O, ...) and returns (N, G, O, ...); the numbers are
those of the fast path.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from sigdeconv._array import Array, like, namespace, to_numpy, zeros
from sigdeconv.geometry import ConvGeometry, Sizes, places
from sigdeconv.geometry.axes import axis_integers
from sigdeconv.transposed._kernels import gather, multiply_spectra, stretch, window

__all__ = ["matrix", "scatter", "sparse", "spectral", "stuff"]


def scatter(x: Array, weight: Array, g: ConvGeometry) -> Array:
    """Add, for each tap, the weighted input at every S-th place."""
    xp = namespace(x)
    size = tuple(x.shape[3:])
    out = g.transposed_size(size)
    axes = list(zip(size, g.stride, g.span, strict=True))
    full = zeros((*x.shape[:2], weight.shape[2], *((n - 1) * s + span for n, s, span in axes)), x)
    flat = xp.reshape(x, (*x.shape[:3], math.prod(size)))
    for index in itertools.product(*(range(k) for k in g.kernel)):
        tap = xp.permute_dims(weight[(..., *index)], (0, 2, 1))
        part = xp.reshape(xp.matmul(tap[None, ...], flat), (*full.shape[:3], *size))
        where = tuple(
            slice(l * k, l * k + s * (n - 1) + 1, s)
            for k, l, (n, s, _) in zip(index, g.dilation, axes, strict=True)
        )
        full[(..., *where)] += part
    return window(full, [(p, p + m) for m, (p, _) in zip(out, g.padding, strict=True)])


def stuff(x: Array, weight: Array, g: ConvGeometry) -> Array:
    """Put zeros between and around the samples, then convolve at stride 1 with flipped kernels."""
    xp = namespace(x)
    upsampled = stretch(x, g.stride)
    axes = zip(upsampled.shape[3:], g.frame, g.output_padding, strict=True)
    framed = window(upsampled, [(-before, n + after + a) for n, (before, after), a in axes])
    flipped = xp.flip(weight, axis=tuple(range(3, weight.ndim)))
    swapped = xp.permute_dims(flipped, (0, 2, 1, *range(3, weight.ndim)))
    return gather(framed, swapped, ConvGeometry(g.kernel, dilation=g.dilation))


def matrix(x: Array, weight: Array, g: ConvGeometry) -> Array:
    """Multiply by the transpose of the convolution's sparse matrix."""
    size = tuple(x.shape[3:])
    out = g.transposed_size(size)
    w = to_numpy(weight)
    forward = w.reshape(-1, *w.shape[2:])
    C = _assemble(forward, g, out, size, w.shape[0])
    flat = to_numpy(x).reshape(x.shape[0], C.shape[0])
    y = np.asarray((C.T @ flat.T).T, dtype=flat.dtype)
    return like(np.ascontiguousarray(y).reshape(x.shape[0], w.shape[0], w.shape[2], *out), x)


def sparse(weight: Array, g: ConvGeometry, size: Sizes, groups: int) -> Any:
    """Return the sparse matrix of the convolution for inputs of `size`."""
    sizes = axis_integers("size", size, g.ndim, least=1)
    return _assemble(to_numpy(weight), g, sizes, g.output_size(sizes), groups)


def _assemble(
    weight: np.ndarray[Any, Any],
    g: ConvGeometry,
    size: tuple[int, ...],
    out: tuple[int, ...],
    groups: int,
) -> Any:
    """Return the matrix that takes `size` to `out`; `weight` is (O, C / groups, ...)."""
    from scipy.sparse import coo_array

    row, column, tap = places(g.axes, size, out)
    outputs, channels = weight.shape[:2]
    o, c = np.meshgrid(np.arange(outputs), np.arange(channels), indexing="ij")
    first = (o // (outputs // groups)) * channels + c
    n, m = math.prod(size), math.prod(out)
    rows = (o[..., None] * m + row).ravel()
    columns = (first[..., None] * n + column).ravel()
    values = weight.reshape(outputs, channels, -1)[:, :, tap].ravel()
    return coo_array((values, (rows, columns)), shape=(outputs * m, groups * channels * n)).tocsr()


def spectral(x: Array, weight: Array, g: ConvGeometry) -> Array:
    """Return the unit-stride convolution of `x` with `weight` (G, O, C, ...) by FFT."""
    xp = namespace(x)
    size = tuple(x.shape[3:])
    out = g.output_size(size)
    flipped = xp.flip(weight, axis=tuple(range(3, weight.ndim)))
    kernel = stretch(xp.permute_dims(flipped, (0, 2, 1, *range(3, weight.ndim))), g.dilation)
    extent = tuple(n + span - 1 for n, span in zip(size, g.span, strict=True))
    full = multiply_spectra(x, kernel, extent)
    axes = zip(out, g.span, g.padding, strict=True)
    return window(full, [(span - 1 - p, span - 1 - p + m) for m, span, (p, _) in axes])
