"""A microscope from what a file says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigdeconv.psf._units import LENGTHS
from sigdeconv.psf.microscope import microscope

__all__ = ["from_metadata"]

# Names that readers and file formats have for the four.
_ALIASES = {
    "na": ("na", "NA", "numerical_aperture", "lens_na", "LensNA", "NumericalAperture"),
    "wavelength": ("wavelength", "emission", "emission_wavelength", "EmissionWavelength"),
    "index": ("index", "refractive_index", "immersion_index", "RefractiveIndex"),
    "spacing": ("voxel", "voxel_size", "pixel_size", "spacing"),
}
_PARTS = ("PhysicalSizeZ", "PhysicalSizeY", "PhysicalSizeX")


def from_metadata(
    meta: Any, *, shape: int | Sequence[int] | None = None, **given: Any
) -> NDArray[np.float64]:
    """Return the blur of the microscope that the metadata of a file describe.

    Parameters
    ----------
    meta : mapping or object
        Has, as entries or attributes, ``na`` (``NumericalAperture``), ``wavelength``
        (``EmissionWavelength``), ``index`` (``RefractiveIndex``) and ``spacing`` (``voxel``,
        ``PhysicalSizeZ``, ...); a `sigdeconv.io.Meta` is one. Lengths are text with a unit or
        numbers in metres, unless the metadata name a ``unit`` (or ``PhysicalSizeXUnit``,
        ``EmissionWavelengthUnit``).
    shape : int or sequence of int, optional
        Shape of the result; see `microscope`.
    **given
        Arguments of `microscope`; they stand before what the metadata say.

    Returns
    -------
    ndarray of float64, shape `shape`
        Non-negative, sum one, centre at ``n // 2``.

    Raises
    ------
    ValueError
        If something is missing that the microscope needs, with the names of all of it.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> meta = {"na": 1.4, "wavelength": "520 nm", "voxel": (0.2, 0.1, 0.1), "unit": "um"}
    >>> psf.from_metadata(meta, index=1.515, shape=(9, 15, 15)).shape
    (9, 15, 15)
    >>> psf.from_metadata(meta)
    Traceback (most recent call last):
    ...
    ValueError: meta says nothing of index; give index=..., as in from_metadata(meta, index=1.515)
    """
    found = {name: _find(meta, names) for name, names in _ALIASES.items()}
    if found["spacing"] is None:
        parts = [_find(meta, (part,)) for part in _PARTS]
        kept = tuple(part for part in parts if part is not None)
        found["spacing"] = kept if len(kept) > 1 else None
    found["spacing"] = _in_metres(found["spacing"], meta, ("unit", "PhysicalSizeXUnit"))
    found["wavelength"] = _in_metres(
        found["wavelength"], meta, ("wavelength_unit", "EmissionWavelengthUnit")
    )
    found |= {name: value for name, value in given.items() if name in found}
    free = ("wavelength",) if given.get("kind") == "two-photon" else ()
    missing = [name for name, value in found.items() if value is None and name not in free]
    if missing:
        example = {"na": "1.4", "wavelength": "'520 nm'", "index": "1.515", "spacing": "'100 nm'"}
        call = ", ".join(f"{name}={example[name]}" for name in missing)
        raise ValueError(
            f"meta says nothing of {', '.join(missing)}; give "
            f"{', '.join(f'{name}=...' for name in missing)}, as in from_metadata(meta, {call})"
        )
    return np.asarray(microscope(**{**found, **given, "shape": shape}))


def _find(meta: Any, names: Sequence[str]) -> Any:
    for name in names:
        value = meta.get(name) if isinstance(meta, Mapping) else getattr(meta, name, None)
        if value is not None:
            return value
    return None


def _in_metres(value: Any, meta: Any, units: Sequence[str]) -> Any:
    """Return lengths with the unit that the metadata name, or as they are."""
    unit = _find(meta, units)
    if value is None or unit is None or isinstance(value, str):
        return value
    if str(unit).lower() not in LENGTHS and unit not in LENGTHS:
        raise ValueError(f"meta names the unit {unit!r}; expected one of {', '.join(LENGTHS)}")
    if np.ndim(value):
        return tuple(one if isinstance(one, str) else f"{float(one)!r} {unit}" for one in value)
    return f"{float(value)!r} {unit}"
