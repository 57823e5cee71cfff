"""TIFF: plain, ImageJ's and OME's.

Axes, sample distances with their units, channels and optics are read into `Meta`; a file of several
images gives the first, or the one that ``file.tif:1`` names. What tifffile cannot decompress by
itself, Pillow may: LZW, JPEG, Zstandard. Values are as the picture is seen: upright, more of them
brighter, and in the colours of its palette.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._imagej import fits_imagej, imagej_details, imagej_says, rounded
from sigdeconv.io._meta import Meta, Unreadable
from sigdeconv.io._ome import image_names, ome_details, ome_says, with_optics
from sigdeconv.io._optional import needed
from sigdeconv.io._orientation import upright
from sigdeconv.io._said import packed, unpacked
from sigdeconv.io._seen import as_seen, raw_is_seen

__all__ = ["open_tiff", "read_tiff", "refuse_tiff", "write_tiff"]

PROVENANCE_TAG, SAID_TAG = 65321, 65322  # of the range that TIFF leaves to private use
OME_TYPES = (
    "int8", "int16", "int32", "uint8", "uint16", "uint32", "float32", "float64",
)  # fmt: skip


def read_tiff(
    path: pathlib.Path, inside: str | None = None, region: tuple[slice, ...] | None = None
) -> tuple[NumpyArray, Meta]:
    """Return one image of the file, and what is said of it."""
    import tifffile

    with tifffile.TiffFile(path) as file:
        xml = (file.ome_metadata or "") if file.is_ome else ""
        index, contents = _which(path, file, xml, inside)
        series = file.series[index]
        page = series.keyframe
        said = _meta(file, index, xml, inside, contents)
        code = page.tags.get("Orientation")
        turn = 1 if code is None or said.kind in ("imagej", "ome") else int(code.value)
        part = region if turn == 1 else None
        array = _values(path, file, series) if part is None else _region(path, series, part)
        array, axes = as_seen(array, page, series.axes, file.is_imagej)
        array = upright(array, turn, axes)
        if region is not None and part is None:
            array = array[region]
        if axes != series.axes:
            said = dataclasses.replace(said, axes=axes, spacing=None, units=None)
    return array, said


def open_tiff(path: pathlib.Path, inside: str | None = None) -> tuple[Any, Meta]:
    """Return one image of the file, of which parts are read: from its place, or by zarr."""
    import tifffile

    file = tifffile.TiffFile(path)  # open as long as the array is used
    xml = (file.ome_metadata or "") if file.is_ome else ""
    index, contents = _which(path, file, xml, inside)
    series = file.series[index]
    said = _meta(file, index, xml, inside, contents)
    if not raw_is_seen(series.keyframe, file.is_imagej):
        file.close()
        raise Unreadable(
            f"{path} has a palette, is turned, or is white where its values are zero; such a TIFF "
            f"is read as a whole only"
        )
    if series.dataoffset is not None:
        with file:
            return _in_place(path, series), said
    with needed("zarr", "big", f"{path.name}: a TIFF in parts"):
        import zarr
    array = zarr.open_array(series.aszarr(level=0), mode="r")
    weakref.finalize(array, file.close)
    return array, said


def _meta(
    file: Any, index: int, xml: str, inside: str | None, contents: tuple[str, ...] | None
) -> Meta:
    """Return what the file says of one of its images."""
    series = file.series[index]
    axes = series.axes
    steps, more = _says(file, series, xml, index)
    tag, own = (series.keyframe.tags.get(number) for number in (PROVENANCE_TAG, SAID_TAG))
    grid = {
        "axes": axes,
        "spacing": tuple(steps[a][0] if a in steps else None for a in axes),
        "units": tuple(steps[a][1] if a in steps else None for a in axes),
    }
    more = grid | more | unpacked(None if own is None else own.value, len(axes))
    return Meta(
        contents=contents,
        key=inside,
        provenance=None if tag is None else _made(tag.value),
        **more,
    )


def _in_place(path: pathlib.Path, series: Any) -> NumpyArray:
    """Return values that lie in one piece, as a memory map."""
    order = series.parent.byteorder if hasattr(series, "parent") else "<"
    dtype = np.dtype(series.dtype).newbyteorder(order)
    return np.memmap(path, dtype, "r", offset=series.dataoffset, shape=series.shape)


def _which(
    path: pathlib.Path, file: Any, xml: str, inside: str | None
) -> tuple[int, tuple[str, ...] | None]:
    """Return which image is asked for, by its number or its name, and the names of all."""
    count = len(file.series)
    if count == 0:
        raise Unreadable(f"{path} holds no image")
    if inside is None:
        return 0, tuple(map(str, range(count))) if count > 1 else None
    names = [*map(str, range(count)), *(name for name in image_names(xml)[:count] if name)]
    if inside not in names:
        raise Unreadable(f"{path} holds no image {inside!r}; expected one of {', '.join(names)}")
    at = names.index(inside)
    return (at if at < count else image_names(xml).index(inside)), None


def _values(path: pathlib.Path, file: Any, series: Any) -> NumpyArray:
    """Return the values; where tifffile lacks a codec, by Pillow."""
    try:
        return np.asarray(series.asarray())
    except (ValueError, ImportError, KeyError) as error:
        if "imagecodecs" not in str(error):
            raise
    array = _by_pillow(path, file, series)
    if array is None:
        raise Unreadable(
            f"{path} is compressed by {series.keyframe.compression.name}, which needs imagecodecs: "
            f"pip install 'sigdeconv[tiff]'"
        )
    return array


def _region(path: pathlib.Path, series: Any, region: tuple[slice, ...]) -> NumpyArray:
    """Return a region: from the place in the file, or of the pages that it meets."""
    full = region + (slice(None),) * (len(series.shape) - len(region))
    if series.dataoffset is not None:
        return np.array(_in_place(path, series)[full]).astype(series.dtype)
    page = series.keyframe.shape
    split = len(series.shape) - len(page)
    numbers = np.arange(len(series.pages)).reshape(series.shape[:split])[full[:split]]
    pages = [np.asarray(series.pages[int(k)].asarray())[full[split:]] for k in numbers.ravel()]
    return np.stack(pages).reshape(numbers.shape + pages[0].shape)


def _by_pillow(path: pathlib.Path, file: Any, series: Any) -> NumpyArray | None:
    """Return the values as Pillow reads them, or None where it reads other ones."""
    from PIL import Image

    numbers = [page.index for page in series.pages if page is not None]
    frames = []
    try:
        with Image.open(path) as image:
            for number in numbers:
                image.seek(number)
                frames.append(np.array(image))
    except (OSError, EOFError, ValueError):
        return None
    array = np.stack(frames)
    if int(series.keyframe.photometric) == 0 and array.dtype in (np.uint8, np.bool_):
        array = ~array  # Pillow has turned it round
    right = array.size == int(np.prod(series.shape)) and array.dtype == series.dtype
    contiguous = "S" not in series.axes or series.axes.endswith("S")
    return array.reshape(series.shape) if right and contiguous else None


def _says(
    file: Any, series: Any, xml: str, index: int
) -> tuple[dict[str, tuple[float, str | None]], dict[str, Any]]:
    """Return the distance of the samples by axis, and the fields of `Meta`."""
    page, axes = series.keyframe, series.axes
    pair, unit = _resolution(page)
    if file.is_imagej:
        return imagej_says(file.imagej_metadata or {}, pair, axes)
    if xml:
        found = ome_says(xml, index)
        return found.pop("steps"), found | {"kind": "ome"}
    steps: dict[str, tuple[float, str | None]] = {}
    if pair is not None and not (unit is None and pair == (1.0, 1.0)):
        steps = {"X": (rounded(1 / pair[0]), unit), "Y": (rounded(1 / pair[1]), unit)}
    text = page.description or ""
    text = "" if text.startswith(('{"shape"', "shape=(", '{"axes"')) else text  # tifffile's own
    inks = page.photometric is not None and int(page.photometric) == 5 and axes == "YXS"
    return steps, {"description": text or None, "kind": "cmyk" if inks else None}


def _resolution(page: Any) -> tuple[tuple[float, float] | None, str | None]:
    """Return the samples a unit along x and y, and the unit, of the tags of a page."""
    tags = {name: page.tags.get(name) for name in ("XResolution", "YResolution", "ResolutionUnit")}
    if tags["XResolution"] is None or tags["YResolution"] is None:
        return None, None
    x, y = ((tags[k].value[0], tags[k].value[1]) for k in ("XResolution", "YResolution"))
    if not (x[1] and y[1] and x[0] and y[0]):
        return None, None
    code = int(tags["ResolutionUnit"].value) if tags["ResolutionUnit"] is not None else 2
    return (x[0] / x[1], y[0] / y[1]), {2: "inch", 3: "cm"}.get(code)


def _made(text: Any) -> Mapping[str, Any] | None:
    try:
        made = json.loads(text)
    except (TypeError, ValueError):
        return None
    return made if isinstance(made, dict) else None


def refuse_tiff(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Say what no TIFF file holds."""
    if values.dtype.kind == "c":
        raise ValueError("a complex array does not go into .tif here; use .npy")
    if values.ndim < 2:
        raise ValueError(f".tif holds images; got shape {values.shape}. Use .csv or .npy")


def write_tiff(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a file of the kind that `meta` names, or the plainest that holds what is known."""
    import tifffile

    refuse_tiff(path, values, meta)
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    axes = meta.axes if meta.axes and len(meta.axes) == values.ndim else None
    guess = values.ndim == 3 and values.shape[-1] in (3, 4) and values.dtype.kind == "u"
    colour = guess if axes is None else axes.endswith("YXS") and values.shape[-1] in (3, 4)
    kind = _kind(values, axes, meta)
    if axes is None and kind is not None:
        axes = "YXS" if colour else "TZYX"[-values.ndim :]
    details: dict[str, Any] = {}
    if axes is not None and not set(axes) - set("TZCYXS"):
        details["axes"] = axes
    options: dict[str, Any] = {"photometric": "rgb" if colour else "minisblack"}
    if kind is None and axes == "SYX" and values.shape[0] in (3, 4):
        options = {"photometric": "rgb", "planarconfig": "separate"}
        if len(values) == 4:
            options["extrasamples"] = ("unassalpha",)
    if colour and meta.kind == "cmyk" and values.shape[-1] == 4:
        options = {"photometric": "separated", "planarconfig": "contig"}
    elif axes is not None and axes.endswith("YXS"):
        options["planarconfig"] = "contig"
        if values.shape[-1] in (2, 4):
            options["extrasamples"] = ("unassalpha",)
    options |= _tags(meta, kind, details)
    if kind != "imagej" and not _says_all(kind, axes, meta):
        text = json.dumps(packed(meta, values.ndim))
        options.setdefault("extratags", []).append((SAID_TAG, "s", 0, text, True))
    tifffile.imwrite(path, values, metadata=details, **options)
    if kind == "ome" and (meta.na is not None or meta.immersion is not None):
        xml = tifffile.tiffcomment(path)
        tifffile.tiffcomment(path, with_optics(str(xml), meta).encode())


def _tags(meta: Meta, kind: str | None, details: dict[str, Any]) -> dict[str, Any]:
    """Return the options of tifffile for what `meta` says; some go into `details`."""
    options: dict[str, Any] = {}
    if kind == "imagej":
        more, pair = imagej_details(meta)
        details |= more
        options["imagej"] = True
        if pair is not None:
            options |= {"resolution": pair, "resolutionunit": 1}
    elif kind == "ome":
        options["ome"] = True
        details |= ome_details(meta)
    else:
        x, y = meta.step("X"), meta.step("Y")
        if x is not None and y is not None:
            code = {"inch": 2, "cm": 3}.get(x[1] or "", 1)
            options |= {"resolution": (1 / x[0], 1 / y[0]), "resolutionunit": code}
        if meta.description is not None:
            options["description"] = meta.description
    if meta.provenance is not None:
        text = json.dumps(dict(meta.provenance))
        options["extratags"] = [(PROVENANCE_TAG, "s", 0, text, True)]
        options["software"] = f"sigdeconv {meta.provenance.get('version', '')}".strip()
    return options


def _kind(values: NumpyArray, axes: str | None, meta: Meta) -> str | None:
    """Return the flavour that keeps what `meta` says: a plain TIFF has no spacing and no µm."""
    lost = not _says_all(None, axes, meta)
    named = meta.kind if meta.kind in ("imagej", "ome") else None  # others have flavours as well
    if named == "imagej" or (named is None and lost):
        if fits_imagej(values, axes, meta):
            return "imagej"
        if not lost:
            return None  # ImageJ has no other types, and nothing else would be kept
        return "ome" if _fits_ome(values, axes) else None
    return named if named != "ome" or _fits_ome(values, axes) else None


def _says_all(kind: str | None, axes: str | None, meta: Meta) -> bool:
    """Tell whether a plain TIFF, or an OME-TIFF, has a field for all that is known."""
    if kind == "ome":
        columns = zip(*map(dataclasses.astuple, meta.channels or ()), strict=True)
        whole = all(None not in column or not any(column) for column in columns)
        return whole and axes is not None and set(meta.axes or "") <= set("TZCYXS")
    plain = all(
        step is None or (axis in "XY" and unit in (None, "inch", "cm"))
        for axis, step, unit in zip(
            meta.axes or "", meta.spacing or (), meta.units or (), strict=False
        )
    )
    units = {unit for unit, step in zip(meta.units or (), meta.spacing or (), strict=False) if step}
    more = meta.channels or meta.na or meta.immersion or meta.bits
    return plain and len(units) <= 1 and not more


def _fits_ome(values: NumpyArray, axes: str | None) -> bool:
    """Tell whether OME-TIFF holds these values and axes."""
    if values.dtype.name not in OME_TYPES:
        return False
    return axes is None or (axes.endswith(("YX", "YXS")) and not set(axes) - set("TZCYXS"))


for _suffix in (".tif", ".tiff"):
    register(
        _suffix,
        read_tiff,
        write_tiff,
        inside=True,
        refuse=refuse_tiff,
        keeps=True,
        regions=True,
        parts=open_tiff,
    )
