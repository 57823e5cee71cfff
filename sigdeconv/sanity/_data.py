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
        The step down from the ceiling, as a part of the median step between neighbours, below which
        the data arrive at it smoothly, as at a blurred plateau: at a ceiling they stop at once.
    level : float
        Part of the neighbours that are equal elsewhere, from which on there is no noise.
    look : int
        Samples, about, at which the noise is estimated.
    edge : float
        Part of its largest value at which a kernel ends abruptly, so that the data arrive at a
        plateau with a corner.
    """

    least: int = 8
    most: float = 0.4
    levels: int = 32
    near: float = 0.02
    crowd: float = 3.0
    arrives: float = 0.05
    level: float = 0.05
    look: int = 2**15
    edge: float = 0.05


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
    """Tell whether the scene itself has a plateau there, as a blurred step without noise has."""
    top, unit = float(values.max()), _unit(values)
    down, steps = [], []
    for axis in range(values.ndim):
        first, last = _pairs(axis)
        edge = full[first] != full[last]
        down.append(top - np.minimum(values[first], values[last])[edge])
        step = np.abs(values[first] - values[last])
        steps.append(step[~(full[first] & full[last])][:: max(1, step.size // CEILING.look)])
    apart, beside = np.concatenate(down), np.concatenate(steps)
    if apart.size == 0 or not np.any(beside > 0):
        return True
    arrives = float(np.median(apart))
    if arrives <= max(CEILING.arrives * float(np.median(beside[beside > 0])), unit):
        return True
    level = float(np.mean(beside == 0)) > CEILING.level if unit == 0 else _noise(values) <= unit
    return level and _ends_abruptly(np.abs(A.psf))


def _unit(values: NumpyArray) -> float:
    """Return 1 for whole numbers, whose steps are no noise, else 0."""
    part = values.ravel()[:: max(1, values.size // 4096)]
    return float(np.array_equal(part, np.round(part)))


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


def _ends_abruptly(size: NumpyArray) -> bool:
    """Tell whether a kernel, such as a box, is large at an end of some axis."""
    for axis in range(size.ndim):
        profile = size.sum(axis=tuple(k for k in range(size.ndim) if k != axis))
        if profile.size > 1 and max(profile[0], profile[-1]) > CEILING.edge * profile.max():
            return True
    return False


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
