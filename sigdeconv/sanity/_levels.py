"""How noise grows with the level of data, from the differences of neighbours."""

from __future__ import annotations

import dataclasses
from typing import Final, final

import numpy as np

from sigdeconv._array import NORMAL_MEDIAN, NumpyArray

__all__ = ["NoiseByLevel"]


@final
@dataclasses.dataclass(frozen=True)
class LevelLimits:
    """Constants of the noise by level.

    Attributes
    ----------
    levels : int
        Levels of brightness at which the noise is looked at.
    look : int
        Samples that are looked at for it.
    golden : float
        Golden section, whose multiples are spread evenly.
    median : float
        Variance of the median of normal numbers, times how many they are, about.
    """

    levels: int = 16
    look: int = 2**13
    golden: float = 0.6180339887498949
    median: float = 1.2


BY_LEVEL: Final = LevelLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class NoiseByLevel:
    """Standard deviation of the noise at rising levels of the data.

    Attributes
    ----------
    ground : float
        What the scene is not below: zero, or about as far below the dark as the bright is above.
    levels, variances : ndarray
        Levels above the ground, and the variance of the noise there, which does not fall.
    rounding : float
        Rounding of a transform of the data, which noise is at least.
    unit : float
        Step of data that are counts, in any unit; small for others.
    """

    ground: float
    levels: NumpyArray
    variances: NumpyArray
    unit: float
    rounding: float

    @classmethod
    def of(cls, values: NumpyArray, left: NumpyArray) -> NoiseByLevel | None:
        """Return the noise of data, from some of those that are left."""
        seen, near, beside = _some(values, left)
        if seen.size < 5:
            return None
        apart = np.abs(seen - near) / np.sqrt(1 + BY_LEVEL.median / beside)
        order = np.argsort(near, kind="stable")
        count = max(1, min(BY_LEVEL.levels, seen.size // 8))
        parts = order[seen.size % count :].reshape(count, -1)  # of the darkest some are left
        levels, deviations = (np.median(a[parts], axis=1) for a in (near, apart))
        low = float(np.min(values if left.all() else values[left]))
        high = float(levels[3 * len(levels) // 4])
        ground = low - (high - low)
        if low >= 0:
            ground = max(ground, 0.0)
        variances = np.maximum.accumulate((deviations / NORMAL_MEDIAN) ** 2)
        single = values.dtype == np.float32
        rounding = 16 * float(np.finfo(np.float32 if single else np.float64).eps)
        largest = max(abs(low), float(np.max(seen)))
        return cls(ground, levels - ground, variances, _step(seen), rounding * largest)

    def variance(self, level: NumpyArray) -> NumpyArray:
        """Return the variance at levels above the ground; above the last it goes on."""
        variance = np.interp(level, self.levels, self.variances)
        top = float(self.levels[-1])
        if top > 0:
            variance = variance * np.maximum(level / top, 1)
        counts = self.unit * (np.maximum(level + min(self.ground, 0.0), 0) + self.unit)
        return np.asarray(np.maximum(np.maximum(variance, counts), self.rounding**2))


def _step(values: NumpyArray) -> float:
    """Return the distance from most values to the next larger one: one count, where they are."""
    found, times = np.unique(values, return_counts=True)
    if found.size < 2:
        return 0.0
    gaps, times = np.diff(found), times[:-1]
    order = np.argsort(gaps)
    total = np.cumsum(times[order])
    return float(gaps[order][np.searchsorted(total, total[-1] / 2)])


def _some(values: NumpyArray, left: NumpyArray) -> tuple[NumpyArray, NumpyArray, NumpyArray]:
    """Return some of the data, the median of the neighbours of each, and how many those are.

    Which an outlier beside the sample does not move. They are spread evenly, in no order.
    """
    count = min(values.size, BY_LEVEL.look)
    at = (np.arange(count) * BY_LEVEL.golden % 1 * values.size).astype(np.intp)
    if count == values.size:
        at = np.arange(count)
    place = np.array(np.unravel_index(at[left.ravel()[at]], values.shape))
    beside = []
    for axis, n in enumerate(values.shape):
        for step in (-1, 1) if n > 1 else ():
            moved = place.copy()
            moved[axis] += step
            inside = (moved[axis] >= 0) & (moved[axis] < n)
            moved[axis] = np.clip(moved[axis], 0, n - 1)
            use = inside & left[tuple(moved)]
            beside.append(np.where(use, values[tuple(moved)], np.nan))
    around = np.array(beside, dtype=np.float64).reshape(-1, place.shape[1])
    total = np.count_nonzero(~np.isnan(around), axis=0)
    seen = values[tuple(place)].astype(np.float64)[total > 0]
    return seen, np.nanmedian(around[:, total > 0], axis=0), total[total > 0]
