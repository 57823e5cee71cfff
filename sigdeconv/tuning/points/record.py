"""What every engine returns: the numbers that all rules of choice are made of."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, NumpyArray

__all__ = ["TuningPoints"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class TuningPoints:
    """One entry a strength.

    Attributes
    ----------
    samples : float
        Number of data.
    misfit, penalty : ndarray
        |A x - y|^2 and x^H Q x, or another size of the estimate.
    dof : ndarray
        Trace of the influence matrix: the effective degrees of freedom.
    product, log_det : ndarray or None
        y^H (y - A x) and log det(1 + A Q^-1 A^H / w), where there is a likelihood.
    estimates : list of array or None
        The estimates on the window, where they were computed.
    """

    samples: float
    misfit: NumpyArray
    penalty: NumpyArray
    dof: NumpyArray
    product: NumpyArray | None = None
    log_det: NumpyArray | None = None
    estimates: list[Array] | None = None
