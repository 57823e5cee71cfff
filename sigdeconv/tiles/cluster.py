"""Tiles on other processes and machines, by dask.distributed.

Not more tiles are on their way than the workers can take, so that memory stays flat; a tile whose
worker is lost is restored by another. Where workers can open source and output themselves, only the
numbers of tiles travel; else blocks and cores do.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sigdeconv._array import NumpyArray
from sigdeconv.tiles.layout import Tile
from sigdeconv.tiles.run import TileJob
from sigdeconv.tiles.sink import open_again
from sigdeconv.tiles.source import as_source
from sigdeconv.tiles.work import TileWork

__all__ = ["connected", "run_on"]

RETRIES = 3  # of a tile whose worker is lost or whose file system fails for a moment
AHEAD = 2  # tiles on their way for each thread of the workers


@contextlib.contextmanager
def connected(client: Any) -> Iterator[Any]:
    """Give a client of dask.distributed, for the address of its scheduler or as it is.

    Raises
    ------
    ImportError
        If distributed is not installed.
    TypeError
        If it is neither.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError(
            "client needs distributed, which is not installed: pip install 'sigdeconv[big]'"
        ) from error
    if isinstance(client, Client):
        yield client
        return
    if not isinstance(client, str):
        raise TypeError(
            f"client must be a dask.distributed Client or the address of a scheduler, such as "
            f"'tcp://10.0.0.1:8786'; got {client!r:.60}"
        )
    with Client(client) as own:
        yield own


def run_on(
    client: Any,
    tiles: Iterable[Tile],
    job: TileJob,
    finished: Callable[[int], None],
    paths: tuple[str, str | None, str] | None,
) -> None:
    """Restore tiles on the workers of a client.

    Parameters
    ----------
    client : distributed.Client
        The client.
    tiles : iterable of Tile
        The tiles.
    job : TileJob
        What they are restored with.
    finished : callable
        Called with the number of every finished tile.
    paths : tuple of str, optional
        Source, mask and output, where the workers open them.
    """
    from distributed import as_completed

    # To every worker once: the transform of the kernel is kept with it.
    shared = client.scatter(job.work, broadcast=True, hash=False)
    options = {"pure": False, "retries": RETRIES}

    def submit(tile: Tile) -> Any:
        if paths is not None:
            return client.submit(_there, shared, tile, paths, **options)
        return client.submit(_sent, shared, tile, *job.read(tile), **options)

    rest = iter(tiles)
    threads = sum(client.nthreads().values()) or 1
    queue = as_completed([submit(tile) for tile in itertools.islice(rest, AHEAD * threads)])
    for future in queue:
        tile, core = future.result()
        if core is not None:
            job.write(tile, core)
        finished(tile.index)
        del future, core
        for following in itertools.islice(rest, 1):
            queue.add(submit(following))


def _sent(work: TileWork, tile: Tile, *read: Any) -> tuple[Tile, NumpyArray]:
    """Restore a block that was sent, on a worker."""
    return tile, work.restore(tile, *read)


def _there(work: TileWork, tile: Tile, paths: tuple[str, str | None, str]) -> tuple[Tile, None]:
    """Read, restore and write a tile, on a worker."""
    source, mask, out = paths
    weights = None if mask is None else as_source(mask, "mask")
    target = open_again(out)
    TileJob(work, as_source(source), weights, {}, target, f"out {out!r}").do(tile)
    if hasattr(target, "flush"):
        target.flush()
    return tile, None
