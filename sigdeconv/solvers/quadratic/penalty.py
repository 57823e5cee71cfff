"""Quadratic penalties x^H Q x that are diagonal on a periodic grid: q at each frequency.

A constant for Tikhonov, |f|^(2p) for derivatives of order p, the ratio of noise to signal spectrum
for Wiener. Each is a record that can be evaluated on any grid. None acts on the mean, which the
data fix alone, unless the kernel takes it away (`for_kernel`).
"""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, final

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.grid import Frequencies
from sigdeconv.solvers.power_spectrum import PowerSpectrum
from sigdeconv.solvers.spectra import Spectra

__all__ = [
    "ColouredNoise",
    "CurveParts",
    "Flat",
    "OfPenalty",
    "QuadraticPenalty",
    "Roughness",
    "SpectraRatio",
    "SpectrumRatio",
    "for_kernel",
]

# Sum of the kernel, over that of its magnitudes, below which the data do not hold the mean.
LEAST_SUM = 1e-2
MOST_RATIO = 1e30  # an infinite penalty switches a frequency off; this does too, also in float32


class QuadraticPenalty(abc.ABC):
    """A penalty of each frequency."""

    @abc.abstractmethod
    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid, of their shape."""


@final
@dataclasses.dataclass(frozen=True)
class Flat(QuadraticPenalty):
    """The same at every frequency but zero."""

    level: float

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        return np.where(f.radius > 0, self.level, 0.0)


@final
@dataclasses.dataclass(frozen=True)
class Roughness(QuadraticPenalty):
    """|D^order|^2: the spectrum of first differences, sum 4 sin^2(pi f) over the axes, to a power.

    Order 0 counts the deviations from the mean.
    """

    order: int

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        if self.order == 0:
            return Flat(1.0).on(f)
        total = np.zeros((1,) * len(f.shape))
        for axis in range(len(f.shape)):
            size = [-1 if k == axis else 1 for k in range(len(f.shape))]
            total = total + (4 * np.sin(np.pi * f.along(axis)) ** 2).reshape(size)
        return np.asarray(total**self.order)


@final
@dataclasses.dataclass(frozen=True)
class SpectraRatio(QuadraticPenalty):
    """Noise over signal of fitted spectra, not below `floor`."""

    law: Spectra
    floor: float = 0.0

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        ratio = self.law.ratio(f.radius)
        if self.floor > 0:
            np.maximum(ratio, self.floor, out=ratio, where=f.radius > 0)
        return ratio if np.max(ratio) < MOST_RATIO else _bounded(ratio)


@final
@dataclasses.dataclass(frozen=True)
class ColouredNoise(QuadraticPenalty):
    """Noise of a known colour over the fitted signal."""

    noise: PowerSpectrum
    law: Spectra

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        return np.asarray(self.noise.on(f) * self.law.ratio(f.radius) / (self.law.noise or 1.0))


@final
@dataclasses.dataclass(frozen=True)
class SpectrumRatio(QuadraticPenalty):
    """One power spectrum over another, bounded where the signal has none; nothing on the mean."""

    noise: PowerSpectrum
    signal: PowerSpectrum

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        noise, signal = self.noise.on(f), self.signal.on(f)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((noise == 0) | (f.radius == 0), 0.0, noise / signal)
        return _bounded(ratio)


@final
@dataclasses.dataclass(frozen=True)
class _WithMean(QuadraticPenalty):
    """A penalty that costs at frequency zero what it costs at the cheapest other one."""

    other: QuadraticPenalty

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        q = np.array(np.broadcast_to(self.other.on(f), f.radius.shape))
        beside = f.radius > 0
        if beside.any():
            q[~beside] = q[beside].min()
        return q


@final
@dataclasses.dataclass(frozen=True)
class OfPenalty(PowerSpectrum):
    """The noise spectrum that a penalty stands for, when the signal's is one everywhere."""

    penalty: QuadraticPenalty

    def on(self, f: Frequencies) -> NumpyArray:
        """Return the power at the frequencies of a grid."""
        return np.asarray(np.broadcast_to(self.penalty.on(f), f.radius.shape))


@final
@dataclasses.dataclass(frozen=True, eq=False)
class CurveParts:
    """What a curve over the weights of a quadratic method is made of.

    Attributes
    ----------
    penalty : QuadraticPenalty
        At weight 1.
    automatic : float
        The weight that the method finds by itself.
    held : dict
        Parameters with which the method makes the same penalty.
    """

    penalty: QuadraticPenalty
    automatic: float
    held: dict[str, Any] = dataclasses.field(default_factory=dict)


def for_kernel(penalty: QuadraticPenalty, A: Convolution) -> QuadraticPenalty:
    """Return a penalty that acts on the mean too if `A` takes the mean away.

    The data fix the mean alone, for kernels that pass it. One of zero sum, a wavelet, passes its
    noise only, which dividing would magnify without end.
    """
    psf = np.asarray(to_numpy(A.psf))
    if abs(np.sum(psf)) > LEAST_SUM * np.sum(np.abs(psf)):
        return penalty
    return _WithMean(penalty)


def _bounded(ratio: NumpyArray) -> NumpyArray:
    finite = np.nan_to_num(ratio, nan=MOST_RATIO, posinf=MOST_RATIO)
    return np.asarray(np.minimum(finite, MOST_RATIO))
