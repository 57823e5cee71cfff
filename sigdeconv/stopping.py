"""When to stop an iteration: rules that combine with ``|`` (any) and ``&`` (all).

A rule looks at the `State` of an iteration and returns a `StopReason` or None. Rules are frozen
records without memory, so one rule can serve many runs at the same time.
"""

from __future__ import annotations

import abc
import dataclasses
import enum
import math
from typing import final

from sigdeconv._array import Array, namespace

__all__ = ["All", "Any", "Discrepancy", "MaxIter", "RelativeChange", "Rule", "State", "StopReason"]


class StopReason(enum.Enum):
    """Why a method stopped, and what to try next."""

    DIRECT = "closed form, nothing to iterate"
    MAX_ITER = "did the number of iterations asked for (raise num_iter to go on)"
    CONVERGED = "converged: further iterations change less than the tolerance"
    NOT_CONVERGED = "ran out of iterations before the tolerance (raise num_iter, or loosen tol)"
    DISCREPANCY = "the residual is down to the noise; going on would fit the noise"
    CALLBACK = "the callback asked to stop"
    EXACT = "the residual is zero; there is nothing left to correct"


@final
@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """What a rule may look at: iteration number, estimate, its data, the one before, and y."""

    num_iter: int
    x: Array
    Ax: Array
    previous: Array | None
    y: Array


def norm(a: Array) -> float:
    """Return the Euclidean norm of `a`."""
    xp = namespace(a)
    return math.sqrt(float(xp.sum(xp.abs(a) ** 2)))


class Rule(abc.ABC):
    """A stopping rule."""

    @abc.abstractmethod
    def __call__(self, state: State) -> StopReason | None:
        """Return why to stop now, or None to go on."""

    @final
    def __or__(self, other: Rule) -> Rule:
        """Stop as soon as one of the two says so."""
        return Any(self, other)

    @final
    def __and__(self, other: Rule) -> Rule:
        """Stop when both say so at the same iteration."""
        return All(self, other)


@final
@dataclasses.dataclass(frozen=True)
class Any(Rule):
    """Stop as soon as `first` or `second` does."""

    first: Rule
    second: Rule

    def __call__(self, state: State) -> StopReason | None:
        """Return the first reason found."""
        return self.first(state) or self.second(state)


@final
@dataclasses.dataclass(frozen=True)
class All(Rule):
    """Stop when `first` and `second` both do."""

    first: Rule
    second: Rule

    def __call__(self, state: State) -> StopReason | None:
        """Return the second reason when the first holds too."""
        return self.second(state) if self.first(state) else None


@final
@dataclasses.dataclass(frozen=True)
class MaxIter(Rule):
    """Stop after `num_iter` iterations."""

    num_iter: int

    def __post_init__(self) -> None:
        if isinstance(self.num_iter, bool) or not isinstance(self.num_iter, int):
            raise TypeError(f"num_iter must be an int; got {self.num_iter!r}")
        if self.num_iter < 0:
            raise ValueError(f"num_iter must be at least 0; got {self.num_iter}")

    def __call__(self, state: State) -> StopReason | None:
        """Compare the iteration number."""
        return StopReason.MAX_ITER if state.num_iter >= self.num_iter else None


@final
@dataclasses.dataclass(frozen=True)
class RelativeChange(Rule):
    """Stop when the estimate changes by less than `tol` of its norm."""

    tol: float

    def __post_init__(self) -> None:
        if not isinstance(self.tol, (int, float)) or not 0 <= self.tol < math.inf:
            raise ValueError(f"tol must be a finite number of at least 0; got {self.tol!r}")

    def __call__(self, state: State) -> StopReason | None:
        """Compare with the estimate before."""
        if state.previous is None:
            return None
        small = norm(state.x - state.previous) <= self.tol * norm(state.x)
        return StopReason.CONVERGED if small else None


@final
@dataclasses.dataclass(frozen=True)
class Discrepancy(Rule):
    """Stop when the residual's root mean square is down to `factor` times `sigma` (Morozov)."""

    sigma: float
    factor: float = 1.0

    def __call__(self, state: State) -> StopReason | None:
        """Compare the residual with the noise."""
        residual = norm(state.Ax - state.y) / math.sqrt(max(math.prod(state.y.shape), 1))
        return StopReason.DISCREPANCY if residual <= self.factor * self.sigma else None
