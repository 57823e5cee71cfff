"""Tables of numbers as text."""

from __future__ import annotations

import csv
import dataclasses
import pathlib
import re

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable

__all__ = ["read_table", "write_table"]


def read_table(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return a signal or a table, and its header."""
    text = path.read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines() if line.strip()]
    comments = [line for line in lines if line.lstrip().startswith("#")]
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    if not lines:
        raise Unreadable(f"{path} holds no numbers")
    delimiter = next((d for d in ("\t", ";", ",") if any(d in line for line in lines)), None)
    rows = [_cells(line, delimiter) for line in lines]
    columns = None
    if not all(map(_is_number, rows[0])):
        columns, rows = tuple(rows[0]), rows[1:]
    elif comments and len(_cells(comments[-1].lstrip("# "), delimiter)) == len(rows[0]):
        columns = tuple(_cells(comments[-1].lstrip("# "), delimiter))
    widths = {len(row) for row in rows}
    if len(widths) != 1 or not all(_is_number(cell) for row in rows for cell in row):
        raise Unreadable(f"{path} is not a table of numbers with rows of one length")
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


def write_table(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a signal, beside its abscissa if there is one, or a table."""
    if values.ndim not in (1, 2) or values.dtype.kind not in "biuf":
        raise ValueError(
            f"{path.suffix} holds real numbers in one or two dimensions; got shape {values.shape} "
            f"and dtype {values.dtype}. Use .npy"
        )
    columns: list[NumpyArray] = [values] if values.ndim == 1 else list(values.T)
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


for _suffix in (".csv", ".txt"):
    register(_suffix, read_table, write_table, typed=False)
