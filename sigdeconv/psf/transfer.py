"""Between a point spread function and its optical transfer function, in both directions.

The transfer function is the transform of the psf with its centre moved to index zero and wrapped
around: ``otf = F roll(fold(psf), -centre)``. A psf larger than the shape is folded onto it, which
is what a periodic convolution does with it; cropping would lose energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import (
    Array,
    ArrayLike,
    as_float,
    check_finite,
    is_complex,
    namespace,
    real_dtype,
    to_numpy,
)
from sigdeconv.operators.centre import Centre
from sigdeconv.psf._check import as_shape, index_inside

__all__ = ["otf2psf", "psf2otf"]


def psf2otf(psf: ArrayLike, shape: int | Sequence[int], *, centre: Centre | None = None) -> Array:
    """Return the transfer function of `psf` on a periodic grid of the given shape.

    Parameters
    ----------
    psf : array_like, any shape
        The point spread function.
    shape : int or sequence of int
        Shape of the grid, one size per axis of `psf`.
    centre : {"middle", "start", "peak"}, int or sequence of int or str, optional
        Index of the origin in `psf`, or its name; by default ``n // 2`` on each axis.

    Returns
    -------
    array of complex, shape `shape`
        In the layout of ``fftn``: frequency zero first. In the namespace and precision of `psf`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, of the wrong length, or not finite.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.psf2otf([0.25, 0.5, 0.25], (4,)).real.round(6).tolist()
    [1.0, 0.5, 0.0, 0.5]
    """
    kernel = _array(psf, "psf")
    xp = namespace(kernel)
    sizes = as_shape(shape, kernel.shape)
    origin = index_inside(centre, to_numpy(kernel))
    for axis, size in enumerate(sizes):
        kernel = _fold(kernel, axis, size)
    return _fft.fftn(xp.roll(kernel, tuple(-c for c in origin), axis=tuple(range(kernel.ndim))))


def otf2psf(
    otf: ArrayLike,
    shape: int | Sequence[int] | None = None,
    *,
    centre: Centre | None = None,
) -> Array:
    """Return the point spread function of the transfer function `otf`, cropped to `shape`.

    Parameters
    ----------
    otf : array_like, any shape
        Full transfer function in the layout of ``fftn``.
    shape : int or sequence of int, optional
        Shape of the result, at most that of `otf`, which is the default.
    centre : {"middle", "start"}, int or sequence of int or str, optional
        Index of the origin in the result, or its name; by default ``n // 2`` on each axis.

    Returns
    -------
    array, shape `shape`
        Real when `otf` is Hermitian up to rounding, else complex.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, of the wrong length, or not finite; if `shape` is
        larger than `otf`.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.otf2psf([1.0, 0.5, 0.0, 0.5], 3).round(6).tolist()
    [0.25, 0.5, 0.25]
    """
    otf = _array(otf, "otf")
    xp = namespace(otf)
    sizes = as_shape(shape, otf.shape)
    if any(n > m for n, m in zip(sizes, otf.shape, strict=True)):
        raise ValueError(
            f"shape must be at most that of otf, {tuple(otf.shape)}; got {sizes}. "
            f"Pad the result with zeros instead"
        )
    origin = index_inside(centre, np.broadcast_to(0.0, sizes))  # whatever the result will be
    psf = xp.roll(_fft.ifftn(otf), origin, axis=tuple(range(otf.ndim)))
    rounding = 100 * float(xp.finfo(real_dtype(otf)).eps) * float(xp.max(xp.abs(psf)))
    if float(xp.max(xp.abs(xp.imag(psf)))) <= rounding:
        psf = xp.real(psf)
    return psf[tuple(slice(0, n) for n in sizes)]


def _array(a: Any, name: str) -> Array:
    a = as_float(a, name)
    if a.ndim == 0 or 0 in a.shape:
        raise ValueError(f"{name} must have at least one axis and one value; got {tuple(a.shape)}")
    if is_complex(a):
        check_finite(namespace(a).real(a), name)
        check_finite(namespace(a).imag(a), name)
    else:
        check_finite(a, name)
    return a


def _fold(a: Array, axis: int, size: int) -> Array:
    """Return `a` zero-padded to a multiple of `size` on one axis, and the periods summed."""
    xp = namespace(a)
    n = a.shape[axis]
    missing = -n % size
    if missing:
        shape = (*a.shape[:axis], missing, *a.shape[axis + 1 :])
        tail = xp.zeros_like(xp.broadcast_to(xp.sum(a) * 0, shape))
        a = xp.concat([a, tail], axis=axis)
    periods = (n + missing) // size
    a = xp.reshape(a, (*a.shape[:axis], periods, size, *a.shape[axis + 1 :]))
    return xp.sum(a, axis=axis)


def kernel_of_otf(
    otf: np.ndarray[Any, Any], shape: tuple[int, ...], centre: Centre | None, *, real: bool
) -> np.ndarray[Any, Any]:
    """Return the centred kernel whose transfer function on the grid `shape` is `otf`.

    With `real` data a kernel that is real but for its Nyquist frequencies is real.
    """
    half = (*shape[:-1], shape[-1] // 2 + 1)
    if centre is not None:
        raise ValueError("centre was given, but the phase of the transfer function psf says it")
    if otf.shape == half != shape:
        mirrored = np.conj(otf[..., 1 : (shape[-1] + 1) // 2])[..., ::-1]
        for axis in range(otf.ndim - 1):
            mirrored = np.roll(np.flip(mirrored, axis), 1, axis)
        otf = np.concatenate([otf, mirrored], axis=-1)
    if otf.shape != shape:
        raise ValueError(
            f"psf is complex, so it is read as a transfer function; it has shape {otf.shape}, "
            f"expected {shape} or the half-spectrum {half}, the grid of y"
        )
    kernel = np.asarray(otf2psf(_hermitian(otf) if real else otf, shape))
    # Samples that are rounding only would widen the unknown border for nothing.
    small = np.abs(kernel) <= 1e-14 * np.max(np.abs(kernel))
    slices = []
    for axis, n in enumerate(shape):
        used = np.flatnonzero(~np.all(small, axis=tuple(k for k in range(len(shape)) if k != axis)))
        reach = max(n // 2 - used[0], used[-1] - n // 2)
        slices.append(slice(max(n // 2 - reach, 0), n // 2 + reach + 1))
    return kernel[tuple(slices)]


def _hermitian(otf: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a transfer function that is Hermitian but for its Nyquist frequencies made so there.

    A formula gives them one sign of the frequency, while a sample there stands for both: what is
    not Hermitian in it changes only the imaginary part of the data, and real data have none.
    """
    mirrored = np.conj(otf)
    for axis in range(otf.ndim):
        mirrored = np.roll(np.flip(mirrored, axis), 1, axis)
    off = np.abs(otf - mirrored)
    for axis, n in enumerate(otf.shape):
        if n % 2 == 0:
            off[(slice(None),) * axis + (n // 2,)] = 0
    tol = float(np.finfo(otf.dtype).eps) ** 0.5  # of the formula's own arithmetic
    return (otf + mirrored) / 2 if np.max(off) <= tol * np.max(np.abs(otf)) else otf
