"""Tables of numbers as text.

A first column that rises or falls strictly is the abscissa: of two columns the second is the
signal, and a third one of uncertainties, by its name or because it is positive and small beside the
signal, is its standard deviation. Decimal commas are read where they cannot be the delimiter.
"""

from __future__ import annotations

import csv
import dataclasses
import pathlib
import re

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable
from sigdeconv.io._units import UNITS, plain_unit

__all__ = ["read_table", "refuse_table", "write_table"]

UNCERTAIN = re.compile(r"(?i)\b(d?err(or)?s?|unc\w*|sigma|std\w*|sd|dev\w*|noise|[ye]_?err)\b|±|σ")
COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
SMALL_ERROR = 0.25  # of the range of the values: below it a nameless third column is their error


def read_table(path: pathlib.Path, inside: str | None = None) -> tuple[NumpyArray, Meta]:
    """Return a signal or a table, and its header; of a table of many columns the one named."""
    rows, columns, delimiter, decimal = _rows(path)
    whole = all(re.fullmatch(r"[+-]?\d{1,18}", cell) for row in rows for cell in row)
    table = np.array([[(int if whole else float)(cell) for cell in row] for row in rows])
    meta = Meta(columns=columns, delimiter=delimiter or " ", decimal=decimal)
    n = table.shape[1]
    if inside is not None:
        return _column(path, table, meta, inside)
    if n == 1:
        return table[:, 0], dataclasses.replace(meta, axes="X")
    if n == 2 and _runs(table[:, 0]):
        return _signal(table, meta, 1)
    if n == 3 and _runs(table[:, 0]) and _uncertain(table, columns):
        return _signal(table, meta, 1, 2)
    return table, meta


def _rows(
    path: pathlib.Path,
) -> tuple[list[list[str]], tuple[str, ...] | None, str | None, str | None]:
    """Return the cells as numbers in text, the header, the delimiter and a decimal comma."""
    text = path.read_text(encoding="utf-8-sig")
    lines = [(k, line) for k, line in enumerate(text.splitlines(), 1) if line.strip()]
    comments = [line for _, line in lines if line.lstrip().startswith("#")]
    lines = [(k, line) for k, line in lines if not line.lstrip().startswith("#")]
    if not lines:
        raise Unreadable(f"{path} holds no numbers")
    delimiter = next((d for d in ("\t", ";", ",") if any(d in line for _, line in lines)), None)
    if delimiter == "," and all(
        len(cells := line.split()) > 1 and all(COMMA.fullmatch(c) for c in cells)
        for _, line in lines[1:] or lines
    ):
        delimiter = None  # columns apart by blanks, with decimal commas
    rows = [(k, _cells(line, delimiter)) for k, line in lines]
    decimal = None
    if delimiter != "," and any(COMMA.fullmatch(cell) for _, row in rows for cell in row):
        decimal = ","
        rows = [(k, [c.replace(",", ".") if COMMA.fullmatch(c) else c for c in r]) for k, r in rows]
    columns = None
    if not all(map(_is_number, rows[0][1])):
        columns, rows = tuple(rows[0][1]), rows[1:]
    elif comments and len(_cells(comments[-1].lstrip("# "), delimiter)) == len(rows[0][1]):
        columns = tuple(_cells(comments[-1].lstrip("# "), delimiter))
    _refuse_uneven(path, rows)
    return [row for _, row in rows], columns, delimiter, decimal


def _refuse_uneven(path: pathlib.Path, rows: list[tuple[int, list[str]]]) -> None:
    """Raise for what is no table of numbers, with the first line that is none."""
    if not rows:
        raise Unreadable(f"{path} holds no numbers")
    first = len(rows[0][1])
    for k, row in rows:
        if len(row) != first:
            raise Unreadable(
                f"{path} is not a table of numbers with rows of one length: line {k} has "
                f"{len(row)} columns, the first has {first}"
            )
        bad = [cell for cell in row if not _is_number(cell)]
        if bad:
            raise Unreadable(
                f"{path} is not a table of numbers with rows of one length: line {k} has "
                f"{bad[0]!r:.40}"
            )


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


def _runs(column: NumpyArray) -> bool:
    step = np.diff(column)
    return column.size > 1 and bool((step > 0).all() or (step < 0).all())


def _uncertain(table: NumpyArray, columns: tuple[str, ...] | None) -> bool:
    """Tell whether the third column is the uncertainty of the second."""
    third = table[:, 2]
    if not (third >= 0).all():
        return False
    if columns is not None:
        return UNCERTAIN.search(columns[2]) is not None
    return len(table) > 2 and float(np.median(third)) < SMALL_ERROR * float(np.ptp(table[:, 1]))


def _signal(
    table: NumpyArray, meta: Meta, column: int, error: int | None = None
) -> tuple[NumpyArray, Meta]:
    """Return a column as a signal over the first one."""
    x = table[:, 0].copy()
    steps = np.abs(np.diff(x.astype(np.float64)))
    even = float(np.ptp(steps)) <= 1e-3 * float(np.mean(steps))
    unit = None if meta.columns is None else _unit(meta.columns[0])
    return table[:, column].copy(), dataclasses.replace(
        meta,
        axes="X",
        spacing=(float(f"{np.mean(steps):.9g}"),) if even else None,
        units=(unit,) if even else None,
        x=x,
        uncertainty=None if error is None else table[:, error].astype(np.float64),
    )


def _unit(name: str) -> str | None:
    """Return the unit in the name of a column, such as 'wavelength (nm)', 'x [um]' or 'nm'."""
    found = re.search(r"[(\[]([^)\]]+)[)\]]\s*$", name) or re.search(r"[/_ ]([^/_ ]+)$", name)
    known = plain_unit(found[1]) if found else plain_unit(name)
    return known if known in UNITS else None


def _column(
    path: pathlib.Path, table: NumpyArray, meta: Meta, name: str
) -> tuple[NumpyArray, Meta]:
    """Return the column of a name, or of a number from 1."""
    names = meta.columns or ()
    count = table.shape[1]
    number = int(name) if re.fullmatch(r"\d+", name) and name not in names else None
    if name in names:
        k = names.index(name)
    elif number is not None and 1 <= number <= count:
        k = number - 1
    else:
        known = f"{', '.join(names)}, or 1 to {count}" if names else f"1 to {count}"
        raise Unreadable(f"{path} has no column {name!r}; expected one of {known}")
    meta = dataclasses.replace(meta, key=name)
    header: tuple[str, ...] | None
    if k > 0 and _runs(table[:, 0]):
        values, meta = _signal(table, meta, k)
        header = None if meta.columns is None else (meta.columns[0], meta.columns[k])
    else:
        values, meta = table[:, k].copy(), dataclasses.replace(meta, axes="X")
        header = None if meta.columns is None else (meta.columns[k],)
    return values, dataclasses.replace(meta, columns=header)


def refuse_table(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Say what a table does not hold."""
    if values.ndim not in (1, 2) or values.dtype.kind not in "biuf":
        raise ValueError(
            f"{path.suffix} holds real numbers in one or two dimensions; got shape {values.shape} "
            f"and dtype {values.dtype}. Use .npy"
        )
    if meta.x is not None and values.ndim == 1 and len(meta.x) != len(values):
        raise ValueError(f"meta.x has {len(meta.x)} values for a signal of {len(values)}")


def write_table(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write a signal, beside its abscissa if there is one, or a table."""
    refuse_table(path, values, meta)
    columns: list[NumpyArray] = [values] if values.ndim == 1 else list(values.T)
    names = meta.columns
    if meta.x is not None and values.ndim == 1:
        columns = [np.asarray(meta.x), values]
        names = None if names is None else names[:2]  # the errors of the data are not its own
    delimiter = meta.delimiter or ("," if path.suffix.lower() == ".csv" else " ")
    comma = meta.decimal == "," and delimiter != ","

    def text(value: object) -> str:
        return str(value).replace(".", ",") if comma else str(value)

    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        if names is not None and len(names) == len(columns):
            out.writerow(names)
        # str of a NumPy number is the shortest text that reads back to the same value
        out.writerows(zip(*([text(v) for v in column] for column in columns), strict=True))


for _suffix in (".csv", ".txt"):
    register(_suffix, read_table, write_table, typed=False, inside=True, refuse=refuse_table)
