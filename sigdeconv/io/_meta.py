"""What a file says beside its values, and an error that needs no more words."""

from __future__ import annotations

import dataclasses

from sigdeconv._array import NumpyArray

__all__ = ["Meta", "Unreadable"]


@dataclasses.dataclass(frozen=True)
class Meta:
    """What a file says beside its values; a field that the format lacks is None.

    Parameters
    ----------
    suffix : str
        Suffix of the file it came from, with the dot, in lower case.
    dtype : str, optional
        Type of the values in the file; `write` returns to it.
    rate : int, optional
        Samples per second (WAV).
    resolution : tuple of float, optional
        Samples per `unit` along x and y (TIFF), or per inch (PNG, JPEG).
    unit : str, optional
        Unit of `resolution` and `spacing`, such as ``"um"``.
    spacing : float, optional
        Distance of two slices of a stack, in `unit`.
    axes : str, optional
        One letter per axis of a TIFF, such as ``"ZYX"``.
    kind : str, optional
        Flavour of a TIFF: ``"imagej"`` or ``"ome"``.
    description : str, optional
        Text stored with a plain TIFF.
    columns : tuple of str, optional
        Header of a table (CSV).
    delimiter : str, optional
        What separates the columns of a table.
    x : array of shape (n,), optional
        Abscissa of a table of two columns, such as a wavelength.
    key : str, optional
        Name of the array in a .npz file.
    exif, icc_profile : bytes, optional
        EXIF block and colour profile (PNG, JPEG), unread.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "stack.tif")
    >>> io.write(path, np.zeros((5, 8, 8), np.float32), io.Meta(".tif", spacing=0.3, unit="um"))
    >>> stack, meta = io.read(path)
    >>> stack.shape, meta.spacing, meta.unit
    ((5, 8, 8), 0.3, 'um')
    """

    suffix: str = ""
    dtype: str | None = None
    rate: int | None = None
    resolution: tuple[float, float] | None = None
    unit: str | None = None
    spacing: float | None = None
    axes: str | None = None
    kind: str | None = None
    description: str | None = None
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    x: NumpyArray | None = dataclasses.field(default=None, compare=False, repr=False)
    key: str | None = None
    exif: bytes | None = dataclasses.field(default=None, repr=False)
    icc_profile: bytes | None = dataclasses.field(default=None, repr=False)

    @property
    def voxel(self) -> tuple[float, ...] | None:
        """Distance of neighbouring samples along (z, y, x) or (y, x), in `unit`; None if unknown.

        A method with the parameter ``spacing`` takes it as it is.
        """
        if self.resolution is None:
            return None
        plane = (1 / self.resolution[1], 1 / self.resolution[0])
        if self.axes is None or "Z" not in self.axes:
            return plane
        return None if self.spacing is None else (self.spacing, *plane)


class Unreadable(ValueError):
    """An error whose message already says everything."""
