"""The quadratic problem of the window, solved and not assumed away.

    minimise over x   |W F^-1 H F x - y|^2 + sum_f q(f) |X(f)|^2

with W the window that the camera saw and the weight of each of its samples, H the transfer function
on a grid wider than the data, and q a penalty of each frequency. Where the window is the whole grid
the solution is the filter G H*, G = 1 / (|H|^2 + q). Where it is not, the same filter is applied to
data that fill the grid (`border`); with dead or weighted samples, or a stride, conjugate gradients
on the normal equations are preconditioned by the filter. The smooth step between opposite borders,
of which a window says nothing, is taken off before and put back after (`seam`). A signal that its
boundary ties to the samples inside is solved for by `constrained`. (Vogel, "Computational Methods
for Inverse Problems",
2002, doi:10.1137/1.9780898717570; Hanke & Nagy 1996, doi:10.1088/0266-5611/12/2/004.)
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import final

import numpy as np

from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace
from sigdeconv.noise import counting_variance
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.conjugate_gradients import conjugate_gradients, inner, noise_energy
from sigdeconv.solvers.grid import (
    Frequencies,
    FrequencyFunction,
    PeriodicGrid,
    fill_holes,
    make_mirrored_grid,
    make_periodic_grid,
    mean_weight,
    takes_mean,
)
from sigdeconv.solvers.quadratic.border import Border, make_border
from sigdeconv.solvers.quadratic.constrained import solve_constrained
from sigdeconv.solvers.quadratic.seam import make_seam
from sigdeconv.solvers.quadratic.solution import Solution

__all__ = [
    "BY_RESIDUAL",
    "QuadraticProblem",
    "penalty_for",
    "quadratic_problem",
    "solve_consistent",
]

BY_RESIDUAL = "residual as large as the noise (the fitted spectra left signal in it)"


@final
@dataclasses.dataclass(frozen=True)
class ConsistencySearch:
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
    least_misfit : float
        What a residual below the noise counts at least, as a part of it.
    largest_size : float
        |x| |psf| over |y|, each about its mean, above which a factor is too low whatever the
        residual: where the noise grows with the signal, its level is not that of what is bright.
        Restorations that were better than the data had at most 1.7.
    """

    most_misfit: float = 1.5
    slack: float = 1.1
    first: float = math.log(10)
    least: float = 0.1
    largest: float = 2.2
    flattest: float = 0.05
    close: float = 0.2
    attempts: int = 8
    least_misfit: float = 0.1
    largest_size: float = 2.0


CONSISTENCY = ConsistencySearch()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class QuadraticProblem:
    """Operator and penalty on their grid.

    Attributes
    ----------
    grid : PeriodicGrid
        The grid of the window, or that of the mirrored domain.
    penalty : FrequencyFunction
        The penalty at factor 1.
    q : array
        The penalty at the grid's frequencies times the factor, in the namespace of the data.
    free : bool
        True when the signal beyond the window is free, on the grid of the window.
    """

    grid: PeriodicGrid
    penalty: FrequencyFunction
    q: Array
    free: bool

    def scaled(self, factor: float) -> QuadraticProblem:
        """Return the problem with the penalty times a factor."""
        return self if factor == 1 else dataclasses.replace(self, q=self.q * factor)

    def with_penalty(self, penalty: FrequencyFunction) -> QuadraticProblem:
        """Return the problem with another penalty."""
        return dataclasses.replace(self, penalty=penalty, q=_on(self.grid, penalty))

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
        grid, q = self.grid, self.q
        if not self.free:
            return solve_constrained(y, grid, q, tol, num_iter, noise)
        inverse = grid.ridge(q)
        if grid.is_whole:
            return Solution(_back(grid, grid.to_spectrum(y), inverse))
        seam = make_seam(y, grid, q)
        found = self._solve(y if seam is None else seam.taken_off(y), inverse, tol, num_iter, noise)
        return found if seam is None else dataclasses.replace(found, x=seam.put_back(found.x))

    def _solve(
        self, y: Array, inverse: Array, tol: float, num_iter: int, noise: float | None
    ) -> Solution:
        """Minimise where the window is a part of the grid; `inverse` is the filter G."""
        grid, q = self.grid, self.q
        border: Border | None = None
        if grid.decimation == 1 and grid.A.mask is None:
            # P of `border`; what neither data nor penalty reach cannot be seen, and costs all.
            xp = namespace(q)
            border = make_border(grid, xp.where(inverse > 0, q * inverse, xp.ones_like(q)))
        if border is None:
            return _by_normal_equations(y, grid, q, inverse, tol, num_iter, noise)
        return _by_border(y, border, inverse, tol, num_iter, noise)


def quadratic_problem(A: Convolution, y: Array, penalty: FrequencyFunction) -> QuadraticProblem:
    """Return the problem of `A` and a penalty, for data like `y`."""
    free = A.boundary in ("unknown", "periodic")
    grid = make_periodic_grid(A, y, minimal=True) if free else make_mirrored_grid(A, y)
    return QuadraticProblem(grid, penalty, _on(grid, penalty), free)


def _on(grid: PeriodicGrid, penalty: FrequencyFunction) -> Array:
    q = penalty_for(grid.A, penalty, grid.frequencies)
    return like(q, namespace(grid.otf).real(grid.otf))


def penalty_for(A: Convolution, penalty: FrequencyFunction, f: Frequencies) -> NumpyArray:
    """Return a penalty on the frequencies of a grid, on the mean too if `A` takes it away.

    The data fix the mean alone, for kernels that pass it. One of zero sum, a wavelet, passes its
    noise only, which dividing would magnify without end: the mean then costs what the cheapest
    other frequency does.
    """
    q = penalty.on(f)
    if not takes_mean(A):
        return q
    q = np.array(np.broadcast_to(q, f.radius.shape))
    beside = f.radius > 0
    if beside.any():
        q[~beside] = q[beside].min()
    return q


def _back(grid: PeriodicGrid, spectrum: Array, inverse: Array) -> Array:
    """Return the domain's part of G H* `spectrum`, which is used up."""
    spectrum *= namespace(spectrum).conj(grid.otf)
    spectrum *= inverse
    return grid.on_domain(grid.to_signal(spectrum))


def _by_border(
    y: Array, border: Border, inverse: Array, tol: float, num_iter: int, noise: float | None
) -> Solution:
    """Solve with data that fill the grid."""
    xp, grid = namespace(y), border.grid
    filled = grid.continued(y)
    filled = filled + 0j if grid.full_spectrum and not is_complex(filled) else filled
    residual = border.filter(filled)
    misfit = 0.0
    if noise is None:
        misfit = float(xp.sum(xp.abs(residual[grid.A.samples]) ** 2))
    scale = noise_energy(y, noise, misfit)
    r = -border.gather(residual)
    found = conjugate_gradients(
        border.normal, r, xp.zeros_like(r), border.precondition, inner, scale, tol, num_iter
    )
    spectrum = grid.to_spectrum(border.scatter(border.gather(filled) + found.x, filled))
    # Of data that fill the grid the part P is left over; beyond the window it is zero.
    rest = spectrum * border.symbol
    misfit = grid.inner(rest, rest) / math.prod(grid.shape)
    x = _back(grid, spectrum, inverse)
    return Solution(x, found.num_iter, found.stop, found.gap, misfit)


def _by_normal_equations(
    y: Array,
    grid: PeriodicGrid,
    q: Array,
    inverse: Array,
    tol: float,
    num_iter: int,
    noise: float | None,
) -> Solution:
    """Solve where samples are dead, weighted or apart."""
    xp, A = namespace(y), grid.A
    back = xp.conj(grid.otf)
    weight = mean_weight(A)
    x = grid.to_spectrum(grid.continued(y)) * back * (weight * inverse)

    def normal(s: Array) -> Array:
        return grid.project(s * grid.otf) * back + q * s

    misfit = 0.0
    if noise is None:
        rest = A.weigh(grid.to_signal(x * grid.otf)[A.samples] - y)
        misfit = float(xp.sum(xp.abs(rest) ** 2))
    points = math.prod(grid.shape)  # the transforms are not unitary
    noise = None if noise is None else noise * weight
    scale = noise_energy(A.weigh(y), noise, misfit) * points
    data = grid.upsample(A.weigh(A.weigh(y)))  # M^H M y
    r = grid.to_spectrum(data) * back - normal(x)
    found = conjugate_gradients(
        normal, r, x, lambda r: r * inverse, grid.inner, scale, tol, num_iter
    )
    x = grid.on_domain(grid.to_signal(found.x))
    return Solution(x, found.num_iter, found.stop, found.gap)


def solve_consistent(
    problem: QuadraticProblem,
    y: Array,
    *,
    tol: float,
    num_iter: int,
    noise: float,
    refit: Callable[[Array], FrequencyFunction] | None = None,
) -> tuple[Solution, float, QuadraticProblem]:
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
    problem : QuadraticProblem
        The problem that it solves, with the penalty that `refit` made if it was asked.
    """
    mask = problem.grid.A.mask
    samples = math.prod(y.shape) if mask is None else float(np.sum(mask**2))
    found = problem.solve(y, tol=tol, num_iter=num_iter, noise=noise)
    misfit = misfit_of(found, y, problem.grid.A)
    level = noise * samples
    if misfit > CONSISTENCY.most_misfit * level:  # of counts, what is bright has more noise
        level = max(noise, counting_variance(fill_holes(y, mask))) * samples
    if misfit > CONSISTENCY.most_misfit * level and refit is not None:
        problem = problem.with_penalty(refit(found.x))
        found = problem.solve(y, tol=tol, num_iter=num_iter, noise=noise)
        misfit = misfit_of(found, y, problem.grid.A)
    if misfit <= CONSISTENCY.most_misfit * level or level == 0:
        return found, 1.0, problem

    A = problem.grid.A
    most = CONSISTENCY.largest_size * _spread(fill_holes(y, mask)) / float(np.linalg.norm(A.psf))

    def attempt(factor: float) -> tuple[Solution, float]:
        found = problem.scaled(factor).solve(y, tol=tol, num_iter=num_iter, noise=noise)
        wild = _spread(found.x) > most
        return found, 0.0 if wild else misfit_of(found, y, A)

    better = _lower(attempt, misfit, level)
    if better is None:
        return found, 1.0, problem
    found, factor = better
    return found, factor, problem.scaled(factor)


def misfit_of(solution: Solution, y: Array, A: Convolution) -> float:
    """Return |A x - y|^2, weighted."""
    if solution.misfit is not None:
        return solution.misfit
    xp = namespace(y)
    return float(xp.sum(xp.abs(A.forward(solution.x) - A.weigh(y)) ** 2))


def _lower(
    attempt: Callable[[float], tuple[Solution, float]], misfit: float, level: float
) -> tuple[Solution, float] | None:
    """Return the solution whose misfit is the `level`, and its factor; that of 1 has `misfit`.

    An attempt whose misfit is zero is no solution; None if there was no other.
    """
    high: tuple[float, float] = 0.0, misfit
    low: tuple[float, float] | None = None
    best: tuple[Solution, float] | None = None
    for _ in range(CONSISTENCY.attempts):
        t = high[0] - CONSISTENCY.first
        if low is not None:
            # Between two factors the misfit is close to a power of the factor.
            rise = math.log(high[1] / low[1]) / (high[0] - low[0])
            step = math.log(level / low[1]) / max(rise, CONSISTENCY.flattest)
            t = low[0] + float(np.clip(step, CONSISTENCY.least, CONSISTENCY.largest))
        factor = math.exp(t)
        found, misfit = attempt(factor)
        if misfit > 0:
            best = found, factor
        if level / CONSISTENCY.slack <= misfit <= CONSISTENCY.most_misfit * level:
            break
        if misfit > level:
            high = t, misfit
        else:
            low = t, max(misfit, CONSISTENCY.least_misfit * level)
        if low is not None and high[0] - low[0] < CONSISTENCY.close:
            break
    return best


def _spread(a: Array) -> float:
    xp = namespace(a)
    return float(xp.mean(xp.abs(a - xp.mean(a)) ** 2)) ** 0.5
