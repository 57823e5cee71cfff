"""How loud frames are, what ground they stand on, and which of their data do not fit the others.

A joint least-squares fit of the scene predicts every frame; what is left of it says the rest. Data
far outside the noise get less weight, first in proportion (Huber), so that a track in one frame
does not pull the fit of the others, then none (a redescending weight; Holland & Welsch 1977,
doi:10.1080/03610927708827533). The frames themselves are not changed, but for their ground.
"""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np

from sigdeconv._array import NORMAL_MEDIAN, NumpyArray
from sigdeconv.frames.operator import frame_operator
from sigdeconv.noise import Mixed, Noise, Poisson
from sigdeconv.operators.stacked import Stacked
from sigdeconv.problem import Observation
from sigdeconv.solvers.matrix_free.iterative import IterativeProblem

__all__ = ["FrameLevels", "levels_of"]


@final
@dataclasses.dataclass(frozen=True)
class FrameFitLimits:
    """Constants of the fit.

    Attributes
    ----------
    rounds : int
        Fits; the last one gives the weights.
    steps : int
        Conjugate-gradient steps of each.
    near, far : float
        Standard deviations up to which a datum has its whole weight, and from which on it has none.
    sure, least : float
        Standard errors, and part of the noise, from which on a difference of the grounds is one.
    spoilt : float
        Part of a frame that is outside the noise, from which on all of it is taken for spoilt.
    misfit : float
        Level of a spoilt frame in units of its residual, which is no white noise.
    useless : float
        Level, in units of the median one, from which on a frame is left out.
    """

    rounds: int = 3
    steps: int = 12
    near: float = 3.5
    far: float = 6.0
    sure: float = 4.0
    least: float = 0.1
    spoilt: float = 0.12
    misfit: float = 3.0
    useless: float = 5.0


FRAME_FIT = FrameFitLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class FrameLevels:
    """What a joint fit says of frames.

    Attributes
    ----------
    ground : array, shape (P,)
        Level of each frame over that of the first.
    noise : array, shape (P,)
        Standard deviation of the noise of each.
    weights : array, shape (P, ...) or None
        Of single data; None where all are one.
    """

    ground: NumpyArray
    noise: NumpyArray
    weights: NumpyArray | None


def levels_of(
    frames: NumpyArray,
    psfs: list[NumpyArray],
    shifts: NumpyArray,
    factor: tuple[int, ...],
    noise: NumpyArray,
    *,
    known: bool,
    model: Noise,
) -> FrameLevels:
    """Return grounds, levels and weights of frames.

    Parameters
    ----------
    frames : array, shape (P, ...)
        The data.
    psfs, shifts, factor
        As `frame_operator` takes them.
    noise : array, shape (P,)
        FrameLevels to begin with.
    known : bool
        Keep them.
    model : Noise
        Of the first frame: whether the noise grows with the signal.
    """
    counted = isinstance(model, (Poisson, Mixed))
    ground = np.zeros(len(frames))
    weights = np.ones(frames.shape)
    for round_ in range(FRAME_FIT.rounds):
        A = frame_operator(frames.shape[1:], psfs, shifts, factor, noise=list(noise),
                           weights=np.sqrt(weights))  # fmt: skip
        moved = frames - _spread(ground, frames.ndim)
        predicted = _fit(A, moved, noise)
        rest = moved - predicted
        pairs = list(zip(rest, weights == 1, strict=True))
        middles = np.array([np.median(r[g] if g.any() else r) for r, g in pairs])
        ground = ground + _certain(middles - np.median(middles), noise, rest[0].size)
        if not known:
            noise = np.array([_level(r, g, n) for (r, g), n in zip(pairs, noise, strict=True)])
        scale = _spread(noise, frames.ndim)
        if counted:
            level = np.maximum(predicted, 0.05 * abs(predicted.mean()))
            scale = scale * np.sqrt(level / level.mean())
        far = np.abs(rest) / scale
        weights = np.minimum(1.0, FRAME_FIT.near / np.maximum(far, FRAME_FIT.near))
        if round_ == FRAME_FIT.rounds - 1:
            weights = np.clip((FRAME_FIT.far - far) / (FRAME_FIT.far - FRAME_FIT.near), 0.0, 1.0)
    # What such a frame adds is nothing, and no method takes it for counts.
    weights[noise > FRAME_FIT.useless * np.median(noise)] = 0.0
    plain = not np.any(weights < 1)
    return FrameLevels(ground - ground[0], noise, None if plain else weights)


def _certain(middles: NumpyArray, noise: NumpyArray, count: int) -> NumpyArray:
    """Return those differences of the grounds that are more than chance, zero for the others."""
    least = max(FRAME_FIT.sure / np.sqrt(count), FRAME_FIT.least) * noise
    return np.asarray(np.where(np.abs(middles) > least, middles, 0.0))


def _level(rest: NumpyArray, good: NumpyArray, before: float) -> float:
    """Return the level of a frame: of its good data where these are most, else of all of them."""
    spoilt = float(np.mean(~good))
    if spoilt > FRAME_FIT.spoilt:
        return max(before, FRAME_FIT.misfit * float(np.sqrt(np.mean(rest**2))))
    if spoilt == 0.0:
        return before
    middle = float(np.median(rest))
    return min(before, float(np.median(np.abs(rest - middle))) / NORMAL_MEDIAN)


def _spread(values: NumpyArray, ndim: int) -> NumpyArray:
    return np.reshape(values, (-1, *(1,) * (ndim - 1)))


def _fit(A: Stacked, y: NumpyArray, noise: NumpyArray) -> NumpyArray:
    """Return what a smooth scene, fitted to all frames, predicts of each."""
    obs = Observation(y, A)
    problem = IterativeProblem(A, obs.weighted, 1)
    slope = np.mean([float(np.mean(np.diff(y, axis=a) ** 2)) for a in range(1, y.ndim)])
    least = float(np.min(noise)) ** 2
    weight = least / max(float(slope) / 2 - least, 0.05 * float(slope), 1e-6 * least)
    found = problem.solve(weight, A.adjoint(obs.weighted), None, 1e-3, FRAME_FIT.steps)
    return np.asarray(A.unmasked.forward(found.x))
