"""Where results go, and in which type."""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._inputs import BadUse

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = [
    "check_out",
    "draw_both",
    "make_folder",
    "save_estimate",
    "type_to_write",
    "write_comparison",
    "write_or_keep",
]

ENDS = {".jpeg": ".jpg", ".tiff": ".tif", ".txt": ".csv"}  # suffixes of one and the same format
KEEP_AFTER = 10.0  # seconds of work that are not thrown away for a wrong type


def check_out(name: str, suffixes: Sequence[str], flag: str = "--out") -> None:
    """Say that the output cannot be written before the work, not after it."""
    path = pathlib.Path(name)
    if path.suffix.lower() not in suffixes:
        known = " ".join(suffixes)
        raise BadUse(f"{flag} {name}: the suffix must be one of {known}; got {path.suffix!r}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{flag} {name}: there is no folder {path.parent}; make it first")


def make_folder(name: str) -> pathlib.Path:
    path = pathlib.Path(name)
    path.mkdir(parents=True, exist_ok=True)
    return path


def save_estimate(
    out: pathlib.Path, name: str, image: NumpyArray, meta: Meta | None, window: tuple[slice, ...]
) -> pathlib.Path:
    """Write one estimate in a format like that of the input; sound is clipped to its type."""
    suffix = "" if meta is None else meta.suffix
    if image.ndim > 1:
        path = out / f"{name}.tif"
        io.write(path, image.astype(np.float32))
    elif suffix in (".wav", ".csv", ".txt"):
        path = out / f"{name}{suffix}"
        if meta is not None and meta.x is not None and len(meta.x) != len(image):
            meta = dataclasses.replace(meta, x=meta.x[window[0]])
        io.write(path, image, meta, clip=True)
    else:
        path = out / f"{name}.npy"
        io.write(path, image)
    return path


def write_comparison(comparison: Any, out: pathlib.Path, title: str | None) -> None:
    print(f"{comparison.table()}\n")
    print(re.sub(r"\. (?=[A-Z])", ".\n", comparison.verdict), end="\n\n")
    texts = {
        "comparison.csv": comparison.table("csv"),
        "comparison.md": comparison.table("markdown"),
    }
    for name, text in texts.items():
        (out / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    comparison.plot(out / "comparison.png")
    names = ["comparison.png", *texts]
    if title is not None:
        comparison.to_html(out / "report.html", title=title)
        names.append("report.html")
    for name in names:
        print(f"wrote {out / name}")


def type_to_write(arguments: argparse.Namespace, meta: Meta | None) -> tuple[Any, Meta | None]:
    """Return the dtype to write and the metadata: a format of the same kind keeps its type."""
    suffix = pathlib.Path(arguments.out).suffix.lower()
    if arguments.dtype is not None or meta is None:
        return arguments.dtype or ("float32" if suffix in (".tif", ".tiff") else None), meta
    same = ENDS.get(meta.suffix, meta.suffix) == ENDS.get(suffix, suffix)
    if same or suffix in (*io.suffixes(pictures=True), ".wav"):
        return None, meta
    dtype = "float32" if suffix in (".tif", ".tiff") else None
    return dtype, dataclasses.replace(meta, dtype=None)


def write_or_keep(
    name: str, x: NumpyArray, meta: Meta | None, dtype: Any, clip: bool, seconds: float
) -> None:
    """Write the estimate; where its values do not fit, one that took long is kept beside."""
    try:
        io.write(name, x, meta, dtype=dtype, clip=clip)
    except ValueError as error:
        kept = pathlib.Path(name).with_suffix(".npy")
        rest = ""
        if seconds > KEEP_AFTER and not kept.exists():
            io.write(kept, x)
            rest = f". The estimate is kept in {kept}"
        raise ValueError(f"{name}: {for_the_shell(str(error))}{rest}") from error


def draw_both(
    name: str, y: NumpyArray, x: NumpyArray, axis: int | None, voxel: tuple[float, ...] | None
) -> None:
    """Draw data and estimate in the range of the data."""
    from sigdeconv import plots

    if axis is not None:
        y, x = np.moveaxis(y, axis, -1), np.moveaxis(x, axis, -1)
    low, high = float(y.min()), float(y.max())
    if axis is not None and y.dtype.kind == "u":
        low, high = 0.0, float(np.iinfo(y.dtype).max)
    limits = (low, high) if high > low else None
    spacing = voxel if axis is None and voxel is not None and len(voxel) == y.ndim else None
    plots.images({"data": y, "estimate": x}, name, limits=limits, spacing=spacing)


def for_the_shell(text: str) -> str:
    """Tell the fixes that `io.write` names as flags."""
    for call, flag in (
        ("clip=True, limits=(low, high)", "--clip"),
        ("limits=(0, 1) to stretch them, or ", ""),
        ("give meta=Meta(rate=44100), or use", "use"),
    ):
        text = text.replace(call, flag)
    return re.sub(r"dtype='(\w+)'", r"--dtype \1", text)
