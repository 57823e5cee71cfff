"""ImageJ's own words in a TIFF file: sample distances, frame interval, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._meta import Meta
from sigdeconv.io._units import convert, plain_unit

__all__ = ["fits_imagej", "imagej_details", "imagej_says", "rounded"]

HYPERSTACK = "TZCYXS"  # of the axes in a hyperstack
TYPES = ("uint8", "uint16", "float32")
# How the values are shown; the sample distances are in fields of their own.
DISPLAY = (
    "mode", "LUTs", "Ranges", "Labels", "Info", "ROI", "Overlays", "Properties", "loop", "fps",
    "min", "max", "Plot",
)  # fmt: skip
OF_TIFFFILE = "1.11a"  # ImageJ's version, as tifffile writes it: a resolution of 1 is none there


def imagej_says(
    info: Mapping[str, Any], pair: tuple[float, float] | None, axes: str
) -> tuple[dict[str, tuple[float, str | None]], dict[str, Any]]:
    """Return the sample distance of each axis and the fields of `Meta`.

    The `pair` is the resolution along x and y, in samples a unit.
    """
    unit = plain_unit(info.get("unit"))
    steps: dict[str, tuple[float, str | None]] = {}
    believed = pair != (1.0, 1.0) or (unit is not None and info.get("ImageJ") != OF_TIFFFILE)
    if pair is not None and believed:
        steps = {
            "X": (rounded(1 / pair[0]), unit),
            "Y": (rounded(1 / pair[1]), plain_unit(info.get("yunit")) or unit),
        }
    spacing = _number(info.get("spacing"))
    if spacing:
        steps["Z"] = (abs(spacing), plain_unit(info.get("zunit")) or unit)
    interval = _number(info.get("finterval"))
    if interval:
        steps["T"] = (interval, plain_unit(info.get("tunit")) or "s")
    shown = DISPLAY if "T" in axes else (*DISPLAY, "finterval", "tunit")
    display = {key: info[key] for key in shown if key in info}
    return steps, {"kind": "imagej", "display": display or None}


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def rounded(step: float) -> float:
    """Return a step without the rounding of TIFF's fractions: 0.11, not 0.11000000002."""
    short = float(f"{step:.7g}")
    return short if abs(short - step) <= 1e-8 * step else step


def fits_imagej(values: NumpyArray, axes: str | None, meta: Meta) -> bool:
    """Tell whether ImageJ's hyperstack holds these values and axes and what is said of them."""
    more = meta.channels or meta.na or meta.immersion or meta.bits
    if values.dtype.name not in TYPES or more:
        return False
    if axes is None:
        return True
    places = [HYPERSTACK.find(letter) for letter in axes]
    plane = "Y" in axes and "X" in axes
    if not plane or -1 in places or places != sorted(set(places)):
        return False
    if "S" in axes and (values.dtype != np.uint8 or values.shape[-1] not in (3, 4)):
        return False
    return _in_one_unit(meta) is not None


def _in_one_unit(meta: Meta) -> dict[str, float] | None:
    """Return the steps of space in the unit of the pixels, as ImageJ has it, or None."""
    steps = {letter: step for letter in "XYZ" if (step := meta.step(letter)) is not None}
    if not steps:
        return {}
    if not {"X", "Y"} <= set(steps) or steps["X"][0] == steps["Y"][0] == 1.0:
        return None  # a resolution of 1 is none; see OF_TIFFFILE
    found = {letter: convert(*step, steps["X"][1]) for letter, step in steps.items()}
    return None if None in found.values() else {k: v for k, v in found.items() if v is not None}


def imagej_details(meta: Meta) -> tuple[dict[str, Any], tuple[float, float] | None]:
    """Return what tifffile writes for ImageJ, and the resolution along x and y."""
    details: dict[str, Any] = dict(meta.display or {})
    steps = _in_one_unit(meta) or {}
    pair = (1 / steps["X"], 1 / steps["Y"]) if steps else None
    if meta.unit is not None and steps:
        details["unit"] = meta.unit
    if "Z" in steps:
        details["spacing"] = steps["Z"]
    interval = meta.step("T")
    if interval is not None:
        seconds = convert(*interval, "s")
        details["finterval"] = interval[0] if seconds is None else seconds
    return details, pair
