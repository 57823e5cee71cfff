"""The only module that names an FFT: real and complex n-D transforms and fast lengths.

NumPy arrays go through `scipy.fft`, which keeps single precision and runs on `workers` threads;
every other namespace uses its own ``fft`` extension on its own device. All transforms run over the
last ``len(shape)`` axes, zero-pad at the end, and the inverse divides by the number of points.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.fft

from sigdeconv._array import Array, namespace

__all__ = ["fftn", "frequencies", "ifftn", "irfftn", "next_fast_len", "rfftn"]


def _axes(shape: Sequence[int], axes: Sequence[int] | None) -> tuple[int, ...]:
    return tuple(range(-len(shape), 0)) if axes is None else tuple(axes)


def rfftn(
    x: Array,
    shape: Sequence[int],
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the half-spectrum of the real `x`, zero-padded at the end to `shape`."""
    axes = _axes(shape, axes)
    xp = namespace(x)
    if xp is np:
        return scipy.fft.rfftn(x, s=tuple(shape), axes=axes, workers=workers)
    return xp.fft.rfftn(x, s=tuple(shape), axes=axes)


def irfftn(
    spectrum: Array,
    shape: Sequence[int],
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the real signal of `shape` whose half-spectrum is `spectrum`; may reuse its memory."""
    axes = _axes(shape, axes)
    xp = namespace(spectrum)
    if xp is np:
        return scipy.fft.irfftn(
            spectrum, s=tuple(shape), axes=axes, workers=workers, overwrite_x=True
        )
    return xp.fft.irfftn(spectrum, s=tuple(shape), axes=axes)


def fftn(
    x: Array,
    shape: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the full spectrum of `x`, zero-padded at the end to `shape`."""
    shape = x.shape if shape is None else tuple(shape)
    axes = _axes(shape, axes)
    xp = namespace(x)
    if xp is np:
        return scipy.fft.fftn(x, s=shape, axes=axes, workers=workers)
    if not xp.isdtype(x.dtype, "complex floating"):
        x = xp.astype(x, xp.complex64 if x.dtype == xp.float32 else xp.complex128)
    return xp.fft.fftn(x, s=shape, axes=axes)


def ifftn(
    spectrum: Array,
    shape: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the complex signal of `shape` whose full spectrum is `spectrum`."""
    shape = spectrum.shape if shape is None else tuple(shape)
    axes = _axes(shape, axes)
    xp = namespace(spectrum)
    if xp is np:
        return scipy.fft.ifftn(spectrum, s=shape, axes=axes, workers=workers)
    return xp.fft.ifftn(spectrum, s=shape, axes=axes)


def frequencies(n: int, half: bool) -> np.ndarray[Any, Any]:
    """Return the frequencies of `n` samples in cycles a sample, all or those of a half-spectrum."""
    return np.asarray(scipy.fft.rfftfreq(n) if half else scipy.fft.fftfreq(n))


@functools.cache
def next_fast_len(n: int) -> int:
    """Return the smallest length of at least `n` that real transforms handle fast."""
    return int(scipy.fft.next_fast_len(max(int(n), 1), real=True))
