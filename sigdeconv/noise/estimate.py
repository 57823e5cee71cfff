"""The noise of data, from the data alone: its level, and whether it grows with the signal."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import NORMAL_MEDIAN, Array, ArrayLike, as_float, check_finite, to_numpy
from sigdeconv.noise.high_pass import averages, high_pass, scene_axes, that_differ
from sigdeconv.noise.models import Gaussian, Mixed, Noise, NoNoise, Poisson

__all__ = ["counting_variance", "estimate_noise", "identify_noise"]


@final
@dataclasses.dataclass(frozen=True)
class NoiseTests:
    """Constants of what tells kinds of noise apart, each chosen by eye on simulated data.

    Attributes
    ----------
    roundings : float
        Level, in roundings of the largest value, up to which there is no noise.
    counts : float
        Distance from one of variance over mean that whole numbers of counts have.
    levels, least_levels, level_samples, few_samples : int
        Levels of brightness at which the noise is looked at, at most and at least; samples of each,
        and of each where whole numbers say already that they may be counts.
    growth : float
        Variance at the brightest level over that at the darkest, from which on it grows.
    rank : float
        Rank correlation of variance and brightness, from which on it grows.
    negative : float
        Offset of the line below zero, as a part of the variance at the brightest level, from which
        on brightness alone does not explain it.
    dark : float
        Standard deviations below zero of a datum, from which on it is no count and read-out noise.
    gain, gain_of_few, few : float
        Distance from one of the gain of whole numbers that are the counts themselves; the same for
        fewer samples than the third, whose gain is known less well.
    readout, readout_median : float
        Least variance of read-out noise, as a part of that at the brightest level and of that of
        counting at the median level.
    texture, texture_weight : float
        Variance over the line from which on a level is texture, and its weight.
    refits : int
        Fits of the line.
    least_variance : float
        What a variance counts at least, as a part of the largest.
    few_each, brighter, like_counts : int, float, float
        Of fewer data than levels need: samples of the darker and of the brighter half, at least;
        how much brighter that is; distance from one, in log units, of the standard deviation of
        counts over the root of their mean, in each.
    bright : float
        Local mean over the median of the samples that are bright, where most are dark.
    survivors : int
        One in so many samples has to differ from its neighbours: fewer are edges, not noise.
    """

    roundings: float = 4.0
    counts: float = 0.2
    levels: int = 24
    least_levels: int = 6
    level_samples: int = 100
    few_samples: int = 50
    growth: float = 1.5
    rank: float = 0.7
    negative: float = 0.2
    dark: float = 6.0
    gain: float = 0.25
    gain_of_few: float = 0.6
    few: int = 2000
    readout: float = 0.1
    readout_median: float = 0.5
    texture: float = 1.3
    texture_weight: float = 0.1
    refits: int = 10
    least_variance: float = 1e-3
    few_each: int = 12
    brighter: float = 2.0
    like_counts: float = 0.35
    bright: float = 4.0
    survivors: int = 500


NOISE = NoiseTests()


def estimate_noise(y: ArrayLike, *, axes: Sequence[int] | int | None = None) -> float:
    """Return the standard deviation of white Gaussian noise from the data alone.

    Parameters
    ----------
    y : array_like, any shape
        Data in any units: a scene that is smooth on the scale of a pixel, plus white noise.
    axes : int or sequence of int, optional
        The axes of the scene; others (channels) share one estimate. By default all axes of at
        least three samples.

    Returns
    -------
    float
        The estimate in the units of `y`; 0.0 for constant data. For complex data the root of
        the summed variances of both parts.

    Raises
    ------
    TypeError, ValueError
        If `y` is not numeric or not finite, if `axes` do not exist, or if no axis is long enough.

    Notes
    -----
    The median of the absolute high-pass coefficients divided by 0.6745 [1]_. The high-pass is the
    product of second differences along all axes (fourth difference in 1-D), scaled to unit noise
    gain: it removes polynomial scenes and is steeper than the Haar or Daubechies filter of [1]_,
    as is fit for blurred data; in 2-D it is the operator of [2]_. Areas that are exactly constant
    (dead or saturated pixels, zero padding) are left out with a margin, since no noise reached
    them. A piecewise constant scene without noise therefore gives 0.0.

    References
    ----------
    .. [1] D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage",
       Biometrika 81, 425 (1994), :doi:`10.1093/biomet/81.3.425`.
    .. [2] J. Immerkaer, "Fast noise variance estimation", Comput. Vis. Image Underst. 64, 300
       (1996), :doi:`10.1006/cviu.1996.0060`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.noise import estimate_noise
    >>> y = np.linspace(0, 9, 4096) + 0.5 * np.random.default_rng(0).standard_normal(4096)
    >>> round(estimate_noise(y), 1)
    0.5
    """
    values = to_numpy(as_float(y, "y"))
    parts = [values.real, values.imag] if np.iscomplexobj(values) else [values]
    for part in parts:
        check_finite(part, "y")
    use = scene_axes(axes, values.shape)
    return math.hypot(*(_estimate(part.astype(np.float64), use) for part in parts))


def identify_noise(y: ArrayLike, *, axes: Sequence[int] | int | None = None) -> Noise:
    """Return the noise model that the data show: Gaussian, counting, or counting and read-out.

    Parameters
    ----------
    y : array_like, any shape
        Data in any units: a scene that is smooth on the scale of a pixel, plus noise.
    axes : int or sequence of int, optional
        The axes of the scene, as in `estimate_noise`.

    Returns
    -------
    Noise
        ``Gaussian(sigma)`` in the units of `y`; ``Poisson(gain=)`` with the counts per unit of `y`;
        ``Mixed`` of that and read-out noise in counts; `NoNoise` for data without any.

    Raises
    ------
    TypeError, ValueError
        As `estimate_noise`.

    Notes
    -----
    The noise level is estimated at up to 24 levels of local brightness, and a line is fitted to its
    square. Counting shows as a slope: the variance of a Poisson count is its mean. Levels far above
    the line are texture, and do not count. A level within four roundings of the largest value is
    none.

    References
    ----------
    .. [1] A. Foi, M. Trimeche, V. Katkovnik, K. Egiazarian, "Practical Poissonian-Gaussian noise
       modeling and fitting for single-image raw-data", IEEE Trans. Image Process. 17, 1737 (2008),
       :doi:`10.1109/TIP.2008.2001399`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.noise import identify_noise
    >>> ramp = np.linspace(5, 500, 4000)
    >>> identify_noise(np.random.default_rng(0).poisson(ramp)).describe()[:13]
    'Poisson noise'
    """
    sigma = estimate_noise(y, axes=axes)
    values = to_numpy(as_float(y, "y"))
    # A smooth scene without noise shows the rounding of its own arithmetic.
    rounding = np.finfo(values.dtype).eps * float(np.max(np.abs(values), initial=0.0))
    if sigma <= NOISE.roundings * rounding:
        return NoNoise()
    flat: Noise = Gaussian(sigma=sigma)
    if np.iscomplexobj(values):
        return flat
    whole = bool(np.array_equal(values, np.round(values)) and values.min() >= 0)
    values = values.astype(np.float64)
    if whole and _are_dark_counts(sigma**2, values):
        return Poisson(gain=1.0)
    means, variances = _by_brightness(values, scene_axes(axes, values.shape), whole)
    if means.size < NOISE.least_levels:
        few_counts = whole and _are_few_counts(values)
        return Poisson(gain=1.0) if few_counts else flat
    offset, slope = _line(means, variances)
    low, high = offset + slope * means[0], offset + slope * means[-1]
    ranks = np.corrcoef(np.argsort(np.argsort(variances)), np.arange(means.size))[0, 1]
    if slope <= 0 or high < NOISE.growth * max(low, 0.0) or ranks < NOISE.rank:
        # Whole numbers with a variance that is their mean, where it could not have shown.
        alike = means[-1] < NOISE.brighter * means[0]
        mean = float(np.mean(values))
        counts = whole and alike and abs(sigma**2 - mean) < NOISE.counts * mean
        return Poisson(gain=1.0) if counts else flat
    darkest = -NOISE.dark * math.sqrt(max(low, 0.0))
    if offset < -NOISE.negative * high or values.min() < darkest:
        return flat  # brightness alone does not explain the variance, or there is a pedestal
    gain = 1 / slope
    near = NOISE.gain if values.size >= NOISE.few else NOISE.gain_of_few
    if abs(gain - 1) < near and whole:
        gain = 1.0  # whole numbers: these are the counts
    counting = Poisson(gain=gain)
    middle = slope * float(np.median(means))
    if offset < NOISE.readout * high or offset < NOISE.readout_median * middle:
        return counting
    return Mixed(counting, Gaussian(math.sqrt(offset) * gain))


def counting_variance(y: Array) -> float:
    """Return the mean variance of the noise if data show that it grows with the signal, else 0.

    Where a few things hold most of the light, a level that is taken where it is dark is far below.

    Parameters
    ----------
    y : array_like, any shape
        Data in any units, real or complex.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.noise import counting_variance
    >>> ramp = np.linspace(5, 500, 4000)
    >>> round(counting_variance(np.random.default_rng(0).poisson(ramp)), -1)
    250.0
    """
    try:
        noise = identify_noise(y)
    except ValueError:  # too few samples to tell
        return 0.0
    return noise.level(y) ** 2 if isinstance(noise, (Poisson, Mixed)) else 0.0


def _by_brightness(
    values: NDArray[np.float64], axes: tuple[int, ...], whole: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return mean and noise variance at rising levels of local brightness."""
    live = that_differ(values, axes)
    detail, mean = np.abs(high_pass(values, axes))[live], averages(values, axes)[live]
    count = min(NOISE.levels, detail.size // (NOISE.few_samples if whole else NOISE.level_samples))
    if count < NOISE.least_levels:
        return np.zeros(0), np.zeros(0)
    parts = np.array_split(np.argsort(mean, kind="stable"), count)
    means = np.array([mean[p].mean() for p in parts])
    return means, np.array([(np.median(detail[p]) / NORMAL_MEDIAN) ** 2 for p in parts])


def _are_dark_counts(variance: float, values: NDArray[np.float64]) -> bool:
    """Tell whether whole numbers, of which few are bright, have the variance of counts.

    It is about their median, and in the bright ones the mean of these.
    """
    middle = float(np.median(values))
    if not abs(math.log(max(variance, 1e-9) / max(middle, 1e-9))) < 2 * NOISE.like_counts:
        return False
    detail, mean = _detail_and_mean(values)
    bright = mean > NOISE.bright * middle
    if np.count_nonzero(bright) < NOISE.few_each:
        return False
    return abs(math.log(_over_counts(detail[bright], mean[bright]))) < NOISE.like_counts


def _detail_and_mean(values: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the high-pass and the local mean of what is no constant area and not below one."""
    axes = scene_axes(None, values.shape)
    live = that_differ(values, axes)
    detail, mean = high_pass(values, axes)[live], averages(values, axes)[live]
    return detail[mean >= 1], mean[mean >= 1]


def _over_counts(detail: NDArray[Any], mean: NDArray[Any]) -> float:
    """Return the standard deviation of samples over that of counts."""
    found = float(np.median(np.abs(detail) / np.sqrt(mean))) / NORMAL_MEDIAN
    return max(found, NOISE.least_variance)


def _are_few_counts(values: NDArray[np.float64]) -> bool:
    """Tell whether few whole numbers differ as counts do, where they are large and where small."""
    detail, mean = _detail_and_mean(values)
    steps = np.diff(np.unique(values))
    if detail.size < 2 * NOISE.few_each or steps.min() > 1:  # counts times something
        return False
    order = np.argsort(mean, kind="stable")
    halves = order[: order.size // 2], order[order.size // 2 :]
    low, high = (float(np.median(mean[half])) for half in halves)
    if high < NOISE.brighter * low:
        return False
    ratios = [_over_counts(detail[half], mean[half]) for half in halves]
    return all(abs(math.log(ratio)) < NOISE.like_counts for ratio in ratios)


def _line(x: NDArray[Any], y: NDArray[Any]) -> tuple[float, float]:
    """Return offset and slope of a line under which few levels lie; those above are texture."""
    weight = np.ones(x.size)
    offset = slope = 0.0
    for _ in range(NOISE.refits):
        # A variance is known relatively.
        scale = weight / np.maximum(y, NOISE.least_variance * y.max()) ** 2
        total = scale.sum()
        mx, my = (scale * x).sum() / total, (scale * y).sum() / total
        spread = (scale * (x - mx) ** 2).sum()
        slope = float((scale * (x - mx) * (y - my)).sum() / spread) if spread > 0 else 0.0
        offset = float(my - slope * mx)
        excess = y / np.maximum(offset + slope * x, NOISE.least_variance * y.max())
        weight = np.where(excess > NOISE.texture, NOISE.texture_weight, 1.0)
    return offset, slope


def _estimate(values: NDArray[np.float64], axes: tuple[int, ...]) -> float:
    detail, live = np.abs(high_pass(values, axes)), that_differ(values, axes)
    detail = detail[live]
    # Edges of a noiseless phantom leave a few isolated survivors: they are no noise.
    if detail.size < max(1, live.size // NOISE.survivors):
        return 0.0
    return float(np.median(detail)) / NORMAL_MEDIAN
