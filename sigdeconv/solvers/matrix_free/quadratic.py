"""Tikhonov's estimate for any operator: dense where the problem is small, iterative elsewhere."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

from sigdeconv._array import Array, like, to_numpy
from sigdeconv.problem import Observation
from sigdeconv.result import Estimate
from sigdeconv.solvers.conjugate_gradients import noise_energy
from sigdeconv.solvers.matrix_free.dense import DENSE, DenseProblem
from sigdeconv.solvers.matrix_free.iterative import IterativeProblem
from sigdeconv.stopping import StopReason

__all__ = ["BY_RISK", "MatrixFreePosterior", "any_tikhonov", "is_small", "problem_of"]

BY_RISK = "least predicted error (Stein), the noise by likelihood or cross-validation"


def is_small(obs: Observation) -> bool:
    """Tell whether a problem is solved by a dense factorisation."""
    small = math.prod(obs.A.shape) <= DENSE.most_signal
    return small and math.prod(obs.A.out_shape) <= DENSE.most_data


def problem_of(obs: Observation, order: int) -> DenseProblem | IterativeProblem:
    """Return the problem of an observation, which is prepared once."""
    key = f"matrix-free quadratic {order}"
    if key not in obs.kept:
        if is_small(obs):
            obs.kept[key] = DenseProblem(obs.A, to_numpy(obs.weighted), order)
        else:
            obs.kept[key] = IterativeProblem(obs.A, obs.weighted, order)
    found: DenseProblem | IterativeProblem = obs.kept[key]
    return found


@final
@dataclasses.dataclass(frozen=True, eq=False)
class MatrixFreePosterior:
    """What the error bars are made from, when they are asked for."""

    obs: Observation
    order: int
    weight: float
    noise: float

    def restore(self, y: Array) -> Array:
        """Return what the same filter makes of other data, not weighted yet."""
        made = any_tikhonov(self.obs.with_data(y), self.weight, self.order, 200, 1e-3, self.noise)
        return made.x

    def std(self) -> Array:
        """Return the standard deviation of the error on the operator's domain."""
        made = problem_of(self.obs, self.order).std(self.weight, self.noise)
        return like(made, self.obs.y, keep_complex=False)


def any_tikhonov(
    obs: Observation, weight: float | None, order: int, num_iter: int, tol: float,
    noise: float | None = None,
) -> Estimate:  # fmt: skip
    """Return the minimiser of |A x - y|^2 + weight |D^order x|^2.

    Parameters
    ----------
    obs : Observation
        Data and any operator.
    weight : float or None
        The weight; None to find it.
    order : int
        Of the differences.
    num_iter, tol : int, float
        Most iterations, and the error that they leave as a fraction of the noise.
    noise : float, optional
        Variance of the noise.
    """
    problem = problem_of(obs, order)
    told: dict[str, Any] = {}
    if weight is None:
        weight, noise = problem.best_weight(noise)
        told = {"weight": weight, "noise_std": math.sqrt(noise), "rule": BY_RISK}
    known = noise if noise is not None else 0.0
    posterior = MatrixFreePosterior(obs, order, weight, known) if told else None
    if isinstance(problem, DenseProblem):
        x = like(problem.solve(weight), obs.y)
        return Estimate(x, 0, StopReason.DIRECT, told, posterior)
    scale = noise_energy(obs.weighted, noise or None, inner_residual(obs))
    found = problem.solve(weight, obs.A.adjoint(obs.weighted), None, tol, num_iter, scale)
    return Estimate(found.x, found.num_iter, found.stop, told | {"gap": found.gap}, posterior)


def inner_residual(obs: Observation) -> float:
    """Return a thousandth of the energy of the data, for noise that is not known."""
    y = to_numpy(obs.weighted)
    return 1e-3 * float((abs(y) ** 2).sum())
