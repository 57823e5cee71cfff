"""The restoration of one tile: a block in, its core out. It pickles, for other processes."""

from __future__ import annotations

import dataclasses
import functools
import threading
from typing import Any, final

import numpy as np

from sigdeconv._array import NumpyArray, as_float, to_numpy
from sigdeconv._machine import on_threads
from sigdeconv.catalogue import registry
from sigdeconv.choice import choose, is_automatic
from sigdeconv.geometry.borders import ends_of
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation, observe
from sigdeconv.tiles.freeze import thawed
from sigdeconv.tiles.layout import Tile
from sigdeconv.tiles.plan import TilePlan

__all__ = ["TileWork", "block_of"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class TileWork:
    """What every tile is restored with.

    Attributes
    ----------
    plan : TilePlan
        The plan.
    psf : ndarray
        The kernel, with as many axes as one signal.
    workers : int or None
        Threads of a Fourier transform.
    given : dict
        Parameters of the shape of the source, of which a tile gets its part; and when to stop,
        where each tile finds that by itself.
    """

    plan: TilePlan
    psf: NumpyArray
    workers: int | None = None
    run: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    @functools.cached_property
    def _operators(self) -> dict[Any, Convolution]:
        return {}

    @functools.cached_property
    def _lock(self) -> threading.Lock:
        return threading.Lock()

    def operator(self, shape: tuple[int, ...], boundary: Any) -> Convolution:
        """Return the operator of a block; its transform is made once for all of a kind."""
        with self._lock:
            key = (shape, boundary)
            if key not in self._operators:
                self._operators[key] = Convolution.for_data(
                    self.psf, shape, boundary=boundary, centre=self.plan.centre,
                    workers=self.workers,
                )  # fmt: skip
            return self._operators[key]

    def restore(
        self,
        tile: Tile,
        block: NumpyArray,
        mask: NumpyArray | None = None,
        own: dict[str, NumpyArray] | None = None,
    ) -> NumpyArray:
        """Return the core of a tile.

        Parameters
        ----------
        tile : Tile
            Where it lies.
        block : array
            What it reads.
        mask : array, optional
            Weights of the block.
        own : dict of array, optional
            Parts of parameters that have the shape of the source.
        """
        apart = self.plan.apart
        y = block_of(block, apart, self.plan.dtype)
        ends = [e for a, e in enumerate(tile.at_border) if a not in apart]
        A = self.operator(y.shape, self._boundary(ends))
        if mask is not None:
            A = dataclasses.replace(A, mask=block_of(mask, apart, self.plan.dtype))
        obs = observe(y, A)
        parts = {n: block_of(v, apart, self.plan.dtype) for n, v in (own or {}).items()}
        with on_threads(self.workers):  # tiles are what runs at the same time
            x = to_numpy(self._solve(obs, parts))
        kept = tuple(s for a, s in enumerate(tile.inside) if a not in apart)
        core = tuple(s.stop - s.start for s in tile.core)
        return np.ascontiguousarray(x[kept]).reshape(core)

    def _solve(self, obs: Observation, own: dict[str, NumpyArray]) -> Any:
        plan = self.plan
        if is_automatic(plan.method):
            return choose(obs, plan.method, **self.run).run(obs, history=False, **self.run).x
        entry = registry.get(plan.method)
        if plan.pace is not None:
            obs.kept["pace"] = plan.pace
        parameters = thawed(plan.parameters, tuple(obs.y.shape), plan.dtype) | own
        run = self.run if plan.local else {"num_iter": plan.num_iter}
        run = {n: v for n, v in run.items() if v is not None}
        return entry.solve(obs, history=False, **run, **parameters).x

    def _boundary(self, ends: list[tuple[bool, bool]]) -> Any:
        """Return the border of a block: where it is cut nothing is known of what lies beyond."""
        words = ends_of(self.plan.boundary, len(ends))
        found = tuple(
            (w[0] if e[0] else "unknown", w[1] if e[1] else "unknown")
            for w, e in zip(words, ends, strict=True)
        )
        alike = {word for pair in found for word in pair}
        return alike.pop() if len(alike) == 1 else found


def block_of(block: NumpyArray, apart: tuple[int, ...], dtype: str) -> NumpyArray:
    """Return one signal of a block, in the type that it is computed in."""
    y = block[tuple(0 if a in apart else slice(None) for a in range(block.ndim))]
    return np.asarray(as_float(y.astype(dtype, copy=False), "source"))
