"""FITS, the files of astronomy: plain and tile-compressed images and tables, by astropy.

BSCALE and BZERO are applied; BLANK and NaN arrive as NaN. The pixel scale of the world coordinates
is the spacing, in arcseconds on the sky, and the cards are kept. The extra ``fits`` brings astropy.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._fits_table import OF_COLUMNS, TABLE_KIND, read_columns, table_of
from sigdeconv.io._format import register
from sigdeconv.io._meta import APART, Meta, Unreadable
from sigdeconv.io._optional import needed
from sigdeconv.io._said import packed, same_said, unpacked
from sigdeconv.io._units import convert, plain_unit

__all__ = ["read_fits", "refuse_fits", "write_fits"]

MADE_CARD, SAID_CARD = "SIGDECON", "SIGDMETA"
# What astropy writes itself from the values, or what would change them.
STRUCTURE = (
    "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "NAXIS4", "NAXIS5",
    "EXTEND", "PCOUNT", "GCOUNT", "BSCALE", "BZERO", "BLANK", "CHECKSUM", "DATASUM", "EXTNAME",
    "EXTVER", "GROUPS", "", "END", "CONTINUE", MADE_CARD,
    SAID_CARD,
)  # fmt: skip
# What a third axis is called, and the letter: channels for a spectrum or polarisation.
FITS_AXES = dict.fromkeys(
    ("STOKES", "WAVE", "AWAV", "FREQ", "ENER", "WAVN", "VELO", "VRAD", "VOPT", "ZOPT", "VELOCITY",
     "LAMBDA", "CHANNEL"), "C"
) | {"TIME": "T", "UTC": "T"}  # fmt: skip
FITS_NAMES = (".fits", ".fit", ".fts")
FITS_TYPES = ("uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "float64")


def read_fits(
    path: pathlib.Path, inside: str | None = None, region: tuple[slice, ...] | None = None
) -> tuple[NumpyArray, Meta]:
    """Return the first image of the file, or that of a name or number, and its cards."""
    if path.suffix.lower() == ".gz" and pathlib.Path(path.stem).suffix.lower() not in FITS_NAMES:
        raise Unreadable(f"{path}: of .gz only FITS is read, as .fits.gz; unpack it first")
    with needed("astropy", "fits", f"{path.name}: FITS"):
        from astropy.io import fits
    with fits.open(path, memmap=False) as hdus:
        images = [(k, hdu.name) for k, hdu in enumerate(hdus) if hdu.is_image and hdu.shape != ()]
        table = _table(hdus, bool(images), inside)
        if table is not None:
            return _spectrum(path, hdus, *table, region)
        if not images:
            raise Unreadable(f"{path} holds no image and no table")
        names = [*(str(k) for k, _ in images), *(name for _, name in images if name)]
        if inside is None:
            k = images[0][0]
        elif inside.upper() in [name.upper() for name in names]:
            k = next(k for k, name in images if inside.upper() in (str(k), name.upper()))
        else:
            raise Unreadable(f"{path} holds no image {inside!r}; expected {', '.join(names)}")
        header = hdus[k].header
        array = np.asarray(hdus[k].data if region is None else hdus[k].section[region])
        array = array.astype(array.dtype.newbyteorder("="))
        cards = _cards(header)
        made = _made(header.get(MADE_CARD) or hdus[0].header.get(MADE_CARD))
    said = {key: value for key, value, _ in cards}
    others = tuple(name or str(n) for n, name in images) if len(images) > 1 else None
    return array, Meta(
        **(_grid(said, array.ndim) | unpacked(header.get(SAID_CARD), array.ndim)),
        header=cards,
        key=inside,
        contents=others if inside is None else None,
        provenance=made,
    )


def _table(hdus: Any, images: bool, inside: str | None) -> tuple[Any, str | None] | None:
    """Return the table that is asked for, and the column; the first one where there is no image."""
    tables = [
        (k, hdu) for k, hdu in enumerate(hdus) if hasattr(hdu, "columns") and not hdu.is_image
    ]
    for k, hdu in tables:
        if inside is not None and inside.upper() in (str(k) if images else "", hdu.name.upper()):
            return hdu, None
    return None if images or not tables else (tables[0][1], inside)


def _spectrum(
    path: pathlib.Path, hdus: Any, hdu: Any, name: str | None, region: tuple[slice, ...] | None
) -> tuple[NumpyArray, Meta]:
    """Return a signal of a table, and the cards of the file."""
    values, meta = read_columns(path, hdu, name)
    more = [card for card in _cards(hdu.header) if not OF_COLUMNS.match(card[0])]
    cards = (*_cards(hdus[0].header), *more, *(meta.header or ()))
    made = _made(hdus[0].header.get(MADE_CARD))
    said = unpacked(hdus[0].header.get(SAID_CARD), values.ndim)
    meta = dataclasses.replace(meta, header=cards, provenance=made, **said)
    if region is None:
        return values, meta
    x, sigma = (None if v is None else v[region[0]] for v in (meta.x, meta.uncertainty))
    return values[region], dataclasses.replace(meta, x=x, uncertainty=sigma)


def _cards(header: Any) -> tuple[tuple[str, Any, str], ...]:
    """Return the cards that say something of the scene, as plain values."""
    cards = []
    for card in header.cards:
        value = card.value
        if card.keyword in STRUCTURE or not isinstance(value, (bool, int, float, str)):
            continue
        cards.append((str(card.keyword), value, str(card.comment)))
    return tuple(cards)


def _grid(said: dict[str, Any], ndim: int) -> dict[str, Any]:
    """Return axes, spacing and units that the cards say."""
    axes, steps = _axes(said, ndim), _steps(said, ndim)
    if axes is None:
        return {}
    spacing, units = zip(*steps, strict=True)
    return {"axes": axes, "spacing": spacing, "units": units}


def _axes(card: dict[str, Any], ndim: int) -> str | None:
    """Return a letter for each axis of the array: a third one is time, unless it says otherwise.

    A cube holds frames, wavelengths or states of polarisation, along which no kernel acts.
    """
    names = {
        axis: str(card.get(f"CTYPE{axis}", "")).partition("-")[0].strip().upper()
        for axis in range(3, ndim + 1)
    }
    known = {axis: name if name in ("Z", "T", "C", "S") else FITS_AXES.get(name)
             for axis, name in names.items()}  # fmt: skip
    letters: dict[int, str] = {1: "X", 2: "Y"}
    for axis in sorted(names, key=lambda axis: known[axis] is None):  # those that say it first
        free = [a for a in (known[axis] or "T", *APART) if a not in letters.values()]
        letters[axis] = free[0] if free else "?"
    found = "".join(letters[axis] for axis in range(ndim, 0, -1))
    return found if "?" not in found else None


def _made(text: Any) -> dict[str, Any] | None:
    try:
        made = json.loads(text)
    except (TypeError, ValueError):
        return None
    return made if isinstance(made, dict) else None


def _steps(card: dict[str, Any], ndim: int) -> list[tuple[float | None, str | None]]:
    """Return the distance of the samples along each axis of the array, the last one first in FITS.

    World coordinates: CDi_j, or CDELTi with PCi_j; of a celestial axis in arcseconds.
    """
    steps: list[tuple[float | None, str | None]] = []
    for axis in range(ndim, 0, -1):
        celestial = str(card.get(f"CTYPE{axis}", ""))[:4] in ("RA--", "DEC-", "GLON", "GLAT")
        unit = plain_unit(card.get(f"CUNIT{axis}")) or ("deg" if celestial else None)
        column = [card.get(f"CD{i}_{axis}") for i in range(1, ndim + 1)]
        if any(isinstance(v, (int, float)) for v in column):
            step = float(np.sqrt(sum(float(v or 0) ** 2 for v in column)))
        else:
            delta = card.get(f"CDELT{axis}")
            step = abs(float(delta)) if isinstance(delta, (int, float)) else 0.0
            if f"CTYPE{axis}" not in card and step == 1.0:
                step = 0.0  # astropy's own default, of no coordinate
        if not step:
            steps.append((None, None))
            continue
        arc = convert(step, unit, "arcsec")
        steps.append((step, unit) if arc is None else (float(f"{arc:.9g}"), "arcsec"))
    return steps


def refuse_fits(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Say what a FITS image does not hold."""
    if values.dtype.name not in FITS_TYPES and values.dtype.kind != "b":
        raise ValueError(
            f"{path.suffix} does not hold {values.dtype}; use one of {', '.join(FITS_TYPES)}"
        )


def write_fits(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write one image, with the cards that the data had."""
    with needed("astropy", "fits", f"{path.name}: FITS"):
        from astropy.io import fits
    refuse_fits(path, values, meta)
    values = values.astype(np.uint8) if values.dtype.kind == "b" else values
    as_table = values.ndim == 1 and (meta.x is not None or meta.kind == TABLE_KIND)
    hdu = fits.PrimaryHDU(None if as_table else np.ascontiguousarray(values))
    for key, value, comment in meta.header or ():
        if key.startswith("TUNIT "):
            continue
        if key in ("COMMENT", "HISTORY"):
            hdu.header[key] = value
        elif len(key) > 8:
            hdu.header[f"HIERARCH {key}"] = (value, comment)
        else:
            hdu.header[key] = (value, comment)
    image = meta.header is None and not as_table
    if image and meta.axes is not None and len(meta.axes) == values.ndim:
        for k, letter in enumerate(reversed(meta.axes), 1):
            step = meta.step(letter)
            if step is not None or k > 2:
                hdu.header[f"CTYPE{k}"] = {"T": "TIME"}.get(letter, letter)
            if step is not None:
                hdu.header[f"CDELT{k}"] = step[0]
                if step[1] is not None:
                    hdu.header[f"CUNIT{k}"] = step[1]
    native = Meta(**_grid({k: v for k, v, _ in _cards(hdu.header)}, values.ndim))
    if as_table:
        native = Meta(axes=meta.axes, spacing=meta.spacing, units=meta.units)
    if not same_said(meta, native, values.ndim):
        hdu.header[SAID_CARD] = json.dumps(packed(meta, values.ndim))
    if meta.provenance is not None:
        hdu.header[MADE_CARD] = json.dumps(dict(meta.provenance))
    table = [table_of(fits, values, meta)] if as_table else []
    with open(path, "wb") as file:
        fits.HDUList([hdu, *table]).writeto(file)


for _suffix in (".fits", ".fit", ".fts", ".fz", ".gz"):
    register(
        _suffix,
        read_fits,
        None if _suffix in (".fz", ".gz") else write_fits,
        inside=True,
        refuse=refuse_fits,
        keeps=True,
        regions=True,
    )
