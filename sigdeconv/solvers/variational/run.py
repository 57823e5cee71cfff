"""Solving a variational problem: the weight from the data, then the iteration until it is enough.

The iteration ends by itself: when primal and dual residuals are small, or when the estimate changes
by far less than the noise.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sigdeconv._array import Array, NumpyArray, like, namespace, to_numpy
from sigdeconv._checks import number
from sigdeconv.losses import Absolute, Cauchy, Huber, KullbackLeibler, LeastSquares
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.grid import fill_holes
from sigdeconv.solvers.matrix_free.minimise import minimise_any
from sigdeconv.solvers.noise_level import without_outliers
from sigdeconv.solvers.variational.admm import Admm, AdmmPace
from sigdeconv.solvers.variational.grid import make_variational_grid
from sigdeconv.solvers.variational.levels import balance_of, contrasts_of, noise_levels, noise_of
from sigdeconv.solvers.variational.problem import (
    VariationalProblem,
    make_admm,
    noise_of_residual,
)
from sigdeconv.solvers.variational.sure import find_weight
from sigdeconv.stopping import StopReason

__all__ = ["minimise"]

CHECK_EVERY = 5  # iterations between two looks at the change of the estimate
# Of the accuracy, in one dimension: flat parts of a trace settle slowly, and steps cost little.
IN_ONE_DIMENSION = 0.1
SMALL = 1e-4  # relative residuals of the splits that count as converged


def minimise(
    obs: Observation,
    problem: VariationalProblem,
    weight: float | None,
    *,
    noise: float | None = None,
    accuracy: float = 0.05,
) -> Iteration:
    """Return the iteration that solves a problem.

    Parameters
    ----------
    obs : Observation
        Data and operator; channels, if any, on an axis before the data's.
    problem : VariationalProblem
        Data term, prior, bounds.
    weight : float or None
        Weight of the prior; None to find it.
    noise : float, optional
        Standard deviation of the noise; estimated where it is needed.
    accuracy : float
        Change of the estimate in an iteration, as a fraction of the residual, at which to stop; a
        tenth of it in one dimension.
    """
    if not obs.is_convolution or problem.has_auxiliaries(len(obs.A.shape)):
        return minimise_any(obs, problem, weight, noise=noise, accuracy=accuracy)
    number("accuracy", accuracy, least=0)
    joint: int = getattr(problem.prior, "joint", 0)
    units = contrasts_of(obs) if obs.has_channels and joint else None
    if units is not None and isinstance(problem.loss, LeastSquares):
        return _in_units(obs, units, problem, weight, noise, accuracy)
    A = obs.convolution
    accuracy *= IN_ONE_DIMENSION if len(A.shape) == 1 else 1.0
    grid = make_variational_grid(A, obs.y)
    y = fill_holes(obs.y, A.mask)
    problem = problem.fitted_to(y, len(A.shape))
    found: dict[str, Any] = {}
    if obs.has_channels and noise is None and isinstance(problem.loss, LeastSquares):
        levels = noise_levels(obs)
        found["noise_stds"] = tuple(float(level) for level in levels)
        balance = balance_of(levels)
        if balance is not None:
            balance = balance[:, *(None,) * len(A.shape)]
            problem = dataclasses.replace(problem, balance=balance)
    robust = isinstance(problem.loss, (Absolute, Cauchy, Huber))
    seen = without_outliers(obs) if robust else obs  # what the level of the noise is taken from
    if weight is None:
        weight, chosen = find_weight(seen, y, problem, noise)
        found |= chosen
    level = 0.0
    if problem.loss.needs_noise or not problem.prior.convex:
        level = noise or found.get("noise_std") or noise_of(seen)
    if problem.loss.needs_noise:
        problem = dataclasses.replace(problem, loss=problem.loss.for_noise(level))
        found["delta"] = getattr(problem.loss, "delta", None)
    pace: AdmmPace | None = obs.kept.get("pace")  # of data of the same kind, such as other tiles
    spread = None if pace is None else pace.spread
    admm = make_admm(grid, problem.data_term(y, A.mask), problem, weight, spread=spread)
    if pace is not None:
        admm.hold(pace)
    progress = _Progress(admm, problem, float(found.get("noise_std", 0.0)))
    iterates = problem.iterates(admm, weight, level)
    steps = _steps(progress, iterates, accuracy, obs.kept)
    measures = {"objective": lambda x, Ax: admm.value()} if "value" in problem.prior.can else {}
    return Iteration(
        steps,
        found,
        measures,
        lambda: progress.reason,
        fixed_number=not problem.prior.convex,
        gap=progress.gap,
    )


def _in_units(
    obs: Observation,
    units: NumpyArray,
    problem: VariationalProblem,
    weight: float | None,
    noise: float | None,
    accuracy: float,
) -> Iteration:
    """Return the iteration for channels of other contrasts, each in units of its own.

    Otherwise the edges of the strongest channel would be those of all.
    """
    wide = like(units[(slice(None), *(None,) * len(obs.A.shape))], obs.y)
    scaled = Observation(obs.y / wide, obs.A)
    if noise is not None:
        scaled.kept["noise levels"] = noise / units
    found = minimise(scaled, problem, weight, accuracy=accuracy)
    parameters = dict(found.parameters)
    if "noise_stds" in parameters:
        stds = zip(parameters["noise_stds"], units, strict=True)
        parameters["noise_stds"] = tuple(float(std * unit) for std, unit in stds)
    steps = ((x * wide, Ax * wide) for x, Ax in found.steps)
    return dataclasses.replace(found, steps=steps, parameters=parameters)


@dataclasses.dataclass(eq=False)
class _Progress:
    """How far an iteration has come: its data at iterations 2^k and, in the end, the reason.

    `noise` is the standard deviation that was found, 0 where none was looked for.
    """

    admm: Admm
    problem: VariationalProblem
    noise: float
    marks: list[Array] = dataclasses.field(default_factory=list)
    reason: StopReason | None = None

    def change_since(self, before: Array) -> float:
        """Return the change of the estimate, in units of the noise of the data."""
        admm, grid = self.admm, self.admm.grid
        change = (admm.u - before) ** 2
        if self.problem.balance is not None:  # as the residual's noise is counted
            change = change * like(self.problem.balance, admm.u)
        rms = float(namespace(admm.u).mean(change)) ** 0.5
        noise = noise_of_residual(admm.data, admm.Hu[grid.window])
        return grid.size * rms / noise if noise else math.inf if rms else 0.0

    def gap(self) -> float:
        """Return how far the predicted data moved over about the last half of the iterations.

        In units of the noise that was found or, if that is more, of the residual.
        """
        admm = self.admm
        if not self.marks:
            return math.inf
        moved = (admm.Hu - self.marks[0])[admm.grid.window]
        noise = max(self.noise, noise_of_residual(admm.data, admm.Hu[admm.grid.window]))
        return float(namespace(moved).mean(moved**2)) ** 0.5 / noise if noise else math.inf


def _steps(
    progress: _Progress,
    iterates: Iterator[tuple[Array, Array]],
    accuracy: float,
    kept: dict[str, Any],
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates on the domain with their data, until nothing more is to be gained."""
    admm, problem = progress.admm, progress.problem
    grid, data = admm.grid, admm.data
    xp = namespace(admm.u)
    mask = None if grid.A.mask is None else like(grid.A.mask, admm.u)
    background = data.loss.background if isinstance(data.loss, KullbackLeibler) else 0.0
    lit = bool(np.any(to_numpy(background)))

    def on_domain() -> tuple[Array, Array]:
        x = grid.domain_of(admm.u)
        if problem.bounded:  # the copy that keeps the bounds; both are one in the end
            x = xp.clip(x, min=problem.low, max=problem.high)
        Ax = admm.Hu[grid.window]
        Ax = Ax + background if lit else Ax
        return x, Ax if mask is None else Ax * mask

    yield on_domain()
    before = admm.u
    convex = problem.prior.convex
    for k, _ in enumerate(iterates, 1):
        if convex and k % CHECK_EVERY == 0 and accuracy > 0:
            if progress.change_since(before) <= accuracy:
                progress.reason = StopReason.BELOW_NOISE
            elif max(admm.residuals) <= SMALL:
                progress.reason = StopReason.CONVERGED
        if k & (k - 1) == 0:
            progress.marks = [*progress.marks[-1:], admm.Hu]
        kept["pace found"] = admm.pace
        yield on_domain()
        if progress.reason:
            return
        before = admm.u
    progress.reason = StopReason.COMPLETE
