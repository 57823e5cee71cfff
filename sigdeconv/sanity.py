"""Sanity: what is probably wrong with data and kernel, each with the way to mend it.

Nothing here changes a result. `check` looks at data and operator and returns sentences;
`deconvolve` says them as warnings.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, to_numpy
from sigdeconv.noise import estimate_noise
from sigdeconv.operators.convolution import Convolution

__all__ = ["SanityWarning", "check"]


class SanityWarning(UserWarning):
    """Data or kernel are probably not what the user thinks they are.

    Examples
    --------
    >>> import warnings
    >>> import sigdeconv as sd
    >>> warnings.simplefilter("error", sd.sanity.SanityWarning)  # doubt stops the script
    >>> warnings.simplefilter("default", sd.sanity.SanityWarning)
    """


@final
@dataclasses.dataclass(frozen=True)
class SanityLimits:
    """Constants of the checks, each chosen by eye: a warning should be right when it comes.

    Attributes
    ----------
    sum_error : float
        Distance of the kernel's sum from one.
    shortest_tail : int
        Samples of a kernel along an axis, from which on its tails are looked at.
    smooth_tail, slowest_tail : float
        A tail is smooth where it falls by nearly the factor of the step before, times this; one
        that falls more slowly than by `slowest_tail` is a pedestal.
    lost : float
        Part of the kernel that its tails may hold beyond the array.
    beside_peak : float
        Part of the peak that the centre has at least, before its place is doubted.
    shift : float
        Samples between the kernel's mean and its centre.
    aliased : float
        Part of the largest transfer that the highest frequency lets through.
    ceiling_samples, ceiling_share : int, float
        Samples that are exactly the largest value, and their share, from which on data are clipped.
    levels : int
        Different values that clipped data have at least; fewer are a drawing.
    near_top, plateau : float
        Where more than `plateau` times as many samples are above `near_top` of the largest value,
        that is a bright area with noise on it.
    least_samples : int
        Samples to look at, below which nothing is said.
    rounding : float
        Noise, in roundings of the largest value, that single precision does not hold.
    """

    sum_error: float = 1e-3
    shortest_tail: int = 7
    smooth_tail: float = 0.5
    slowest_tail: float = 0.95
    lost: float = 0.02
    beside_peak: float = 0.5
    shift: float = 1.0
    aliased: float = 0.4
    ceiling_samples: int = 8
    ceiling_share: float = 0.002
    levels: int = 32
    near_top: float = 0.98
    plateau: float = 3.0
    least_samples: int = 64
    rounding: float = 2.0


SANE = SanityLimits()


def check(y: Array, A: Convolution) -> list[str]:
    """Return what is probably wrong with the data `y` or the kernel of `A`.

    Parameters
    ----------
    y : array
        The data.
    A : Convolution
        The operator.

    Returns
    -------
    sentences : list of str
        Each names what was found and what to do; empty when all is well.

    Notes
    -----
    Found are: a kernel that does not sum to one, is cut off, or is off its centre; data that are
    saturated, or whose noise is below the resolution of single precision; a kernel sampled so
    coarsely that the data are aliased.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> A = sd.Convolution.for_data(np.ones(5), (64,))
    >>> sd.sanity.check(np.random.default_rng(0).random(64), A)[0][:14]
    'psf sums to 5,'
    """
    values = to_numpy(y)
    found = []
    if np.isrealobj(A.psf) and np.min(A.psf) >= 0:
        found += [_sum(A.psf), _cut(A.psf), _shifted(A.psf, A.centre)]
    if np.isrealobj(A.psf):
        found.append(_coarse(A.psf))
    if np.isrealobj(values):
        found += [_saturated(values, A.mask), _rounded(values)]
    return [text for text in found if text]


def _sum(psf: NumpyArray) -> str:
    total = float(np.sum(psf))
    if abs(total - 1) <= SANE.sum_error:
        return ""
    return (
        f"psf sums to {total:.4g}, so the estimate will have 1/{total:.4g} of the data's level; if "
        f"that is not meant, divide it: psf / psf.sum()"
    )


def _cut(psf: NumpyArray) -> str:
    """Tell how much a tail that goes on as it ends would add beyond the array."""
    total, lost = float(np.sum(psf)), 0.0
    for axis, n in enumerate(psf.shape):
        if n < SANE.shortest_tail:
            continue
        profile = psf.sum(axis=tuple(k for k in range(psf.ndim) if k != axis))
        for tail in (profile, profile[::-1]):
            end, before, third = (float(v) for v in tail[:3])
            # A smooth tail: still falling, by nearly the same factor; a disk or a box just ends.
            if 0 < end < before < third and end / before > SANE.smooth_tail * before / third:
                fall = end / before
                if fall < SANE.slowest_tail:
                    lost += end * fall / (1 - fall)
    if lost <= SANE.lost * total:
        return ""
    return (
        f"psf is cut off: its tails would hold {100 * lost / total:.0f} % more beyond the array; "
        f"make the array wider (for a model: shape=...), or subtract a pedestal from a measured one"
    )


def _shifted(psf: NumpyArray, centre: tuple[int, ...]) -> str:
    total = float(np.sum(psf))
    inside = all(0 <= c < n for c, n in zip(centre, psf.shape, strict=True))
    if total <= 0 or (inside and psf[centre] > SANE.beside_peak * float(np.max(psf))):
        return ""
    grid = np.indices(psf.shape)
    mean = [float(np.sum(g * psf)) / total for g in grid]
    away = math.dist(mean, centre)
    if away <= SANE.shift:
        return ""
    peak = tuple(int(i) for i in np.unravel_index(int(np.argmax(psf)), psf.shape))
    return (
        f"psf has its peak at {peak} and its centre at {centre}, so the estimate will be shifted "
        f"by {away:.1f} samples; if that is not meant, give centre={peak}"
    )


def _coarse(psf: NumpyArray) -> str:
    """Tell whether the kernel still passes much at the highest frequency of every axis."""
    passed = []
    top = abs(float(np.sum(psf)))
    for axis, n in enumerate(psf.shape):
        sign = (-1.0) ** np.arange(n)
        profile = psf.sum(axis=tuple(k for k in range(psf.ndim) if k != axis))
        passed.append(abs(float(np.sum(sign * profile))))
        # A wavelet passes most in the middle of the band, not at frequency 0.
        top = max(top, float(np.max(np.abs(_fft.fftn(profile + 0j, (max(n, 64),))))))
    used = int(np.count_nonzero(np.abs(psf) > 1e-6 * np.max(np.abs(psf))))
    if used < 2 or top == 0 or min(passed) < SANE.aliased * top:
        return ""
    return (
        f"psf still passes {100 * min(passed) / top:.0f} % at the highest frequency, so data of "
        f"this sampling are aliased and there is little blur to undo; sample finer, or expect "
        f"denoising only"
    )


def _saturated(values: NumpyArray, mask: NumpyArray | None) -> str:
    good = values if mask is None else values[mask > 0]
    if good.size < SANE.least_samples:
        return ""
    top = good.max()
    count = np.count_nonzero(good == top)
    share = count / good.size
    if (
        top <= 0
        or count < SANE.ceiling_samples
        or share < SANE.ceiling_share
        or np.unique(good[:: max(1, good.size // 4096)]).size < SANE.levels
    ):
        return ""
    if float(np.mean(good > SANE.near_top * top)) > SANE.plateau * share:
        return ""  # a bright plateau with noise on it, not a ceiling
    return (
        f"y is saturated: {100 * share:.2g} % of its samples are exactly {top:.6g}; a clipped "
        f"sample says nothing but 'more', so leave them out: mask=(y < {top:.6g})"
    )


def _rounded(values: NumpyArray) -> str:
    if values.dtype != np.float32 or max(values.shape) < 16:
        return ""
    try:
        sigma = estimate_noise(values)
    except ValueError:
        return ""
    top = float(np.max(np.abs(values)))
    if sigma == 0 or sigma > SANE.rounding * float(np.finfo(np.float32).eps) * top:
        return ""
    return (
        f"y has noise of {sigma:.2g} on values up to {top:.3g}, below the resolution of float32; "
        f"subtract the pedestal, or pass y.astype('float64')"
    )
