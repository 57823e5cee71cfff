"""HDF5, and Imaris: an array by its path inside the file, by h5py.

``scan.h5:/group/data`` names one; a file with one array needs no name. Axes and distances are
attributes ``axes``, ``spacing`` and ``units``, or ``element_size_um`` as ilastik and BigDataViewer
have it; channels and optics are one JSON text beside them. The extra ``hdf5`` brings h5py.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Channel, Meta, Unreadable
from sigdeconv.io._optional import needed
from sigdeconv.io._said import SAID_KEY, packed, unpacked
from sigdeconv.io._units import plain_unit

__all__ = ["read_hdf5", "read_imaris", "write_hdf5"]

MADE_ATTRIBUTE = "sigdeconv"


def read_hdf5(
    path: pathlib.Path, inside: str | None = None, region: tuple[slice, ...] | None = None
) -> tuple[NumpyArray, Meta]:
    """Return the one numeric array of the file, or that of a path inside."""
    with needed("h5py", "hdf5", f"{path.name}: HDF5"):
        import h5py
    with h5py.File(path, "r") as file:
        names = _arrays(h5py, file)
        name = _chosen(path, names, inside)
        data = file[name]
        array = np.asarray(data[()] if region is None else data[region])
        said = dict(data.attrs)
    grid = dict(zip(("axes", "spacing", "units"), _said(said, array.ndim), strict=True))
    return array, Meta(
        **(grid | unpacked(said.get(SAID_KEY), array.ndim)),
        key=f"/{name}",
        contents=tuple(f"/{n}" for n in names) if inside is None and len(names) > 1 else None,
        provenance=_text(said.get(MADE_ATTRIBUTE)),
    )


def _arrays(h5py: Any, file: Any) -> list[str]:
    """Return the paths of all numeric arrays, the largest first."""
    found: list[tuple[int, str]] = []

    def look(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "biufc" and item.shape:
            found.append((-int(item.size), name))

    file.visititems(look)
    return [name for _, name in sorted(found)]


def _chosen(path: pathlib.Path, names: list[str], inside: str | None) -> str:
    if not names:
        raise Unreadable(f"{path} holds no array of numbers")
    if inside is None:
        if len(names) > 1:
            shown = ", ".join(f"/{n}" for n in names[:8])
            raise Unreadable(
                f"{path} holds {len(names)} arrays ({shown}); expected one. "
                f"{path.name}:/{names[0]} names the largest"
            )
        return names[0]
    name = inside.strip("/")
    if name not in names:
        shown = ", ".join(f"/{n}" for n in names[:8])
        raise Unreadable(f"{path} holds no array {inside!r}; expected one of {shown}")
    return name


def _text(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return None


def _said(
    said: dict[str, Any], ndim: int
) -> tuple[str | None, tuple[float | None, ...] | None, tuple[str | None, ...] | None]:
    """Return axes, spacing and units of the attributes of an array."""
    axes = said.get("axes")
    axes = axes.decode() if isinstance(axes, bytes) else axes
    if isinstance(axes, str) and len(axes) == ndim and axes.isalpha():
        spacing = said.get("spacing")
        if spacing is None or len(spacing) != ndim:
            return axes.upper(), None, None
        units = [
            u.decode() if isinstance(u, bytes) else str(u) for u in said.get("units", [""] * ndim)
        ]
        known = tuple(None if np.isnan(float(s)) else float(s) for s in spacing)
        return axes.upper(), known, tuple(plain_unit(u) for u in units)
    size = said.get("element_size_um")
    if size is not None and len(size) == ndim <= 3:
        return "ZYX"[-ndim:], tuple(map(float, size)), ("um",) * ndim
    return None, None, None


def write_hdf5(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write one array, at the path that it had or at ``/data``."""
    with needed("h5py", "hdf5", f"{path.name}: HDF5"):
        import h5py
    name = (meta.key or "").strip("/") or "data"
    # In memory first: HDF5 does not survive a disk that is full.
    with h5py.File(path, "w", driver="core", backing_store=False) as file:
        data = file.create_dataset(name, data=values, compression="gzip", compression_opts=1)
        if meta.axes is not None and len(meta.axes) == values.ndim:
            data.attrs["axes"] = meta.axes
            if meta.spacing is not None and meta.units is not None:
                data.attrs["spacing"] = [np.nan if s is None else s for s in meta.spacing]
                data.attrs["units"] = [u or "" for u in meta.units]
        more = packed(meta, values.ndim, grid=False)
        if more:
            data.attrs[SAID_KEY] = json.dumps(more)
        if meta.provenance is not None:
            data.attrs[MADE_ATTRIBUTE] = json.dumps(dict(meta.provenance))
        file.flush()
        image = file.id.get_file_image()
    path.write_bytes(image)


def read_imaris(path: pathlib.Path, inside: str | None = None) -> tuple[NumpyArray, Meta]:
    """Return all times and channels of an Imaris file at full resolution, or one by its path."""
    with needed("h5py", "hdf5", f"{path.name}: Imaris"):
        import h5py
    if inside is not None:
        return read_hdf5(path, inside)
    with h5py.File(path, "r") as file:
        times = file["DataSet/ResolutionLevel 0"]
        info = file["DataSetInfo/Image"].attrs
        size = [int(_letters(info[k])) for k in ("Z", "Y", "X")]
        cut = tuple(slice(n) for n in size)
        array = np.stack(
            [
                np.stack(
                    [
                        times[f"TimePoint {t}/Channel {c}/Data"][cut]
                        for c in range(len(times[f"TimePoint {t}"]))
                    ]
                )
                for t in range(len(times))
            ]
        )
        low = [float(_letters(info[f"ExtMin{k}"])) for k in range(3)]
        high = [float(_letters(info[f"ExtMax{k}"])) for k in range(3)]
        names = [
            _letters(file[f"DataSetInfo/Channel {c}"].attrs.get("Name", ""))
            for c in range(array.shape[1])
            if f"DataSetInfo/Channel {c}" in file
        ]
        unit = plain_unit(_letters(info.get("Unit", "um")))
    steps = [(b - a) / n for a, b, n in zip(low, high, reversed(size), strict=True)]
    axes, spacing = "TCZYX", (None, None, *(float(f"{s:.7g}") for s in reversed(steps)))
    keep = [k for k in range(5) if k > 1 or array.shape[k] > 1]
    return array.reshape([array.shape[k] for k in keep]), Meta(
        axes="".join(axes[k] for k in keep),
        spacing=tuple(spacing[k] for k in keep),
        units=tuple(unit if spacing[k] is not None else None for k in keep),
        channels=tuple(Channel(n or None) for n in names) if any(names) else None,
    )


def _letters(value: Any) -> str:
    """Return a text that Imaris stores letter by letter."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray):
        return b"".join(bytes(v) for v in value.ravel()).decode(errors="replace")
    return str(value)


for _suffix in (".h5", ".hdf5"):
    register(_suffix, read_hdf5, write_hdf5, inside=True, keeps=True, regions=True)
register(".ims", read_imaris, None, inside=True, keeps=True)
