"""What a prior is: a penalty phi(L x) on an estimate, by what solvers can use of it.

A solver needs three things: the linear map L, on a periodic grid where it is diagonal in the
Fourier basis (`sigdeconv.priors.maps`); the value; and the proximal map of phi,

    prox(c, s) = argmin over z of  s phi(z) + |z - c|^2 / 2

Coefficients have the parts of L on a new first axis, then the axes of the estimate: colours, if
there are any, and space.
"""

from __future__ import annotations

import abc
import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, final

from sigdeconv._array import Array
from sigdeconv._checks import number, one_of
from sigdeconv._registry import Registry
from sigdeconv.priors.maps import Grid, Identity, LinearMap

__all__ = ["LEAST_LENGTH", "Combined", "Prior", "as_prior", "prior", "register", "registry"]

LEAST_LENGTH = 1e-37  # by which a vector is divided; keeps the quotient finite in single precision

PriorClass = TypeVar("PriorClass", bound="type[Prior]")


class Prior(abc.ABC):
    """A penalty on an estimate; the weight is not part of it.

    Attributes
    ----------
    convex : bool
        True when phi is convex, so that a solver finds the least penalty there is.
    joint : int
        How many axes before those of space are bound together: 1 for colours, 0 for none.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import priors
    >>> l1 = priors.L1()
    >>> l1.can, l1.convex, l1.value(np.array([1.0, -2.0]))
    (('value', 'prox'), True, 3.0)
    """

    convex: bool = True
    joint: int = 0

    @property
    def can(self) -> tuple[str, ...]:
        """What it can do: ``value`` and ``prox``, or ``prox`` alone."""
        return ("value", "prox") if type(self).value is not Prior.value else ("prox",)

    @property
    def parts(self) -> tuple[tuple[float, Prior], ...]:
        """What it is a sum of: priors, each with its factor; by default itself alone."""
        return ((1.0, self),)

    def auxiliaries(self, ndim: int) -> int:
        """Return how many unknown fields it has beside the estimate; their axis is the first."""
        return 0

    def __add__(self, other: Prior) -> Combined:
        """Return the sum of two priors."""
        return Combined((*self.parts, *other.parts)) if isinstance(other, Prior) else NotImplemented

    def __mul__(self, factor: float) -> Combined:
        """Return the prior times a number above 0."""
        factor = number("factor", factor, above=0)
        return Combined(tuple((factor * own, prior) for own, prior in self.parts))

    __rmul__ = __mul__

    def linear_map(self, grid: Grid) -> LinearMap:
        """Return L on a grid; the identity unless a prior says otherwise."""
        return Identity(grid.shape)

    def value(self, c: Array) -> float:
        """Return phi of the coefficients `c`."""
        raise NotImplementedError(f"{type(self).__name__} has no value, only a proximal map")

    @abc.abstractmethod
    def prox(self, c: Array, step: float) -> Array:
        """Return the minimiser over z of ``step phi(z) + |z - c|^2 / 2``, a new array."""


@final
@dataclasses.dataclass(frozen=True)
class Combined(Prior):
    """A sum of priors, each with a factor: what ``TV() + 0.5 * L1()`` makes.

    Parameters
    ----------
    parts : tuple of (float, Prior)
        The factors and the priors.

    Examples
    --------
    >>> from sigdeconv import priors
    >>> [factor for factor, _ in (priors.TV() + 0.5 * priors.L1()).parts]
    [1.0, 0.5]
    """

    parts: tuple[tuple[float, Prior], ...] = ()

    @property
    def can(self) -> tuple[str, ...]:
        """``value`` where all of its parts have one; solvers take the proximal map of each."""
        return ("value",) if all("value" in prior.can for _, prior in self.parts) else ()

    @property
    def convex(self) -> bool:  # type: ignore[override]  # of records it is a field of the class
        """True when all of its parts are."""
        return all(prior.convex for _, prior in self.parts)

    def prox(self, c: Array, step: float) -> Array:
        """Raise: a sum has no proximal map of its own."""
        raise TypeError("a sum of priors has no proximal map; take that of each of its parts")


registry: Registry[type[Prior]] = Registry("prior")


def register(name: str) -> Callable[[PriorClass], PriorClass]:
    """Let a name stand for a prior.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    callable
        A decorator that returns the class as it is.

    Raises
    ------
    ValueError
        If another module has registered the name.

    Examples
    --------
    >>> from sigdeconv import priors
    >>> priors.registry.get("l1") is priors.L1
    True
    """

    def publish(cls: PriorClass) -> PriorClass:
        registry.add(name, cls)
        return cls

    return publish


def as_prior(value: Prior | str) -> Prior:
    """Return the prior that is given, or the one of a name, with its defaults.

    Parameters
    ----------
    value : Prior or str
        A record, or a name of `sigdeconv.priors.registry`.

    Raises
    ------
    ValueError, TypeError
        If there is no such prior, or it is none.

    Examples
    --------
    >>> from sigdeconv import priors
    >>> priors.as_prior("tv") == priors.TV()
    True
    """
    if isinstance(value, Prior):
        return value
    if not isinstance(value, str):
        raise TypeError(
            f"prior must be a record of sigdeconv.priors, or a name; got {value!r:.60}"
            + ("; write it with brackets" if isinstance(value, type) else "")
        )
    return registry.get(one_of("prior", value, list(registry)))()


def prior(name: str, **options: Any) -> Prior:
    """Return the prior called `name`.

    Parameters
    ----------
    name : str
        A name of `sigdeconv.priors.registry`.
    **options
        Its own parameters.

    Raises
    ------
    ValueError, TypeError
        If there is no such prior, or it has no such parameter.

    Examples
    --------
    >>> from sigdeconv import priors
    >>> priors.prior("tv", kind="huber", edge=0.01).can
    ('value', 'prox')
    """
    cls = registry.get(name)
    known = list(inspect.signature(cls).parameters)
    for option in options:
        if option not in known:
            has = ", ".join(known) or "none"
            raise TypeError(f"prior {name!r} has no parameter {option!r}; it has {has}")
    return cls(**options)
