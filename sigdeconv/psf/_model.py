"""What the blur models share: the registry, the pixel grid, and the integral over a pixel.

A model is a density f(r) around the origin; its array holds the integrals of f over unit pixels
centred on the whole numbers, with the origin at index ``n // 2``, scaled to sum one.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sigdeconv._registry import Registry

__all__ = [
    "centred",
    "gauss",
    "integrate",
    "model",
    "nodes",
    "odd",
    "outer",
    "registry",
    "unit_sum",
]

F = TypeVar("F", bound=Callable[..., Any])

registry: Registry[Callable[..., NDArray[np.float64]]] = Registry("psf model")


def model(function: F) -> F:
    """Register a blur model under the name of its function.

    Parameters
    ----------
    function : callable
        Takes numbers, returns a float64 array, non-negative, of sum one, centred at ``n // 2``.

    Returns
    -------
    callable
        The same function.

    Raises
    ------
    ValueError
        If another module has registered that name.

    Examples
    --------
    >>> from sigdeconv.psf import gaussian, registry
    >>> registry.get("gaussian") is gaussian
    True
    """
    registry.add(function.__name__, function)
    return function


def odd(half: float) -> int:
    """Return the odd length whose pixels cover ``-half .. half`` at least."""
    return 2 * max(0, math.ceil(half - 0.5 - 1e-9)) + 1


def centred(n: int) -> NDArray[np.float64]:
    """Return the coordinates of `n` pixels, zero at index ``n // 2``."""
    return np.arange(n, dtype=np.float64) - n // 2


@functools.lru_cache(maxsize=64)
def gauss(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Gauss-Legendre nodes in [-1, 1] and weights; hundreds of nodes take a while."""
    return np.polynomial.legendre.leggauss(count)


def nodes(n: int, order: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Gauss-Legendre abscissae in `n` unit pixels, shape ``(n, order)``, and weights."""
    x, w = gauss(order)
    return centred(n)[:, None] + x / 2, w / 2


def integrate(
    density: Callable[[NDArray[np.float64]], Any], shape: Sequence[int], order: int
) -> NDArray[np.float64]:
    """Return the integrals over pixels of the radial `density`, a function of r squared."""
    r2 = np.zeros(())
    ndim = len(shape)
    for axis, n in enumerate(shape):
        x, w = nodes(n, order)
        r2 = r2 + (x.ravel() ** 2).reshape([-1 if a == axis else 1 for a in range(ndim)])
    values = np.asarray(density(r2), dtype=np.float64)
    for axis, n in enumerate(shape):
        split = values.reshape(*values.shape[:axis], n, order, *values.shape[axis + 1 :])
        values = np.tensordot(split, w, axes=([axis + 1], [0]))
    return values


def outer(factors: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the outer product of one 1-D factor per axis."""
    result = np.ones(())
    for factor in factors:
        result = result[..., None] * factor
    return result


def unit_sum(psf: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `psf` divided by its sum, rounding below zero removed."""
    psf = np.maximum(psf, 0.0)
    return np.asarray(psf / psf.sum())
