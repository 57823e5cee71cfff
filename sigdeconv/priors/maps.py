"""Linear maps of a periodic grid that are diagonal in the Fourier basis: what priors act on.

Each has a forward map, its exact adjoint, and the gain sum_k |L_k(f)|^2 that a solver divides by.
Differences are taken in space, filter banks in the frequency domain: `in_spectrum` says which.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, Protocol, final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, as_float, like, namespace, to_numpy, zeros

__all__ = ["Bank", "Gradient", "Grid", "Hessian", "Identity", "LinearMap", "steps_of"]


class Grid(Protocol):
    """A periodic grid with its real transform."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples on each axis of space."""
        ...

    def to_spectrum(self, a: Array) -> Array:
        """Return the half spectrum over the last axes."""
        ...

    def to_signal(self, spectrum: Array) -> Array:
        """Return the signal of a half spectrum, whose memory may be used up."""
        ...


class LinearMap(abc.ABC):
    """L: estimates on the grid to coefficients, whose first axis counts the parts."""

    in_spectrum: bool = False

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    @property
    @abc.abstractmethod
    def gain(self) -> NumpyArray:
        """L^H L on the half spectrum of the grid."""

    @abc.abstractmethod
    def forward(self, x: Array) -> Array:
        """Return the coefficients of an estimate, or of its spectrum where `in_spectrum`."""

    @abc.abstractmethod
    def adjoint(self, c: Array) -> Array:
        """Return L^H c, as a spectrum where `in_spectrum`."""

    def inside(self, domain: Array) -> Array | None:
        """Return which coefficients look at the domain (true samples) alone; None for all."""
        return None


def steps_of(spacing: Sequence[float] | None, ndim: int) -> tuple[float, ...]:
    """Return the sample distances on each axis in units of the least one.

    Raises
    ------
    ValueError
        If they are not positive numbers, one an axis.
    """
    if spacing is None:
        return (1.0,) * ndim
    steps = to_numpy(as_float(spacing, "spacing"))
    fits = steps.dtype.kind == "f" and steps.shape == (ndim,)
    if not fits or not np.all(np.isfinite(steps) & (steps > 0)):
        raise ValueError(f"spacing must be {ndim} positive numbers, one an axis; got {spacing!r}")
    return tuple(float(s) for s in steps / steps.min())


def _ends(ndim: int, axis: int) -> tuple[tuple[Any, ...], ...]:
    """Return slices along an axis: all but the last sample, all but the first, the first, the last.

    The axis is negative.
    """
    tail = (slice(None),) * (-1 - axis)
    parts = (slice(0, -1), slice(1, None), slice(0, 1), slice(-1, None))
    return tuple((..., part, *tail) for part in parts)


def _frequencies(shape: tuple[int, ...], axis: int) -> NumpyArray:
    """Return the frequencies of one axis of the half spectrum, shaped to broadcast over it."""
    f = _fft.frequencies(shape[axis], axis == len(shape) - 1)
    return f.reshape([-1 if k == axis else 1 for k in range(len(shape))])


@final
class Identity(LinearMap):
    """The samples themselves, as one part."""

    @property
    def gain(self) -> NumpyArray:
        """One at every frequency."""
        return np.ones((1,) * len(self.shape))

    def forward(self, x: Array) -> Array:
        """Return `x` with a new first axis."""
        return x[None, ...]

    def adjoint(self, c: Array) -> Array:
        """Return the only part."""
        return c[0, ...]

    def inside(self, domain: Array) -> Array | None:
        """Return the domain."""
        return domain[None, ...]


@final
class Gradient(LinearMap):
    """Forward differences along each axis, over the sample distance."""

    def __init__(self, shape: tuple[int, ...], spacing: Sequence[float] | None = None) -> None:
        LinearMap.__init__(self, shape)
        self._factors = tuple(1 / s for s in steps_of(spacing, len(shape)))

    @property
    def gain(self) -> NumpyArray:
        """Sum of 4 sin^2(pi f) / spacing^2."""
        total = np.zeros((1,) * len(self.shape))
        for k, factor in enumerate(self._factors):
            f = _frequencies(self.shape, k)
            total = total + (2 * factor * np.sin(np.pi * f)) ** 2
        return total

    def forward(self, x: Array) -> Array:
        """Return x[i + 1] - x[i] along every axis."""
        xp, n = namespace(x), len(self.shape)
        c = zeros((n, *x.shape), x) if xp is not np else np.empty((n, *x.shape), x.dtype)
        for k, factor in enumerate(self._factors):
            before, after, first, last = _ends(x.ndim, k - n)
            d = c[k, ...]
            if xp is np:  # without a copy
                np.subtract(x[after], x[before], out=d[before])
            else:
                d[before] = x[after] - x[before]
            d[last] = x[first] - x[last]
            if factor != 1:
                d *= factor
        return c

    def adjoint(self, c: Array) -> Array:
        """Return the sum over the axes of c[i - 1] - c[i]."""
        n = len(self.shape)
        total = zeros(tuple(c.shape[1:]), c)
        for k, factor in enumerate(self._factors):
            before, after, first, last = _ends(c.ndim - 1, k - n)
            part = c[k, ...] if factor == 1 else c[k, ...] * factor
            total -= part
            total[after] += part[before]
            total[first] += part[last]
        return total

    def inside(self, domain: Array) -> Array | None:
        """Return the differences with both samples in the domain."""
        xp, n = namespace(domain), len(self.shape)
        return xp.stack([domain & xp.roll(domain, -1, axis=k - n) for k in range(n)])


@final
class Hessian(LinearMap):
    """Second differences: the diagonal ones, then the mixed ones times the root of two.

    The parts are the entries of the Hessian matrix such that the sum of their squares is its
    Frobenius norm: d_kk centred, and sqrt(2) d_k d_l for k < l.
    """

    def __init__(self, shape: tuple[int, ...], spacing: Sequence[float] | None = None) -> None:
        LinearMap.__init__(self, shape)
        self._factors = tuple(1 / s for s in steps_of(spacing, len(shape)))
        n = len(shape)
        self.mixed = [(k, m) for k in range(n) for m in range(k + 1, n)]

    @property
    def gain(self) -> NumpyArray:
        """The square of the sum of 4 sin^2(pi f) / spacing^2."""
        return Gradient(self.shape, [1 / f for f in self._factors]).gain ** 2

    def forward(self, x: Array) -> Array:
        """Return the entries of the Hessian."""
        xp, n = namespace(x), len(self.shape)

        def ahead(a: Array, k: int) -> Array:
            return self._factors[k] * (xp.roll(a, -1, axis=k - n) - a)

        first = [ahead(x, k) for k in range(n)]
        parts = [self._factors[k] * (d - xp.roll(d, 1, axis=k - n)) for k, d in enumerate(first)]
        parts += [2**0.5 * ahead(first[k], m) for k, m in self.mixed]
        return xp.stack(parts)

    def adjoint(self, c: Array) -> Array:
        """Return the sum of the adjoints of the parts."""
        xp, n = namespace(c), len(self.shape)

        def back(a: Array, k: int) -> Array:
            return self._factors[k] * (xp.roll(a, 1, axis=k - n) - a)

        total = zeros(tuple(c.shape[1:]), c)
        for k in range(n):
            a = c[k, ...]
            total += self._factors[k] ** 2 * (
                xp.roll(a, 1, axis=k - n) - 2 * a + xp.roll(a, -1, axis=k - n)
            )
        for i, (k, m) in enumerate(self.mixed):
            total += 2**0.5 * back(back(c[n + i, ...], m), k)
        return total

    def inside(self, domain: Array) -> Array | None:
        """Return the differences with all samples in the domain."""
        xp, n = namespace(domain), len(self.shape)
        ahead = [domain & xp.roll(domain, -1, axis=k - n) for k in range(n)]
        parts = [a & xp.roll(a, 1, axis=k - n) for k, a in enumerate(ahead)]
        parts += [ahead[k] & xp.roll(ahead[k], -1, axis=m - n) for k, m in self.mixed]
        return xp.stack(parts)


@final
class Bank(LinearMap):
    """Filters in the frequency domain, one a part.

    Parameters
    ----------
    grid : Grid
        The grid.
    filters : array, shape (parts, *half spectrum)
        Their transfer functions.
    """

    in_spectrum = True

    def __init__(self, grid: Grid, filters: NumpyArray) -> None:
        LinearMap.__init__(self, grid.shape)
        self._grid, self._filters = grid, filters
        self._made: dict[Any, tuple[Array, Array]] = {}

    @property
    def gain(self) -> NumpyArray:
        """Sum of the squared magnitudes."""
        return np.asarray(np.sum(np.abs(self._filters) ** 2, axis=0))

    def _like(self, model: Array) -> tuple[Array, Array]:
        """Return the filters and their conjugates in the precision of `model`."""
        xp = namespace(model)
        lead = model.ndim - len(self.shape)
        key = (xp.__name__, str(model.dtype), str(getattr(model, "device", "")), lead)
        if key not in self._made:
            shape = (self._filters.shape[0], *(1,) * lead, *self._filters.shape[1:])
            filters = like(self._filters.reshape(shape), model)
            self._made[key] = filters, xp.conj(filters)
        return self._made[key]

    def forward(self, x: Array) -> Array:
        """Return the filtered signals of a spectrum."""
        return self._grid.to_signal(x[None, ...] * self._like(x)[0])

    def adjoint(self, c: Array) -> Array:
        """Return the spectrum of the sum of the back-filtered parts."""
        spectrum = self._grid.to_spectrum(c)
        return namespace(c).sum(spectrum * self._like(spectrum[0, ...])[1], axis=0)
