"""Where results go, and in which type."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._grid import on_grid
from sigdeconv.cli._tell import BadUse, note

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = [
    "check_out",
    "draw_both",
    "make_folder",
    "refuse_to_overwrite",
    "save_estimate",
    "type_to_write",
    "write_comparison",
    "write_estimate",
]

OWN = (  # of a comparison
    "comparison.png",
    "comparison.pdf",
    "comparison.svg",
    "comparison.csv",
    "comparison.md",
    "report.html",
)

ENDS = {".jpeg": ".jpg", ".tiff": ".tif", ".txt": ".csv"}  # suffixes of one and the same format
TIFFS = (".tif", ".tiff")
OUTSIDE = 0.25  # part of the data that may lie outside the range of a picture to write


def check_out(name: str, suffixes: Sequence[str], flag: str = "--out") -> None:
    """Say that the output cannot be written before the work, not after it."""
    path = pathlib.Path(name)
    if path.suffix.lower() not in suffixes:
        known = " ".join(suffixes)
        raise BadUse(f"{flag} {name}: the suffix must be one of {known}; got {path.suffix!r}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{flag} {name}: there is no folder {path.parent}; make it first")


RUN = "run.json"  # in a folder: the command that made it, and the files that it wrote


def make_folder(name: str, argv: Sequence[str], overwrite: bool) -> pathlib.Path:
    """Return an empty place for one run: what an earlier run wrote is taken away.

    Raises
    ------
    BadUse
        If the folder holds such files, and no run says that they are its own.
    """
    path = pathlib.Path(name)
    path.mkdir(parents=True, exist_ok=True)
    try:
        earlier = json.loads((path / RUN).read_text(encoding="utf-8"))
        own = [str(file) for file in earlier["wrote"]]
    except (OSError, ValueError, KeyError, TypeError):
        own = []
        there = [file for file in OWN if (path / file).exists()]
        if there and not overwrite:
            raise BadUse(
                f"--out {name} holds {', '.join(there)}, and no {RUN} says what made them; "
                f"--overwrite replaces them"
            ) from None
    for file in own:
        if pathlib.Path(file).name == file:
            (path / file).unlink(missing_ok=True)
    made = {"program": "sigdeconv", "version": sigdeconv.__version__, "command": list(argv)}
    _say_run(path, made | {"wrote": []})
    return path


def _say_run(path: pathlib.Path, made: dict[str, Any]) -> None:
    (path / RUN).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _wrote(path: pathlib.Path, *names: str) -> None:
    """Note that the run of a folder wrote some files."""
    made = json.loads((path / RUN).read_text(encoding="utf-8"))
    made["wrote"] = [*made["wrote"], *(n for n in names if n not in made["wrote"])]
    _say_run(path, made)


def save_estimate(
    out: pathlib.Path,
    name: str,
    image: NumpyArray,
    meta: Meta | None,
    letters: str,
    window: tuple[slice, ...],
) -> pathlib.Path:
    """Write one estimate in a format like that of the input; sound is clipped to its type."""
    suffix = "" if meta is None else meta.suffix
    if image.ndim > 1:
        path = out / f"{name}.tif"
        io.write(path, image.astype(np.float32), on_grid(meta, letters))
    elif suffix in (".wav", ".csv", ".txt"):
        path = out / f"{name}{suffix}"
        if meta is not None and meta.x is not None and len(meta.x) != len(image):
            meta = dataclasses.replace(meta, x=meta.x[window[0]])
        io.write(path, image, meta, clip=True)
    else:
        path = out / f"{name}.npy"
        io.write(path, image)
    _wrote(out, path.name)
    return path


def write_comparison(
    comparison: Any,
    out: pathlib.Path,
    report: str | None,
    kind: str = "png",
    **figure: Any,
) -> None:
    """Print a comparison and write its tables, its figure and a page by the title `report`."""
    print(f"{comparison.table()}\n")
    print(re.sub(r"\. (?=[A-Z])", ".\n", comparison.verdict), end="\n\n")
    texts = {
        "comparison.csv": comparison.table("csv"),
        "comparison.md": comparison.table("markdown"),
    }
    for name, text in texts.items():
        (out / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    comparison.plot(out / f"comparison.{kind}", **figure)
    names = [f"comparison.{kind}", *texts]
    if report is not None:
        comparison.to_html(out / "report.html", title=report)
        names.append("report.html")
    _wrote(out, *names)
    for name in names:
        print(f"wrote {out / name}")


def refuse_to_overwrite(
    out: pathlib.Path, inputs: Sequence[str], overwrite: bool = True, flag: str = "--out"
) -> None:
    """Raise for an output that is an input, always, or that exists.

    Raises
    ------
    BadUse
    """
    if not out.exists():
        return
    for name in inputs:
        path = pathlib.Path(name if pathlib.Path(name).exists() else name.partition(":")[0])
        if name and path.exists() and path.samefile(out):
            raise BadUse(f"{flag} {out} is the input {name} itself; choose another name")
    if not overwrite:
        raise BadUse(f"{flag} {out} exists; --overwrite replaces it")


def type_to_write(
    out: str, given: Any, meta: Meta | None, y: NumpyArray
) -> tuple[Any, Meta | None]:
    """Return the dtype to write and the metadata: a format of the same kind keeps its type.

    What the format cannot hold is said here, before the work.
    """
    suffix = pathlib.Path(out).suffix.lower()
    holds = io.registry.get(suffix).holds
    old = None if meta is None else meta.dtype
    same = meta is not None and ENDS.get(meta.suffix, meta.suffix) == ENDS.get(suffix, suffix)
    if given is not None:
        dtype = given
    elif same or holds:
        dtype = old if old is not None and (not holds or old in holds) and old != "bool" else None
        dtype = dtype if dtype is not None or not holds else _first(holds, old)
    else:
        dtype = "float32" if suffix in TIFFS else None
    if meta is not None and not same and not holds:
        meta = dataclasses.replace(meta, dtype=None)
    picture = suffix in io.suffixes(pictures=True)
    planned = dtype if dtype is not None else "uint8" if picture else "float64"
    io.check(out, y.shape, planned, meta)
    if picture:
        _refuse_other_range(out, given, y, planned)
    # A float picture from 0 to 1 is stored by that convention, which no type says.
    floats = old is None or np.dtype(old).kind == "f"
    return (None if picture and given is None and floats else dtype), meta


def _refuse_other_range(out: str, given: Any, y: NumpyArray, planned: Any) -> None:
    """Raise where a picture could hold little of the data: most of it would be white or black.

    Raises
    ------
    BadUse
    """
    convention = given is None and y.dtype.kind == "f"
    low, high = (0.0, 1.0) if convention else (0.0, float(np.iinfo(np.dtype(planned)).max))
    known = y[np.isfinite(y)] if y.dtype.kind == "f" else y
    outside = int(np.count_nonzero((known < low) | (known > high))) if known.size else 0
    if outside <= OUTSIDE * known.size:
        return
    suffix = pathlib.Path(out).suffix
    means = "0 to 1 as black to white" if convention else f"0 to {high:g}"
    more = "--dtype uint8 for 0 to 255, " if convention and float(known.max()) <= 255 else ""
    grey = y.ndim == 2 and suffix == ".png"
    more += "--dtype uint16 for 0 to 65535, " if grey and high < 65535 else ""
    more += ".png in grey, " if y.ndim == 2 and not grey and y.dtype.kind != "f" else ""
    raise BadUse(
        f"--out {out}: the data lie from {float(known.min()):.6g} to {float(known.max()):.6g}, and "
        f"{suffix} holds {means}: give {more}or .tif, which keeps them"
    )


def _first(holds: Sequence[str], old: str | None) -> str | None:
    """Return the type for what the format cannot hold as it was."""
    if holds[0] == "uint8":
        return "uint8" if old is not None and np.dtype(old).kind in "iu" else None
    return holds[0]


def write_estimate(
    out: pathlib.Path, x: NumpyArray, meta: Meta | None, dtype: Any, clip: bool
) -> None:
    """Write the estimate; values outside an integer type are clipped or kept as numbers, as told.

    A picture and a sound are clipped, with a note; any other format takes float32 instead.
    """
    suffix = out.suffix.lower()
    lossy = suffix in (*io.suffixes(pictures=True), ".wav")
    try:
        io.write(out, x, meta, dtype=dtype, clip=clip)
    except io.OutsideRange as error:
        told = str(error).partition(". Give")[0].partition("; the range")[0]
        if lossy and np.isfinite(x).all() and "within [0, 1]" not in str(error):
            io.write(out, x, meta, dtype=dtype, clip=True)
            note(f"{out}: {told}; they were moved to its ends (.tif keeps them)")
        elif lossy:
            raise ValueError(f"{out}: {error}") from error
        else:
            io.write(out, x, meta, dtype="float32")
            note(f"{out}: {told}; written as float32 (--clip keeps the type)")
    except ValueError as error:
        raise ValueError(f"{out}: {error}") from error


def draw_both(
    name: str,
    y: NumpyArray,
    x: NumpyArray,
    axes: tuple[int, ...],
    /,
    **figure: Any,
) -> None:
    """Draw data and estimate in the range of the data; `figure` says how, `x` among it."""
    from sigdeconv import plots

    if len(axes) > 1 or (axes and y.shape[axes[0]] not in (1, 3)):
        first = tuple(0 if k in axes else slice(None) for k in range(y.ndim))
        y, x, axes = y[first], x[first], ()
        note(f"--figure {name} shows the first of the signals")
    if axes:
        y, x = np.moveaxis(y, axes[0], -1), np.moveaxis(x, axes[0], -1)
    low, high = float(y.min()), float(y.max())
    if axes and y.dtype.kind == "u":
        low, high = 0.0, float(np.iinfo(y.dtype).max)
    limits = (low, high) if high > low else None
    if len(figure.get("spacing") or ()) != y.ndim - bool(axes):
        figure.pop("spacing", None)
    plots.images({"data": y, "estimate": x}, name, limits=limits, **figure)
