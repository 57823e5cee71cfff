"""How well a result predicts the data, and how much of it they do not know.

Stein's estimate of the error of A x (1981, doi:10.1214/aos/1176345632), in units of the noise
variance a sample, with the divergence measured by one random probe; of counts with the noise of
each sample. It tells nothing of what the kernel stops: `excess` tells of estimates that have
more of that than the data's spectra let expect.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

import numpy as np

from sigdeconv._array import Array, like, namespace
from sigdeconv.method import Method
from sigdeconv.noise import Mixed, Noise
from sigdeconv.operators.base import Operator
from sigdeconv.problem import Observation
from sigdeconv.result import Result
from sigdeconv.solvers.guard import gaussian_view
from sigdeconv.solvers.matrix_free.quadratic import MatrixFreePosterior
from sigdeconv.solvers.noise_level import in_colour, spectra_of
from sigdeconv.solvers.quadratic.error_bars import Posterior
from sigdeconv.solvers.shape import counting_part

__all__ = ["excess", "predicted_error", "variance_of_counts"]


@final
@dataclasses.dataclass(frozen=True)
class PredictionLimits:
    """Constants of predicted errors.

    Attributes
    ----------
    probe : float
        Size of the random probe, in standard deviations of the noise.
    least_variance : float
        Noise variance of a sample of counts at least, as a part of the mean.
    """

    probe: float = 0.1
    least_variance: float = 0.05


PREDICTION = PredictionLimits()


def predicted_error(obs: Observation, entry: Method, result: Result, variance: Any) -> float:
    """Return Stein's estimate of the error of A x a sample, in units of the noise variance.

    For noise that differs from sample to sample the errors are not divided by it, as none counts
    more than another in the estimate.
    """
    everywhere = isinstance(variance, float)
    if everywhere and "predicted_error" in result.parameters:
        return float(result.parameters["predicted_error"])
    A, xp = obs.A, namespace(obs.y)
    noise = np.random.default_rng(0).choice([-1.0, 1.0], size=tuple(obs.y.shape))
    if everywhere and obs.is_convolution:
        noise = in_colour(noise, spectra_of(obs), noise.ndim)
    signs = like(noise, obs.y)
    weights = like(np.ones(obs.y.shape) if obs.mask is None else obs.mask, obs.y)
    std = variance**0.5
    moved = PREDICTION.probe * std * signs
    fit = A.forward(result.domain)
    misfit = float(xp.sum((fit - obs.weighted) ** 2))
    # Linear in the data, the penalty being held.
    if isinstance(result.posterior, (Posterior, MatrixFreePosterior)):
        change = A.forward(result.posterior.restore(moved))
    else:
        told = obs.with_data(obs.y + moved)
        if obs.is_convolution:
            told.kept["spectra"] = spectra_of(obs)  # held, as a penalty is
        change = A.forward(_again(entry, told, result).domain) - fit
    covariance = float(xp.sum(weights * std * signs * change)) / PREDICTION.probe
    total = float(xp.sum(weights**2 * variance))
    return (misfit + 2 * covariance) / total - 1


def variance_of_counts(obs: Observation, counts: Noise, linear: Result) -> Array:
    """Return the noise variance of every sample of counts, from a linear estimate of their mean."""
    xp = namespace(obs.y)
    poisson = counting_part(counts)
    assert poisson is not None
    A: Operator = obs.A
    if obs.mask is not None and obs.is_convolution:
        A = dataclasses.replace(obs.convolution, mask=None)
    fit = xp.clip(A.forward(linear.domain), min=0) / (poisson.gain or 1.0)
    if isinstance(counts, Mixed):
        fit = fit + (counts.gaussian.sigma or 0.0) ** 2
    return xp.clip(fit, min=PREDICTION.least_variance * float(xp.mean(fit)))


def excess(obs: Observation, result: Result, linear: Result | None) -> float:
    """Return how far an estimate is from the linear one, over how far it may be expected to be.

    The errors of A x tell nothing of what the kernel stops: few steps, or spikes, explain the data
    of a smooth line as well as it does. For the spectra most likely for the data the root of the
    mean square of that distance is the standard deviation of the signal about the linear estimate.
    Where the kernel stops so much that the data are nearer to it, spectra are no more than a guess,
    and the geometric mean of the two is taken. The distance of the linear estimate from that of
    the spectra is added. The ratio is 0 where nothing can be said.
    """
    view = gaussian_view(obs)
    if linear is None or result is linear or view is None:
        return 0.0
    x, m = view.part(result.x), view.part(linear.x)
    if x is None or m is None:
        return 0.0
    usual = math.sqrt(view.variance * min(view.variance, view.data_error))
    usual += float(np.mean((m - view.mean) ** 2))
    return math.sqrt(float(np.mean((x - m) ** 2)) / usual) if usual > 0 else 0.0


def _again(entry: Method, obs: Observation, result: Result) -> Result:
    """Run a method on moved data as it ran on the data: as long, and as strong."""
    strength = entry.strength.parameter if entry.strength else ""
    held: dict[str, Any] = {}
    if strength in entry.parameters and strength in result.parameters:
        held[strength] = result.parameters[strength]
    plan = entry.run_by_default(obs)
    if plan is None:
        return entry.solve(obs, history=False, **held)
    held = plan.parameters | held
    return entry.solve(obs, history=False, num_iter=result.num_iter, **held)
