"""The quadratic problem of a signal that its boundary ties to the samples inside.

The unknowns are the samples of the domain. The penalty acts on the signal mirrored once on each
axis, so that it sees no edge where there is none; with a symmetric kernel and boundary ``reflect``
the preconditioner is the exact inverse.
"""

from __future__ import annotations

from sigdeconv._array import Array, namespace
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.solvers.conjugate_gradients import conjugate_gradients, inner, noise_energy
from sigdeconv.solvers.grid import PeriodicGrid, mean_weight
from sigdeconv.solvers.quadratic.solution import Solution
from sigdeconv.solvers.start import flat_estimate

__all__ = ["solve_constrained"]


def solve_constrained(
    y: Array, grid: PeriodicGrid, q: Array, tol: float, num_iter: int, noise: float | None
) -> Solution:
    """Solve for the samples of the domain; `grid` is that of the mirrored domain."""
    A = grid.A
    xp = namespace(y)
    widths = [(0, n) for n in A.shape]
    copies = 2 ** len(A.shape)
    inverse = grid.ridge(q)

    def filtered(x: Array, spectrum: Array) -> Array:
        z = grid.to_signal(grid.to_spectrum(pad(x, widths, "reflect")) * spectrum)
        return fold(z, widths, "reflect") / copies

    def normal(x: Array) -> Array:
        return A.adjoint(A.forward(x)) + filtered(x, q)

    y = A.weigh(y)
    # A penalty leaves the mean alone: the level of the scene goes into the start, or its adjoint,
    # which is not constant at the border, would.
    level = flat_estimate(y, A) if float(q[(0,) * q.ndim]) == 0 else None
    rest = y if level is None else y - A.forward(level)
    data = A.adjoint(rest)
    x = filtered(data, inverse)
    misfit = float(xp.sum(xp.abs(A.forward(x) - rest) ** 2)) if noise is None else 0.0
    scale = noise_energy(y, None if noise is None else noise * mean_weight(A), misfit)
    found = conjugate_gradients(
        normal, data - normal(x), x, lambda r: filtered(r, inverse), inner, scale, tol, num_iter
    )
    x = found.x if level is None else level + found.x
    return Solution(x, found.num_iter, found.stop, found.gap)
