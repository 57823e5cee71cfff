"""Trial runs on the sample: how much memory a tile takes, and how far its border is felt."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation
from sigdeconv.tiles.halo import halo_of, measured, reach_of
from sigdeconv.tiles.layout import Tile, along_signal
from sigdeconv.tiles.limits import TILING
from sigdeconv.tiles.plan import TilePlan
from sigdeconv.tiles.sample import TileSample
from sigdeconv.tiles.source import TileSource, read_block
from sigdeconv.tiles.work import TileWork, block_of

__all__ = ["TileProbe"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class TileProbe:
    """Trial runs by a plan, in the middle of windows of the sample.

    Attributes
    ----------
    plan : TilePlan
        Method and parameters.
    A : Convolution
        The kernel.
    sample : TileSample
        The windows.
    places : list of tuple of slice
        Where they lie in the source.
    whole : mapping
        Parameters of the shape of the source.
    run : mapping
        When to stop, where each tile finds that by itself.
    """

    plan: TilePlan
    A: Convolution
    sample: TileSample
    places: list[tuple[slice, ...]]
    whole: Mapping[str, TileSource]
    run: Mapping[str, Any]

    def bytes_each(self) -> float:
        """Return the bytes a sample of the transform."""
        obs = self.sample.usual
        middle = self._middle(obs)
        grid = Convolution.for_data(self.A.psf, _lengths(middle), centre=self.A.centre).shape
        return measured(lambda: self._solve(obs, middle), math.prod(grid))

    def halo(self) -> tuple[tuple[int, ...], float]:
        """Return the halo along each axis of the source, and the deviation that it leaves."""
        reach = reach_of(self.A)
        factor, seam = 1.0, 0.0
        for obs in dict.fromkeys((self.sample.usual, self.sample.roughest)):
            middle = self._middle(obs)
            # A tile has the whole of a short axis: no border of its own there.
            sizes = zip(reach, _lengths(middle), strict=True)
            rim = tuple(TILING.rim * r if n >= TILING.least_reaches * r else 0 for r, n in sizes)
            if not any(rim):
                factor = TILING.usual_halo
                continue
            inner = tuple(slice(p.start + r, p.stop - r) for p, r in zip(middle, rim, strict=True))
            whole, part = self._solve(obs, middle), self._solve(obs, inner)
            wide, left = halo_of(whole, part, rim, reach, self.sample.spread)
            factor, seam = max(factor, wide), max(seam, left)
        signal = tuple(math.ceil(factor * r) for r in reach)
        return along_signal(signal, self.plan.apart, len(self.plan.shape), 0), seam

    def _middle(self, obs: Observation) -> tuple[slice, ...]:
        """Return the middle of a window, some reaches of the kernel in length."""
        shape = tuple(obs.y.shape)
        reach = reach_of(self.A)
        want = [min(n, TILING.probe_reaches * r) for n, r in zip(shape, reach, strict=True)]
        least = [min(n, TILING.least_reaches * r) for n, r in zip(shape, reach, strict=True)]
        ratio = min((TILING.samples / math.prod(want)) ** (1 / len(want)), 1.0)
        size = [max(math.floor(w * ratio), m) for w, m in zip(want, least, strict=True)]
        starts = [(n - s) // 2 for n, s in zip(shape, size, strict=True)]
        return tuple(slice(a, a + s) for a, s in zip(starts, size, strict=True))

    def _solve(self, obs: Observation, at: tuple[slice, ...]) -> NumpyArray:
        """Restore a part of a window that is in memory."""
        plan = self.plan
        window = self.places[[one is obs for one in self.sample.windows].index(True)]
        own = {}
        for name, values in self.whole.items():
            own[name] = block_of(read_block(values, window), plan.apart, plan.dtype)[at]
        y = to_numpy(obs.y)[at]
        mask = None if obs.mask is None else to_numpy(obs.mask)[at]
        inside = tuple(slice(0, n) for n in y.shape)
        tile = Tile(0, inside, inside, inside, ((False, False),) * y.ndim)
        run = {n: v for n, v in self.run.items() if v is not None}
        work = TileWork(dataclasses.replace(plan, apart=()), self.A.psf, 1, run)
        return work.restore(tile, np.ascontiguousarray(y), mask, own)


def _lengths(part: tuple[slice, ...]) -> tuple[int, ...]:
    return tuple(p.stop - p.start for p in part)
