"""Quadratic penalties x^H Q x that are diagonal on a periodic grid: q at each frequency.

A constant for Tikhonov, |f|^(2p) for derivatives of order p, the ratio of noise to signal spectrum
for Wiener. Each is a record that can be evaluated on any grid. None acts on the mean, which the
data fix alone; `quadratic_problem` adds that where a kernel takes the mean away.
"""

from __future__ import annotations

import dataclasses
from typing import Any, final

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.grid import Frequencies, FrequencyFunction
from sigdeconv.solvers.spectra import MOST_RATIO, Spectra

__all__ = [
    "ColouredNoise",
    "CurveParts",
    "Flat",
    "LocalMean",
    "Roughness",
    "SpectrumRatio",
    "local",
]

# Distance over which the mean is local, in spans of the kernel, and at least in samples: short, for
# beyond the border the estimate follows it, but not so short that detail would cost nothing.
REACH, LEAST_REACH = 1 / 3, 8.0


@final
@dataclasses.dataclass(frozen=True)
class Flat(FrequencyFunction):
    """The same at every frequency but zero."""

    level: float

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        return np.where(f.radius > 0, self.level, 0.0)


@final
@dataclasses.dataclass(frozen=True)
class Roughness(FrequencyFunction):
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
class LocalMean(FrequencyFunction):
    """A penalty that does not act on the mean over some distance either.

    One that leaves the mean of the whole grid alone ties what is beyond the border to what is seen
    anywhere: a bright part at one border would lift the other. So it fades out, as
    f^2 / (f^2 + f_0^2), below f_0 = 1 / (2 pi reach), along each axis its own.

    Attributes
    ----------
    penalty : FrequencyFunction
        The penalty.
    reach : tuple of float
        The distance on each axis, in samples.
    """

    penalty: FrequencyFunction
    reach: tuple[float, ...]

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        total = np.zeros((1,) * len(f.shape))
        for axis, reach in enumerate(self.reach):
            size = [-1 if k == axis else 1 for k in range(len(f.shape))]
            total = total + ((2 * np.pi * reach * f.along(axis)) ** 2).reshape(size)
        return np.asarray(self.penalty.on(f) * (total / (1 + total)))


def local(penalty: FrequencyFunction, A: Operator) -> FrequencyFunction:
    """Return a penalty that is flat at low frequencies, made local where the border is unknown."""
    if not isinstance(A, Convolution) or A.boundary != "unknown":
        return penalty
    return LocalMean(penalty, tuple(max(REACH * span, LEAST_REACH) for span in A.span))


@final
@dataclasses.dataclass(frozen=True)
class ColouredNoise(FrequencyFunction):
    """Noise of a known colour over the fitted signal."""

    noise: FrequencyFunction
    law: Spectra

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        return np.asarray(self.noise.on(f) * self.law.ratio(f.radius) / (self.law.noise or 1.0))


@final
@dataclasses.dataclass(frozen=True)
class SpectrumRatio(FrequencyFunction):
    """One power spectrum over another, bounded where the signal has none; nothing on the mean."""

    noise: FrequencyFunction
    signal: FrequencyFunction

    def on(self, f: Frequencies) -> NumpyArray:
        """Return q at the frequencies of a grid."""
        noise, signal = self.noise.on(f), self.signal.on(f)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((noise == 0) | (f.radius == 0), 0.0, noise / signal)
        return _bounded(ratio)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class CurveParts:
    """What a curve over the weights of a quadratic method is made of.

    Attributes
    ----------
    penalty : FrequencyFunction
        At weight 1.
    automatic : float
        The weight that the method finds by itself.
    held : dict
        Parameters with which the method makes the same penalty.
    """

    penalty: FrequencyFunction
    automatic: float
    held: dict[str, Any] = dataclasses.field(default_factory=dict)


def _bounded(ratio: NumpyArray) -> NumpyArray:
    finite = np.nan_to_num(ratio, nan=MOST_RATIO, posinf=MOST_RATIO)
    return np.asarray(np.minimum(finite, MOST_RATIO))
