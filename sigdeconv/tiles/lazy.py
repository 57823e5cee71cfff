"""Tiles as arrays of Dask: computed when they are asked for, each from the pieces that it meets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sigdeconv.tiles.layout import Tile, TileLayout
from sigdeconv.tiles.source import TileSource, is_dask
from sigdeconv.tiles.work import TileWork

__all__ = ["lazy_tiles"]


def lazy_tiles(
    work: TileWork,
    layout: TileLayout,
    source: Any,
    mask: TileSource | None,
    whole: Mapping[str, TileSource],
) -> Any:
    """Return the result as an array of Dask, whose pieces are the tiles.

    Parameters
    ----------
    work : TileWork
        The plan.
    layout : TileLayout
        The tiles.
    source : dask.array.Array
        The source; a tile takes a slice of it, without another arrangement of its pieces.
    mask : array, optional
        Weights of the data.
    whole : mapping
        Parameters of the shape of the source.
    """
    import dask
    import dask.array as da

    shared = dask.delayed(work, pure=False)
    one = dask.delayed(_restored, pure=True)
    pieces: Any = np.empty(layout.counts, object)
    for tile in layout:
        own = {n: _lazy_block(v, tile) for n, v in whole.items()}
        weights = None if mask is None else _lazy_block(mask, tile)
        core = one(shared, tile, _lazy_block(source, tile), weights, own)
        shape = tuple(s.stop - s.start for s in tile.core)
        pieces.flat[tile.index] = da.from_delayed(core, shape, np.dtype(work.plan.dtype))
    return da.block(pieces.tolist())


def _restored(work: TileWork, tile: Tile, block: Any, mask: Any, own: Any) -> Any:
    return work.restore(tile, block, mask, own)


def _lazy_block(source: Any, tile: Tile) -> Any:
    """Return what a tile reads, not computed where it is lazy; periodic ends are put together."""
    shape = source.shape
    for axis, b in enumerate(tile.block):
        if b.start < 0 or b.stop > shape[axis]:
            at = np.arange(b.start, b.stop) % shape[axis]
            source = source[(*(slice(None),) * axis, at)]
        else:
            source = source[(*(slice(None),) * axis, b)]
    return source if is_dask(source) else np.asarray(source)
