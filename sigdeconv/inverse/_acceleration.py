"""Fewer evaluations of an EM map F: momentum and extrapolation that cannot diverge.

The map never raises its objective D (minus log-likelihood plus penalty). Momentum goes on from
beyond it,

    x <- p = F(x) + a (F(x) - F(x_before)) + b (F(x) - x),

and D(p) is known as soon as the next evaluation has made A p. Where D(p) > D(x) the step is taken
back to F(x), for which D(F(x)) <= D(x) holds, and the momentum starts anew; so the objective falls
monotonically whatever a and b are. A step taken back costs one more prediction, half an evaluation.

``biggs-andrews`` takes a from the angle of the last two steps (Biggs & Andrews 1997,
doi:10.1364/AO.36.001766), ``heavy-ball`` a = k / (k + 3) (Wang & Miller 2014,
doi:10.1109/TIP.2013.2291324). Neither paper has the over-relaxation b: a half for the first, and
for the second (k + 2) / (k + 3), as in the optimised gradient method (Kim & Fessler 2016,
doi:10.1007/s10107-015-0949-3). It saves a quarter of the evaluations. ``squarem`` extrapolates two
steps at a time (Varadhan & Roland 2008, doi:10.1111/j.1467-9469.2007.00585.x).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from sigdeconv._array import Array, namespace
from sigdeconv.inverse._blocks import Blocks

__all__ = ["ACCELERATIONS", "Map", "Steps", "iterates"]

# An extrapolated sample keeps this part of F(x) at least: a multiplicative step never leaves zero.
KEPT = 1e-2
# Rises of the objective that rounding explains, as a fraction of it.
ROUNDING = {"float32": 1e-6, "float64": 1e-13}


class Map(Protocol):
    """An EM map in two halves, and its objective."""

    @property
    def blocks(self) -> Blocks:
        """How to go through a large array."""

    def predict(self, x: Array) -> Array:
        """Return the data that `x` predicts; they are valid until the next call of `update`."""

    def update(self, x: Array, Ax: Array) -> Array:
        """Return F(x), a new array; may use up `Ax`."""

    def objective(self, x: Array, Ax: Array) -> float:
        """Return minus the log-likelihood, up to a constant, plus the penalty."""


Steps = Iterator[tuple[Array, Array]]


def _plain(em: Map, x: Array) -> Steps:
    while True:
        Ax = em.predict(x)
        yield x, Ax
        x = em.update(x, Ax)
        del Ax


def _momentum(em: Map, x: Array, weigh: Callable[[int, float], tuple[float, float]]) -> Steps:
    """Go on from F(x) + a (F(x) - F before) + b (F(x) - x), with a, b = weigh(age, cosine)."""
    Ax = em.predict(x)
    now = em.objective(x, Ax)
    before: Array | None = None  # F of the point before
    last: Array | None = None  # F(x) - x of the point before
    length, age = 0.0, 0  # |last|^2, and the steps since the last restart
    while True:
        yield x, Ax
        found = em.update(x, Ax)
        last, product, size = _step(em.blocks, found, x, last)
        a, b = weigh(age, product / length if length > 0 else 0.0)
        length, age = size, age + 1
        if before is None:
            x, before = found, found
            Ax = em.predict(x)
            now = em.objective(x, Ax)
            continue
        x = _beyond(em.blocks, found, before, last, a, b)
        before = found
        Ax = em.predict(x)
        then = em.objective(x, Ax)
        if not _fell(then, now, x):
            x, last, length, age = found, None, 0.0, 0
            Ax = em.predict(x)
            then = em.objective(x, Ax)
        now = then


def _step(blocks: Blocks, found: Array, x: Array, last: Array | None) -> tuple[Array, float, float]:
    """Return found - x, in the memory of `last`, its inner product with `last`, and its square."""
    xp = namespace(x)
    step = xp.empty_like(x) if last is None else last

    def part(rows: Any) -> tuple[float, float]:
        new = found[rows] - x[rows]
        product = 0.0 if last is None else _inner(new, last[rows])
        step[rows] = new
        return product, _inner(new, new)

    parts = blocks.run(part, x)
    return step, math.fsum(p for p, _ in parts), math.fsum(n for _, n in parts)


def _beyond(blocks: Blocks, found: Array, before: Array, step: Array, a: float, b: float) -> Array:
    """Return found + a (found - before) + b step, at least a part of `found`."""
    xp = namespace(found)
    x = xp.empty_like(found)

    def part(rows: Any) -> None:
        f = found[rows]
        new = f - before[rows]
        new *= a
        new += f
        new += b * step[rows]
        x[rows] = xp.maximum(new, KEPT * f)

    blocks.run(part, x)
    return x


def _biggs_andrews(age: int, cosine: float) -> tuple[float, float]:
    return min(max(cosine, 0.0), 0.999), 0.5 if age > 1 else 0.0


def _heavy_ball(age: int, cosine: float) -> tuple[float, float]:
    return age / (age + 3), (age + 2) / (age + 3)


def _squarem(em: Map, x: Array) -> Steps:
    xp = namespace(x)
    Ax = em.predict(x)
    limit = 4.0  # of the step; doubled twice when reached, halved twice when it was too long
    while True:
        yield x, Ax
        first = em.update(x, Ax)
        Ax = em.predict(first)
        now = em.objective(first, Ax)
        yield first, Ax
        second = em.update(first, Ax)
        r = first - x
        v = second - first - r
        curved = _inner(v, v)
        a = min((_inner(r, r) / curved) ** 0.5, limit) if curved > 0 else 1.0
        limit = 4 * limit if a == limit else limit
        if a > 1:
            x = xp.maximum(x + 2 * a * r + a * a * v, KEPT * second)
            Ax = em.predict(x)
            if _fell(em.objective(x, Ax), now, x):
                continue
            limit = max(limit / 4, 2.0)
        x = second
        Ax = em.predict(x)


def _inner(a: Array, b: Array) -> float:
    xp = namespace(a)
    return float(xp.sum(a * b))


def _fell(then: float, now: float, x: Array) -> bool:
    slack = ROUNDING["float32" if x.dtype == namespace(x).float32 else "float64"]
    return then <= now + slack * abs(now)


ACCELERATIONS: dict[str, Callable[[Map, Array], Steps]] = {
    "none": _plain,
    "biggs-andrews": lambda em, x: _momentum(em, x, _biggs_andrews),
    "heavy-ball": lambda em, x: _momentum(em, x, _heavy_ball),
    "squarem": _squarem,
}


def iterates(acceleration: str, em: Map, x: Array) -> Steps:
    """Yield (x, A x) after every evaluation of `em`, from the start `x`.

    Raises
    ------
    ValueError
        If there is no such acceleration.
    """
    if not isinstance(acceleration, str) or acceleration not in ACCELERATIONS:
        raise ValueError(
            f"acceleration must be one of {', '.join(ACCELERATIONS)}; got {acceleration!r}"
        )
    return ACCELERATIONS[acceleration](em, x)
