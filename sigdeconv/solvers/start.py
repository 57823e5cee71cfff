"""First estimates: on the domain of the operator, from one on it, on the window, or flat."""

from __future__ import annotations

import math

import numpy as np

from sigdeconv._array import Array, ArrayLike, as_like, is_complex, namespace, zeros
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution

__all__ = ["LEVEL_SUM", "first_estimate", "flat_estimate"]

# Part of the kernel's magnitudes that its sum must be, for the data to tell the level of the scene.
LEVEL_SUM = 0.1


def first_estimate(start: ArrayLike | None, y: Array, A: Operator) -> Array:
    """Return `start` like `y`, or zeros; a start on the window is put into the middle of it."""
    if start is None:
        return zeros(A.shape, y)
    given = as_like(start, y, "start")
    if tuple(given.shape) == A.shape:
        return given
    x = zeros(A.shape, y)
    if given.shape != x[A.window].shape:
        raise ValueError(
            f"start has shape {tuple(given.shape)}; expected {A.shape}, the operator's domain, or "
            f"{tuple(x[A.window].shape)}, the window of the data"
        )
    x = x + float(namespace(y).mean(namespace(y).real(given))) if given.ndim else x
    x[A.window] = given
    return x


def flat_estimate(y: Array, A: Operator) -> Array | None:
    """Return a constant scene of the level of weighted data.

    From zeros an iteration would build an edge at the border first. None where the data do not tell
    the level: with a stride, or for a kernel of almost zero sum. Another operator tells it where a
    constant scene explains a part of the data.
    """
    if not isinstance(A, Convolution):
        return _flat_level(y, A)
    total = complex(np.sum(A.psf))
    strided = any(s != 1 for s in A.stride)
    if strided or abs(total) < LEVEL_SUM * float(np.sum(np.abs(A.psf))):
        return None
    xp = namespace(y)
    weight = math.prod(y.shape) if A.mask is None else float(np.sum(A.mask))
    level = complex(xp.sum(y)) / weight / total
    return zeros(A.shape, y) + (level if xp.isdtype(y.dtype, "complex floating") else level.real)


def _flat_level(y: Array, A: Operator) -> Array | None:
    """Return the constant scene that fits data best, if what it makes of them is no accident."""
    xp = namespace(y)
    ones = zeros(A.shape, y) + 1
    seen = A.forward(ones)
    energy = float(xp.sum(xp.abs(seen) ** 2))
    product = complex(xp.sum(xp.conj(seen) * y) if is_complex(seen) else xp.sum(seen * y))
    if energy == 0 or abs(product) < LEVEL_SUM * math.sqrt(energy * float(xp.sum(xp.abs(y) ** 2))):
        return None
    level = product / energy
    return ones * (level if is_complex(y) or is_complex(seen) else level.real)
