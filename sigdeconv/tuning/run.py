"""The curve of a method, made from data and kernel."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv._array import ArrayLike, NumpyArray, as_like, random_generator, to_numpy
from sigdeconv._checks import number, one_of
from sigdeconv.catalogue import registry
from sigdeconv.geometry import Boundary
from sigdeconv.method import Method
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation, observe
from sigdeconv.sanity import warn_about
from sigdeconv.solvers.grid import filled
from sigdeconv.solvers.noise_level import noise_level, periodogram_of, spectra_of
from sigdeconv.solvers.parabola import vertex
from sigdeconv.solvers.spectra import Spectra
from sigdeconv.tuning.curve import AUTO, TuningCurve, spline
from sigdeconv.tuning.points.record import TuningPoints
from sigdeconv.tuning.rules import GUARDED, RULES, believable, crossing
from sigdeconv.tuning.strengths import TuningTask, curve_of

__all__ = ["tune"]


def tune(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | None = None,
    method: str = "tikhonov",
    *,
    strengths: Sequence[float] | None = None,
    truth: ArrayLike | None = None,
    noise: Noise | float | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
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
    method : str
        A method with a strength: the weight of `tikhonov`, `wiener`, `tv` and the others that have
        one, the threshold of `inverse_filter`, or the number of iterations of `landweber` and
        `cgls`.
    strengths : sequence of float, optional
        Values to try; by default three decades to either side of the automatic weight (one and a
        half for tv), thresholds from 1e-4 to 1, or up to 300 iterations (60 of cgls).
    truth : array, optional
        The truth on the window of the data, for the oracle; an observation of `simulate` has it.
    noise : Noise or float, optional
        Standard deviation of the noise, or a noise model; estimated by default.
    boundary, centre, mask, workers
        As in `deconvolve`.
    rng : int or numpy.random.Generator, optional
        Seed of the probe of the degrees of freedom, where they are not known exactly.
    **parameters
        The method's own, such as ``order`` of tikhonov.

    Returns
    -------
    TuningCurve
        The strengths, what every rule scores at each, and in ``best`` the choice of each rule:

        - ``auto``: what the method itself chooses;
        - ``gcv``: generalised cross-validation;
        - ``sure``: Stein's estimate of the error of A x;
        - ``discrepancy``: a residual as large as the noise;
        - ``evidence``: the marginal likelihood, where there is one;
        - ``l-curve``: the corner of penalty over misfit;
        - ``oracle``: the least error, where the truth is known.

        ``evidence`` and ``l-curve`` choose only among strengths whose error by ``sure`` is not far
        from the least: unguarded they are off by orders of magnitude on some scenes.

    Raises
    ------
    ValueError
        If the method is not known or has no strength to tune, `strengths` are fewer than three or
        not above 0, or something does not fit, as in `deconvolve`.
    TypeError
        If an argument is of the wrong type, or `psf` is missing.

    See Also
    --------
    deconvolve : The method at the strength that it chooses itself.
    compare : Several methods.

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
    >>> obs = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> curve = sd.tune(obs)
    >>> curve.loss("gcv") < 0.5
    True
    """
    entry = _tunable(method)
    assert entry.strength is not None
    where = {"boundary": boundary, "centre": centre, "mask": mask, "workers": workers}
    obs = _observed(y, psf, where)
    random_generator(rng)  # raises now, where the argument can be named
    std = None
    if noise is not None:
        level = noise.level(filled(obs)) if isinstance(noise, Noise) else noise
        std = number("noise", level, least=0, instead="a noise model,")
    if obs.is_convolution:
        law = spectra_of(obs) if std is None else periodogram_of(obs).fit(noise=std**2)
    else:  # the level of the noise alone
        entry.rule_for(obs)
        law = Spectra(0.0, 2.0, 0.0, (noise_level(obs) if std is None else std) ** 2)
    target = _truth(obs, truth)
    task = TuningTask(obs, entry, entry.strength, strengths, law, std, rng, parameters)
    values, points, best, held = curve_of(task)
    task = dataclasses.replace(task, parameters=parameters | held)
    return _judge(task, values, points, best, target)


def _tunable(method: Any) -> Method:
    """Return the method of a name, if it has a strength."""
    names = [name for name in registry if registry.get(name).strength is not None]
    return registry.get(one_of("method", method, names))


def _observed(
    y: ArrayLike | Observation, psf: ArrayLike | OperatorLike | None, where: dict[str, Any]
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
    obs = observe(y, psf, **where)
    warn_about([obs])
    return obs


def _truth(obs: Observation, truth: ArrayLike | None) -> NumpyArray | None:
    """Return the truth on the window, if one is known."""
    wanted = obs.truth_window if truth is None else truth
    if wanted is None:
        return None
    target = to_numpy(as_like(wanted, obs.y, "truth"))
    expected = tuple(s.stop - s.start for s in obs.A.window)
    if target.shape != expected:
        raise ValueError(f"truth has shape {target.shape}; expected {expected}, the window")
    return target


def _judge(
    task: TuningTask,
    values: NumpyArray,
    points: TuningPoints,
    auto: float,
    truth: NumpyArray | None,
) -> TuningCurve:
    """Let every rule choose."""
    noise = task.law.noise
    falling = task.strength.parameter == "num_iter"  # more iterations are less smoothing
    scores = {rule: score(points, noise) for rule, score in RULES.items()}
    best, notes = {AUTO: auto}, {}
    for rule, score in scores.items():
        if rule == "discrepancy":
            turn = slice(None, None, -1) if falling else slice(None)
            value, at = crossing(values[turn], points.misfit[turn], noise * points.samples)
        else:
            trusted = believable(points, noise) if rule in GUARDED else np.ones(values.shape, bool)
            value, at = vertex(values, np.where(trusted, score, np.nan))
        best[rule] = float(round(value)) if falling and math.isfinite(value) else value
        if at < 0:
            notes[rule] = "has no choice for this method and operator"
        elif at in (0, values.size - 1):
            notes[rule] = f"chose the end of the range, {value:.3g}; widen strengths="
    if not math.isfinite(auto):  # a method without a rule of its own: Stein's estimate is it
        best[AUTO] = best["sure"]
    psnr = None
    if truth is not None:
        psnr = _quality(task, values, points, truth)
        near = values if falling else np.geomspace(values[0], values[-1], 40 * values.size)
        best["oracle"] = float(near[np.argmax(spline(values, psnr, near))])
    return TuningCurve(
        task.method.name, task.strength.parameter, values, points.misfit, points.penalty,
        points.dof, points.samples, math.sqrt(noise), scores, best, psnr, notes, task.obs,
        dict(task.parameters),
    )  # fmt: skip


def _quality(
    task: TuningTask, values: NumpyArray, points: TuningPoints, truth: NumpyArray
) -> NumpyArray:
    """Return the PSNR at each strength, solving where the numbers did not need the estimates."""
    span = float(np.ptp(np.abs(truth))) or 1.0
    found = []
    for i, value in enumerate(values):
        if points.estimates is not None:
            x = to_numpy(points.estimates[i])
        else:
            x = to_numpy(task.solve(task.obs, float(value))[task.obs.A.window])
        mse = float(np.mean(np.abs(x - truth) ** 2))
        found.append(20 * math.log10(span) - 10 * math.log10(max(mse, np.finfo(float).tiny)))
    return np.array(found)
