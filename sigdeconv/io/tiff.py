"""TIFF: plain, ImageJ's and OME's."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta

__all__ = ["read_tiff", "write_tiff"]


def read_tiff(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the first series, its axes, resolution and spacing."""
    import tifffile

    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        array = np.asarray(series.asarray())
        page = file.pages[0]
        meta = Meta(axes=series.axes, **_tiff_resolution(page))
        if file.is_imagej:
            info = file.imagej_metadata or {}
            unit = str(info["unit"]) if "unit" in info else None
            spacing = float(info["spacing"]) if "spacing" in info else None
            return array, dataclasses.replace(
                meta, kind="imagej", unit=_plain_unit(unit) or meta.unit, spacing=spacing
            )
        if file.is_ome:
            return array, dataclasses.replace(meta, kind="ome", **_ome(file.ome_metadata or ""))
        text = page.description or ""
        text = "" if text.startswith(('{"shape"', "shape=(")) else text  # tifffile's own
    return array, dataclasses.replace(meta, description=text or None)


def _tiff_resolution(page: Any) -> dict[str, Any]:
    tags = {name: page.tags.get(name) for name in ("XResolution", "YResolution", "ResolutionUnit")}
    if tags["XResolution"] is None or tags["YResolution"] is None:
        return {}
    x, y = ((tags[k].value[0], tags[k].value[1]) for k in ("XResolution", "YResolution"))
    if not (x[1] and y[1] and x[0] and y[0]):
        return {}
    code = int(tags["ResolutionUnit"].value) if tags["ResolutionUnit"] is not None else 2
    pair = (x[0] / x[1], y[0] / y[1])
    unit = {2: "inch", 3: "cm"}.get(code)
    return {} if unit is None and pair == (1.0, 1.0) else {"resolution": pair, "unit": unit}


def _plain_unit(unit: str | None) -> str | None:
    return {"micron": "um", "\\u00B5m": "um", "µm": "um", "μm": "um"}.get(unit or "", unit)


def _ome(xml: str) -> dict[str, Any]:
    """Return resolution, unit and spacing of the first image of an OME-XML text."""
    sizes = dict(re.findall(r'PhysicalSize(\w+)="([^"]*)"', xml))
    plane = (1 / float(sizes["X"]), 1 / float(sizes["Y"])) if {"X", "Y"} <= set(sizes) else None
    unit = sizes.get("XUnit", sizes.get("ZUnit", "um"))
    return {
        "resolution": plane,
        "unit": _plain_unit(unit) if set(sizes) & {"X", "Y", "Z"} else None,
        "spacing": float(sizes["Z"]) if "Z" in sizes else None,
    }


def write_tiff(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a file of the kind that `meta` names, or the plainest that holds the values."""
    import tifffile

    if values.dtype.kind == "c":
        raise ValueError("a complex array does not go into .tif here; use .npy")
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    colour = values.ndim == 3 and values.shape[-1] in (3, 4) and values.dtype.kind == "u"
    axes = meta.axes if meta.axes and len(meta.axes) == values.ndim else None
    if axes is not None:
        colour = axes.endswith("S") and values.shape[-1] in (3, 4)
    options: dict[str, Any] = {"photometric": "rgb" if colour else "minisblack"}
    kind = _kind(values, meta)
    if axes is None and kind is not None:
        axes = "YXS" if colour else "TZYX"[-values.ndim :]
    details: dict[str, Any] = {} if axes is None or "Q" in axes else {"axes": axes}
    if meta.resolution is not None:
        options["resolution"] = meta.resolution
        options["resolutionunit"] = {"inch": 2, "cm": 3}.get(meta.unit or "", 1)
    if kind == "imagej":
        options["imagej"] = True
        details |= {k: v for k in ("unit", "spacing") if (v := getattr(meta, k)) is not None}
    elif kind == "ome" and "axes" in details:
        options |= {"ome": True}
        details |= _ome_details(meta)
    elif meta.description is not None:
        options["description"] = meta.description
    tifffile.imwrite(path, values, metadata=details, **options)


def _kind(values: NumpyArray, meta: Meta) -> str | None:
    """Return the flavour that keeps what `meta` says: a plain TIFF has no spacing and no µm."""
    lost = meta.spacing is not None or meta.unit not in (None, "inch", "cm")
    if meta.kind == "imagej" or (meta.kind is None and lost):
        if values.dtype in (np.uint8, np.uint16, np.float32):
            return "imagej"
        return "ome" if lost else None  # ImageJ has no other types
    return meta.kind


def _ome_details(meta: Meta) -> dict[str, Any]:
    x, y = meta.resolution or (None, None)
    size = {"X": 1 / x, "Y": 1 / y} if x and y else {}
    if meta.spacing is not None:
        size["Z"] = meta.spacing
    unit = {"um": "µm"}.get(meta.unit or "um", meta.unit)
    return {f"PhysicalSize{k}": v for k, v in size.items()} | {
        f"PhysicalSize{k}Unit": unit for k in size
    }


for _suffix in (".tif", ".tiff"):
    register(_suffix, read_tiff, write_tiff)
