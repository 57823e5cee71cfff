"""The quadratic problem of a signal that is free beyond the window.

Where the window is the whole grid the solution is the filter G H*, G = 1 / (|H|^2 + q). Where it is
not, the same filter is applied to data that fill the grid (`border`); with dead or weighted
samples, or a stride, conjugate gradients on the normal equations are preconditioned by the filter.
(Vogel, "Computational Methods for Inverse Problems", 2002, doi:10.1137/1.9780898717570; Hanke &
Nagy 1996, doi:10.1088/0266-5611/12/2/004.)
"""

from __future__ import annotations

import math

from sigdeconv._array import Array, is_complex, namespace
from sigdeconv.solvers.conjugate_gradients import conjugate_gradients, inner, noise_energy
from sigdeconv.solvers.grid import PeriodicGrid
from sigdeconv.solvers.quadratic.border import Border, make_border
from sigdeconv.solvers.quadratic.solution import Solution

__all__ = ["power_of", "reciprocal", "solve_free"]


def power_of(otf: Array) -> Array:
    """Return |H|^2."""
    xp = namespace(otf)
    power = xp.real(otf) ** 2
    power += xp.imag(otf) ** 2
    return power


def reciprocal(power: Array, q: Array) -> Array:
    """Return 1 / (|H|^2 + q), and 0 where neither the data nor the penalty say anything."""
    xp = namespace(power)
    total = power + q
    floor = float(xp.finfo(total.dtype).eps) ** 2 * (float(xp.max(total)) or 1.0)
    if float(xp.min(total)) > floor:
        return 1 / total
    dead = total <= floor
    return xp.where(dead, xp.zeros_like(total), 1 / xp.where(dead, xp.ones_like(total), total))


def solve_free(
    y: Array, grid: PeriodicGrid, q: Array, tol: float, num_iter: int, noise: float | None
) -> Solution:
    """Solve on the grid, in which the signal beyond the window is free."""
    inverse = reciprocal(power_of(grid.otf), q)
    if grid.is_whole:
        return Solution(_back(grid, grid.to_spectrum(y), inverse))
    if grid.decimation > 1 or grid.A.mask is not None:
        return _by_normal_equations(y, grid, q, inverse, tol, num_iter, noise)
    xp = namespace(q)
    # P of `border`; what neither data nor penalty reach cannot be seen, and costs all.
    left = xp.where(inverse > 0, q * inverse, xp.ones_like(q))
    border = make_border(grid, left)
    if border is None:
        return _by_normal_equations(y, grid, q, inverse, tol, num_iter, noise)
    return _by_border(y, border, inverse, tol, num_iter, noise)


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
    x = grid.to_spectrum(grid.continued(y)) * back * inverse

    def normal(s: Array) -> Array:
        return grid.project(s * grid.otf) * back + q * s

    misfit = 0.0
    if noise is None:
        rest = A.weigh(grid.to_signal(x * grid.otf)[A.samples] - y)
        misfit = float(xp.sum(xp.abs(rest) ** 2))
    points = math.prod(grid.shape)  # the transforms are not unitary
    scale = noise_energy(A.weigh(y), noise, misfit) * points
    data = grid.upsample(A.weigh(A.weigh(y)))  # M^H M y
    r = grid.to_spectrum(data) * back - normal(x)
    found = conjugate_gradients(
        normal, r, x, lambda r: r * inverse, grid.inner, scale, tol, num_iter
    )
    x = grid.on_domain(grid.to_signal(found.x))
    return Solution(x, found.num_iter, found.stop, found.gap)
