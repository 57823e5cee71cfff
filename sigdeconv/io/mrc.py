"""MRC and CCP4, the volumes of electron microscopy, by mrcfile.

The voxel size of the header is in angstrom. The extra ``mrc`` brings mrcfile.
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta
from sigdeconv.io._optional import needed
from sigdeconv.io._units import convert

__all__ = ["read_mrc", "refuse_mrc", "write_mrc"]

MODES = ("float32", "int16", "uint16", "int8", "complex64")  # of the format


def read_mrc(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the volume, image or stack, and the size of its voxels."""
    with needed("mrcfile", "mrc", f"{path.name}: MRC"):
        import mrcfile
    with mrcfile.open(path, permissive=False) as file:
        array = np.array(file.data)
        size = [float(file.voxel_size[k]) for k in ("z", "y", "x")]
        stack = bool(file.is_image_stack())
    axes = "TZYX"[-array.ndim :] if not stack else "TYX"
    steps: list[float | None] = [float(f"{s:.7g}") if s > 0 else None for s in size]
    of = {"T": None, "Z": steps[0], "Y": steps[1], "X": steps[2]}
    array = array.astype(array.dtype.newbyteorder("="))
    return array, Meta(axes=axes, spacing=tuple(of[a] for a in axes), units="angstrom")


def refuse_mrc(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Say what an MRC file does not hold: channels, and times of anything but images."""
    axes = meta.axes if meta.axes is not None and len(meta.axes) == values.ndim else ""
    if set(axes) & set("CS") or ("T" in axes and axes != "TYX"):
        raise ValueError(
            f"{path.suffix} holds volumes (z, y, x) and images (t, y, x); got axes {axes}. Use .tif"
        )


def write_mrc(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a volume, or a stack of images where the first axis is time."""
    with needed("mrcfile", "mrc", f"{path.name}: MRC"):
        import mrcfile
    refuse_mrc(path, values, meta)
    with mrcfile.new(path, overwrite=True) as file:
        file.set_data(np.ascontiguousarray(values))
        steps = [_angstrom(meta, letter) for letter in "XYZ"]
        if any(steps):
            file.voxel_size = tuple(step or 0.0 for step in steps)
        if meta.axes == "TYX":
            file.set_image_stack()


def _angstrom(meta: Meta, letter: str) -> float | None:
    step: Any = meta.step(letter)
    return None if step is None else convert(step[0], step[1], "angstrom")


for _suffix in (".mrc", ".map", ".ccp4", ".rec"):
    register(_suffix, read_mrc, write_mrc, holds=MODES, refuse=refuse_mrc)
