"""What tiles are read from: arrays in memory or on disk, and files by their paths."""

from __future__ import annotations

import mmap
import os
from typing import Any, Protocol

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.io import open_parts

__all__ = ["TileSource", "as_source", "is_dask", "part_of", "read_block", "release"]


class TileSource(Protocol):
    """An array of which parts are read: NumPy's, a memory map, one of Zarr, HDF5 or Dask."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""

    @property
    def dtype(self) -> Any:
        """Its type."""

    def __getitem__(self, key: Any, /) -> Any: ...


def as_source(source: Any, name: str = "source") -> TileSource:
    """Return what tiles are read from.

    Parameters
    ----------
    source : array or path
        An array of NumPy, a memory map, an array of Zarr, HDF5 or Dask; or the path of a file that
        `io.open_parts` reads.
    name : str
        The argument.

    Raises
    ------
    TypeError
        If it is nothing of which parts can be read.
    ValueError
        If it has no axis or no sample, or holds no real numbers.
    """
    if isinstance(source, (str, os.PathLike)):
        source = open_parts(source)[0]
    if isinstance(source, (list, tuple)):
        source = np.asarray(source)
    if not all(hasattr(source, a) for a in ("shape", "dtype", "__getitem__")):
        raise TypeError(
            f"{name} must be an array of which parts can be read (NumPy, a memory map, Zarr, HDF5, "
            f"Dask) or a path; got {source!r:.60} of type {type(source).__name__}"
        )
    shape = tuple(source.shape)
    if not shape or 0 in shape:
        raise ValueError(f"{name} has shape {shape}; expected at least one sample")
    kind = getattr(source.dtype, "kind", "f")
    if kind not in "fiub":
        raise ValueError(f"{name} holds {source.dtype}; expected real numbers")
    found: TileSource = source
    return found


def read_block(source: TileSource, block: tuple[slice, ...]) -> NumpyArray:
    """Return a block; what lies below zero or beyond the end is that of the other end.

    Each sample is read once, unless the block is longer than the source.
    """
    shape = source.shape
    parts = [
        [slice(b.start, b.stop)] if b.start >= 0 and b.stop <= n else _wrapped(b.start, b.stop, n)
        for b, n in zip(block, shape, strict=True)
    ]
    if all(len(p) == 1 for p in parts):
        return part_of(source, tuple(p[0] for p in parts))
    found: Any = np.empty([b.stop - b.start for b in block], source.dtype)
    _fill(source, parts, (), (), found)
    return np.asarray(found)


def _wrapped(start: int, stop: int, n: int) -> list[slice]:
    """Return the runs of a periodic axis, in order."""
    runs = []
    while start < stop:
        at = start % n
        length = min(stop - start, n - at)
        runs.append(slice(at, at + length))
        start += length
    return runs


def _fill(
    source: TileSource, parts: list[list[slice]], at: tuple[slice, ...], to: tuple[slice, ...],
    found: NumpyArray,
) -> None:  # fmt: skip
    """Copy every combination of runs to its place."""
    if len(at) == len(parts):
        found[to] = part_of(source, at)
        return
    place = 0
    for run in parts[len(at)]:
        length = run.stop - run.start
        _fill(source, parts, (*at, run), (*to, slice(place, place + length)), found)
        place += length


def is_dask(source: Any) -> bool:
    """Tell whether an array is one of Dask, which is computed when it is asked for."""
    return type(source).__module__.partition(".")[0] == "dask" and hasattr(source, "compute")


def part_of(source: TileSource, at: tuple[slice, ...]) -> NumpyArray:
    """Return a part in memory."""
    part = source[at]
    if is_dask(part):  # in this thread: the tiles are what runs at the same time
        part = part.compute(scheduler="synchronous")
        return to_numpy(np.asarray(part))
    found = np.array(part) if isinstance(part, np.memmap) else to_numpy(np.asarray(part))
    release(source)
    return found


def release(array: Any) -> None:
    """Let the pages of a memory map go, which count as memory of the process until then."""
    base = getattr(array, "base", None)
    if isinstance(array, np.memmap) and isinstance(base, mmap.mmap) and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)
