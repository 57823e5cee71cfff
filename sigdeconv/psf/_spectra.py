"""Power spectra of windowed tiles, averaged in cells of frequency.

Data are a window of a larger scene, so each tile is tapered by a Hann window, whose spectrum is
three samples wide: the expected periodogram is the true one, averaged over neighbours with the
weights 1/6, 2/3, 1/6 on each axis, and what lies beyond the border does not matter. Cells are rings
of equal frequency, sectors of rings, or boxes with one entry an axis; a kernel's power is averaged
alike.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Sequence
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _fft

__all__ = ["LEAST", "CellKind", "Cells", "TileSpectra", "Values", "cells", "spectra"]

CellKind = Literal["rings", "sectors", "boxes"]
Values = NDArray[np.float64]

CORRELATED = 1 + 2 * ((2 / 3) ** 2 + (1 / 6) ** 2)  # neighbours in a Hann spectrum, an axis
SECTORS = 24  # of half a turn
SPIKE = 0.09  # width, in radians, of what level and upright lines of a scene add to a spectrum
LEAST = {0: 1, 1: 32, 2: 32, 3: 16}  # samples on an axis, by the number of axes
LOWEST = 0.0118  # cycles a sample: slower variation is the scene's composition, not its statistics
HIGHEST = 0.68  # beyond are the corners of the grid, with few samples


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Cells:
    """Which frequencies of a grid belong together.

    Attributes
    ----------
    shape : tuple of int
        Shape of a tile.
    frequency : ndarray
        Mean modulus of each cell, in cycles a sample.
    direction : ndarray, shape (n, number of cells)
        Mean squared cosine between frequency and each axis; for sectors the harmonics of the angle,
        and the share of level and of upright lines.
    ordinates : ndarray
        Independent values of a periodogram in each cell.
    known : dict
        Powers that are kept, by the kernel's family, names of parameters and parameters.
    """

    shape: tuple[int, ...]
    frequency: Values
    direction: Values
    ordinates: Values
    labels: NDArray[np.intp]
    counts: Values
    kept: NDArray[np.bool_]
    known: dict[Any, Values] = dataclasses.field(default_factory=dict)

    def mean(self, power: Values) -> Values:
        """Return the mean of each cell of values on the whole grid."""
        sums = np.bincount(self.labels, power.ravel(), minlength=self.counts.size)
        return np.asarray((sums / self.counts)[self.kept])

    def power(self, kernel: Values) -> Values:
        """Return the squared modulus of a kernel's transfer function, as the window sees it."""
        grid = np.zeros(self.shape)
        if any(k > n for k, n in zip(kernel.shape, self.shape, strict=True)):
            kernel = kernel[
                tuple(
                    slice((k - n) // 2, (k - n) // 2 + n) if k > n else slice(None)
                    for k, n in zip(kernel.shape, self.shape, strict=True)
                )
            ]
            kernel = kernel / kernel.sum()
        grid[tuple(slice(0, k) for k in kernel.shape)] = kernel
        squared = np.abs(_fft.fftn(grid)) ** 2
        for axis in range(squared.ndim):
            beside = np.roll(squared, 1, axis) + np.roll(squared, -1, axis)
            squared = 2 / 3 * squared + beside / 6
        return self.mean(squared)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class TileSpectra:
    """Mean periodograms of tiles in cells; white noise of variance v has the value v.

    Attributes
    ----------
    cells : Cells
        The cells.
    power : ndarray, shape (number of tiles, number of cells)
        Mean periodogram of each tile, divided by `scale`.
    scale : float
        Largest value.
    weight : ndarray, shape (number of cells,)
        Independent ordinates of a cell in one tile, less what tiles share.
    """

    cells: Cells
    power: Values
    scale: float
    weight: Values

    def pooled(self) -> TileSpectra:
        """Return the mean of all tiles as one."""
        mean = self.power.mean(axis=0, keepdims=True)
        return dataclasses.replace(self, power=mean, weight=self.weight * len(self.power))


def _label(shape: tuple[int, ...], kind: CellKind) -> tuple[Values, Values, NDArray[np.intp]]:
    """Return modulus and direction of every frequency of a grid, and the number of its cell."""
    axes = np.meshgrid(*[_fft.frequencies(n, half=False) for n in shape], indexing="ij")
    modulus = np.sqrt(sum(f**2 for f in axes))
    longest = max(shape)
    safe = np.where(modulus > 0, modulus, 1.0)
    direction = np.array([(f / safe) ** 2 - 1 / len(shape) for f in axes])
    if kind == "boxes":
        index = np.zeros(shape, np.intp)
        for f, n in zip(axes, shape, strict=True):
            step = np.round(np.abs(f) * n)
            # As they are near zero, where spectra are steep, then wider by a quarter each.
            wide = 6 + np.floor(np.log(np.maximum(step, 6) / 6) / np.log(1.25))
            index = index * 64 + np.where(step <= 6, step, wide).astype(np.intp)
        return modulus, direction, index
    index = np.round(modulus * longest).astype(np.intp)
    if kind == "sectors":
        turn = np.arctan2(-axes[0], axes[1])
        harmonics = [g(k * turn) for k in (2, 4) for g in (np.cos, np.sin)]
        lines = [np.exp(-0.5 * (g(turn) / SPIKE) ** 2) for g in (np.sin, np.cos)]
        direction = np.array(harmonics + lines)
        index = index * SECTORS + np.floor(turn / np.pi * SECTORS + 1e-9).astype(np.intp) % SECTORS
    return modulus, direction, index


@functools.lru_cache(maxsize=16)
def cells(shape: tuple[int, ...], kind: CellKind) -> Cells:
    """Return the cells of a tile of that shape."""
    modulus, direction, index = _label(shape, kind)
    _, labels = np.unique(index, return_inverse=True)
    labels = labels.reshape(-1)
    counts = np.bincount(labels).astype(np.float64)
    mean = np.bincount(labels, modulus.ravel()) / counts
    lowest = max(LOWEST, 1.5 / max(shape))
    kept = (mean >= lowest) & (mean < HIGHEST)
    ordinates = counts / 2 / CORRELATED ** len(shape)
    made = Cells(shape, mean, direction, ordinates, labels, counts, kept)
    return dataclasses.replace(
        made,
        frequency=mean[kept],
        direction=np.array([made.mean(d) for d in direction]),
        ordinates=ordinates[kept],
    )


def spectra(y: Values, tile: int, kind: CellKind = "rings", most: int = 64) -> TileSpectra:
    """Return the periodograms of overlapping tiles of `tile` samples on each axis, or fewer.

    At most about `most` tiles are taken, evenly spread.
    """
    shape = tuple(min(tile, n) for n in y.shape)
    found = cells(shape, kind)
    window = np.ones(())
    for n in shape:
        window = window[..., None] * np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2
    per_axis = max(round(most ** (1 / y.ndim)), 1)
    starts = [_starts(n, t, per_axis) for n, t in zip(y.shape, shape, strict=True)]
    rows = []
    for corner in itertools.product(*starts):
        part = y[tuple(slice(a, a + t) for a, t in zip(corner, shape, strict=True))]
        level = float((window * part).sum() / window.sum())
        rows.append(found.mean(np.abs(_fft.fftn((part - level) * window)) ** 2))
    power = np.array(rows) / float((window**2).sum())
    scale = float(power.max())
    shared = len(rows) * np.prod(shape) / np.prod(y.shape) / CORRELATED**y.ndim
    weight = found.ordinates / max(1.0, float(shared))
    return TileSpectra(found, power / scale if scale > 0 else power, scale, weight)


def _starts(n: int, tile: int, most: int) -> Sequence[int]:
    """Return where tiles begin: half a tile apart, or farther where there would be too many."""
    number = min(-(-2 * (n - tile) // tile) + 1, most)
    return sorted({round(float(s)) for s in np.linspace(0, n - tile, number)})
