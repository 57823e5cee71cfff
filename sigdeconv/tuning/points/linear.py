"""What a linear method without iterations does at every strength, where nothing is diagonal.

The estimate is linear in the data, so the degrees of freedom are the trace of a matrix, found with
one random probe.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sigdeconv._array import Array, NumpyArray, namespace
from sigdeconv.problem import Observation
from sigdeconv.solvers.conjugate_gradients import inner
from sigdeconv.solvers.grid import unweighted
from sigdeconv.tuning.points.probe import random_signs
from sigdeconv.tuning.points.record import TuningPoints

__all__ = ["linear_points"]


def linear_points(
    obs: Observation,
    solve: Callable[[Observation, float], Array],
    strengths: NumpyArray,
    rng: int | np.random.Generator | None,
) -> TuningPoints:
    """Return the numbers at each strength.

    Parameters
    ----------
    obs : Observation
        The data.
    solve : callable
        ``solve(obs, strength)``: the estimate on the domain, linear in the data.
    strengths : ndarray
        Values to try.
    rng : int, Generator or None
        Seed of the probe.
    """
    A, y, xp = obs.A, obs.weighted, namespace(obs.y)
    z = random_signs(obs, rng)
    probe = obs.with_data(unweighted(z, obs.mask))
    samples = inner(z, z)
    rows, estimates = [], []
    for strength in map(float, strengths):
        x = solve(obs, strength)
        r = y - A.forward(x)
        dof = inner(z, A.forward(solve(probe, strength)))
        window = x[A.window]
        dof = min(max(dof, 0.0), samples * (1 - 1e-9))
        rows.append((inner(r, r), float(xp.sum(xp.abs(window) ** 2)), dof))
        estimates.append(window)
    misfit, size, dofs = (np.array(c) for c in zip(*rows, strict=True))
    return TuningPoints(samples, misfit, size, dofs, estimates=estimates)
