"""Whether a penalty helps, seen on coarser copies of the data.

What a penalty does beyond the frequencies that the kernel lets through, no data held out can tell:
total variation flattens the points that Richardson-Lucy draws together. But scenes look alike on
all scales. The means of blocks of the data are a scene of the same kind, and it is known. Blurred
by the same kernel, with noise of the same size, it is restored with the penalty and without, each
stopped where it is best; the penalty is worth its price if it comes nearer, over several sizes of
the blocks.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv._array import Array, like, namespace, to_numpy
from sigdeconv.method import registry
from sigdeconv.operators.convolution import Convolution
from sigdeconv.stopping import split

__all__ = ["coarser", "gain_of_penalty"]

FACTORS = (2, 3, 4)  # samples of a block on each axis
STEPS = 25  # accelerated iterations among which the best is taken
LEAST = 8  # samples of a coarser scene that are seen


def gain_of_penalty(y: Array, A: Convolution, weight: float, regularization: str) -> float | None:
    """Return by how many decibels a penalty lowers the error, in the mean over coarser scenes.

    Parameters
    ----------
    y : array
        The data.
    A : Convolution
        Their operator.
    weight : float
        That of the penalty, for these data.
    regularization : str
        Name of the penalty.

    Returns
    -------
    float or None
        None if the data are too few, masked, of another grid than the scene, or without noise.
    """
    first, second = split(y, 0.5, 0)
    xp = namespace(y)
    mean, variance = float(xp.mean(y)), float(xp.mean((first - second) ** 2)) / 4
    if mean <= 0 or variance <= 0 or A.mask is not None or set(A._stride) != {1}:
        return None
    rng = np.random.default_rng(0)
    gains = []
    for factor in FACTORS:
        spans = zip(y.shape, A.span, strict=True)
        if any(n // factor < k - 1 + max(k, LEAST) for n, k in spans):
            continue
        scene = xp.clip(coarser(y, (factor,) * y.ndim), min=0)
        B = Convolution(A.psf, scene.shape, centre=A.centre, dilation=A.dilation, workers=A.workers)
        light = np.clip(to_numpy(B.forward(scene)), 0, None)
        data = like(rng.poisson(light * (mean / variance)) * (variance / mean), y)
        plain, penalised = (
            _least_error(scene, data, B, {"regularization": regularization, "weight": price})
            for price in (0.0, weight)
        )
        if min(plain, penalised) > 0:
            gains.append(10 * math.log10(plain / penalised))
    return sum(gains) / len(gains) if gains else None


def _least_error(scene: Array, data: Array, B: Convolution, options: dict[str, Any]) -> float:
    """Return the least mean squared error of an estimate of `scene`, where the data see it."""
    rule = registry.get("richardson_lucy").rule
    steps = itertools.islice(rule(data, B, acceleration="heavy-ball", **options), STEPS)
    mean = namespace(data).mean
    return min(float(mean((x[B.window] - scene[B.window]) ** 2)) for x, _ in steps)


def coarser(y: Array, factors: Sequence[int]) -> Array:
    """Return the means of blocks; what is left at the end of an axis is left out."""
    for axis, factor in enumerate(factors):
        whole = (slice(None),) * axis
        n = y.shape[axis] // factor * factor
        total = y[(*whole, slice(0, n, factor), ...)] + 0
        for k in range(1, factor):
            total += y[(*whole, slice(k, n, factor), ...)]
        y = total / factor
    return y
