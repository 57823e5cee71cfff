"""What a loss is, and what it becomes with data."""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal, TypeVar, final

import numpy as np

from sigdeconv._array import Array, as_float, namespace, to_numpy
from sigdeconv._checks import one_of
from sigdeconv._registry import Registry

__all__ = ["DataTerm", "Loss", "LossName", "as_loss", "register", "registry", "weighted_sum"]

LossName = Literal[
    "gaussian", "poisson", "huber", "l1", "cauchy"
]  # those of this package; others: a record

LossClass = TypeVar("LossClass", bound="type[Loss]")


class Loss(abc.ABC):
    """A data term without its data: a frozen record of parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import losses
    >>> round(losses.Huber(0.5).value(np.array([0.1, 2.0]), np.zeros(2), None), 3)
    0.88
    """

    @abc.abstractmethod
    def value(self, z: Array, y: Array, m: Array | None) -> float:
        """Return the sum over the samples, for the prediction `z` and the weights `m`."""

    @abc.abstractmethod
    def prox(self, v: Array, rho: float, y: Array, m: Array | None) -> Array:
        """Return argmin over z of loss(z) + rho |z - v|^2 / 2, a new array."""

    @abc.abstractmethod
    def curvature(self, y: Array, m: Array | None) -> float:
        """Return a typical second derivative: a good penalty parameter for the solver."""

    def gradient(self, z: Array, y: Array, m: Array | None) -> Array:
        """Return the derivative by the prediction, for a loss of finite `smoothness`."""
        raise NotImplementedError(f"{type(self).__name__} has no smooth gradient")

    @property
    def smoothness(self) -> float:
        """The largest second derivative a sample; infinite where there is none."""
        return math.inf

    def check(self, y: Array) -> None:
        """Raise ValueError if data do not fit; all do unless a loss says otherwise."""
        return

    def for_noise(self, std: float) -> Loss:
        """Return the loss with what it leaves to the level of the noise."""
        return self

    @property
    def needs_noise(self) -> bool:
        """True while something is left to the level of the noise."""
        return False


registry: Registry[type[Loss]] = Registry("loss")


def register(name: str) -> Callable[[LossClass], LossClass]:
    """Let a name stand for a loss, wherever one is taken.

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
    >>> from sigdeconv import losses
    >>> losses.registry.get("huber") is losses.Huber
    True
    """

    def publish(cls: LossClass) -> LossClass:
        registry.add(name, cls)
        return cls

    return publish


@final
@dataclasses.dataclass(frozen=True, eq=False)
class DataTerm:
    """A loss with its data.

    Attributes
    ----------
    loss : Loss
        The loss.
    y : array
        The data, not multiplied by any mask.
    m : array or None
        Weight of each sample in the sum; None for one everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import losses
    >>> term = losses.DataTerm(losses.LeastSquares(), np.array([0.0, 2.0]), None)
    >>> term.value(np.array([1.0, 2.0])), term.prox(np.array([2.0, 2.0]), rho=1.0)
    (0.5, array([1., 2.]))
    """

    loss: Loss
    y: Array
    m: Array | None

    def value(self, z: Array) -> float:
        """Return the sum over the samples."""
        return self.loss.value(z, self.y, self.m)

    def prox(self, v: Array, rho: float) -> Array:
        """Return the proximal map at `v`."""
        return self.loss.prox(v, rho, self.y, self.m)

    def gradient(self, z: Array) -> Array:
        """Return the derivative by the prediction."""
        return self.loss.gradient(z, self.y, self.m)

    @property
    def largest(self) -> float:
        """The largest weight."""
        return 1.0 if self.m is None else float(namespace(self.y).max(self.m))

    @property
    def curvature(self) -> float:
        """A typical second derivative."""
        return self.loss.curvature(self.y, self.m)


def as_loss(loss: Loss | LossName, **options: Any) -> Loss:
    """Return the loss that is given, or made from its name with those `options` that it has.

    Parameters
    ----------
    loss : Loss or {"gaussian", "poisson", "huber", "l1", "cauchy"}
        A loss, or the name of one.
    **options
        Its parameters, and those of other losses where they say nothing (None or zero).

    Returns
    -------
    Loss
        The record.

    Raises
    ------
    ValueError, TypeError
        If there is no such loss, or an option is that of another.

    Examples
    --------
    >>> from sigdeconv import losses
    >>> losses.as_loss("huber", delta=0.1), losses.as_loss(losses.Absolute())
    (Huber(delta=0.1), Absolute())
    """
    if isinstance(loss, Loss):
        return loss
    cls = registry.get(one_of("loss", loss, list(registry)))
    known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]  # records
    for name, value in options.items():
        if name not in known and value is not None and np.any(to_numpy(as_float(value, name))):
            owners = [n for n in registry if hasattr(registry.get(n), name)]
            raise ValueError(f"{name} is for loss={owners[0]!r}; got loss={loss!r}")
    return cls(**{name: value for name, value in options.items() if name in known})


def weighted_sum(terms: Array, m: Array | None) -> float:
    """Return the weighted sum of one number a sample.

    Parameters
    ----------
    terms : array
        The numbers.
    m : array or None
        Their weights; None for one everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.losses import weighted_sum
    >>> weighted_sum(np.array([1.0, 2.0]), np.array([1.0, 0.5]))
    2.0
    """
    xp = namespace(terms)
    return float(xp.sum(terms if m is None else terms * m, dtype=xp.float64))
