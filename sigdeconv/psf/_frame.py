"""The samples of a microscope's kernel, and the light of its planes inside and outside of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv.psf._check import as_shape
from sigdeconv.psf._model import centred, odd
from sigdeconv.psf._pupil import Lens
from sigdeconv.psf._radial import RADIAL, disk_average, over_pixels, over_plane
from sigdeconv.psf._units import Length, lengths

__all__ = ["Planes", "scanned", "widefield"]


@final
@dataclasses.dataclass(frozen=True)
class MicroscopeLimits:
    """Constants of the frames of a microscope.

    Attributes
    ----------
    lateral : float
        Half width of the default frame in Airy radii, ``0.61 wavelength / NA``.
    axial : float
        Its half depth in ``2 n wavelength / NA^2``, from the focus to the first dark point.
    airy : float
        Diameter of an Airy unit in ``wavelength / NA``.
    slope : float
        Tangent of the steepest ray whose light is followed when a plane is summed up.
    beyond : float
        Radii, in ``wavelength / NA``, that are summed up beyond that ray.
    """

    lateral: float = 5.0
    axial: float = 2.0
    airy: float = 1.22
    slope: float = 3.0
    beyond: float = 8.0


MICROSCOPE = MicroscopeLimits()


@final
@dataclasses.dataclass(frozen=True)
class Planes:
    """The samples that are asked for."""

    spacing: tuple[float, ...]
    shape: tuple[int, ...]

    @classmethod
    def of(
        cls, spacing: Length | Sequence[Length], shape: int | Sequence[int] | None, lens: Lens
    ) -> Planes:
        given = None if isinstance(spacing, (str, float, int)) else len(spacing)
        asked = None if shape is None or isinstance(shape, int) else len(shape)
        ndim = given or asked or 2
        if ndim not in (2, 3):
            raise ValueError(
                f"spacing must have one length, or 2 or 3 of them along (y, x) or (z, y, x); got "
                f"{ndim} axes"
            )
        steps = lengths("spacing", spacing, ndim, above=0)
        radius = MICROSCOPE.lateral * MICROSCOPE.airy / 2 * lens.wavelength / lens.na
        depth = MICROSCOPE.axial * 2 * lens.index * lens.wavelength / lens.na**2
        halves = (depth, radius, radius)[-ndim:]
        default = [odd(half / step) for half, step in zip(halves, steps, strict=True)]
        return cls(steps, as_shape(shape, default))

    @property
    def heights(self) -> NDArray[np.float64]:
        if len(self.shape) == 2:
            return np.zeros(1)
        return centred(self.shape[0]) * self.spacing[0]

    @property
    def corner(self) -> float:
        """Distance of the farthest corner from the axis."""
        pairs = zip(self.shape[-2:], self.spacing[-2:], strict=True)
        return math.hypot(*((n // 2 + 0.5) * step for n, step in pairs))

    def pixels(self, table: NDArray[np.float64], dr: float, period: float) -> NDArray[np.float64]:
        return over_pixels(table, dr, self.shape[-2:], self.spacing[-2:], period)


def widefield(
    lens: Lens, frame: Planes, shift: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return pixels and the light of each plane."""
    dr = lens.wavelength / lens.na / RADIAL.samples
    radii = np.arange(math.ceil(frame.corner / dr) + RADIAL.taps, dtype=np.float64) * dr
    table = lens.intensity(radii, frame.heights + shift)
    psf = frame.pixels(table, dr, lens.wavelength / lens.na / 2)
    return psf, np.full(len(psf), lens.power())


def scanned(
    lens: Lens, frame: Planes, shift: float, lights: Sequence[float], pinhole: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return pixels and the light of each plane of a product of two intensities."""
    unit = min(lights) / lens.na
    dr = unit / RADIAL.samples / 2  # a product has periods half as long
    heights = frame.heights
    steep = math.tan(math.asin(min(lens.na / max(lens.index, lens.sample_index), 0.95)))
    reach = float(np.max(np.abs(heights))) * min(steep, MICROSCOPE.slope) + MICROSCOPE.beyond * unit
    count = math.ceil(max(frame.corner, reach) / dr) + RADIAL.taps
    disk = pinhole * MICROSCOPE.airy * lens.wavelength / lens.na / 2 if len(lights) == 2 else 0.0
    radii = np.arange(count + math.ceil(disk / dr) + RADIAL.taps, dtype=np.float64) * dr
    exciting = dataclasses.replace(lens, wavelength=lights[0])
    product = exciting.intensity(radii[:count], heights + shift)
    if len(lights) == 1:
        product = product**2
    else:
        seen = lens.intensity(radii, heights + shift)
        product = product * disk_average(seen, dr, disk, count, unit / 2)
    psf = frame.pixels(product, dr, unit / 4)
    return psf, over_plane(product, dr)
