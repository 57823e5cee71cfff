"""PSFEx's model of a kernel that changes over the field: ``field.psf``, by astropy.

``field.psf`` is the kernel in the middle of the field, ``field.psf:120,340`` that at row 120 and
column 340. The samples are those of the data, not PSFEx's finer ones. The extra ``fits`` brings
astropy.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any, final

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta, Unreadable
from sigdeconv.io._optional import needed
from sigdeconv.psf import from_object

__all__ = ["read_psfex"]


@final
@dataclasses.dataclass(frozen=True)
class _Table:
    """A header with its data, out of a file that is closed."""

    header: dict[str, Any]
    data: Any


def read_psfex(path: pathlib.Path, inside: str | None = None) -> tuple[NumpyArray, Meta]:
    """Return the kernel at a place, ``row,column``, or in the middle."""
    with needed("astropy", "fits", f"{path.name}: PSFEx"):
        from astropy.io import fits
    at = None
    if inside is not None:
        try:
            row, column = (float(v) for v in inside.split(","))
        except ValueError:
            raise Unreadable(
                f"{path} has a kernel for every place; got {inside!r}, expected row,column such as "
                f"{path.name}:120,340"
            ) from None
        at = row, column
    with fits.open(path, memmap=False) as hdus:
        tables = [_Table(dict(hdu.header), hdu.data) for hdu in hdus if "PSF_SAMP" in hdu.header]
        if not tables:
            raise Unreadable(f"{path} holds no table of PSFEx (PSF_SAMP)")
        return from_object(tables, at=at), Meta(key=inside)


register(".psf", read_psfex, None, inside=True)
