"""The level of white noise where a scene is calm."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import final

import numpy as np

from sigdeconv._array import Array, as_float, to_numpy
from sigdeconv.noise.high_pass import changes, high_pass, scene_axes, that_differ

__all__ = ["calm_level"]


@final
@dataclasses.dataclass(frozen=True)
class CalmAreas:
    """Constants of the search for calm areas; benchmarks/noise.py measures what comes of them.

    Attributes
    ----------
    share : float
        Part of the samples that counts as calm.
    samples, shortest : int
        Samples that are looked at, about; least length of a piece along an axis.
    enough, fewest : int
        Calm samples that are wanted, from at most half of few data; below the second nothing is
        said.
    trim : float
        Part of the smallest coefficients whose mean is taken.
    trimmed_mean : float
        Mean absolute value of that part of a normal distribution of unit variance.
    """

    share: float = 0.15
    samples: int = 1 << 15
    shortest: int = 16
    enough: int = 256
    fewest: int = 48
    trim: float = 0.8
    trimmed_mean: float = 0.5586


CALM = CalmAreas()


def calm_level(y: Array) -> float:
    """Return the standard deviation of the noise in the flattest parts of real data, or 0.

    Texture and edges, which the high-pass of `estimate_noise` takes for noise, are left out: only
    those of its coefficients count around which the averaged data change least. Of counts it is the
    level in the dark.

    Parameters
    ----------
    y : array, any shape
        Data in any units.

    Returns
    -------
    float
        In the units of `y`; 0.0 where there are too few samples to tell.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.noise import calm_level
    >>> scene = np.zeros((64, 64))
    >>> scene[::2, 32:] = 1.0
    >>> round(calm_level(scene + 0.1 * np.random.default_rng(0).standard_normal((64, 64))), 2)
    0.1
    """
    values = to_numpy(as_float(y, "y")).astype(np.float64)
    try:
        axes = scene_axes(None, values.shape)
    except ValueError:
        return 0.0
    details, steep = [], []
    for piece in _pieces(values.shape, axes):
        part = values[piece]
        live = that_differ(part, axes)
        details.append(np.abs(high_pass(part, axes))[live])
        steep.append(changes(part, axes)[live])
    detail, change = np.concatenate(details), np.concatenate(steep)
    count = max(round(CALM.share * detail.size), min(CALM.enough, detail.size // 2))
    if count < CALM.fewest:
        return 0.0
    calm = np.sort(detail[np.argpartition(change, count)[:count]])
    return float(np.mean(calm[: round(CALM.trim * count)])) / CALM.trimmed_mean


def _pieces(shape: tuple[int, ...], axes: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Return pieces of large data, two along an axis, away from the border and the middle."""
    ratio = (CALM.samples / math.prod(shape)) ** (1 / len(axes)) / 2
    if ratio >= 0.25:
        return [(slice(None),) * len(shape)]
    along: list[list[slice]] = []
    for axis, n in enumerate(shape):
        size = max(math.ceil(ratio * n), CALM.shortest)
        if axis not in axes or 2 * size >= n:
            along.append([slice(None)])
        else:
            starts = (round(q * (n - size)) for q in (0.25, 0.75))
            along.append([slice(start, start + size) for start in starts])
    return list(itertools.product(*along))
