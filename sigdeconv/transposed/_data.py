"""Where the axes of space are in the data of a layer."""

from __future__ import annotations

from sigdeconv._array import Array

__all__ = ["spatial_size"]


def spatial_size(x: Array, ndim: int, channels: str) -> tuple[int, ...]:
    """Return the size of `x` in space; raise where it has other axes, or none of some."""
    shape = tuple(x.shape)
    where = "C, ..." if channels == "first" else "..., C"
    if len(shape) not in (ndim + 1, ndim + 2):
        raise ValueError(
            f"x has shape {shape}; expected {ndim + 2} axes (N, {where}) or {ndim + 1} without N"
        )
    if 0 in shape[len(shape) - ndim - 1 :]:
        raise ValueError(f"x has shape {shape}; expected no axis of length 0 but the first")
    return shape[-ndim:] if channels == "first" else shape[-ndim - 1 : -1]
