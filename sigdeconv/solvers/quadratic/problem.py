"""The quadratic problem of the window, solved and not assumed away.

    minimise over x   |W F^-1 H F x - y|^2 + sum_f q(f) |X(f)|^2

with W the window that the camera saw and the weight of each of its samples, H the transfer function
on a grid wider than the data, and q a `QuadraticPenalty`. A signal that is free beyond the window
is solved for by `free`, one that its boundary ties to the samples inside by `constrained`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import final

import numpy as np

from sigdeconv._array import Array, like, namespace
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.grid import PeriodicGrid, make_mirrored_grid, make_periodic_grid
from sigdeconv.solvers.quadratic.constrained import solve_constrained
from sigdeconv.solvers.quadratic.free import solve_free
from sigdeconv.solvers.quadratic.penalty import QuadraticPenalty
from sigdeconv.solvers.quadratic.solution import Solution

__all__ = ["BY_RESIDUAL", "QuadraticProblem", "Search", "quadratic_problem", "solve_consistent"]

BY_RESIDUAL = "residual as large as the noise (the fitted spectra left signal in it)"


@final
@dataclasses.dataclass(frozen=True)
class Search:
    """Constants of the search for a factor that makes the residual as large as the noise.

    Attributes
    ----------
    most_misfit : float
        Residual energy, over that of the noise, at which fitted spectra are no longer believed.
    slack : float
        Ratio of residual to noise energy, above or below one, that is close enough below.
    first : float
        Fall of the factor where only one residual is known, and the largest step up afterwards is
        `largest` and the least `least`, all in log units.
    flattest : float
        Least slope of log misfit against log factor that is believed.
    close : float
        Distance of the two ends, in log units, at which the search ends.
    attempts : int
        Most factors that are tried.
    """

    most_misfit: float = 1.5
    slack: float = 1.1
    first: float = math.log(10)
    least: float = 0.1
    largest: float = 2.2
    flattest: float = 0.05
    close: float = 0.2
    attempts: int = 8


SEARCH = Search()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class QuadraticProblem:
    """Operator and penalty on their grid.

    Attributes
    ----------
    grid : PeriodicGrid
        The grid of the window, or that of the mirrored domain.
    q : array
        The penalty at its frequencies, in the namespace of the data.
    free : bool
        True when the signal beyond the window is free, on the grid of the window.
    """

    grid: PeriodicGrid
    q: Array
    free: bool

    def scaled(self, factor: float) -> QuadraticProblem:
        """Return the problem with the penalty times a factor."""
        return self if factor == 1 else dataclasses.replace(self, q=self.q * factor)

    def with_penalty(self, penalty: QuadraticPenalty) -> QuadraticProblem:
        """Return the problem with another penalty."""
        return dataclasses.replace(self, q=_on(self.grid, penalty))

    def solve(self, y: Array, *, tol: float, num_iter: int, noise: float | None = None) -> Solution:
        """Minimise the functional of the module's documentation.

        Parameters
        ----------
        y : array
            The data as they are, not weighted.
        tol : float
            The error that an iteration may leave, as a fraction of the noise: the root of its
            energy in the functional over that of the noise.
        num_iter : int
            Most iterations.
        noise : float, optional
            Variance of the noise; by default that of the residual at the start.
        """
        solve = solve_free if self.free else solve_constrained
        return solve(y, self.grid, self.q, tol, num_iter, noise)


def quadratic_problem(A: Convolution, y: Array, penalty: QuadraticPenalty) -> QuadraticProblem:
    """Return the problem of `A` and a penalty, for data like `y`."""
    free = A.boundary in ("unknown", "periodic")
    grid = make_periodic_grid(A, y, minimal=True) if free else make_mirrored_grid(A, y)
    return QuadraticProblem(grid, _on(grid, penalty), free)


def _on(grid: PeriodicGrid, penalty: QuadraticPenalty) -> Array:
    return like(penalty.on(grid.frequencies), namespace(grid.otf).real(grid.otf))


def solve_consistent(
    problem: QuadraticProblem,
    y: Array,
    *,
    tol: float,
    num_iter: int,
    noise: float,
    refit: Callable[[Array], QuadraticPenalty] | None = None,
) -> tuple[Solution, float, QuadraticPenalty | None]:
    """Minimise the functional; lower a penalty, found from the data, that leaves signal behind.

    A residual far above the noise says that the spectra behind the penalty do not describe these
    data: something bright at the border, where the taper hid it, or one thing in an empty scene.
    `refit` may then make another penalty of the estimate; if that leaves signal behind too, the
    penalty is lowered until the residual is that of the noise (Morozov's principle).

    Returns
    -------
    solution : Solution
        The minimiser.
    factor : float
        What the penalty was multiplied by; 1 unless it had to be lowered.
    penalty : QuadraticPenalty or None
        The penalty that `refit` made, if it was asked.
    """
    level = noise * math.prod(y.shape)
    found = problem.solve(y, tol=tol, num_iter=num_iter, noise=noise)
    misfit = found.misfit_of(y, problem.grid.A)
    other: QuadraticPenalty | None = None
    if misfit > SEARCH.most_misfit * level and refit is not None:
        other = refit(found.x)
        problem = problem.with_penalty(other)
        found = problem.solve(y, tol=tol, num_iter=num_iter, noise=noise)
        misfit = found.misfit_of(y, problem.grid.A)
    if misfit <= SEARCH.most_misfit * level or level == 0:
        return found, 1.0, other

    def attempt(factor: float) -> tuple[Solution, float]:
        found = problem.scaled(factor).solve(y, tol=tol, num_iter=num_iter, noise=noise)
        return found, found.misfit_of(y, problem.grid.A)

    return *_lower(attempt, misfit, level), other


def _lower(
    attempt: Callable[[float], tuple[Solution, float]], misfit: float, level: float
) -> tuple[Solution, float]:
    """Return the solution whose misfit is the `level`, and its factor; that of 1 has `misfit`."""
    high: tuple[float, float] = 0.0, misfit
    low: tuple[float, float] | None = None
    for _ in range(SEARCH.attempts):
        t = high[0] - SEARCH.first
        if low is not None:
            # Between two factors the misfit is close to a power of the factor.
            rise = math.log(high[1] / low[1]) / (high[0] - low[0])
            step = math.log(level / low[1]) / max(rise, SEARCH.flattest)
            t = low[0] + float(np.clip(step, SEARCH.least, SEARCH.largest))
        factor = math.exp(t)
        found, misfit = attempt(factor)
        if level / SEARCH.slack <= misfit <= SEARCH.most_misfit * level:
            break
        if misfit > level:
            high = t, misfit
        else:
            low = t, misfit
        if low is not None and high[0] - low[0] < SEARCH.close:
            break
    return found, factor
