"""Least squares with a penalty on roughness, small: every weight from one factorisation.

    minimise |A x - y|^2 + w |D x|^2

The generalised singular values of A and D, by a QR and a singular value decomposition (Van Loan
1985, doi:10.1007/BF01389653): A = U C X^-1, |D x|^2 = |S X^-1 x|^2 / u with C^2 + S^2 = 1. Then
everything that a rule of choice asks for is a sum over them.

The noise comes from the data by their marginal likelihood under rough to smooth laws of the signal,
S = a (D^H D)^-b. The weight is the one of the least predicted error, |r|^2 + 2 s^2 tr(R) + s^2
tr(R R^H), R being the influence matrix: Stein's estimate, and the variance again, since few data
make the first too sharp by accident (Lukas 2006, doi:10.1088/0266-5611/22/5/021, adds it to
generalised cross-validation). Smaller weights than that of the marginal likelihood are not taken.
benchmarks/operators.py measures what comes of it on Hansen's problems.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import final

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.operators.base import Operator
from sigdeconv.solvers.matrix_free.roughness import FreeRoughness

__all__ = ["DENSE", "DenseProblem", "Law", "fit_law"]


@final
@dataclasses.dataclass(frozen=True)
class DenseLimits:
    """Constants of small problems.

    Attributes
    ----------
    most_signal, most_data : int
        Samples up to which a problem is small: a second for all of it.
    slopes : tuple of float
        Exponents b of the laws of the signal, from rough to smooth.
    decades : float
        Of weights to either side of one, in units of the operator over the differences.
    per_decade : int
        Weights.
    floor : float
        Least generalised singular value of D that is not that of a constant.
    """

    most_signal: int = 512
    most_data: int = 2048
    slopes: tuple[float, ...] = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
    decades: float = 14.0
    per_decade: int = 10
    floor: float = 1e-12


DENSE = DenseLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Law:
    """What the data say of noise and signal: variance `noise`, and ``amplitude`` (D^H D)^-slope."""

    noise: float
    amplitude: float
    slope: float


def live_rows(A: Operator) -> NumpyArray:
    """Return which data have a weight, flat."""
    mask = A.mask
    return np.ones(int(np.prod(A.out_shape)), bool) if mask is None else np.ravel(mask > 0)


def fit_law(M: NumpyArray, y: NumpyArray, shape: tuple[int, ...]) -> Law:
    """Return noise and signal that make data of a matrix most likely; the level of x is free."""
    waves, values = FreeRoughness(shape, 1).basis
    level = M @ np.ones(M.shape[1])
    size = float(np.linalg.norm(level))
    rest = y - level * (np.vdot(level, y) / size**2) if size > 0 else y
    count = max(y.size - (size > 0), 1)
    energy = float(np.vdot(rest, rest).real)
    best = (np.inf, energy / count, 0.0, 1.0)
    ratios = np.geomspace(1e-6, 1e16, 221)[:, None]
    rough = values > 0
    for slope in DENSE.slopes:
        F = M @ (waves[:, rough] * values[rough] ** (-slope / 2))
        if size > 0:
            F = F - np.outer(level, level.conj() @ F) / size**2
        U, d, _ = np.linalg.svd(F, full_matrices=False)
        if d.size == 0 or d[0] == 0:
            continue
        power = np.abs(U.conj().T @ rest) ** 2
        beyond = max(energy - float(np.sum(power)), 0.0)
        variances = 1 + ratios * (d / d[0]) ** 2
        noise = (np.sum(power / variances, axis=1) + beyond) / count
        score = count * np.log(np.maximum(noise, 1e-300)) + np.sum(np.log(variances), axis=1)
        k = int(np.argmin(score))
        if score[k] < best[0]:
            amplitude = float(ratios[k, 0] * noise[k] / d[0] ** 2)
            best = (float(score[k]), float(noise[k]), amplitude, slope)
    return Law(*best[1:])


@final
class DenseProblem:
    """One operator, one penalty, all weights.

    Parameters
    ----------
    A : Operator
        The operator, with its mask.
    y : array
        The data, times the mask.
    order : int
        Of the differences.
    """

    def __init__(self, A: Operator, y: NumpyArray, order: int) -> None:
        live = live_rows(A)
        self.shape, self.live, self.out_shape = A.shape, live, A.out_shape
        self.M = A.to_dense()[live]
        self.y = np.ravel(to_numpy(y))[live]
        waves, values = FreeRoughness(A.shape, 1).basis
        D = np.sqrt(values**order)[:, None] * waves.T
        size = float(np.sum(np.abs(self.M) ** 2))
        self.unit = (size or 1.0) / float(np.sum(D**2) or 1.0)
        Q, R = np.linalg.qr(np.vstack([self.M, np.sqrt(self.unit) * D]))
        count = self.y.size
        U, c, Vh = np.linalg.svd(Q[:count], full_matrices=False)
        self.U, self.c = U, c
        self.s2 = np.sum(np.abs(Q[count:] @ Vh.conj().T) ** 2, axis=0)
        inverse = np.linalg.pinv(R)
        self.X = inverse @ Vh.conj().T
        self.b = U.conj().T @ self.y
        self.beyond = max(float(np.vdot(self.y, self.y).real - np.vdot(self.b, self.b).real), 0.0)

    @functools.cached_property
    def law(self) -> Law:
        """Signal and noise fitted to the data."""
        return fit_law(self.M, self.y, self.shape)

    def _gain(self, weight: float | NumpyArray) -> NumpyArray:
        """Return c / (c^2 + t s^2) for weights on a first axis."""
        t = np.asarray(weight)[..., None] / self.unit
        total = self.c**2 + t * self.s2
        return np.asarray(self.c / np.where(total > 0, total, 1.0))

    def solve(self, weight: float, y: NumpyArray | None = None) -> NumpyArray:
        """Return the minimiser for the data, or for others of their shape."""
        b = self.b if y is None else self.U.conj().T @ np.ravel(y)[self.live]
        return np.asarray((self.X @ (self._gain(weight) * b)).reshape(self.shape))

    def numbers(self, weights: NumpyArray) -> dict[str, NumpyArray]:
        """Return misfit, penalty, degrees of freedom and what the likelihood needs."""
        gain = self._gain(weights)
        left = np.clip(1 - gain * self.c, 0.0, 1.0)
        power = np.abs(self.b) ** 2
        some = self.s2 > DENSE.floor
        t = weights[:, None] / self.unit
        rough = np.where(some, self.s2, 1.0)
        return {
            "misfit": np.sum(left**2 * power, axis=1) + self.beyond,
            "penalty": np.sum(self.s2 * gain**2 * power, axis=1) / self.unit,
            "dof": np.sum(1 - left, axis=1),
            "squared": np.sum((1 - left) ** 2, axis=1),
            "product": np.sum(np.where(some, left, 0.0) * power, axis=1) + self.beyond,
            "log_det": np.sum(np.where(some, np.log1p(self.c**2 / (t * rough)), 0.0), axis=1),
        }

    def best_weight(self, noise: float | None) -> tuple[float, float]:
        """Return the automatic weight and the variance of the noise."""
        variance = self.law.noise if noise is None else noise
        steps = int(2 * DENSE.decades * DENSE.per_decade) + 1
        weights = self.unit * np.logspace(-DENSE.decades, DENSE.decades, steps)
        found = self.numbers(weights)
        count = max(self.y.size - int(np.sum(self.s2 <= DENSE.floor)), 1)
        product = np.maximum(found["product"], 1e-300)
        likely = count * np.log(product / count) + found["log_det"]
        first = int(np.argmin(likely))
        score = found["misfit"] + variance * (2 * found["dof"] + found["squared"])
        return float(weights[first + int(np.argmin(score[first:]))]), variance

    def std(self, weight: float, noise: float) -> NumpyArray:
        """Return the standard deviation of the error, for the signal's own law."""
        gain, law = self._gain(weight), self.law
        waves, values = FreeRoughness(self.shape, 1).basis
        rough = values > 0
        S = waves[:, rough] * np.sqrt(law.amplitude) * values[rough] ** (-law.slope / 2)
        left = self.X @ (gain[:, None] * (self.U.conj().T @ (self.M @ S))) - S
        spread = np.sum(np.abs(left) ** 2, axis=1)
        spread = spread + noise * np.sum(np.abs(self.X * gain) ** 2, axis=1)
        return np.asarray(np.sqrt(spread).reshape(self.shape))
