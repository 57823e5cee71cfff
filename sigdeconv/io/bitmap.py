"""PNG and JPEG: upright, with their colours as they are; BMP, WebP and Netpbm are read only.

The EXIF orientation is applied on reading, so that a direction (of a kernel, of a mask) is that of
the picture as it is seen; what is written has the orientation 1.
"""

from __future__ import annotations

import json
import pathlib
import struct
import zlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta
from sigdeconv.io._orientation import turned, upright
from sigdeconv.io._png16 import deep_colour, read_deep, write_deep
from sigdeconv.io._said import SAID_KEY, packed, unpacked
from sigdeconv.io._units import convert

__all__ = ["read_bitmap", "refuse_bitmap", "write_bitmap"]

ORIENTATION = 0x0112  # the EXIF tag
TEXT_KEY = "sigdeconv"  # key of the text in a PNG
MOST_DPI = 1e8  # of a PNG, which counts samples a metre in 32 bits
PICTURE_AXES = {2: "YX", 3: "YXS"}


def read_bitmap(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the samples, upright, and resolution, EXIF and colour profile."""
    from PIL import Image

    with Image.open(path) as image:
        deep = image.format == "PNG" and deep_colour(path)
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
        array = read_deep(path) if deep else np.array(image)
    array = array.astype(np.uint16) if mode in ("I", "I;16", "I;16B") else array
    axes = PICTURE_AXES[array.ndim]
    good = dpi is not None and min(dpi) > 0
    steps = {} if not good or dpi is None else {"X": 1 / dpi[0], "Y": 1 / dpi[1]}
    grid: dict[str, Any] = {
        "axes": axes,
        "spacing": tuple(steps.get(a) for a in axes),
        "units": tuple("inch" if a in steps else None for a in axes),
    }
    made = _texts(info)
    return upright(array, code, axes), Meta(
        **(grid | unpacked(info.get(SAID_KEY) or made.pop(SAID_KEY, None), array.ndim)),
        exif=exif.tobytes() if code != 1 else info.get("exif"),
        icc_profile=info.get("icc_profile"),
        orientation=code if code != 1 else None,
        kind="cmyk" if mode == "CMYK" else None,
        provenance=made if "command" in made else None,
    )


def _texts(info: dict[Any, Any]) -> dict[str, Any]:
    """Return what made the file: a text of a PNG, the comment of a JPEG."""
    text = info.get(TEXT_KEY) or info.get("comment") or ""
    try:
        made = json.loads(text)
    except ValueError:
        return {}
    return made if isinstance(made, dict) and {"command", SAID_KEY} & set(made) else {}


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
    deep = (np.uint8, np.uint16) if suffix == ".png" else (np.uint8,)
    if values.ndim == 3 and values.shape[-1] > 1 and values.dtype not in deep:
        names = " and ".join(np.dtype(t).name for t in deep)
        raise ValueError(f"a colour {suffix} holds {names} only; got {values.dtype}. Use .tif")


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
    dpi = _dpi(meta, path.suffix.lower() == ".png")
    if dpi is not None:
        options["dpi"] = dpi
    if meta.exif:
        options["exif"] = meta.exif
    if meta.icc_profile and not flat:
        options["icc_profile"] = meta.icc_profile
    said = {} if _said_by_itself(meta, values.ndim) else packed(meta, values.ndim)
    made = dict(meta.provenance or {})
    if path.suffix.lower() != ".png":
        made |= {SAID_KEY: said} if said else {}
        options |= {"quality": 95, "subsampling": 0}
        options |= {"comment": json.dumps(made).encode()} if made else {}
    else:
        options["pnginfo"] = PngInfo()
        for key, text in ((TEXT_KEY, made), (SAID_KEY, said)):
            if text:
                options["pnginfo"].add_text(key, json.dumps(text))
    if values.ndim == 3 and values.dtype == np.uint16:
        write_deep(path, values, _chunks(options))
        return
    image = Image.fromarray(np.ascontiguousarray(values))
    if _is_cmyk(path, values, meta):
        image = Image.frombytes("CMYK", values.shape[1::-1], np.ascontiguousarray(values).tobytes())
    image.save(path, **options)


def _dpi(meta: Meta, any_length: bool) -> tuple[float, float] | None:
    """Return the samples an inch along x and y; a JPEG has no more than 65535 of them."""
    steps = [meta.step("X"), meta.step("Y")]
    sizes = [None if step is None else convert(*step, "inch") for step in steps]
    inches = all(step is not None and step[1] == "inch" for step in steps)
    if sizes[0] is None or sizes[1] is None or not (inches or any_length):
        return None
    dpi = 1 / sizes[0], 1 / sizes[1]
    held = min(dpi) >= 1 and max(dpi) < MOST_DPI
    return dpi if held or not any_length else None


def _said_by_itself(meta: Meta, ndim: int) -> bool:
    """Tell whether the resolution in samples an inch is all that is known."""
    known = {unit for unit, s in zip(meta.units or (), meta.spacing or (), strict=False) if s}
    axes = meta.axes in (None, PICTURE_AXES[ndim])
    return axes and known <= {"inch"} and not packed(meta, ndim, grid=False)


def _chunks(options: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """Return resolution, profile, EXIF and texts as chunks of a PNG."""
    chunks = []
    if "icc_profile" in options:
        packed_profile = zlib.compress(options["icc_profile"])
        chunks.append((b"iCCP", b"ICC Profile\0\0" + packed_profile))
    if "dpi" in options:
        x, y = (round(dpi / 0.0254) for dpi in options["dpi"])  # samples a metre
        chunks.append((b"pHYs", struct.pack(">IIB", x, y, 1)))
    if "exif" in options:
        chunks.append((b"eXIf", options["exif"].removeprefix(b"Exif\0\0")))
    return chunks + [(name, body) for name, body, *_ in options["pnginfo"].chunks]


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
