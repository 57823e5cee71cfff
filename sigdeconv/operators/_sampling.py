"""Between the data and the grid they are samples of: the stride and the mask."""

from __future__ import annotations

from collections.abc import Sequence

from sigdeconv._array import Array, like, zeros
from sigdeconv.geometry import ConvGeometry

__all__ = ["samples_of", "upsample", "weigh", "window_of"]


def samples_of(out_shape: Sequence[int], stride: Sequence[int]) -> tuple[slice, ...]:
    """Return the slices that take data of `out_shape` out of the full-resolution grid."""
    return tuple(slice(0, (m - 1) * s + 1, s) for m, s in zip(out_shape, stride, strict=True))


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


def window_of(
    geometry: ConvGeometry,
    centre: Sequence[int],
    shape: Sequence[int],
    out_shape: Sequence[int],
) -> tuple[slice, ...]:
    """Return where the kernel's centre stands in a signal of `shape`, from first to last sample."""
    slices = []
    for axis, c, n, m in zip(geometry.axes, centre, shape, out_shape, strict=True):
        looks = axis.span - 1 - axis.dilation * c
        start = min(max(looks - axis.before, 0), n)
        slices.append(slice(start, min(start + m * axis.stride, n)))
    return tuple(slices)
