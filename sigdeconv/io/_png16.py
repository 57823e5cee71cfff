"""Colour PNG of 16 bits a sample: Pillow reads 8 of them and writes none.

Written here by the Portable Network Graphics specification (ISO/IEC 15948), every row by the filter
"up" (type 2), the difference from the row above. Read by imagecodecs (extra ``tiff``).
"""

from __future__ import annotations

import pathlib
import struct
import zlib
from collections.abc import Sequence

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._optional import needed

__all__ = ["deep_colour", "read_deep", "write_deep"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {2: 4, 3: 2, 4: 6}  # grey with opacity, colours, colours with opacity
UP = 2


def deep_colour(path: pathlib.Path) -> bool:
    """Tell whether a PNG has 16 bits a sample and more than grey."""
    with open(path, "rb") as file:
        header = file.read(26)
    return header.startswith(SIGNATURE) and header[24] == 16 and header[25] != 0


def read_deep(path: pathlib.Path) -> NumpyArray:
    """Return the samples of such a picture.

    Raises
    ------
    ImportError
        If imagecodecs is not installed.
    """
    with needed("imagecodecs", "tiff", f"{path.name}: a colour PNG of 16 bits"):
        import imagecodecs
    return np.asarray(imagecodecs.png_decode(path.read_bytes()), np.uint16)


def write_deep(
    path: pathlib.Path, values: NumpyArray, chunks: Sequence[tuple[bytes, bytes]]
) -> None:
    """Write samples (rows, columns, channels), with more chunks before them."""
    height, width, channels = values.shape
    rows = values.astype(">u2").reshape(height, -1).view(np.uint8)
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])  # modulo 256, as it has to be
    head = struct.pack(">IIBBBBB", width, height, 16, COLOUR_TYPES[channels], 0, 0, 0)
    data = zlib.compress(filtered.tobytes(), 6)
    with open(path, "wb") as file:
        file.write(SIGNATURE)
        for name, body in ((b"IHDR", head), *chunks, (b"IDAT", data), (b"IEND", b"")):
            check = zlib.crc32(name + body)
            file.write(struct.pack(">I", len(body)) + name + body + struct.pack(">I", check))
