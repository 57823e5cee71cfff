"""Second-order total generalised variation: edges stay sharp, ramps stay ramps.

    TGV(x) = min over w of  sum |grad x - w| + ratio sum |E w|

with E w the symmetrised gradient of the field w (Bredies, Kunisch & Pock 2010). Where w is zero it
is total variation, where w is the gradient the size of the Hessian; each place takes the lesser.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import final

from sigdeconv._array import Array, NumpyArray, namespace, zeros
from sigdeconv._checks import number
from sigdeconv.priors._prior import LEAST_LENGTH, Prior, register
from sigdeconv.priors.maps import Gradient, Grid, LinearMap, steps_of

__all__ = ["TGV"]


@register("tgv")
@final
@dataclasses.dataclass(frozen=True)
class TGV(Prior):
    """Second-order total generalised variation.

    Parameters
    ----------
    ratio : float
        Weight of curvature over that of an edge, in samples; above 0. Bredies, Kunisch & Pock take
        2: ramps of some samples count as ramps.
    spacing : sequence of float, optional
        Sample distance on each axis, in any unit: only the ratios count.

    References
    ----------
    .. [1] K. Bredies, K. Kunisch, T. Pock, "Total generalized variation", SIAM J. Imaging Sci. 3,
           2010, :doi:`10.1137/090769521`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import TGV
    >>> TGV(2.0).value(np.array([[1.0, 0.0], [0.0, 3.0]]))  # one slope, one bend of the field
    7.0
    """

    ratio: float = 2.0
    spacing: Sequence[float] | None = None

    def __post_init__(self) -> None:
        number("ratio", self.ratio, above=0)

    def auxiliaries(self, ndim: int) -> int:
        """Return the components of the field w."""
        return ndim

    def linear_map(self, grid: Grid) -> LinearMap:
        """Return grad x - w and E w, of x and w on a first axis."""
        return GeneralisedGradient(grid.shape, self.spacing)

    def _split(self, c: Array) -> int:
        """Return the number of slopes among the parts: n of n + n (n + 1) / 2."""
        return next(n for n in range(1, c.shape[0] + 1) if n + n * (n + 1) // 2 == c.shape[0])

    def value(self, c: Array) -> float:
        """Return the sum of both lengths."""
        xp, n = namespace(c), self._split(c)
        lengths = (xp.sqrt(xp.sum(part * part, axis=0)) for part in (c[:n, ...], c[n:, ...]))
        slope, bend = (float(xp.sum(length, dtype=xp.float64)) for length in lengths)
        return slope + self.ratio * bend

    def prox(self, c: Array, step: float) -> Array:
        """Return both vectors shortened, slopes by `step` and bends by ratio times that."""
        xp, n = namespace(c), self._split(c)
        parts = []
        for part, cut in ((c[:n, ...], step), (c[n:, ...], self.ratio * step)):
            length = xp.sqrt(xp.sum(part * part, axis=0, keepdims=True))
            parts.append(part * (1 - cut / xp.clip(length, min=max(cut, LEAST_LENGTH))))
        return xp.concat(parts)


@final
class GeneralisedGradient(LinearMap):
    """The map of x and w to grad x - w and E w; the mixed parts of E w times the root of two."""

    def __init__(self, shape: tuple[int, ...], spacing: Sequence[float] | None = None) -> None:
        LinearMap.__init__(self, shape)
        self.gradient = Gradient(shape, spacing)
        self._factors = tuple(1 / s for s in steps_of(spacing, len(shape)))
        n = len(shape)
        self.mixed = [(k, m) for k in range(n) for m in range(k + 1, n)]

    @property
    def gain(self) -> NumpyArray:
        """Raise: the auxiliary field is no part of a grid's diagonal."""
        raise NotImplementedError("a map with auxiliary fields has no gain on the grid")

    def _back(self, a: Array, k: int) -> Array:
        """Return a[i] - a[i - 1] along an axis."""
        return self._factors[k] * (a - namespace(a).roll(a, 1, axis=k - len(self.shape)))

    def _back_adjoint(self, a: Array, k: int) -> Array:
        return self._factors[k] * (a - namespace(a).roll(a, -1, axis=k - len(self.shape)))

    def forward(self, x: Array) -> Array:
        """Return the coefficients of signal and field."""
        xp, n = namespace(x), len(self.shape)
        w = x[1:, ...]
        bends = [self._back(w[k, ...], k) for k in range(n)]
        half = 0.5**0.5
        bends += [half * (self._back(w[k, ...], m) + self._back(w[m, ...], k))
                  for k, m in self.mixed]  # fmt: skip
        return xp.concat([self.gradient.forward(x[0, ...]) - w, xp.stack(bends)])

    def adjoint(self, c: Array) -> Array:
        """Return signal and field of coefficients."""
        n = len(self.shape)
        x = zeros((1 + n, *c.shape[1:]), c)
        x[0, ...] = self.gradient.adjoint(c[:n, ...])
        for k in range(n):
            x[1 + k, ...] = self._back_adjoint(c[n + k, ...], k) - c[k, ...]
        for i, (k, m) in enumerate(self.mixed):
            part = 0.5**0.5 * c[2 * n + i, ...]
            x[1 + k, ...] += self._back_adjoint(part, m)
            x[1 + m, ...] += self._back_adjoint(part, k)
        return x

    def inside(self, domain: Array) -> Array | None:
        """Return the differences with both samples in the domain."""
        xp, n = namespace(domain), len(self.shape)
        back = [domain & xp.roll(domain, 1, axis=k - n) for k in range(n)]
        slopes = self.gradient.inside(domain)
        assert slopes is not None
        bends = back + [back[k] & back[m] for k, m in self.mixed]
        return xp.concat([slopes, xp.stack(bends)])
