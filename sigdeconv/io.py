"""Read and write signals by the suffix of the file, with values and metadata as they are.

Reading never rescales: 8-bit and 16-bit integers stay integers, and a `Meta` keeps what the format
says beside the values. Writing with that `Meta` gives a file of the same kind: the dtype, the TIFF
axes and resolution, the sample rate, the header. Nothing is clipped; the one scaling is that of
floating-point pictures in [0, 1], which PNG and JPEG store as 0..255 (see `write`).

========== ==================================== ===============================================
suffix     values                               kept beside them
========== ==================================== ===============================================
.png .jpg  uint8, uint16 (grey PNG), bool (PNG)  resolution (dpi), EXIF, colour profile
.tif       any real dtype, stacks                axes, resolution, unit, spacing, description
.npy .npz  any dtype                             name of the array (.npz)
.wav       int16, int32, uint8, float32/64       sample rate
.csv .txt  real numbers                          header, x column, delimiter
========== ==================================== ===============================================
"""

from __future__ import annotations

import csv
import dataclasses
import difflib
import os
import pathlib
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv._array import Array, to_numpy

__all__ = ["Meta", "load", "read", "save", "suffixes", "write"]

_NumPy = np.ndarray[Any, Any]
_Path = str | os.PathLike[str]


@dataclasses.dataclass(frozen=True)
class Meta:
    """What a file says beside its values; a field that the format lacks is None.

    Parameters
    ----------
    suffix : str
        Suffix of the file it came from, with the dot, in lower case.
    dtype : str, optional
        Type of the values in the file; `write` returns to it.
    rate : int, optional
        Samples per second (WAV).
    resolution : tuple of float, optional
        Samples per `unit` along x and y (TIFF), or per inch (PNG, JPEG).
    unit : str, optional
        Unit of `resolution` and `spacing`, such as ``"um"``.
    spacing : float, optional
        Distance of two slices of a stack, in `unit`.
    axes : str, optional
        One letter per axis of a TIFF, such as ``"ZYX"``.
    kind : str, optional
        Flavour of a TIFF: ``"imagej"`` or ``"ome"``.
    description : str, optional
        Text stored with a plain TIFF.
    columns : tuple of str, optional
        Header of a table (CSV).
    delimiter : str, optional
        What separates the columns of a table.
    x : array of shape (n,), optional
        Abscissa of a table of two columns, such as a wavelength.
    key : str, optional
        Name of the array in a .npz file.
    exif, icc_profile : bytes, optional
        EXIF block and colour profile (PNG, JPEG), unread.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "stack.tif")
    >>> io.write(path, np.zeros((5, 8, 8), np.float32), io.Meta(".tif", spacing=0.3, unit="um"))
    >>> stack, meta = io.read(path)
    >>> stack.shape, meta.spacing, meta.unit
    ((5, 8, 8), 0.3, 'um')
    """

    suffix: str = ""
    dtype: str | None = None
    rate: int | None = None
    resolution: tuple[float, float] | None = None
    unit: str | None = None
    spacing: float | None = None
    axes: str | None = None
    kind: str | None = None
    description: str | None = None
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    x: _NumPy | None = dataclasses.field(default=None, compare=False, repr=False)
    key: str | None = None
    exif: bytes | None = dataclasses.field(default=None, repr=False)
    icc_profile: bytes | None = dataclasses.field(default=None, repr=False)


def suffixes() -> tuple[str, ...]:
    """Return the suffixes that `read` and `write` know.

    Examples
    --------
    >>> from sigdeconv import io
    >>> ".png" in io.suffixes()
    True
    """
    return tuple(sorted(_FORMATS))


def read(path: _Path) -> tuple[_NumPy, Meta]:
    """Return the values of a file, unscaled, and what the file says beside them.

    Parameters
    ----------
    path : str or path
        The file; its suffix says the format.

    Returns
    -------
    array
        The values in the dtype of the file. A colour image has its channels last; a WAV file
        with several channels is (samples, channels). A table of two columns whose first one
        rises or falls strictly is a 1-D signal, with the first column in ``meta.x``; any other
        table is 2-D, a single column 1-D.
    Meta
        What `write` needs to give a file of the same kind.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the suffix is not known, or the file does not hold what its suffix says.

    Notes
    -----
    Images with a palette are returned as the colours it stands for. The EXIF orientation is kept,
    not applied. WAV samples of 24 bits arrive in the upper 24 bits of int32, as SciPy reads them.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from sigdeconv import io
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> io.save(folder / "counts.tif", np.full((4, 5), 40000, dtype=np.uint16))
    >>> x, meta = io.read(folder / "counts.tif")
    >>> x.dtype, int(x.max()), meta.dtype
    (dtype('uint16'), 40000, 'uint16')
    """
    path = pathlib.Path(path)
    reader, _ = _format(path)
    if not path.is_file():
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder; expected a file")
        raise FileNotFoundError(f"no such file: {path}{_nearest(path)}")
    try:
        array, meta = reader(path)
    except _Told as error:
        raise ValueError(str(error)) from None
    except Exception as error:  # every decoder has errors of its own: say which file it was
        raise ValueError(f"{path} cannot be read as {path.suffix}: {error}") from error
    return array, dataclasses.replace(meta, suffix=path.suffix.lower(), dtype=array.dtype.name)


def load(path: _Path) -> _NumPy:
    """Return the values of a file, unscaled: `read` without the metadata.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.csv")
    >>> io.save(path, [1.5, 2.5])
    >>> io.load(path)
    array([1.5, 2.5])
    """
    return read(path)[0]


def write(
    path: _Path,
    array: Array,
    meta: Meta | None = None,
    *,
    dtype: Any = None,
    clip: bool = False,
    limits: tuple[float, float] | None = None,
) -> None:
    """Write `array` in the format that the suffix of `path` says.

    Parameters
    ----------
    path : str or path
        The file; it is replaced when it exists. Its folder must exist.
    array : array
        The values, of any namespace.
    meta : Meta, optional
        What `read` returned for the data that `array` was made from.
    dtype : dtype, optional
        Type to store. By default that of `meta`, or else that of `array`. Values that go into an
        integer type are rounded to the nearest.
    clip : bool, default: False
        Move values outside the range of an integer type to its ends; otherwise they are an error.
    limits : (low, high), optional
        Stretch the values so that `low` becomes 0 and `high` the largest value of the integer
        type; for pictures to look at.

    Raises
    ------
    ValueError
        If values do not fit the type, the format cannot hold such an array, or the suffix is not
        known.
    FileNotFoundError
        If the folder does not exist.

    Notes
    -----
    PNG and JPEG hold integers only. A floating-point array that has no integer `meta.dtype` and no
    `dtype` is taken by the convention of the data sets: 0 is black, 1 is white, stored as 0..255.
    Values outside [0, 1] are then an error unless `clip` or `limits` is given. JPEG is lossy.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.png")
    >>> io.write(path, np.array([[0.0, 0.5, 1.5]]))
    Traceback (most recent call last):
    ...
    ValueError: 1 of 3 values lie outside [0, 1], which .png stores as 0..255; the range is
    [0, 1.5]. Give clip=True, limits=(low, high), or a float format (.tif, .npy)
    >>> io.write(path, np.array([[0.0, 0.5, 1.5]]), clip=True)
    >>> io.load(path)
    array([[  0, 128, 255]], dtype=uint8)
    """
    path = pathlib.Path(path)
    _, writer = _format(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no such folder: {path.parent}; make it first")
    meta = Meta() if meta is None else meta
    values = _as_stored(to_numpy(array), meta, path.suffix.lower(), dtype, clip, limits)
    writer(path, values, meta)


def save(path: _Path, array: Array) -> None:
    """Write `array` in the format that the suffix of `path` says: `write` without metadata.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.npy")
    >>> io.save(path, [1, 2, 3])
    >>> io.load(path)
    array([1, 2, 3])
    """
    write(path, array)


class _Told(ValueError):
    """An error whose message already says everything."""


_BITMAP = (".png", ".jpg", ".jpeg")


def _format(path: pathlib.Path) -> tuple[Callable[..., Any], Callable[..., None]]:
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise ValueError(
            f"{path.name!r} has the suffix {suffix!r}, which is not known; "
            f"known are {', '.join(suffixes())}"
        )
    return _FORMATS[suffix]


def _nearest(path: pathlib.Path) -> str:
    if not path.parent.is_dir():
        return f" (there is no folder {path.parent})"
    near = difflib.get_close_matches(path.name, os.listdir(path.parent), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _as_stored(
    values: _NumPy,
    meta: Meta,
    suffix: str,
    dtype: Any,
    clip: bool,
    limits: tuple[float, float] | None,
) -> _NumPy:
    """Return the values in the type that goes into the file: the only place that converts."""
    wanted = np.dtype(dtype or _kept(meta, values, suffix))
    convention = False  # 1.0 is white
    if suffix in _BITMAP and wanted.kind == "f" and dtype is None:
        wanted = np.dtype(np.uint8)
        convention = limits is None and values.dtype.kind == "f"
    if suffix in (".jpg", ".jpeg") and wanted != np.uint8:
        raise ValueError(f"{suffix} holds uint8 only; got {wanted}. Give dtype='uint8' or use .tif")
    if suffix == ".png" and wanted not in (np.bool_, np.uint8, np.uint16):
        raise ValueError(
            f".png holds bool, uint8 and uint16 only; got {wanted}. "
            f"Give dtype='uint8' or 'uint16', or use .tif or .npy"
        )
    if values.dtype.kind == "c" and wanted.kind != "c":
        raise ValueError(f"the values are complex, but {wanted} is real; write their abs or real")
    if limits is not None:
        values = _stretched(values, limits, wanted)
    if wanted == values.dtype or wanted.kind not in "biu":
        return values.astype(wanted, copy=False)
    return _as_integer(values, wanted, suffix, clip, convention)


def _kept(meta: Meta, values: _NumPy, suffix: str) -> Any:
    """Return the type to keep: that of `meta`, where the format has types at all."""
    if meta.dtype is None or suffix in (".csv", ".txt"):
        return values.dtype
    return values.dtype if meta.dtype == "bool" else meta.dtype  # an estimate is no longer a mask


def _as_integer(
    values: _NumPy, wanted: np.dtype[Any], suffix: str, clip: bool, convention: bool
) -> _NumPy:
    """Round to an integer type; with the convention, 1.0 is its largest value."""
    low, high = (0, 1) if wanted.kind == "b" else (np.iinfo(wanted).min, np.iinfo(wanted).max)
    scaled = values
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise ValueError(f"the values hold NaN or infinity, which {wanted} cannot store")
        scaled = np.rint(values.astype(np.float64) * (high if convention else 1))
    bad = (values < 0) | (values > 1) if convention else (scaled < low) | (scaled > high)
    outside = int(np.count_nonzero(bad))
    if outside and not clip:
        held = f"[0, 1], which {suffix} stores as 0..255" if convention else f"0..1 of {wanted}"
        if not convention and wanted.kind != "b":
            held = f"{low}..{high} of {wanted}"
        raise ValueError(
            f"{outside} of {values.size} values lie outside {held}; the range is "
            f"[{float(values.min()):.6g}, {float(values.max()):.6g}]. "
            f"Give clip=True, limits=(low, high), or {_float_format(suffix)}"
        )
    return _exact(np.clip(scaled, low, high) if outside else scaled, wanted, high)


def _float_format(suffix: str) -> str:
    if suffix in _BITMAP:
        return "a float format (.tif, .npy)"
    return "dtype='float32' to store them as they are"


def _exact(values: _NumPy, wanted: np.dtype[Any], high: int) -> _NumPy:
    """Cast to an integer type; the top of int64 has no float64, and would wrap around."""
    out = values.astype(wanted) if values.dtype.kind != "f" or high < 2**53 else None
    if out is None:
        out = np.where(values >= float(high), 0.0, values).astype(wanted)
        out[values >= float(high)] = high
    return out


def _stretched(values: _NumPy, limits: tuple[float, float], wanted: np.dtype[Any]) -> _NumPy:
    if wanted.kind not in "iu":
        raise ValueError(f"limits stretches to an integer type; got {wanted}. Give dtype='uint16'")
    low, high = (float(v) for v in limits)
    if not low < high:
        raise ValueError(f"limits must be (low, high) with low < high; got {limits!r}")
    return (values.astype(np.float64) - low) * (np.iinfo(wanted).max / (high - low))


# --- PNG and JPEG ---------------------------------------------------------------------------------


def _read_bitmap(path: pathlib.Path) -> tuple[_NumPy, Meta]:
    from PIL import Image

    with Image.open(path) as image:
        if image.format == "PNG":
            _refuse_deep_colour(path)
        info = image.info
        dpi = info.get("dpi")
        meta = Meta(
            resolution=(float(dpi[0]), float(dpi[1])) if dpi else None,
            unit="inch" if dpi else None,
            exif=info.get("exif"),
            icc_profile=info.get("icc_profile"),
        )
        if image.mode == "P":
            return np.array(image.convert("RGBA" if "transparency" in info else "RGB")), meta
        array = np.array(image)
    return array.astype(np.uint16) if image.mode in ("I", "I;16", "I;16B") else array, meta


def _refuse_deep_colour(path: pathlib.Path) -> None:
    """Pillow reads 16-bit colour PNG with the lower 8 bits cut off; better not at all."""
    with open(path, "rb") as file:
        header = file.read(26)
    depth, colour = header[24], header[25]
    if depth == 16 and colour != 0:
        raise _Told(f"{path} is a colour PNG of 16 bits, which is not read; convert it to .tif")


def _write_bitmap(path: pathlib.Path, values: _NumPy, meta: Meta) -> None:
    from PIL import Image

    suffix = path.suffix.lower()
    channels = (1, 3) if suffix != ".png" else (1, 2, 3, 4)
    flat = values.ndim == 2
    if not flat and not (values.ndim == 3 and values.shape[-1] in channels):
        raise ValueError(
            f"{suffix} holds a grey image (rows, columns) or one with {channels} channels last; "
            f"got shape {values.shape}. Use .tif or .npy"
        )
    if values.ndim == 3 and values.shape[-1] == 1:
        values, flat = values[..., 0], True
    if not flat and values.dtype != np.uint8:
        raise ValueError(f"a colour {suffix} holds uint8 only; got {values.dtype}. Use .tif")
    options: dict[str, Any] = {}
    if meta.resolution is not None and meta.unit == "inch":
        options["dpi"] = meta.resolution
    if meta.exif:
        options["exif"] = meta.exif
    if meta.icc_profile and not flat:
        options["icc_profile"] = meta.icc_profile
    if suffix != ".png":
        options |= {"quality": 95, "subsampling": 0}
    Image.fromarray(np.ascontiguousarray(values)).save(path, **options)


# --- TIFF -----------------------------------------------------------------------------------------


def _read_tiff(path: pathlib.Path) -> tuple[_NumPy, Meta]:
    import tifffile

    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        array = np.asarray(series.asarray())
        page = file.pages[0]
        meta = Meta(axes=series.axes, **_tiff_resolution(page))
        if file.is_imagej:
            info = file.imagej_metadata or {}
            unit = str(info["unit"]) if "unit" in info else None
            spacing = float(info["spacing"]) if "spacing" in info else None
            return array, dataclasses.replace(
                meta, kind="imagej", unit=_plain_unit(unit) or meta.unit, spacing=spacing
            )
        if file.is_ome:
            return array, dataclasses.replace(meta, kind="ome", **_ome(file.ome_metadata or ""))
        text = page.description or ""
        text = "" if text.startswith(('{"shape"', "shape=(")) else text  # tifffile's own
    return array, dataclasses.replace(meta, description=text or None)


def _tiff_resolution(page: Any) -> dict[str, Any]:
    tags = {name: page.tags.get(name) for name in ("XResolution", "YResolution", "ResolutionUnit")}
    if tags["XResolution"] is None or tags["YResolution"] is None:
        return {}
    x, y = ((tags[k].value[0], tags[k].value[1]) for k in ("XResolution", "YResolution"))
    if not (x[1] and y[1] and x[0] and y[0]):
        return {}
    code = int(tags["ResolutionUnit"].value) if tags["ResolutionUnit"] is not None else 2
    pair = (x[0] / x[1], y[0] / y[1])
    unit = {2: "inch", 3: "cm"}.get(code)
    return {} if unit is None and pair == (1.0, 1.0) else {"resolution": pair, "unit": unit}


def _plain_unit(unit: str | None) -> str | None:
    return {"micron": "um", "\\u00B5m": "um", "µm": "um", "μm": "um"}.get(unit or "", unit)


def _ome(xml: str) -> dict[str, Any]:
    """Return resolution, unit and spacing of the first image of an OME-XML text."""
    found = dict(re.findall(r'PhysicalSize(\w+)="([^"]*)"', xml))
    if "X" not in found or "Y" not in found:
        return {}
    return {
        "resolution": (1 / float(found["X"]), 1 / float(found["Y"])),
        "unit": _plain_unit(found.get("XUnit", "um")),
        "spacing": float(found["Z"]) if "Z" in found else None,
    }


def _write_tiff(path: pathlib.Path, values: _NumPy, meta: Meta) -> None:
    import tifffile

    if values.dtype.kind == "c":
        raise ValueError("a complex array does not go into .tif here; use .npy")
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    colour = values.ndim == 3 and values.shape[-1] in (3, 4) and values.dtype.kind == "u"
    axes = meta.axes if meta.axes and len(meta.axes) == values.ndim else None
    if axes is not None:
        colour = axes.endswith("S") and values.shape[-1] in (3, 4)
    options: dict[str, Any] = {"photometric": "rgb" if colour else "minisblack"}
    details: dict[str, Any] = {} if axes is None or "Q" in axes else {"axes": axes}
    if meta.resolution is not None:
        options["resolution"] = meta.resolution
        options["resolutionunit"] = {"inch": 2, "cm": 3}.get(meta.unit or "", 1)
    if meta.kind == "imagej" and values.dtype in (np.uint8, np.uint16, np.float32):
        options["imagej"] = True
        details |= {k: v for k in ("unit", "spacing") if (v := getattr(meta, k)) is not None}
    elif meta.kind == "ome" and "axes" in details:
        options |= {"ome": True}
        details |= _ome_details(meta)
    elif meta.description is not None:
        options["description"] = meta.description
    tifffile.imwrite(path, values, metadata=details, **options)


def _ome_details(meta: Meta) -> dict[str, Any]:
    if meta.resolution is None:
        return {}
    size = {"X": 1 / meta.resolution[0], "Y": 1 / meta.resolution[1]}
    if meta.spacing is not None:
        size["Z"] = meta.spacing
    unit = {"um": "µm"}.get(meta.unit or "um", meta.unit)
    return {f"PhysicalSize{k}": v for k, v in size.items()} | {
        f"PhysicalSize{k}Unit": unit for k in size
    }


# --- NumPy ----------------------------------------------------------------------------------------


def _read_npy(path: pathlib.Path) -> tuple[_NumPy, Meta]:
    return np.load(path, allow_pickle=False), Meta()


def _write_npy(path: pathlib.Path, values: _NumPy, meta: Meta) -> None:
    np.save(path, values, allow_pickle=False)


def _read_npz(path: pathlib.Path) -> tuple[_NumPy, Meta]:
    with np.load(path, allow_pickle=False) as file:
        keys = list(file.files)
        if len(keys) != 1:
            raise _Told(
                f"{path} holds {len(keys)} arrays ({', '.join(keys)}); expected one. "
                f"Save the one you want as .npy"
            )
        return file[keys[0]], Meta(key=keys[0])


def _write_npz(path: pathlib.Path, values: _NumPy, meta: Meta) -> None:
    np.savez_compressed(path, **{meta.key or "x": values})  # type: ignore[arg-type]


# --- WAV ------------------------------------------------------------------------------------------


def _read_wav(path: pathlib.Path) -> tuple[_NumPy, Meta]:
    from scipy.io import wavfile

    rate, values = wavfile.read(path)
    return np.array(values), Meta(rate=int(rate))


def _write_wav(path: pathlib.Path, values: _NumPy, meta: Meta) -> None:
    from scipy.io import wavfile

    if meta.rate is None:
        raise ValueError(".wav needs a sample rate; give meta=Meta(rate=44100), or use .npy")
    if values.dtype.name not in ("uint8", "int16", "int32", "float32", "float64"):
        raise ValueError(
            f".wav holds uint8, int16, int32, float32 and float64; got {values.dtype}. Give dtype="
        )
    if values.ndim not in (1, 2):
        raise ValueError(f".wav holds (samples,) or (samples, channels); got shape {values.shape}")
    wavfile.write(path, meta.rate, values)


# --- tables ---------------------------------------------------------------------------------------


def _read_table(path: pathlib.Path) -> tuple[_NumPy, Meta]:
    text = path.read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines() if line.strip()]
    comments = [line for line in lines if line.lstrip().startswith("#")]
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    if not lines:
        raise _Told(f"{path} holds no numbers")
    delimiter = next((d for d in ("\t", ";", ",") if any(d in line for line in lines)), None)
    rows = [_cells(line, delimiter) for line in lines]
    columns = None
    if not all(map(_is_number, rows[0])):
        columns, rows = tuple(rows[0]), rows[1:]
    elif comments and len(_cells(comments[-1].lstrip("# "), delimiter)) == len(rows[0]):
        columns = tuple(_cells(comments[-1].lstrip("# "), delimiter))
    widths = {len(row) for row in rows}
    if len(widths) != 1 or not all(_is_number(cell) for row in rows for cell in row):
        raise _Told(f"{path} is not a table of numbers with rows of one length")
    whole = all(re.fullmatch(r"[+-]?\d{1,18}", cell) for row in rows for cell in row)
    table = np.array([[(int if whole else float)(cell) for cell in row] for row in rows])
    meta = Meta(columns=columns, delimiter=delimiter or " ")
    if table.shape[1] == 1:
        return table[:, 0], meta
    if table.shape[1] == 2 and len(table) > 1:
        step = np.diff(table[:, 0])
        if (step > 0).all() or (step < 0).all():
            return table[:, 1].copy(), dataclasses.replace(meta, x=table[:, 0].copy())
    return table, meta


def _cells(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _write_table(path: pathlib.Path, values: _NumPy, meta: Meta) -> None:
    if values.ndim not in (1, 2) or values.dtype.kind not in "biuf":
        raise ValueError(
            f"{path.suffix} holds real numbers in one or two dimensions; got shape {values.shape} "
            f"and dtype {values.dtype}. Use .npy"
        )
    columns: list[_NumPy] = [values] if values.ndim == 1 else list(values.T)
    if meta.x is not None and values.ndim == 1:
        if len(meta.x) != len(values):
            raise ValueError(f"meta.x has {len(meta.x)} values for a signal of {len(values)}")
        columns = [np.asarray(meta.x), values]
    delimiter = meta.delimiter or ("," if path.suffix.lower() == ".csv" else " ")
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        if meta.columns is not None and len(meta.columns) == len(columns):
            out.writerow(meta.columns)
        # str of a NumPy number is the shortest text that reads back to the same value
        out.writerows(zip(*([str(v) for v in column] for column in columns), strict=True))


_FORMATS: dict[str, tuple[Callable[..., Any], Callable[..., None]]] = {
    ".png": (_read_bitmap, _write_bitmap),
    ".jpg": (_read_bitmap, _write_bitmap),
    ".jpeg": (_read_bitmap, _write_bitmap),
    ".tif": (_read_tiff, _write_tiff),
    ".tiff": (_read_tiff, _write_tiff),
    ".npy": (_read_npy, _write_npy),
    ".npz": (_read_npz, _write_npz),
    ".wav": (_read_wav, _write_wav),
    ".csv": (_read_table, _write_table),
    ".txt": (_read_table, _write_table),
}
