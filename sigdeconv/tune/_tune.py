"""The curve of a method, made from data and kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv._array import (
    Array,
    as_like,
    random_generator,
    to_numpy,
)
from sigdeconv.inverse._curve import Points
from sigdeconv.inverse._rules import GUARDED, RULES, believable, crossing, least
from sigdeconv.inverse._spectrum import bin_spectrum
from sigdeconv.method import registry
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation, observe
from sigdeconv.tune._curve import AUTO, TuningCurve, spline
from sigdeconv.tune._strengths import METHODS, Numbers, Task

__all__ = ["tune"]


def tune(
    y: Array | Observation,
    psf: Array | Convolution | None = None,
    method: str = "tikhonov",
    *,
    strengths: Sequence[float] | None = None,
    truth: Array | None = None,
    noise: float | None = None,
    boundary: str | None = None,
    centre: Sequence[int] | None = None,
    mask: Array | None = None,
    workers: int | None = None,
    rng: int | np.random.Generator | None = 0,
    **parameters: Any,
) -> TuningCurve:
    """Return a method's curve over its strengths, with the choice of every rule.

    Parameters
    ----------
    y : array or Observation
        The data, 1-D, 2-D or 3-D.
    psf : array or Convolution
        As in `deconvolve`.
    method : {"tikhonov", "wiener", "inverse", "tv", "landweber", "cgls"}
        The weight of the quadratic methods and of total variation, the threshold of the truncated
        inverse, or the number of iterations of the others.
    strengths : sequence of float, optional
        Values to try; by default three decades to either side of the automatic weight (one and a
        half for tv), thresholds from 1e-4 to 1, or up to 300 iterations (60 of cgls).
    truth : array, optional
        The truth on the window of the data, for the oracle; an observation of `simulate` has it.
    noise : float, optional
        Standard deviation of the noise; estimated by default.
    boundary, centre, mask, workers
        As in `deconvolve`.
    rng : int or Generator
        Seed of the probe of the degrees of freedom, where they are not known exactly.
    **parameters
        The method's own, such as ``order`` of tikhonov.

    Returns
    -------
    TuningCurve
        Rules ``auto`` (what the method itself chooses: the least expected error under the fitted
        spectra), ``gcv``, ``sure``, ``discrepancy``, ``evidence`` and ``l-curve``; ``oracle`` with
        a truth. ``evidence`` and ``l-curve`` choose only among strengths whose error by ``sure`` is
        not far from the least: unguarded they are off by orders of magnitude on some scenes.

    Raises
    ------
    ValueError, TypeError
        If the method has no strength to tune, or something does not fit.

    Notes
    -----
    Where the operator is diagonal (periodic; reflect with an even kernel) the numbers are exact and
    cost one transform. Elsewhere every weight is solved for, and the degrees of freedom come from
    one random probe.

    References
    ----------
    .. [1] P. C. Hansen, "Discrete Inverse Problems: Insight and Algorithms", SIAM, 2010,
           :doi:`10.1137/1.9780898718836`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> curve = sd.tune(seen)
    >>> curve.loss("gcv") < 0.5
    True
    """
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    where = {"boundary": boundary, "centre": centre, "mask": mask, "workers": workers}
    seen = _observed(y, psf, where)
    data, A = seen.y, seen.A
    random_generator(rng)  # raises now, where the argument can be named
    data = A._masked(data)
    bins = bin_spectrum(data, A)
    if noise is not None and not (isinstance(noise, (int, float)) and 0 <= noise < math.inf):
        raise ValueError(f"noise must be a standard deviation of at least 0; got {noise!r}")
    told = None if noise is None else float(noise) ** 2
    law = bins.fit(noise=told)
    target = _truth(seen, data, truth)
    parameter, along = METHODS[method]
    values, points, best, held = along(
        Task(seen, method, strengths, bins, law, told, rng, parameters)
    )
    return _judge(
        seen, method, parameter, values, points, best, law.noise, target, parameters | held
    )


def _observed(
    y: Array | Observation, psf: Array | Convolution | None, where: dict[str, Any]
) -> Observation:
    """Return the observation that `y` is, or makes with `psf`."""
    if isinstance(y, Observation):
        given = [name for name, value in (where | {"psf": psf}).items() if value is not None]
        if given:
            raise ValueError(
                f"{given[0]} was given although y is an Observation, which has its own"
            )
        return y
    if psf is None:
        raise TypeError("psf is missing; tune needs y and psf, or an Observation")
    return observe(y, psf, **where)


def _truth(seen: Observation, data: Array, truth: Array | None) -> Numbers | None:
    """Return the truth on the window, if one is known."""
    wanted = seen.truth_window if truth is None else truth
    if wanted is None:
        return None
    target = to_numpy(as_like(wanted, data, "truth"))
    expected = tuple(np.empty(seen.A.shape, bool)[seen.A.window].shape)
    if target.shape != expected:
        raise ValueError(f"truth has shape {target.shape}; expected {expected}, the window")
    return target


def _judge(
    seen: Observation,
    method: str,
    parameter: str,
    values: Numbers,
    points: Points,
    auto: float,
    noise: float,
    truth: Numbers | None,
    parameters: dict[str, Any],
) -> TuningCurve:
    """Let every rule choose."""
    falling = parameter == "num_iter"  # more iterations are less smoothing
    scores = {rule: score(points, noise) for rule, score in RULES.items()}
    best, notes = {}, {}
    best[AUTO] = auto
    for rule, score in scores.items():
        if rule == "discrepancy":
            turn = slice(None, None, -1) if falling else slice(None)
            value, at = crossing(values[turn], points.misfit[turn], noise * points.samples)
        else:
            trusted = believable(points, noise) if rule in GUARDED else np.ones(values.shape, bool)
            value, at = least(values, np.where(trusted, score, np.nan))
        best[rule] = float(round(value)) if falling and math.isfinite(value) else value
        if at < 0:
            notes[rule] = "has no choice for this method and operator"
        elif at in (0, values.size - 1):
            notes[rule] = f"chose the end of the range, {value:.3g}; widen strengths="
    if not math.isfinite(auto):  # iterations have no penalty: Stein's estimate is the rule
        best[AUTO] = best["sure"]
    psnr = None
    if truth is not None:
        psnr = _quality(seen, method, parameter, values, points, truth, parameters)
        near = values if falling else np.geomspace(values[0], values[-1], 40 * values.size)
        best["oracle"] = float(near[np.argmax(spline(values, psnr, near))])
    return TuningCurve(
        method, parameter, values, points.misfit, points.penalty, points.freedom,
        points.samples, math.sqrt(noise), scores, best, psnr, notes, seen, dict(parameters),
    )  # fmt: skip


def _quality(
    seen: Observation,
    method: str,
    parameter: str,
    values: Numbers,
    points: Points,
    truth: Numbers,
    parameters: dict[str, Any],
) -> Numbers:
    """Return the PSNR at each strength, solving where the numbers did not need the estimates."""
    span = float(np.ptp(np.abs(truth))) or 1.0
    found = []
    for i, value in enumerate(values):
        if points.estimates is not None:
            x = to_numpy(points.estimates[i])
        else:
            options = parameters | {parameter: float(value)}
            x = to_numpy(registry.get(method).solve(seen, history=False, **options).x)
        mse = float(np.mean(np.abs(x - truth) ** 2))
        found.append(20 * math.log10(span) - 10 * math.log10(max(mse, np.finfo(float).tiny)))
    return np.array(found)
