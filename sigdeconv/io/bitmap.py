"""PNG and JPEG: upright, with their colours as they are; BMP, WebP and Netpbm are read only.

The EXIF orientation is applied on reading, so that a direction (of a kernel, of a mask) is that of
the picture as it is seen; what is written has the orientation 1.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable
from sigdeconv.io._orientation import turned, upright

__all__ = ["read_bitmap", "refuse_bitmap", "write_bitmap"]

ORIENTATION = 0x0112  # the EXIF tag
TEXT_KEY = "sigdeconv"  # key of the text in a PNG
PICTURE_AXES = {2: "YX", 3: "YXS"}


def read_bitmap(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the samples, upright, and resolution, EXIF and colour profile."""
    from PIL import Image

    with Image.open(path) as image:
        if image.format == "PNG":
            _refuse_deep_colour(path)
        info = image.info
        exif = image.getexif()
        code = int(exif.get(ORIENTATION, 1))
        dpi = tuple(map(float, info["dpi"])) if info.get("dpi") else None
        if dpi is not None and turned(code):
            dpi = dpi[::-1]
        if code != 1:
            exif[ORIENTATION] = 1
        mode = image.mode
        if mode == "P":
            image = image.convert("RGBA" if "transparency" in info else "RGB")
        array = np.array(image)
    array = array.astype(np.uint16) if mode in ("I", "I;16", "I;16B") else array
    axes = PICTURE_AXES[array.ndim]
    good = dpi is not None and min(dpi) > 0
    steps = {} if not good or dpi is None else {"X": 1 / dpi[0], "Y": 1 / dpi[1]}
    return upright(array, code, axes), Meta(
        axes=axes,
        spacing=tuple(steps.get(a) for a in axes),
        units=tuple("inch" if a in steps else None for a in axes),
        exif=exif.tobytes() if code != 1 else info.get("exif"),
        icc_profile=info.get("icc_profile"),
        orientation=code if code != 1 else None,
        kind="cmyk" if mode == "CMYK" else None,
        provenance=_made(info),
    )


def _made(info: dict[Any, Any]) -> dict[str, Any] | None:
    """Return what made the file: a text of a PNG, the comment of a JPEG."""
    text = info.get(TEXT_KEY) or info.get("comment") or ""
    try:
        made = json.loads(text)
    except ValueError:
        return None
    return made if isinstance(made, dict) and "command" in made else None


def _refuse_deep_colour(path: pathlib.Path) -> None:
    """Pillow reads 16-bit colour PNG with the lower 8 bits cut off; better not at all."""
    with open(path, "rb") as file:
        header = file.read(26)
    depth, colour = header[24], header[25]
    if depth == 16 and colour != 0:
        raise Unreadable(f"{path} is a colour PNG of 16 bits, which is not read; write it as .tif")


def refuse_bitmap(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Say what a picture does not hold."""
    suffix = path.suffix.lower()
    channels = (1, 3) if suffix != ".png" else (1, 2, 3, 4)
    if _is_cmyk(path, values, meta):
        return
    if values.ndim != 2 and not (values.ndim == 3 and values.shape[-1] in channels):
        raise ValueError(
            f"{suffix} holds a grey image (rows, columns) or one with {channels} channels last; "
            f"got shape {values.shape}. Use .tif or .npy"
        )
    if meta.kind == "cmyk" and values.ndim == 3 and values.shape[-1] == 4:
        raise ValueError(f"{suffix} does not hold the four inks (CMYK) of {meta.suffix}; use .jpg")
    if values.ndim == 3 and values.shape[-1] > 1 and values.dtype != np.uint8:
        raise ValueError(f"a colour {suffix} holds uint8 only; got {values.dtype}. Use .tif")


def _is_cmyk(path: pathlib.Path, values: NumpyArray, meta: Meta) -> bool:
    inks = meta.kind == "cmyk" and values.ndim == 3 and values.shape[-1] == 4
    return inks and path.suffix.lower() != ".png" and values.dtype == np.uint8


def write_bitmap(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a grey image, or one with its channels last."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    refuse_bitmap(path, values, meta)
    flat = values.ndim == 2
    if values.ndim == 3 and values.shape[-1] == 1:
        values, flat = values[..., 0], True
    options: dict[str, Any] = {}
    x, y = meta.step("X"), meta.step("Y")
    if x is not None and y is not None and x[1] == y[1] == "inch":
        options["dpi"] = (1 / x[0], 1 / y[0])
    if meta.exif:
        options["exif"] = meta.exif
    if meta.icc_profile and not flat:
        options["icc_profile"] = meta.icc_profile
    made = None if meta.provenance is None else json.dumps(dict(meta.provenance))
    if path.suffix.lower() != ".png":
        options |= {"quality": 95, "subsampling": 0} | ({"comment": made.encode()} if made else {})
    elif made is not None:
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text(TEXT_KEY, made)
    image = Image.fromarray(np.ascontiguousarray(values))
    if _is_cmyk(path, values, meta):
        image = Image.frombytes("CMYK", values.shape[1::-1], np.ascontiguousarray(values).tobytes())
    image.save(path, **options)


register(
    ".png",
    read_bitmap,
    write_bitmap,
    holds=("uint8", "uint16", "bool"),
    picture=True,
    refuse=refuse_bitmap,
    keeps=True,
)
for _suffix in (".jpg", ".jpeg"):
    register(
        _suffix,
        read_bitmap,
        write_bitmap,
        holds=("uint8",),
        picture=True,
        refuse=refuse_bitmap,
        keeps=True,
    )
for _suffix in (".bmp", ".webp", ".pgm", ".ppm"):
    register(_suffix, read_bitmap, None, holds=("uint8",), picture=True)
