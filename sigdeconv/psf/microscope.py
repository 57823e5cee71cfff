"""Microscopes: the blur of an objective, from what is engraved on it.

The image of a point through an aperture NA at the wavelength of its light, in focus and out of it,
integrated over the pixels of the camera. With the detection ``d``, the illumination ``e`` (both by
the integrals of ``_pupil``) and the radius across the axis as the argument::

    widefield     d(wavelength)                       confocal     e(excitation) . (d * pinhole)
    light-sheet   d(wavelength) . sheet(z)            two-photon   e(excitation)^2
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args, overload

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import flag, number, one_of
from sigdeconv.psf._frame import Planes, scanned, widefield
from sigdeconv.psf._model import model, unit_sum
from sigdeconv.psf._pupil import Lens, Model
from sigdeconv.psf._units import Length, length, light
from sigdeconv.psf.physical import PhysicalPSF

__all__ = ["microscope"]

Kind: TypeAlias = Literal["widefield", "confocal", "light-sheet", "two-photon"]
Focus: TypeAlias = Literal["brightest", "paraxial"]
Layer: TypeAlias = tuple[Length, float]


@overload
def microscope(
    *, na: float, index: float, spacing: Length | Sequence[Length],
    wavelength: Length | None = ..., shape: int | Sequence[int] | None = ...,
    kind: Kind = ..., model: Model = ..., excitation: Length | None = ..., pinhole: float = ...,
    sheet: Length | None = ..., sample_index: float | None = ..., depth: Length = ...,
    cover: Layer | None = ..., design_cover: Layer | None = ..., focus: Focus = ...,
    details: Literal[False] = ...,
) -> NDArray[np.float64]: ...  # fmt: skip
@overload
def microscope(
    *, na: float, index: float, spacing: Length | Sequence[Length],
    wavelength: Length | None = ..., shape: int | Sequence[int] | None = ...,
    kind: Kind = ..., model: Model = ..., excitation: Length | None = ..., pinhole: float = ...,
    sheet: Length | None = ..., sample_index: float | None = ..., depth: Length = ...,
    cover: Layer | None = ..., design_cover: Layer | None = ..., focus: Focus = ...,
    details: Literal[True],
) -> PhysicalPSF: ...  # fmt: skip
@model
def microscope(
    *, na: float, index: float, spacing: Length | Sequence[Length],
    wavelength: Length | None = None, shape: int | Sequence[int] | None = None,
    kind: Kind = "widefield", model: Model = "vectorial", excitation: Length | None = None,
    pinhole: float = 1.0, sheet: Length | None = None, sample_index: float | None = None,
    depth: Length = 0.0, cover: Layer | None = None, design_cover: Layer | None = None,
    focus: Focus = "brightest", details: bool = False,
) -> NDArray[np.float64] | PhysicalPSF:  # fmt: skip
    """Return the blur of a microscope, integrated over the pixel, in the planes of a stack.

    Lengths are numbers in metres or text with a unit, such as ``"520 nm"``.

    Parameters
    ----------
    na : float
        Numerical aperture, at most `index`.
    index : float
        Refractive index of the immersion: 1 air, 1.33 water, 1.515 oil.
    spacing : length or sequence of length
        Distance of the samples in the object along ``(z, y, x)`` or ``(y, x)``; one for all.
    wavelength : length
        Of the light that the camera sees, in vacuum; not needed for ``kind="two-photon"``.
    shape : int or sequence of int, optional
        Shape of the result, odd or even, of two or three axes; by default as many as `spacing` has
        (2 for one number), out to 5 Airy radii and 2 lengths of the central peak along z.
    kind : {"widefield", "confocal", "light-sheet", "two-photon"}
        How the light is excited and collected.
    model : {"vectorial", "scalar", "gibson-lanni"}
        Polarised light of turning dipoles; scalar light with the aplanatic apodisation; or the
        scalar integral of Gibson and Lanni without one.
    excitation : length, optional
        Wavelength of the light that excites, for confocal and two-photon.
    pinhole : float
        Diameter of the confocal pinhole in Airy units, ``1.22 wavelength / NA``.
    sheet : length, optional
        Full width at half maximum of the light sheet along z.
    sample_index : float, optional
        Refractive index around the object; `index` by default.
    depth : length
        Distance of the object from the cover glass, in the sample.
    cover, design_cover : (thickness, index), optional
        The cover glass, and the one that the objective is made for; given together.
    focus : {"brightest", "paraxial"}
        What lies at index ``n // 2`` of the planes: the brightest point of the axis, or the focus
        of the paraxial rays. They differ where the indices do.
    details : bool
        Whether to return a `PhysicalPSF`, which tells the light inside the frame.

    Returns
    -------
    ndarray of float64, shape `shape`, or PhysicalPSF
        Non-negative, sum one, centre at ``n // 2``. Planes follow each other as the focus goes
        deeper into the sample.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range; if `na` is above `index`; if `kind`
        needs a wavelength or a sheet that is not given.

    Notes
    -----
    The planes are those where the stage stops: they are not integrated along z. Each plane of a
    widefield stack holds the same light; what leaves the frame sideways is not there, and the rest
    is scaled to sum one. The largest error is below 1e-4 of the peak
    (``benchmarks/psf_physics.py``).

    References
    ----------
    .. [1] S. F. Gibson, F. Lanni, "Experimental test of an analytical model of aberration in an
       oil-immersion objective lens", JOSA A 8, 1601 (1991), :doi:`10.1364/JOSAA.8.001601`.
    .. [2] B. Richards, E. Wolf, "Electromagnetic diffraction in optical systems II", Proc. R. Soc.
       A 253, 358 (1959), :doi:`10.1098/rspa.1959.0200`.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.microscope(na=1.4, wavelength="520 nm", index=1.515, spacing="65 nm").shape
    (35, 35)
    >>> psf.microscope(
    ...     na=1.2, wavelength="520 nm", index=1.33, spacing=("300 nm", "100 nm", "100 nm"),
    ...     kind="confocal", excitation="488 nm", shape=(9, 15, 15),
    ... ).shape
    (9, 15, 15)
    """
    model, kind = one_of("model", model, get_args(Model)), one_of("kind", kind, get_args(Kind))
    focus, details = one_of("focus", focus, get_args(Focus)), flag("details", details)
    lights = _lights(kind, wavelength, excitation)
    lens = _lens(na, index, sample_index, depth, (cover, design_cover), lights[0], model)
    width = None if sheet is None else length("sheet", sheet, above=0)
    if (width is not None) != (kind == "light-sheet"):
        what = "must be given" if width is None else "must be left out"
        raise ValueError(f"sheet {what} with kind {kind!r}: it is the width of a light sheet")
    frame = Planes.of(spacing, shape, lens)
    shift = lens.brightest() if focus == "brightest" else 0.0
    if kind in ("widefield", "light-sheet"):
        psf, total = widefield(lens, frame, shift)
        if width is not None:
            profile = np.exp(-4 * math.log(2) * (frame.heights / width) ** 2)
            psf, total = psf * profile[:, None, None], total * profile
    else:
        pinhole = number("pinhole", pinhole, above=0)
        psf, total = scanned(lens, frame, shift, lights[1:], pinhole)
    share = float(psf.sum() / total.sum())
    psf = unit_sum(psf if len(frame.spacing) == 3 else psf[0])
    return PhysicalPSF(psf, share, frame.spacing, shift) if details else psf


def _lights(kind: Kind, wavelength: Length | None, excitation: Length | None) -> list[float]:
    """Return the wavelengths: that of the frame, and those of the factors that are multiplied."""
    if kind != "two-photon" and wavelength is None:
        raise ValueError(f"wavelength must be given with kind {kind!r}, such as '520 nm'; got None")
    scanned = kind in ("confocal", "two-photon")
    if scanned and excitation is None:
        raise ValueError(f"excitation must be given with kind {kind!r}, such as '488 nm'; got None")
    if not scanned:
        return [light("wavelength", wavelength)]
    exciting = light("excitation", excitation)
    if kind == "two-photon":
        return [exciting, exciting]
    seen = light("wavelength", wavelength)
    return [seen, exciting, seen]


def _lens(
    na: float,
    index: float,
    sample_index: float | None,
    depth: Length,
    covers: tuple[Layer | None, Layer | None],
    wavelength: float,
    model: Model,
) -> Lens:
    index = number("index", index, least=1)
    na = number("na", na, above=0)
    if na > index:
        raise ValueError(
            f"na must be at most the index of the immersion, {index:g}; got {na:g}. Air has index "
            f"1, water 1.33, oil 1.515"
        )
    inside = index if sample_index is None else number("sample_index", sample_index, least=1)
    layers = [(length("depth", depth, least=0), inside)]
    if (covers[0] is None) != (covers[1] is None):
        raise ValueError("cover and design_cover must be given together; got one of them")
    for name, cover, sign in zip(("cover", "design_cover"), covers, (1, -1), strict=True):
        if cover is None:
            continue
        if not isinstance(cover, (tuple, list)) or len(cover) != 2:
            raise ValueError(f"{name} must be (thickness, index); got {cover!r:.80}")
        glass = number(f"{name}[1]", cover[1], least=na)
        layers.append((sign * length(f"{name}[0]", cover[0], least=0), glass))
    # A layer of the immersion's own index moves the focus and nothing else.
    kept = tuple(layer for layer in layers if layer[0] or layer[1] == inside)
    return Lens(na, wavelength, index, inside, () if inside == index and len(kept) == 1 else kept,
                model)  # fmt: skip
