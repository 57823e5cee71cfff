"""Lengths and angles with units: ``"520 nm"``, ``"20 mas"``, or numbers in metres and radians.

A number without a unit is in metres (radians), never in what would seem likely. A wavelength of
520 metres is therefore an error of its size, and says what was meant.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any, TypeAlias, final

from sigdeconv._checks import number

__all__ = ["LENGTHS", "Angle", "Length", "angle", "length", "lengths", "light"]

Length: TypeAlias = float | str
Angle: TypeAlias = float | str
LENGTHS: Mapping[str, float] = {
    "pm": 1e-12, "nm": 1e-9, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "micron": 1e-6, "microns": 1e-6,
    "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "angstrom": 1e-10, "å": 1e-10,
    "nanometer": 1e-9, "nanometre": 1e-9, "micrometer": 1e-6, "micrometre": 1e-6,
    "millimeter": 1e-3, "millimetre": 1e-3, "meter": 1.0, "metre": 1.0,
}  # fmt: skip
_ARCSEC = math.pi / 648000
ANGLES: Mapping[str, float] = {
    "rad": 1.0, "mrad": 1e-3, "urad": 1e-6, "µrad": 1e-6, "nrad": 1e-9, "deg": math.pi / 180,
    "arcmin": 60 * _ARCSEC, "arcsec": _ARCSEC, "mas": 1e-3 * _ARCSEC, "uas": 1e-6 * _ARCSEC,
}  # fmt: skip
_TEXT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s]*)\s*")


@final
@dataclasses.dataclass(frozen=True)
class Light:
    """Limits of a wavelength: outside them another unit was meant.

    Attributes
    ----------
    least, most : float
        Metres: hard X-rays to millimetre waves.
    """

    least: float = 1e-12
    most: float = 1e-2


LIGHT = Light()


def length(name: str, value: Any, **limits: Any) -> float:
    """Return a length in metres from a number in metres or a text such as ``"520 nm"``."""
    return _quantity(name, value, LENGTHS, "metres", "520 nm", limits)


def angle(name: str, value: Any, **limits: Any) -> float:
    """Return an angle in radians from a number in radians or a text such as ``"20 mas"``."""
    return _quantity(name, value, ANGLES, "radians", "20 mas", limits)


def light(name: str, value: Any) -> float:
    """Return a wavelength in metres, which lies between those of X-rays and of millimetre waves."""
    metres = length(name, value, above=0)
    if not LIGHT.least <= metres <= LIGHT.most:
        raise ValueError(
            f"{name} must be a wavelength, {LIGHT.least:g} to {LIGHT.most:g} metres; got "
            f"{metres:g} metres. Name the unit, as in {name}='{value:g} nm'"
            if not isinstance(value, str)
            else f"{name} must be a wavelength, {LIGHT.least:g} to {LIGHT.most:g} metres; got "
            f"{value!r}"
        )
    return metres


def lengths(name: str, value: Any, count: int, **limits: Any) -> tuple[float, ...]:
    """Return `count` lengths in metres from one for all or one each."""
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return (length(name, value, **limits),) * count
    if len(value) != count:
        raise ValueError(
            f"{name} has {len(value)} entries {value!r:.80}; expected one length or {count}, one "
            f"for each of the axes"
        )
    return tuple(length(f"{name}[{k}]", v, **limits) for k, v in enumerate(value))


def _quantity(
    name: str,
    value: Any,
    units: Mapping[str, float],
    si: str,
    example: str,
    limits: Mapping[str, Any],
) -> float:
    if not isinstance(value, str):
        return number(name, value, instead=f"text such as {example} or", **limits)
    found = _TEXT.fullmatch(value)
    unit = found.group(2) if found else ""
    scale = units.get(unit, units.get(unit.lower()))
    if found is None or scale is None:
        what = f"the unit {unit!r} is not known" if unit else "no unit"
        raise ValueError(
            f"{name} must be a number in {si} or text such as {example!r}; got {value!r}: "
            f"{what}. Units: {', '.join(units)}"
        )
    return number(name, float(found.group(1)) * scale, **limits)
