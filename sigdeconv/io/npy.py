"""NumPy's own files: one array, or several by their names."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable
from sigdeconv.io._said import packed, unpacked

__all__ = [
    "AXES_KEY",
    "axes_of",
    "create_npy",
    "open_npy",
    "read_npy",
    "read_npz",
    "said_of",
    "write_npy",
    "write_npz",
]

MADE_KEY = "sigdeconv"  # name of the text that says what made the file
AXES_KEY = "axes_of"  # name of the text with axes, distances, channels and optics


def read_npy(
    path: pathlib.Path, inside: str | None = None, region: tuple[slice, ...] | None = None
) -> tuple[NumpyArray, Meta]:
    """Return the array of a .npy file, or a region of it."""
    if inside is not None:
        raise Unreadable(f"{path} holds one array; expected no {':' + inside!r} behind its name")
    if region is not None:
        return np.array(np.load(path, allow_pickle=False, mmap_mode="r")[region]), Meta()
    return np.load(path, allow_pickle=False), Meta()


def open_npy(path: pathlib.Path, inside: str | None = None) -> tuple[Any, Meta]:
    """Return the array of a .npy file as a memory map."""
    if inside is not None:
        raise Unreadable(f"{path} holds one array; expected no {':' + inside!r} behind its name")
    return np.load(path, allow_pickle=False, mmap_mode="r"), Meta()


def create_npy(
    path: pathlib.Path, shape: tuple[int, ...], dtype: Any, chunks: tuple[int, ...], meta: Meta
) -> Any:
    """Make a .npy file and return it as a memory map."""
    return np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)


def write_npy(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a .npy file."""
    np.save(path, values, allow_pickle=False)


def read_npz(path: pathlib.Path, inside: str | None = None) -> tuple[NumpyArray, Meta]:
    """Return the one array of a .npz file, or that of a name."""
    with np.load(path, allow_pickle=False) as file:
        keys = [key for key in file.files if key not in (MADE_KEY, AXES_KEY)]
        if inside is None and len(keys) != 1:
            raise Unreadable(
                f"{path} holds {len(keys)} arrays ({', '.join(keys)}); expected one. "
                f"{path.name}:{keys[0] if keys else 'NAME'} names one of them"
            )
        key = keys[0] if inside is None else inside
        if key not in keys:
            raise Unreadable(f"{path} holds no {key!r}; expected one of {', '.join(keys)}")
        array = file[key]
        grid = axes_of(_text(file, AXES_KEY), key, array.ndim)
        return array, Meta(key=key, provenance=_text(file, MADE_KEY), **grid)


def axes_of(said: dict[str, Any] | None, key: str, ndim: int) -> dict[str, Any]:
    """Return axes, distances, channels and optics, where a text is of this array."""
    return {} if said is None or said.get("of") != key else unpacked(said, ndim)


def said_of(meta: Meta, key: str, ndim: int) -> str | None:
    """Return a text with axes, distances, channels and optics of the array of a name, if known."""
    said = packed(meta, ndim)
    return json.dumps({"of": key} | said) if said else None


def _text(file: Any, key: str) -> dict[str, Any] | None:
    return json.loads(str(file[key])) if key in file.files else None


def write_npz(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a .npz file with one array, its axes and what made it."""
    name = meta.key if meta.key and "/" not in meta.key else "x"
    named: dict[str, Any] = {name: values}
    if meta.provenance is not None:
        named[MADE_KEY] = np.array(json.dumps(dict(meta.provenance)))
    said = said_of(meta, name, values.ndim)
    if said is not None:
        named[AXES_KEY] = np.array(said)
    np.savez_compressed(path, **named)


register(".npy", read_npy, write_npy, inside=True, bare=True, regions=True, parts=open_npy,
         create=create_npy)  # fmt: skip
register(".npz", read_npz, write_npz, inside=True, keeps=True)
