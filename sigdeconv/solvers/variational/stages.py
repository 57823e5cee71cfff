"""Which iteration a prior asks for: alternating directions, or stages where it is not convex."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sigdeconv._array import Array
from sigdeconv.operators.base import Operator
from sigdeconv.priors import Denoiser, HyperLaplacian, Prior
from sigdeconv.solvers.grid import mean_weight
from sigdeconv.solvers.variational.half_quadratic import anneal, plug_in
from sigdeconv.solvers.variational.problem import Iterates, alternating_directions, spread_of

__all__ = ["iterates_of"]

CONTRAST = 0.7  # of the data's spread: what a denoiser is first told to remove


def iterates_of(prior: Prior, A: Operator) -> Iterates:
    """Return the iteration for a prior and the data of an operator."""
    if isinstance(prior, HyperLaplacian):
        power = prior

        def annealed(admm: Any, weight: float, std: float) -> Iterator[tuple[Array, Array]]:
            largest = spread_of(admm.data.y) / admm.grid.size
            return anneal(admm, power.prox, weight, power.exponent, largest, std)

        return annealed
    if isinstance(prior, Denoiser):

        def plugged(admm: Any, weight: float, std: float) -> Iterator[tuple[Array, Array]]:
            largest = CONTRAST * spread_of(admm.data.y) / admm.grid.size
            return plug_in(admm, prior.prox, weight * mean_weight(A), largest, std)

        return plugged
    return alternating_directions
