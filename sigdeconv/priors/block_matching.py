"""Block matching: similar blocks are stacked, transformed together, and shrunk.

A photograph repeats itself. Blocks that look alike, taken from around each block of a coarse grid,
form a group whose transform along the stack and within the blocks is very sparse; noise is not. Two
passes: coefficients below a threshold are dropped; then a Wiener filter takes the first result for
the signal's power (Dabov, Foi, Katkovnik & Egiazarian 2007, doi:10.1109/TIP.2007.901238). For any
number of axes. Deviations from the paper: all groups have one size; the whole wavelet block is
made of the rows of unit norm of the periodic transform; as a plain denoiser the groups are searched
once, in the noisy data.

`BlockFilter` keeps its groups, for an iteration that filters almost the same array again and again.
It works on pieces along the first axis, each in single precision and in units of the noise: every
block of a piece is transformed once, rows of coefficients are gathered into groups and added back,
and one inverse transform serves all blocks that have the same place.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from typing import Literal

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.priors._block_transforms import cosine, haar, wavelet

__all__ = ["BlockFilter", "BlockGroups", "block_matching"]


Basis = Literal["wavelet", "cosine"]


@dataclasses.dataclass(frozen=True)
class BlockGroups:
    """How blocks are cut and grouped.

    Attributes
    ----------
    size : int
        Samples of a block on each axis, a power of two and a multiple of `step`.
    step : int
        Distance of the blocks for which others are searched.
    reach : int
        Farthest offset of a similar block on each axis.
    count : int
        Blocks in a group, a power of two.
    basis : {"wavelet", "cosine"}
        Of the blocks that are thresholded. Wavelets leave no rings at edges; on a line, where a
        block has few samples beside an edge, cosines are better for lines and bands.
    """

    size: int
    step: int
    reach: int
    count: int
    basis: Basis = "wavelet"


@dataclasses.dataclass(frozen=True)
class BlockConstants:
    """Constants of the filter; the window is the usual one.

    Attributes
    ----------
    threshold : float
        Of the coefficients, in standard deviations of their noise.
    window : float
        Parameter of the Kaiser window by which the samples of a block count.
    values : int
        Coefficients of a piece, about: what is held at once.
    chunk : int
        Coefficients that are shrunk together: what fits into the processor's cache.
    moved : int
        Samples, of an array moved by several offsets, that are compared together: likewise.
    """

    threshold: float = 2.5
    window: float = 2.0
    values: int = 1 << 22
    chunk: int = 1 << 18
    moved: int = 1 << 14


BLOCKS = BlockConstants()
# 64 samples in the plane and in space, 16 on a line.
USUAL = {
    1: BlockGroups(16, 4, 40, 16, "cosine"),
    2: BlockGroups(8, 4, 12, 16),
    3: BlockGroups(4, 2, 3, 16),
}


def block_matching(x: NumpyArray, sigma: float, blocks: BlockGroups | None = None) -> NumpyArray:
    """Return `x` without white noise of standard deviation `sigma`, in the precision of `x`."""
    if sigma <= 0:
        return x + 0
    filtered = BlockFilter(x.shape, blocks)
    filtered.regroup(x)
    return filtered.wiener(x, sigma, filtered.threshold(x, sigma))


@dataclasses.dataclass(frozen=True, eq=False)
class _Piece:
    """Rows of the wide array, and the blocks in them.

    Attributes
    ----------
    rows : slice
        Of the wide array.
    corners : tuple of int
        Shape of the grid of all corners of blocks in these rows.
    homes : array, shape (G,)
        Flat corners of the blocks for which others are searched.
    first : tuple of int
        The corner of the first of them.
    counts : tuple of int
        How many of them there are on each axis.
    groups : array, shape (G, K)
        Flat corners of the blocks of each group.
    """

    rows: slice
    corners: tuple[int, ...]
    homes: NumpyArray
    first: tuple[int, ...]
    counts: tuple[int, ...]
    groups: NumpyArray


class BlockFilter:
    """The groups of arrays of one shape, and the filters on them.

    Parameters
    ----------
    shape : tuple of int
        Shape of the arrays.
    blocks : BlockGroups, optional
        How they are cut.
    """

    def __init__(self, shape: tuple[int, ...], blocks: BlockGroups | None = None) -> None:
        blocks = blocks or USUAL[min(len(shape), 3)]
        flat = [n == 1 for n in shape]
        self.shape = shape
        self.step = tuple(1 if f else blocks.step for f in flat)
        self.size = tuple(1 if f else blocks.size for f in flat)
        self.reach = tuple(0 if f else blocks.reach for f in flat)
        self.count, self.basis = blocks.count, blocks.basis
        parts = zip(shape, self.size, self.step, self.reach, strict=True)
        self.widths = [(r + s - 1, r + max(s, b - n)) for n, b, s, r in parts]
        self.wide = tuple(n + a + b for n, (a, b) in zip(shape, self.widths, strict=True))
        self.pieces: list[_Piece] = []

    def widen(self, x: NumpyArray) -> NumpyArray:
        """Return `x` continued by its mirror image, so that every offset exists."""
        return np.asarray(pad(x, self.widths, "reflect"))

    def regroup(
        self, x: NumpyArray, shift: tuple[int, ...] | None = None, count: int | None = None
    ) -> None:
        """Search the groups anew in `x`.

        Parameters
        ----------
        x : array
            The array.
        shift : tuple of int, optional
            By how much the grid of the blocks begins before the array on each axis, less than the
            step.
        count : int, optional
            Blocks in a group, a power of two.
        """
        wide = self.widen(x)
        wide = np.asarray(wide - wide.mean(), np.float32)
        starts = []
        for axis, (n, b, s) in enumerate(zip(self.shape, self.size, self.step, strict=True)):
            first = -(shift[axis] if shift else 0)
            number = 1 + max(0, -(-(n - b - first) // s))
            starts.append(self.widths[axis][0] + first + s * np.arange(number))
        offsets = list(itertools.product(*(range(-r, r + 1) for r in self.reach)))
        most = min(count or self.count, len(offsets))
        offsets.sort(key=lambda o: sum(i * i for i in o))  # the block itself first
        self.pieces = [
            self._searched(wide, [part, *starts[1:]], offsets, 1 << (most.bit_length() - 1))
            for part in np.array_split(starts[0], self._number_of_pieces(len(starts[0])))
        ]

    def _number_of_pieces(self, homes: int) -> int:
        line = math.prod(self.wide[1:]) * math.prod(self.size)
        rows = max(BLOCKS.values // line, 2 * self.reach[0], 1)
        return max(1, min(homes, round(homes * self.step[0] / rows)))

    def _searched(
        self,
        wide: NumpyArray,
        starts: list[NumpyArray],
        offsets: list[tuple[int, ...]],
        count: int,
    ) -> _Piece:
        """Return a piece with the groups of the blocks that begin at `starts`."""
        begin = int(starts[0][0]) - self.reach[0]
        end = int(starts[0][-1]) + self.size[0] + self.reach[0]
        rows = slice(begin, end)
        x = wide[rows]
        corners = tuple(n - b + 1 for n, b in zip(x.shape, self.size, strict=True))
        strides = [math.prod(corners[k + 1 :]) for k in range(len(corners))]
        starts = [starts[0] - begin, *starts[1:]]
        grid = np.meshgrid(*starts, indexing="ij")
        homes = np.asarray(sum(g.ravel() * s for g, s in zip(grid, strides, strict=True)))
        first, counts = tuple(int(s[0]) for s in starts), tuple(len(s) for s in starts)
        core = [
            slice(f, f + s * (n - 1) + b)
            for f, n, s, b in zip(first, counts, self.step, self.size, strict=True)
        ]
        middle = x[tuple(core)]
        found = np.empty((len(offsets), homes.size), np.float32)
        # Small arrays are moved by many offsets at once: each step would cost more than its sums.
        moved = np.lib.stride_tricks.sliding_window_view(x, middle.shape)
        corner = np.array([c.start for c in core])
        many = max(1, BLOCKS.moved // middle.size)
        for k in range(0, len(offsets), many):
            at = tuple((corner + offsets[k : k + many]).T)
            d = middle - (moved[at] if many > 1 else moved[tuple(int(a[0]) for a in at)][None])
            d *= d
            for axis, (s, b) in enumerate(zip(self.step, self.size, strict=True), 1):
                d = _sums(d, axis, s, b // s)
            found[k : k + many] = d.reshape(len(d), -1)
        moves = np.asarray(offsets) @ np.asarray(strides)
        groups = homes[:, None] + moves[_least(found, count)]
        return _Piece(rows, corners, homes, first, counts, groups)

    def threshold(self, x: NumpyArray, sigma: float) -> NumpyArray:
        """Return the weighted mean of blocks whose small coefficients are dropped."""
        return self._filtered(x, sigma, None)

    def wiener(self, x: NumpyArray, sigma: float, pilot: NumpyArray) -> NumpyArray:
        """Return the weighted mean of blocks shrunk by the power of `pilot`."""
        return self._filtered(x, sigma, pilot)

    def _filtered(self, x: NumpyArray, sigma: float, pilot: NumpyArray | None) -> NumpyArray:
        mean = x.mean()
        given = [x] if pilot is None else [x, pilot]
        wide = [np.asarray((self.widen(a) - mean) / sigma, np.float32) for a in given]
        total, weight = np.zeros(self.wide, np.float32), np.zeros(self.wide, np.float32)
        transform, inverse, window = _matrices(self.size, self.basis if pilot is None else "cosine")
        for piece in self.pieces:
            spectra = [self._spectra(a[piece.rows], transform) for a in wide]
            sums, shares = _collaborate(piece, spectra)
            blocks = inverse @ sums.T  # a row for each sample of a block
            for k, offset in enumerate(itertools.product(*(range(b) for b in self.size))):
                at = self._moved(piece, offset)
                total[at] += blocks[k].reshape(piece.corners)
                weight[at] += window[k] * shares.reshape(piece.corners)
        total = np.asarray(fold(total, self.widths, "reflect"), x.dtype)
        total /= fold(weight, self.widths, "reflect")
        total *= sigma
        total += mean
        return total

    def _moved(self, piece: _Piece, offset: tuple[int, ...]) -> tuple[slice, ...]:
        """Return where a sample of every block of a piece lies in the wide array."""
        begin = (piece.rows.start, *(0 for _ in offset[1:]))
        parts = zip(begin, offset, piece.corners, strict=True)
        return tuple(slice(a + o, a + o + n) for a, o, n in parts)

    def _spectra(self, x: NumpyArray, transform: NumpyArray) -> NumpyArray:
        """Return the transforms of all blocks: (corners, samples of a block)."""
        corners = tuple(n - b + 1 for n, b in zip(x.shape, self.size, strict=True))
        blocks = np.empty((transform.shape[1], math.prod(corners)), np.float32)
        for row, offset in zip(
            blocks, itertools.product(*(range(b) for b in self.size)), strict=True
        ):
            at = tuple(slice(o, o + n) for o, n in zip(offset, corners, strict=True))
            row.reshape(corners)[...] = x[at]
        return np.asarray(blocks.T @ transform.T)


def _collaborate(piece: _Piece, spectra: list[NumpyArray]) -> tuple[NumpyArray, NumpyArray]:
    """Return the weighted sum of the shrunk coefficients at every corner, and that of the weights.

    The noise has the deviation 1. With a second array of spectra, of a pilot, coefficients are
    shrunk by its power.
    """
    from scipy.sparse import csc_array

    number, count = piece.groups.shape
    length = spectra[0].shape[1]
    shrunk = np.empty((number * count, length), np.float32)
    share = np.empty(number, np.float32)
    rows = max(1, BLOCKS.chunk // (count * length))
    for first in range(0, number, rows):
        some = slice(first, first + rows)
        at = piece.groups[some]
        groups = haar(spectra[0][at])
        if len(spectra) == 1:
            kept = np.abs(groups) > BLOCKS.threshold
            kept[:, 0, 0] = True  # the mean of a group is hardly noisy
            groups *= kept
            share[some] = 1 / np.count_nonzero(kept, axis=(1, 2))
        else:
            power = haar(spectra[1][at]) ** 2
            gain = power / (power + 1)
            gain[:, 0, 0] = 1
            groups *= gain
            share[some] = 1 / np.einsum("gkj,gkj->g", gain, gain)
        groups = haar(groups, inverse=True).reshape(-1, length)
        shrunk[some.start * count : some.start * count + len(groups)] = groups
    weights = np.repeat(share, count)
    ends = np.arange(number * count + 1)
    shape = (len(spectra[0]), number * count)
    sums = csc_array((weights, piece.groups.ravel(), ends), shape=shape) @ shrunk
    return sums, np.bincount(piece.groups.ravel(), weights, len(spectra[0]))


@functools.cache
def _matrices(size: tuple[int, ...], basis: Basis) -> tuple[NumpyArray, NumpyArray, NumpyArray]:
    """Return the transform of a block, its inverse times the window, and the window."""
    transform: NumpyArray = np.ones((1, 1))
    window: NumpyArray = np.ones(1)
    for b in size:
        transform = np.kron(transform, wavelet(b) if basis == "wavelet" else cosine(b))
        fall = np.kaiser(b, BLOCKS.window) if b > 1 else np.ones(1)
        window = np.outer(window, fall).ravel()
    inverse = window[:, None] * np.linalg.inv(transform)
    return transform.astype(np.float32), inverse.astype(np.float32), window.astype(np.float32)


def _least(found: NumpyArray, count: int) -> NumpyArray:
    """Return the rows of the least values of each column, rising: (columns, count).

    The order is fixed: equal values by their row.
    """
    columns = np.ascontiguousarray(found.T)
    best = np.sort(np.argpartition(columns, count - 1, axis=1)[:, :count], axis=1)
    order = np.argsort(np.take_along_axis(columns, best, 1), axis=1, kind="stable")
    return np.take_along_axis(best, order, 1)


def _sums(d: NumpyArray, axis: int, step: int, count: int) -> NumpyArray:
    """Return the sums over windows of `count` steps, a step apart, along an axis."""
    here = (slice(None),) * axis
    bins = d[(*here, slice(0, None, step))] + 0
    for j in range(1, step):
        bins += d[(*here, slice(j, None, step))]
    n = bins.shape[axis] - count + 1
    total = bins[(*here, slice(0, n))] + 0
    for j in range(1, count):
        total += bins[(*here, slice(j, j + n))]
    return np.asarray(total)
