"""The level of the noise in data of any operator.

Of small problems it is the one that makes the data most likely; of large ones the residual over its
degrees of freedom where generalised cross-validation is least. Where the data are a picture, their
own differences bound it from above (`sigdeconv.noise.estimate_noise`).
"""

from __future__ import annotations

import math

from sigdeconv._array import to_numpy
from sigdeconv.noise import estimate_noise
from sigdeconv.operators.stacked import Stacked
from sigdeconv.problem import Observation
from sigdeconv.solvers.matrix_free.dense import DenseProblem
from sigdeconv.solvers.matrix_free.quadratic import problem_of

__all__ = ["any_noise_level"]


def any_noise_level(obs: Observation) -> float:
    """Return the standard deviation of the noise, found once an observation."""
    if "matrix-free noise" not in obs.kept:
        obs.kept["matrix-free noise"] = _level(obs)
    level: float = obs.kept["matrix-free noise"]
    return level


def _level(obs: Observation) -> float:
    problem = problem_of(obs, 1)
    if isinstance(problem, DenseProblem):
        return math.sqrt(problem.law.noise)
    return min(math.sqrt(problem.best_weight(None)[1]), _of_differences(obs))


def _of_differences(obs: Observation) -> float:
    """Return the estimate by differences of neighbours; infinite where there are too few."""
    y, A = obs.weighted, obs.A
    parts = A.split(y) if isinstance(A, Stacked) else [y]
    if A.mask is not None and not isinstance(A, Stacked):
        return math.inf  # a grey mask makes edges
    try:
        levels = [estimate_noise(to_numpy(part)) for part in parts]
    except ValueError:
        return math.inf
    level = math.sqrt(sum(v * v for v in levels) / len(levels))
    return level if level > 0 else math.inf
