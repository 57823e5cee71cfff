"""Between the data and the grid they are samples of: the stride and the mask."""

from __future__ import annotations

from typing import cast

from sigdeconv._array import (
    Array,
    ArrayLike,
    NumpyArray,
    as_float,
    check_finite,
    is_complex,
    like,
    owned,
    to_numpy,
    zeros,
)

__all__ = ["mask_of", "upsample", "weigh"]


def upsample(y: Array, samples: tuple[slice, ...]) -> Array:
    """Return `y` with zeros between its samples: the adjoint of taking `samples`."""
    if all(s.step == 1 for s in samples):
        return y
    upsampled = zeros(tuple(s.stop for s in samples), y)
    upsampled[samples] = y
    return upsampled


def weigh(y: Array, mask: Array | None) -> Array:
    """Return data times the mask, in the precision of the data: `y` itself without one."""
    return y if mask is None else y * like(mask, y)


def mask_of(mask: ArrayLike | None, shape: tuple[int, ...]) -> NumpyArray | None:
    """Return the weights of data of `shape`, checked and owned, in NumPy."""
    if mask is None:
        return None
    weights = to_numpy(as_float(mask, "mask"))
    if weights.shape != shape:
        raise ValueError(f"mask has shape {weights.shape}; expected {shape}, that of the data")
    if is_complex(weights):
        raise TypeError("mask is complex; expected real weights, one for each sample")
    check_finite(weights, "mask")
    least, most = float(weights.min()), float(weights.max())
    if least < 0 or most < 1e-100:
        raise ValueError(
            f"mask must hold weights from 0 to 1, some above 0; they go from {least:.3g} to "
            f"{most:.3g}"
        )
    if most > 1:
        raise ValueError(
            f"mask must hold weights from 0 to 1; they go from {least:.3g} to {most:.3g}. Divide "
            f"it by its maximum: mask / {most:.3g}"
        )
    return cast("NumpyArray", owned(weights, mask))
