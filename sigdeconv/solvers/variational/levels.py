"""The noise of each channel, and how much each channel counts for it."""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.problem import Observation
from sigdeconv.solvers.noise_level import likely_spectra, spectra_of
from sigdeconv.solvers.periodogram import bin_periodogram
from sigdeconv.solvers.spectra import Spectra

__all__ = ["balance_of", "contrasts_of", "law_of", "noise_levels", "noise_of"]


@final
@dataclasses.dataclass(frozen=True)
class ChannelNoise:
    """Constants of channels whose noise differs; by eye, on colours.

    Attributes
    ----------
    unequal : float
        Ratio of the noise of two channels above which they are weighted.
    least_ratio : float
        Of the noise of a channel to that of the worst.
    other_units : float
        Ratio of the contrasts of two channels above which their edges are compared in units of it.
    """

    unequal: float = 1.25
    least_ratio: float = 1e-3
    other_units: float = 2.0


CHANNELS = ChannelNoise()


def noise_levels(obs: Observation) -> NumpyArray:
    """Return the standard deviation of the noise of each channel."""
    if not obs.has_channels:
        return np.array([math.sqrt(spectra_of(obs).noise)])
    given: NumpyArray | None = obs.kept.get("noise levels")  # of channels in units of their own
    if given is not None:
        return given
    return np.array([math.sqrt(law.noise) for law in _channel_laws(obs)])


def _channel_laws(obs: Observation) -> list[Spectra]:
    if "channel spectra" not in obs.kept:
        channels = (obs.y[k, ...] for k in range(obs.y.shape[0]))
        obs.kept["channel spectra"] = [
            likely_spectra(y, obs.convolution, bin_periodogram(y, obs.convolution))
            for y in channels
        ]
    found: list[Spectra] = obs.kept["channel spectra"]
    return found


def law_of(obs: Observation) -> Spectra:
    """Return the spectra of the data; those of the first channel with the mean noise of all."""
    if not obs.has_channels:
        return spectra_of(obs)
    variance = _mean_variance(noise_levels(obs))
    return dataclasses.replace(_channel_laws(obs)[0], noise=variance)


def noise_of(obs: Observation) -> float:
    """Return the standard deviation of the noise; of channels, that of their mean precision."""
    return math.sqrt(law_of(obs).noise)


def balance_of(levels: NumpyArray) -> NumpyArray | None:
    """Return weights of the channels, one over the noise variance, of mean 1; None for equal."""
    if np.max(levels) <= CHANNELS.unequal * np.min(levels):
        return None
    variances = np.maximum(levels, CHANNELS.least_ratio * np.max(levels)) ** 2
    return np.asarray(_mean_variance(levels) / variances)


def contrasts_of(obs: Observation) -> NumpyArray | None:
    """Return the standard deviation of each channel over their mean; None where they are alike."""
    y = to_numpy(obs.y).reshape(obs.y.shape[0], -1)
    spread = np.std(y, axis=1)
    if np.max(spread) <= CHANNELS.other_units * np.min(spread) or not np.min(spread) > 0:
        return None
    return np.asarray(spread / np.exp(np.mean(np.log(spread))))


def _mean_variance(levels: NumpyArray) -> float:
    """Return the variance whose inverse is the mean of the channels' inverses."""
    most = float(np.max(levels))
    floor = CHANNELS.least_ratio * most
    return 1 / float(np.mean(1 / np.maximum(levels, floor) ** 2)) if most else 0.0
