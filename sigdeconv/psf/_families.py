"""Families of kernels with few parameters.

Every family says how a kernel is made of its parameters, where a search starts, and on which
spectra it is done: rings for a round kernel, sectors for a direction, boxes for one width an axis.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence
from typing import final

from sigdeconv.psf._spectra import CellKind, Values
from sigdeconv.psf.airy import airy
from sigdeconv.psf.disk import disk
from sigdeconv.psf.gaussian import gaussian
from sigdeconv.psf.moffat import moffat
from sigdeconv.psf.motion import motion

__all__ = ["Family", "Parameters", "families"]

Parameters = tuple[float, ...]
# Beyond this part of a tile a kernel is not told from the scene's own variation.
WIDEST = 0.3
TURN = 50.0  # degrees that count like a factor of e in a width


@final
@dataclasses.dataclass(frozen=True)
class Family:
    """A family of kernels.

    Attributes
    ----------
    name : str
        Its name: that of the model.
    parameters : tuple of str
        Names of the parameters.
    make : callable
        ``make(values, most)``: the kernel, of at most `most` samples an axis.
    starts : sequence of tuple
        Where the search looks first.
    kind, tile : str, int
        Cells and size of the tiles.
    kinds : tuple of str
        What each parameter is: a ``width`` or an ``exponent``, searched by its logarithm, or an
        ``angle`` in degrees.
    """

    name: str
    parameters: tuple[str, ...]
    make: Callable[[Parameters, int], Values]
    starts: Sequence[Parameters]
    kind: CellKind
    tile: int
    kinds: tuple[str, ...] = ("width",)

    def place(self, values: Parameters) -> Parameters:
        """Return where the parameters are searched: all on about the same scale."""
        return tuple(
            v / TURN if k == "angle" else math.log(v)
            for v, k in zip(values, self.kinds, strict=True)
        )

    def values(self, place: Parameters) -> Parameters:
        """Return the parameters at a place of the search."""
        return tuple(
            v * TURN if k == "angle" else math.exp(v)
            for v, k in zip(place, self.kinds, strict=True)
        )


def _grid(low: float, high: float, ratio: float) -> list[float]:
    steps = max(math.ceil(math.log(high / low) / math.log(ratio)), 1)
    return [low * (high / low) ** (k / steps) for k in range(steps + 1)]


def _fitting(half: float, most: int) -> int:
    """Return the odd length that holds ``-half .. half``, at most `most`."""
    return min(2 * math.ceil(half) + 1, most - 1 + most % 2)


def families(name: str, shape: Sequence[int], anisotropic: bool) -> Family:
    """Return the family of that name for data of that shape."""
    ndim = len(shape)
    size = min({1: 256, 2: 64}.get(ndim, 48), max(shape))
    fine = min({1: 512, 2: 128}.get(ndim, 48), max(shape))  # zeros of a spectrum need long tiles
    widths: list[float]
    starts: list[Parameters]
    if name == "gaussian" and anisotropic:
        return _widths(ndim, size)
    if name == "gaussian":
        starts = [(s,) for s in _grid(0.3, size * WIDEST / 3, 1.22)]
        return Family(name, ("sigma",), _gaussian(ndim), starts, "rings", size)
    if name == "disk":
        starts = [(r,) for r in _grid(0.8, fine * WIDEST / 2.5, 1.07)]
        return Family(
            name, ("radius",), lambda v, most: disk(v[0], ndim=ndim), starts, "rings", fine
        )
    if name == "airy":
        starts = [(r,) for r in _grid(1.2, size * WIDEST / 2.5, 1.2)]
        return Family(name, ("radius",), _airy, starts, "rings", size)
    if name == "moffat":
        widths = _grid(1.0, size * WIDEST / 2, 1.3)
        starts = list(itertools.product(widths, (0.8, 1.8, 4.0)))
        kinds = "width", "exponent"
        return Family(name, ("fwhm", "beta"), _moffat(ndim), starts, "rings", size, kinds)
    if ndim == 1:
        starts = [(s,) for s in _grid(2.0, fine * WIDEST, 1.07)]
        return Family(name, ("length",), lambda v, _: motion(v[0], ndim=1), starts, "rings", fine)
    turns = itertools.product(_grid(3.0, fine * WIDEST, 1.08), range(0, 180, 10))
    starts = [(length, float(turn)) for length, turn in turns]
    return Family(name, ("length", "angle"), lambda v, _: motion(v[0], v[1]), starts, "sectors",
                  fine, ("width", "angle"))  # fmt: skip


Maker = Callable[[Parameters, int], Values]


def _gaussian(ndim: int) -> Maker:
    return lambda v, most: gaussian(v[0], ndim=ndim, shape=(_fitting(4 * v[0] + 1, most),) * ndim)


def _airy(v: Parameters, most: int) -> Values:
    return airy(v[0], shape=_fitting(5 * v[0], most))


def _moffat(ndim: int) -> Maker:
    """Return what makes a Moffat profile; the exponent is what is above ``ndim / 2``."""
    return lambda v, most: moffat(
        v[0], max(v[1], 0.05) + ndim / 2, ndim=ndim, shape=_fitting(4 * v[0], most)
    )


def _turned(v: Parameters, most: int) -> Values:
    wide = _fitting(4 * max(v[:2]) + 1, most)
    return gaussian((max(v[0], 0.05), max(v[1], 0.05)), angle=v[2], shape=wide)


def _boxed(v: Parameters, most: int) -> Values:
    return gaussian(v, shape=[_fitting(4 * s + 1, most) for s in v])


def _widths(ndim: int, size: int) -> Family:
    """Return Gaussians with one width an axis, in 2-D with an angle as well."""
    grid = _grid(0.6, size * WIDEST / 3, 1.6)
    starts: list[Parameters] = list(itertools.product(grid, repeat=ndim))
    names = tuple(f"sigma {k}" for k in range(ndim))
    if ndim != 2:
        return Family("gaussian", names, _boxed, starts, "boxes", size, ("width",) * ndim)
    turned = [(a, b, float(t)) for a, b in starts if a > b for t in range(0, 180, 30)]
    kinds = "width", "width", "angle"
    return Family("gaussian", (*names, "angle"), _turned, list(turned), "sectors", size, kinds)
