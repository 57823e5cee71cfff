"""Fewer evaluations of an EM map F: momentum and extrapolation that cannot diverge.

The map never raises its objective D (minus log-likelihood plus penalty). Momentum goes on from
beyond it,

    x <- p = F(x) + a (F(x) - F(x_before)) + b (F(x) - x),

and D(p) is known as soon as the next evaluation has made A p. Where D(p) > D(x) the step is taken
back to F(x), for which D(F(x)) <= D(x) holds, and the momentum starts anew; so the objective falls
monotonically whatever a and b are. A step taken back costs one more prediction, half an evaluation.

``biggs-andrews`` takes a from the angle of the last two steps (Biggs & Andrews 1997,
doi:10.1364/AO.36.001766), ``heavy-ball`` from the number k of steps since the last restart (Wang &
Miller 2014, doi:10.1109/TIP.2013.2291324), as (k - 1) / (k + 4): with the usual (k - 1) / (k + 2)
the estimate swings, and the best one of a run is worse (Chambolle & Dossal 2015,
doi:10.1007/s10957-015-0746-4, have the family). Neither paper has the over-relaxation b: a half for
the first, and for the second (k + 1) / (k + 2), as in the optimised gradient method (Kim & Fessler
2016, doi:10.1007/s10107-015-0949-3). It saves a quarter of the evaluations. ``squarem``
extrapolates two steps at a time (Varadhan & Roland 2008, doi:10.1111/j.1467-9469.2007.00585.x).
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any, Literal, Protocol, TypeVar, final

from sigdeconv._array import Array, namespace
from sigdeconv._checks import one_of
from sigdeconv.solvers.em.blocks import Blocks

__all__ = [
    "ACCELERATIONS",
    "Acceleration",
    "AccelerationName",
    "BiggsAndrews",
    "Course",
    "EMMap",
    "EMSteps",
    "HeavyBall",
    "Plain",
    "Squarem",
    "as_acceleration",
]

# An extrapolated sample keeps this part of F(x) at least: a multiplicative step never leaves zero.
LEAST_KEPT = 1e-2
# Rises of the objective that rounding explains, as a fraction of it.
ROUNDING = {"float32": 1e-6, "float64": 1e-13}


class EMMap(Protocol):
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


EMSteps = Iterator[tuple[Array, Array]]
T = TypeVar("T")
# From the steps since the last restart, and the angle of the last two: called only where it counts.
Weigh = Callable[[int, Callable[[], float]], tuple[float, float]]


class Course:
    """What a run decides on its way, for another on nearly the same data that goes the same way.

    Where a step is taken back hangs on the last digits of the objective; two runs that decide it by
    themselves part there, by far more than their data differ.
    """

    def __init__(self, lead: Course | None = None) -> None:
        self._lead = lead
        self._made: list[Any] = []

    def decide(self, find: Callable[[], T]) -> T:
        """Return what `find` does, or what the run ahead found at the same point."""
        number = len(self._made)
        found: T = find() if self._lead is None else self._lead._made[number]
        self._made.append(found)
        return found


class Acceleration(abc.ABC):
    """How to go from one evaluation of an EM map to the next: a frozen record."""

    @abc.abstractmethod
    def iterates(self, em: EMMap, x: Array, course: Course) -> EMSteps:
        """Yield (x, A x) after every evaluation of `em`, from the start `x`."""


@final
@dataclasses.dataclass(frozen=True)
class Plain(Acceleration):
    """The map itself, again and again."""

    def iterates(self, em: EMMap, x: Array, course: Course) -> EMSteps:
        """Yield (x, A x) after every evaluation of `em`, from the start `x`."""
        while True:
            Ax = em.predict(x)
            yield x, Ax
            x = em.update(x, Ax)
            del Ax


@final
@dataclasses.dataclass(frozen=True)
class BiggsAndrews(Acceleration):
    """Momentum from the angle of the last two steps.

    Attributes
    ----------
    most : float
        Largest momentum.
    relaxation : float
        Over-relaxation b from the second step on.
    """

    most: float = 0.999
    relaxation: float = 0.5

    def iterates(self, em: EMMap, x: Array, course: Course) -> EMSteps:
        """Yield (x, A x) after every evaluation of `em`, from the start `x`."""

        def weigh(age: int, cosine: Callable[[], float]) -> tuple[float, float]:
            return min(max(cosine(), 0.0), self.most), self.relaxation if age > 1 else 0.0

        return _momentum(em, x, course, weigh)


@final
@dataclasses.dataclass(frozen=True)
class HeavyBall(Acceleration):
    """Momentum from the number of steps since the last restart."""

    def iterates(self, em: EMMap, x: Array, course: Course) -> EMSteps:
        """Yield (x, A x) after every evaluation of `em`, from the start `x`."""

        def weigh(age: int, _: Callable[[], float]) -> tuple[float, float]:
            return max(age - 1, 0) / (age + 4), (age + 1) / (age + 2)

        return _momentum(em, x, course, weigh)


@final
@dataclasses.dataclass(frozen=True)
class Squarem(Acceleration):
    """Extrapolation of two steps at a time.

    Attributes
    ----------
    limit : float
        Of the first step; quadrupled when reached, quartered when it was too long.
    """

    limit: float = 4.0

    def iterates(self, em: EMMap, x: Array, course: Course) -> EMSteps:
        """Yield (x, A x) after every evaluation of `em`, from the start `x`."""
        return _squarem(em, x, course, self.limit)


def _momentum(em: EMMap, x: Array, course: Course, weigh: Weigh) -> EMSteps:
    """Go on from F(x) + a (F(x) - F before) + b (F(x) - x), with a, b from `weigh`."""
    fall = _Fall(em)
    angle = _Angle(em.blocks)
    Ax = em.predict(x)
    course.decide(lambda: fall.to(x, Ax))
    before: Array | None = None  # F of the point before
    age = 0  # steps since the last restart
    while True:
        yield x, Ax
        found = em.update(x, Ax)
        turn = functools.partial(angle.turn, x, found)
        a, b = course.decide(functools.partial(weigh, age, turn))
        age += 1
        further = found if before is None else _beyond(em.blocks, found, (a, before), (b, x))
        Ax = em.predict(further)
        sure = before is None
        if not course.decide(functools.partial(fall.to, further, Ax, surely=sure)):
            further, age, angle = found, 0, _Angle(em.blocks)
            Ax = em.predict(further)
            course.decide(functools.partial(fall.to, further, Ax, surely=True))
        x, before = further, found


class _Fall:
    """Whether the objective falls from one point to the next."""

    def __init__(self, em: EMMap) -> None:
        self._em, self._now = em, math.inf

    def to(self, x: Array, Ax: Array, surely: bool = False) -> bool:
        """Tell whether it falls to `x`; if it does, or does surely, that is the next point."""
        then = self._em.objective(x, Ax)
        fell = surely or _fell(then, self._now, x)
        self._now = then if fell else self._now
        return fell


class _Angle:
    """The part of a step that goes on in the direction of the step before."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._step: Array | None = None
        self._square = 0.0

    def turn(self, x: Array, found: Array) -> float:
        """Return <step, step before> / |step before|^2 of the step from `x` to `found`."""
        xp, first = namespace(x), self._step is None
        step = self._step = xp.empty_like(x) if self._step is None else self._step

        def part(rows: Any) -> tuple[float, float]:
            new = found[rows] - x[rows]
            product = 0.0 if first else _inner(new, step[rows])
            step[rows] = new
            return product, _inner(new, new)

        parts = self._blocks.run(part, x)
        square, self._square = self._square, math.fsum(n for _, n in parts)
        return math.fsum(p for p, _ in parts) / square if square > 0 else 0.0


def _beyond(blocks: Blocks, found: Array, *terms: tuple[float, Array]) -> Array:
    """Return found + a (found - p) + ... for all (a, p), at least a part of `found`."""
    xp = namespace(found)
    further = xp.empty_like(found)

    def part(rows: Any) -> None:
        f = found[rows]
        total = f + 0  # a copy
        for a, p in terms:
            step = f - p[rows]
            step *= a
            total += step
        further[rows] = xp.maximum(total, LEAST_KEPT * f)

    blocks.run(part, found)
    return further


def _squarem(em: EMMap, x: Array, course: Course, limit: float) -> EMSteps:
    """Go two steps on, and from there along the parabola through the three points."""
    Ax = em.predict(x)
    while True:
        yield x, Ax
        first = em.update(x, Ax)
        Ax = em.predict(first)
        now = course.decide(functools.partial(em.objective, first, Ax))
        yield first, Ax
        second = em.update(first, Ax)
        length, curved = course.decide(functools.partial(_bend, em.blocks, x, first, second))
        a = min((length / curved) ** 0.5, limit) if curved > 0 else 1.0
        limit = 4 * limit if a == limit else limit
        if a > 1:
            # x + 2 a r + a^2 v, with r = first - x and v = second - first - r
            x = _beyond(em.blocks, second, (2 * a * (a - 1), first), (-((a - 1) ** 2), x))
            Ax = em.predict(x)
            then = course.decide(functools.partial(em.objective, x, Ax))
            if _fell(then, now, x):
                continue
            limit = max(limit / 4, 2.0)
        x = second
        Ax = em.predict(x)


def _bend(blocks: Blocks, x: Array, first: Array, second: Array) -> tuple[float, float]:
    """Return |r|^2 and |v|^2 of the first step r and of what the second differs by, v."""

    def part(rows: Any) -> tuple[float, float]:
        r = first[rows] - x[rows]
        v = second[rows] - first[rows]
        v -= r
        return _inner(r, r), _inner(v, v)

    parts = blocks.run(part, x)
    return math.fsum(r for r, _ in parts), math.fsum(v for _, v in parts)


def _inner(a: Array, b: Array) -> float:
    xp = namespace(a)
    return float(xp.sum(a * b))


def _fell(then: float, now: float, x: Array) -> bool:
    slack = ROUNDING["float32" if x.dtype == namespace(x).float32 else "float64"]
    return then <= now + slack * abs(now)


AccelerationName = Literal["none", "biggs-andrews", "heavy-ball", "squarem"]
ACCELERATIONS: dict[AccelerationName, Acceleration] = {
    "none": Plain(),
    "biggs-andrews": BiggsAndrews(),
    "heavy-ball": HeavyBall(),
    "squarem": Squarem(),
}


def as_acceleration(acceleration: Acceleration | AccelerationName) -> Acceleration:
    """Return the record that is given, or that has the name.

    Raises
    ------
    ValueError, TypeError
        If there is no such acceleration.
    """
    if isinstance(acceleration, Acceleration):
        return acceleration
    return ACCELERATIONS[one_of("acceleration", acceleration, list(ACCELERATIONS))]
