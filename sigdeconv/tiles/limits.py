"""Constants of restoration by tiles."""

from __future__ import annotations

import dataclasses
from typing import final

__all__ = ["TILING", "TilingLimits"]


@final
@dataclasses.dataclass(frozen=True)
class TilingLimits:
    """Constants of the sample, the halo and the tiles, by benchmarks/scale.py.

    Attributes
    ----------
    samples : int
        Of a window of the sample, about; as of the part on which a weight is searched.
    kernels, shortest : int
        An axis of a window has at least so many lengths of the kernel, and samples.
    places, places_3d : int
        Windows along an axis, of at most two axes and of more.
    most : int
        Samples of all windows together, and of the parts whose spectra are taken, at most.
    bytes_broad : float
        Memory a sample of the latter.
    seam : float
        Deviation at the border of a tile that is aimed at, as a part of the range of the data: a
        fifth of what is promised.
    plateau : float
        Where that is not reached, the halo ends where the deviation is within this factor of what
        it is furthest inside.
    usual_halo : float
        Reaches of the kernel where it is not reached, and the windows are too small to tell more.
    probe_reaches, least_reaches : int
        Length of a trial run along an axis, in reaches of the kernel, and at least.
    rim : int
        Reaches of the kernel that a trial run is without, to see what its border changes.
    margin : float
        The halo over the depth that was measured on a few windows.
    least_reach : int
        Samples that a halo has at least along an axis with a shorter kernel.
    memory_used : float
        Part of the memory that tiles may fill; the rest is for the source's own buffers.
    least_core : int
        Samples of a tile along an axis without its halo, at least.
    least_whole : int
        Samples of data from which on the memory that is free is looked at: below, nothing that is
        measured takes 64 MiB.
    bytes_most : float
        Memory a sample from which on a part is tried: twice what any method takes (`tv` with its
        search, 200).
    trial_iterations : int
        Iterations that show what all of a given number take.
    """

    samples: int = 1 << 16
    kernels: int = 4
    shortest: int = 32
    places: int = 5
    places_3d: int = 3
    most: int = 1 << 23
    bytes_broad: float = 80.0
    seam: float = 2e-4
    plateau: float = 1.25
    usual_halo: float = 4.0
    probe_reaches: int = 14
    least_reaches: int = 8
    rim: int = 2
    margin: float = 1.25
    least_reach: int = 4
    memory_used: float = 0.75
    least_core: int = 4
    least_whole: int = 1 << 18
    bytes_most: float = 400.0
    trial_iterations: int = 3


TILING = TilingLimits()
