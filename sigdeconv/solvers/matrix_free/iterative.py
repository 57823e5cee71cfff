"""Least squares with a penalty on roughness, of large problems: conjugate gradients, one probe.

    (A^H A + w Q) x = A^H y

Along a path of falling weights, each solution starts from the last, for the data and for a vector z
of random signs: z^H A x(z) is the trace of the influence matrix and |A x(z)|^2 that of its square
(Hutchinson 1990, doi:10.1080/03610919008812866). The path ends beyond the least generalised
cross-validation (Golub, Heath & Wahba 1979, doi:10.1080/00401706.1979.10489751), where what is left
in the residual is the noise; the weight is then that of the least predicted error, as in `dense`.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

import numpy as np

from sigdeconv._array import Array, like, namespace, to_numpy, zeros
from sigdeconv.operators.base import Operator
from sigdeconv.solvers.conjugate_gradients import Converged, conjugate_gradients, inner
from sigdeconv.solvers.grid import column_energy
from sigdeconv.solvers.matrix_free.roughness import FreeRoughness
from sigdeconv.solvers.parabola import vertex

__all__ = ["PATH", "IterativeProblem"]


@final
@dataclasses.dataclass(frozen=True)
class WeightSteps:
    """Constants of the path; benchmarks/operators.py measures what comes of it.

    Attributes
    ----------
    first : float
        First weight, in units of the energy of a column.
    factor : float
        Between neighbouring weights.
    most : int
        Weights, at most.
    steps : int
        Iterations at each, at most.
    tol : float
        Residual of the normal equations, of their right-hand side, at which a solution is taken.
    """

    first: float = 30.0
    factor: float = 4.0
    most: int = 16
    steps: int = 60
    tol: float = 2e-3


PATH = WeightSteps()


@final
class IterativeProblem:
    """One operator, one penalty; solutions at single weights.

    Parameters
    ----------
    A : Operator
        The operator, with its mask.
    y : array
        The data, times the mask.
    order : int
        Of the differences.
    """

    def __init__(self, A: Operator, y: Array, order: int) -> None:
        self.A, self.y, self.penalty = A, y, FreeRoughness(A.shape, order)
        self.samples = float(y.size if A.mask is None else np.count_nonzero(A.mask))  # type: ignore[attr-defined]
        self.energy = column_energy(A) or 1.0

    def normal(self, x: Array, weight: float) -> Array:
        """Return (A^H A + w Q) x."""
        z = self.A.adjoint(self.A.forward(x))
        return z if weight == 0 else z + weight * self.penalty.apply(x)

    def solve(
        self, weight: float, right: Array, start: Array | None, tol: float, num_iter: int,
        scale: float | None = None,
    ) -> Converged:  # fmt: skip
        """Return the solution for a right-hand side, and the part of `scale` that is missing."""
        x = zeros(self.A.shape, right) if start is None else start
        r = right if start is None else right - self.normal(x, weight)
        size = inner(right, right) / self.energy if scale is None else scale
        return conjugate_gradients(
            lambda p: self.normal(p, weight), r, x, lambda v: v * (1 / self.energy),
            inner, size, tol, num_iter,
        )  # fmt: skip

    def signs(self) -> Array:
        """Return a sign for each weighted datum."""
        z = np.random.default_rng(0).choice([-1.0, 1.0], size=tuple(self.y.shape))
        return like(z if self.A.mask is None else z * (self.A.mask > 0), self.y)

    def best_weight(self, noise: float | None) -> tuple[float, float]:
        """Return the automatic weight and the variance of the noise."""
        A, xp = self.A, namespace(self.y)
        z = self.signs()
        rights = A.adjoint(self.y), A.adjoint(z)
        last: list[Any] = [None, None]
        weight, rows = PATH.first * self.energy, []
        for _ in range(PATH.most):
            last = [
                self.solve(weight, b, x, PATH.tol, PATH.steps).x
                for b, x in zip(rights, last, strict=True)
            ]
            r, seen = self.y - A.forward(last[0]), A.forward(last[1])
            dof = min(max(inner(z, seen), 0.0), self.samples * (1 - 1e-9))
            rows.append((weight, inner(r, r), dof, inner(seen, seen)))
            scores = [misfit / (self.samples - dof) ** 2 for _, misfit, dof, _ in rows]
            if len(rows) > 3 and scores[-1] > min(scores) and scores[-2] > min(scores):
                break
            weight /= PATH.factor
        weights, misfit, dofs, squared = np.array(rows[::-1]).T
        gcv = misfit / (self.samples - dofs) ** 2
        k = int(np.argmin(gcv))
        variance = float(misfit[k] / (self.samples - dofs[k])) if noise is None else noise
        variance = max(variance, (float(xp.finfo(xp.real(self.y).dtype).eps) ** 2) * misfit[-1])
        score = misfit + variance * (2 * dofs + squared)
        return float(vertex(weights, score)[0]), variance

    def std(self, weight: float, noise: float, draws: int = 24) -> Array:
        """Return the standard deviation of the error, if the penalty is the signal's own law.

        Draws of N(0, noise (A^H A + w Q)^-1), each the solution for a random right-hand side
        (Papandreou & Yuille 2010, "Gaussian sampling by local perturbations").
        """
        draw = np.random.default_rng(0)
        total = np.zeros(self.A.shape)
        root = math.sqrt(weight)
        for _ in range(draws):
            e = like(draw.standard_normal(tuple(self.y.shape)), self.y)
            right = self.A.adjoint(e) + like(root * self.penalty.draw(draw), self.y)
            x = self.solve(weight, right, None, 1e-2, PATH.steps).x
            total += np.abs(to_numpy(x)) ** 2
        return like(np.sqrt(noise * total / draws), self.y)
