"""The windowed problem on a periodic grid, where everything but the window is diagonal.

Every convolution here is a window of a circular one on a grid wide enough that nothing wraps into
the window: y = W F^-1 H F x. For the boundaries ``unknown`` and ``periodic`` the signal on that
grid is free. This module holds the grid, the spectra on it, and the start of an iteration: the data
continued smoothly around it.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import math
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, to_numpy
from sigdeconv.operators.base import Operator
from sigdeconv.operators.boundary import pad
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation

__all__ = [
    "Frequencies",
    "FrequencyFunction",
    "PeriodicGrid",
    "column_energy",
    "fill_holes",
    "filled",
    "free_or_like",
    "has_free_grid",
    "make_mirrored_grid",
    "make_periodic_grid",
    "mean_weight",
    "takes_mean",
    "unweighted",
]

# Free samples beyond the domain. More of them leave the estimate as it is (0.02 dB on photographs)
# and cost iterations: what no datum sees is the slowest to converge.
MARGIN = 8
# Sum of the kernel, over that of its magnitudes, below which the data do not hold the mean.
ZERO_SUM = 1e-2


@final
@dataclasses.dataclass(frozen=True)
class Frequencies:
    """The frequencies of an FFT grid: all of them, or the half that a real signal has.

    Attributes
    ----------
    shape : tuple of int
        Shape of the grid.
    half : bool
        Half of the last axis, as `rfftn` returns it.
    """

    shape: tuple[int, ...]
    half: bool

    @property
    def radius(self) -> NumpyArray:
        """|f| in cycles a sample, in the layout of the FFT; not to be changed."""
        return _radius(self.shape, self.half)

    def along(self, axis: int) -> NumpyArray:
        """Return the frequencies of one axis, in cycles a sample."""
        return _fft.frequencies(self.shape[axis], self.half and axis == len(self.shape) - 1)

    def multiplicity(self) -> NumpyArray:
        """Return how many frequencies of the full spectrum each kept one stands for."""
        size = (*self.shape[:-1], self.shape[-1] // 2 + 1) if self.half else self.shape
        count = np.ones(size)
        if self.half:
            count[..., 1 : (self.shape[-1] + 1) // 2] = 2.0
        return count


class FrequencyFunction(abc.ABC):
    """A number of at least 0 for each frequency: a power spectrum, or the penalty on its energy.

    A frozen record that can be evaluated on any grid.
    """

    @abc.abstractmethod
    def on(self, f: Frequencies) -> NumpyArray:
        """Return the values at the frequencies of a grid, of their shape."""


@functools.lru_cache(maxsize=8)
def _radius(shape: tuple[int, ...], half: bool) -> NumpyArray:
    squares = np.zeros((1,) * len(shape))
    for axis, n in enumerate(shape):
        f = _fft.frequencies(n, half and axis == len(shape) - 1)
        squares = squares + (f**2).reshape([-1 if k == axis else 1 for k in range(len(shape))])
    radius: NumpyArray = np.sqrt(squares)
    radius.flags.writeable = False
    return radius


@final
@dataclasses.dataclass(frozen=True, eq=False)
class PeriodicGrid:
    """The grid of a windowed problem; the window starts at its first sample.

    Attributes
    ----------
    A : Convolution
        The measurement: its window, stride and mask are those of the grid too.
    shape : tuple of int
        Shape of the grid.
    otf : array
        Transfer function on it.
    full_spectrum : bool
        True for complex signals, whose spectrum has no symmetry.
    """

    A: Convolution
    shape: tuple[int, ...]
    otf: Array
    full_spectrum: bool

    def to_spectrum(self, a: Array) -> Array:
        """Return the spectrum of `a`, zero-padded at the end to the grid."""
        transform = _fft.fftn if self.full_spectrum else _fft.rfftn
        return transform(a, self.shape, workers=self.A.workers)

    def to_signal(self, spectrum: Array) -> Array:
        """Return the signal of a spectrum, whose memory may be used up."""
        transform = _fft.ifftn if self.full_spectrum else _fft.irfftn
        return transform(spectrum, self.shape, workers=self.A.workers)

    def project(self, spectrum: Array) -> Array:
        """Return the spectrum of W^T M^2 W F^-1 `spectrum`: weigh the window, zero the rest."""
        y = self.to_signal(spectrum)[self.A.samples]
        if self.A.mask is not None:
            y = y * like(self.A.mask, y) ** 2
        return self.to_spectrum(self.upsample(y))

    def upsample(self, y: Array) -> Array:
        """Return data with stride - 1 zeros in between."""
        return self.A.upsample(y) if self.decimation > 1 else y

    @property
    def frequencies(self) -> Frequencies:
        """The frequencies of the spectrum."""
        return Frequencies(self.shape, not self.full_spectrum)

    @property
    def decimation(self) -> int:
        """Grid samples a data sample, the product of the strides."""
        return math.prod(self.A.stride)

    @property
    def is_whole(self) -> bool:
        """True when the window is the whole grid, so that the problem is diagonal."""
        return self.A.out_shape == self.shape and self.A.mask is None

    def ridge(self, q: Array) -> Array:
        """Return 1 / (w |H|^2 + q), and 0 where neither the data nor a penalty q say anything.

        w is the mean weight of the samples.
        """
        xp = namespace(self.otf)
        total = xp.real(self.otf) ** 2
        total += xp.imag(self.otf) ** 2
        if (weight := mean_weight(self.A)) != 1:
            total *= weight
        total = total + q
        floor = float(xp.finfo(total.dtype).eps) ** 2 * (float(xp.max(total)) or 1.0)
        if float(xp.min(total)) > floor:
            return 1 / total
        dead = total <= floor
        return xp.where(dead, xp.zeros_like(total), 1 / xp.where(dead, xp.ones_like(total), total))

    def on_domain(self, signal: Array) -> Array:
        """Return a signal of the grid on the domain of `A`, going around where that is wider."""
        shape = self.A.shape
        beyond = [(0, max(n - size, 0)) for n, size in zip(shape, self.shape, strict=True)]
        signal = signal[tuple(slice(0, n) for n in shape)]
        return pad(signal, beyond, "periodic") if any(b for _, b in beyond) else signal

    def inner(self, a: Array, b: Array) -> float:
        """Return the real inner product of two spectra, as if both were whole."""
        xp = namespace(a)

        def dot(u: Array, v: Array) -> float:  # a row at a time: in one sweep of single precision,
            return float(xp.real(xp.sum(xp.vecdot(u, v))))  # rounding would add up

        total = dot(a, b)
        if self.full_spectrum:
            return total
        n = self.shape[-1]
        edges = dot(a[..., :1], b[..., :1])
        if n % 2 == 0:
            edges += dot(a[..., -1:], b[..., -1:])
        return 2.0 * total - (edges if n > 1 else total)

    def continued(self, y: Array) -> Array:
        """Return data continued smoothly around the whole grid: the start of an iteration.

        Beyond the window the two mirrored continuations are cross-faded by a raised cosine. Dead
        samples take the nearest good one; a strided axis repeats its samples.
        """
        y = fill_holes(y, self.A.mask)
        xp = namespace(y)
        for axis, (n, s) in enumerate(zip(self.shape, self.A.stride, strict=True)):
            if s > 1:
                y = xp.repeat(y, s, axis=axis)
            have = y.shape[axis]
            if have > n:
                y = y[(*(slice(None),) * axis, slice(0, n), ...)]
            elif have < n:
                y = _closed(y, n - have, axis)
        return y


def _closed(y: Array, gap: int, axis: int) -> Array:
    """Return `y` with `gap` samples appended on `axis` that lead back smoothly to its start."""
    xp = namespace(y)
    n = y.shape[axis]
    here = (slice(None),) * axis
    if gap <= n:  # mirrored at the end, and at the start
        right = xp.flip(y[(*here, slice(n - gap, n), ...)], axis=axis)
        left = xp.flip(y[(*here, slice(0, gap), ...)], axis=axis)
    else:
        widths = [(gap, gap) if k == axis else (0, 0) for k in range(y.ndim)]
        wide = pad(y, widths, "reflect")
        right = wide[(*here, slice(gap + n, None), ...)]
        left = wide[(*here, slice(0, gap), ...)]
    ramp = (1 - np.cos(np.pi * (np.arange(gap) + 0.5) / gap)) / 2
    fade = like(ramp.reshape([-1 if k == axis else 1 for k in range(y.ndim)]), y)
    return xp.concat([y, right * (1 - fade) + left * fade], axis=axis)


def fill_holes(y: Array, mask: NumpyArray | None) -> Array:
    """Return `y` with the samples of weight zero filled; `y` itself where there is none.

    A hole takes the nearest good sample, which leaves less of an edge than any constant. Axes of
    channels may stand before those of the mask.
    """
    if mask is None or np.all(good := mask > 0):
        return y
    if y.ndim > mask.ndim:
        return namespace(y).stack([fill_holes(y[k, ...], mask) for k in range(y.shape[0])])
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(~good, return_distances=False, return_indices=True)
    return like(to_numpy(y)[tuple(nearest)], y)


def filled(obs: Observation) -> Array:
    """Return the data of an observation with the samples of weight zero filled, once."""
    if obs.mask is None:
        return obs.y
    if "filled" not in obs.kept:
        obs.kept["filled"] = fill_holes(obs.y, obs.A.mask)
    found: Array = obs.kept["filled"]
    return found


def unweighted(z: Array, mask: Array | None) -> Array:
    """Return the data that become `z` when they are weighted; as they are where they have none."""
    return z if mask is None else z / like(np.where(mask > 0, mask, 1.0), z)


def mean_weight(A: Operator) -> float:
    """Return the mean squared weight of the samples that count: one without a mask.

    Weights are relative: what is found from the data as a whole, the level of the noise for one,
    holds for this weight, so that a mask of the same number everywhere changes nothing.
    """
    if A.mask is None or not np.any(A.mask):
        return 1.0
    return float(np.mean(A.mask[A.mask > 0] ** 2))


def takes_mean(A: Convolution) -> bool:
    """Tell whether the kernel takes the mean away, of which the data then hold only noise."""
    return bool(abs(np.sum(A.psf)) <= ZERO_SUM * np.sum(np.abs(A.psf)))


def column_energy(A: Operator) -> float:
    """Return the energy of a column of an operator, without its mask: of all, the mean.

    That of a convolution is the energy of its kernel. Another operator says it of random signs
    (Hutchinson 1990, doi:10.1080/03610919008812866).
    """
    if isinstance(A, Convolution):
        return float(np.sum(np.abs(A.psf) ** 2))
    draw = np.random.default_rng(0)
    signs = (draw.choice([-1.0, 1.0], size=A.shape) for _ in range(8))
    energies = [float(np.sum(np.abs(to_numpy(A.forward(z))) ** 2)) for z in signs]
    return float(np.mean(energies)) / math.prod(A.shape) / mean_weight(A)


def has_free_grid(A: Convolution) -> bool:
    """Tell whether the signal of `A` is free on a periodic grid; see `make_periodic_grid`."""
    return A.boundary in ("periodic", "unknown") and all(A.grid_pads)


def make_periodic_grid(A: Convolution, model: Array, *, minimal: bool = False) -> PeriodicGrid:
    """Return the grid for the windowed problem of `A`, for data like `model`.

    For boundary ``periodic`` it is the domain. Otherwise it is wider than the domain by `MARGIN`
    samples, in which the signal leads back to its start; or, if `minimal`, wider by as much than
    what the data depend on, which may be less than the domain (see `PeriodicGrid.on_domain`). A
    boundary that ties the signal beyond the border to the inside has no such grid.
    """
    if not has_free_grid(A):
        raise ValueError(f"psf: boundary {A.boundary!r} with padding {A.padding} has no free grid")
    axes = list(zip(A.shape, A.out_shape, A.stride, A.span, A.padding, strict=True))
    if A.boundary == "periodic":
        shape = A.shape
    elif minimal:
        used = [(m - 1) * s + span - a for _, m, s, span, (a, _) in axes]
        shape = tuple(_fft.next_fast_len(n + MARGIN * (n > 1), real=False) for n in used)
    else:
        sizes = [(n, n + max(a, b, 0)) for n, _, _, _, (a, b) in axes]
        shape = tuple(_fft.next_fast_len(size + MARGIN * (n > 1)) for n, size in sizes)
    full_spectrum = is_complex(model) or np.iscomplexobj(A.psf)
    otf = A.transfer(model, full_spectrum=full_spectrum, shape=shape)
    return PeriodicGrid(A, shape, otf, full_spectrum)


def make_mirrored_grid(A: Convolution, model: Array) -> PeriodicGrid:
    """Return the grid of the domain mirrored once on each axis, the kernel's centre at zero."""
    shape = tuple(2 * n for n in A.shape)
    full_spectrum = is_complex(model) or np.iscomplexobj(A.psf)
    otf = A.circular_transfer(shape, model, full_spectrum=full_spectrum)
    return PeriodicGrid(A, shape, otf, full_spectrum)


def free_or_like(A: Convolution) -> Convolution:
    """Return `A` if it has a free grid, or its like with an unknown border."""
    if has_free_grid(A):
        return A
    return Convolution.for_data(
        A.psf, A.out_shape, centre=A.centre, dilation=A.dilation, workers=A.workers
    )
