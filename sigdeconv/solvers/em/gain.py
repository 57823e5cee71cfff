"""Whether a penalty helps, seen on coarser copies of the data.

What a penalty does beyond the frequencies that the kernel lets through, no data held out can tell:
total variation flattens the points that Richardson-Lucy draws together. But scenes look alike on
all scales. The means of blocks of the data are a scene of the same kind, and it is known. Blurred
by the same kernel, with noise of the same size, it is restored with the penalty and without, each
stopped where it is best; the penalty is worth having if it comes nearer, over several sizes of
the blocks.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import final

import numpy as np

from sigdeconv._array import Array, like, namespace, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.em.acceleration import HeavyBall
from sigdeconv.solvers.em.coarse import coarser
from sigdeconv.solvers.em.run import em_iteration
from sigdeconv.solvers.em.settings import EMSettings
from sigdeconv.stopping import split

__all__ = ["gain_of_penalty"]


@final
@dataclasses.dataclass(frozen=True)
class CoarseCopies:
    """Constants of the trial on coarser copies.

    Attributes
    ----------
    factors : tuple of int
        Samples of a block on each axis.
    steps : int
        Accelerated iterations among which the best is taken.
    least : int
        Samples of a coarser scene that are seen, beside the kernel.
    """

    factors: tuple[int, ...] = (2, 3, 4)
    steps: int = 25
    least: int = 8


COPIES = CoarseCopies()


def gain_of_penalty(y: Array, A: Convolution, settings: EMSettings) -> float | None:
    """Return by how many decibels a penalty lowers the error, in the mean over coarser scenes.

    Parameters
    ----------
    y : array
        The data.
    A : Convolution
        Their operator.
    settings : EMSettings
        With the penalty and its weight, for these data.

    Returns
    -------
    float or None
        None if the data are too few, masked, of another grid than the scene, or without noise.
    """
    first, second = split(y, 0.5, 0)
    xp = namespace(y)
    mean, variance = float(xp.mean(y)), float(xp.mean((first - second) ** 2)) / 4
    if mean <= 0 or variance <= 0 or A.mask is not None or set(A.stride) != {1}:
        return None
    rng = np.random.default_rng(0)
    trial = dataclasses.replace(settings, acceleration=HeavyBall())
    gains = []
    for factor in COPIES.factors:
        spans = zip(y.shape, A.span, strict=True)
        if any(n // factor < k - 1 + max(k, COPIES.least) for n, k in spans):
            continue
        scene = xp.clip(coarser(y, (factor,) * y.ndim), min=0)
        B = Convolution(A.psf, scene.shape, centre=A.centre, dilation=A.dilation, workers=A.workers)
        light = np.clip(to_numpy(B.forward(scene)), 0, None)
        data = like(rng.poisson(light * (mean / variance)) * (variance / mean), y)
        plain = _least_error(scene, data, B, dataclasses.replace(trial, weight=0.0))
        penalised = _least_error(scene, data, B, trial)
        if min(plain, penalised) > 0:
            gains.append(10 * math.log10(plain / penalised))
    return sum(gains) / len(gains) if gains else None


def _least_error(scene: Array, data: Array, B: Convolution, settings: EMSettings) -> float:
    """Return the least mean squared error of an estimate of `scene`, where the data see it."""
    steps = itertools.islice(em_iteration([(data, B)], settings), COPIES.steps)
    mean = namespace(data).mean
    return min(float(mean((x[B.window] - scene[B.window]) ** 2)) for x, _ in steps)
