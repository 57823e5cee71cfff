"""The second pass: every tile by the same plan, some at once, and how far it is."""

from __future__ import annotations

import concurrent.futures as futures
import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, final

from sigdeconv._array import NumpyArray
from sigdeconv.tiles.layout import Tile
from sigdeconv.tiles.sink import writing
from sigdeconv.tiles.source import TileSource, read_block, release
from sigdeconv.tiles.work import TileWork

__all__ = ["Progress", "TileJob", "TileProgress", "counted", "run_tiles"]


@final
@dataclasses.dataclass(frozen=True)
class TileProgress:
    """How far the restoration of tiles is.

    Attributes
    ----------
    done, total : int
        Tiles that are finished, and all.
    skipped : int
        Those that were finished before.
    seconds : float
        Since it began.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> now = sd.tiles.TileProgress(done=30, total=100, skipped=10, seconds=40.0)
    >>> now.remaining
    140.0
    >>> print(now)
    30 of 100 tiles in 40 s, 140 s to go
    """

    done: int
    total: int
    skipped: int
    seconds: float

    @property
    def remaining(self) -> float:
        """Seconds that the rest will take, at the speed so far."""
        own = self.done - self.skipped
        return (self.total - self.done) * self.seconds / own if own else float("nan")

    def __str__(self) -> str:
        rest = "" if self.remaining != self.remaining else f", {self.remaining:.0f} s to go"
        return f"{self.done} of {self.total} tiles in {self.seconds:.0f} s{rest}"


Progress = Callable[[TileProgress], Any]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class TileJob:
    """What tiles are read from, restored with and written to.

    Attributes
    ----------
    work : TileWork
        The plan.
    source : TileSource
        The data.
    mask : TileSource or None
        Their weights.
    whole : mapping
        Parameters of the shape of the source.
    target : array
        The output.
    name : str
        What it is called in errors.
    """

    work: TileWork
    source: TileSource
    mask: TileSource | None
    whole: Mapping[str, TileSource]
    target: Any
    name: str

    def read(self, tile: Tile) -> tuple[NumpyArray, NumpyArray | None, dict[str, NumpyArray]]:
        """Return the block of a tile, its weights, and its parts of parameters."""
        weights = None if self.mask is None else read_block(self.mask, tile.block)
        own = {n: read_block(v, tile.block) for n, v in self.whole.items()}
        return read_block(self.source, tile.block), weights, own

    def write(self, tile: Tile, core: NumpyArray) -> None:
        """Write the core of a tile."""
        with writing(self.name):
            self.target[tile.core] = core
            release(self.target)

    def do(self, tile: Tile) -> int:
        """Read, restore and write a tile; return its number."""
        self.write(tile, self.work.restore(tile, *self.read(tile)))
        return tile.index


def run_tiles(
    tiles: Iterable[Tile], job: TileJob, at_once: int, finished: Callable[[int], None]
) -> None:
    """Run tiles in threads, no more at a time than those, so that memory stays flat.

    Where one fails, or the user interrupts, those at work are finished and no other is begun.
    """
    if at_once == 1:
        for tile in tiles:
            finished(job.do(tile))
        return
    rest: Iterator[Tile] = iter(tiles)
    with futures.ThreadPoolExecutor(at_once) as pool:
        waiting: set[futures.Future[int]] = set()
        while True:
            for tile in itertools.islice(rest, at_once - len(waiting)):
                waiting.add(pool.submit(job.do, tile))
            if not waiting:
                return
            done, waiting = futures.wait(waiting, return_when=futures.FIRST_COMPLETED)
            for future in done:
                finished(future.result())


def counted(
    total: int, skipped: int, progress: Progress | None, journal: Callable[[int], None] | None
) -> Callable[[int], None]:
    """Return what is called with every finished tile."""
    began = time.perf_counter()
    done = [skipped]

    def finished(index: int) -> None:
        if journal is not None:
            journal(index)
        done[0] += 1
        if progress is not None:
            progress(TileProgress(done[0], total, skipped, time.perf_counter() - began))

    return finished
