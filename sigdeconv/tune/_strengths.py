"""Which strengths to try, and the numbers at each, for every kind of method.

A weight multiplies a penalty, a threshold drops frequencies, a number of iterations stops early.
Each function returns the strengths, the numbers of `sigdeconv.inverse._curve` at each, the method's
own automatic choice, and parameters that hold for the whole curve.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sigdeconv._array import as_float
from sigdeconv.inverse._curve import Points, is_diagonal, quadratic_points, spectrum_of
from sigdeconv.inverse._iterates import iterate_points
from sigdeconv.inverse._path import variational_points
from sigdeconv.inverse._quadratic import Penalty
from sigdeconv.inverse._spectrum import Bins, Spectra
from sigdeconv.inverse._truncation import truncated_points
from sigdeconv.inverse.tikhonov import mean_roughness, roughness_penalty
from sigdeconv.inverse.tv import edges
from sigdeconv.inverse.wiener import automatic, spectral_penalty
from sigdeconv.method import registry
from sigdeconv.problem import Observation

__all__ = ["METHODS", "Numbers", "Task"]

Numbers = np.ndarray[Any, Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """What a curve is made of.

    Attributes
    ----------
    seen : Observation
        Data and operator.
    method : str
        The method.
    strengths : sequence of float or None
        Values asked for.
    bins, law
        The data's binned spectrum, and signal and noise fitted to it.
    told : float or None
        Noise variance that was given.
    rng : int, Generator or None
        Seed of the probes.
    parameters : dict
        The method's own.
    """

    seen: Observation
    method: str
    strengths: Sequence[float] | None
    bins: Bins
    law: Spectra
    told: float | None
    rng: int | np.random.Generator | None
    parameters: dict[str, Any]

    def check(self, strength: str) -> None:
        """Raise if a parameter is unknown, or is the strength itself."""
        known = registry.get(self.method).parameters
        for name in self.parameters:
            if name not in known or name == strength:
                raise TypeError(
                    f"{self.method} has no parameter {name!r} to hold while its {strength} varies"
                )


Found = tuple[Numbers, Points, float, dict[str, Any]]


def _tikhonov(task: Task) -> Found:
    task.check("weight")
    order = int(task.parameters.get("order", 1))
    if task.told is None:
        best = float(
            registry.get("tikhonov").solve(task.seen, **task.parameters).parameters["weight"]
        )
    else:
        ndim = task.seen.y.ndim
        best = task.bins.least_risk(task.law, lambda f: mean_roughness(f, ndim) ** order)
    return *_weights(task, roughness_penalty(order, task.seen.A), best), best, {}


def _wiener(task: Task) -> Found:
    task.check("weight")
    spectra: dict[str, Any] = {}
    spectra |= {n: task.parameters[n] for n in ("nsr", "signal") if n in task.parameters}
    y, A = task.seen.y, task.seen.A
    if task.told is not None and "nsr" not in spectra:
        spectra["noise"] = task.told
    penalty, found, law = spectral_penalty(y, A, **spectra)
    best, held = 1.0, {n: v for n, v in spectra.items() if n == "noise"}
    if "rule" in found:
        run = _run(task)
        chosen = automatic(y, A, penalty, found, law, tol=run["tol"], num_iter=run["num_iter"])
        best = chosen.factor
        if chosen.penalty is not penalty:  # the spectra were fitted again, to the estimate
            penalty = chosen.penalty
            held = {"noise": lambda f: chosen.penalty(f, np.shape(f), False), "signal": 1.0}
    return *_weights(task, penalty, best), best, held


def _run(task: Task) -> dict[str, Any]:
    run: dict[str, Any] = {"num_iter": 200, "tol": 0.003}
    return run | {n: task.parameters[n] for n in run if n in task.parameters}


def _weights(task: Task, penalty: Penalty, best: float) -> tuple[Numbers, Points]:
    """Return weights around the automatic one, and the numbers at each."""
    y, A = task.seen.y, task.seen.A
    exact = is_diagonal(A)
    middle = best if best > 0 else 1e-8
    values = _given(task.strengths, middle * np.logspace(-3, 3, 121 if exact else 25))
    if exact:
        return values, spectrum_of(y, A, penalty).points(values)
    points = quadratic_points(
        y, A, penalty, values, noise=task.law.noise, rng=task.rng, **_run(task)
    )
    return values, points


def _inverse(task: Task) -> Found:
    task.check("threshold")
    best = task.bins.least_threshold(task.law)
    exact = is_diagonal(task.seen.A) and task.seen.A.boundary == "periodic"
    values = _given(task.strengths, np.geomspace(1e-4, 1.0, 161 if exact else 41))
    if values[-1] > 1:
        raise ValueError(f"strengths must be thresholds in (0, 1]; got {values[-1]:g}")
    if exact and task.parameters.get("form", "truncated") == "truncated":
        points = spectrum_of(task.seen.y, task.seen.A, lambda f, g, h: np.ones_like(f)).truncated(
            values
        )
    else:
        points = truncated_points(task.seen, values, task.rng, task.parameters)
    return values, points, best, {}


def _tv(task: Task) -> Found:
    task.check("weight")
    own = dict(task.parameters)
    if own.get("loss", "gaussian") != "gaussian":
        raise ValueError(f"loss must be 'gaussian' for a curve of tv; got {own['loss']!r}")
    y, A = task.seen.y, task.seen.A
    if task.told is not None:
        own["noise"] = math.sqrt(task.told)
    found = registry.get("tv").solve(task.seen, history=False, **own).parameters
    best, noise = float(found["weight"]), float(found["noise_std"]) ** 2
    values = _given(task.strengths, best * np.logspace(-1.5, 1.5, 17))
    setting = edges(0, **{n: v for n, v in own.items() if n not in ("noise", "accuracy", "joint")})
    return values, variational_points(A._masked(y), A, setting, values, noise, task.rng), best, {}


def _iterations(task: Task) -> Found:
    most = 300 if task.method == "landweber" else 60
    usual = np.unique(np.round(np.geomspace(1, most, 40)).astype(int)).astype(float)
    values = np.unique(np.round(_given(task.strengths, usual)))
    if values[0] < 1:
        raise ValueError(f"strengths must be 1 iteration or more; got {values[0]:g}")
    points = iterate_points(
        task.seen, task.method, values.astype(int), task.law.noise, task.rng, task.parameters
    )
    return values, points, math.nan, {}


# Each method: its strength, and what finds the numbers along it.
METHODS: dict[str, tuple[str, Callable[[Task], Found]]] = {
    "tikhonov": ("weight", _tikhonov),
    "wiener": ("weight", _wiener),
    "inverse": ("threshold", _inverse),
    "tv": ("weight", _tv),
    "landweber": ("num_iter", _iterations),
    "cgls": ("num_iter", _iterations),
}


def _given(strengths: Sequence[float] | None, usual: Numbers) -> Numbers:
    if strengths is None:
        return usual
    values = np.sort(as_float(strengths, "strengths").ravel())
    if values.size < 3 or values.dtype.kind != "f" or not 0 < values[0] <= values[-1] < math.inf:
        raise ValueError(f"strengths must be three or more numbers above 0; got {strengths!r:.60}")
    return values
