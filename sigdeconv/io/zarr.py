"""OME-Zarr, versions 0.4 and 0.5: a folder with an image in pieces, by zarr.

The full resolution is read; axes, scale and units of the multiscale metadata are the spacing, and
the channels of ``omero`` are kept. Written are one level and its metadata, as version 0.5 (Zarr 3),
or as it was read. The extra ``big`` brings zarr.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Channel, Meta, Unreadable
from sigdeconv.io._optional import needed
from sigdeconv.io._said import SAID_KEY, packed, same_said, unpacked
from sigdeconv.io._units import plain_unit

__all__ = ["create_zarr", "open_zarr", "read_zarr", "write_zarr"]

KINDS = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
# Names of units in the specification.
ZARR_UNITS = {
    "um": "micrometer", "nm": "nanometer", "mm": "millimeter", "cm": "centimeter", "m": "meter",
    "angstrom": "angstrom", "inch": "inch", "pm": "picometer", "s": "second", "ms": "millisecond",
    "us": "microsecond", "ns": "nanosecond", "min": "minute", "h": "hour",
}  # fmt: skip
CHUNK = 2**21  # values of a chunk, at most


def read_zarr(
    path: pathlib.Path, inside: str | None = None, region: tuple[slice, ...] | None = None
) -> tuple[NumpyArray, Meta]:
    """Return the image at full resolution, or an array by its path inside."""
    array, meta = open_zarr(path, inside)
    return np.asarray(array[... if region is None else region]), meta


def open_zarr(path: pathlib.Path, inside: str | None = None) -> tuple[Any, Meta]:
    """Return the array of full resolution, of which parts are read, and what is said of it."""
    with needed("zarr", "big", f"{path.name}: Zarr"):
        import zarr
    root = zarr.open(path, mode="r")
    if isinstance(root, zarr.Array):
        return root, Meta()
    group = root
    attributes = _ome(group)
    name, parent = _level(path, zarr, group, attributes, inside)
    if parent:
        group = root[parent]
        attributes = _ome(group)
    array = root[name]
    made = dict(array.attrs).get("sigdeconv") or dict(root.attrs).get("sigdeconv")
    scales = attributes.get("multiscales")
    if not scales:
        return array, Meta(key=inside, provenance=made)
    return array, Meta(
        **(
            _axes(scales[0], array.ndim)
            | {"channels": _channels(attributes.get("omero"))}
            | unpacked(dict(group.attrs).get(SAID_KEY), array.ndim)
        ),
        key=inside,
        kind=_version(group),
        provenance=made,
    )


def _ome(group: Any) -> Mapping[str, Any]:
    """Return the metadata of OME: under its own key from 0.5 on."""
    attributes = dict(group.attrs)
    return attributes.get("ome", attributes)


def _version(group: Any) -> str:
    return "0.5" if "ome" in dict(group.attrs) else "0.4"


def _level(
    path: pathlib.Path, zarr: Any, group: Any, attributes: Mapping[str, Any], inside: str | None
) -> tuple[str, str]:
    """Return the path of the array, and of the group whose metadata it has."""
    if inside is not None:
        name = inside.strip("/")
        if name not in group:
            raise Unreadable(f"{path} holds no {inside!r}; expected one of {', '.join(group)}")
        if isinstance(group[name], zarr.Array):
            return name, name.rpartition("/")[0]
        scales = _ome(group[name]).get("multiscales")
        if scales:
            return f"{name}/{scales[0]['datasets'][0]['path']}", name
        raise Unreadable(f"{path}:{inside} is no image; expected an array or a multiscale group")
    scales = attributes.get("multiscales")
    if scales:
        return str(scales[0]["datasets"][0]["path"]), ""
    arrays = [key for key, item in group.members() if isinstance(item, zarr.Array)]
    if len(arrays) != 1:
        names = ", ".join(key for key, _ in group.members())
        raise Unreadable(f"{path} holds {len(arrays)} arrays ({names}); {path.name}:NAME names one")
    return arrays[0], ""


def _axes(scale: Mapping[str, Any], ndim: int) -> dict[str, Any]:
    """Return axes, spacing and units of a multiscale image."""
    axes = scale.get("axes", [])
    names = [axis if isinstance(axis, str) else axis["name"] for axis in axes]
    if len(names) != ndim or any(len(name) != 1 for name in names):
        return {}
    units = [None if isinstance(a, str) else plain_unit(a.get("unit")) for a in axes]
    factors = np.ones(ndim)
    known = False
    for where in (scale["datasets"][0], scale):
        for change in where.get("coordinateTransformations", []):
            if change.get("type") == "scale":
                factors = factors * np.asarray(change["scale"], float)
                known = True
    kinds = [KINDS.get(name) for name in names]
    steps = [
        float(f) if known and kind != "channel" and (u is not None or f != 1) else None
        for f, u, kind in zip(factors, units, kinds, strict=True)
    ]
    return {
        "axes": "".join(names).upper(),
        "spacing": tuple(steps),
        "units": tuple(u if s is not None else None for u, s in zip(units, steps, strict=True)),
    }


def _channels(omero: Any) -> tuple[Channel, ...] | None:
    if not omero or not omero.get("channels"):
        return None
    found = []
    for channel in omero["channels"]:
        colour = channel.get("color")
        value = None if colour is None else int(f"{colour}FF", 16)
        signed = None if value is None else value - 2**32 * (value >= 2**31)
        found.append(
            Channel(
                channel.get("label"), channel.get("emission"), channel.get("excitation"), signed
            )
        )
    return tuple(found)


def write_zarr(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write one level of resolution, with its axes, scale and channels."""
    create_zarr(path, values.shape, values.dtype, _chunks(values.shape), meta)[...] = values


def create_zarr(
    path: pathlib.Path, shape: tuple[int, ...], dtype: Any, chunks: tuple[int, ...], meta: Meta
) -> Any:
    """Make an image of one level of resolution, and return its array to write parts of."""
    with needed("zarr", "big", f"{path.name}: Zarr"):
        import zarr
    old = meta.kind == "0.4"
    root = zarr.open_group(path, mode="w", zarr_format=2 if old else 3)
    array = root.create_array(
        "0", shape=shape, dtype=dtype, chunks=chunks,
        **({"chunk_key_encoding": {"name": "v2", "separator": "/"}} if old else {}),
    )  # fmt: skip
    _describe(root, path, len(shape), meta)
    return array


def _describe(root: Any, path: pathlib.Path, ndim: int, meta: Meta) -> None:
    """Write axes, scale and channels of the image."""
    old = meta.kind == "0.4"
    known = meta.axes is not None and len(meta.axes) == ndim
    letters = meta.axes if known and meta.axes else "TCZYX"[-ndim:]
    axes: list[dict[str, Any]] = []
    scale = []
    for letter in letters.lower():
        step = meta.step(letter.upper())
        axis: dict[str, Any] = {"name": letter} | (
            {"type": KINDS[letter]} if letter in KINDS else {}
        )
        if step is not None and step[1] is not None:
            axis["unit"] = ZARR_UNITS.get(step[1], step[1])
        axes.append(axis)
        scale.append(1.0 if step is None else step[0])
    change = [{"type": "scale", "scale": scale}]
    image: dict[str, Any] = {
        "name": path.stem.rpartition("-part-")[2],
        "axes": axes,
        "datasets": [{"path": "0", "coordinateTransformations": change}],
    }
    ome: dict[str, Any] = {"multiscales": [image]} | _omero(meta)
    if old:
        image["version"] = "0.4"
        root.attrs.update(ome)
    else:
        root.attrs.update({"ome": {"version": "0.5"} | ome})
    native = Meta(**_axes(image, ndim), channels=_channels(ome.get("omero")))
    if not same_said(meta, native, ndim):
        root.attrs[SAID_KEY] = json.dumps(packed(meta, ndim))
    if meta.provenance is not None:
        root.attrs["sigdeconv"] = dict(meta.provenance)


def _omero(meta: Meta) -> dict[str, Any]:
    """Return how the channels are named and shown."""
    if not meta.channels:
        return {}
    channels = []
    for channel in meta.channels:
        known = {"label": channel.name, "emission": channel.emission,
                 "excitation": channel.excitation}  # fmt: skip
        shown = {k: v for k, v in known.items() if v is not None}
        if channel.colour is not None:
            shown["color"] = f"{(channel.colour % 2**32) >> 8:06X}"
        channels.append(shown)
    return {"omero": {"channels": channels}}


def _chunks(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return pieces of whole planes, where these are not too large."""
    chunks = [1] * max(len(shape) - 2, 0) + list(shape[-2:])
    while np.prod(chunks) > CHUNK:
        largest = int(np.argmax(chunks))
        chunks[largest] = -(-chunks[largest] // 2)
    return tuple(map(int, chunks))


register(".zarr", read_zarr, write_zarr, inside=True, keeps=True, folder=True, regions=True,
         parts=open_zarr, create=create_zarr)  # fmt: skip
