"""Solving a variational problem for any operator: the engine, the weight, the end.

Smooth losses go to accelerated proximal gradients, others and priors with auxiliary unknowns to the
primal-dual method, priors that are not convex to half-quadratic splitting. The weight is that of
the least predicted error (Stein) along a path, as on the grid of a convolution
(`sigdeconv.solvers.variational.sure`), with the change of the predicted data along one random probe
for the degrees of freedom.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Any, final

import numpy as np

from sigdeconv._array import Array, like, namespace, to_numpy, zeros
from sigdeconv._checks import number
from sigdeconv.losses import Absolute, Cauchy, DataTerm, Huber, KullbackLeibler
from sigdeconv.operators.base import Operator
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.checks import check_real
from sigdeconv.solvers.matrix_free.noise import any_noise_level
from sigdeconv.solvers.matrix_free.primal_dual import PrimalDual
from sigdeconv.solvers.matrix_free.proximal import Proximal, penalties_of
from sigdeconv.solvers.matrix_free.quadratic import any_tikhonov
from sigdeconv.solvers.matrix_free.splitting import Splitting
from sigdeconv.solvers.start import flat_estimate
from sigdeconv.solvers.variational.problem import (
    VariationalProblem,
    noise_of_residual,
    spread_of,
)
from sigdeconv.solvers.variational.sure import SURE, SURE_RULE, as_gaussian, search_weight
from sigdeconv.stopping import StopReason

__all__ = ["minimise_any"]

SETTLED_STEPS = 5  # steps in a row that change little, before that counts as an end
NEXT_STEPS = 9  # iterations at each weight of a path after the first, each from the last one
# Few data make an estimate too sharp by accident, so that the degrees of freedom count for more
# (Kim & Gu 2004, doi:10.1046/j.1369-7412.2003.05316.x): by this over the root of their number.
GUARD, MOST_GUARD = 4.0, 0.4
FINER = 0.2  # accuracy, of that of the alternating directions, whose steps are longer


@final
@dataclasses.dataclass(eq=False)
class Task:
    """A problem for some data.

    Attributes
    ----------
    A : Operator
        The operator, without its mask where that can be taken off.
    y : array
        The data that it predicts.
    mask : array or None
        Their weights.
    problem : VariationalProblem
        Prior, loss, bounds.
    norm : float
        Spectral norm of A.
    start : array
        First estimate.
    """

    A: Operator
    y: Array
    mask: Array | None
    problem: VariationalProblem
    norm: float
    start: Array

    def data_term(self, y: Array | None = None) -> DataTerm:
        """Return the loss with the data, or with others."""
        return self.problem.data_term(self.y if y is None else y, self.mask)

    def engine(self, data: DataTerm) -> Proximal | PrimalDual:
        """Return the iteration for convex priors."""
        parts = self.problem.prior.parts
        penalties = penalties_of(parts, self.A)
        bounds = self.problem.low, self.problem.high
        smooth = math.isfinite(data.loss.smoothness)
        lifted = any(penalty.map.lead for penalty in penalties)
        engine = Proximal if smooth and not lifted else PrimalDual
        return engine(self.A, data, penalties, bounds, self.start, self.norm)

    def stages(self, data: DataTerm, weight: float, std: float) -> Iterator[tuple[Array, Array]]:
        """Yield the estimates of a prior that is not convex, and their data."""
        split: Any = Splitting(self.A, data, self.problem.prior, self.start, self.norm, std)
        return self.problem.iterates(split, weight, std)


def make_task(obs: Observation, problem: VariationalProblem) -> Task:
    """Return the problem for the data of an observation."""
    A, y, mask = obs.A.unmasked, obs.y, obs.mask
    if A.mask is not None:  # weights that cannot be taken off
        y, mask = obs.weighted, None
    check_real(y, A)
    norm = A.norm(num_iter=30, tol=3e-3)
    start = flat_estimate(obs.weighted, obs.A)
    return Task(A, y, mask, problem, norm, zeros(A.shape, y) if start is None else start)


def minimise_any(
    obs: Observation,
    problem: VariationalProblem,
    weight: float | None,
    *,
    noise: float | None = None,
    accuracy: float = 0.05,
) -> Iteration:
    """Return the iteration that solves a problem; see `variational.run.minimise`."""
    number("accuracy", accuracy, least=0)
    if obs.has_channels:
        raise ValueError("joint channels need a convolution; restore them one by one (joint=False)")
    problem = problem.fitted_to(obs.y, len(obs.A.out_shape))
    task = make_task(obs, problem)
    found: dict[str, Any] = {}
    if weight is None:
        weight, found = find_any_weight(obs, task, noise)
    level = 0.0
    if problem.loss.needs_noise or not problem.prior.convex:
        level = noise or found.get("noise_std") or any_noise_level(obs)
        task.problem = dataclasses.replace(problem, loss=problem.loss.for_noise(level))
        if problem.loss.needs_noise:
            found["delta"] = getattr(task.problem.loss, "delta", None)
    reason: list[StopReason] = []
    steps = _steps(task, weight, level, accuracy, reason)
    return Iteration(steps, found, _measures(task, weight), lambda: reason[0] if reason else None)


def _measures(task: Task, weight: float) -> dict[str, Any]:
    """Return the objective, where all of it has a value."""
    prior = task.problem.prior
    if "value" not in prior.can or any(p.auxiliaries(len(task.A.shape)) for _, p in prior.parts):
        return {}
    penalties, data = penalties_of(prior.parts, task.A), task.data_term()

    def objective(x: Array, Ax: Array) -> float:
        total = data.value(task.A.forward(x))
        for one in penalties:
            total += weight * one.factor * one.prior.value(one.map.forward(x))
        return total

    return {"objective": objective}


def _steps(
    task: Task, weight: float, std: float, accuracy: float, reason: list[StopReason]
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates with their data, until nothing more is to be gained."""
    data, xp = task.data_term(), namespace(task.y)
    mask = None if task.mask is None else like(task.mask, task.y)
    loss = task.problem.loss
    background = loss.background if isinstance(loss, KullbackLeibler) else 0.0

    def shown(x: Array, Ax: Array) -> tuple[Array, Array]:
        Ax = Ax + background
        return x, Ax if mask is None else Ax * mask

    yield shown(task.start, task.A.forward(task.start))
    if not task.problem.prior.convex:
        for x, Ax in task.stages(data, weight, std):
            yield shown(x, Ax)
        reason.append(StopReason.CONVERGED)
        return
    before, slow = task.start, 0
    for k, (x, Ax) in enumerate(task.engine(data).steps(weight), 1):
        if accuracy > 0:
            change = x - before
            size = task.norm * float(xp.mean(change * change)) ** 0.5
            slow = slow + 1 if size <= FINER * accuracy * noise_of_residual(data, Ax) else 0
            if k >= SETTLED_STEPS and slow >= SETTLED_STEPS:
                reason.append(StopReason.BELOW_NOISE)
        yield shown(x, Ax)
        if reason:
            return
        before = x


def find_any_weight(
    obs: Observation, task: Task, noise: float | None
) -> tuple[float, dict[str, Any]]:
    """Return the weight of the least predicted error, and what was found on the way."""
    std = any_noise_level(obs) if noise is None else noise
    std = max(std, 1e-6 * spread_of(task.y))
    search = _Search(obs, task, std)
    best = search_weight(search.score, search.first)
    found = {"weight": best, "noise_std": std, "rule": SURE_RULE}
    return best, found | {"predicted_error": min(search.scores)}


@final
class _Search:
    """The problem with a quadratic data term, for the data and for data moved along a probe."""

    def __init__(self, obs: Observation, task: Task, std: float) -> None:
        smooth = any_tikhonov(obs, None, 1, 100, 0.01).x
        values, predicted = to_numpy(task.y), to_numpy(task.A.forward(smooth))
        problem, y, variance = as_gaussian(task.problem, values, predicted, values, std)
        self.task = dataclasses.replace(task, problem=problem, start=smooth)
        self.std, self.variance = std, variance
        mask = task.mask
        self.live = np.ones(y.shape) if mask is None else np.asarray(to_numpy(mask) > 0, float)
        self.samples = float(np.sum(self.live))
        self.guard = 1 + min(MOST_GUARD, GUARD / math.sqrt(max(self.samples, 1.0)))
        self.signs = np.random.default_rng(0).choice([-1.0, 1.0], size=y.shape) * self.live
        self.step = SURE.probe * np.sqrt(variance)
        self.y = y
        pair = y, y + self.step * self.signs
        self.data = [self.task.data_term(like(a, task.y)) for a in pair]
        self.engines: list[Any] = []
        self.scores: list[float] = []
        self.first = self._first(smooth)

    def _first(self, smooth: Array) -> float:
        """Return a weight to begin with: the noise over the mean penalty of a smooth estimate."""
        level, size = float(np.mean(self.variance)), 0.0
        least = 1e-2 * spread_of(smooth)
        count = math.prod(self.task.A.shape)
        for one in penalties_of(self.task.problem.prior.parts, self.task.A):
            if "value" in one.prior.can:
                c = one.map.forward(one.map.lift(smooth))
                slight = 0 * c
                slight[0, ...] = least
                size += one.factor * max(one.prior.value(c), one.prior.value(slight)) / count
        size = size if 0 < size < math.inf else max(math.sqrt(level) / self.task.norm, least)
        return SURE.first_ratio * level / size

    def _fits(self, weight: float) -> list[np.ndarray[Any, Any]]:
        """Return the predicted data of both."""
        if not self.task.problem.prior.convex:
            runs = [self.task.stages(data, weight, self.std) for data in self.data]
            return [to_numpy(list(run)[-1][1]) for run in runs]
        count = NEXT_STEPS if self.engines else SURE.first_steps
        if not self.engines:
            self.engines = [self.task.engine(data) for data in self.data]
        found = []
        for engine in self.engines:
            *_, (_, Ax) = itertools.islice(engine.steps(weight), count)
            found.append(to_numpy(Ax))
        return found

    def score(self, weight: float) -> tuple[float, bool]:
        """Return the predicted error at a weight, and whether the estimate is constant there.

        A sample, in units of the noise variance.
        """
        fit, moved = self._fits(weight)
        residual = fit - self.y
        good = self.live
        if isinstance(self.task.problem.loss, (Huber, Absolute, Cauchy)):
            good = good * (np.abs(residual) < SURE.outlier * np.sqrt(self.variance))
        misfit = float(np.sum(good * residual**2 / self.variance))
        dof = float(np.sum(good * self.signs * (moved - fit) / self.step))
        score = (misfit + 2 * self.guard * dof) / float(np.sum(good)) - 1
        self.scores.append(score)
        return score, dof <= SURE.constant * float(np.sum(good))
