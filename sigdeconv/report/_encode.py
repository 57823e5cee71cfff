"""From arrays to text that a page can hold: pictures, thumbnails, and values to the last digit.

A picture is an 8-bit PNG. Values travel apart from it: as whole numbers of 16 bits on the range of
their array, differenced along the last two axes, low bytes before high bytes, deflated, in base64.
The browser undoes this without loss, so what a page says of a sample is off by half a step at most.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray

__all__ = ["MISSING", "grey", "pack", "png", "shrink", "uri"]

MISSING = 65535  # stands for a value that is not finite


def png(image: NumpyArray) -> bytes:
    """Return a picture as a PNG file: uint8, of shape (rows, columns) or (rows, columns, 3)."""
    rows, columns = image.shape[:2]
    colour = 2 if image.ndim == 3 else 0
    lines = np.ascontiguousarray(image, dtype=np.uint8).reshape(rows, -1)
    # Filter 2 of the format: each line minus the one above.
    above = np.diff(lines, axis=0, prepend=np.zeros_like(lines[:1]))
    body = np.concatenate([np.full((rows, 1), 2, np.uint8), above], axis=1)
    head = struct.pack(">IIBBBBB", columns, rows, 8, colour, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(body.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in parts
    )


def uri(image: NumpyArray) -> str:
    """Return a picture as the address that an ``img`` shows, with the picture in it."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode("ascii")


def grey(a: NumpyArray, low: float, high: float, levels: int = 256) -> NumpyArray:
    """Return `a` as grey values: black at `low`, white at `high`, mid-grey where not finite."""
    unit = np.nan_to_num((a - low) / ((high - low) or 1.0), nan=0.5, posinf=1.0, neginf=0.0)
    steps = np.rint(np.clip(unit, 0, 1) * (levels - 1))
    grey_values: NumpyArray = np.rint(steps * (255 / (levels - 1))).astype(np.uint8)
    return grey_values


def shrink(a: NumpyArray, size: int) -> NumpyArray:
    """Return the first two axes by block means, until neither is longer than `size`."""
    step = math.ceil(max(a.shape[:2]) / size)
    if step <= 1:
        return a
    for axis in (0, 1):
        starts = np.arange(0, a.shape[axis], step)
        count = np.diff(np.append(starts, a.shape[axis]))
        count = count.reshape([-1 if d == axis else 1 for d in range(a.ndim)])
        a = np.add.reduceat(a, starts, axis=axis) / count
    return a


def pack(a: NumpyArray, levels: int) -> dict[str, Any]:
    """Return real values as text in JSON: at most `levels` steps between lowest and highest.

    ``low + step * code`` is the value of a code; `MISSING` is the code of what is not finite.
    """
    good = np.isfinite(a)
    low = float(np.min(a, where=good, initial=math.inf)) if good.any() else 0.0
    high = float(np.max(a, where=good, initial=-math.inf)) if good.any() else 0.0
    step = (high / levels - low / levels) or 1.0
    codes = np.full(a.shape, MISSING, dtype=np.uint16)
    codes[good] = np.rint(a[good] / step - low / step)
    for axis in range(max(0, a.ndim - 2), a.ndim):
        codes = np.diff(codes, axis=axis, prepend=np.zeros_like(np.take(codes, [0], axis=axis)))
    planes = codes.astype("<u2").reshape(-1, 1).view(np.uint8).T
    data = base64.b64encode(zlib.compress(planes.tobytes(), 6)).decode("ascii")
    return {"low": low, "step": step, "data": data}
