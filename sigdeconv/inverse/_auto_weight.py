"""A weight for a penalty of Richardson-Lucy, from data held out.

The data are split into two independent parts (`sigdeconv.stopping.split`); the method runs on the
first with rising and falling weights, each run from where the last one ended, and the weight whose
estimate predicts the second part best is taken, between the tried ones by a parabola. The search
starts from the weight that noise of standard deviation s in data of mean m asks for, c s / m: the
slope of the penalty against that of the likelihood. The first part has more noise than the whole
data, so the weight found is multiplied by the root of its share of the light.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np

from sigdeconv._array import Array, like, namespace
from sigdeconv.operators.convolution import Convolution
from sigdeconv.stopping import FRACTION, mismatch, split

__all__ = ["auto_weight"]

FIRST = {"tv": 0.15, "tikhonov-miller": 0.15, "entropy": 0.15}  # c
FACTOR = 2.0  # between weights that are tried
REACH = 10  # factors away from the first weight, at most
STEPS = 30  # iterations of a trial

Path = Callable[[Array, float, Array | None], Iterator[tuple[Array, Array]]]


def auto_weight(y: Array, A: Convolution, regularization: str, path: Path) -> float:
    """Return the weight with which data held out are predicted best.

    Parameters
    ----------
    y : array
        The data.
    A : Convolution
        Their operator.
    regularization : str
        Name of the penalty.
    path : callable
        ``path(data, weight, start)`` runs the method on other data.
    """
    xp = namespace(y)
    seen, held = split(y, FRACTION, 0)
    variance = FRACTION * (1 - FRACTION) * float(xp.mean((seen - held) ** 2))
    mean = float(xp.mean(y))
    if variance <= 0 or mean <= 0:
        return 0.0  # no noise, no price
    if A.mask is not None:
        seen = seen * like(A.mask, y)
    first = FIRST[regularization] * math.sqrt(variance / FRACTION) / mean
    found: dict[int, float] = {}
    last: Array | None = None

    def misfit(k: int) -> float:
        nonlocal last
        if k not in found:
            trial = path(seen, first * FACTOR**k, last)
            x, Ax = next(itertools.islice(trial, STEPS, None))
            found[k] = mismatch(held, Ax, A.psf, A.mask)
            last = x
        return found[k]

    at = 0
    for direction in (1, -1):
        while abs(at) < REACH and misfit(at + direction) < misfit(at):
            at += direction
        if at:
            break
    low, middle, high = (misfit(at + k) for k in (-1, 0, 1))
    bend = low - 2 * middle + high
    offset = float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5)) if bend > 0 else 0.0
    return float(first * FACTOR ** (at + offset) * math.sqrt(FRACTION))
