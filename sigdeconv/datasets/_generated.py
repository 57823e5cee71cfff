"""Generated signals: they depend on their arguments and `rng` only."""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray, random_generator
from sigdeconv._checks import integer, integers

__all__ = [
    "beads",
    "phantom",
    "spectrum",
    "spikes",
    "star_field",
]


def spectrum(n: int = 1024, *, lines: int = 24, rng: Any = 0) -> NumpyArray:
    """Return a 1-D emission spectrum in counts: narrow lines on a smooth baseline.

    Parameters
    ----------
    n : int, default: 1024
        Number of samples, at least 16.
    lines : int, default: 24
        Number of lines; their heights fall off from about 10 000 counts to 100.
    rng : int or numpy.random.Generator, default: 0
        Where the lines lie.

    Returns
    -------
    array of shape (n,)
        Expected counts, noise-free, positive.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> s = datasets.spectrum(256)
    >>> s.shape, bool(s.min() > 0)
    ((256,), True)
    """
    n, lines = integer("n", n, least=16), integer("lines", lines, least=0)
    rng = random_generator(rng)
    t = np.arange(n)
    baseline = 200 + 150 * np.exp(-t / (0.4 * n)) + 50 * (t / n) ** 2
    centre = np.sort(rng.uniform(0.04 * n, 0.96 * n, size=lines))
    height = 10 ** rng.permutation(np.linspace(4, 2, lines))
    width = rng.uniform(0.8, 1.6, size=lines)
    z = (t[:, None] - centre) / width
    return np.asarray(baseline + np.exp(-0.5 * z**2) @ height)


def spikes(n: int = 512, count: int = 24, rng: Any = 0) -> NumpyArray:
    """Return a 1-D reflectivity: `count` isolated spikes of either sign, zero elsewhere.

    Parameters
    ----------
    n : int, default: 512
        Number of samples.
    count : int, default: 24
        Number of spikes, at most `n`.
    rng : int or numpy.random.Generator, default: 0
        Where they lie and how strong they are.

    Returns
    -------
    array of shape (n,)
        Amplitudes between 0.1 and 1 in size.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import datasets
    >>> int(np.count_nonzero(datasets.spikes(100, 7)))
    7
    """
    n = integer("n", n, least=1)
    count = integer("count", count, least=0, most=n)
    rng = random_generator(rng)
    x = np.zeros(n)
    where = rng.choice(n, size=count, replace=False)
    x[where] = rng.uniform(0.1, 1, size=count) * rng.choice([-1.0, 1.0], size=count)
    return x


def beads(shape: tuple[int, ...] = (32, 64, 64), *, count: int = 12, rng: Any = 0) -> NumpyArray:
    """Return a stack as a fluorescence microscope sees one: beads, filaments and hollow shells.

    Parameters
    ----------
    shape : tuple of int, default: (32, 64, 64)
        Any number of dimensions of at least 8 samples.
    count : int, default: 12
        Number of beads; a quarter as many filaments and shells are drawn, at least two of each.
    rng : int or numpy.random.Generator, default: 0
        Where they lie.

    Returns
    -------
    array of `shape`
        Brightness in [0, 1], zero in the background; edges are one sample soft.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> x = datasets.beads()
    >>> x.shape, float(x.min()), float(x.max())
    ((32, 64, 64), 0.0, 1.0)
    """
    shape, count = _shape(shape, 8), integer("count", count, least=0)
    rng = random_generator(rng)
    size = np.array(shape, dtype=float)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).astype(float)
    x = np.zeros(shape)

    def draw(distance: NumpyArray, radius: float, brightness: float) -> None:
        np.maximum(x, brightness * np.clip(radius + 0.5 - distance, 0, 1), out=x)

    for _ in range(count):
        centre = rng.uniform(0.1, 0.9, size=size.size) * (size - 1)
        radius = rng.uniform(0.8, 0.06 * size.min() + 0.8)
        draw(np.linalg.norm(grid - centre, axis=-1), radius, rng.uniform(0.5, 1))
    for _ in range(max(count // 4, 2)):
        start, end = rng.uniform(0.05, 0.95, size=(2, size.size)) * (size - 1)
        draw(_segment_distance(grid, start, end), 0.8, rng.uniform(0.3, 0.7))
    for _ in range(max(count // 4, 2)):
        centre = rng.uniform(0.25, 0.75, size=size.size) * (size - 1)
        radius = rng.uniform(0.1, 0.2) * size.min()
        shell = np.abs(np.linalg.norm(grid - centre, axis=-1) - radius)
        draw(shell, 0.6, rng.uniform(0.3, 0.6))
    peak = float(x.max())
    return np.minimum(x / peak, 1.0) if peak > 0 else x


def star_field(
    shape: tuple[int, ...] = (256, 256), rng: Any = 0, *, count: int = 120
) -> NumpyArray:
    """Return point sources on whole samples, few bright and many faint, on a black sky.

    Parameters
    ----------
    shape : tuple of int, default: (256, 256)
        Any number of dimensions.
    rng : int or numpy.random.Generator, default: 0
        Where the stars lie and how bright they are.
    count : int, default: 120
        Number of stars; two may fall on one sample, and their brightness adds.

    Returns
    -------
    array of `shape`
        Brightness in [0, 1]; the number of stars brighter than f falls off as ``f**-1``.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> x = datasets.star_field((64, 64))
    >>> float(x.min()), float(x.max())
    (0.0, 1.0)
    """
    shape, count = _shape(shape, 1), integer("count", count, least=1)
    rng = random_generator(rng)
    x = np.zeros(shape)
    where = rng.integers(0, np.array(shape), size=(count, len(shape)))
    np.add.at(x, tuple(where.T), 1 / rng.uniform(0.005, 1, size=count))
    return np.asarray(x / x.max())


def phantom(n: int = 256) -> NumpyArray:
    """Return the modified Shepp-Logan head phantom, ten ellipses, (n, n).

    Parameters
    ----------
    n : int, default: 256
        Samples along each side; each is averaged over 2 x 2 points.

    Returns
    -------
    array of shape (n, n)
        Values in [0, 1], piecewise constant.

    References
    ----------
    L. A. Shepp, B. F. Logan, "The Fourier reconstruction of a head section", IEEE Transactions on
    Nuclear Science 21, 21 (1974). https://doi.org/10.1109/TNS.1974.6499235
    P. A. Toft, "The Radon transform: theory and implementation", PhD thesis, Technical University
    of Denmark (1996): the contrast.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.phantom(64).shape
    (64, 64)
    """
    n = integer("n", n, least=1)
    axis = (np.arange(2 * n) + 0.5) / n - 1
    x, y = axis, -axis[:, None]
    out = np.zeros((2 * n, 2 * n))
    for value, a, b, x0, y0, degrees in _ELLIPSES:
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        u, v = (x - x0) * c + (y - y0) * s, (y - y0) * c - (x - x0) * s
        out += value * ((u / a) ** 2 + (v / b) ** 2 <= 1)
    return np.asarray(np.clip(out.reshape(n, 2, n, 2).mean(axis=(1, 3)), 0, 1))


# brightness, semi-axes a and b, centre x0 and y0, angle in degrees (Toft 1996)
_ELLIPSES = (
    (1.0, 0.69, 0.92, 0.0, 0.0, 0.0),
    (-0.8, 0.6624, 0.874, 0.0, -0.0184, 0.0),
    (-0.2, 0.11, 0.31, 0.22, 0.0, -18.0),
    (-0.2, 0.16, 0.41, -0.22, 0.0, 18.0),
    (0.1, 0.21, 0.25, 0.0, 0.35, 0.0),
    (0.1, 0.046, 0.046, 0.0, 0.1, 0.0),
    (0.1, 0.046, 0.046, 0.0, -0.1, 0.0),
    (0.1, 0.046, 0.023, -0.08, -0.605, 0.0),
    (0.1, 0.023, 0.023, 0.0, -0.606, 0.0),
    (0.1, 0.023, 0.046, 0.06, -0.605, 0.0),
)


def _segment_distance(grid: NumpyArray, start: NumpyArray, end: NumpyArray) -> NumpyArray:
    """Return the distance of every grid point to the segment from `start` to `end`."""
    along = end - start
    t = np.clip((grid - start) @ along / max(float(along @ along), 1e-12), 0, 1)
    return np.asarray(np.linalg.norm(grid - start - t[..., None] * along, axis=-1))


def _shape(shape: Any, least: int) -> tuple[int, ...]:
    """Return a shape, one whole number an axis; one alone is a signal of one axis."""
    return integers("shape", shape, max(1, np.size(shape)), least=least)
