"""The quadratic problem of one axis for many signals at once: one matrix, one transform pair.

With one operator and one penalty the border data b of `border` are a linear function of the data
that were seen, b = M y, whatever the signal:

    x = G H* [y; M y],     M = -P_bb^-1 P_bs,     P = q G,     G = 1 / (|H|^2 + q)

with s the samples that were seen and b all others of the grid, those beyond the window and dead
ones alike. M has as many rows as samples are missing, so that filling the grid costs less than its
transform. The ramp of `seam` is a linear function of the data too.
"""

from __future__ import annotations

import dataclasses
from typing import Any, final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, to_numpy, zeros
from sigdeconv.solvers.grid import PeriodicGrid, fill_holes
from sigdeconv.solvers.quadratic.problem import QuadraticProblem
from sigdeconv.solvers.quadratic.seam import make_seam, rows_at_border

__all__ = ["RowFilter", "make_row_filter"]

AT_ONCE = 2**15  # samples of the signals that are filtered together: they stay in the cache


@final
@dataclasses.dataclass(frozen=True, eq=False)
class RowFilter:
    """The minimiser of the quadratic problem for every row of an array.

    Attributes
    ----------
    grid : PeriodicGrid
        The grid of one signal.
    multiplier : array
        G H* on the grid's frequencies.
    seen, missing : ndarray of int
        Samples of the grid with data, and all others.
    fill : ndarray, shape (missing, seen)
        M.
    ends : tuple of ndarray of int
        Samples at either border whose means make the step of the seam; none without a seam.
    ramp : ndarray
        What a step of one adds to the estimate, on the window: the ramp that is put back, less the
        estimate for what is taken off.
    """

    grid: PeriodicGrid
    multiplier: Array
    seen: NumpyArray
    missing: NumpyArray
    fill: NumpyArray
    ends: tuple[NumpyArray, ...]
    ramp: NumpyArray

    def __call__(self, y: Array) -> Array:
        """Return the estimates on the window for data of shape (signals, samples)."""
        xp, window = namespace(y), self.grid.A.window[0]
        lines: Array = y[:0, :1] + 0j if self.grid.full_spectrum else y[:0, :1]
        found = zeros((y.shape[0], window.stop - window.start), lines)
        at_once = max(AT_ONCE // self.grid.shape[0], 1)
        for start in range(0, y.shape[0], at_once):
            rows = slice(start, start + at_once)
            found[rows, :] = self._some(y[rows, :], xp)
            if self.ends:
                start, end = (
                    xp.mean(xp.take(y[rows, :], xp.asarray(at), axis=1), axis=1) for at in self.ends
                )
                found[rows, :] += (end - start)[:, None] * like(self.ramp, y)
        return found

    def _some(self, y: Array, xp: Any) -> Array:
        """Return the estimates for rows as if nothing was taken off for the seam."""
        grid, window = self.grid, self.grid.A.window[0]
        if self.seen.size < y.shape[-1]:
            y = xp.take(y, xp.asarray(self.seen), axis=1)
        if self.missing.size:
            y = xp.concat([y, xp.matmul(y, like(self.fill.T, y))], axis=1)
            order = np.argsort(np.concatenate([self.seen, self.missing]))
            if self.seen[-1] != self.seen.size - 1:
                y = xp.take(y, xp.asarray(order), axis=1)
        spectrum = grid.to_spectrum(y + 0j if grid.full_spectrum and not is_complex(y) else y)
        spectrum *= self.multiplier
        x = grid.to_signal(spectrum)
        if window.stop <= grid.shape[0]:
            return x[:, window]
        places = np.arange(window.start, window.stop) % grid.shape[0]
        return xp.take(x, xp.asarray(places), axis=1)


def make_row_filter(problem: QuadraticProblem, y: Array) -> RowFilter | None:
    """Return the filter of a problem; None where there is none, and each row is solved by itself.

    That is with a stride, grey weights, a boundary that ties the signal beyond it, or more than one
    axis.

    Parameters
    ----------
    problem : QuadraticProblem
        The problem of one signal, its penalty chosen.
    y : array, shape (samples,)
        One of the signals.
    """
    grid, A = problem.grid, problem.grid.A
    grey = A.mask is not None and len(np.unique(A.mask[A.mask > 0])) > 1
    if len(grid.shape) > 1 or not problem.free or grid.decimation > 1 or grey:
        return None
    (n,), (m,) = grid.shape, A.out_shape
    good = np.ones(m, bool) if A.mask is None else A.mask > 0
    seen = np.flatnonzero(good)
    missing = np.setdiff1d(np.arange(n), seen)
    gain = to_numpy(grid.ridge(problem.q)).astype(float)
    q = np.broadcast_to(to_numpy(problem.q), gain.shape)
    symbol = np.where(gain > 0, q * gain, 1.0)
    transform = _fft.ifftn if grid.full_spectrum else _fft.irfftn
    lags = to_numpy(transform(symbol + 0j, (n,)))
    fill = np.zeros((0, seen.size))
    if missing.size and seen.size:
        inner = lags[(missing[:, None] - missing) % n]
        ridge = 8 * np.finfo(float).eps * float(lags[0].real)
        inner = inner + (ridge or 1.0) * np.eye(missing.size)
        fill = -np.linalg.solve(inner, lags[(missing[:, None] - seen) % n])
    multiplier = like(gain, problem.q) * namespace(grid.otf).conj(grid.otf)
    plain = RowFilter(grid, multiplier, seen, missing, fill, (), np.zeros(0))
    ends, off, back = _ramp_of_one(problem, good)
    if not ends:
        return plain
    ramp = back - to_numpy(plain(like(off[None, :], y)))[0]
    return dataclasses.replace(plain, ends=ends, ramp=ramp)


def _ramp_of_one(
    problem: QuadraticProblem, good: NumpyArray
) -> tuple[tuple[NumpyArray, ...], NumpyArray, NumpyArray]:
    """Return the samples of both borders, and the ramp for data that differ by one between them."""
    grid, A, none = problem.grid, problem.grid.A, np.zeros(0)
    line = np.arange(float(good.size))
    seam = None if grid.is_whole or np.sum(good) < 2 else make_seam(line, grid, problem.q)
    if seam is None:
        return (), none, none
    (ramp,) = seam.ramps
    some = rows_at_border(A, good.size, 0)
    near = np.asarray(fill_holes(line, A.mask)).astype(int)  # the nearest sample that was seen
    ends = near[:some], near[-some:]
    step = float(np.mean(ends[1]) - np.mean(ends[0]))
    place, same, moved = ramp.data
    off = np.asarray(place * same - moved) / step
    back = np.asarray(ramp.signal[0] * ramp.signal[1])[A.window[0]] / step
    return ends, off, back
