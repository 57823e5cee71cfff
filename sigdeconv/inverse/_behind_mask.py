"""Where Richardson-Lucy starts behind a mask: a peak that is seen only by its wings starts bright.

A star that saturates is masked, and what is left of it are its wings. From a flat start they are
explained at first by light beside the mask, where the data speak loudest, and it takes many steps
until that light is back where it belongs. So a sample of the scene starts at

    x0 (x2 / x0)^(6 h (1 - h) t),

with x0 the flat start and x2 the estimate two steps on. h is the part of its light that the mask
hides and that of its surroundings is seen, 1 - v / mean(v) with v = A^T w / A^T 1; and t rises from
0 to 1 as x2 is a peak: with two axes, from 1.5 times its own mean over twice the kernel's width.
Dead samples (h near 0), the depth of holes, of which nobody knows (h near 1), data that are thin
everywhere, and holes in a scene that goes on behind them (no peak) start flat. The power is halved
while the start is less likely than the flat one.
"""

from __future__ import annotations

import dataclasses
import math

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.inverse._poisson import EM, SEEN
from sigdeconv.operators.convolution import Convolution

__all__ = ["brighten"]

POWER = 6.0
HALVED = 3  # times that the power may be halved
LEAST = 0.1  # the part h that has to be hidden somewhere
PEAK = (1.5, 1.8)  # an estimate over its local mean: where t is 0, and 1; with two axes


def brighten(x: Array, em: EM, operators: list[Convolution], gain: Array) -> Array:
    """Return the flat start `x`, brighter at peaks that masks hide.

    Parameters
    ----------
    x : array
        The start, flat where anything is seen; zero, or flat too, elsewhere.
    em : EM
        The map.
    operators : list of Convolution
        Those of its views.
    gain : array
        Sum of A^T w.
    """
    xp = namespace(x)
    bare = [dataclasses.replace(A, mask=None) for A in operators]
    whole = xp.zeros_like(x)
    for A in bare:
        whole = whole + A.adjoint(zeros(A.out_shape, x) + 1)
    seen = (x > 0) & (gain > SEEN * float(xp.max(gain)))
    seen = seen & (whole > SEEN * float(xp.max(whole)))
    none = xp.zeros_like(x)

    def part(a: Array, b: Array) -> Array:
        some = seen & (b > 0)
        return xp.where(some, a / xp.where(some, b, none + 1), none)

    sight = part(gain, whole)
    hidden = xp.where(seen, xp.clip(1 - part(sight, _around(sight, bare[0])), min=0), none)
    if not float(xp.max(hidden)) > LEAST:
        return x
    mean = em.predict(x)
    flat = em.objective(x, mean)
    found = em.update(x, mean)
    found = xp.where(seen, em.update(found, em.predict(found)), none)
    low, high = (c ** (len(x.shape) / 2) for c in PEAK)
    peaked = xp.clip((part(found, _around(found, bare[0])) - low) / (high - low), min=0, max=1)
    rise = hidden * (1 - hidden) * peaked * xp.log(xp.clip(part(found, x), min=1))
    most = math.log(math.prod(x.shape))  # no sample is brighter than all of the scene
    for k in range(HALVED):
        start = x * xp.exp(xp.clip(POWER / 2**k * rise, max=most))
        if em.objective(start, em.predict(start)) <= flat:
            return start
    return x


def _around(x: Array, A: Convolution) -> Array:
    """Return the mean of `x` over twice the width of the kernel, A^T A x / A^T A 1."""
    xp = namespace(x)
    weight = A.adjoint(A.forward(xp.zeros_like(x) + 1))
    return A.adjoint(A.forward(x)) / xp.clip(weight, min=SEEN * float(xp.max(weight)))
