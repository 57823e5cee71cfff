"""What a prior is: a price phi(L x) on an estimate, told by what solvers can use of it.

A solver needs three things: the linear map L, on a periodic grid where it is diagonal in the
Fourier basis (`sigdeconv.priors._maps`); the value; and the proximal map of phi,

    prox(c, s) = argmin over z of  s phi(z) + |z - c|^2 / 2

Some also have a gradient. Coefficients have the parts of L on a new first axis, then the axes of
the estimate: colours, if there are any, and space.
"""

from __future__ import annotations

import abc
import inspect
from typing import Any, TypeVar

from sigdeconv._array import Array
from sigdeconv._registry import Registry
from sigdeconv.priors._maps import Grid, Identity, LinearMap

__all__ = ["Prior", "prior", "registry"]

T = TypeVar("T", bound="type[Prior]")


class Prior(abc.ABC):
    """A price on an estimate; the weight is not part of it.

    Attributes
    ----------
    convex : bool
        True when phi is convex, so that a solver finds the least price there is.
    joint : int
        How many axes before those of space are bound together: 1 for colours, 0 for none.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import priors
    >>> price = priors.L1()
    >>> price.can, price.convex, price.value(np.array([1.0, -2.0]))
    (('value', 'prox'), True, 3.0)
    """

    convex: bool = True
    joint: int = 0

    @property
    def can(self) -> tuple[str, ...]:
        """What it can do: some of ``value``, ``prox``, ``gradient``."""
        own = type(self)
        return tuple(n for n in ("value", "prox", "gradient") if getattr(own, n) is not getattr(
            Prior, n))  # fmt: skip

    def linear_map(self, grid: Grid) -> LinearMap:
        """Return L on a grid; the identity unless a prior says otherwise."""
        return Identity(grid.shape)

    def value(self, c: Array) -> float:
        """Return phi of the coefficients `c`."""
        raise NotImplementedError(f"{type(self).__name__} has no value, only a proximal map")

    @abc.abstractmethod
    def prox(self, c: Array, step: float) -> Array:
        """Return the minimiser over z of ``step phi(z) + |z - c|^2 / 2``, a new array."""

    def gradient(self, c: Array) -> Array:
        """Return the gradient of phi at the coefficients `c`."""
        raise NotImplementedError(f"{type(self).__name__} has no gradient; it has {self.can}")


registry: Registry[type[Prior]] = Registry("prior", "sigdeconv.priors")


def register(name: str) -> Any:
    """Put a prior into the registry under `name`."""

    def publish(cls: T) -> T:
        registry.add(name, cls)
        return cls

    return publish


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
    ('value', 'prox', 'gradient')
    """
    cls = registry.get(name)
    known = list(inspect.signature(cls).parameters)
    for option in options:
        if option not in known:
            has = ", ".join(known) or "none"
            raise TypeError(f"prior {name!r} has no parameter {option!r}; it has {has}")
    return cls(**options)
