"""The files of microscopes, ND2, CZI, LIF and others, by bioio: read only.

Times, channels and slices of which there is one are left out; pixel sizes are in micrometres. The
extra ``bio`` brings bioio with its readers of ND2, CZI and LIF; where another of its plugins is
installed, its files are read as well. The objective is believed where all that the file says of it
agrees.
"""

from __future__ import annotations

import dataclasses
import datetime
import pathlib
from typing import Any
from xml.etree import ElementTree

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Channel, Meta, Unreadable
from sigdeconv.io._ome import ome_says
from sigdeconv.io._optional import needed

__all__ = ["read_bio"]

BIO_SUFFIXES = (".nd2", ".czi", ".lif", ".dv", ".sldy")
# What CZI and LIF call them, as elements or attributes.
APERTURE = ("LensNA", "NumericalAperture")
INDEX = ("RefractiveIndex", "RefractionIndex")


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
    said = _optics(image, image.current_scene_index)
    return array.reshape([array.shape[k] for k in keep]), Meta(
        axes=axes,
        spacing=tuple(steps.get(a) for a in axes),
        units="um",
        channels=_channels(image, said) if "C" in axes else None,
        na=said.get("na"),
        immersion=said.get("immersion"),
        key=inside,
        contents=scenes if inside is None and len(scenes) > 1 else None,
    )


def _optics(image: Any, scene: int) -> dict[str, Any]:
    """Return what the file says of its objective and, where its reader speaks OME, its channels."""
    tree = image.metadata
    if not ElementTree.iselement(tree):  # ND2 among others
        try:
            return ome_says(image.ome_metadata.to_xml(), scene)
        except (AttributeError, NotImplementedError, ValueError):
            return {}
    return {"na": _agreed(tree, APERTURE), "immersion": _agreed(tree, INDEX)}


def _agreed(tree: ElementTree.Element, names: tuple[str, ...]) -> float | None:
    """Return the one number above 0 that elements or attributes of these names have."""
    found = set()
    for e in tree.iter():
        said = [e.text] if e.tag in names else []
        for text in (*said, *(e.get(name) for name in names)):
            try:
                found.add(_positive(float(text or "")))
            except ValueError:
                continue
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def _channels(image: Any, said: dict[str, Any]) -> tuple[Channel, ...] | None:
    """Return the channels: what OME says of them, or their names."""
    names = [str(name) for name in image.channel_names or ()]
    waves = said.get("channels") or ()
    if len(waves) == len(names):
        both = zip(waves, names, strict=True)
        return tuple(dataclasses.replace(w, name=w.name or n) for w, n in both) or None
    return tuple(map(Channel, names)) or None


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
