"""Is an estimate worse than the data themselves? A check that needs no truth.

Under the spectra S of the signal and N of the noise that the data tell (`spectra_of`), the signal
is, given the data, Gaussian about a linear estimate m, Wiener's. So any estimate x, and the data as
one of their own, have the expected squared errors

    |x - m|^2 + P    and    |y / H(0) - m|^2 + P,      P = sum over f of N / (|H|^2 + N / S)

and the first over the second says whether restoring was worth it. Edges and points are not of a
Gaussian signal, and there a good estimate is far from m; so the samples where the difference is
largest are left out of it. Apart from all spectra an estimate can be out of proportion: sources at
least zero have |x| |psf| <= |y|, and others not much above it.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Final, final

import numpy as np

from sigdeconv._array import Array, NumpyArray, is_complex, to_numpy
from sigdeconv.noise import calm_level
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import filled, takes_mean
from sigdeconv.solvers.linear import linear_estimate
from sigdeconv.solvers.noise_level import spectra_of
from sigdeconv.solvers.start import LEVEL_SUM
from sigdeconv.solvers.variational.part import part_of

__all__ = [
    "GaussianView",
    "below_zero",
    "gaussian_view",
    "is_constant",
    "proportion",
    "relative_error",
]


@final
@dataclasses.dataclass(frozen=True)
class GuardLimits:
    """Constants of the check; benchmarks/field.py measures what it catches.

    Attributes
    ----------
    worse : float
        Expected error over that of the data from which on an estimate is in doubt.
    below : float
        How far below zero data may lie, in units of the noise, for values that are at least zero.
        Light behind counts had 0.1 at most, and lost nothing up to there.
    patch, clear : int, float
        Samples along an axis over which noise is averaged for that, and standard deviations of the
        average that do not count.
    proportion : float
        |x| |psf| over |y|, each about its mean, from which on it is out of proportion. Restorations
        that were better than the data had at most 1.7.
    spread, spread_energy : float
        Part of the samples, those of least difference to the linear estimate, by which an estimate
        is judged; the energy of that part for a normal law.
    least : int
        Samples from which on spectra tell anything.
    enough : int
        Samples by whose spread the size of an array is judged, about.
    gap : float
        What a solver that ran out of iterations had left, in units of the noise, at most.
    rounding : float
        Part of the data's size below which their spread is rounding.
    """

    worse: float = 1.05
    below: float = 0.2
    patch: int = 5
    clear: float = 3.0
    proportion: float = 5.0
    spread: float = 0.9
    spread_energy: float = 0.562
    least: int = 16
    enough: int = 2**17
    gap: float = 0.1
    rounding: float = 1e-6


DOUBTFUL: Final = GuardLimits()


def proportion(obs: Observation, x: Array) -> float:
    """Return |x| |psf| over |y|, root mean squares about the mean; 0 where the data say nothing.

    Both where samples were seen: a saturated star that is left out of the data is in the estimate.
    A kernel that takes the mean away takes most of what is wider than itself: that does not count.
    """
    if not obs.is_convolution or is_constant(obs):
        return 0.0
    data, estimate = to_numpy(filled(obs)), to_numpy(x)
    if takes_mean(obs.convolution) and estimate.ndim == obs.kernel.ndim:
        from scipy.ndimage import uniform_filter

        estimate = estimate - uniform_filter(estimate, obs.kernel.shape, mode="nearest")
    if obs.mask is not None and obs.mask.shape == estimate.shape:
        seen = obs.mask > 0
        data, estimate = data[seen], estimate[seen]
    spread = _spread(data)
    return _spread(estimate) * float(np.linalg.norm(obs.kernel)) / spread if spread > 0 else 0.0


def below_zero(obs: Observation) -> float:
    """Return how far data lie below zero, root mean square over the patches, in units of the noise.

    Light has no such ground: too much of it was subtracted, more than noise explains.
    """
    if not obs.is_convolution or is_complex(obs.y) or obs.has_channels:
        return 0.0
    y = to_numpy(filled(obs))
    if y.size < DOUBTFUL.least or not np.any(y < 0) or np.any(np.real(obs.kernel) < 0):
        return 0.0
    from scipy.ndimage import uniform_filter

    size = [min(DOUBTFUL.patch, n) for n in y.shape]
    std = math.sqrt(spectra_of(obs).noise)
    std = min(std, calm_level(y) or std)  # of counts the ground has less than what is bright
    mean = uniform_filter(y.astype(np.float64), size, mode="nearest")
    below = np.minimum(mean + DOUBTFUL.clear * std / math.sqrt(math.prod(size)), 0.0)
    return float(np.sqrt(np.mean(below**2))) / std if std > 0 else 0.0


def is_constant(obs: Observation) -> bool:
    """Tell whether the data have one value, but for rounding."""
    y = to_numpy(filled(obs))
    size = max(abs(float(np.max(y))), abs(float(np.min(y)))) if y.size and np.isrealobj(y) else 0.0
    return _spread(y) <= DOUBTFUL.rounding * size


def relative_error(obs: Observation, x: Array) -> float:
    """Return the expected error of an estimate on the window over that of the data.

    It is 0 where nothing can be said, see `gaussian_view`.
    """
    view = gaussian_view(obs)
    if view is None:
        return 0.0
    estimate = view.part(x)
    if estimate is None:
        return 0.0
    error = _spread_error(estimate - view.mean) + view.variance
    own = view.data_error + view.variance
    return math.sqrt(error / own) if own > 0 else 0.0


@final
@dataclasses.dataclass(frozen=True, eq=False)
class GaussianView:
    """What the spectra most likely for some data say of the signal, on a part that stands for all.

    Attributes
    ----------
    mean : ndarray
        The linear estimate.
    variance : float
        How much the signal varies about it, a sample.
    data_error : float
        Mean square of the data about it.
    at : tuple of slice
        Where the part is.
    """

    mean: NumpyArray
    variance: float
    data_error: float
    at: tuple[slice, ...]

    def part(self, x: Array) -> NumpyArray | None:
        """Return the part of an estimate, or None for one of another grid."""
        estimate = to_numpy(x)[self.at]
        return estimate if estimate.shape == self.mean.shape else None


def gaussian_view(obs: Observation) -> GaussianView | None:
    """Return what the spectra say of the signal; it is found once.

    It is None where nothing can be said: no convolution, complex data, a kernel that passes no
    level, few samples, a border that makes other data than there are samples.
    """
    if "gaussian view" not in obs.kept:
        obs.kept["gaussian view"] = _gaussian_view(obs)
    found: GaussianView | None = obs.kept["gaussian view"]
    return found


def _gaussian_view(obs: Observation) -> GaussianView | None:
    if not obs.is_convolution:
        return None
    A = obs.convolution
    total = float(np.real(np.sum(A.psf)))
    if (
        is_complex(obs.y)
        or np.iscomplexobj(A.psf)
        or abs(total) < LEVEL_SUM * float(np.sum(np.abs(A.psf)))
        or math.prod(A.out_shape) < DOUBTFUL.least
    ):
        return None
    strides = tuple(slice(None, None, s) for s in A.stride)
    y, B, at = part_of(to_numpy(filled(obs)).astype(np.float64), A)
    if y.shape != A.out_shape:
        obs = Observation(y, B)
    law = spectra_of(obs)
    if law.noise <= 0 or law.amplitude <= 0:
        return None
    found = linear_estimate(y, B, law)
    mean = found.mean
    if mean[strides].shape != y.shape:
        return None
    own = float(np.mean((y / total - mean[strides]) ** 2))
    return GaussianView(mean, found.variance, own, at)


def _spread(a: NumpyArray) -> float:
    """Return the standard deviation; of rows spread over large arrays."""
    step = min(len(a) // 2, a.size // DOUBTFUL.enough)
    return float(np.std(a[:: max(step, 1)]))


def _spread_error(difference: NumpyArray) -> float:
    """Return the mean square of a difference but for its largest, as if all of it were noise.

    At edges and points a good estimate is far from the linear one; noise is everywhere.
    """
    squares = difference.ravel() ** 2
    last = math.ceil(DOUBTFUL.spread * squares.size) - 1
    kept = np.partition(squares, last)[: last + 1]
    return float(np.sum(kept)) / squares.size / DOUBTFUL.spread_energy
