"""Where a variational problem is solved: a periodic grid on which every operator is diagonal.

    y = W F^-1 H F u,     u = P x

The window W is a slice. For the boundaries ``unknown`` and ``periodic`` the signal u on the grid is
free (`PeriodicGrid`). Every other boundary ties the samples beyond the border to those inside,
u = pad x; then u is split from its projection on such signals, which is pad(fold(u) / fold(pad 1)).
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import final

import numpy as np

from sigdeconv._array import Array, NumpyArray, namespace, zeros
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.checks import check_real
from sigdeconv.solvers.grid import PeriodicGrid, has_free_grid, make_periodic_grid, takes_mean

__all__ = ["VariationalGrid", "make_variational_grid", "with_mean"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class VariationalGrid:
    """The grid of a problem.

    Attributes
    ----------
    periodic : PeriodicGrid
        Shape, transfer function, transforms; ``periodic.A.samples`` are the data on the grid.
    A : Convolution
        The operator.
    constrained : bool
        True when the boundary ties the signal beyond the border to the inside.
    """

    periodic: PeriodicGrid
    A: Convolution
    constrained: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the grid."""
        return self.periodic.shape

    def to_spectrum(self, a: Array) -> Array:
        """Return the half spectrum of `a`."""
        return self.periodic.to_spectrum(a)

    def to_signal(self, spectrum: Array) -> Array:
        """Return the signal of a half spectrum, whose memory may be used up."""
        return self.periodic.to_signal(spectrum)

    @functools.cached_property
    def size(self) -> float:
        """The largest |H|: data a unit of the estimate, for steps and thresholds of the latter."""
        xp = namespace(self.periodic.otf)
        return float(xp.max(xp.abs(self.periodic.otf))) or 1.0

    @property
    def window(self) -> tuple[object, ...]:
        """Where the data lie on the grid."""
        return (..., *self.periodic.A.samples)

    @property
    def between_borders(self) -> tuple[tuple[object, ...], ...]:
        """The samples between the end of an axis and its start, for each axis that has some.

        Differences across them cost nothing: beyond one border is not what is beyond the other.
        """
        if self.A.boundary != "unknown":
            return ()
        ends = zip(self.A.shape, self.shape, strict=True)
        last = len(self.shape) - 1
        return tuple(
            (..., slice(n, size), *(slice(None),) * (last - axis))
            for axis, (n, size) in enumerate(ends)
            if size > n
        )

    @property
    def _padded(self) -> tuple[object, ...]:
        widths = self.A.grid.padding
        ends = (n + a + b for n, (a, b) in zip(self.A.shape, widths, strict=True))
        return (..., *(slice(0, n) for n in ends))

    def domain_of(self, u: Array) -> Array:
        """Return the part of a grid signal that is the operator's domain."""
        padding = self.A.grid.padding
        starts = [a if self.constrained else 0 for a, _ in padding]
        inside = (slice(a, a + n) for a, n in zip(starts, self.A.shape, strict=True))
        return u[(..., *inside)]

    def inside(self, model: Array) -> Array:
        """Return true for the samples of the domain, on the grid."""
        xp = namespace(model)
        u = zeros(self.shape, model)
        self.domain_of(u)[...] = 1
        return xp.astype(u, xp.bool)

    def extend(self, x: Array) -> Array:
        """Return the grid signal of a signal on the domain, for a constrained boundary."""
        u = zeros((*x.shape[: x.ndim - len(self.shape)], *self.shape), x)
        u[self._padded] = pad(x, self._widths(x), self.A.boundary)
        return u

    def _widths(self, x: Array) -> list[tuple[int, int]]:
        lead = x.ndim - len(self.shape)
        return [(0, 0)] * lead + list(self.A.grid.padding)

    def project(self, u: Array) -> Array:
        """Return the nearest grid signal that the boundary allows; zero beyond what it fills."""
        ones = zeros(self.A.shape, u) + 1
        count = fold(pad(ones, self.A.grid.padding, self.A.boundary), self.A.grid.padding,
                     self.A.boundary)  # fmt: skip
        part = u[self._padded]
        return self.extend(fold(part, self._widths(u), self.A.boundary) / count)

    def start(self, y: Array, *, smooth: bool = False) -> Array:
        """Return a first estimate: the data continued over the grid, as if nothing was blurred.

        Where the border is unknown both ends are mirrored, and meet in a step between them; a
        `smooth` one is that, blurred twice. Of a kernel that takes the mean away, data are none;
        its start is their correlation with it.
        """
        if takes_mean(self.A):  # it has no sign that rounding would not change
            return self._correlated(self.continued(y))
        scale = math.copysign(self.size, float(np.sum(self.A.psf)))
        if self.A.boundary != "unknown":
            return self.continued(y) / scale
        u = self._mirrored(y) / scale
        if not smooth:
            return u
        gain = namespace(u).abs(self.periodic.otf) / self.size
        return self.to_signal(self.to_spectrum(u) * gain**2)

    def _correlated(self, u: Array) -> Array:
        """Return a signal of the grid correlated with the kernel, in the size of an estimate."""
        back = namespace(u).conj(self.periodic.otf) / self.size**2
        u = self.to_signal(self.to_spectrum(u) * back)
        return self.project(u) if self.constrained else u

    def _mirrored(self, y: Array) -> Array:
        """Return data at the place of the window on the grid, mirrored at both of its ends."""
        xp, lead = namespace(y), y.ndim - len(self.shape)
        parts = zip(self.shape, self.A.shape, self.A.window, self.A.stride, strict=True)
        for axis, (size, n, window, stride) in enumerate(parts, lead):
            if stride > 1:
                y = xp.repeat(y, stride, axis=axis)
            have, step = y.shape[axis], (n + size) // 2  # the step is in the middle of the gap
            widths = [(0, 0)] * y.ndim
            widths[axis] = (window.start + size - step, step - window.start - have)
            y = xp.roll(pad(y, widths, "reflect"), step - size, axis=axis)
        return y

    def continued(self, y: Array) -> Array:
        """Return data continued smoothly over the grid."""
        if not self.constrained:
            return _each(self.periodic.continued, y, len(self.shape))
        x = zeros((*y.shape[: y.ndim - len(self.shape)], *self.A.shape), y)
        xp = namespace(y)
        x = x + xp.mean(y)
        window = x[(..., *self.A.window)]
        if all(s == 1 for s in self.A.stride) and window.shape == y.shape:
            x[(..., *self.A.window)] = y
        return self.extend(x)


def _each(function: Callable[[Array], Array], y: Array, ndim: int) -> Array:
    """Apply a function of a signal to every signal of a stack."""
    xp = namespace(y)
    if y.ndim == ndim:
        return function(y)
    return xp.stack([_each(function, y[k, ...], ndim) for k in range(y.shape[0])])


def with_mean(A: Convolution, gain: NumpyArray) -> NumpyArray:
    """Return the gain of a prior's map, on the mean too where the kernel takes that away.

    The mean, of which the data hold nothing but noise, then costs what the cheapest other frequency
    does, as in a quadratic problem (`penalty_for`).
    """
    first = (0,) * gain.ndim
    if gain[first] > 0 or gain.size < 2 or not takes_mean(A):
        return gain
    others = np.delete(gain.ravel(), 0)
    gain = gain + 0
    gain[first] = others.min()
    return gain


def make_variational_grid(A: Convolution, y: Array) -> VariationalGrid:
    """Return the grid for the problem of `A` and data like `y`.

    Raises
    ------
    TypeError
        If the data or the kernel are complex.
    """
    check_real(y, A)
    if has_free_grid(A):
        return VariationalGrid(make_periodic_grid(A, y), A, False)
    return VariationalGrid(PeriodicGrid(A, A.grid.shape, A.transfer(y), False), A, True)
