"""Block matching: similar blocks are stacked, transformed together, and shrunk.

A photograph repeats itself. Blocks that look alike, taken from around each block of a coarse grid,
form a group whose transform along the stack and within the blocks is very sparse; noise is not. Two
passes over the same groups: coefficients below a threshold are dropped; then a Wiener filter takes
the first result for the signal's power (Dabov, Foi, Katkovnik & Egiazarian 2007,
doi:10.1109/TIP.2007.901238). For any number of axes. Deviations from the paper: all groups have one
size, all transforms are cosine transforms, and the groups are searched once, in the noisy data.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math

import numpy as np

from sigdeconv._array import NumpyArray

__all__ = ["BlockGroups", "block_matching"]

THRESHOLD = 2.7  # of the coefficients, in standard deviations of their noise
MOST_VALUES = 1 << 22  # of the groups that are held at once


@dataclasses.dataclass(frozen=True)
class BlockGroups:
    """How blocks are cut and grouped.

    Attributes
    ----------
    size : int
        Samples of a block on each axis, a multiple of `step`.
    step : int
        Distance of the blocks for which others are searched.
    reach : int
        Farthest offset of a similar block on each axis.
    count : int
        Blocks in a group.
    """

    size: int
    step: int
    reach: int
    count: int


# 64 samples in the plane and in space, 16 on a line.
USUAL = {1: BlockGroups(16, 4, 40, 16), 2: BlockGroups(8, 4, 9, 16), 3: BlockGroups(4, 2, 3, 16)}


def block_matching(x: NumpyArray, sigma: float, blocks: BlockGroups | None = None) -> NumpyArray:
    """Return `x` without white noise of standard deviation `sigma`, in the precision of `x`."""
    if sigma <= 0:
        return x + 0
    cut = _Cut(x.shape, blocks or USUAL[min(x.ndim, 3)])
    wide = cut.widen(x)
    at = cut.similar(wide)
    pilot = cut.filtered(wide, at, sigma, None)
    return cut.filtered(wide, at, sigma, pilot)[cut.core][tuple(slice(0, n) for n in x.shape)]


@functools.cache
def cosine(n: int) -> NumpyArray:
    """Return the orthonormal discrete cosine transform (type 2) as a matrix."""
    k, i = np.arange(n)[:, None], np.arange(n)
    matrix = math.sqrt(2 / n) * np.cos(np.pi * k * (2 * i + 1) / (2 * n))
    matrix[0] /= math.sqrt(2)
    return np.asarray(matrix)


class _Cut:
    """The blocks of an array of one shape, in the middle of a wider one."""

    def __init__(self, shape: tuple[int, ...], blocks: BlockGroups) -> None:
        flat = [n == 1 for n in shape]
        self.step = [1 if f else blocks.step for f in flat]
        self.size = [1 if f else blocks.size for f in flat]
        self.reach = [0 if f else blocks.reach for f in flat]
        # The least shape of whole steps that holds the array and one block.
        full = [
            b + s * max(0, -(-(n - b) // s))
            for n, b, s in zip(shape, self.size, self.step, strict=True)
        ]
        self.widths = [(r, m - n + r) for n, m, r in zip(shape, full, self.reach, strict=True)]
        self.shape = tuple(m + 2 * r for m, r in zip(full, self.reach, strict=True))
        self.core = tuple(slice(r, r + m) for r, m in zip(self.reach, full, strict=True))
        self.offsets = list(itertools.product(*(range(-r, r + 1) for r in self.reach)))
        self.count = min(blocks.count, len(self.offsets))
        axes = [
            np.arange(0, m - b + 1, s) + r
            for m, b, s, r in zip(full, self.size, self.step, self.reach, strict=True)
        ]
        self.home = self._places(axes)
        self.inside = self._places([np.arange(b) for b in self.size])
        self.transform: NumpyArray = np.ones((1, 1))
        self.window: NumpyArray = np.ones(1)
        for b in self.size:
            self.transform = np.kron(self.transform, cosine(b))
            fall = np.kaiser(b, 2.0) if b > 1 else np.ones(1)
            self.window = np.outer(self.window, fall).ravel()

    def _places(self, axes: list[NumpyArray]) -> NumpyArray:
        """Return the flat positions of a grid of indices."""
        grid = np.meshgrid(*axes, indexing="ij")
        strides = [math.prod(self.shape[k + 1 :]) for k in range(len(self.shape))]
        return np.asarray(sum(g.ravel() * s for g, s in zip(grid, strides, strict=True)))

    def widen(self, x: NumpyArray) -> NumpyArray:
        """Return `x` continued by its mirror image, so that every offset exists."""
        return np.pad(x, self.widths, mode="symmetric")

    def similar(self, x: NumpyArray) -> NumpyArray:
        """Return the corners of the blocks most like each one: (blocks, count)."""
        middle = x[self.core]
        found = np.empty((len(self.offsets), self.home.size), np.float32)
        for row, offset in zip(found, self.offsets, strict=True):
            there = (slice(c.start + o, c.stop + o) for c, o in zip(self.core, offset, strict=True))
            d = middle - x[tuple(there)]
            d *= d
            for axis, (s, b) in enumerate(zip(self.step, self.size, strict=True)):
                d = _sums(d, axis, s, b // s)
            row[:] = d.ravel()
        best = np.argpartition(found, self.count - 1, axis=0)[: self.count]
        # In a fixed order: by likeness, the block itself first.
        order = np.argsort(np.take_along_axis(found, best, 0), axis=0, kind="stable")
        best = np.take_along_axis(best, order, 0)
        strides = [math.prod(self.shape[k + 1 :]) for k in range(x.ndim)]
        moves = np.asarray(self.offsets) @ np.asarray(strides)
        return np.asarray(self.home[:, None] + moves[best.T])

    def filtered(
        self, x: NumpyArray, at: NumpyArray, sigma: float, pilot: NumpyArray | None
    ) -> NumpyArray:
        """Return the weighted mean of all filtered blocks."""
        total, weight = np.zeros(x.size), np.zeros(x.size)
        rows = max(1, MOST_VALUES // (self.count * self.inside.size))
        stack, transform = cosine(self.count).astype(x.dtype), self.transform.astype(x.dtype)
        for first in range(0, at.shape[0], rows):
            where = at[first : first + rows, :, None] + self.inside
            groups = stack @ (x.ravel()[where] @ transform.T)
            if pilot is None:
                gain = (np.abs(groups) > THRESHOLD * sigma).astype(x.dtype)
            else:
                power = (stack @ (pilot.ravel()[where] @ transform.T)) ** 2
                gain = power / (power + x.dtype.type(sigma**2))
            gain[:, 0, 0] = 1  # the mean of a group is hardly noisy
            spread = np.maximum(np.sum(gain * gain, axis=(1, 2), keepdims=True), 1e-3)
            share = np.broadcast_to(self.window / spread, groups.shape)
            groups = (stack.T @ (groups * gain)) @ transform
            places = where.ravel()
            total += np.bincount(places, (groups * share).ravel(), x.size)
            weight += np.bincount(places, share.ravel(), x.size)
        mean = total / np.where(weight > 0, weight, 1)
        return np.where(weight > 0, mean, x.ravel()).reshape(x.shape).astype(x.dtype)


def _sums(d: NumpyArray, axis: int, step: int, count: int) -> NumpyArray:
    """Return the sums over windows of `count` steps, a step apart, along an axis."""
    here = (slice(None),) * axis
    bins = np.add.reduce([d[(*here, slice(j, None, step))] for j in range(step)])
    n = bins.shape[axis] - count + 1
    return np.asarray(np.add.reduce([bins[(*here, slice(j, j + n))] for j in range(count)]))
