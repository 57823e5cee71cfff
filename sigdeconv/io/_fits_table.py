"""Spectra in tables of FITS: a column of wavelengths and one of the signal.

One row a sample, or one row that holds whole columns, as the archives of ESO and the Virtual
Observatory write them. The first column that rises or falls strictly is the abscissa, a column of
uncertainties, or of inverse variances (``ivar``), gives the standard deviation. What is written has
one row a sample, with the units of the columns.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._meta import Meta, Unreadable
from sigdeconv.io._units import plain_unit
from sigdeconv.io.table import is_even

__all__ = ["OF_COLUMNS", "TABLE_KIND", "columns_of", "read_columns", "table_of"]

TABLE_KIND = "table"  # of a `Meta` whose values go into a table again
# Cards of a table's columns: astropy writes them; the units are kept, by the name of the column.
OF_COLUMNS = re.compile(r"(T[A-Z]{4}\d+|TDIM\d+|TFIELDS|EXTLEVEL|THEAP|INHERIT)$")
UNCERTAIN_COLUMN = re.compile(
    r"(?i)^(.*[_ ])?(d?err(or)?s?|e_?flux|unc\w*|sigma|std\w*|noise)([_ ].*)?$"
)
INVERSE_VARIANCE = re.compile(r"(?i)^(.*_)?(ivar|inv(erse)?_?var\w*)$")
NO_SIGNAL = re.compile(r"(?i)^(.*_)?(mask|qual\w*|flags?|dq|npix|wdisp|order|fiberid)$")


def columns_of(hdu: Any) -> dict[str, NumpyArray]:
    """Return the columns of real numbers, each of one axis, by name."""
    found: dict[str, NumpyArray] = {}
    for column in hdu.columns:
        values = np.asarray(hdu.data[column.name])
        if values.dtype.kind not in "biuf":
            continue
        values = values.astype(values.dtype.newbyteorder("="))
        if values.ndim == 2 and values.shape[0] == 1:
            values = values[0]
        if values.ndim == 1 and values.size > 1:
            found[str(column.name)] = values
    return found


def read_columns(path: Any, hdu: Any, name: str | None) -> tuple[NumpyArray, Meta]:
    """Return the signal of a table over its abscissa, or the column of a name or number from 1."""
    columns = columns_of(hdu)
    names = list(columns)
    if not columns:
        raise Unreadable(f"{path}: its table {hdu.name or '1'} holds no column of numbers")
    x = next((key for key in names if _runs(columns[key])), None)
    own = [k for k in names if k != x and not (_uncertain(k) or NO_SIGNAL.match(k))]
    wanted = own[0] if own else names[0]
    if name is not None:
        wanted = _named(path, names, name)
    same = x is not None and x != wanted and columns[x].size == columns[wanted].size
    units = {str(c.name): c.unit for c in hdu.columns}
    kept = [x, wanted] if same and x is not None else [wanted]
    said = Meta(
        axes="X",
        columns=tuple(kept),
        key=hdu.name or None,
        kind=TABLE_KIND,
        header=tuple((f"TUNIT {k}", str(units[k]), "") for k in kept if units[k]),
    )
    if not same or x is None:
        return columns[wanted], said
    return columns[wanted], _over(said, columns, x, plain_unit(units[x]), name is None)


def _over(
    said: Meta, columns: dict[str, NumpyArray], x: str, unit: str | None, errors: bool
) -> Meta:
    """Return what is said of a signal over an abscissa."""
    places = columns[x].astype(np.float64)
    step = abs(float(places[-1] - places[0])) / (places.size - 1)
    even = is_even(places)
    sigma = next((k for k in columns if _uncertain(k)), None) if errors else None
    uncertainty = None
    if sigma is not None and columns[sigma].size == places.size:
        uncertainty = columns[sigma].astype(np.float64)
        if INVERSE_VARIANCE.match(sigma):
            known = uncertainty > 0
            uncertainty = np.where(known, 1 / np.sqrt(np.where(known, uncertainty, 1.0)), 0.0)
    return dataclasses.replace(
        said,
        spacing=(float(f"{step:.9g}"),) if even else None,
        units=(unit,) if even else None,
        x=places,
        uncertainty=uncertainty,
    )


def _named(path: Any, names: list[str], name: str) -> str:
    low = [key.lower() for key in names]
    if name.lower() in low:
        return names[low.index(name.lower())]
    if re.fullmatch(r"\d+", name) and 1 <= int(name) <= len(names):
        return names[int(name) - 1]
    raise Unreadable(f"{path} has no column {name!r}; expected one of {', '.join(names)}")


def _runs(column: NumpyArray) -> bool:
    step = np.diff(column.astype(np.float64))
    return bool((step > 0).all() or (step < 0).all())


def _uncertain(name: str) -> bool:
    return UNCERTAIN_COLUMN.search(name) is not None or INVERSE_VARIANCE.match(name) is not None


def table_of(fits: Any, values: NumpyArray, meta: Meta) -> Any:
    """Return a table with the signal, beside its abscissa if there is one."""
    names = meta.columns or (("x", "y") if meta.x is not None else ("y",))
    columns = [values] if meta.x is None else [np.asarray(meta.x), values]
    names = names[: len(columns)] if len(names) >= len(columns) else ("x", "y")[-len(columns) :]
    units = {key[6:]: str(unit) for key, unit, _ in meta.header or () if key.startswith("TUNIT ")}
    if meta.units is not None and meta.units[0] is not None and meta.x is not None:
        units.setdefault(names[0], meta.units[0])
    kinds = {"f4": "E", "f8": "D", "i2": "I", "i4": "J", "i8": "K", "u1": "B"}
    made = []
    for name, column in zip(names, columns, strict=True):
        kind = kinds.get(column.dtype.str[1:], "D")
        array = column if kind != "D" else column.astype(np.float64)
        made.append(fits.Column(name=name, format=kind, array=array, unit=units.get(name)))
    return fits.BinTableHDU.from_columns(made, name=meta.key or "SPECTRUM")
