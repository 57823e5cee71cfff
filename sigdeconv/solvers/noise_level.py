"""What the data of an observation say about signal and noise, found once for all methods.

Where the kernel stops a band of frequencies the noise stands alone, and the likelihood of the
spectra tells its level, and whether it was smoothed. A kernel close to a single sample stops none:
then the end of a scene's spectrum and white noise look alike, and a law that does not fit the scene
by a little finds ten times the noise, or none. There the level is the one that calm areas of the
data show; of counts, whose noise is larger where it is bright, the level is not lower than the
likely one.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import NORMAL_MEDIAN, Array, NumpyArray, is_complex, like, to_numpy
from sigdeconv.noise import calm_level, counting_variance, is_calm_white, is_flat
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import Frequencies, fill_holes
from sigdeconv.solvers.linear import with_less_noise
from sigdeconv.solvers.matrix_free.noise import any_noise_level
from sigdeconv.solvers.periodogram import bin_periodogram, mean_periodogram
from sigdeconv.solvers.spectra import FIT, BinnedPeriodogram, Spectra
from sigdeconv.solvers.start import LEVEL_SUM

__all__ = [
    "in_colour",
    "likely_spectra",
    "noise_level",
    "periodogram_of",
    "share_spectra",
    "spectra_of",
    "without_outliers",
]


@final
@dataclasses.dataclass(frozen=True)
class NoiseLimits:
    """Constants of the level of the noise; benchmarks/noise.py measures what comes of them.

    Attributes
    ----------
    least_gain : float
        Least |H|^2 over the largest, from which on no frequency counts as stopped.
    slack : float
        Ratio of variances up to which two levels are the same.
    outlier : float
        Distance from the median of a sample and its neighbours, in standard deviations of that
        distance, from which on a sample says nothing about the noise of the others.
    lost : float
        Ratio of variances from which on the likely level counts as lost, though the calm areas may
        hold a texture.
    missed : float
        Part of the data's variance that the signal's spectrum has to explain.
    cycles : int
        Cycles a frame, along each axis, over which that is added up.
    """

    least_gain: float = 0.01
    slack: float = 1.1
    outlier: float = 6.0
    lost: float = 9.0
    missed: float = 0.1
    cycles: int = 8


NOISE_LEVEL = NoiseLimits()


def periodogram_of(obs: Observation) -> BinnedPeriodogram:
    """Return the binned periodogram of an observation, which is taken once."""
    if "periodogram" not in obs.kept:
        obs.kept["periodogram"] = bin_periodogram(obs.y, obs.convolution)
    found: BinnedPeriodogram = obs.kept["periodogram"]
    return found


def spectra_of(obs: Observation) -> Spectra:
    """Return the spectra of signal and noise that are most likely for an observation."""
    if "spectra" not in obs.kept:
        y, A, bins = obs.y, obs.convolution, periodogram_of(obs)
        obs.kept["spectra"] = with_less_noise(likely_spectra(y, A, bins), y, A, bins)
    found: Spectra = obs.kept["spectra"]
    return found


def share_spectra(usual: Observation, observations: list[Observation]) -> None:
    """Give an observation the mean periodogram of several, and the spectra that it makes likely.

    Parameters
    ----------
    usual : Observation
        The one that stands for all.
    observations : list of Observation
        Data of one kernel and one shape; where their periodograms have other bins, as masks make
        them, nothing is given.
    """
    found = [periodogram_of(obs) for obs in observations]
    if len(found) < 2 or any(one.power.shape != found[0].power.shape for one in found):
        return
    pooled = mean_periodogram(found)
    usual.kept["periodogram"] = pooled
    A = usual.convolution
    together = np.concatenate([to_numpy(obs.y) for obs in observations])
    wide = Convolution.for_data(A.psf, together.shape, centre=A.centre, stride=A.stride)
    usual.kept["spectra"] = likely_spectra(together, wide, pooled)


def noise_level(obs: Observation) -> float:
    """Return the standard deviation of the noise, estimated under the known operator."""
    return math.sqrt(spectra_of(obs).noise) if obs.is_convolution else any_noise_level(obs)


def in_colour(white: NumpyArray, law: Spectra, ndim: int) -> NumpyArray:
    """Return random numbers of unit variance with the colour of the noise.

    Parameters
    ----------
    white : ndarray
        Uncorrelated ones.
    law : Spectra
        What is known of the noise.
    ndim : int
        How many axes, from the last on, are those of the scene.
    """
    if law.width == 0:
        return white
    shape = white.shape[white.ndim - ndim :]
    root = np.sqrt(law.colour(Frequencies(shape, half=True).radius))
    rows = white.reshape(-1, *shape)
    return np.stack(
        [np.asarray(_fft.irfftn(_fft.rfftn(row, shape) * root, shape), white.dtype) for row in rows]
    ).reshape(white.shape)


def likely_spectra(y: Array, A: Convolution, bins: BinnedPeriodogram) -> Spectra:
    """Return the spectra that are most likely for a periodogram of data `y` of `A`."""
    return with_slow_parts(_likely(y, A, bins), y, A)


def with_slow_parts(law: Spectra, y: Array, A: Convolution) -> Spectra:
    """Return spectra whose signal has the variance of the data, where it misses most of it.

    A scene of few wide humps is all in the first cycles of the frame, which the taper hides: the
    periodogram shows noise alone. The law then falls from the power that explains the variance at
    the first cycle to the noise where the periodogram begins.
    """
    shape = A.out_shape
    total = abs(complex(np.sum(A.psf)))
    if total < LEVEL_SUM * float(np.sum(np.abs(A.psf))):  # it does not pass them
        return law
    gain = total**2 / math.prod(A.stride)
    variance = float(np.var(to_numpy(fill_holes(y, A.mask)))) - law.noise
    spans = [n * s for n, s in zip(shape, A.stride, strict=True)]  # in samples of the scene
    if gain == 0 or law.noise == 0 or max(shape) <= 2 * FIT.faded or variance <= law.noise:
        return law
    cycles = [np.arange(-(m := min(NOISE_LEVEL.cycles, n // 2)), m + 1) / n for n in spans]
    f = np.sqrt(sum(g**2 for g in np.meshgrid(*cycles, indexing="ij"))).ravel()
    f = f[f > 0]

    def explained(law: Spectra) -> float:
        return gain * float(np.sum(law.signal(f))) / math.prod(shape)

    begins = np.array(FIT.faded / max(spans))
    if law.amplitude > 0 and (
        explained(law) > NOISE_LEVEL.missed * variance
        or gain * float(law.signal(begins)) > law.noise
    ):
        return law
    for exponent in np.arange(2.0, FIT.most_exponent + 0.01, 0.5):
        law = dataclasses.replace(law, amplitude=1.0, exponent=float(exponent), knee=0.0)
        law = dataclasses.replace(law, amplitude=variance / explained(law))
        if gain * float(law.signal(begins)) <= law.noise:
            break
    return law


def _likely(y: Array, A: Convolution, bins: BinnedPeriodogram) -> Spectra:
    law = bins.fit()
    if is_complex(y):
        return law
    if not _passes_all(bins):
        return law if math.prod(A.stride) > 1 else bins.fit_smoothed(law, len(A.out_shape))
    values = to_numpy(fill_holes(y, A.mask))
    rounding = 1 / 12 if np.array_equal(values, np.rint(values)) else 0.0  # to whole numbers
    if is_flat(values):
        return bins.fit(noise=max(rounding, bins.least_noise))
    level = calm_level(values) ** 2
    if level == 0:
        # Bright things on a ground without counts: their own spectrum is as flat as noise is, and
        # the variance of counts is their mean, in units of one count.
        most = math.inf
        if rounding and values.min() == 0 and values.any():
            one = float(np.min(np.diff(np.unique(values))))
            most = one * float(np.mean(values))
        level = max(min(law.noise, most), rounding)
        return law if level == law.noise else bins.fit(noise=level)
    level = max(level, rounding)
    if law.noise > NOISE_LEVEL.slack * level:  # of counts, what is bright has more noise
        level = max(level, counting_variance(values))
    level = max(level, bins.least_noise)
    if law.noise / NOISE_LEVEL.slack <= level <= NOISE_LEVEL.slack * law.noise:
        return law
    if law.noise < level < NOISE_LEVEL.lost * law.noise and not is_calm_white(values):
        return law  # a texture leaves no calm area
    return bins.fit(noise=level)


def _passes_all(bins: BinnedPeriodogram) -> bool:
    """Tell whether all frequencies of the data come through the kernel."""
    through = np.sum(bins.gain, axis=1)
    return bool(through.size and through.min() > NOISE_LEVEL.least_gain * through.max())


def without_outliers(obs: Observation) -> Observation:
    """Return the observation with outliers replaced by the median of what is around them.

    For a robust loss, to which the noise is that of all other samples.
    """
    from scipy.ndimage import median_filter

    values = to_numpy(fill_holes(obs.y, obs.A.mask))
    lead = values.ndim - len(obs.A.out_shape)
    median = median_filter(values, (1,) * lead + (3,) * len(obs.A.out_shape))
    distance = np.abs(values - median)
    usual = float(np.median(distance)) / NORMAL_MEDIAN
    far = distance > NOISE_LEVEL.outlier * usual
    if usual == 0 or not far.any():
        return obs
    return obs.with_data(like(np.where(far, median, values), obs.y))
