"""Where Richardson-Lucy starts behind a mask: light that is seen only by its wings starts bright.

A star that saturates is masked, and what is left of it are its wings. From a flat start they are
explained at first by light beside the mask, where the data speak loudest, and it takes many steps
until that light is back where it belongs. So a sample of the scene starts at

    x0 (x4 / x0)^(4 h (1 - h) t),

with x0 the flat start and x4 the estimate four steps on. h is the part of its light that the mask
hides and that of its surroundings is seen, 1 - v / mean(v) with v = A^T w / A^T 1; and t rises from
0 to 1 where x4 is ten to twenty times as bright as the scene. Dead samples (h near 0), the depth of
holes, of which nobody knows (h near 1), data that are thin everywhere, and holes in a scene without
such light start flat. The power is halved while the start is less likely than the flat one.
"""

from __future__ import annotations

import dataclasses
import math

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.em.map import EM, SEEN

__all__ = ["brighten_behind_masks"]

STEPS = 4
POWER = 4.0
HALVED = 3  # powers that are tried
LEAST = 0.1  # the part h that has to be hidden somewhere
BRIGHT = (10.0, 20.0)  # x4 / x0 where t is 0, and where it is 1


def brighten_behind_masks(x: Array, em: EM, operators: list[Convolution], gain: Array) -> Array:
    """Return the flat start `x`, brighter where masks hide far more light than elsewhere.

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
    seen = (x > 0) & (gain > SEEN * float(xp.max(gain)))
    hidden = _hidden(operators, gain, seen)
    if not float(xp.max(hidden)) > LEAST:
        return x
    mean = em.predict(x)
    flat = em.objective(x, mean)
    found = em.update(x, mean)
    for _ in range(STEPS - 1):
        found = em.update(found, em.predict(found))
    ratio = xp.clip(_quotient(found, x, seen), min=1)
    low, high = BRIGHT
    rise = hidden * (1 - hidden) * xp.log(ratio)
    rise *= xp.clip((ratio - low) / (high - low), min=0, max=1)
    if not float(xp.max(rise)) > 0:
        return x
    most = math.log(math.prod(x.shape))  # no sample is brighter than all of the scene
    for k in range(HALVED):
        start = x * xp.exp(xp.clip(POWER / 2**k * rise, max=most))
        if em.objective(start, em.predict(start)) <= flat:
            return start
    return x


def _hidden(operators: list[Convolution], gain: Array, seen: Array) -> Array:
    """Return h: the part of the light that masks hide, relative to the surroundings."""
    xp = namespace(gain)
    none = xp.zeros_like(gain)
    bare = [dataclasses.replace(A, mask=None) for A in operators]
    whole = none
    for A in bare:
        whole = whole + A.adjoint(zeros(A.out_shape, gain) + 1)
    seen = seen & (whole > SEEN * float(xp.max(whole)))
    sight = _quotient(gain, whole, seen)
    if not float(xp.max(xp.where(seen, 1 - sight, none))) > LEAST:
        return none
    first = bare[0]  # the mean over twice the width of its kernel is A^T A x / A^T A 1
    around = _quotient(
        first.adjoint(first.forward(sight)), first.adjoint(first.forward(none + 1)), seen
    )
    return xp.where(seen, xp.clip(1 - _quotient(sight, around, seen), min=0), none)


def _quotient(a: Array, b: Array, where: Array) -> Array:
    """Return a / b where that is asked for and `b` is above zero, else zero."""
    xp = namespace(a)
    where = where & (b > 0)
    return xp.where(where, a / xp.where(where, b, xp.ones_like(b)), xp.zeros_like(a))
