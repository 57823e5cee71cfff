"""Which iteration a prior asks for: alternating directions, or stages where it is not convex."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sigdeconv._array import Array
from sigdeconv.operators.base import Operator
from sigdeconv.priors import Denoiser, HyperLaplacian, Prior
from sigdeconv.solvers.grid import mean_weight
from sigdeconv.solvers.variational.admm import Admm
from sigdeconv.solvers.variational.blocks import collaborate
from sigdeconv.solvers.variational.half_quadratic import anneal, plug_in
from sigdeconv.solvers.variational.problem import Iterates, alternating_directions, spread_of

__all__ = ["iterates_of"]

CONTRAST = 0.7  # of the data's spread: what a denoiser is first told to remove


def iterates_of(prior: Prior, A: Operator, *, own_weight: bool = False) -> Iterates:
    """Return the iteration for a prior and the data of an operator.

    With `own_weight` block matching finds its weight, whatever it is told.
    """
    if isinstance(prior, HyperLaplacian):
        power = prior

        def annealed(admm: Any, weight: float, std: float) -> Iterator[tuple[Array, Array]]:
            largest = _spread(admm) / admm.grid.size
            return anneal(admm, power.prox, weight, power.exponent, largest, std)

        return annealed
    if isinstance(prior, Denoiser):

        def plugged(admm: Any, weight: float, std: float) -> Iterator[tuple[Array, Array]]:
            if prior.denoise == "block_matching" and isinstance(admm, Admm):
                return collaborate(admm, None if own_weight else weight, std)
            largest = CONTRAST * _spread(admm) / admm.grid.size
            return plug_in(admm, prior.prox, weight * mean_weight(A), largest, std)

        return plugged
    return alternating_directions


def _spread(admm: Any) -> float:
    """Return the size of the data beside their level, as the iteration was told it."""
    return admm.unit if isinstance(admm, Admm) else spread_of(admm.data.y)
