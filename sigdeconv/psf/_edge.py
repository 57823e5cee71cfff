"""A slanted edge: where it lies, and the profile across it, by the steps of ISO 12233.

The position of the edge is found in every row, and a line, or a curve of low degree, is fitted to
the positions. Every sample then has a distance to the edge; averaged in bins finer than a sample
they are the edge spread function.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import NORMAL_MEDIAN, RealArray

__all__ = ["SLANT", "Profile", "profile_of"]


@final
@dataclasses.dataclass(frozen=True)
class EdgeLimits:
    """Constants of the analysis of an edge.

    Attributes
    ----------
    rounds : int
        Fits of the line, each with the windows where the last one put it.
    window : float
        Half of the window in which a row's edge is looked for, in samples; or more, where the edge
        is wider: this many times its width.
    wide : float
        Width of an edge, in its own standard deviations, that the window takes.
    degree : int
        Highest degree of the curve.
    least : int
        Rows and columns that there are at least.
    seen : float
        Height of the edge over the noise of a bin from which on there is one.
    level : float
        Part of the height by which a side may differ from its mean, or rows from the profile.
    outside : int
        Bins on each side that are level at least.
    off : float
        Standard deviations from the curve, or a sample where that is more, from which on a row
        does not count.
    """

    rounds: int = 4
    window: float = 6.0
    wide: float = 3.0
    degree: int = 3
    least: int = 12
    seen: float = 10.0
    level: float = 0.2
    outside: int = 4
    off: float = 4.0


SLANT = EdgeLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Profile:
    """The profile across an edge, rising from 0 to 1.

    Attributes
    ----------
    at : ndarray of float64, shape (bins,)
        Distance from the edge, in samples, of the middle of each bin.
    values, variance : ndarray of float64, shape (bins,)
        Mean of each bin, and its variance.
    step : float
        Width of a bin, in samples.
    angle : float
        Angle between the edge and the axis nearest to it, in degrees.
    inside : tuple of ndarray
        Distance of the samples to the mean of theirs in the bin, and the bin's index: what the
        average over a bin does.
    low, high : float
        Level of the two sides, in the unit of the data.
    noise : tuple of float
        Standard deviation of a sample on the dark and on the bright side, in the same unit.
    """

    at: RealArray
    values: RealArray
    variance: RealArray
    step: float
    angle: float
    inside: tuple[RealArray, NDArray[np.intp]]
    low: float
    high: float
    noise: tuple[float, float]


def profile_of(y: RealArray, oversampling: int) -> Profile:
    """Return the profile across the edge in a picture.

    Raises
    ------
    ValueError
        If there is no edge, more than one, or one that does not lie askew.
    """
    across = abs(float(np.mean(y[:, -2:]) - np.mean(y[:, :2])))
    down = abs(float(np.mean(y[-2:]) - np.mean(y[:2])))
    if max(across, down) <= 1e-12 * float(np.max(np.abs(y))):
        raise ValueError(
            "y has no edge: all of its sides are alike; expected one straight edge between two "
            "level sides"
        )
    rows = y if across >= down else y.T
    rows = rows if rows[:, -2:].mean() >= rows[:, :2].mean() else rows[:, ::-1]
    curve, slope = _curve(rows)
    cosine = 1 / math.hypot(1.0, slope)
    distance = (np.arange(rows.shape[1]) - curve[:, None]) * cosine
    return _binned(rows, distance, oversampling, math.degrees(math.atan(slope)))


def _curve(rows: RealArray) -> tuple[RealArray, float]:
    """Return the position of the edge in every row, on a smooth curve, and its mean slope."""
    n = rows.shape[1]
    rise = np.diff(rows, axis=1)
    place = np.arange(n - 1) + 0.5
    # The first estimate looks at all of a row, smoothed: the steepest place.
    kernel = np.hanning(9)[1:-1] / 4
    smooth = np.apply_along_axis(np.convolve, 1, rise, kernel, "same")
    position = place[np.argmax(smooth, axis=1)]
    curve, _ = _fitted(position, 1)
    half = SLANT.window
    for _ in range(SLANT.rounds):
        u = (place - curve[:, None]) / half
        taper = np.where(np.abs(u) < 1, 0.54 + 0.46 * np.cos(np.pi * u), 0.0)
        weight = rise * taper
        total = weight.sum(axis=1)
        good = total > 0.3 * np.median(total)
        position = np.where(good, (weight * place).sum(axis=1) / np.where(good, total, 1), curve)
        curve, used = _fitted(position, SLANT.degree)
        width = _width(rise[used], place, curve[used], half)
        half = min(max(SLANT.window, SLANT.wide * width), n / 2)
    return curve, float(np.polyfit(np.arange(len(curve)), curve, 1)[0])


def _width(rise: RealArray, place: RealArray, curve: RealArray, half: float) -> float:
    """Return the standard deviation of the mean rise around the curve."""
    u = place - curve[:, None]
    near = np.abs(u) < 2 * half
    weight = np.where(near, rise, 0.0)
    total = float(weight.sum())
    return math.sqrt(max(float((weight * u**2).sum()) / total, 0.0)) if total > 0 else half


def _fitted(position: RealArray, degree: int) -> tuple[RealArray, NDArray[np.bool_]]:
    """Return the curve through the positions of the least degree that they ask for."""
    t = np.linspace(-1, 1, len(position))
    used = np.ones(len(t), bool)
    best, cost, kept = position, math.inf, used
    for d in range(1, degree + 1):
        used = np.ones(len(t), bool)
        for _ in range(5):
            fit = np.polynomial.Polynomial.fit(t[used], position[used], d, domain=[-1, 1])
            off = np.abs(position - fit(t))
            limit = max(SLANT.off * float(np.median(off)) / NORMAL_MEDIAN, 1e-6)
            used = off <= max(limit, 0.1)
            if used.sum() < len(t) // 2:
                break
        spread = float(np.mean(np.minimum(off, limit) ** 2)) + 1e-12
        score = len(t) * math.log(spread) + 2 * d * math.log(len(t))
        if score < cost:
            best, cost, kept = np.asarray(fit(t)), score, used
    return best, kept


def _binned(rows: RealArray, distance: RealArray, fine: int, angle: float) -> Profile:
    """Return the means of the samples in bins of their distance, and what they vary."""
    step = 1 / fine
    reach = min(-float(distance[:, 0].max()), float(distance[:, -1].min()))
    count = math.floor(reach / step)
    if count < SLANT.least * fine // 4:
        raise ValueError(
            f"y has its edge {max(reach, 0.0):.3g} samples from the border; expected at least "
            f"{SLANT.least // 4}. Cut out a window with the edge in its middle"
        )
    index = np.floor(distance / step).astype(np.intp) + count
    inside = (index >= 0) & (index < 2 * count)
    index, u, values = index[inside], distance[inside], rows[inside]
    number = np.bincount(index, minlength=2 * count)
    if number.min() == 0:
        raise ValueError(
            f"y has an edge at {abs(angle):.2g} degrees to an axis, whose samples leave gaps in a "
            f"profile of {fine} bins a sample; expected a tilt of about 3 to 10 degrees, on more "
            f"rows, or a smaller oversampling"
        )
    at = (np.arange(-count, count, dtype=np.float64) + 0.5) * step
    mean = np.bincount(index, values) / number
    off = np.bincount(index, u) / number - at
    rest = u - at[index] - off[index]
    slope = np.gradient(np.convolve(np.pad(mean, 1, "edge"), [0.25, 0.5, 0.25], "valid"), step)
    mean = mean - slope * off
    error = values - mean[index] - slope[index] * (u - at[index])
    return _profile(at, mean, error, number, step, angle, (rest, index))


def _profile(
    at: RealArray,
    mean: RealArray,
    error: RealArray,
    number: NDArray[np.intp],
    step: float,
    angle: float,
    inside: tuple[RealArray, NDArray[np.intp]],
) -> Profile:
    """Return the profile between 0 and 1, its noise taken from the two sides."""
    index, count = inside[1], len(at) // 2
    few = max(SLANT.outside, count // 5)
    low, high = float(np.median(mean[:few])), float(np.median(mean[-few:]))
    height = high - low
    within = number[index] > 1
    scale = np.sqrt(number[index] / np.maximum(number[index] - 1, 1))
    dark, bright = index < count // 2, index >= 2 * count - count // 2
    noise = tuple(float(np.sqrt(np.mean((error * scale)[within & k] ** 2))) if np.any(within & k)
                  else 0.0 for k in (dark, bright))  # fmt: skip
    if height <= SLANT.seen * max(noise) / math.sqrt(float(np.median(number))) or height <= 0:
        raise ValueError(
            f"y has no edge: its sides are at {low:.4g} and {high:.4g}, and the noise is "
            f"{max(noise):.3g}; expected one straight edge between two level sides"
        )
    near = np.abs((mean[index] - low) / height - 0.5) < 0.4
    rough = float(np.sqrt(np.mean(error[near] ** 2))) if np.any(near) else 0.0
    sides = max(float(np.ptp(mean[:few])), float(np.ptp(mean[-few:])))
    if rough > SLANT.level * height / 4 + 2 * max(noise) or sides > SLANT.level * height:
        raise ValueError(
            f"y has not one straight edge between two level sides: samples at one distance from it "
            f"differ by {rough / height:.0%} of its height, a side by {sides / height:.0%}. Cut "
            f"out a window with a single edge"
        )
    part = np.clip((mean - low) / height, 0, 1)
    variance = (noise[0] ** 2 * (1 - part) + noise[1] ** 2 * part) / number / height**2
    values = (mean - low) / height
    return Profile(at, values, variance, step, angle, inside, low, high, (noise[0], noise[1]))
