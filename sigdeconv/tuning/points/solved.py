"""What any method does at every strength: it is run on the data, and on data moved a little.

The change of the predicted data along one random probe is the effective number of parameters
(Ramani, Blu & Unser 2008, doi:10.1109/TIP.2008.2001404). It needs nothing of the method, and costs
two runs a strength.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from sigdeconv._array import Array, NumpyArray, namespace
from sigdeconv.problem import Observation
from sigdeconv.solvers.conjugate_gradients import inner
from sigdeconv.solvers.grid import unweighted
from sigdeconv.tuning.points.probe import PROBE_STEP, random_signs
from sigdeconv.tuning.points.record import TuningPoints

__all__ = ["solved_points"]


def solved_points(
    obs: Observation,
    solve: Callable[[Observation, float], Array],
    strengths: NumpyArray,
    noise: float,
    rng: int | np.random.Generator | None,
) -> TuningPoints:
    """Return the numbers at each strength; see `linear_points` for the arguments."""
    A, y, xp = obs.A, obs.weighted, namespace(obs.y)
    z = random_signs(obs, rng)
    step = PROBE_STEP * math.sqrt(noise) or 1e-3 * float(xp.std(y)) or 1.0
    moved = obs.with_data(obs.y + step * unweighted(z, obs.mask))
    samples = inner(z, z)
    rows, estimates = [], []
    for strength in map(float, strengths):
        x = solve(obs, strength)
        fit = A.forward(x)
        dof = inner(z, A.forward(solve(moved, strength)) - fit) / step
        window = x[A.window]
        dof = min(max(dof, 0.0), samples * (1 - 1e-9))
        rows.append((inner(fit - y, fit - y), float(xp.sum(xp.abs(window) ** 2)), dof))
        estimates.append(window)
    misfit, size, dofs = (np.array(c) for c in zip(*rows, strict=True))
    return TuningPoints(samples, misfit, size, dofs, estimates=estimates)
