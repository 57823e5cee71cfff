"""Points in data: where they stand out of the noise, how wide they are, which are of no use."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import NORMAL_MEDIAN
from sigdeconv.noise.estimate import estimate_noise

__all__ = ["POINTS", "PointLimits", "Sky", "detected", "full_width", "refused", "sky_of"]


@final
@dataclasses.dataclass(frozen=True)
class PointLimits:
    """Constants of finding and fitting points, chosen on simulated star fields and bead stacks.

    Attributes
    ----------
    above : float
        Standard deviations of the smoothed noise that a point stands above.
    smoothing : float
        Standard deviation of the Gaussian that smooths, in samples.
    reach : tuple of float
        Half the size of the kernel in full widths at half maximum, up to 2-D and from 3-D on, where
        points are faint and wings lost in the noise.
    flat : int
        Samples beside the peak of the same value, from which on a point is saturated.
    crowd : float
        Height of a neighbour within the kernel's reach, as a part of the own, from which on a point
        is crowded.
    rounds : int
        Rounds of the fit.
    misfit : float
        Mean squared residual over its median, from which on something is no point.
    """

    above: float = 7.0
    smoothing: float = 1.0
    reach: tuple[float, float] = (3.75, 1.6)
    flat: int = 2
    crowd: float = 0.5
    rounds: int = 6
    misfit: float = 4.0


POINTS = PointLimits()


@final
@dataclasses.dataclass(frozen=True)
class Sky:
    """Level between the points and the standard deviation of its noise."""

    level: float
    noise: float


def sky_of(y: NDArray[np.float64]) -> Sky:
    """Return level and noise of what is no point."""
    level = float(np.median(y))
    noise = estimate_noise(y)
    spread = float(np.median(np.abs(y - level))) / NORMAL_MEDIAN
    return Sky(level, noise if noise > 0 else min(spread, float(np.std(y))))


def detected(y: NDArray[np.float64], sky: Sky) -> NDArray[np.intp]:
    """Return the indices of local maxima of the smoothed data above the noise, highest first."""
    from scipy.ndimage import gaussian_filter, maximum_filter

    widths = [POINTS.smoothing if n >= 5 else 0.0 for n in y.shape]
    smooth = np.asarray(gaussian_filter(y - sky.level, widths, mode="nearest"))
    taps = np.exp(-0.5 * (np.arange(-4, 5) / POINTS.smoothing) ** 2)
    gain = math.sqrt(float(np.sum(taps**2))) / float(taps.sum())
    limit = POINTS.above * sky.noise * gain ** sum(w > 0 for w in widths)
    limit = max(limit, 1e-9 * float(np.max(np.abs(smooth))))
    peaks = (smooth == maximum_filter(smooth, 5, mode="nearest")) & (smooth > limit)
    at = np.argwhere(peaks)
    return np.asarray(at[np.argsort(-smooth[peaks], kind="stable")])


def full_width(y: NDArray[np.float64], sky: Sky, at: NDArray[np.intp]) -> tuple[float, ...]:
    """Return the median full width at half maximum of the highest points on each axis."""
    found: list[list[float]] = [[] for _ in y.shape]
    for place in at[:30]:
        for axis, n in enumerate(y.shape):
            line = y[(*place[:axis], slice(None), *place[axis + 1 :])] - sky.level
            half, k = line[place[axis]] / 2, int(place[axis])
            ends = []
            for step in (-1, 1):
                j = k
                while 0 < j < n - 1 and line[j] > half:
                    j += step
                if line[j] > half:
                    break
                ends.append(abs(j - k) - (half - line[j]) / max(line[j - step] - line[j], 1e-300))
            if len(ends) == 2:
                found[axis].append(sum(ends))
    return tuple(max(float(np.median(w)), 1.2) if w else 2.0 for w in found)


def refused(
    y: NDArray[np.float64],
    sky: Sky,
    at: NDArray[np.intp],
    half: Sequence[int],
    saturation: float | None,
) -> list[str]:
    """Return for each point why it cannot be used, or nothing."""
    top = float(y.max())
    heights = np.array([y[tuple(p)] - sky.level for p in at])
    reasons = []
    for k, place in enumerate(at):
        near = tuple(slice(max(p - 1, 0), p + 2) for p in place)
        value = float(y[near].max())
        equal = int(np.sum(y[near] == value)) - 1
        apart = np.abs(at - place)
        inside = np.all(apart <= np.asarray(half), axis=1)
        inside[k] = False
        if saturation is not None and value >= saturation:
            reasons.append(f"saturated: {value:g} reaches {saturation:g}")
        elif equal >= POINTS.flat and value == top:
            reasons.append(f"saturated: {equal + 1} samples of its peak have the largest value")
        elif any(p < h or p >= n - h for p, h, n in zip(place, half, y.shape, strict=True)):
            reasons.append("at the border: the kernel does not fit inside")
        elif np.any(heights[inside] > POINTS.crowd * heights[k]):
            reasons.append("crowded: a neighbour lies within the kernel")
        else:
            reasons.append("")
    return reasons
