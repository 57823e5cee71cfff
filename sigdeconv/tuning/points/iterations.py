"""What an iterative method does at every iteration: misfit, size and degrees of freedom.

The degrees of freedom of the k-th predicted data are its divergence with respect to the data,
found by running the method also on data moved a little along one random probe (Ramani, Blu & Unser
2008, doi:10.1109/TIP.2008.2001404). For a linear iteration this is Hutchinson's trace; conjugate
gradients are not linear in the data, and it is the derivative that Stein's formula asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sigdeconv._array import Array, NumpyArray, is_complex, namespace
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import unweighted
from sigdeconv.tuning.points.probe import random_signs
from sigdeconv.tuning.points.record import TuningPoints

__all__ = ["iterate_points"]

IteratePairs = Iterator[tuple[Array, Array]]


def iterate_points(
    obs: Observation,
    run: Callable[[Observation], IteratePairs],
    iterations: NumpyArray,
    noise: float,
    rng: int | np.random.Generator | None,
) -> TuningPoints:
    """Return the numbers at each of the (rising) numbers of `iterations` of a method.

    Parameters
    ----------
    obs : Observation
        The data.
    run : callable
        ``run(obs)`` yields estimates and their data.
    iterations : ndarray of int
        Numbers of iterations.
    noise : float
        Variance of the noise.
    rng : int, Generator or None
        Seed of the probe.
    """
    xp = namespace(obs.y)
    z = random_signs(obs, rng)
    step = 1e-3 * max(noise, 1e-12 * float(xp.mean(xp.abs(obs.weighted) ** 2)), 1e-300) ** 0.5
    wanted = set(int(k) for k in iterations)
    rows, estimates = [], []
    for k, (found, moved) in enumerate(_pairs(obs, run, step * unweighted(z, obs.mask))):
        if k in wanted:
            rows.append(_row(found, moved, obs.weighted, z, step))
            estimates.append(found[0][obs.A.window])
        if k == max(wanted):
            break
    if not rows:
        rows = [_row(found, moved, obs.weighted, z, step)]
        estimates = [found[0][obs.A.window]]
    while len(rows) < len(iterations):  # it ended by itself: nothing changes any more
        rows.append(rows[-1])
        estimates.append(estimates[-1])
    misfit, size, dof = (np.array(c) for c in zip(*rows, strict=True))
    samples = float(xp.sum(xp.real(z) ** 2))
    dof = np.clip(dof, 0.0, samples * (1 - 1e-9))
    return TuningPoints(samples, misfit, size, dof, estimates=estimates)


def _pairs(
    obs: Observation, run: Callable[[Observation], IteratePairs], change: Array
) -> Iterator[tuple[tuple[Array, Array], tuple[Array, Array]]]:
    """Yield the steps of the data, and of the data with a change, side by side."""
    moved = run(obs.with_data(obs.y + change))
    last: tuple[Array, Array] | None = None
    for found in run(obs):
        last = next(moved, last if last is not None else found)
        yield found, last


def _row(
    found: tuple[Array, Array], moved: tuple[Array, Array], y: Array, z: Array, step: float
) -> tuple[float, float, float]:
    (x, Ax), (_, other) = found, moved
    xp = namespace(y)

    def energy(a: Array) -> float:
        return float(xp.sum(xp.abs(a) ** 2))

    change = xp.real(other - Ax) if is_complex(Ax) else other - Ax
    return energy(Ax - y), energy(x), float(xp.sum(xp.real(z) * change)) / step
