"""Units of sample distances: what they are called, and how one is converted into another.

Nothing is taken for another unit in silence: what is not of one kind (a length, an angle, a time, a
frequency, an energy, a wavenumber) does not convert.
"""

from __future__ import annotations

__all__ = ["UNITS", "convert", "plain_unit"]

# Kind and size in the base unit of its kind: metre, arcsecond, second, hertz, electronvolt, 1/cm.
UNITS: dict[str, tuple[str, float]] = {
    "pm": ("length", 1e-12),
    "angstrom": ("length", 1e-10),
    "nm": ("length", 1e-9),
    "um": ("length", 1e-6),
    "mm": ("length", 1e-3),
    "cm": ("length", 1e-2),
    "inch": ("length", 0.0254),
    "m": ("length", 1.0),
    "km": ("length", 1e3),
    "mas": ("angle", 1e-3),
    "arcsec": ("angle", 1.0),
    "arcmin": ("angle", 60.0),
    "deg": ("angle", 3600.0),
    "ns": ("time", 1e-9),
    "us": ("time", 1e-6),
    "ms": ("time", 1e-3),
    "s": ("time", 1.0),
    "min": ("time", 60.0),
    "h": ("time", 3600.0),
    "Hz": ("frequency", 1.0),
    "kHz": ("frequency", 1e3),
    "MHz": ("frequency", 1e6),
    "GHz": ("frequency", 1e9),
    "THz": ("frequency", 1e12),
    "meV": ("energy", 1e-3),
    "eV": ("energy", 1.0),
    "keV": ("energy", 1e3),
    "1/cm": ("wavenumber", 1.0),
    "1/m": ("wavenumber", 0.01),
}

SPELLINGS: dict[str, str] = {
    "micron": "um", "microns": "um", "micrometer": "um", "micrometre": "um",
    "nanometer": "nm", "nanometre": "nm", "millimeter": "mm", "millimetre": "mm",
    "centimeter": "cm", "centimetre": "cm", "meter": "m", "metre": "m", "inches": "inch",
    "in": "inch", "picometer": "pm", "kilometer": "km", "a": "angstrom", "å": "angstrom",
    "ångström": "angstrom", "angstroms": "angstrom",
    "arcseconds": "arcsec", "arcsecond": "arcsec", "arcminute": "arcmin", "degree": "deg",
    "degrees": "deg", "°": "deg", '"': "arcsec", "''": "arcsec",
    "sec": "s", "second": "s", "seconds": "s", "msec": "ms", "millisecond": "ms",
    "milliseconds": "ms", "microsecond": "us", "microseconds": "us", "nanosecond": "ns",
    "nanoseconds": "ns", "minute": "min", "minutes": "min", "hour": "h", "hours": "h",
    "hertz": "Hz", "cm-1": "1/cm", "cm^-1": "1/cm", "cm⁻¹": "1/cm", "1/centimeter": "1/cm",
    "electronvolt": "eV",
}  # fmt: skip

UNKNOWN = ("", "pixel", "pixels", "px", "voxel", "none", "null", "inapplicable", "\\u0000")


def plain_unit(unit: object) -> str | None:
    """Return a unit in the spelling of the table, unknown ones as they are, or None for none."""
    if unit is None:
        return None
    text = str(unit).strip().replace("\\u00B5", "u").replace("\\u00b5", "u")
    text = text.replace("µ", "u").replace("μ", "u").strip("\x00 ")
    if text.lower() in UNKNOWN:
        return None
    if text in UNITS:
        return text
    small = SPELLINGS.get(text.lower())
    if small is not None:
        return small
    same = [name for name in UNITS if name.lower() == text.lower()]
    return same[0] if len(same) == 1 else text


def convert(value: float, unit: str | None, to: str | None) -> float | None:
    """Return a value in another unit.

    Parameters
    ----------
    value : float
        The value, in `unit`.
    unit, to : str or None
        Units such as ``"nm"``, ``"arcsec"``, ``"s"``, ``"Hz"``.

    Returns
    -------
    float or None
        None where a unit is not known, or they are not of one kind.

    Examples
    --------
    >>> from sigdeconv import io
    >>> io.convert(300.0, "nm", "um"), io.convert(1.0, "s", "um")
    (0.3, None)
    """
    if unit == to:
        return value
    if unit not in UNITS or to not in UNITS or UNITS[unit][0] != UNITS[to][0]:
        return None
    factor = UNITS[unit][1] / UNITS[to][1]
    return float(f"{value * factor:.12g}")  # 300 nm are 0.3 um, not 0.30000000000000004
