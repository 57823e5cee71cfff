"""Where tiles lie: what each reads, which part of that it keeps, and where it meets the border.

All tiles read blocks of one shape, so that one transform of the kernel serves them all: at the end
of an axis the block moves inwards. With a periodic border it reads on at the other end.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import final

from sigdeconv.tiles.limits import TILING

__all__ = ["Tile", "TileLayout", "along_signal", "smallest_tile", "tile_shape"]


@final
@dataclasses.dataclass(frozen=True)
class Tile:
    """One tile.

    Attributes
    ----------
    index : int
        Its number, in the order of the array.
    core : tuple of slice
        The samples of the source that it restores.
    block : tuple of slice
        The samples that it reads; below zero and beyond the end they are those of the other end.
    inside : tuple of slice
        Where the core lies in the block.
    at_border : tuple of (bool, bool)
        Whether the block begins and ends with the source, on each axis.
    """

    index: int
    core: tuple[slice, ...]
    block: tuple[slice, ...]
    inside: tuple[slice, ...]
    at_border: tuple[tuple[bool, bool], ...]


@final
@dataclasses.dataclass(frozen=True)
class TileLayout:
    """The tiles of a source.

    Attributes
    ----------
    shape : tuple of int
        Shape of the source.
    tile : tuple of int
        Shape of a tile without its halo; along independent axes 1.
    halo : tuple of int
        Samples that a tile reads beyond that, on each side.
    periodic : tuple of bool
        Axes whose border is periodic.
    """

    shape: tuple[int, ...]
    tile: tuple[int, ...]
    halo: tuple[int, ...]
    periodic: tuple[bool, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of tiles along each axis."""
        return tuple(-(-n // c) for n, c in zip(self.shape, self.tile, strict=True))

    @property
    def block(self) -> tuple[int, ...]:
        """Shape of what a tile reads."""
        axes = zip(self.shape, self.tile, self.halo, self.periodic, strict=True)
        return tuple(min(c, n) + 2 * h if wraps else min(c + 2 * h, n) for n, c, h, wraps in axes)

    def __len__(self) -> int:
        return math.prod(self.counts)

    def __iter__(self) -> Iterator[Tile]:
        for index, place in enumerate(itertools.product(*map(range, self.counts))):
            yield self._tile(index, place)

    def _tile(self, index: int, place: tuple[int, ...]) -> Tile:
        core, block, inside, border = [], [], [], []
        axes = zip(place, self.shape, self.tile, self.halo, self.block, self.periodic, strict=True)
        for k, n, c, h, length, wraps in axes:
            start, stop = k * c, min((k + 1) * c, n)
            first = start - h if wraps else min(max(start - h, 0), n - length)
            core.append(slice(start, stop))
            block.append(slice(first, first + length))
            inside.append(slice(start - first, stop - first))
            border.append((not wraps and first == 0, not wraps and first + length == n))
        return Tile(index, tuple(core), tuple(block), tuple(inside), tuple(border))


def smallest_tile(shape: Sequence[int], apart: Sequence[int] = ()) -> list[int]:
    """Return the least samples of a tile along each axis."""
    return [1 if a in apart else min(n, TILING.least_core) for a, n in enumerate(shape)]


def tile_shape(
    shape: tuple[int, ...],
    halo: tuple[int, ...],
    most: float,
    chunks: Sequence[int] | None = None,
    apart: Sequence[int] = (),
) -> tuple[int, ...]:
    """Return the largest shape of a tile whose block has no more samples than `most`.

    Parameters
    ----------
    shape : tuple of int
        Shape of the source.
    halo : tuple of int
        Samples on each side.
    most : float
        Samples of a block with its halo.
    chunks : sequence of int, optional
        Pieces in which the source or the output are stored: a tile is made of whole ones.
    apart : sequence of int
        Axes along which every sample is a signal of its own.

    Raises
    ------
    ValueError
        If no tile is so small.

    Examples
    --------
    >>> from sigdeconv.tiles.layout import tile_shape
    >>> tile_shape((4096, 4096), (32, 32), 1 << 20)
    (820, 820)
    >>> tile_shape((4096, 4096), (32, 32), 1 << 20, chunks=(256, 256))
    (768, 768)
    """
    ndim = len(shape)
    pieces = [1] * ndim
    if chunks is not None:
        pieces = [min(c, n) for c, n in zip(chunks, shape, strict=True)]
    least = smallest_tile(shape, apart)
    preferred = [max(m, min(p, TILING.samples)) for m, p in zip(least, pieces, strict=True)]
    tile = [1 if a in apart else n for a, n in enumerate(shape)]

    def block(tile: Sequence[int]) -> int:
        return math.prod(min(c + 2 * h, n) for c, h, n in zip(tile, halo, shape, strict=True))

    if block(least) > most:
        raise ValueError(
            f"a tile of {tuple(least)} samples with its halo {halo} has {block(least)}, and may "
            f"have {most:.0f}"
        )
    while block(tile) > most:
        can = [a for a in range(ndim) if tile[a] > preferred[a]]
        if not can:
            preferred = least
            can = [a for a in range(ndim) if tile[a] > least[a]]
        longest = max(can, key=lambda a: tile[a])
        beside = block([*tile[:longest], 1, *tile[longest + 1 :]]) / min(
            1 + 2 * halo[longest], shape[longest]
        )
        fits = math.floor(most / beside) - 2 * halo[longest]
        others = [tile[a] for a in can if a != longest]
        # Not below the next longest: blocks near a cube have the least halo.
        smaller = max(fits, max(others, default=0) * 7 // 8, preferred[longest])
        tile[longest] = min(smaller, tile[longest] - 1)
    return tuple(_whole(c, p, n) for c, p, n in zip(tile, pieces, shape, strict=True))


def _whole(size: int, piece: int, n: int) -> int:
    """Return a size that divides the axis evenly, in whole pieces where it has one at least."""
    if size >= n:
        return n
    if size < piece:
        piece = 1
    largest = size - size % piece
    even = -(-n // -(-n // largest))
    return min(-(-even // piece) * piece, largest)


def along_signal(
    sizes: Sequence[int], apart: Sequence[int], ndim: int, other: int
) -> tuple[int, ...]:
    """Return sizes of the axes of one signal with `other` for the axes that are apart."""
    rest = iter(sizes)
    return tuple(other if a in apart else next(rest) for a in range(ndim))
