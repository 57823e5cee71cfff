"""Files of which parts are read and written: what is larger than the memory."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv._checks import file_path, writable
from sigdeconv.io._format import Format, registry
from sigdeconv.io._meta import Meta
from sigdeconv.io._place import FilePath, decoding, existing, split

__all__ = ["create_parts", "open_parts"]


def open_parts(path: FilePath) -> tuple[Any, Meta]:
    """Return an array in a file, of which parts are read as they are asked for, and its `Meta`.

    Parameters
    ----------
    path : str or path
        The file: .npy, .zarr or .tif; ``file:name`` names one of several arrays, as in `read`. A
        TIFF that is compressed or in tiles needs zarr.

    Returns
    -------
    array
        With `shape`, `dtype`, and values by slices; of Zarr also `chunks`.
    Meta
        What the file says beside the values.

    Raises
    ------
    ValueError
        If the format is read as a whole only, or the file is not what its suffix says.
    FileNotFoundError
        If there is no such file.
    ImportError
        If the format needs a package that is not installed; the message says which.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.npy")
    >>> io.save(path, [[1, 2, 3], [4, 5, 6]])
    >>> values, meta = io.open_parts(path)
    >>> values.shape, values[1, :2].tolist()
    ((2, 3), [4, 5])
    """
    inside = None
    if isinstance(path, (str, os.PathLike)):
        path, inside = split(path, tuple(registry))
    place = file_path("path", path, tuple(registry))
    entry = registry.get(place.suffix.lower())
    existing(place, folder=entry.folder)
    if entry.parts is None:
        raise _whole(place, [s for s in registry if registry.get(s).parts is not None], "read")
    with decoding(place):
        found: tuple[Any, Meta] = entry.parts(place, inside)
    return found


def create_parts(
    path: FilePath,
    shape: Sequence[int],
    dtype: Any,
    meta: Meta | None = None,
    *,
    chunks: Sequence[int] | None = None,
) -> Any:
    """Make a file for an array of some shape, of which parts are then written.

    Parameters
    ----------
    path : str or path
        The file: .npy or .zarr. It is replaced when it exists.
    shape : sequence of int
        Shape of the array.
    dtype : dtype
        Type of the values.
    meta : Meta, optional
        What `open_parts` returned for the data that the values are made from.
    chunks : sequence of int, optional
        Shape of the pieces in which Zarr stores it, by default about 256 samples along an axis.

    Returns
    -------
    array
        Values are written by slices.

    Raises
    ------
    ValueError
        If the format is written as a whole only.
    FileNotFoundError
        If the folder does not exist.
    ImportError
        If the format needs a package that is not installed; the message says which.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.npy")
    >>> values = io.create_parts(path, (2, 3), "float32")
    >>> values[:, 1:] = 5.0
    >>> values.flush()
    >>> io.load(path)[0].tolist()
    [0.0, 5.0, 5.0]
    """
    place = writable("path", path, tuple(registry))
    entry: Format = registry.get(place.suffix.lower())
    if entry.create is None:
        raise _whole(place, [s for s in registry if registry.get(s).create is not None], "written")
    size = tuple(int(n) for n in shape)
    pieces = tuple(min(256, n) for n in size) if chunks is None else tuple(map(int, chunks))
    return entry.create(place, size, np.dtype(dtype), pieces, Meta() if meta is None else meta)


def _whole(path: pathlib.Path, suffixes: list[str], what: str) -> ValueError:
    return ValueError(
        f"{path}: {path.suffix} is {what} as a whole only; of {', '.join(suffixes)} parts are"
    )
