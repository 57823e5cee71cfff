"""Read and write a file by its suffix: the format that is registered for it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
from typing import Any

import numpy as np

from sigdeconv import _checks
from sigdeconv._array import ArrayLike, NumpyArray, to_numpy
from sigdeconv._checks import file_path
from sigdeconv.io._format import Format, registry
from sigdeconv.io._meta import APART, Meta
from sigdeconv.io._place import FilePath, decoding, existing, split, whole_or_not
from sigdeconv.io._said import packed, unpacked
from sigdeconv.io._stored import as_stored

__all__ = ["beside", "check", "load", "read", "save", "suffixes", "write"]

GRID = "grid"  # key of axes, distances, channels and optics in the file beside


def suffixes(*, pictures: bool | None = None, writable: bool | None = None) -> tuple[str, ...]:
    """Return the suffixes that `read` and `write` know.

    Parameters
    ----------
    pictures : bool, optional
        Only those of pictures to look at, or only the others.
    writable : bool, optional
        Only those that are written as well, or only those that are read alone.

    Examples
    --------
    >>> from sigdeconv import io
    >>> ".png" in io.suffixes(), ".npy" in io.suffixes(pictures=True)
    (True, False)
    """
    return tuple(
        s
        for s in registry
        if pictures in (None, registry.get(s).picture)
        and writable in (None, registry.get(s).write is not None)
    )


def read(path: FilePath, *, region: tuple[slice, ...] | None = None) -> tuple[NumpyArray, Meta]:
    """Return the values of a file, unscaled, and what the file says beside them.

    Parameters
    ----------
    path : str or path
        The file; its suffix says the format. Of a file with several arrays ``file:name`` names
        one: ``scan.h5:/group/data``, ``image.fits:SCI``, ``images.ome.tif:1``, ``spectra.csv:2``
        for a column, by its name or its number from 1.
    region : tuple of slice, optional
        The part of the array to return, one slice an axis. Of .npy, .fits, .h5 and .zarr no more
        than that is read; of .tif no other pages, and of an uncompressed one nothing else.

    Returns
    -------
    array
        The values in the dtype of the file. A colour image is upright with its channels last; a WAV
        file with several channels is (samples, channels). A table of two columns whose first one
        rises or falls strictly is a 1-D signal, with the first column in ``meta.x``; a third one
        of uncertainties is ``meta.uncertainty``. Any other table is 2-D, a single column 1-D.
    Meta
        What `write` needs to give a file of the same kind.

    Raises
    ------
    TypeError
        If `path` is no path.
    FileNotFoundError
        If there is no such file.
    ValueError
        If the suffix is not known, or the file does not hold what its suffix says.
    ImportError
        If the format needs a package that is not installed; the message says which.

    Notes
    -----
    Images with a palette are returned as the colours it stands for. The EXIF orientation is
    applied, and what is written has the orientation 1. WAV samples of 24 bits arrive in the upper
    24 bits of int32, as SciPy reads them.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from sigdeconv import io
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> io.save(folder / "counts.tif", np.full((4, 5), 40000, dtype=np.uint16))
    >>> x, meta = io.read(folder / "counts.tif")
    >>> x.dtype, int(x.max()), meta.dtype
    (dtype('uint16'), 40000, 'uint16')
    """
    inside = None
    if isinstance(path, (str, os.PathLike)):
        path, inside = split(path, suffixes())
    path = file_path("path", path, suffixes())
    entry = registry.get(path.suffix.lower())
    existing(path, folder=entry.folder)
    if inside is not None and not entry.inside:
        raise ValueError(f"{path} holds one array; expected no {':' + inside!r} behind its name")
    with decoding(path):
        array, meta = _part(entry, path, inside, region)
    if not entry.keeps:
        meta = _with_beside(meta, path, array.ndim)
    return array, dataclasses.replace(meta, suffix=path.suffix.lower(), dtype=array.dtype.name)


def _part(
    entry: Format, path: pathlib.Path, inside: str | None, region: tuple[slice, ...] | None
) -> tuple[NumpyArray, Meta]:
    """Return what a reader gives, and of that a region."""
    if region is None:
        return entry.read(path, inside) if entry.inside else entry.read(path)
    if not isinstance(region, tuple) or not all(isinstance(part, slice) for part in region):
        raise TypeError(f"region must be a tuple of slices, one an axis; got {region!r:.80}")
    if entry.regions:
        return entry.read(path, inside, region)
    array, meta = entry.read(path, inside) if entry.inside else entry.read(path)
    own = [None if v is None else v[region[0]] for v in (meta.x, meta.uncertainty)]
    return array[region], dataclasses.replace(meta, x=own[0], uncertainty=own[1])


def load(path: FilePath) -> NumpyArray:
    """Return the values of a file, unscaled: `read` without the metadata.

    Parameters
    ----------
    path : str or path
        The file; its suffix says the format.

    Returns
    -------
    ndarray
        The values, of the type that the file has.

    Raises
    ------
    ValueError, FileNotFoundError
        As `read`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.csv")
    >>> io.save(path, [1.5, 2.5])
    >>> io.load(path)
    array([1.5, 2.5])
    """
    return read(path)[0]


def write(
    path: FilePath,
    array: ArrayLike,
    meta: Meta | None = None,
    *,
    dtype: Any = None,
    clip: bool = False,
    limits: tuple[float, float] | None = None,
) -> None:
    """Write `array` in the format that the suffix of `path` says.

    Parameters
    ----------
    path : str or path
        The file; it is replaced when it exists, and only when all is written. Its folder must
        exist.
    array : array
        The values, of any namespace.
    meta : Meta, optional
        What `read` returned for the data that `array` was made from.
    dtype : dtype, optional
        Type to store. By default that of `meta`, or else that of `array`. Values that go into an
        integer type are rounded to the nearest.
    clip : bool, default: False
        Move values outside the range of an integer type to its ends; otherwise they are an error.
    limits : (low, high), optional
        Stretch the values so that `low` becomes 0 and `high` the largest value of the integer
        type; for pictures to look at.

    Raises
    ------
    TypeError
        If `path` is no path, `meta` no `Meta`, `dtype` no type, or `clip` no truth value.
    ValueError
        If values do not fit the type, the format cannot hold such an array, or the suffix is not
        known.
    FileNotFoundError
        If the folder does not exist.

    Notes
    -----
    PNG and JPEG hold integers only. A floating-point array that has no integer `meta.dtype` and no
    `dtype` is taken by the convention of the data sets: 0 is black, 1 is white, stored as 0..255.
    Values outside [0, 1] are then an error unless `clip` or `limits` is given. JPEG is lossy.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.png")
    >>> io.write(path, np.array([[0.0, 0.5, 1.5]]))
    Traceback (most recent call last):
    ...
    sigdeconv.io._meta.OutsideRange: 1 of 3 values lie outside [0, 1], which .png stores as 0..255;
    the range is [0, 1.5]. Give clip=True, limits=(low, high), or a float format (.tif, .npy)
    >>> io.write(path, np.array([[0.0, 0.5, 1.5]]), clip=True)
    >>> io.load(path)
    array([[  0, 128, 255]], dtype=uint8)
    """
    path = _checks.writable("path", path, suffixes(writable=True))
    entry = registry.get(path.suffix.lower())
    if not isinstance(meta, Meta | None):
        raise TypeError(f"meta must be a Meta, as read returns it; got {meta!r:.80}")
    meta = Meta() if meta is None else meta
    values = as_stored(
        to_numpy(array), meta, path.suffix.lower(), entry, dtype=dtype, clip=clip, limits=limits
    )
    if entry.write is None:
        raise ValueError(f"{path.suffix} is read only; use .tif or .npy")
    with whole_or_not(path) as part:
        entry.write(part, values, meta)
    said = {} if entry.keeps else dict(meta.provenance or {})
    tells = meta.spacing is not None or bool(set(meta.axes or "") & set(APART))
    bare = entry.bare or (values.ndim > 1 and not entry.typed)
    more = {} if entry.keeps else packed(meta, values.ndim, grid=bare and tells)
    if more:
        said[GRID] = more
    if said:
        with whole_or_not(beside(path)) as part:
            part.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    elif not entry.keeps:
        beside(path).unlink(missing_ok=True)  # of a file that was there before


def check(
    path: FilePath,
    shape: tuple[int, ...],
    dtype: Any,
    meta: Meta | None = None,
) -> None:
    """Raise what `write` would raise for the shape and the type of values, before they are made.

    Parameters
    ----------
    path : str or path
        The file that will be written.
    shape : tuple of int
        Shape of the values.
    dtype : dtype
        Type to store.
    meta : Meta, optional
        As for `write`.

    Raises
    ------
    ValueError, TypeError, FileNotFoundError
        As `write`, but for values that do not fit the type.

    Examples
    --------
    >>> from sigdeconv import io
    >>> io.check("x.png", (4, 5, 6), "uint8")
    Traceback (most recent call last):
    ...
    ValueError: .png holds a grey image (rows, columns) or one with (1, 2, 3, 4) channels last; got
    shape (4, 5, 6). Use .tif or .npy
    """
    path = _checks.writable("path", path, suffixes(writable=True))
    entry = registry.get(path.suffix.lower())
    meta = Meta() if meta is None else meta
    wanted = np.dtype(dtype)
    if entry.holds and wanted.name not in entry.holds:
        raise ValueError(
            f"{path.suffix.lower()} holds {', '.join(entry.holds)} only; got {wanted}. "
            f"Give dtype='{entry.holds[0]}', or use .tif or .npy"
        )
    if entry.refuse is not None:
        entry.refuse(path, np.broadcast_to(np.zeros((), wanted), shape), meta)


def save(path: FilePath, array: ArrayLike) -> None:
    """Write `array` in the format that the suffix of `path` says: `write` without metadata.

    Parameters
    ----------
    path : str or path
        The file; its suffix says the format.
    array : array
        The values.

    Raises
    ------
    ValueError, TypeError, FileNotFoundError
        As `write`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.npy")
    >>> io.save(path, [1, 2, 3])
    >>> io.load(path)
    array([1, 2, 3])
    """
    write(path, array)


def beside(path: pathlib.Path) -> pathlib.Path:
    """Return the file that says what made `path`, where its format has no place for that."""
    return path.with_name(f"{path.name}.sigdeconv.json")


def _with_beside(meta: Meta, path: pathlib.Path, ndim: int) -> Meta:
    """Return what a file says with what the one beside it says."""
    try:
        said = dict(json.loads(beside(path).read_text(encoding="utf-8")))
        grid = said.pop(GRID, None)
        found = unpacked(grid, ndim)
        if meta.axes is not None:  # the file knows better
            found = {k: v for k, v in found.items() if k not in ("axes", "spacing", "units")}
        meta = dataclasses.replace(meta, **found)
    except (OSError, ValueError, TypeError, KeyError):
        return meta
    return dataclasses.replace(meta, provenance=meta.provenance or said or None)
