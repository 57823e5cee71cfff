"""Which strengths to try, and the numbers at each, by the engine that a method declares.

A weight multiplies a penalty, a threshold drops frequencies, a number of iterations stops early.
Each engine returns the strengths, the numbers at each, the method's own automatic choice, and
parameters that hold for the whole curve.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np

from sigdeconv._array import Array, NumpyArray, as_float
from sigdeconv.method import Method, Strength
from sigdeconv.problem import Observation
from sigdeconv.solvers.least_error import least_threshold
from sigdeconv.solvers.matrix_free.dense import DenseProblem
from sigdeconv.solvers.matrix_free.quadratic import problem_of
from sigdeconv.solvers.noise_level import periodogram_of
from sigdeconv.solvers.quadratic.penalty import Flat
from sigdeconv.solvers.spectra import Spectra
from sigdeconv.tuning.points.iterations import iterate_points
from sigdeconv.tuning.points.linear import linear_points
from sigdeconv.tuning.points.quadratic import diagonal_problem, is_diagonal, quadratic_points
from sigdeconv.tuning.points.record import TuningPoints
from sigdeconv.tuning.points.solved import solved_points
from sigdeconv.tuning.points.variational import variational_points

__all__ = ["TuningTask", "curve_of"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class TuningTask:
    """What a curve is made of.

    Attributes
    ----------
    obs : Observation
        Data and operator.
    method : Method
        The method.
    strength : Strength
        What varies.
    values : sequence of float or None
        Strengths asked for.
    law : Spectra
        Signal and noise fitted to the data.
    noise : float or None
        Standard deviation of the noise that was given.
    rng : int, Generator or None
        Seed of the probes.
    parameters : dict
        The method's own.
    """

    obs: Observation
    method: Method
    strength: Strength
    values: Sequence[float] | None
    law: Spectra
    noise: float | None
    rng: int | np.random.Generator | None
    parameters: dict[str, Any]

    def solve(self, obs: Observation, strength: float) -> Array:
        """Return the estimate on the domain at a strength."""
        options = {**self.parameters, self.strength.parameter: strength}
        return self.method.solve(obs, history=False, **options).domain

    def strengths(self, usual: NumpyArray) -> NumpyArray:
        """Return the strengths to try, those that are usual where none were asked for."""
        if self.values is None:
            return usual
        values = np.sort(np.ravel(as_float(self.values, "strengths")))
        if values.size < 3 or values.dtype.kind != "f":
            raise ValueError(
                f"strengths must be three or more numbers above 0; got {self.values!r:.60}"
            )
        if not 0 < values[0] <= values[-1] < math.inf:
            raise ValueError(
                f"strengths must be three or more numbers above 0; got {self.values!r:.60}"
            )
        return values

    def automatic(self) -> dict[str, Any]:
        """Return the parameters that the method finds by itself."""
        own = dict(self.parameters)
        if self.noise is not None and "noise" in self.method.parameters:
            own["noise"] = self.noise
        return self.method.solve(self.obs, history=False, **own).parameters


Found = tuple[NumpyArray, TuningPoints, float, dict[str, Any]]


def curve_of(task: TuningTask) -> Found:
    """Return strengths, numbers, the automatic choice, and parameters held along the curve.

    Raises
    ------
    TypeError
        If a parameter is unknown, or is the strength itself.
    """
    varies = task.strength.parameter
    for name in task.parameters:
        if name not in task.method.parameters or name == varies:
            raise TypeError(
                f"{task.method.name} has no parameter {name!r} to hold while its {varies} varies"
            )
    engine: str = task.strength.engine
    if not task.obs.is_convolution:
        engine = MATRIX_FREE.get(engine, engine)
    return CURVES[engine](task)


def _quadratic(task: TuningTask) -> Found:
    assert task.strength.parts is not None
    obs, A = task.obs, task.obs.convolution
    parts = task.strength.parts(obs, noise=task.noise, **task.parameters)
    exact = is_diagonal(A)
    middle = parts.automatic if parts.automatic > 0 else 1e-8
    values = task.strengths(middle * np.logspace(-3, 3, 121 if exact else 25))
    if exact:
        points = diagonal_problem(obs.y, A, parts.penalty).points(values)
        return values, points, parts.automatic, parts.held
    run = {n: p.default for n, p in task.method.parameters.items() if n in ("num_iter", "tol")}
    run |= {n: v for n, v in task.parameters.items() if n in run}
    points = quadratic_points(obs, parts.penalty, values, noise=task.law.noise, rng=task.rng, **run)
    return values, points, parts.automatic, parts.held


def _truncated(task: TuningTask) -> Found:
    obs = task.obs
    form = task.parameters.get("form", "truncated")
    best = least_threshold(periodogram_of(obs), task.law, form)
    exact = is_diagonal(obs.convolution) and obs.convolution.boundary == "periodic"
    low, high = task.strength.usual or (1e-4, 1.0)
    values = task.strengths(np.geomspace(low, high, 161 if exact else 41))
    if values[-1] > 1:
        raise ValueError(f"strengths must be thresholds in (0, 1]; got {values[-1]:g}")
    if exact and form == "truncated":
        return (
            values,
            diagonal_problem(obs.y, obs.convolution, Flat(1.0)).truncated(values),
            best,
            {},
        )
    return values, linear_points(obs, task.solve, values, task.rng), best, {}


def _variational(task: TuningTask) -> Found:
    assert task.strength.parts is not None
    own = {n: p.default for n, p in task.method.parameters.items()} | task.parameters
    if own.get("loss", "gaussian") != "gaussian":
        raise ValueError(
            f"loss must be 'gaussian' for a curve of {task.method.name}; got {own['loss']!r}"
        )
    found = task.automatic()
    best, noise = float(found["weight"]), float(found["noise_std"]) ** 2
    values = task.strengths(best * np.logspace(-1.5, 1.5, 17))
    solver = ("weight", "noise", "accuracy")
    problem = task.strength.parts(task.obs, **{n: v for n, v in own.items() if n not in solver})
    return values, variational_points(task.obs, problem, values, noise, task.rng), best, {}


def _iterations(task: TuningTask) -> Found:
    _, most = task.strength.usual or (1, 300)
    usual = np.unique(np.round(np.geomspace(1, most, 40)).astype(int)).astype(float)
    values = np.unique(np.round(task.strengths(usual)))
    if values[0] < 1:
        raise ValueError(f"strengths must be 1 iteration or more; got {values[0]:g}")
    own = {n: p.default for n, p in task.method.parameters.items()} | task.parameters
    rule = task.method.rule_for(task.obs)
    points = iterate_points(
        task.obs, lambda obs: rule(obs, **own), values.astype(int), task.law.noise, task.rng
    )
    return values, points, math.nan, {}


def _solved(task: TuningTask) -> Found:
    best = math.nan
    if task.strength.usual is None:
        best = float(task.automatic()[task.strength.parameter])
        values = task.strengths(best * np.logspace(-1, 1, 9))
    else:
        values = task.strengths(np.geomspace(*task.strength.usual, 9))
    points = solved_points(task.obs, task.solve, values, task.law.noise, task.rng)
    return values, points, best, {}


def _matrix_free(task: TuningTask) -> Found:
    obs, order = task.obs, int(task.parameters.get("order", 1))
    found = task.automatic()
    values = task.strengths(float(found["weight"]) * np.logspace(-3, 3, 25))
    problem = problem_of(obs, order)
    if isinstance(problem, DenseProblem):
        numbers = problem.numbers(values)
        numbers.pop("squared")
        made = TuningPoints(float(problem.y.size), estimates=None, **numbers)
    else:
        made = linear_points(obs, task.solve, values, task.rng)
    return values, made, float(found["weight"]), {}


# The engine for an operator that is no convolution, where it is another.
MATRIX_FREE = {"quadratic": "matrix-free", "variational": "solved"}
CURVES: dict[str, Callable[[TuningTask], Found]] = {
    "quadratic": _quadratic,
    "truncated": _truncated,
    "variational": _variational,
    "iterations": _iterations,
    "solved": _solved,
    "matrix-free": _matrix_free,
}
