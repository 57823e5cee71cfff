"""What is probably wrong with data: clipped at a ceiling, or of too few bits."""

from __future__ import annotations

import dataclasses
from typing import Final, final

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.noise import estimate_noise
from sigdeconv.operators.convolution import Convolution

__all__ = ["few_bits", "saturated"]


@final
@dataclasses.dataclass(frozen=True)
class CeilingLimits:
    """Constants of the check for clipped data.

    Attributes
    ----------
    least : int
        Samples at the ceiling that are no chance.
    most : float
        Part of the samples above which the ceiling is the background of the scene.
    levels : int
        Values that the data take at least, so that equal ones are rare.
    near, crowd : float
        Where more than `crowd` times as many samples as at the ceiling are within the part `near`
        of the range below it, it is a bright plateau with noise.
    arrives : float
        What the data may miss beside a blurred plateau, in units of what the end of the kernel
        holds: at a ceiling they stop at once.
    look : int
        Samples, about, at which the noise is estimated.
    rounding : float
        Part of the range that is rounding.
    """

    least: int = 8
    most: float = 0.4
    levels: int = 32
    near: float = 0.02
    crowd: float = 3.0
    arrives: float = 2.0
    look: int = 2**15
    rounding: float = 1e-5


CEILING: Final = CeilingLimits()


def saturated(values: NumpyArray, A: Convolution) -> str:
    """Say that the largest value is a ceiling at which data were clipped, or the least a floor."""
    good = np.ones(values.shape, bool) if A.mask is None else A.mask > 0
    size = int(np.count_nonzero(good))
    if size < 64:
        return ""
    top, low = values[good].max(), values[good].min()
    above = _clipped(values, good, A)
    # Data of one sign often have a floor of their own.
    below = _clipped(-values, good, A) if low < 0 < top else 0
    if not above + below:
        return ""
    which = [f"exactly {end:.6g}" for end, count in ((top, above), (low, below)) if count]
    keep = [f"y < {top:.6g}"] * (above > 0) + [f"y > {low:.6g}"] * (below > 0)
    mask = " & ".join(f"({part})" for part in keep) if len(keep) > 1 else keep[0]
    share = 100 * (above + below) / size
    return (
        f"y is saturated: {above + below} of its samples, {share:.2g} %, are {' or '.join(which)}; "
        f"a clipped sample says nothing but '{'more' if above else 'less'}', so leave them out: "
        f"mask=({mask})"
    )


def _clipped(values: NumpyArray, good: NumpyArray, A: Convolution) -> int:
    """Return how many samples are at a ceiling; 0 where the largest value is none."""
    seen = values[good]
    top, low = seen.max(), seen.min()
    full = (values == top) & good
    count = int(np.count_nonzero(full))
    share = count / seen.size
    if count < CEILING.least or top <= 0 or share > CEILING.most or _together(full) < CEILING.least:
        return 0
    part = seen.ravel()[:: max(1, seen.size // CEILING.look)]
    levels = np.unique(part).size
    if levels < CEILING.levels or _is_plateau(values, full, A):
        return 0
    # Only values of few bits are equal by chance, of a bright area with noise for one.
    crowd = float(np.mean(seen > top - CEILING.near * (top - low)))
    return 0 if 4 * levels <= part.size and crowd > CEILING.crowd * share else count


def _together(full: NumpyArray) -> int:
    """Return how many of some samples have a neighbour among them along every axis."""
    inside = full.copy()
    for axis in range(full.ndim):
        if full.shape[axis] == 1:
            continue
        first, last = _pairs(axis)
        both = full[first] & full[last]
        beside = np.zeros(full.shape, bool)
        beside[first] |= both
        beside[last] |= both
        inside &= beside
    return int(np.count_nonzero(inside))


def _pairs(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the samples that have a next one along an axis, and those next ones."""
    before = (slice(None),) * axis
    return (*before, slice(None, -1)), (*before, slice(1, None))


def _is_plateau(values: NumpyArray, full: NumpyArray, A: Convolution) -> bool:
    """Tell whether the scene itself has a plateau there, as a blurred step without noise has.

    Beside it the data miss no more than what the end of the kernel holds of the range.
    """
    top = float(values.max())
    range_ = top - float(values.min())
    unit = max(_resolution(values), CEILING.rounding * range_)
    edges = ((full[a] != full[b], values[a], values[b]) for a, b in map(_pairs, range(values.ndim)))
    apart = np.concatenate([top - np.minimum(x, y)[edge] for edge, x, y in edges])
    arrives = float(np.median(apart)) if apart.size else 0.0
    if arrives <= unit:
        return True
    ends = unit + CEILING.arrives * range_ * _end(A, unit / range_)
    return arrives <= ends and _noise(values) <= unit


def _resolution(values: NumpyArray) -> float:
    """Return the distance of the bright values: one for whole numbers, rounding for others."""
    seen = np.unique(values.ravel()[:: max(1, values.size // CEILING.look)])
    bright = seen[seen >= (seen[0] + seen[-1]) / 2]
    return float(np.min(np.diff(bright))) if bright.size > 1 else 0.0


def _end(A: Convolution, least: float) -> float:
    """Return the most that a kernel holds beyond a sample, where it first is half of `least`."""
    size, found = np.abs(A.psf), 0.0
    for axis in range(size.ndim):
        profile = size.sum(axis=tuple(k for k in range(size.ndim) if k != axis)) / size.sum()
        for tail in (np.cumsum(profile), np.cumsum(profile[::-1])):
            at = int(np.argmax(2 * tail >= least))
            found = max(found, float(tail[min(at + A.stride[axis] - 1, tail.size - 1)]))
    return found


def _noise(values: NumpyArray) -> float:
    """Return the noise in the middle of the data, which is enough to tell some from none."""
    part = min((CEILING.look / values.size) ** (1 / values.ndim), 1.0)
    sizes = [max(round(part * n), min(n, 5)) for n in values.shape]
    middle = [
        slice((n - m) // 2, (n - m) // 2 + m) for n, m in zip(values.shape, sizes, strict=True)
    ]
    try:
        return estimate_noise(values[tuple(middle)])
    except ValueError:
        return 0.0


def few_bits(values: NumpyArray) -> str:
    """Say that the noise is below the resolution of single precision."""
    if values.dtype != np.float32 or max(values.shape) < 16:
        return ""
    sigma = _noise(values)
    top = float(np.max(np.abs(values)))
    if sigma == 0 or sigma > 2 * float(np.finfo(np.float32).eps) * top:
        return ""
    return (
        f"y has noise of {sigma:.2g} on values up to {top:.3g}, below the resolution of float32; "
        f"subtract the pedestal, or pass y.astype('float64')"
    )
