"""How far the border of a tile is felt, and how much memory a tile takes: both are measured.

A window of the sample is restored, and again without a rim. What the rim changes at a depth below
the new border is what a halo of that depth leaves of a seam. The memory is what the allocator of
NumPy says.
"""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.operators.convolution import Convolution
from sigdeconv.tiles.limits import TILING

__all__ = ["depths_of", "halo_of", "measured", "reach_of"]


def reach_of(A: Convolution) -> tuple[int, ...]:
    """Return how far the kernel reaches along each axis, in samples."""
    reach = zip(A.span, A.centre, A.dilation, strict=True)
    return tuple(max(s - 1 - c * d, c * d, TILING.least_reach) for s, c, d in reach)


def measured(solve: Callable[[], Any], samples: int) -> float:
    """Return the bytes that a function had in use at most, a sample."""
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        solve()
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not running:
            tracemalloc.stop()
    return peak / samples


def depths_of(shape: tuple[int, ...], reach: tuple[float, ...]) -> NumpyArray:
    """Return the distance of every sample from the border, in reaches of the kernel.

    A border along an axis of infinite reach does not count.
    """
    depth: Any = np.full((1,) * len(shape), math.inf)
    for axis, (n, r) in enumerate(zip(shape, reach, strict=True)):
        k = np.arange(n)
        along = np.minimum(k, n - 1 - k) / r if math.isfinite(r) else np.full(n, math.inf)
        depth = np.minimum(
            depth, along.reshape([-1 if a == axis else 1 for a in range(len(shape))])
        )
    return np.asarray(depth)


def halo_of(
    whole: NumpyArray, part: NumpyArray, rim: tuple[int, ...], reach: tuple[int, ...], spread: float
) -> tuple[float, float]:
    """Return a halo in reaches of the kernel, and the deviation that it leaves.

    Parameters
    ----------
    whole, part : array
        The estimate of a window, and of the window without its rim.
    rim : tuple of int
        Samples on each side.
    reach : tuple of int
        See `reach_of`.
    spread : float
        Range of the data.
    """
    inner = tuple(slice(r, n - r) for r, n in zip(rim, whole.shape, strict=True))
    deviation = np.abs(whole[inner] - part).ravel() / (spread or 1.0)
    cut = tuple(r if w else math.inf for r, w in zip(reach, rim, strict=True))
    depth = depths_of(part.shape, cut).ravel()
    order = np.argsort(depth, kind="stable")
    # The largest deviation at this depth or deeper.
    worst = np.maximum.accumulate(deviation[order][::-1])[::-1]
    depth = depth[order]
    deepest = float(depth[-1])
    kept = float(worst[np.searchsorted(depth, 0.75 * deepest)])
    target = max(TILING.seam, TILING.plateau * kept)
    at = int(np.argmax(worst <= target))
    halo = max(TILING.margin * float(depth[at]), 1.0)
    if kept > TILING.seam and deepest < 2 * TILING.usual_halo:
        halo = max(halo, TILING.usual_halo)
    return halo, float(worst[min(int(np.searchsorted(depth, halo)), worst.size - 1)])
