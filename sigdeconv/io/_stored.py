"""The type that goes into a file: the only place that converts, rounds or scales values."""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv._checks import flag, numbers
from sigdeconv.io._format import Format
from sigdeconv.io._meta import Meta, OutsideRange

__all__ = ["as_stored"]


def as_stored(
    values: NumpyArray,
    meta: Meta,
    suffix: str,
    entry: Format,
    *,
    dtype: Any,
    clip: bool,
    limits: tuple[float, float] | None,
) -> NumpyArray:
    """Return the values in the type that goes into the file: the only place that converts."""
    clip = flag("clip", clip)
    try:
        wanted = np.dtype(_kept(meta, values, entry) if dtype is None else dtype)
    except TypeError:
        raise TypeError(f"dtype must be a NumPy type such as 'uint16'; got {dtype!r}") from None
    convention = False  # 1.0 is white
    if entry.picture and wanted.kind == "f" and dtype is None:
        wanted = np.dtype(np.uint8)
        convention = limits is None and values.dtype.kind == "f"
    if entry.holds and wanted.name not in entry.holds:
        raise ValueError(
            f"{suffix} holds {', '.join(entry.holds)} only; got {wanted}. "
            f"Give dtype='{entry.holds[0]}', or use .tif or .npy"
        )
    if values.dtype.kind == "c" and wanted.kind != "c":
        raise ValueError(f"the values are complex, but {wanted} is real; write their abs or real")
    if limits is not None:
        values = _stretched(values, limits, wanted)
    if wanted == values.dtype or wanted.kind not in "biu":
        return values.astype(wanted, copy=False)
    return _as_integer(values, wanted, suffix, entry, clip, convention)


def _kept(meta: Meta, values: NumpyArray, entry: Format) -> Any:
    """Return the type to keep: that of `meta`, where the format has types at all."""
    if meta.dtype is None or not entry.typed:
        return values.dtype
    return values.dtype if meta.dtype == "bool" else meta.dtype  # an estimate is no longer a mask


def _as_integer(
    values: NumpyArray,
    wanted: np.dtype[Any],
    suffix: str,
    entry: Format,
    clip: bool,
    convention: bool,
) -> NumpyArray:
    """Round to an integer type; with the convention, 1.0 is its largest value."""
    low, high = (0, 1) if wanted.kind == "b" else (np.iinfo(wanted).min, np.iinfo(wanted).max)
    scaled = values
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise OutsideRange(f"the values hold NaN or infinity, which {wanted} cannot store")
        scaled = np.rint(values.astype(np.float64) * (high if convention else 1))
        if not convention and wanted.kind != "b" and _black(values, scaled):
            raise OutsideRange(
                f"the values lie within [0, 1], and {wanted} would keep nothing of them but 0 and "
                f"1. Give limits=(0, 1) to stretch them, or {_float_format(entry)}"
            )
    bad = (values < 0) | (values > 1) if convention else (scaled < low) | (scaled > high)
    outside = int(np.count_nonzero(bad))
    if outside and not clip:
        fits = f"[0, 1], which {suffix} stores as 0..255" if convention else f"0..1 of {wanted}"
        if not convention and wanted.kind != "b":
            fits = f"{low}..{high} of {wanted}"
        raise OutsideRange(
            f"{outside} of {values.size} values lie outside {fits}; the range is "
            f"[{float(values.min()):.6g}, {float(values.max()):.6g}]. "
            f"Give clip=True, limits=(low, high), or {_float_format(entry)}"
        )
    return _exact(np.clip(scaled, low, high) if outside else scaled, wanted, high)


def _black(values: NumpyArray, rounded: NumpyArray) -> bool:
    """Tell whether values from 0 to 1, of a picture or a probability, would be rounded away."""
    within = values.size > 0 and values.min() >= 0 and values.max() <= 1
    return bool(within and np.any(np.abs(values - rounded) > 0.1))


def _float_format(entry: Format) -> str:
    if entry.picture:
        return "a float format (.tif, .npy)"
    return "dtype='float32' to store them as they are"


def _exact(values: NumpyArray, wanted: np.dtype[Any], high: int) -> NumpyArray:
    """Cast to an integer type; the top of int64 has no float64, and would wrap around."""
    out = values.astype(wanted) if values.dtype.kind != "f" or high < 2**53 else None
    if out is None:
        out = np.where(values >= float(high), 0.0, values).astype(wanted)
        out[values >= float(high)] = high
    return out


def _stretched(
    values: NumpyArray, limits: tuple[float, float], wanted: np.dtype[Any]
) -> NumpyArray:
    if wanted.kind not in "iu":
        raise ValueError(f"limits stretches to an integer type; got {wanted}. Give dtype='uint16'")
    low, high = numbers("limits", limits, 2, of="ends")
    if not low < high:
        raise ValueError(f"limits must be (low, high) with low < high; got {limits!r}")
    return (values.astype(np.float64) - low) * (np.iinfo(wanted).max / (high - low))
