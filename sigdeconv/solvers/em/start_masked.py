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
from typing import final

from sigdeconv._array import Array, namespace, zeros
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.em.map import EM, VISIBLE

__all__ = ["brighten_behind_masks"]


@final
@dataclasses.dataclass(frozen=True)
class MaskedStart:
    """Constants of the start behind masks, each chosen by eye.

    benchmarks/richardson_lucy_masks.py measures what comes of them together.

    Attributes
    ----------
    steps : int
        Iterations from the flat start after which the light is looked at.
    power : float
        First exponent of the brightening.
    powers : int
        Exponents that are tried, each half of the one before.
    least_hidden : float
        The part h that has to be hidden somewhere.
    faint, bright : float
        x4 / x0 where t is 0, and where it is 1.
    """

    steps: int = 4
    power: float = 4.0
    powers: int = 3
    least_hidden: float = 0.1
    faint: float = 10.0
    bright: float = 20.0


MASKED = MaskedStart()


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
    seen = (x > 0) & (gain > VISIBLE * float(xp.max(gain)))
    hidden = _hidden(operators, gain, seen)
    if not float(xp.max(hidden)) > MASKED.least_hidden:
        return x
    mean = em.predict(x)
    flat = em.objective(x, mean)
    found = em.update(x, mean)
    for _ in range(MASKED.steps - 1):
        found = em.update(found, em.predict(found))
    ratio = xp.clip(_quotient(found, x, seen), min=1)
    rise = hidden * (1 - hidden) * xp.log(ratio)
    rise *= xp.clip((ratio - MASKED.faint) / (MASKED.bright - MASKED.faint), min=0, max=1)
    if not float(xp.max(rise)) > 0:
        return x
    most = math.log(math.prod(x.shape))  # no sample is brighter than all of the scene
    for k in range(MASKED.powers):
        start = x * xp.exp(xp.clip(MASKED.power / 2**k * rise, max=most))
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
    seen = seen & (whole > VISIBLE * float(xp.max(whole)))
    sight = _quotient(gain, whole, seen)
    if not float(xp.max(xp.where(seen, 1 - sight, none))) > MASKED.least_hidden:
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
