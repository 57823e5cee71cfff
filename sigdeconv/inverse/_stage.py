"""Where a variational problem is solved: a periodic grid on which every operator is diagonal.

    y = W F^-1 H F u,     u = P x

The window W is a slice. For the boundaries ``unknown`` and ``periodic`` the signal u on the grid is
free (`_torus`). Every other boundary ties the samples beyond the border to those inside, u = pad x;
then u is split from its projection on such signals, which is pad(fold(u) / fold(pad 1)).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.inverse._arguments import check_real
from sigdeconv.inverse._torus import Torus, make_torus
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.operators.convolution import Convolution

__all__ = ["Stage", "make_stage"]


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """The grid of a problem.

    Attributes
    ----------
    torus : Torus
        Shape, transfer function, transforms; ``torus.A._slices`` are the data on the grid.
    A : Convolution
        The operator.
    tied : bool
        True when the boundary ties the signal beyond the border to the inside.
    """

    torus: Torus
    A: Convolution
    tied: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the grid."""
        return self.torus.shape

    def to_spectrum(self, a: Array) -> Array:
        """Return the half spectrum of `a`."""
        return self.torus.to_spectrum(a)

    def to_signal(self, spectrum: Array) -> Array:
        """Return the signal of a half spectrum, whose memory may be used up."""
        return self.torus.to_signal(spectrum)

    @property
    def data(self) -> tuple[object, ...]:
        """Where the data lie on the grid."""
        return (..., *self.torus.A._slices)

    @property
    def _padded(self) -> tuple[object, ...]:
        widths = self.A._grid()[1]
        ends = (n + a + b for n, (a, b) in zip(self.A.shape, widths, strict=True))
        return (..., *(slice(0, n) for n in ends))

    def domain_of(self, u: Array) -> Array:
        """Return the part of a grid signal that is the operator's domain."""
        starts = [a for a, _ in self.A._grid()[1]] if self.tied else [0] * len(self.A.shape)
        inside = (slice(a, a + n) for a, n in zip(starts, self.A.shape, strict=True))
        return u[(..., *inside)]

    def inside(self, model: Array) -> Array:
        """Return true for the samples of the domain, on the grid."""
        xp = namespace(model)
        u = zeros(self.shape, model)
        self.domain_of(u)[...] = 1
        return xp.astype(u, xp.bool)

    def extend(self, x: Array) -> Array:
        """Return the grid signal of a signal on the domain, for a tied boundary."""
        u = zeros((*x.shape[: x.ndim - len(self.shape)], *self.shape), x)
        u[self._padded] = pad(x, self._widths(x), self.A.boundary)
        return u

    def _widths(self, x: Array) -> list[tuple[int, int]]:
        lead = x.ndim - len(self.shape)
        return [(0, 0)] * lead + list(self.A._grid()[1])

    def project(self, u: Array) -> Array:
        """Return the nearest grid signal that the boundary allows; zero beyond what it fills."""
        ones = zeros(self.A.shape, u) + 1
        count = fold(pad(ones, self.A._grid()[1], self.A.boundary), self.A._grid()[1],
                     self.A.boundary)  # fmt: skip
        part = u[self._padded]
        return self.extend(fold(part, self._widths(u), self.A.boundary) / count)

    def start(self, y: Array) -> Array:
        """Return data continued smoothly over the grid."""
        if not self.tied:
            return _each(self.torus.continued, y, len(self.shape))
        x = zeros((*y.shape[: y.ndim - len(self.shape)], *self.A.shape), y)
        xp = namespace(y)
        x = x + xp.mean(y)
        window = x[(..., *self.A.window)]
        if all(s == 1 for s in self.A._stride) and window.shape == y.shape:
            x[(..., *self.A.window)] = y
        return self.extend(x)


def _each(function: Callable[[Array], Array], y: Array, ndim: int) -> Array:
    """Apply a function of a signal to every signal of a stack."""
    xp = namespace(y)
    if y.ndim == ndim:
        return function(y)
    return xp.stack([_each(function, y[k, ...], ndim) for k in range(y.shape[0])])


def make_stage(A: Convolution, y: Array) -> Stage:
    """Return the grid for the problem of `A` and data like `y`.

    Raises
    ------
    TypeError
        If the data or the kernel are complex.
    """
    check_real(y, A)
    if A.boundary in ("periodic", "unknown") and all(A._implicit):
        return Stage(make_torus(A, y), A, False)
    grid = A._grid()[0]
    return Stage(Torus(A, grid, A._filter(y, False), False), A, True)
