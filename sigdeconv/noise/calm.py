"""The level of white noise where a scene is calm."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import final

import numpy as np

from sigdeconv._array import Array, NumpyArray, as_float, to_numpy
from sigdeconv.noise.high_pass import changes, high_pass, scene_axes, that_differ

__all__ = ["calm_level", "is_calm_white", "is_flat"]


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
    agreement : float
        Mean product of the signs of neighbours among the coefficients, up to which they are those
        of white noise, which has -0.46.
    flat : float
        Part of neighbouring samples that are equal, between the least value and the largest, from
        which on there is no noise.
    """

    share: float = 0.15
    samples: int = 1 << 15
    shortest: int = 16
    enough: int = 256
    fewest: int = 48
    trim: float = 0.8
    trimmed_mean: float = 0.5586
    agreement: float = -0.42
    flat: float = 0.5


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
    >>> round(calm_level(scene + 0.1 * np.random.default_rng(0).standard_normal((64, 64))), 1)
    0.1
    """
    parts = _coefficients(y)
    count = _how_many(parts)
    if count == 0:
        return 0.0
    detail, change = (np.concatenate([part[k][part[2]] for part in parts]) for k in (0, 1))
    calm = np.sort(np.abs(detail[np.argpartition(change, count)[:count]]))
    return float(np.mean(calm[: round(CALM.trim * count)])) / CALM.trimmed_mean


def is_calm_white(y: Array) -> bool:
    """Tell whether the calm areas of real data hold white noise, and no fine texture.

    Texture has less at the highest frequencies, so that neighbours among the coefficients of its
    high-pass differ less than those of white noise.

    Parameters
    ----------
    y : array, any shape
        Data in any units.

    Returns
    -------
    bool
        False too where there are too few samples to tell.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.ndimage import gaussian_filter
    >>> from sigdeconv.noise import is_calm_white
    >>> noise = np.random.default_rng(0).standard_normal((64, 64))
    >>> is_calm_white(noise), is_calm_white(gaussian_filter(noise, 1.0))
    (True, False)
    """
    parts = _coefficients(y)
    count = _how_many(parts)
    if count == 0:
        return False
    limit = np.partition(np.concatenate([change[live] for _, change, live in parts]), count)[count]
    products = []
    for detail, change, live in parts:
        calm, sign = live & (change < limit), np.sign(detail)
        for axis in range(detail.ndim):
            among, signed = np.moveaxis(calm, axis, 0), np.moveaxis(sign, axis, 0)
            both = among[1:] & among[:-1]
            products.append((signed[1:] * signed[:-1])[both])
    signs = np.concatenate(products)
    return bool(signs.size and np.mean(signs) <= CALM.agreement)


def is_flat(y: Array) -> bool:
    """Tell whether most of what is neither darkest nor brightest is exactly constant: no noise.

    At the least value and the largest data may be cut off; between them noise leaves few neighbours
    equal, unless it is smaller than what the numbers resolve.

    Parameters
    ----------
    y : array, any shape
        Data in any units.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.noise import is_flat
    >>> steps = np.repeat([0.0, 2.0, 1.0, 3.0, 0.0], 30)
    >>> is_flat(steps), is_flat(steps + 0.01 * np.random.default_rng(0).standard_normal(150))
    (True, False)
    """
    values = to_numpy(y)
    parts = [values[piece] for piece in _pieces(values.shape, tuple(range(values.ndim)))]
    low, high = min(part.min() for part in parts), max(part.max() for part in parts)
    pairs = equal = 0
    for part in parts:
        first, second = part[..., :-1], part[..., 1:]
        between = (first > low) & (first < high) & (second > low) & (second < high)
        pairs += int(np.count_nonzero(between))
        equal += int(np.count_nonzero(between & (first == second)))
    return pairs >= CALM.fewest // 2 and equal > CALM.flat * pairs


Coefficients = tuple[NumpyArray, NumpyArray, NumpyArray]


def _coefficients(y: Array) -> list[Coefficients]:
    """Return high-pass, changes and what is alive, of every piece of the data."""
    values = to_numpy(as_float(y, "y")).astype(np.float64)
    try:
        axes = scene_axes(None, values.shape)
    except ValueError:
        return []
    pieces = (values[piece] for piece in _pieces(values.shape, axes))
    return [(high_pass(p, axes), changes(p, axes), that_differ(p, axes)) for p in pieces]


def _how_many(parts: list[Coefficients]) -> int:
    """Return how many coefficients count as calm, 0 where they are too few."""
    size = sum(int(np.count_nonzero(live)) for _, _, live in parts)
    count = max(round(CALM.share * size), min(CALM.enough, size // 2))
    return count if count >= CALM.fewest else 0


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
