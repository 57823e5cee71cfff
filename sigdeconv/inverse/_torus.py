"""The windowed problem on a periodic grid, where everything but the window is diagonal.

Every convolution here is a window of a circular one on a grid wide enough that nothing wraps into
the window: y = W F^-1 H F x. For the boundaries ``unknown`` and ``periodic`` the signal on that
grid is free. This module holds the grid, the spectra on it, and the start of an iteration: the data
continued smoothly around it.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, is_complex, like, namespace, to_numpy
from sigdeconv.operators.boundary import pad
from sigdeconv.operators.convolution import Convolution

__all__ = ["Torus", "filled", "frequency", "make_torus"]


# Free samples beyond the domain. More of them leave the estimate as it is (0.02 dB on photographs)
# and cost iterations: what no datum sees is the slowest to converge.
MARGIN = 8


@functools.lru_cache(maxsize=8)
def frequency(shape: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
    """Return |f| in cycles a sample on the FFT grid of `shape` (or its half for real signals)."""
    squares = np.zeros((1,) * len(shape))
    for axis, n in enumerate(shape):
        f = _fft.frequencies(n, half and axis == len(shape) - 1)
        squares = squares + (f**2).reshape([-1 if k == axis else 1 for k in range(len(shape))])
    radius: np.ndarray[Any, Any] = np.sqrt(squares)
    radius.flags.writeable = False
    return radius


@dataclasses.dataclass(frozen=True, eq=False)
class Torus:
    """The grid of a windowed problem.

    Attributes
    ----------
    A : Convolution
        The same measurement with the grid as its domain.
    shape : tuple of int
        Shape of the grid.
    otf : array
        Transfer function on it; the window starts at sample 0.
    wide : bool
        True for complex signals, which have a full spectrum.
    """

    A: Convolution
    shape: tuple[int, ...]
    otf: Array
    wide: bool

    def to_spectrum(self, a: Array) -> Array:
        """Return the spectrum of `a`, zero-padded at the end to the grid."""
        transform = _fft.fftn if self.wide else _fft.rfftn
        return transform(a, self.shape, workers=self.A.workers)

    def to_signal(self, spectrum: Array) -> Array:
        """Return the signal of a spectrum, whose memory may be used up."""
        transform = _fft.ifftn if self.wide else _fft.irfftn
        return transform(spectrum, self.shape, workers=self.A.workers)

    def project(self, spectrum: Array) -> Array:
        """Return the spectrum of W^T W F^-1 `spectrum`: keep the window, zero the rest."""
        y = self.to_signal(spectrum)[self.A._slices]
        if self.A.mask is not None:
            y = y * like(self.A.mask, y) ** 2
        return self.to_spectrum(self.stuffed(y))

    def stuffed(self, y: Array) -> Array:
        """Return data with stride - 1 zeros in between."""
        return self.A._stuffed(y) if self.thinning > 1 else y

    @property
    def thinning(self) -> int:
        """Grid samples a data sample, the product of the strides."""
        return math.prod(self.A._stride)

    @property
    def complete(self) -> bool:
        """True when the window is the whole grid, so that the problem is diagonal."""
        return self.A.out_shape == self.shape and self.A.mask is None

    def on_domain(self, signal: Array, shape: tuple[int, ...]) -> Array:
        """Return a signal of the grid on a domain of `shape`, going around where that is wider."""
        beyond = [(0, max(n - size, 0)) for n, size in zip(shape, self.shape, strict=True)]
        signal = signal[tuple(slice(0, n) for n in shape)]
        return pad(signal, beyond, "periodic") if any(b for _, b in beyond) else signal

    def inner(self, a: Array, b: Array) -> float:
        """Return the real inner product of two spectra, as if both were whole."""
        xp = namespace(a)

        def dot(u: Array, v: Array) -> float:  # a row at a time: in one sweep of single precision,
            return float(xp.real(xp.sum(xp.vecdot(u, v))))  # rounding would add up

        total = dot(a, b)
        if self.wide:
            return total
        n = self.shape[-1]
        edges = dot(a[..., :1], b[..., :1])
        if n % 2 == 0:
            edges += dot(a[..., -1:], b[..., -1:])
        return 2.0 * total - (edges if n > 1 else total)

    def frequency(self) -> np.ndarray[Any, Any]:
        """Return |f| in cycles a sample on the spectrum's grid."""
        return frequency(self.shape, not self.wide)

    def continued(self, y: Array) -> Array:
        """Return data continued smoothly around the whole grid: the start of an iteration.

        Beyond the window the two mirrored continuations are cross-faded by a raised cosine. Dead
        samples take the nearest good one; a strided axis repeats its samples.
        """
        if self.A.mask is not None:
            y = filled(y, self.A.mask)
        xp = namespace(y)
        for axis, (n, s) in enumerate(zip(self.shape, self.A._stride, strict=True)):
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
    none = [(0, 0)] * y.ndim
    after, before = list(none), list(none)
    after[axis], before[axis] = (0, gap), (gap, 0)
    here = (slice(None),) * axis
    right = pad(y, after, "reflect")[(*here, slice(y.shape[axis], None), ...)]
    left = pad(y, before, "reflect")[(*here, slice(0, gap), ...)]
    fade = (1 - np.cos(np.pi * (np.arange(gap) + 0.5) / gap)) / 2
    fade = like(fade.reshape([-1 if k == axis else 1 for k in range(y.ndim)]), y)
    return xp.concat([y, right * (1 - fade) + left * fade], axis=axis)


def filled(y: Array, mask: np.ndarray[Any, Any]) -> Array:
    """Return `y` (already multiplied by `mask`) with the weights undone and the holes filled.

    A hole takes the nearest good sample, which leaves less of an edge than any constant.
    """
    from scipy.ndimage import distance_transform_edt

    good = mask > 0
    y = y / like(np.where(good, mask, 1.0), y)
    if np.all(good) or not np.any(good):
        return y
    nearest = distance_transform_edt(~good, return_distances=False, return_indices=True)
    return like(to_numpy(y)[tuple(nearest)], y)


def make_torus(A: Convolution, model: Array, *, tight: bool = False) -> Torus:
    """Return the grid for the windowed problem of `A`, for data like `model`.

    For boundary ``periodic`` it is the domain. Otherwise it is wider than the domain by `MARGIN`
    samples, in which the signal leads back to its start; or, if `tight`, wider by as much than what
    the data depend on, which may be less than the domain (see `Torus.on_domain`). A boundary that
    ties the signal beyond the border to the inside has no such grid.
    """
    if A.boundary not in ("periodic", "unknown") or not all(A._implicit):
        raise ValueError(f"psf: boundary {A.boundary!r} with padding {A._widths} has no free grid")
    if A.boundary == "periodic":
        grid, padding = A.shape, A._widths
    elif tight:
        used = [
            (m - 1) * s + span - a
            for m, s, span, (a, _) in zip(A.out_shape, A._stride, A.span, A._widths, strict=True)
        ]
        grid = tuple(_fft.next_fast_len(n + MARGIN * (n > 1), real=False) for n in used)
    else:
        grid = tuple(
            _fft.next_fast_len(n + max(a, b, 0) + MARGIN * (n > 1))
            for n, (a, b) in zip(A.shape, A._widths, strict=True)
        )
    if A.boundary != "periodic":
        padding = tuple(
            (a, b - (size - n)) for n, (a, b), size in zip(A.shape, A._widths, grid, strict=True)
        )
    wider = dataclasses.replace(A, shape=grid, padding=padding)
    wide = is_complex(model) or np.iscomplexobj(A.psf)
    return Torus(wider, grid, wider._filter(model, wide), wide)
