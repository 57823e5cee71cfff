"""Half-quadratic splitting for any operator: the quadratic step by conjugate gradients.

    (A^H M A + rho L^H L) u = A^H M y + rho L^H z

What `sigdeconv.solvers.variational.half_quadratic` takes its stages on, where there is no grid on
which everything is diagonal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, final

from sigdeconv._array import Array, namespace, real_dtype
from sigdeconv.losses import DataTerm
from sigdeconv.operators.base import Operator
from sigdeconv.priors import Prior
from sigdeconv.solvers.conjugate_gradients import conjugate_gradients, inner
from sigdeconv.solvers.matrix_free.domain import DomainMap

__all__ = ["Splitting"]

ERROR, MOST = 0.02, 60  # what a stage may leave, as a part of the noise; its most iterations


@final
class HeldTerm:
    """The copy of L u, which is set from outside."""

    def __init__(self, prior: Prior, shape: tuple[int, ...], workers: int | None) -> None:
        self.map: Any = DomainMap(prior, shape, workers)
        self.rho, self.held = 0.0, True
        self.z: Any = None
        self.d: Any = None

    def pull(self) -> Array:
        """Return L^H (z - d)."""
        pulled: Array = self.map.adjoint(self.z - self.d)
        return pulled

    def released(self, z: Array, v: Array) -> Array:
        """Return `z` as it is: no border is free here."""
        return z


@final
class FreeDomain:
    """The domain, in the place of a grid."""

    constrained = False

    def __init__(self, shape: tuple[int, ...], size: float) -> None:
        self.shape, self.size = shape, size

    def to_spectrum(self, a: Array) -> Array:
        """Return the signal itself: no map of it is taken in a spectrum."""
        return a


@final
class Splitting:
    """Estimate, copy, and the step that ties the two.

    Parameters
    ----------
    A : Operator
        The operator, without its mask.
    data : DataTerm
        Least squares, with the mask.
    prior : Prior
        The prior.
    u : array
        Start.
    norm : float
        Spectral norm of A.
    std : float
        Standard deviation of the noise.
    """

    direct = True  # a step solves the quadratic problem

    def __init__(
        self, A: Operator, data: DataTerm, prior: Prior, u: Array, norm: float, std: float
    ) -> None:
        self.A, self.data, self.u = A, data, u
        self.grid: Any = FreeDomain(A.shape, norm or 1.0)
        self.terms: list[Any] = [HeldTerm(prior, A.shape, A.workers)]
        self.Hu = A.forward(u)
        eps = float(namespace(u).finfo(real_dtype(u)).eps)
        size = eps**2 * float(namespace(u).mean(data.y**2))
        self._scale = (std**2 + size) * math.prod(data.y.shape) * self.grid.size**2

    def prepare(self) -> None:
        """Do nothing: there are no filters to make."""

    def step(self) -> None:
        """Solve for the estimate, with the copy held."""
        term, m = self.terms[0], self.data.m

        def back(y: Array) -> Array:
            return self.A.adjoint(y if m is None else y * m)

        def normal(u: Array) -> Array:
            pulled: Array = term.map.adjoint(term.map.forward(u))
            return back(self.A.forward(u)) + term.rho * pulled

        right = back(self.data.y) + term.rho * term.pull()
        same: Callable[[Array], Array] = lambda r: r  # noqa: E731
        found = conjugate_gradients(
            normal, right - normal(self.u), self.u, same, inner, self._scale, ERROR, MOST
        )
        self.replace(found.x)

    def replace(self, u: Array) -> None:
        """Go on from another estimate."""
        self.u, self.Hu = u, self.A.forward(u)
