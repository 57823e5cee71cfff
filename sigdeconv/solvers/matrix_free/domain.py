"""The linear map of a prior on the domain of any operator, whose border is free.

A prior's map lives on a periodic grid. Here the domain is mirrored a little beyond its border onto
such a grid, and only those coefficients count that look at the domain alone; for filter banks those
that stand in it.
"""

from __future__ import annotations

import functools
from typing import Any, final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, like, namespace, zeros
from sigdeconv.operators.base import Operator
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.priors import Prior
from sigdeconv.priors.maps import Identity, LinearMap

__all__ = ["DomainGrid", "DomainMap"]

BEYOND = {False: 2, True: 16}  # samples beyond the border: of differences, of filter banks


@final
class DomainGrid:
    """A periodic grid, for the map of a prior."""

    def __init__(self, shape: tuple[int, ...], workers: int | None = None) -> None:
        self.shape, self.workers = shape, workers

    def to_spectrum(self, a: Array) -> Array:
        """Return the half spectrum over the last axes."""
        return _fft.rfftn(a, self.shape, workers=self.workers)

    def to_signal(self, spectrum: Array) -> Array:
        """Return the signal of a half spectrum."""
        return _fft.irfftn(spectrum, self.shape, workers=self.workers)


@final
class DomainMap(Operator):
    """L of a prior on a domain, with its auxiliary fields before it.

    Parameters
    ----------
    prior : Prior
        The prior.
    shape : tuple of int
        The domain.
    workers : int, optional
        FFT threads.
    """

    in_spectrum = False  # it takes signals, whatever the prior's own map takes

    def __init__(self, prior: Prior, shape: tuple[int, ...], workers: int | None = None) -> None:
        made = prior.linear_map(DomainGrid(shape, workers))
        self.domain, self.lead = shape, prior.auxiliaries(len(shape))
        self.plain = isinstance(made, Identity) and not self.lead
        reach = BEYOND[made.in_spectrum]
        ends = [(reach, reach) if n > 1 else (0, 0) for n in shape]
        if made.in_spectrum:  # lengths that the FFT likes; a mirror goes no further than the domain
            ends = [_ends(n, a) for n, (a, _) in zip(shape, ends, strict=True)]
        self.ends = [(min(a, n), min(b, n)) for n, (a, b) in zip(shape, ends, strict=True)]
        size = tuple(n + a + b for n, (a, b) in zip(shape, self.ends, strict=True))
        self.grid = DomainGrid(size, workers)
        self.map: LinearMap = prior.linear_map(self.grid)
        self._widths = [(0, 0)] * (1 if self.lead else 0) + self.ends

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what it acts on: the domain, with the auxiliaries on a first axis."""
        return (1 + self.lead, *self.domain) if self.lead else self.domain

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the coefficients."""
        return (1, *self.domain) if self.plain else (self._parts, *self.grid.shape)

    @functools.cached_property
    def _parts(self) -> int:
        wide = np.zeros((1 + self.lead, *self.grid.shape) if self.lead else self.grid.shape)
        seen = self.grid.to_spectrum(wide) if self.map.in_spectrum else wide
        return int(self.map.forward(seen).shape[0])

    @functools.cached_property
    def _keep(self) -> np.ndarray[Any, Any]:
        inside = np.zeros(self.grid.shape, bool)
        at = zip(self.domain, self.ends, strict=True)
        inside[tuple(slice(a, a + n) for n, (a, _) in at)] = True
        kept = self.map.inside(inside)
        return inside[None, ...] if kept is None else np.asarray(kept)

    def _held(self, c: Array) -> Array:
        xp = namespace(c)
        return xp.where(like(self._keep, c) > 0, c, xp.zeros_like(c))

    def _forward(self, x: Array) -> Array:
        """Return the coefficients of a signal; those that look beyond the border are zero."""
        if self.plain:
            return x[None, ...]
        wide = pad(x, self._widths, "reflect")
        seen = self.grid.to_spectrum(wide) if self.map.in_spectrum else wide
        return self._held(self.map.forward(seen))

    def _adjoint(self, y: Array) -> Array:
        """Return L^H y."""
        if self.plain:
            return y[0, ...]
        wide = self.map.adjoint(self._held(y))
        wide = self.grid.to_signal(wide) if self.map.in_spectrum else wide
        return fold(wide, self._widths, "reflect")

    @functools.cached_property
    def size(self) -> float:
        """The spectral norm, a little from above."""
        return 1.0 if self.plain else 1.02 * self.norm(num_iter=40, tol=1e-3)

    def lift(self, x: Array) -> Array:
        """Return a signal with auxiliaries of zero."""
        if not self.lead:
            return x
        whole = zeros(self.shape, x)
        whole[0, ...] = x
        return whole


def _ends(n: int, reach: int) -> tuple[int, int]:
    """Return the samples before and after an axis, so that their sum is a fast length."""
    size = _fft.next_fast_len(n + 2 * reach) if n > 1 else n
    return (size - n) // 2, size - n - (size - n) // 2
