"""What a file says beside its values, and an error that needs no more words.

One record for all formats: the axes by name, the distance of the samples on each with its unit, the
channels, the optics, and what only one format knows. A letter names an axis: Z, Y and X are space
(X is the only axis of a signal in one dimension as well), T is time, C channels, S the samples of a
colour; any other letter is as the file has it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, final

from sigdeconv._array import NumpyArray
from sigdeconv.io._units import convert, plain_unit

__all__ = ["APART", "Channel", "Meta", "OutsideRange", "Unreadable"]

APART = "TCS"  # axes along which a kernel never acts: the signals are independent


@final
@dataclasses.dataclass(frozen=True)
class Channel:
    """One channel of a picture.

    Parameters
    ----------
    name : str, optional
        Such as ``"GFP"``.
    emission, excitation : float, optional
        Wavelengths, in nanometres.
    colour : int, optional
        How it is shown: red, green, blue and opacity in one signed number of 32 bits, as OME has
        it.

    Examples
    --------
    >>> from sigdeconv.io import Channel
    >>> Channel("GFP", emission=509.0).emission
    509.0
    """

    name: str | None = None
    emission: float | None = None
    excitation: float | None = None
    colour: int | None = None


@final
@dataclasses.dataclass(frozen=True)
class Meta:
    """What a file says beside its values; a field that the format lacks is None.

    Parameters
    ----------
    suffix : str
        Suffix of the file it came from, with the dot, in lower case.
    dtype : str, optional
        Type of the values in the file; `write` returns to it.
    axes : str, optional
        One letter an axis, such as ``"ZYX"``: T time, C channels, S samples of a colour.
    spacing : tuple of float or None, optional
        Distance of neighbouring samples on each of the `axes`, in `units`; of T it is the frame
        interval.
    units : str or tuple of str or None, optional
        Unit of each of these distances, such as ``"um"``. One text serves the axes of space, and
        seconds that of time.
    channels : tuple of Channel, optional
        Names and wavelengths of the channels.
    na : float, optional
        Numerical aperture.
    immersion : float, optional
        Refractive index of the immersion medium.
    bits : int, optional
        Bits that are used of each value, such as 12 of a camera.
    rate : int, optional
        Samples per second (WAV).
    kind : str, optional
        Flavour of a TIFF: ``"imagej"`` or ``"ome"``.
    description : str, optional
        Text stored with a plain TIFF.
    columns : tuple of str, optional
        Header of a table (CSV).
    delimiter, decimal : str, optional
        What separates the columns of a table, and its decimal sign where that is a comma.
    x, uncertainty : array of shape (n,), optional
        Abscissa of a table of two columns, such as a wavelength; and the standard deviation of
        each value, of a table of three.
    key : str, optional
        Name of the array in a file of several.
    contents : tuple of str, optional
        What else the file holds, by the names that ``file:name`` reads.
    exif, icc_profile : bytes, optional
        EXIF block and colour profile (PNG, JPEG), unread but for the orientation.
    orientation : int, optional
        EXIF orientation that the file had, which was applied on reading.
    display : mapping, optional
        How it is shown: ImageJ's colour tables, ranges, labels and mode.
    header : tuple of (str, value, str), optional
        The cards of a FITS file: keyword, value, comment.
    provenance : mapping, optional
        What made the file: command, method, parameters, hashes of the inputs.

    Raises
    ------
    ValueError
        If `spacing` or `units` are not one an axis.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "stack.tif")
    >>> meta = io.Meta(axes="ZYX", spacing=(0.3, 0.1, 0.1), units="um")
    >>> io.write(path, np.zeros((5, 8, 8), np.float32), meta)
    >>> stack, again = io.read(path)
    >>> again.axes, again.voxel, again.unit
    ('ZYX', (0.3, 0.1, 0.1), 'um')
    """

    suffix: str = ""
    dtype: str | None = None
    axes: str | None = None
    spacing: tuple[float | None, ...] | None = None
    units: str | tuple[str | None, ...] | None = None
    channels: tuple[Channel, ...] | None = None
    na: float | None = None
    immersion: float | None = None
    bits: int | None = None
    rate: int | None = None
    kind: str | None = None
    description: str | None = None
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    decimal: str | None = None
    x: NumpyArray | None = dataclasses.field(default=None, compare=False, repr=False)
    uncertainty: NumpyArray | None = dataclasses.field(default=None, compare=False, repr=False)
    key: str | None = None
    contents: tuple[str, ...] | None = dataclasses.field(default=None, compare=False, repr=False)
    exif: bytes | None = dataclasses.field(default=None, repr=False)
    icc_profile: bytes | None = dataclasses.field(default=None, repr=False)
    orientation: int | None = dataclasses.field(default=None, compare=False)
    display: Mapping[str, Any] | None = dataclasses.field(default=None, compare=False, repr=False)
    header: tuple[tuple[str, Any, str], ...] | None = dataclasses.field(
        default=None, compare=False, repr=False
    )
    provenance: Mapping[str, Any] | None = dataclasses.field(
        default=None, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        if self.spacing is None and self.units is None:
            return
        if self.axes is None:
            raise ValueError(
                "spacing is one number an axis, and axes is None; expected axes as well, such as "
                "axes='ZYX'"
            )
        given = (None,) * len(self.axes) if self.spacing is None else self.spacing
        spacing = given if isinstance(given, (tuple, list)) else (given,)
        known = tuple(None if step is None else float(step) for step in spacing)
        units = self.units
        if units is None or isinstance(units, str):
            of_time = "s" if isinstance(units, str) else None
            units = tuple(
                {"T": of_time}.get(letter, units) if step is not None else None
                for letter, step in zip(self.axes, known, strict=False)
            )
        for name, entries in (("spacing", known), ("units", units)):
            if len(entries) != len(self.axes):
                raise ValueError(
                    f"{name} has {len(entries)} entries; expected {len(self.axes)}, one for each "
                    f"axis of {self.axes}"
                )
        units = tuple(map(plain_unit, units))
        object.__setattr__(self, "spacing", known if any(s is not None for s in known) else None)
        object.__setattr__(self, "units", None if self.spacing is None else units)

    def step(self, axis: str) -> tuple[float, str | None] | None:
        """Return the distance of the samples along an axis, by its letter, and its unit."""
        if self.axes is None or self.spacing is None or axis not in self.axes:
            return None
        k = self.axes.index(axis)
        step = self.spacing[k]
        return None if step is None or self.units is None else (step, self.units[k])

    @property
    def unit(self) -> str | None:
        """Unit of `voxel`: that of the pixels, along X, or else of the first axis that has one."""
        for letter in (*"XYZ", *(self.axes or "")):
            step = self.step(letter)
            if step is not None:
                return step[1]
        return None

    @property
    def voxel(self) -> tuple[float, ...] | None:
        """Distance of neighbouring samples along the axes of space, in `unit`; None if unknown.

        Of (z, y, x) or (y, x), in the order of the axes. A method with the parameter ``spacing``
        takes it as it is.
        """
        letters = [letter for letter in self.axes or "" if letter in "ZYX"]
        steps = [self.step(letter) for letter in letters]
        found = [None if s is None else convert(s[0], s[1], self.unit) for s in steps]
        known = [step for step in found if step is not None]
        return tuple(known) if known and len(known) == len(letters) else None


class Unreadable(ValueError):
    """An error whose message already says everything."""


class OutsideRange(ValueError):
    """Values do not fit into the type to store; the message counts them.

    Examples
    --------
    >>> from sigdeconv.io import OutsideRange
    >>> issubclass(OutsideRange, ValueError)
    True
    """
