"""The line spread function of a profile across an edge, smoothed as far as the data ask for it.

The profile is the running sum of the line spread function. That one is taken for a Gaussian process
that is largest at the edge and fades away from it, with a Matern covariance along it; its height,
width, smoothness and fall, and the distance where it ends, are those of the largest evidence. The
posterior is linear in the data, so that every figure made of it has a standard deviation.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import RealArray
from sigdeconv.psf._edge import SLANT, Profile

__all__ = ["Line", "levelled", "line_of"]


@final
@dataclasses.dataclass(frozen=True)
class LineLimits:
    """Constants of the smoothing.

    Attributes
    ----------
    floor : float
        Least standard deviation of a bin, of an edge of height one: rounding.
    cuts : tuple of float
        Distances at which the line may end, in those beyond which the profile is level.
    penalty : float
        Log evidence that the next smaller distance must gain.
    evaluations : int
        Evaluations of the evidence for each distance.
    start : tuple of float
        Where the search starts: height, width and smoothness in that distance, and the fall.
    most : tuple of float
        The largest of each. What is smoother would have the envelope say the shape.
    least : float
        One over the least of each.
    """

    floor: float = 1e-5
    cuts: tuple[float, ...] = (1.05, 1.5, 3.0)
    penalty: float = 1.0
    evaluations: int = 80
    start: tuple[float, ...] = (1.0, 0.5, 0.33, 1.5)
    most: tuple[float, ...] = (100.0, 20.0, 0.6, 20.0)
    least: float = 100.0


LINE_LIMITS = LineLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Line:
    """A line spread function.

    Attributes
    ----------
    at, values : ndarray of float64, shape (n,)
        Distance from the edge in samples, and the function, of area one.
    covariance : ndarray of float64, shape (n, n)
        Of the values before they were divided by their area.
    half : float
        Distance beyond which the profile is level.
    levels : tuple of float
        The two sides of the profile.
    """

    at: RealArray
    values: RealArray
    covariance: RealArray
    half: float
    levels: tuple[float, float]


def levelled(profile: Profile) -> tuple[float, NDArray[np.bool_]]:
    """Return the distance beyond which a profile is level by Mallows' criterion, and that side."""
    at, values = profile.at, profile.values
    order = np.argsort(np.abs(at))[::-1]  # from the outside to the edge
    weight = 1 / _floored(profile.variance[order])
    left = (at < 0)[order]
    cost = np.zeros(len(at))
    for side in (left, ~left):
        w = np.where(side, weight, 0.0)
        n, first, second = (np.cumsum(w * values[order] ** k) for k in (0, 1, 2))
        cost += second - first**2 / np.maximum(n, 1e-300)
    cost += 2.0 * np.arange(len(at) - 1, -1, -1)  # twice a parameter for every bin left free
    outside = np.minimum(np.cumsum(left), np.cumsum(~left))
    cost[outside < SLANT.outside] = np.inf
    half = float(np.abs(at[order][int(np.argmin(cost))]))
    return half, np.abs(at) >= half


def line_of(profile: Profile) -> Line:
    """Return the line spread function of a profile."""
    half, _ = levelled(profile)
    most = float(np.abs(profile.at).max()) - SLANT.outside * profile.step
    reach = min(2 * half + 2, most)
    data, variance, at = _data(profile, reach)
    sums = np.tril(np.ones((len(data), len(at))), -1) * profile.step
    scale = np.array([1 / half, half, half, 1.0])
    best = None
    for k, cut in enumerate(LINE_LIMITS.cuts):
        end = cut * half if cut < LINE_LIMITS.cuts[-1] else reach + profile.step
        found, cost = _searched(data, variance, at, profile.step, scale, end)
        cost += LINE_LIMITS.penalty * (len(LINE_LIMITS.cuts) - 1 - k)
        if best is None or cost < best[0]:
            best = cost, _prior(found, at, end)
    assert best is not None
    prior = best[1]
    cross = sums @ prior
    total = cross @ sums.T + np.diag(variance) + _LEVEL
    gain = np.linalg.solve(total, cross).T
    values, covariance = gain @ data, prior - gain @ cross
    height = float(values.sum() * profile.step)
    return Line(at, values / height, covariance / height**2, half, _levels(profile, reach))


_LEVEL = 10.0  # variance of the level of the dark side, which is not known


def _floored(variance: RealArray) -> RealArray:
    return np.maximum(variance, LINE_LIMITS.floor**2)


def _levels(profile: Profile, reach: float) -> tuple[float, float]:
    """Return the mean of the profile beyond a distance, on both sides."""
    w = 1 / _floored(profile.variance)
    sides = profile.at < -reach, profile.at > reach
    low, high = (float(np.average(profile.values[s], weights=w[s])) for s in sides)
    return low, high


def _data(profile: Profile, reach: float) -> tuple[RealArray, RealArray, RealArray]:
    """Return the profile with a mean for either side, variances, and where its differences lie."""
    w = 1 / _floored(profile.variance)
    core = np.abs(profile.at) <= reach
    low, high = _levels(profile, reach)
    known = [1 / float(w[s].sum()) for s in (profile.at < -reach, profile.at > reach)]
    data = np.concatenate([[low], profile.values[core], [high]]) - low
    variance = np.concatenate([known[:1], 1 / w[core], known[1:]])
    inner = profile.at[core]
    at = np.concatenate([inner[:1] - profile.step / 2, inner + profile.step / 2])
    return data, variance, at


def _prior(found: RealArray, at: RealArray, end: float) -> RealArray:
    """Return the covariance: a Matern of order 3/2 under an envelope."""
    height, width, smooth, fall = found
    envelope = height * (1 + (at / width) ** 2) ** -fall * (np.abs(at) <= end)
    distance = math.sqrt(3) * np.abs(at[:, None] - at) / smooth
    return np.asarray(envelope[:, None] * (1 + distance) * np.exp(-distance) * envelope)


def _searched(
    data: RealArray, variance: RealArray, at: RealArray, step: float, scale: RealArray, end: float
) -> tuple[RealArray, float]:
    """Return the parameters of the largest evidence, and its negative logarithm."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve
    from scipy.optimize import minimize

    total, noise = np.full((len(data), len(data)), _LEVEL), np.diag(variance)

    def cost(logs: RealArray) -> float:
        if np.any(logs > np.log(LINE_LIMITS.most)) or np.any(logs < -np.log(LINE_LIMITS.least)):
            return 1e10
        prior = _prior(np.exp(logs) * scale, at, end)
        try:
            total[1:, 1:] = prior.cumsum(axis=0).cumsum(axis=1) * step**2 + _LEVEL
            factor = cho_factor(total + noise, lower=True, check_finite=False)
        except LinAlgError:
            return 1e10
        half = float(np.log(np.diag(factor[0])).sum())
        return float(0.5 * data @ cho_solve(factor, data)) + half

    options = {"maxfev": LINE_LIMITS.evaluations, "xatol": 0.05, "fatol": 0.05}
    found = minimize(cost, np.log(LINE_LIMITS.start), method="Nelder-Mead", options=options)
    return np.exp(np.asarray(found.x)) * scale, float(found.fun)
