"""Radial functions on a uniform grid: interpolated, integrated over pixels, averaged on a disk.

A band-limited function of the radius is known from samples at ``k dr``, k = 0, 1, ..., and goes on
evenly below zero. Polynomial interpolation over eight samples and Gauss-Legendre over each pixel
are both linear in the samples: one sparse matrix serves every plane of a stack.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv.psf._model import gauss

__all__ = ["RADIAL", "disk_average", "over_pixels", "over_plane"]


@final
@dataclasses.dataclass(frozen=True)
class RadialGrid:
    """Constants of the radial grid.

    Attributes
    ----------
    samples : float
        Samples per ``wavelength / NA``; the shortest period of an intensity is half of that.
    taps : int
        Samples that a value is interpolated from.
    least_nodes : int
        Gauss-Legendre nodes of a pixel along an axis, at least.
    nodes : float
        Further nodes per shortest period that fits into the pixel.
    block : int
        Interpolated points that are worked on at once.
    """

    samples: float = 24.0
    taps: int = 8
    least_nodes: int = 4
    nodes: float = 4.0
    block: int = 1 << 16


RADIAL = RadialGrid()


def _weights(radii: NDArray[np.float64], dr: float) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return indices and Lagrange weights, shape ``(len(radii), taps)``, for `radii`."""
    taps = RADIAL.taps
    position = radii / dr
    first = np.floor(position).astype(np.intp) - (taps // 2 - 1)
    offset = position - first
    # The product of all other distances: those before, from the left, times those after.
    weights = np.empty((taps, radii.size))
    before = np.ones(radii.size)
    for j in range(taps):
        weights[j] = before
        before *= offset - j
    after = np.ones(radii.size)
    for j in reversed(range(taps)):
        scale = (-1) ** (taps - 1 - j) * math.factorial(j) * math.factorial(taps - 1 - j)
        weights[j] *= after / scale
        after *= offset - j
    return np.abs(first[:, None] + np.arange(taps)), np.ascontiguousarray(weights.T)


def _matrix(radii: NDArray[np.float64], shares: NDArray[np.float64], dr: float, size: int) -> Any:
    """Return the sparse matrix of sums over the last axis of `radii`, weighted by `shares`."""
    from scipy.sparse import csr_matrix

    rows = radii.shape[0]
    index, weights = _weights(radii.ravel(), dr)
    values = weights * np.broadcast_to(shares, radii.shape).reshape(-1, 1)
    each = radii[0].size * RADIAL.taps
    return csr_matrix(
        (values.ravel(), index.ravel(), np.arange(rows + 1) * each), shape=(rows, size)
    )


def over_pixels(
    table: NDArray[np.float64],
    dr: float,
    shape: Sequence[int],
    pitch: Sequence[float],
    period: float,
) -> NDArray[np.float64]:
    """Return the integrals over pixels of radial functions centred at index ``n // 2``.

    Parameters
    ----------
    table : ndarray, shape (number of radii, number of functions)
        Values at ``k dr``, up to four samples beyond the farthest corner.
    dr : float
        Distance of the radii.
    shape, pitch : two entries
        Pixels and their size on each axis.
    period : float
        Shortest period of the functions.

    Returns
    -------
    ndarray, shape (number of functions, *shape)
        Integrals in units of the radius squared.
    """
    axes, shares = [], []
    for n, step in zip(shape, pitch, strict=True):
        order = RADIAL.least_nodes + math.ceil(RADIAL.nodes * step / period)
        x, w = gauss(order)
        axes.append((np.arange(n // 2 + 1)[:, None] + x / 2) * step)
        shares.append(w * step / 2)
    weight = np.multiply.outer(*shares).ravel()
    height, width = (len(axis) for axis in axes)
    quadrant = np.empty((height * width, table.shape[1]))
    rows = max(RADIAL.block // (width * weight.size), 1)
    for start in range(0, height, rows):
        part = axes[0][start : start + rows]
        radii = np.hypot(part[:, None, :, None], axes[1][None, :, None, :])
        flat = radii.reshape(len(part) * width, -1)
        quadrant[start * width : (start + len(part)) * width] = (
            _matrix(flat, weight, dr, len(table)) @ table
        )
    y, x = (np.abs(np.arange(n) - n // 2) for n in shape)
    full = quadrant.reshape(height, width, -1)[y[:, None], x[None, :]]
    return np.moveaxis(full, -1, 0)


def disk_average(
    table: NDArray[np.float64], dr: float, radius: float, count: int, period: float
) -> NDArray[np.float64]:
    """Return radial functions averaged over a disk of `radius` about each of `count` radii."""
    order = 6 + math.ceil(3 * radius / period)
    x, w = gauss(order)
    rho, share = radius * (x + 1) / 2, w * (x + 1) / 2
    turns = 10 + math.ceil(2 * math.pi * radius / period)
    # The distance is even in the angle: half a turn at the middles of equal steps.
    cos = np.cos((np.arange(turns) + 0.5) * math.pi / turns)
    r = np.arange(count) * dr
    square = r[:, None, None] ** 2 + rho[:, None] ** 2 - 2 * r[:, None, None] * rho[:, None] * cos
    radii = np.sqrt(np.maximum(square, 0.0)).reshape(count, -1)
    shares = np.repeat(share / turns, turns)
    return np.asarray(_matrix(radii, shares, dr, len(table)) @ table)


def over_plane(table: NDArray[np.float64], dr: float) -> NDArray[np.float64]:
    """Return the integrals of radial functions over the plane, up to the last radius."""
    r = np.arange(len(table)) * dr
    # Euler-Maclaurin: the slope of r f(r) at zero is f(0).
    return np.asarray(2 * math.pi * (dr * (r @ table) + dr**2 / 12 * table[0]))
