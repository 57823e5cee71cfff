"""A weight for a penalty of Richardson-Lucy, from data held out.

The data are split into two independent parts (`sigdeconv.stopping.split`); the method runs on the
first with rising and falling weights, each run from where the last one ended, and the weight whose
estimate predicts the second part best is taken, between the tried ones by a parabola. The search
starts from the weight that noise of standard deviation s in data of mean m asks for, c s / m: the
slope of the penalty against that of the likelihood. The first part has more noise than the whole
data, so the weight found is multiplied by the root of its share of the light. A weight has no unit,
so that of large data is found on the part of them that varies most.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np

from sigdeconv._array import Array, namespace
from sigdeconv.inverse._observed import beside
from sigdeconv.operators.convolution import Convolution
from sigdeconv.stopping import FRACTION, mismatch, split

__all__ = ["auto_weight", "cut", "smaller"]

FIRST = {"tv": 0.15, "tikhonov-miller": 0.15, "entropy": 0.15}  # c
FACTOR = 2.0  # between weights that are tried
REACH = 10  # factors away from the first weight, at most
STEPS = 30  # iterations of a trial
MOST = 2**19  # samples from which on a part is enough

Path = Callable[[Array, float, Array | None], Iterator[tuple[Array, Array]]]


def cut(seen: list[tuple[Array, Convolution]]) -> tuple[slice, ...] | None:
    """Return the part of large data that varies most, as slices; None if all of them are needed.

    Parameters
    ----------
    seen : list of (data, operator)
        Observations of one scene, of the same window.
    """
    y, A = seen[0]
    plain = all(
        set(B._stride) == {1} and (B is A or (B.mask is None and B._centre == _half(B)))
        for _, B in seen
    )
    if math.prod(y.shape) <= MOST or not plain:
        return None
    edge = math.ceil(MOST ** (1 / y.ndim))
    width = [min(n, max(edge, 2 * k)) for n, k in zip(y.shape, A.span, strict=True)]
    corners = itertools.product(
        *(range(0, n - w + 1, max(w // 2, 1)) for n, w in zip(y.shape, width, strict=True))
    )
    parts = [tuple(slice(k, k + w) for k, w in zip(at, width, strict=True)) for at in corners]
    xp = namespace(y)
    return max(parts, key=lambda part: float(xp.std(y[part])))


def _half(A: Convolution) -> tuple[int, ...]:
    """Return the centre that a kernel has by default."""
    return tuple(k // 2 for k in A.psf.shape)


def smaller(
    seen: list[tuple[Array, Convolution]], part: tuple[slice, ...]
) -> list[tuple[Array, Convolution]]:
    """Return that part of the data with operators that know nothing of the rest."""
    y, A = seen[0][0][part], seen[0][1]
    mask = None if A.mask is None else A.mask[part]
    small = Convolution.for_data(
        A.psf, y.shape, centre=A.centre, dilation=A.dilation, mask=mask, workers=A.workers
    )
    return [(y, small), *((z[part], beside(B.psf, small, "views")) for z, B in seen[1:])]


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
    seen = A._masked(seen)
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
