"""The seam of a periodic grid: what joins opposite borders must not bind them.

On the grid of a window that is cut from a larger scene the end of an axis leads back to its start
through a few free samples. A penalty on the grid would draw both ends towards each other, although
nothing is known of that. So the step between them, as far as it is smooth along the border, is
taken off before and put back after, as a ramp over the whole axis:

    x = s + F(y - A s),     s = sum over the axes of t_a J_a(other axes),     -1/2 <= t_a <= 1/2

with F the filter of the grid, t the place on the axis and J the step, in units of the scene (for
periodic transforms Moisan 2011, doi:10.1007/s10851-010-0227-1, does the same by a smooth part).
What varies along the border within less than the free samples does not reach across them. A
convolution makes of a ramp the same ramp and a constant,

    A s = t (h_0 * J) - (h_1 * J),     h_0 = sum_k h,     h_1 = sum_k (place of k) h

over the axis, so that nothing but small arrays is convolved.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, like, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.grid import PeriodicGrid, fill_holes

__all__ = ["Seam", "make_seam", "rows_at_border"]


@final
@dataclasses.dataclass(frozen=True)
class SeamConstants:
    """Constants of the ramps; a factor of two either way moves nothing by more than the noise.

    Attributes
    ----------
    rows : float
        Rows at either border whose mean is its level, in spans of the kernel.
    smoothing : float
        Standard deviation of the Gaussian along the border, in free samples: what varies faster
        does not reach across them.
    passed : float
        Least |H|^2 / (|H|^2 + q) of a frequency along the border for its ramp to be taken off:
        what the filter does not pass it would not put back.
    zero_sum : float
        Sum of the kernel, over that of its magnitudes, below which the data hold no level.
    """

    rows: float = 0.25
    smoothing: float = 0.25
    passed: float = 0.8
    zero_sum: float = 1e-2


SEAM = SeamConstants()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Ramp:
    """The ramp of one axis, t J: factors of its signal on the domain, and of its data."""

    signal: tuple[NumpyArray, NumpyArray]
    data: tuple[NumpyArray, NumpyArray, NumpyArray]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Seam:
    """The ramps between opposite borders, axis by axis."""

    ramps: list[Ramp]

    def taken_off(self, y: Array) -> Array:
        """Return y - A s."""
        for ramp in self.ramps:
            place, same, moved = (like(a, y) for a in ramp.data)
            y = y - (place * same - moved)
        return y

    def put_back(self, x: Array) -> Array:
        """Return x + s, on the domain."""
        for ramp in self.ramps:
            place, step = (like(a, x) for a in ramp.signal)
            x = x + place * step
        return x


def make_seam(y: Array, grid: PeriodicGrid, q: Array | None = None) -> Seam | None:
    """Return the ramps between the borders of data, or None where nothing has to be taken off.

    Parameters
    ----------
    y : array
        The data as they are.
    grid : PeriodicGrid
        The grid of a window whose border is unknown.
    q : array, optional
        The penalty on the grid.
    """
    A = grid.A
    total = abs(np.sum(A.psf))
    if A.boundary != "unknown" or total <= SEAM.zero_sum * np.sum(np.abs(A.psf)):
        return None
    rest = to_numpy(fill_holes(y, A.mask))
    if rest.dtype.itemsize < 8:
        rest = rest.astype(np.float64)
    ramps = []
    for axis in range(rest.ndim):
        if rest.shape[axis] < 2:
            continue
        ramp = _ramp(rest, grid, q, axis)
        ramps.append(ramp)
        # Of the next axis only the border is looked at, but the corners are those of what is left.
        place, same, moved = ramp.data
        if axis < rest.ndim - 1:
            rest = rest - (place * same - moved)
    return Seam(ramps) if ramps else None


def _ramp(y: NumpyArray, grid: PeriodicGrid, q: Array | None, axis: int) -> Ramp:
    """Return the ramp of an axis."""
    A = grid.A
    step = _step(y, grid, q, axis)
    n, period = A.shape[axis], grid.shape[axis]
    wide = np.expand_dims(step, axis)
    along = [-1 if k == axis else 1 for k in range(y.ndim)]
    place = ((np.arange(n) - (n - 1) / 2) / period).reshape(along)
    # Tap k of y[m] looks at the sample m stride + span - 1 - k dilation.
    looks = np.arange(y.shape[axis]) * A.stride[axis] + A.span[axis] - 1 - (n - 1) / 2
    taps = np.arange(A.psf.shape[axis]).reshape(along) * A.dilation[axis] / period
    same = _blurred(step, np.sum(A.psf, axis=axis), A, axis)
    moved = _blurred(step, np.sum(A.psf * taps, axis=axis), A, axis)
    looked = (looks / period - A.padding[axis][0] / period).reshape(along)
    return Ramp((place, wide), (looked, np.expand_dims(same, axis), np.expand_dims(moved, axis)))


def _blurred(step: NumpyArray, kernel: NumpyArray, A: Convolution, axis: int) -> NumpyArray:
    """Return the step convolved along the border, as the data of the other axes see it."""
    if step.ndim == 0:
        return np.asarray(step * kernel)
    others = [k for k in range(len(A.shape)) if k != axis]
    of: list[tuple[int, ...]] = [
        tuple(a[k] for k in others) for a in (A.shape, A.centre, A.stride, A.dilation)
    ]
    padding = tuple(A.padding[k] for k in others)
    if np.iscomplexobj(kernel) and not np.iscomplexobj(step):
        step = step + 0j
    B = Convolution(kernel, of[0], "unknown", of[1], of[2], of[3], padding)
    return np.asarray(B.forward(step))


def rows_at_border(A: Convolution, size: int, axis: int) -> int:
    """Return how many rows at either border of an axis of `size` data make its level."""
    return max(1, min(round(SEAM.rows * A.span[axis] / A.stride[axis]), size // 4))


def _step(y: NumpyArray, grid: PeriodicGrid, q: Array | None, axis: int) -> NumpyArray:
    """Return the smooth step from the start of an axis to its end, on the domain's other axes."""
    A = grid.A
    rows = rows_at_border(A, y.shape[axis], axis)
    at = (slice(None),) * axis
    ends = [np.mean(y[(*at, some)], axis=axis) for some in (slice(-rows, None), slice(0, rows))]
    step = (ends[0] - ends[1]) / np.sum(A.psf)
    free = grid.shape[axis] - (y.shape[axis] - 1) * A.stride[axis]
    others = [k for k in range(len(A.shape)) if k != axis]
    for place, other in enumerate(others):
        width = max(SEAM.smoothing * free, _narrowest(grid, q, other))
        step = _smooth(step, place, width / A.stride[other])
        # Beyond the window the step goes on as it is at its end.
        window = A.window[other]
        index = (np.arange(A.shape[other]) - window.start) // A.stride[other]
        step = np.take(step, np.clip(index, 0, step.shape[place] - 1), axis=place)
    if q is None:
        return np.asarray(step)
    return np.asarray(step * _share(grid, q, axis)[1])


def _share(grid: PeriodicGrid, q: Array, axis: int) -> NumpyArray:
    """Return |H|^2 / (|H|^2 + q) along an axis of the spectrum, the others at zero frequency."""
    at = tuple(slice(None) if k == axis else 0 for k in range(len(grid.shape)))
    gain = np.abs(to_numpy(grid.otf[at])) ** 2
    cost = to_numpy(q[at]) if q.ndim else np.zeros(gain.shape)
    total = gain + cost
    share = np.divide(gain, total, out=np.zeros_like(total), where=total > 0)
    return share if share.size > 1 else np.repeat(share, 2)


def _narrowest(grid: PeriodicGrid, q: Array | None, axis: int) -> float:
    """Return the standard deviation of a Gaussian whose frequencies along an axis pass."""
    if q is None:
        return 0.0
    share = _share(grid, q, axis)
    half = share[: grid.shape[axis] // 2 + 1]
    (stopped,) = np.nonzero(half < SEAM.passed)
    if stopped.size == 0:
        return 0.0
    return grid.shape[axis] / (math.pi * max(float(stopped[0]), 0.5))


def _smooth(a: NumpyArray, axis: int, width: float) -> NumpyArray:
    """Return an array smoothed by a Gaussian along an axis, mirrored at its ends."""
    n = a.shape[axis]
    wide = np.concatenate([a, np.flip(a, axis)], axis)
    f = _fft.frequencies(2 * n, False).reshape([-1 if k == axis else 1 for k in range(a.ndim)])
    weights = np.exp(-2 * (np.pi * width * f) ** 2)
    found = _fft.ifftn(_fft.fftn(wide, (2 * n,), axes=(axis,)) * weights, (2 * n,), axes=(axis,))
    found = np.take(found, np.arange(n), axis=axis)
    return found if np.iscomplexobj(a) else found.real
