"""An operator whose data have weights: 0 for a dead sample, 1 for a good one.

    y = m A x

`Convolution` has a mask of its own, which costs it nothing; this gives one to every other operator.
"""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, ArrayLike, NumpyArray
from sigdeconv.operators._sampling import mask_of
from sigdeconv.operators.base import Operator

__all__ = ["Masked"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Masked(Operator):
    """`A` with weights of its data; `Observation` makes it where a mask is given.

    Parameters
    ----------
    A : Operator
        The operator, without a mask.
    weights : array of ``A.out_shape``
        In [0, 1].

    Raises
    ------
    ValueError
        If the operator has a mask, or the weights do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators import Diagonal, Masked
    >>> Masked(Diagonal(np.array([2.0, 3.0])), [1.0, 0.0])(np.array([1.0, 1.0]))
    array([2., 0.])
    """

    A: Operator
    weights: ArrayLike

    def __post_init__(self) -> None:
        if self.A.mask is not None:
            raise ValueError("mask was given although A has one; give it to one of them")
        object.__setattr__(self, "weights", mask_of(self.weights, self.A.out_shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the signal of `A`."""
        return self.A.shape

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data of `A`."""
        return self.A.out_shape

    @property
    def window(self) -> tuple[slice, ...]:
        """That of `A`."""
        return self.A.window

    @property
    def mask(self) -> NumpyArray | None:
        """The weights."""
        weights: NumpyArray = self.weights  # type: ignore[assignment]  # owned, since the start
        return weights

    @property
    def unmasked(self) -> Operator:
        """`A`."""
        return self.A

    def _forward(self, x: Array) -> Array:
        return self.weigh(self.A._forward(x))

    def _adjoint(self, y: Array) -> Array:
        return self.A._adjoint(self.weigh(y))
