"""What is doubtful about a result, in words: worse than the data, out of proportion, not done.

Every method function and `deconvolve` say it, and an automatic choice passes such a result over.
The numbers are those of `sigdeconv.solvers.guard`.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from sigdeconv._array import is_complex, like, to_numpy
from sigdeconv.problem import Observation
from sigdeconv.result import Result
from sigdeconv.solvers.guard import (
    DOUBTFUL,
    below_zero,
    is_constant,
    proportion,
    relative_error,
)
from sigdeconv.stopping import StopReason

__all__ = ["with_doubts"]


def with_doubts(
    obs: Observation, result: Result, *, own_strength: bool, asked: bool, belief: str
) -> Result:
    """Return a result with what is doubtful about it.

    Parameters
    ----------
    obs : Observation
        The data, with channels or without.
    result : Result
        What a method made of them.
    own_strength : bool
        True where the method found its strength by itself: only then the result has to be better
        than the data. A strength that was given may be meant to show what it does.
    asked : bool
        True where the number of iterations was given, so that their end is no surprise.
    belief : str
        What the method believes in.
    """
    ground: Any = result.parameters.get("background")
    if not isinstance(ground, str | None) and np.shape(ground) in ((), obs.y.shape):
        obs = obs.with_data(obs.y - like(ground, obs.y))  # the result is of what stands on it
    channels = range(obs.y.shape[0]) if obs.has_channels else [None]
    pairs = [
        (obs, result.x) if c is None else (Observation(obs.y[c, ...], obs.A), result.x[c, ...])
        for c in channels
    ]
    doubts = []
    gap = float(result.parameters.get("gap", 1.0))  # a solver may know how far it still had to go
    unfinished = result.stop is StopReason.NOT_CONVERGED and gap > DOUBTFUL.gap
    if unfinished and not asked and not is_constant(obs):
        doubts.append(
            f"the result is not done: {result.method} ran out of its {result.num_iter} iterations; "
            f"raise num_iter, or take another method"
        )
    if told := _ground_below(obs, result):
        doubts.append(told)
    size = max(proportion(part, x) for part, x in pairs)
    if not size <= DOUBTFUL.proportion:
        doubts.append(
            f"the result is out of proportion: {size:.3g} times as large as these data allow with "
            f"this psf, so that noise is amplified; raise the weight or threshold, stop earlier, "
            f"or take method='auto'"
        )
    elif own_strength:
        # Of the predicted data, in units of the noise: that of the data themselves is one.
        predicted = float(result.parameters.get("predicted_error", 0.0))
        error = max(relative_error(part, x) for part, x in pairs)
        if predicted > 1:
            doubts.append(
                f"the result is probably worse than the data, which it predicts with an error of "
                f"{predicted:.3g} times the noise variance: its weight, or the noise level, is "
                f"wrong; give noise or weight, or take another method"
            )
        elif error > DOUBTFUL.worse:
            why = f"{belief} may be no model of this scene" if belief else "its model may not fit"
            doubts.append(
                f"the result is probably worse than the data: {result.method} has {error:.3g} "
                f"times their error under the spectra most likely for them; {why}, or noise is "
                f"amplified; take another method, or give noise or the strength"
            )
    return dataclasses.replace(result, doubts=tuple(doubts)) if doubts else result


def _ground_below(obs: Observation, result: Result) -> str:
    """Return what to say of data whose ground is below that of an estimate of at least zero."""
    if "shift" in result.parameters or is_complex(result.x) or float(np.min(to_numpy(result.x))):
        return ""
    below = below_zero(obs)
    if below <= DOUBTFUL.below:
        return ""
    return (
        f"the ground of y is below zero by {below:.2g} of the noise (root mean square), and the "
        f"result is nowhere: too much was subtracted; add the level to y again, and give it as "
        f"background where the method takes one"
    )
