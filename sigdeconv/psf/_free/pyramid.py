"""From coarse to fine: picture and kernels by turns on every level."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import final

import numpy as np

from sigdeconv.psf._free.kernel import centred_kernels, cleaned, fitted
from sigdeconv.psf._free.picture import Pictures, Singles

__all__ = ["PYRAMID", "RUNS", "Trial", "coarse_to_fine"]


@final
@dataclasses.dataclass(frozen=True)
class Pyramid:
    """Constants of the levels, for data of unit contrast.

    Attributes
    ----------
    step : float
        Ratio of the sizes of two levels.
    smallest : int
        Samples of the kernel on the coarsest level.
    turns : int
        Picture and kernel steps of a level.
    fall : float
        Factor of the penalty from one turn to the next.
    least : float
        Least penalty.
    antialias : float
        Standard deviation of the Gaussian before shrinking by s, in ``sqrt(1 / s^2 - 1)``.
    blur, noise : float
        Standard deviation in samples of the Gaussian that smooths the data on every level, at that
        standard deviation of the noise; it grows with the noise's cube root.
    """

    step: float = math.sqrt(0.5)
    smallest: int = 3
    turns: int = 5
    fall: float = 1 / 1.1
    least: float = 1e-4
    antialias: float = 0.45
    blur: float = 0.7
    noise: float = 0.01


PYRAMID = Pyramid()


@final
@dataclasses.dataclass(frozen=True)
class Trial:
    """What one run does differently.

    Attributes
    ----------
    penalty : float
        Weight of a gradient that is not zero, at first.
    smooth, weight : float
        Gaussian on the data alone, and on both sides of the equations, in `Pyramid.blur`.
    """

    penalty: float = 4e-3
    smooth: float = 1.0
    weight: float = 0.0


RUNS = (Trial(), Trial(smooth=0.0, weight=1.43), Trial(penalty=2e-3))


def coarse_to_fine(
    frames: Sequence[Singles], size: Sequence[int], noise: float, run: Trial
) -> list[Singles]:
    """Return the kernel of each frame, of the odd shape `size`."""
    from scipy.ndimage import gaussian_filter

    blur = PYRAMID.blur * (noise / PYRAMID.noise) ** (1 / 3)
    count = math.ceil(math.log(PYRAMID.smallest / max(size)) / math.log(PYRAMID.step))
    kernels: list[Singles] = []
    before, penalty = 1.0, run.penalty
    for level in range(max(count, 0), -1, -1):
        scale = PYRAMID.step**level
        taps = [_odd(n * scale) for n in size]
        small = [_shrunk(frame, scale) for frame in frames]
        if run.smooth:
            small = [np.asarray(gaussian_filter(frame, run.smooth * blur)) for frame in small]
        kernels = [_grown(k, taps, before / scale) for k in kernels] or [_first(taps)] * len(small)
        pictures = Pictures.of(small, max(taps), run.weight * blur)
        for _ in range(PYRAMID.turns):
            x = pictures.sharp(kernels, penalty)
            kernels = [
                cleaned(fitted(x, y, k, run.weight * blur))
                for y, k in zip(small, kernels, strict=True)
            ]
            kernels = centred_kernels(kernels)
            penalty = max(penalty * PYRAMID.fall, PYRAMID.least)
        before = scale
    return kernels


def _odd(length: float) -> int:
    return max(2 * round((length - 1) / 2) + 1, 1)


def _first(taps: Sequence[int]) -> Singles:
    """Return (1/4, 1/2, 1/4) along the last axis."""
    kernel = np.zeros(taps, np.float32)
    middle = tuple(n // 2 for n in taps)
    kernel[middle] = 0.5
    for side in (-1, 1):
        kernel[(*middle[:-1], middle[-1] + side)] += 0.25
    return kernel


def _shrunk(frame: Singles, scale: float) -> Singles:
    from scipy.ndimage import gaussian_filter, map_coordinates

    if scale == 1:
        return frame
    smooth = gaussian_filter(frame, PYRAMID.antialias * math.sqrt(1 / scale**2 - 1))
    places = [(np.arange(max(round(n * scale), 1)) + 0.5) / scale - 0.5 for n in frame.shape]
    grid = np.meshgrid(*places, indexing="ij")
    return np.asarray(map_coordinates(smooth, grid, order=1, mode="nearest"), np.float32)


def _grown(kernel: Singles, taps: Sequence[int], ratio: float) -> Singles:
    """Return a kernel of the next level, where samples are `ratio` times as far apart."""
    from scipy.ndimage import map_coordinates

    places = [
        (np.arange(n) - n // 2) * ratio + k // 2 for n, k in zip(taps, kernel.shape, strict=True)
    ]
    grid = np.meshgrid(*places, indexing="ij")
    grown = np.maximum(map_coordinates(kernel, grid, order=1, mode="constant"), 0)
    return np.asarray(grown / grown.sum(), np.float32)
