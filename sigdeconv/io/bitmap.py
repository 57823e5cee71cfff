"""PNG and JPEG."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable

__all__ = ["read_bitmap", "write_bitmap"]


def read_bitmap(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the samples, and resolution, EXIF and colour profile."""
    from PIL import Image

    with Image.open(path) as image:
        if image.format == "PNG":
            _refuse_deep_colour(path)
        info = image.info
        dpi = info.get("dpi")
        meta = Meta(
            resolution=(float(dpi[0]), float(dpi[1])) if dpi else None,
            unit="inch" if dpi else None,
            exif=info.get("exif"),
            icc_profile=info.get("icc_profile"),
        )
        if image.mode == "P":
            return np.array(image.convert("RGBA" if "transparency" in info else "RGB")), meta
        array = np.array(image)
    return array.astype(np.uint16) if image.mode in ("I", "I;16", "I;16B") else array, meta


def _refuse_deep_colour(path: pathlib.Path) -> None:
    """Pillow reads 16-bit colour PNG with the lower 8 bits cut off; better not at all."""
    with open(path, "rb") as file:
        header = file.read(26)
    depth, colour = header[24], header[25]
    if depth == 16 and colour != 0:
        raise Unreadable(f"{path} is a colour PNG of 16 bits, which is not read; write it as .tif")


def write_bitmap(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a grey image, or one with its channels last."""
    from PIL import Image

    suffix = path.suffix.lower()
    channels = (1, 3) if suffix != ".png" else (1, 2, 3, 4)
    flat = values.ndim == 2
    if not flat and not (values.ndim == 3 and values.shape[-1] in channels):
        raise ValueError(
            f"{suffix} holds a grey image (rows, columns) or one with {channels} channels last; "
            f"got shape {values.shape}. Use .tif or .npy"
        )
    if values.ndim == 3 and values.shape[-1] == 1:
        values, flat = values[..., 0], True
    if not flat and values.dtype != np.uint8:
        raise ValueError(f"a colour {suffix} holds uint8 only; got {values.dtype}. Use .tif")
    options: dict[str, Any] = {}
    if meta.resolution is not None and meta.unit == "inch":
        options["dpi"] = meta.resolution
    if meta.exif:
        options["exif"] = meta.exif
    if meta.icc_profile and not flat:
        options["icc_profile"] = meta.icc_profile
    if suffix != ".png":
        options |= {"quality": 95, "subsampling": 0}
    Image.fromarray(np.ascontiguousarray(values)).save(path, **options)


register(".png", read_bitmap, write_bitmap, holds=("uint8", "uint16", "bool"), picture=True)
for _suffix in (".jpg", ".jpeg"):
    register(_suffix, read_bitmap, write_bitmap, holds=("uint8",), picture=True)
