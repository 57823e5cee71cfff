"""What a quadratic method does at every weight: the numbers that all rules of choice are made of.

For the minimiser x of |A x - y|^2 + w x^H Q x, with r = y - A x and the influence matrix S (A x =
S y): the misfit |r|^2, the penalty x^H Q x, the degrees of freedom tr S, and y^H r and
log det(1 + A Q^-1 A^H / w) for the likelihood. Where the operator is diagonal they are sums over
the spectrum; elsewhere each weight is solved for, with one random probe for the trace (Hutchinson
1990, doi:10.1080/03610919008812866), less the probe's deviation on the grid, which is known.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, like, to_numpy
from sigdeconv.operators.boundary import pad
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation
from sigdeconv.solvers.conjugate_gradients import inner
from sigdeconv.solvers.grid import (
    Frequencies,
    FrequencyFunction,
    PeriodicGrid,
    free_or_like,
    make_periodic_grid,
    unweighted,
)
from sigdeconv.solvers.quadratic.problem import penalty_for, quadratic_problem
from sigdeconv.tuning.points.probe import random_signs
from sigdeconv.tuning.points.record import TuningPoints

__all__ = ["DiagonalProblem", "diagonal_problem", "is_diagonal", "quadratic_points"]

PROBE_TOL = 0.03  # accuracy of the probe's solution, as a fraction of its noise


@final
@dataclasses.dataclass(frozen=True, eq=False)
class DiagonalProblem:
    """A diagonal problem: energy of the data, |H|^2, penalty and multiplicity of each mode."""

    energy: NumpyArray
    gain: NumpyArray
    penalty: NumpyArray
    count: NumpyArray

    def points(self, weights: NumpyArray) -> TuningPoints:
        """Return the exact numbers at each weight."""
        rows = [self._point(float(w)) for w in weights]
        misfit, penalty, dof, product, log_det = (np.array(c) for c in zip(*rows, strict=True))
        samples = float(np.sum(self.count))
        return TuningPoints(samples, misfit, penalty, dof, product, log_det)

    def _point(self, w: float) -> tuple[float, ...]:
        total = self.gain + w * self.penalty
        passed = np.divide(self.gain, total, out=np.zeros_like(total), where=total > 0)
        left = 1 - passed
        size = np.divide(passed, total, out=np.zeros_like(total), where=total > 0)
        return (
            float(np.sum(left**2 * self.energy)),
            float(np.sum(self.penalty * size * self.energy)),
            float(np.sum(self.count * passed)),
            float(np.sum(left * self.energy)),
            self.log_det(w),
        )

    def truncated(self, thresholds: NumpyArray) -> TuningPoints:
        """Return the exact numbers of the inverse without |H| below a fraction of its largest."""
        rows = []
        top = float(np.max(self.gain))
        for t in thresholds:
            # What `inverse_filter` takes for zero: the rounding of the transfer function.
            kept = self.gain >= max(float(t), 4 * float(np.finfo(float).eps)) ** 2 * top
            size = np.divide(self.energy, self.gain, out=np.zeros_like(self.gain), where=kept)
            rows.append(
                (
                    float(np.sum(self.energy[~kept])),
                    float(np.sum(size)),
                    min(float(np.sum(self.count[kept])), float(np.sum(self.count)) * (1 - 1e-9)),
                )
            )
        misfit, penalty, dof = (np.array(c) for c in zip(*rows, strict=True))
        return TuningPoints(float(np.sum(self.count)), misfit, penalty, dof)

    def log_det(self, w: float) -> float:
        """Return log det(1 + K / w), without the constant of the modes that cost nothing."""
        free = self.penalty == 0
        paid = np.sum(self.count[~free] * np.log1p(self.gain[~free] / (w * self.penalty[~free])))
        return float(paid) - math.log(w) * float(np.sum(self.count[free & (self.gain > 0)]))


def is_diagonal(A: Convolution) -> bool:
    """Tell whether the operator has a spectrum on its data, so that all numbers are exact."""
    if A.mask is not None or A.out_shape != A.shape or A.stride != (1,) * len(A.shape):
        return False
    return A.boundary == "periodic" or (A.boundary == "reflect" and _is_symmetric(A))


def _is_symmetric(A: Convolution) -> bool:
    """Tell whether the kernel is even about its centre on every axis (the cosine transform)."""
    if not np.isrealobj(A.psf):
        return False
    for axis, (k, c) in enumerate(zip(A.psf.shape, A.centre, strict=True)):
        if 2 * c != k - 1 or not np.array_equal(A.psf, np.flip(A.psf, axis)):
            return False
    return True


def diagonal_problem(y: Array, A: Convolution, penalty: FrequencyFunction) -> DiagonalProblem:
    """Return the diagonal problem of `A`; see `is_diagonal`."""
    if A.boundary == "periodic":
        grid = make_periodic_grid(A, y)
        count = grid.frequencies.multiplicity()
        energy = np.abs(to_numpy(grid.to_spectrum(y))).astype(float) ** 2
        energy = energy * count / math.prod(grid.shape)
        gain = np.abs(to_numpy(grid.otf)).astype(float) ** 2
        q = np.broadcast_to(penalty_for(grid.A, penalty, grid.frequencies), gain.shape)
        return DiagonalProblem(energy, gain, q, count)
    size = tuple(2 * n for n in A.shape)
    mirrored = to_numpy(pad(y, [(0, n) for n in A.shape], "reflect"))
    inside = tuple(slice(0, n) for n in A.shape)  # the modes of the cosine transform
    energy = np.abs(_fft.fftn(mirrored, size)[inside]).astype(float) ** 2
    for axis, n in enumerate(A.shape):
        double = np.where(np.arange(n) == 0, 1.0, 2.0)
        energy = energy * double.reshape([-1 if k == axis else 1 for k in range(y.ndim)])
    otf = A.circular_transfer(size, mirrored, full_spectrum=True)
    gain = np.abs(otf[inside]).astype(float) ** 2
    q = np.broadcast_to(penalty_for(A, penalty, Frequencies(size, False)), size)[inside]
    energy = energy / (math.prod(size) * 2**y.ndim)
    return DiagonalProblem(energy, gain, q, np.ones(gain.shape))


def quadratic_points(
    obs: Observation,
    penalty: FrequencyFunction,
    weights: NumpyArray,
    *,
    noise: float,
    num_iter: int,
    tol: float,
    rng: int | np.random.Generator | None,
) -> TuningPoints:
    """Return the numbers at each weight by solving, for operators that are not diagonal."""
    A, y = obs.convolution, obs.weighted
    z = random_signs(obs, rng)
    probe = unweighted(z, obs.mask)
    problem = quadratic_problem(A, obs.y, penalty)
    trace = _Trace(make_periodic_grid(free_or_like(A), y, minimal=True), z, penalty)
    rows, estimates = [], []
    for w in map(float, weights):
        at = problem.scaled(w)
        found = at.solve(obs.y, tol=tol, num_iter=num_iter, noise=noise).x
        r = y - A.forward(found)
        other = at.solve(probe, tol=max(tol, PROBE_TOL), num_iter=num_iter, noise=1.0).x
        dof = trace.of(w, inner(z, A.forward(other)))
        misfit, product = inner(r, r), inner(y, r)
        size = max(product - misfit, 0.0) / w if w > 0 else 0.0
        rows.append((misfit, size, dof, product, trace.log_det(w)))
        estimates.append(found[A.window])
    fit, sizes, dofs, along, log_det = (np.array(c) for c in zip(*rows, strict=True))
    return TuningPoints(trace.samples, fit, sizes, dofs, along, log_det, estimates)


@final
class _Trace:
    """The trace of the influence matrix from one probe, less the probe's own deviation.

    On the periodic grid the trace is known, and so is what the probe makes of it: the difference of
    the two is a control variate for the window's trace.
    """

    def __init__(self, grid: PeriodicGrid, z: Array, penalty: FrequencyFunction) -> None:
        self.grid, self.z = grid, z
        self.samples = inner(z, z)
        gain = np.abs(to_numpy(grid.otf)).astype(float) ** 2 / grid.decimation
        q = np.broadcast_to(
            penalty_for(grid.A, penalty, grid.frequencies) / grid.decimation, gain.shape
        )
        self.model = DiagonalProblem(np.zeros(gain.shape), gain, q, grid.frequencies.multiplicity())
        # Of the grid's modes that the window can tell apart.
        self.share = self.samples / math.prod(grid.shape)

    def of(self, w: float, probed: float) -> float:
        """Return the trace at a weight, from the product of the probe with what became of it."""
        if self.grid.decimation == 1:
            model = self.model
            total = model.gain + w * model.penalty
            passed = np.divide(model.gain, total, out=np.zeros_like(total), where=total > 0)
            spectrum = self.grid.to_spectrum(self.z) * like(passed, self.grid.otf)
            probed += self.share * float(np.sum(model.count * passed))
            probed -= inner(self.z, self.grid.to_signal(spectrum)[self.grid.A.samples])
        return min(max(probed, 0.0), self.samples * (1 - 1e-9))

    def log_det(self, w: float) -> float:
        """Return log det(1 + A Q^-1 A^H / w), as far as the grid tells it."""
        return self.share * self.model.log_det(w) if self.grid.decimation == 1 else math.nan
