"""Tables of numbers as text.

A first column that rises or falls strictly is the abscissa: of two columns the second is the
signal, and a third one of uncertainties, by its name or because it is positive and small beside the
signal, is its standard deviation. Decimal commas are read where they cannot be the delimiter; lines
of text above the numbers are passed over, the last of them as the header, and an empty cell is NaN.
"""

from __future__ import annotations

import codecs
import csv
import dataclasses
import pathlib
import re

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable
from sigdeconv.io._units import UNITS, plain_unit

__all__ = ["is_even", "read_table", "refuse_table", "unit_of_column", "write_table"]

UNCERTAIN = re.compile(r"(?i)\b(d?err(or)?s?|unc\w*|sigma|std\w*|sd|dev\w*|noise|[ye]_?err)\b|±|σ")
COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
SMALL_ERROR = 0.25  # of the range of the values: below it a nameless third column is their error
COMMENTS = ("#", "%", "!", "//")
EMPTY_CELLS = ("", "na", "n/a", "null")  # cells of samples that are not there
# Parts of a step by which even positions may lie off their line: what no kernel notices, and at
# most, where they are rounded to a few digits.
SAME_PLACE, ROUNDED_PLACE = 0.02, 0.25


def read_table(path: pathlib.Path, inside: str | None = None) -> tuple[NumpyArray, Meta]:
    """Return a signal or a table, and its header; of a table of many columns the one named."""
    rows, columns, delimiter, decimal = _rows(path)
    whole = all(re.fullmatch(r"[+-]?\d{1,18}", cell) for row in rows for cell in row)
    table = np.array([[(int if whole else _value)(cell) for cell in row] for row in rows])
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
    lines = [(k, line) for k, line in enumerate(_text(path).splitlines(), 1) if line.strip()]
    comments = [line for _, line in lines if line.lstrip().startswith(COMMENTS)]
    lines = [(k, line) for k, line in lines if not line.lstrip().startswith(COMMENTS)]
    if not lines:
        raise Unreadable(f"{path} holds no numbers")
    delimiter = _delimiter([line for _, line in lines])
    rows = [(k, _cells(line, delimiter)) for k, line in lines]
    length = len(rows[-1][1])
    if length > 1 and all(row[-1] == "" for _, row in rows if len(row) == length):
        rows = [(k, row[:-1] if len(row) == length else row) for k, row in rows]
    decimal = None
    if any(COMMA.fullmatch(cell) for cell in rows[-1][1]):
        decimal = ","
        rows = [(k, [c.replace(",", ".") if COMMA.fullmatch(c) else c for c in r]) for k, r in rows]
    numbers, columns = _below_the_text(path, rows)
    if columns is None and comments:
        cells = _cells(comments[-1].lstrip("#%!/ "), delimiter)
        columns = tuple(cells) if len(cells) == len(numbers[0]) else None
    return numbers, columns, delimiter, decimal


def _text(path: pathlib.Path) -> str:
    """Return a text in UTF-8, or with the mark of UTF-16, or else in the Western one of old."""
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _delimiter(lines: list[str]) -> str | None:
    """Return what separates the columns, as the last lines have it; None for blanks."""
    last = lines[-10:] if len(lines) < 20 else lines[-(len(lines) // 2) :]
    delimiter = next((d for d in ("\t", ";", ",") if any(d in line for line in last)), None)
    commas = delimiter == "," and all(
        len(cells := line.split()) > 1 and all(COMMA.fullmatch(c) for c in cells)
        for line in last[1:] or last
    )
    return None if commas else delimiter  # columns apart by blanks, with decimal commas


def _below_the_text(
    path: pathlib.Path, rows: list[tuple[int, list[str]]]
) -> tuple[list[list[str]], tuple[str, ...] | None]:
    """Return the rows of numbers, and the header of the text above them.

    Raises
    ------
    Unreadable
        For what is no table of numbers, with the first line that is none.
    """
    numeric = [any(row) and all(map(_is_number, row)) for _, row in rows]
    if not any(numeric) and len(rows) == 1:
        raise Unreadable(f"{path} holds no numbers")
    first = numeric.index(True) if any(numeric) else 1
    length = len(rows[first][1])
    for (k, row), ok in zip(rows[first:], numeric[first:], strict=True):
        if ok and len(row) == length:
            continue
        bad = next((cell for cell in row if not _is_number(cell)), "")
        what = f"{len(row)} columns, the first has {length}" if len(row) != length else repr(bad)
        raise Unreadable(
            f"{path} is not a table of numbers with rows of one length: line {k} has {what:.80}"
        )
    above = rows[first - 1][1] if first else []
    return [row for _, row in rows[first:]], tuple(above) if len(above) == length else None


def _cells(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None and '"' not in line:
        return line.split()
    if delimiter is None:
        cells = next(csv.reader([" ".join(line.split())], delimiter=" "))
        return [cell.strip() for cell in cells]
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]


def _value(cell: str) -> float:
    return float("nan") if cell.lower() in EMPTY_CELLS else float(cell)


def _is_number(cell: str) -> bool:
    try:
        _value(cell)
    except ValueError:
        return False
    return True


def is_even(x: NumpyArray) -> bool:
    """Tell whether positions are evenly apart, but for the digits that they are written with."""
    x = np.asarray(x, np.float64)
    if x.size < 3:
        return True
    step = abs(float(x[-1] - x[0])) / (x.size - 1)
    off = float(np.abs(x - np.linspace(x[0], x[-1], x.size)).max())
    if off <= SAME_PLACE * step or off > ROUNDED_PLACE * step:
        return off <= SAME_PLACE * step
    digits = next((d for d in range(13) if np.allclose(x, x.round(d), rtol=1e-12, atol=0)), 13)
    return off <= 1.01 * 10.0**-digits


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
    span = float(np.ptp(table[:, 1]))
    small = float(np.median(third)) < SMALL_ERROR * span and float(third.max()) < span
    return len(table) > 2 and small


def _signal(
    table: NumpyArray, meta: Meta, column: int, error: int | None = None
) -> tuple[NumpyArray, Meta]:
    """Return a column as a signal over the first one."""
    x = table[:, 0].copy()
    step, even = abs(float(x[-1]) - float(x[0])) / max(len(x) - 1, 1), is_even(x)
    unit = None if meta.columns is None else unit_of_column(meta.columns[0])
    return table[:, column].copy(), dataclasses.replace(
        meta,
        axes="X",
        spacing=(float(f"{step:.9g}"),) if even else None,
        units=(unit,) if even else None,
        x=x,
        uncertainty=None if error is None else table[:, error].astype(np.float64),
    )


def unit_of_column(name: str) -> str | None:
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
        names = _with_unit(names, meta)
    delimiter = meta.delimiter or ("," if path.suffix.lower() == ".csv" else " ")
    comma = meta.decimal == ","

    def text(value: object) -> str:
        return str(value).replace(".", ",") if comma else str(value)

    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        if names is not None and len(names) == len(columns):
            out.writerow(names)
        # str of a NumPy number is the shortest text that reads back to the same value
        out.writerows(zip(*([text(v) for v in column] for column in columns), strict=True))


def _with_unit(names: tuple[str, ...] | None, meta: Meta) -> tuple[str, ...] | None:
    """Return the header of a signal, with the unit of the abscissa where it does not say it."""
    unit = None if meta.units is None else meta.units[0]
    if unit is None or (names is not None and (len(names) < 2 or unit_of_column(names[0]) == unit)):
        return names
    first, *rest = ("x", "y") if names is None else names
    return (f"{first} ({unit})", *rest)


for _suffix in (".csv", ".txt"):
    register(_suffix, read_table, write_table, typed=False, inside=True, refuse=refuse_table)
