"""Telescopes: diffraction by a pupil with its obstruction, vanes and aberrations, and the seeing.

The intensity over a pixel of the size p at the angle x is the Fourier sum of the pupil's transfer
function, the atmosphere's and the pixel's::

    h(x) = sum_u T(u) exp(-D(u) / 2) sinc(u1 p / L) sinc(u2 p / L) exp(2 pi i u.x / L)

with u in metres across the pupil and the wavelength L.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Literal, final, overload

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import flag, integer, number
from sigdeconv._fft import frequencies, next_fast_len
from sigdeconv.psf._aperture import (
    annulus,
    at_lags,
    atmosphere,
    autocorrelation,
    vane,
    wavefront,
)
from sigdeconv.psf._check import as_shape
from sigdeconv.psf._model import centred, model, odd, unit_sum
from sigdeconv.psf._units import Angle, Length, angle, length, light
from sigdeconv.psf.physical import PhysicalPSF

__all__ = ["telescope"]


@final
@dataclasses.dataclass(frozen=True)
class TelescopeLimits:
    """Constants of the pupil's grid and of the frame.

    Attributes
    ----------
    cells : int
        Cells across the diameter, at least.
    most : int
        Cells at most: memory grows with their square.
    room : float
        Field of the grid, ``cells wavelength / diameter``, in widths of the frame.
    apart : float
        Distance of the copies of an image with seeing, in widths of the frame.
    dark : float
        Transmission of the atmosphere that is nothing.
    rings : float
        Half width of the default frame in ``1.22 wavelength / diameter``.
    seeing : float
        The same in full widths of the seeing.
    fwhm : float
        Full width of the long exposure (Kolmogorov) in ``wavelength / r0``.
    """

    cells: int = 512
    most: int = 2048
    room: float = 2.0
    apart: float = 6.0
    dark: float = 1e-8
    rings: float = 5.0
    seeing: float = 3.0
    fwhm: float = 0.976


TELESCOPE = TelescopeLimits()


@overload
def telescope(
    *, diameter: Length, wavelength: Length, scale: Angle,
    shape: int | Sequence[int] | None = ..., obstruction: float = ..., spiders: int = ...,
    spider_width: Length = ..., spider_angle: float = ...,
    zernike: Mapping[int, Length] | Sequence[Length] = ..., seeing: Angle | None = ...,
    r0: Length | None = ..., outer_scale: Length | None = ..., details: Literal[False] = ...,
) -> NDArray[np.float64]: ...  # fmt: skip
@overload
def telescope(
    *, diameter: Length, wavelength: Length, scale: Angle,
    shape: int | Sequence[int] | None = ..., obstruction: float = ..., spiders: int = ...,
    spider_width: Length = ..., spider_angle: float = ...,
    zernike: Mapping[int, Length] | Sequence[Length] = ..., seeing: Angle | None = ...,
    r0: Length | None = ..., outer_scale: Length | None = ..., details: Literal[True],
) -> PhysicalPSF: ...  # fmt: skip
@model
def telescope(
    *, diameter: Length, wavelength: Length, scale: Angle,
    shape: int | Sequence[int] | None = None, obstruction: float = 0.0, spiders: int = 0,
    spider_width: Length = 0.0, spider_angle: float = 0.0,
    zernike: Mapping[int, Length] | Sequence[Length] = (), seeing: Angle | None = None,
    r0: Length | None = None, outer_scale: Length | None = None, details: bool = False,
) -> NDArray[np.float64] | PhysicalPSF:  # fmt: skip
    """Return the image of a star, integrated over the pixel.

    Lengths are numbers in metres or text such as ``"520 nm"``; angles on the sky are numbers in
    radians or text such as ``"20 mas"`` or ``"0.3 arcsec"``.

    Parameters
    ----------
    diameter, wavelength : length
        Of the aperture and of the light.
    scale : angle
        Width of a pixel on the sky.
    shape : int or sequence of int, optional
        Shape of the result, two axes, odd or even; by default odd, out to 5 radii of the first
        dark ring and 3 widths of the seeing.
    obstruction : float
        Diameter of the central obstruction as a part of `diameter`, from 0 to below 1.
    spiders : int
        Number of vanes, at equal angles.
    spider_width : length
        Their width; needed with `spiders`.
    spider_angle : float
        Of the first vane, in degrees counter-clockwise from the right, with rows running down.
    zernike : mapping of int to length, or sequence of length
        Root mean square of the wavefront by Noll's index, ``{4: "50 nm"}`` for defocus; a sequence
        begins at index 1.
    seeing : angle, optional
        Full width at half maximum of the long exposure by the atmosphere alone: ``0.976 wavelength
        / r0``.
    r0 : length, optional
        Fried's parameter at this wavelength, in place of `seeing`.
    outer_scale : length, optional
        Of the turbulence (von Karman); without one it is infinite (Kolmogorov).
    details : bool
        Whether to return a `PhysicalPSF`, which tells the light inside the frame.

    Returns
    -------
    ndarray of float64, shape `shape`, or PhysicalPSF
        Non-negative, sum one, the direction of the star at ``n // 2``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range; if the frame is thousands of
        ``wavelength / diameter`` wide.

    Notes
    -----
    The largest error is below 1e-4 of the peak (``benchmarks/psf_physics.py``).

    References
    ----------
    .. [1] R. J. Noll, "Zernike polynomials and atmospheric turbulence", JOSA 66, 207 (1976),
       :doi:`10.1364/JOSA.66.000207`.
    .. [2] D. L. Fried, "Optical resolution through a randomly inhomogeneous medium for very long
       and very short exposures", JOSA 56, 1372 (1966), :doi:`10.1364/JOSA.56.001372`.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.telescope(diameter=2.4, obstruction=0.33, wavelength="1 um", scale="20 mas").shape
    (53, 53)
    >>> psf.telescope(
    ...     diameter="1 m", wavelength="550 nm", scale="0.3 arcsec", seeing="1.2 arcsec"
    ... ).shape
    (25, 25)
    """
    across, wave = length("diameter", diameter, above=0), light("wavelength", wavelength)
    pixel = angle("scale", scale, above=0)
    details = flag("details", details)
    fried = _fried(seeing, r0, wave)
    outer = None if outer_scale is None else length("outer_scale", outer_scale, above=0)
    if outer is not None and fried is None:
        raise ValueError("outer_scale is that of the seeing; give seeing or r0 as well")
    half = TELESCOPE.rings * 1.22 * wave / across
    half = max(half, TELESCOPE.seeing * TELESCOPE.fwhm * wave / fried) if fried else half
    sizes = as_shape(shape, (odd(half / pixel),) * 2)
    cells = TELESCOPE.cells if fried else _cells(max(sizes) * pixel * across / wave)
    vanes = (spiders, spider_width, spider_angle)
    pupil, area = _pupil(cells, across, obstruction, vanes, zernike, wave)
    step = pixel * across / cells / wave
    image = _image(pupil, sizes, step, across / cells, (fried, outer) if fried else None)
    share = float(image.sum() * step**2 / area)
    psf = unit_sum(image)
    return PhysicalPSF(psf, share, (pixel, pixel)) if details else psf


def _fried(seeing: Angle | None, r0: Length | None, wavelength: float) -> float | None:
    if seeing is not None and r0 is not None:
        raise ValueError("seeing and r0 say the same; give one of them")
    if seeing is not None:
        return TELESCOPE.fwhm * wavelength / angle("seeing", seeing, above=0)
    return None if r0 is None else length("r0", r0, above=0)


def _cells(width: float) -> int:
    """Return the cells across the pupil for a frame of `width` in wavelength / diameter."""
    cells = max(TELESCOPE.cells, math.ceil(TELESCOPE.room * width))
    if cells > TELESCOPE.most:
        most = int(TELESCOPE.most / TELESCOPE.room)
        raise ValueError(
            f"shape times scale is {width:.0f} wavelength / diameter; expected at most {most}. "
            f"Take a smaller shape, or moffat() for what the seeing alone blurs"
        )
    return cells


def _pupil(
    cells: int,
    diameter: float,
    obstruction: float,
    vanes: tuple[int, Length, float],
    zernike: Mapping[int, Length] | Sequence[Length],
    wavelength: float,
) -> tuple[NDArray[np.generic], float]:
    """Return the pupil on its grid, and its area in cells."""
    obstruction = number("obstruction", obstruction, least=0, below=1)
    count = integer("spiders", vanes[0], least=0)
    width = length("spider_width", vanes[1], least=0)
    first = number("spider_angle", vanes[2])
    if (count > 0) != (width > 0):
        raise ValueError(
            f"spiders and spider_width must be given together; got {count} vanes of {width:g} m"
        )
    n = cells + 1 + cells % 2
    pupil = annulus(n, cells, obstruction)
    for k in range(count):
        pupil = pupil * (1 - vane(n, width / diameter * cells, first + 360 * k / count))
    terms = _terms(zernike)
    if not terms:
        return pupil, float(pupil.sum())
    phase = 2 * math.pi / wavelength * wavefront(n, cells, terms)
    return pupil * np.exp(1j * phase), float(pupil.sum())


def _terms(zernike: Mapping[int, Length] | Sequence[Length]) -> dict[int, float]:
    if isinstance(zernike, (str, float, int)):
        raise TypeError(
            f"zernike must map Noll's index to a length, as in {{4: '50 nm'}}; got {zernike!r:.80}"
        )
    pairs = zernike.items() if isinstance(zernike, Mapping) else enumerate(zernike, start=1)
    return {
        integer("zernike index", j, least=1): length(f"zernike[{j}]", size) for j, size in pairs
    }


def _image(
    pupil: NDArray[np.generic],
    shape: Sequence[int],
    step: float,
    cell: float,
    air: tuple[float, float | None] | None,
) -> NDArray[np.float64]:
    """Return mean intensities of pixels; `step` is their width in cycles per cell of `cell` m."""
    size = next_fast_len(2 * len(pupil))
    spectrum = autocorrelation(pupil, size)
    lags, spacing = frequencies(size, half=False) * size, 1.0
    if air is not None:
        lags = _fine(lags, max(shape) * step, cell, *air)
        spectrum = at_lags(spectrum, lags)
        spectrum = spectrum * atmosphere(cell * np.hypot(lags[:, None], lags), *air)
        spacing = lags[1] - lags[0]
    down, across = (
        np.sinc(lags * step) * np.exp(2j * math.pi * step * np.outer(centred(n), lags))
        for n in shape
    )
    return np.asarray((down @ spectrum @ across.T).real * (spacing / size) ** 2)


def _fine(
    lags: NDArray[np.float64], width: float, cell: float, r0: float, outer_scale: float | None
) -> NDArray[np.float64]:
    """Return lags between those of the cells, as far as the atmosphere leaves something.

    The sum over lags repeats the image; the wings of the seeing fall so slowly, as r^(-11/3), that
    the copies must be far away.
    """
    reach = float(np.max(lags))
    tried = np.linspace(0, reach, len(lags))
    dark = np.flatnonzero(atmosphere(cell * tried, r0, outer_scale) < TELESCOPE.dark)
    reach = float(tried[dark[0]]) if dark.size else reach
    spacing = min(1 / (TELESCOPE.apart * width), 1.0)
    count = math.ceil(reach / spacing)
    if count > TELESCOPE.most:
        raise ValueError(
            f"shape times scale is too wide for this seeing: {count} frequencies, expected at most "
            f"{TELESCOPE.most}. Take a smaller shape"
        )
    return np.arange(-count, count + 1, dtype=np.float64) * spacing
