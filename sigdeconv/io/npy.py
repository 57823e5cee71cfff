"""NumPy's own files, one array each."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable

__all__ = ["read_npy", "read_npz", "write_npy", "write_npz"]


def read_npy(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the array of a .npy file."""
    return np.load(path, allow_pickle=False), Meta()


def write_npy(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a .npy file."""
    np.save(path, values, allow_pickle=False)


def read_npz(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the one array of a .npz file, and its name."""
    with np.load(path, allow_pickle=False) as file:
        keys = list(file.files)
        if len(keys) != 1:
            raise Unreadable(
                f"{path} holds {len(keys)} arrays ({', '.join(keys)}); expected one. "
                f"Save the one you want as .npy"
            )
        return file[keys[0]], Meta(key=keys[0])


def write_npz(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a .npz file with one array."""
    named: dict[str, Any] = {meta.key or "x": values}
    np.savez_compressed(path, **named)


register(".npy", read_npy, write_npy)
register(".npz", read_npz, write_npz)
