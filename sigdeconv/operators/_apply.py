"""What operators share: checked arguments, products with a number, masks in common, the norm."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv._array import (
    Array,
    NumpyArray,
    as_float,
    is_complex,
    namespace,
    random_generator,
    to_numpy,
)

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator
else:
    LinearOperator = Any  # SciPy is loaded when one is asked for

__all__ = ["check_shape", "columns", "common", "flat", "is_whole", "spectral_norm", "times"]


def check_shape(a: Any, shape: tuple[int, ...], name: str, what: str) -> Array:
    """Return `a` as floating-point numbers of a shape."""
    a = as_float(a, name)
    if tuple(a.shape) != shape:
        raise ValueError(f"{name} has shape {tuple(a.shape)}; expected {shape}, that of {what}")
    return a


def is_whole(window: tuple[slice, ...], shape: tuple[int, ...]) -> bool:
    """Tell whether a window is the whole signal."""
    return window == tuple(slice(0, n) for n in shape)


def times(a: Array, factor: complex) -> Array:
    """Return a * factor without changing the precision of `a`."""
    if isinstance(factor, complex) and not is_complex(a):
        xp = namespace(a)
        a = xp.astype(a, xp.complex64 if a.dtype == xp.float32 else xp.complex128)
    return a * factor


def common(a: NumpyArray | None, b: NumpyArray | None) -> NumpyArray | None:
    """Return the mask that two operators share, or None."""
    if a is None or b is None:
        return None
    return a if a is b or np.array_equal(a, b) else None


def spectral_norm(
    forward: Callable[[Any], Array],
    adjoint: Callable[[Any], Array],
    shape: tuple[int, ...],
    num_iter: int,
    tol: float,
    rng: Any,
) -> float:
    """Return the largest singular value by power iteration; see `Operator.norm`."""
    x: Array = random_generator(rng).standard_normal(shape)
    sigma = 0.0
    for _ in range(num_iter):
        size = float(np.linalg.norm(x))
        if size == 0.0:
            return 0.0
        x = adjoint(forward(x / size))
        previous, sigma = sigma, math.sqrt(float(np.linalg.norm(x)))
        if abs(sigma - previous) <= tol * sigma:
            break
    return sigma


def flat(
    forward: Callable[[Any], Array],
    adjoint: Callable[[Any], Array],
    shape: tuple[int, ...],
    out_shape: tuple[int, ...],
    dtype: Any,
) -> LinearOperator:
    """Return two maps as one of SciPy's linear operators, on flattened arrays."""
    from scipy.sparse.linalg import LinearOperator

    return LinearOperator(
        (math.prod(out_shape), math.prod(shape)),
        matvec=lambda v: np.ravel(to_numpy(forward(np.reshape(v, shape)))),
        rmatvec=lambda v: np.ravel(to_numpy(adjoint(np.reshape(v, out_shape)))),
        dtype=np.dtype(dtype),
    )


def columns(forward: Callable[[Any], Array], shape: tuple[int, ...]) -> NumpyArray:
    """Return the matrix of a map, column by column."""
    units = np.eye(math.prod(shape)).reshape(-1, *shape)
    return np.stack([to_numpy(forward(c)).ravel() for c in units], axis=1)
