"""Sizes, centres and paddings as the user gives them, checked and made one entry an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv._array import Array, as_float, check_finite, to_numpy

__all__ = ["Pair", "centre_of", "check_workers", "mask_of", "padding_of", "sizes"]

Pair = tuple[int, int]


def sizes(value: Any, name: str, ndim: int, *, of: str = "the psf") -> tuple[int, ...]:
    """Return `value` as `ndim` positive ints."""
    values = (value,) * ndim if isinstance(value, (int, np.integer)) else value
    try:
        values = tuple(int(v) for v in values)
        exact = all(v == w for v, w in zip(values, _flat(value, ndim), strict=True))
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an int or {ndim} ints; got {value!r}") from None
    if not exact or any(isinstance(v, bool) for v in _flat(value, ndim)):
        raise TypeError(f"{name} must be an int or {ndim} ints; got {value!r}")
    if len(values) != ndim:
        raise ValueError(
            f"{name} has {len(values)} axes {values}; expected {ndim}, as many as {of} has"
        )
    if any(v < 1 for v in values):
        raise ValueError(f"{name} must be positive on every axis; got {values}")
    return values


def _flat(value: Any, ndim: int) -> tuple[Any, ...]:
    return (value,) * ndim if isinstance(value, (int, np.integer)) else tuple(value)


def centre_of(centre: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of the kernel's centre on each axis; ``K // 2`` by default."""
    if centre is None:
        return tuple(k // 2 for k in shape)
    values = tuple(centre) if np.ndim(centre) else (centre,)
    if len(values) != len(shape) or any(
        isinstance(v, bool) or not isinstance(v, (int, np.integer)) for v in values
    ):
        raise ValueError(
            f"centre must be one integer index for each of the {len(shape)} axes of the psf; "
            f"got {centre!r}"
        )
    return tuple(int(v) for v in values)


def check_workers(workers: Any) -> None:
    """Raise unless `workers` is None or a number of threads, negative to count from all."""
    whole = isinstance(workers, (int, np.integer)) and not isinstance(workers, bool)
    if workers is not None and (not whole or workers == 0):
        kind = ValueError if whole else TypeError
        raise kind(f"workers must be a whole number of threads, not 0, or None; got {workers!r}")


def _pairs(padding: Any, ndim: int) -> tuple[Pair, ...]:
    """Return padding as (before, after) on each axis."""
    if isinstance(padding, (int, np.integer)) and not isinstance(padding, bool):
        padding = (int(padding),) * ndim
    try:
        entries = list(padding)
        pairs = [(p, p) if isinstance(p, (int, np.integer)) else tuple(p) for p in entries]
        widths = tuple((int(a), int(b)) for a, b in pairs)
    except (TypeError, ValueError):
        raise ValueError(
            f"padding must be an int, {ndim} ints or {ndim} pairs (before, after); got {padding!r}"
        ) from None
    if len(widths) != ndim:
        raise ValueError(
            f"padding has {len(widths)} entries; expected {ndim}, one for each axis of the psf"
        )
    return widths


def padding_of(
    padding: Any, span: tuple[int, ...], shift: tuple[int, ...], boundary: str
) -> tuple[Pair, ...]:
    """Return the samples added before and after on each axis.

    `span` is the width of the dilated kernel, `shift` the place of its centre.
    """
    if padding is None:
        padding = "valid" if boundary == "unknown" else "same"
    if not isinstance(padding, str):
        widths = _pairs(padding, len(span))
    elif padding == "same":
        widths = tuple((n - 1 - c, c) for n, c in zip(span, shift, strict=True))
    elif padding == "full":
        widths = tuple((n - 1, n - 1) for n in span)
    elif padding == "valid":
        widths = ((0, 0),) * len(span)
    else:
        raise ValueError(
            f"padding must be 'same', 'valid', 'full', an int or pairs of ints; got {padding!r}"
        )
    if boundary == "unknown" and any(a > 0 or b > 0 for a, b in widths):
        raise ValueError(
            f"padding={padding!r} adds samples, but boundary='unknown' knows none to add; "
            "use padding='valid', or a boundary such as 'reflect'"
        )
    return widths


def mask_of(mask: Array | None, shape: tuple[int, ...]) -> Array | None:
    """Return the weights of data of `shape`, checked, in NumPy."""
    if mask is None:
        return None
    mask = to_numpy(as_float(mask, "mask"))
    if mask.shape != shape:
        raise ValueError(f"mask has shape {mask.shape}; expected {shape}, that of the data")
    if mask.dtype.kind == "c":
        raise TypeError("mask is complex; expected real weights, one for each sample")
    check_finite(mask, "mask")
    if mask.min() < 0 or mask.max() < 1e-100:
        raise ValueError(
            f"mask must hold weights of at least 0, some above; they go from "
            f"{mask.min():.3g} to {mask.max():.3g}"
        )
    return mask
