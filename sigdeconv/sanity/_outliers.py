"""Samples that no kernel can have made: cosmic rays, hot and dead pixels, clicks.

With a kernel h >= 0 and a scene x >= 0, the mean of a sample's neighbours is at least

    mean_d y[i + d] = sum_k mean_d h[k + d] x[i - k] >= q y[i],    q = min_k mean_d h[k + d] / h[k],

so that a sample above 1/q times its neighbours, by more than noise, is none of the scene's. And it
is at least p = min_k h[k] / mean_d h[k + d] times that mean, so that one below is none either. Of
fewer neighbours, at the border or beside samples that are left out, the worst are supposed.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from typing import Any, Final, final

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import observe
from sigdeconv.sanity._levels import NoiseByLevel

__all__ = ["outliers", "stand_out"]


@final
@dataclasses.dataclass(frozen=True)
class OutlierLimits:
    """Constants of the search for outliers.

    Attributes
    ----------
    slack : float
        Part of the way from the kernel's least ratio to zero that is allowed for: a kernel is known
        so well only, and a scene may be a little below zero.
    sure : float
        Standard deviations of the noise by which a sample must stand out.
    tail : float
        Part of the kernel's largest value below which its samples are not looked at.
    negative : float
        Part of the kernel's light that may be negative; a wavelet can make anything.
    most : float
        Part of the samples up to which they are outliers; more are a scene that the kernel does
        not fit, or another noise than was supposed.
    block : int
        Samples that are searched at a time, about.
    passes : int
        Searches at most, each without what the last ones found.
    """

    slack: float = 0.2
    sure: float = 7.0
    tail: float = 0.01
    negative: float = 0.05
    most: float = 0.06
    block: int = 2**14
    passes: int = 4


OUTLIERS: Final = OutlierLimits()


def outliers(y: Any, psf: Any, *, mask: Any = None) -> NumpyArray:
    """Return which samples of the data the kernel cannot have made.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data: intensities, or values of a scene that is not negative.
    psf : array or Convolution
        The kernel, at least zero but for its noise, or a ready operator.
    mask : array of the shape of `y`, optional
        Weights in [0, 1]; samples of weight 0 are not looked at.

    Returns
    -------
    ndarray of bool, shape of `y`
        True for a sample that stands out from its neighbours by more than the kernel allows and by
        many standard deviations of the noise, such as a cosmic ray or a hot pixel. All False where
        the kernel has both signs or is a single sample, and where more than 6 % stand out, which is
        another noise or another kernel, and no matter of single samples.

    Raises
    ------
    ValueError, TypeError
        As for `deconvolve`.

    Notes
    -----
    A point source makes the sharpest peak that the kernel allows: a sample may be larger than the
    mean of its neighbours by the kernel's own ratio, at its sharpest place. Samples that are too
    dark are not looked for. The noise, and how it grows with the signal, are taken from the
    differences of neighbours at rising levels; counts are recognised by their whole steps.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> psf = sd.psf.gaussian(1.5)
    >>> y = sd.simulate(sd.datasets.coins()[:96, :96], psf, noise=0.01, rng=0).y
    >>> y[40, 30] += 2
    >>> np.argwhere(sd.sanity.outliers(y, psf)).tolist()
    [[40, 30]]
    >>> x = sd.wiener(y, psf, mask=~sd.sanity.outliers(y, psf))
    """
    obs = observe(y, psf, mask=mask)
    values = to_numpy(obs.y)
    if not np.isrealobj(values):
        raise TypeError("y is complex; expected real data")
    return find_outliers(values, obs.convolution)


def stand_out(values: NumpyArray, A: Convolution) -> str:
    """Say how many samples the kernel cannot have made, and how to leave them out."""
    count = int(np.count_nonzero(find_outliers(values, A)))
    if count == 0:
        return ""
    many = f"{count} samples of y stand" if count > 1 else "1 sample of y stands"
    return (
        f"{many} out from the neighbours by more than psf allows (cosmic rays, hot or "
        f"dead pixels, clicks), which spoils what is around them; leave them out: "
        f"mask=~sd.sanity.outliers(y, psf)"
    )


def find_outliers(values: NumpyArray, A: Convolution) -> NumpyArray:
    """Return which samples of real data the kernel of an operator cannot have made."""
    found = np.zeros(values.shape, bool)
    kernel = _positive(A)
    if kernel is None or values.size < 5:
        return found
    good = None if A.mask is None else A.mask > 0
    whole = values.size if good is None else np.count_nonzero(good)
    ratios, least = (f(kernel, A.stride, values.shape) for f in (_ratios, _least_of_neighbours))
    for _ in range(OUTLIERS.passes):
        # What was found spoils the noise and the mean of its neighbours.
        left = ~found if good is None else good & ~found
        noise = NoiseByLevel.of(values, left)
        if noise is None:
            break
        both = [
            (_beyond(*block, ratios, noise), _below(*block, least, noise))
            for block in _blocks(values, left)
        ]
        hot, dead = (np.concatenate(parts) for parts in zip(*both, strict=True))
        new = hot if hot.any() else dead  # beside a hit every sample is dark: hits come first
        if not new.any():
            break
        found |= new
        if np.count_nonzero(found) > OUTLIERS.most * whole:
            return np.zeros(values.shape, bool)
    return found


def _beyond(
    data: NumpyArray, mean: NumpyArray, count: NumpyArray, left: NumpyArray,
    ratios: NumpyArray, noise: NoiseByLevel,
) -> NumpyArray:  # fmt: skip
    """Return which samples are above what their neighbours allow, by more than noise."""
    data, mean = data - noise.ground, np.maximum(mean - noise.ground, 0)
    found = left & (ratios[-1] * data > mean)  # the ratio of all neighbours is the largest
    candidates = np.nonzero(found)
    allowed = ratios[count[candidates]] * data[candidates] > mean[candidates]
    found[candidates] = allowed
    at = tuple(index[allowed] for index in candidates)
    level, beside = mean[at], count[at]
    least = ratios[beside]
    ceiling = level / least
    variance = noise.variance(ceiling) + noise.variance(level) / (beside * least**2)
    found[at] = data[at] - ceiling > OUTLIERS.sure * np.sqrt(variance)
    return found


def _below(
    data: NumpyArray, mean: NumpyArray, count: NumpyArray, left: NumpyArray,
    ratios: NumpyArray, noise: NoiseByLevel,
) -> NumpyArray:  # fmt: skip
    """Return which samples are below what their neighbours ask for, by more than noise."""
    data, mean = data - noise.ground, np.maximum(mean - noise.ground, 0)
    found = left & (data < ratios[1:].max(initial=0) * mean)
    candidates = np.nonzero(found)
    least = ratios[count[candidates]]
    floor = least * mean[candidates]
    beside = np.maximum(count[candidates], 1)
    variance = noise.variance(floor) + noise.variance(mean[candidates]) * least**2 / beside
    found[candidates] = floor - data[candidates] > OUTLIERS.sure * np.sqrt(variance)
    return found


def _blocks(
    values: NumpyArray, left: NumpyArray
) -> Iterator[tuple[NumpyArray, NumpyArray, NumpyArray, NumpyArray]]:
    """Yield rows of the data, the mean of their neighbours, how many those are, and who is left.

    In blocks that fit the cache.
    """
    n = values.shape[0]
    rows = max(1, OUTLIERS.block * n // values.size)
    for start in range(0, n, rows):
        stop = min(start + rows, n)
        low, high = max(start - 1, 0), min(stop + 1, n)  # with the neighbours in the next rows
        data = values[low:high].astype(np.float64)
        own = slice(start - low, stop - low)
        mean, count = _neighbours(data, left[low:high])
        yield data[own], mean[own], count[own], left[start:stop]


def _positive(A: Convolution) -> NumpyArray | None:
    """Return the kernel on the grid of the scene, at least zero; None where it allows anything."""
    if not np.isrealobj(A.psf):
        return None
    psf = np.maximum(A.psf, 0).astype(np.float64)
    negative = float(psf.sum() - A.psf.sum())
    if negative > OUTLIERS.negative * float(psf.sum()) or np.count_nonzero(psf) < 2:
        return None
    kernel = np.zeros(A.span)
    kernel[tuple(slice(None, None, d) for d in A.dilation)] = psf
    return kernel


def _neighbours(data: NumpyArray, good: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """Return the mean of the good neighbours of every sample, and how many there are."""
    whole = bool(good.all())
    total = _sum_beside(data if whole else np.where(good, data, 0.0))
    if whole:
        count, share = _all_beside(data.shape)
        total *= share
        return total, count
    count = _sum_beside(good.astype(np.int8))
    total /= np.maximum(count, 1)
    return total, count


def _sum_beside(a: NumpyArray) -> NumpyArray:
    """Return the sum of the neighbours of every sample."""
    total = np.zeros_like(a)
    for axis in range(a.ndim):
        first, last = ((slice(None),) * axis + (s,) for s in (slice(None, -1), slice(1, None)))
        total[first] += a[last]
        total[last] += a[first]
    return total


@functools.lru_cache(maxsize=4)  # blocks of rows are of one size, but for the first and the last
def _all_beside(shape: tuple[int, ...]) -> tuple[NumpyArray, NumpyArray]:
    """Return how many neighbours every sample of an array has, and one over it."""
    count = _sum_beside(np.ones(shape, np.int8))
    return count, (1 / np.maximum(count, 1)).astype(np.float32)  # they are kept: half the memory


def _ratios(kernel: NumpyArray, stride: tuple[int, ...], shape: tuple[int, ...]) -> NumpyArray:
    """Return the least ratio of the mean of c neighbours to a sample that the kernel allows.

    Index c is for whichever c of the neighbours there are, the worst of them.
    """
    large = kernel >= OUTLIERS.tail * kernel.max()
    each = _beside_each(kernel, stride, shape)[:, large]
    ordered = np.sort(each / kernel[large], axis=0)
    sums = np.cumsum(ordered, axis=0)
    least = [float(np.min(total)) / (c + 1) for c, total in enumerate(sums)]
    return (1 - OUTLIERS.slack) * np.array([0.0, *least])


def _least_of_neighbours(
    kernel: NumpyArray, stride: tuple[int, ...], shape: tuple[int, ...]
) -> NumpyArray:
    """Return the least ratio of a sample to the mean of c neighbours that the kernel allows.

    Index c is for whichever c of the neighbours there are, the worst of them. Where a kernel ends
    abruptly, as a box does, it is zero.
    """
    wide = np.pad(kernel, [(s, s) for s in stride])
    sums = np.cumsum(-np.sort(-_beside_each(wide, stride, shape), axis=0), axis=0)
    least = [0.0]
    for c, total in enumerate(sums, 1):
        mean = total / c
        large = mean >= OUTLIERS.tail * kernel.max()
        least.append(float(np.min(wide[large] / mean[large])) if large.any() else 0.0)
    return (1 - OUTLIERS.slack) * np.array(least)


def _beside_each(kernel: NumpyArray, stride: tuple[int, ...], shape: tuple[int, ...]) -> NumpyArray:
    """Return the kernel as each neighbour of a sample sees it, the neighbours first."""
    found = []
    for axis, (n, s) in enumerate(zip(shape, stride, strict=True)):
        if n > 1:
            offset = tuple(s * (a == axis) for a in range(len(shape)))
            found += [_shifted(kernel, offset), _shifted(kernel, [-d for d in offset])]
    return np.array(found).reshape(-1, *kernel.shape)


def _shifted(kernel: NumpyArray, offset: Sequence[int]) -> NumpyArray:
    """Return the kernel at k + offset, zero beyond its array."""
    moved = np.zeros(kernel.shape)
    pairs = [
        (slice(max(-d, 0), max(n - max(d, 0), 0)), slice(max(d, 0), max(n + min(d, 0), 0)))
        for n, d in zip(kernel.shape, offset, strict=True)
    ]
    moved[tuple(to for to, _ in pairs)] = kernel[tuple(source for _, source in pairs)]
    return moved
