"""MATLAB's files: a matrix by its name. Up to version 7 by SciPy; version 7.3 is HDF5, by h5py.

MATLAB counts the first axis fastest; version 7.3 arrives with its axes reversed and is turned back,
so that an image is (rows, columns) from both.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable
from sigdeconv.io._optional import needed
from sigdeconv.io.npy import AXES_KEY, axes_of, said_of

__all__ = ["read_mat", "write_mat"]

MADE_VARIABLE = "sigdeconv"


def read_mat(path: pathlib.Path, inside: str | None = None) -> tuple[NumpyArray, Meta]:
    """Return the one numeric matrix of the file, or that of a name; a vector has one axis."""
    with open(path, "rb") as file:
        new = b"MATLAB 7.3" in file.read(128)
    named, made, said = _new(path) if new else _old(path)
    numeric = {k: v for k, v in named.items() if v.dtype.kind in "biufc" and v.size > 1}
    if inside is None and len(numeric) != 1:
        names = ", ".join(numeric)
        raise Unreadable(
            f"{path} holds {len(numeric)} matrices ({names}); expected one. "
            f"{path.name}:{next(iter(numeric), 'NAME')} names one of them"
        )
    name = next(iter(numeric)) if inside is None else inside
    if name not in numeric:
        raise Unreadable(f"{path} holds no {name!r}; expected one of {', '.join(numeric)}")
    array = numeric[name]
    vector = array.ndim == 2 and 1 in array.shape
    array = array.ravel() if vector else array
    return array, Meta(key=name, provenance=made, **axes_of(said, name, array.ndim))


def _old(path: pathlib.Path) -> tuple[dict[str, NumpyArray], Any, Any]:
    from scipy.io import loadmat

    found = loadmat(path)
    texts = [found.pop(key, None) for key in (MADE_VARIABLE, AXES_KEY)]
    named = {k: np.asarray(v) for k, v in found.items() if not k.startswith("__")}
    made, said = (None if text is None else json.loads(str(np.ravel(text)[0])) for text in texts)
    return named, made, said


def _new(path: pathlib.Path) -> tuple[dict[str, NumpyArray], Any, Any]:
    with needed("h5py", "hdf5", f"{path.name}: MATLAB 7.3"):
        import h5py
    with h5py.File(path, "r") as file:
        named = {k: np.asarray(v).T for k, v in file.items() if isinstance(v, h5py.Dataset)}
    return named, None, None


def write_mat(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write one matrix under the name that it had, or ``x``."""
    from scipy.io import savemat

    key = meta.key if meta.key is not None and meta.key.isidentifier() else "x"
    named: dict[str, Any] = {key: values}
    if meta.provenance is not None:
        named[MADE_VARIABLE] = json.dumps(dict(meta.provenance))
    said = said_of(meta, key, values.ndim)
    if said is not None:
        named[AXES_KEY] = said
    with open(path, "wb") as file:
        savemat(file, named, do_compression=True)


register(".mat", read_mat, write_mat, inside=True, keeps=True)
