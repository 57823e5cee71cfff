"""The strength with the least expected error, for spectra of signal and noise.

For a signal of spectrum S and noise of variance N a linear method that multiplies a frequency of
the data by G has the mean square error |1 - G H|^2 S + |G|^2 N there. Summed over the frequencies,
the least tells the weight of a penalty, or the threshold of a division.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.solvers.spectra import BinnedPeriodogram, Spectra

__all__ = ["least_risk", "least_threshold"]


def least_risk(bins: BinnedPeriodogram, law: Spectra, penalty: Callable[[Any], Any]) -> float:
    """Return the weight of ``penalty(f)`` with the least expected error of the estimate.

    A quadratic method estimates a frequency by H* / (|H|^2 + w q) of the data. Where a stride
    folds several on one of the data, those beside it are noise for each:

        x_j = H_j* / q_j / (w + sum_i |H_i|^2 / q_i) y
    """
    bins = bins if bins.untapered is None else bins.untapered
    if law.noise == 0 or law.amplitude == 0 or bins.count.size == 0:
        return 0.0 if law.amplitude else 1.0
    q = np.maximum(np.asarray(penalty(bins.f), dtype=float), np.finfo(float).tiny)
    signal = law.signal(bins.f)
    through = bins.gain * signal
    colour = bins.colour * law.colour(bins.f[:, 0])
    noise = law.noise * np.broadcast_to(colour, bins.count.shape)[:, None]
    others = np.sum(through, axis=1, keepdims=True) - through + noise
    share = bins.gain / q
    whole = np.sum(share, axis=1, keepdims=True)

    def risk(weight: float) -> float:
        passed = 1 / (weight + whole)
        error = (1 - share * passed) ** 2 * signal + share / q * passed**2 * others
        return float(np.sum(bins.count[:, None] * error))

    grid = np.geomspace(1e-16, 1e8, 97) * float(np.max(bins.gain)) / float(np.max(q))
    for _ in range(3):
        best = int(np.argmin([risk(weight) for weight in grid]))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
        grid = np.geomspace(low, high, 17)
    return float(grid[int(np.argmin([risk(weight) for weight in grid]))])


def least_threshold(
    bins: BinnedPeriodogram, law: Spectra, form: Literal["truncated", "water-level"] = "truncated"
) -> float:
    """Return the fraction of the largest |H| below which another quotient has less error.

    Dropping a frequency costs its signal S, dividing it the noise N / |H|^2. At a water level L it
    is divided by L in place of |H|, which costs (1 - |H| / L)^2 S + N / L^2.
    """
    bins = bins if bins.untapered is None else bins.untapered
    if law.noise == 0 or law.amplitude == 0 or bins.count.size == 0:
        return 0.0
    order = np.argsort(bins.gain[:, 0])
    gain = np.maximum(bins.gain[order, 0], np.finfo(float).tiny)
    count = bins.count[order]
    signal = law.signal(bins.f[order, 0])
    colour = bins.colour * law.colour(bins.f[:, 0])
    noise = law.noise * np.broadcast_to(colour, order.shape)[order]
    passed = np.cumsum((count * noise / gain)[::-1])[::-1]
    if form == "water-level":
        return _least_level(count, gain, signal, noise)
    lost = np.concatenate([[0.0], np.cumsum(count * signal)])
    drop = int(np.argmin(lost + np.concatenate([passed, [0.0]])))
    if drop == 0:
        return 0.0
    least = math.sqrt(gain[drop - 1] * gain[min(drop, gain.size - 1)])
    return min(math.sqrt(least / float(np.max(gain))), 1.0)


def _least_level(
    count: NumpyArray, gain: NumpyArray, signal: NumpyArray, noise: NumpyArray
) -> float:
    """Return the water level of least error, as a fraction of the largest |H|."""
    size = np.sqrt(gain)

    def risk(level: float) -> float:
        divisor = np.maximum(size, level)
        return float(np.sum(count * ((1 - size / divisor) ** 2 * signal + noise / divisor**2)))

    levels = np.geomspace(1e-7, 1.0, 71) * float(np.max(size))
    for _ in range(2):
        best = int(np.argmin([risk(level) for level in levels]))
        levels = np.geomspace(levels[max(best - 1, 0)], levels[min(best + 1, levels.size - 1)], 17)
    best_level = levels[int(np.argmin([risk(level) for level in levels]))]
    return min(float(best_level / np.max(size)), 1.0)
