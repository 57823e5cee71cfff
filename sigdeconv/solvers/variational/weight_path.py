"""What was found along a path of weights."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import NumpyArray

__all__ = ["WeightPath"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class WeightPath:
    """What was found along the weights, in the order of looking.

    Attributes
    ----------
    weights, misfit, dof, score : ndarray
        The weight, sum (A x - y)^2 / v, the effective number of parameters, and the predicted
        error a sample, in units of the noise variance.
    best : float
        The weight that was chosen, between the points.
    error : float
        The predicted error there, at the nearest point.
    samples : float
        Number of data.
    """

    weights: NumpyArray
    misfit: NumpyArray
    dof: NumpyArray
    score: NumpyArray
    best: float
    error: float
    samples: float
