"""Arguments of the blur models that have one entry an axis, where the axes may be left open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sigdeconv._checks import integer, integers, numbers
from sigdeconv.geometry import Sizes
from sigdeconv.geometry.axes import count_axes
from sigdeconv.operators.centre import Centre, centre_of

__all__ = ["FWHM", "as_shape", "either", "index_inside", "per_axis"]

FWHM = 2 * math.sqrt(2 * math.log(2))  # of a Gaussian, in standard deviations


def per_axis(
    name: str, value: Any, ndim: Any, *, default: int = 2, **limits: Any
) -> tuple[float, ...]:
    """Return one number an axis from one for all of them or a sequence.

    The number of axes is `ndim`; for None that of the sequence, or `default`. `limits` are those
    of `sigdeconv._checks.number`.
    """
    given = count_axes(value)
    if ndim is not None:
        ndim = integer("ndim", ndim, least=1)
    elif isinstance(value, (list, tuple)) and not value:
        raise ValueError(f"{name} must have at least one number; got {value!r}")
    return numbers(name, value, ndim or given or default, **limits)


def either(first: str, one: Any, second: str, other: Any) -> str:
    """Return the name of the one of two arguments for the same thing that is given."""
    if one is None and other is None:
        raise TypeError(f"{first} or {second} must be given; got {first}=None and {second}=None")
    if one is not None and other is not None:
        raise ValueError(f"{first} and {second} say the same, one must be left out; got both")
    return first if other is None else second


def as_shape(shape: Sizes | None, default: Sequence[int]) -> tuple[int, ...]:
    """Return `shape` as a tuple as long as `default`, which is returned for None."""
    if shape is None:
        return tuple(default)
    return integers("shape", shape, len(default), least=1, of="axes of the model")


def index_inside(centre: Centre | None, kernel: Any) -> tuple[int, ...]:
    """Return the index that `centre` is or names, which lies inside the kernel."""
    shape = tuple(kernel.shape)
    index = centre_of(centre, kernel)
    if any(not 0 <= c < n for c, n in zip(index, shape, strict=True)):
        raise ValueError(f"centre must lie inside the psf of shape {shape}; got {index}")
    return index
