"""What a variational method does at every weight: the numbers that all rules of choice are made of.

The problem is solved for the data and for the data with a little of a random probe added, side by
side (Ramani, Blu & Unser 2008, doi:10.1109/TIP.2008.2001404), from smooth to sharp, each solution
being the start of the next.
"""

from __future__ import annotations

import math

import numpy as np

from sigdeconv._array import Array, NumpyArray, random_generator, to_numpy
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import fill_holes
from sigdeconv.solvers.variational.admm import Admm
from sigdeconv.solvers.variational.grid import make_variational_grid
from sigdeconv.solvers.variational.problem import (
    VariationalProblem,
    make_admm,
    noise_of_residual,
    reweight,
)
from sigdeconv.tuning.points.probe import PROBE_STEP
from sigdeconv.tuning.points.record import TuningPoints

__all__ = ["variational_points"]

SETTLED = 0.02  # change in an iteration, as a fraction of the residual, that ends a weight
LEAST_STEPS, MOST_STEPS = 20, 150  # iterations at a weight


def variational_points(
    obs: Observation,
    problem: VariationalProblem,
    weights: NumpyArray,
    noise: float,
    rng: int | np.random.Generator | None,
) -> TuningPoints:
    """Return the numbers at each weight, which rise.

    Parameters
    ----------
    obs : Observation
        The data.
    problem : VariationalProblem
        Everything but the weight; its data term is the Gaussian one.
    weights : ndarray
        From the least to the largest.
    noise : float
        Variance of the noise.
    rng : int, Generator or None
        Seed of the probe.
    """
    A = obs.convolution
    data = to_numpy(fill_holes(obs.y, A.mask))
    m = np.ones(data.shape) if A.mask is None else np.broadcast_to(A.mask, data.shape) ** 2
    z = random_generator(rng).choice([-1.0, 1.0], size=data.shape)
    step = PROBE_STEP * math.sqrt(noise) or 1e-3 * float(np.std(data)) or 1.0
    both = np.stack([data, data + (step * z).astype(data.dtype)])
    grid = make_variational_grid(A, data)
    last = float(weights[-1])
    admm = make_admm(grid, problem.data_term(both, A.mask), problem, last)
    rows: list[tuple[float, float, float]] = []
    estimates: list[Array] = []
    for weight in map(float, weights[::-1]):
        reweight(admm, problem.prior, weight, weight / last)
        last = weight
        _settle(admm)
        fit = admm.Hu[grid.window].astype(float)
        x = np.clip(grid.domain_of(admm.u[0]), problem.low, problem.high)
        misfit = float(np.sum(m * (fit[0] - data) ** 2))
        term = admm.terms[0]
        size = float(problem.prior.value(term.counted(term.z)[:, 0, ...]))  # what its split holds
        dof = float(np.sum((m > 0) * z * (fit[1] - fit[0]))) / step
        rows.append((misfit, size, dof))
        estimates.append(x[A.window] + 0)
    misfits, penalty, dofs = np.array(rows[::-1]).T
    samples = float(np.sum(m > 0))
    return TuningPoints(samples, misfits, penalty, dofs, estimates=estimates[::-1])


def _settle(admm: Admm) -> None:
    """Iterate until the estimate changes by little."""
    for k in range(MOST_STEPS):
        before = admm.u
        admm.step()
        change = math.sqrt(float(np.mean((admm.u - before) ** 2)))
        if k >= LEAST_STEPS and change <= SETTLED * noise_of_residual(
            admm.data, admm.Hu[admm.grid.window]
        ):
            return
