"""The files of microscopes, ND2, CZI, LIF and others, by bioio: read only.

Times, channels and slices of which there is one are left out; pixel sizes are in micrometres. The
extra ``bio`` brings bioio with its readers of ND2, CZI and LIF; where another of its plugins is
installed, its files are read as well.
"""

from __future__ import annotations

import datetime
import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Channel, Meta, Unreadable
from sigdeconv.io._optional import needed

__all__ = ["read_bio"]

BIO_SUFFIXES = (".nd2", ".czi", ".lif", ".dv", ".sldy")


def read_bio(path: pathlib.Path, inside: str | None = None) -> tuple[NumpyArray, Meta]:
    """Return the first scene of the file, or that of a name or number."""
    with needed("bioio", "bio", f"{path.name}: {path.suffix[1:].upper()}"):
        from bioio import BioImage
    try:
        image = BioImage(path)
    except Exception as error:  # of any reader that bioio asks
        if type(error).__name__ != "UnsupportedFileFormatError":
            raise
        raise Unreadable(
            f"{path} is no file that the installed plugins of bioio read; for {path.suffix} look "
            f"for bioio-{path.suffix[1:]}, of the extra bio or by itself"
        ) from None
    scenes = tuple(map(str, image.scenes))
    if inside is not None:
        known = [*scenes, *map(str, range(len(scenes)))]
        if inside not in known:
            raise Unreadable(f"{path} holds no scene {inside!r}; expected {', '.join(known)}")
        image.set_scene(known.index(inside) % len(scenes))
    order = str(image.dims.order)
    array = np.asarray(image.data)
    keep = [k for k, a in enumerate(order) if array.shape[k] > 1 or a in "YX"]
    axes = "".join(order[k] for k in keep)
    size = image.physical_pixel_sizes
    steps = {a: _positive(getattr(size, a)) for a in "ZYX"} | {"T": _seconds(image)}
    names = image.channel_names if "C" in axes else None
    return array.reshape([array.shape[k] for k in keep]), Meta(
        axes=axes,
        spacing=tuple(steps.get(a) for a in axes),
        units="um",
        channels=tuple(Channel(str(name)) for name in names) if names else None,
        key=inside,
        contents=scenes if inside is None and len(scenes) > 1 else None,
    )


def _positive(step: Any) -> float | None:
    return float(step) if step is not None and step > 0 else None


def _seconds(image: Any) -> float | None:
    """Return the frame interval, where the reader of the format knows it."""
    interval = getattr(image, "time_interval", None)
    if isinstance(interval, datetime.timedelta):
        return _positive(interval.total_seconds())
    return None


for _suffix in BIO_SUFFIXES:
    register(_suffix, read_bio, None, inside=True, keeps=True)
