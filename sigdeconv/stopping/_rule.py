"""What a rule is, what it may look at, and how rules combine."""

from __future__ import annotations

import abc
import dataclasses
import enum
import math
from collections.abc import Callable, Iterator
from typing import final

from sigdeconv._array import Array, like, namespace

__all__ = [
    "AllOf",
    "AnyOf",
    "Beside",
    "Earlier",
    "Rule",
    "Run",
    "State",
    "StopReason",
    "divergence",
    "norm",
]


class StopReason(enum.Enum):
    """Why a method stopped, and what to try next.

    Examples
    --------
    >>> from sigdeconv.stopping import StopReason
    >>> StopReason.DISCREPANCY.value
    'the residual is down to the noise; going on would fit the noise'
    """

    DIRECT = "closed form, nothing to iterate"
    MAX_ITER = "did the number of iterations asked for (raise num_iter to go on)"
    COMPLETE = "did all the stages that the method consists of"
    CONVERGED = "converged: further iterations change less than the tolerance"
    NOT_CONVERGED = "ran out of iterations before it was done (raise num_iter, or loosen tol)"
    DISCREPANCY = "the residual is down to the noise; going on would fit the noise"
    STALLED = "the likelihood hardly rises any more"
    WHITE = "the residual is white: no structure is left in it"
    HELD_OUT = "data held out are predicted best here; going on would fit the noise"
    BELOW_NOISE = "an iteration changes the estimate by far less than the noise (lower accuracy)"
    CALLBACK = "the callback asked to stop"
    EXACT = "the residual is zero; there is nothing left to correct"


@final
@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """What a rule may look at: iteration number, estimate, its data, the one before, and y.

    Attributes
    ----------
    num_iter : int
        Number of the iteration; 0 for the start.
    x : array
        The estimate.
    Ax : array
        The data that it predicts, times the mask.
    previous : array or None
        The estimate before, for rules that ask for it.
    y : array
        The data, times the mask.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import MaxIter, State
    >>> one = np.ones(3)
    >>> MaxIter(2)(State(2, one, one, None, one)).name
    'MAX_ITER'
    """

    num_iter: int
    x: Array
    Ax: Array
    previous: Array | None
    y: Array


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Earlier:
    """What a rule returns to stop with an estimate that it has seen before.

    Attributes
    ----------
    reason : StopReason
        Why.
    state : State
        The state whose estimate and number are the result; nothing else of it is used.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import Earlier, State, StopReason
    >>> best = State(7, np.ones(3), np.ones(3), None, np.ones(3))
    >>> Earlier(StopReason.HELD_OUT, best).state.num_iter
    7
    """

    reason: StopReason
    state: State


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Beside:
    """Runs that go step by step beside another, on data that differ by less than their noise.

    Attributes
    ----------
    steps : callable
        ``steps(data)`` yields estimates and their data, and decides on its way what the other run
        decided: no more steps than were taken there.
    part : tuple of slice or None
        The part of the data that they are for; all for None.
    reach : tuple of int
        Samples at the ends of the part, along each axis, that know less than others.
    ends : bool
        Those at the ends of all data know less as well.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import Beside
    >>> x, Ax = next(Beside(lambda y: iter([(y, y)])).steps(np.ones(3)))
    >>> Ax
    array([1., 1., 1.])
    """

    steps: Callable[[Array], Iterator[tuple[Array, Array]]]
    part: tuple[slice, ...] | None = None
    reach: tuple[int, ...] = ()
    ends: bool = True


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """What a rule may use before a run: data, mask, kernel, and the method on other data.

    The data are not multiplied by the mask; the predictions of a method are. ``again(data)`` yields
    what the method makes of other data, and `most` is the most iterations of the run.

    Attributes
    ----------
    y : array
        The data, not multiplied by the mask.
    mask : array or None
        Weight of each sample.
    psf : array
        The kernel.
    again : callable
        ``again(data)`` yields estimates of other data, each with the data that it predicts.
    most : int
        Most iterations of the run.
    beside : callable, optional
        ``beside()`` returns what yields the same steps on data that differ by little; `again` does
        where it is left out.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import Run, Stalled
    >>> run = Run(np.ones(3), None, np.ones(1), lambda y: iter([(y, y)]), 10)
    >>> Stalled().bind(run) is Stalled()  # a rule with memory, for this run alone
    False
    """

    y: Array
    mask: Array | None
    psf: Array
    again: Callable[[Array], Iterator[tuple[Array, Array]]]
    most: int
    beside: Callable[[], Beside] | None = None

    def weigh(self, y: Array) -> Array:
        """Return data times the mask."""
        return y if self.mask is None else y * like(self.mask, y)


Ending = StopReason | Earlier | None


def norm(a: Array) -> float:
    """Return the Euclidean norm of `a`.

    Parameters
    ----------
    a : array
        Of any shape and namespace; complex values count by their magnitude.

    Returns
    -------
    float
        The root of the sum of squares.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import norm
    >>> norm(np.array([3.0, 4.0]))
    5.0
    """
    xp = namespace(a)
    return math.sqrt(float(xp.sum(xp.abs(a) ** 2)))


def divergence(y: Array, Ax: Array) -> float:
    """Return the I-divergence ``sum(Ax - y + y log(y / Ax))`` of data from what is predicted.

    Parameters
    ----------
    y, Ax : arrays of one shape
        Data and prediction, of the same unit. Data of zero or below count as zero.

    Returns
    -------
    float
        At least 0 in exact arithmetic; half the Poisson deviance for counts.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import divergence
    >>> divergence(np.array([0.0, 2.0]), np.array([1.0, 2.0]))
    1.0
    """
    xp = namespace(y)
    lit = y > 0
    light = xp.where(lit, y, xp.ones_like(y))
    # The least that a prediction counts as: with none at all no datum could be explained.
    mean = xp.clip(Ax, min=1e-12 * max(float(xp.max(y)), 1e-300)) if math.prod(y.shape) else Ax
    terms = xp.where(lit, mean - light + light * xp.log(light / mean), mean)
    return float(xp.sum(terms, dtype=xp.float64))


class Rule(abc.ABC):
    """A stopping rule: what looks at a `State` and says why to stop, or None.

    Examples
    --------
    A rule of one's own, for any iterative method:

    >>> import dataclasses
    >>> import sigdeconv as sd
    >>> from sigdeconv.stopping import Rule, StopReason
    >>> @dataclasses.dataclass(frozen=True)
    ... class Brighter(Rule):
    ...     than: float
    ...     def __call__(self, state):
    ...         return StopReason.CALLBACK if state.x.max() > self.than else None
    >>> y = [1.0, 2.0, 9.0, 2.0, 1.0]
    >>> float(sd.richardson_lucy(y, [0.25, 0.5, 0.25], stop=Brighter(12.0)).max()) > 12
    True
    """

    @property
    def needs_previous(self) -> bool:
        """Tell whether the rule needs the estimate before."""
        return False

    @abc.abstractmethod
    def __call__(self, state: State) -> StopReason | Earlier | None:
        """Return why to stop now, or None to go on."""

    def bind(self, run: Run) -> Rule:
        """Return the rule for one run; the rule itself unless it needs memory."""
        return self

    @final
    def __or__(self, other: Rule) -> Rule:
        """Stop as soon as one of the two says so."""
        return AnyOf(self, other)

    @final
    def __and__(self, other: Rule) -> Rule:
        """Stop when both say so at the same iteration."""
        return AllOf(self, other)


@dataclasses.dataclass(frozen=True)
class _Pair(Rule):
    """Two rules of one run, both asked at every iteration."""

    first: Rule
    second: Rule

    @property
    @final
    def needs_previous(self) -> bool:
        """Tell whether one of the two needs the estimate before."""
        return self.first.needs_previous or self.second.needs_previous

    @final
    def bind(self, run: Run) -> Rule:
        """Return the same of the rules for one run."""
        return type(self)(self.first.bind(run), self.second.bind(run))

    @final
    def __call__(self, state: State) -> StopReason | Earlier | None:
        """Return what the two together say."""
        return self.join(self.first(state), self.second(state))

    @abc.abstractmethod
    def join(self, first: Ending, second: Ending) -> Ending:
        """Return the reason of both from the reason of each."""


@final
class AnyOf(_Pair):
    """Stop as soon as `first` or `second` does: ``first | second``.

    Parameters
    ----------
    first, second : Rule
        The rules.

    Examples
    --------
    >>> from sigdeconv.stopping import MaxIter, RelativeChange
    >>> RelativeChange(1e-3) | MaxIter(200)
    AnyOf(first=RelativeChange(tol=0.001), second=MaxIter(num_iter=200))
    """

    def join(self, first: Ending, second: Ending) -> Ending:
        """Return the first reason found."""
        return first or second


@final
class AllOf(_Pair):
    """Stop at an iteration where `first` and `second` both do: ``first & second``.

    Parameters
    ----------
    first, second : Rule
        The rules.

    Examples
    --------
    >>> from sigdeconv.stopping import MaxIter, RelativeChange
    >>> RelativeChange(1e-3) & MaxIter(20)
    AllOf(first=RelativeChange(tol=0.001), second=MaxIter(num_iter=20))
    """

    def join(self, first: Ending, second: Ending) -> Ending:
        """Return the second reason when the first holds too; both hold for what is there now."""
        if first is None or second is None:
            return None
        return second.reason if isinstance(second, Earlier) else second
