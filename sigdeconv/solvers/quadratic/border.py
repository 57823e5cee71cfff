"""The border of a window: the samples beyond it that the data and the penalty ask for.

On the grid the quadratic problem would be diagonal if the data filled it. So fill it:
with border data b beyond the window, chosen such that they add nothing of their own,

    x = G H* [y; b],     (P [y; b])_border = 0,     G = 1 / (|H|^2 + q),     P = q G,

x is the minimiser for the data of the window alone. In the language of statistics b is the best
linear prediction of the data beyond the window (kriging). The unknowns are the border's samples
only, and P_bb b = -P_bw y is solved by conjugate gradients of one transform pair an iteration.

The border is made of slabs, one an axis, each a strip that goes around the grid. Within a strip P
is a convolution along it and a Toeplitz matrix across it, so that its inverse is one small
triangular factor a frequency, found by the recursion of Levinson (1946,
doi:10.1002/sapm1946251261) and Durbin (1960). The sum of the strips' inverses (additive Schwarz,
Smith, Bjorstad & Gropp, "Domain Decomposition", 1996) leaves only their crossing to the iteration:
2 to 20 of them, where the filter alone as a preconditioner takes ten times as many.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, to_numpy, zeros
from sigdeconv.solvers.grid import PeriodicGrid

__all__ = ["Border", "make_border"]

# Entries of the strips' factors: at most so many, or so many times the grid.
MOST_ENTRIES, MOST_SHARE = 2**22, 8


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Strip:
    """The samples beyond the window on an axis.

    Attributes
    ----------
    axis : int
        The axis.
    whole, own : tuple of slice
        The strip all around the grid, and without what belongs to those of the axes before.
    factor : array
        Inverse triangular factor of every frequency along the strip.
    """

    axis: int
    whole: tuple[slice, ...]
    own: tuple[slice, ...]
    factor: Array


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Border:
    """The samples of a grid beyond the window; a border vector holds them in one axis.

    Attributes
    ----------
    grid : PeriodicGrid
        The grid; without stride and mask.
    symbol : array
        P on the spectrum's grid.
    strips : list of Strip
        The border, axis by axis.
    """

    grid: PeriodicGrid
    symbol: Array
    strips: list[Strip]

    def gather(self, grid: Array) -> Array:
        """Return the border vector of a grid array."""
        xp = namespace(grid)
        return xp.concat([xp.reshape(grid[strip.own], (-1,)) for strip in self.strips])

    def scatter(self, b: Array, grid: Array) -> Array:
        """Put a border vector into a grid array and return it."""
        xp = namespace(b)
        start = 0
        for strip in self.strips:
            shape = tuple(grid[strip.own].shape)
            size = math.prod(shape)
            grid[strip.own] = xp.reshape(b[start : start + size], shape)
            start += size
        return grid

    def filter(self, grid: Array) -> Array:
        """Return P of a grid array."""
        spectrum = self.grid.to_spectrum(grid)
        spectrum *= self.symbol
        return self.grid.to_signal(spectrum)

    def normal(self, b: Array) -> Array:
        """Return P_bb b."""
        spectrum = self.grid.to_spectrum(self.scatter(b, zeros(self.grid.shape, b)))
        spectrum *= self.symbol
        return self.gather(self.grid.to_signal(spectrum))

    def precondition(self, r: Array) -> Array:
        """Return the sum of the strips' inverses of a border vector."""
        grid = self.scatter(r, zeros(self.grid.shape, r))
        xp = namespace(r)
        total = xp.zeros_like(grid)
        for strip in self.strips:
            total[strip.whole] += _solved(grid[strip.whole], strip.axis, strip.factor)
        return self.gather(total)


def _solved(slab: Array, axis: int, factor: Array) -> Array:
    """Return the inverse of a strip: a triangular factor and its adjoint a frequency."""
    xp = namespace(slab)
    along = tuple(k for k in range(slab.ndim) if k != axis)
    shape = tuple(slab.shape[k] for k in along)
    full_spectrum = is_complex(slab)
    transform, back = (_fft.fftn, _fft.ifftn) if full_spectrum else (_fft.rfftn, _fft.irfftn)
    spectrum = transform(slab, shape, axes=along) if along else slab
    columns = xp.moveaxis(spectrum, axis, -1)[..., None]
    columns = xp.matmul(xp.conj(xp.matrix_transpose(factor)), xp.matmul(factor, columns))
    spectrum = xp.moveaxis(columns[..., 0], -1, axis)
    return back(spectrum, shape, axes=along) if along else spectrum


def make_border(grid: PeriodicGrid, symbol: Array) -> Border | None:
    """Return the border of a grid under P; None where its factors would be too many.

    Parameters
    ----------
    grid : PeriodicGrid
        The grid; without stride and mask.
    symbol : array
        P on the spectrum's grid.
    """
    window = grid.A.out_shape
    axes = [k for k, (n, m) in enumerate(zip(grid.shape, window, strict=True)) if n > m]
    points = math.prod(grid.shape)
    entries = sum((grid.shape[k] - window[k]) ** 2 * points // grid.shape[k] for k in axes)
    if entries > max(MOST_ENTRIES, MOST_SHARE * points):
        return None
    values = to_numpy(symbol).astype(float)
    strips = []
    for axis in axes:
        width = grid.shape[axis] - window[axis]
        lags = _lags(_folded(values, grid, axis), axis, grid.shape[axis], width)
        factor = _inverse_factor(lags)
        if len(grid.shape) == 1 and not grid.full_spectrum:
            factor = factor.real
        whole = tuple(slice(m if k == axis else 0, None) for k, m in enumerate(window))
        own = (*(slice(0, m) for m in window[:axis]), *whole[axis:])
        strips.append(Strip(axis, whole, own, like(factor, symbol)))
    return Border(grid, symbol, strips)


def _folded(symbol: NumpyArray, grid: PeriodicGrid, axis: int) -> NumpyArray:
    """Return the symbol with all frequencies of an axis, and half of those of the last other."""
    last = symbol.ndim - 1
    if grid.full_spectrum or axis != last:
        return symbol
    n = grid.shape[-1]
    if last > 0:  # keep the half of the axis before
        at = (slice(None),) * (last - 1)
        half = grid.shape[-2] // 2 + 1
        index = [-np.arange(k) % k for k in grid.shape[:-2]] + [-np.arange(half) % grid.shape[-2]]
        mirrored = symbol[np.ix_(*index, np.arange(n - n // 2 - 1, 0, -1))]
        return np.concatenate([symbol[(*at, slice(0, half))], mirrored], axis=-1)
    return np.concatenate([symbol, symbol[n - n // 2 - 1 : 0 : -1]])


def _lags(symbol: NumpyArray, axis: int, n: int, width: int) -> NumpyArray:
    """Return the first `width` lags across a strip, in the last axis, at all frequencies along."""
    found = to_numpy(_fft.rfftn(symbol, (n,), axes=(axis,)))
    found = np.conj(np.moveaxis(found, axis, -1)) / n
    lags = found[..., :width]
    if width > lags.shape[-1]:  # P is real: a lag and its opposite are conjugate
        rest = np.arange(lags.shape[-1], width)
        lags = np.concatenate([lags, np.conj(found[..., n - rest])], axis=-1)
    return np.ascontiguousarray(lags)


def _inverse_factor(lags: NumpyArray) -> NumpyArray:
    """Return C with C^H C the inverse of the Toeplitz matrix t[i, j] = lags[i - j].

    Row k of C holds the prediction of sample k from those before it, over its error's root.
    """
    width = lags.shape[-1]
    factor = np.zeros((*lags.shape[:-1], width, width), lags.dtype)
    a = np.ones((*lags.shape[:-1], 1), lags.dtype)  # of the first sample: nothing to predict from
    least = 8 * np.finfo(float).eps * float(np.max(lags[..., 0].real))
    if least == 0:  # nothing costs anything, and there is nothing to solve
        return factor
    error = lags[..., 0].real + least  # a ridge at the level of rounding
    for k in range(width):
        if k:
            reflection = -np.sum(a[..., ::-1] * lags[..., 1 : k + 1], axis=-1) / error
            # A matrix that is singular to rounding may say nonsense: predict without it.
            reflection = np.where(np.abs(reflection) < 1, reflection, 0)
            a = np.concatenate([a, np.zeros_like(a[..., :1])], axis=-1)
            a = a + reflection[..., None] * np.conj(a[..., ::-1])
            error = error * (1 - np.abs(reflection) ** 2)
        error = np.maximum(error, least)
        factor[..., k, : k + 1] = a[..., ::-1] / np.sqrt(error)[..., None]
    return factor
