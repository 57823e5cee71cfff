"""Finite differences of any order along one axis, and stacked over all axes.

The difference of order p is the convolution with the binomial taps (1, -1) * ... * (1, -1). What
the signal is beyond its border is the boundary's business: ``nearest`` for order 1 makes the border
free (Neumann); ``periodic`` closes the circle.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import final

import numpy as np

from sigdeconv._array import Array, namespace
from sigdeconv._checks import integer, integers, numbers
from sigdeconv.geometry import Boundary
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution

__all__ = ["Difference"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Difference(Operator):
    """All differences of `order` of a signal, stacked on a new first axis, one an axis.

    Parameters
    ----------
    shape : sequence of int
        Shape of the signal.
    order : int
        1 for the gradient, 2 for second differences along each axis, and so on.
    boundary : str
        See `Convolution`; ``reflect`` is the free border.
    spacing : sequence of float, optional
        Sample distance on each axis; the differences are divided by its `order`-th power.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import Difference
    >>> Difference((4,))(np.array([1.0, 2.0, 4.0, 8.0]))
    array([[1., 2., 4., 0.]])
    """

    shape: tuple[int, ...] = ()  # the default only satisfies the abstract property
    order: int = 1
    boundary: Boundary = "reflect"
    spacing: Sequence[float] | None = None
    _parts: tuple[Convolution, ...] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", integer("order", self.order, least=1))
        ndim = np.size(self.shape)
        object.__setattr__(self, "shape", integers("shape", self.shape, ndim, least=1))
        steps = (1.0,) * ndim
        if self.spacing is not None:
            steps = numbers("spacing", self.spacing, ndim, above=0)
            object.__setattr__(self, "spacing", steps)
        taps = np.ones(1)
        for _ in range(self.order):
            taps = np.convolve(taps, [1.0, -1.0])
        # Centre so that order 1 looks forward and order 2 is symmetric.
        centre = (self.order + 1) // 2
        parts = []
        for axis in range(ndim):
            one = [1] * ndim
            one[axis] = taps.size
            psf = taps.reshape(one) / steps[axis] ** self.order
            at = tuple(centre if k == axis else 0 for k in range(ndim))
            parts.append(Convolution(psf, self.shape, self.boundary, centre=at, path="direct"))
        object.__setattr__(self, "_parts", tuple(parts))

    @property
    def out_shape(self) -> tuple[int, ...]:
        """One array of differences an axis."""
        return (len(self.shape), *self.shape)

    def _forward(self, x: Array) -> Array:
        return namespace(x).stack([part._forward(x) for part in self._parts])

    def _adjoint(self, y: Array) -> Array:
        total = self._parts[0]._adjoint(y[0, ...])
        for axis, part in enumerate(self._parts[1:], start=1):
            total = total + part._adjoint(y[axis, ...])
        return total
