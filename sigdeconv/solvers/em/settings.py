"""What a run of Richardson-Lucy is made of, beside its data."""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np

from sigdeconv._array import Array, ArrayLike, to_numpy
from sigdeconv.operators.base import Operator
from sigdeconv.solvers.em.acceleration import Acceleration, Plain
from sigdeconv.solvers.em.penalties import EMPenalty

__all__ = ["EMSettings", "Views"]

Views = list[tuple[Array, Operator]]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class EMSettings:
    """What a run is made of, beside its data.

    Attributes
    ----------
    background, readout_noise : float or array of the data's shape
        Known light from elsewhere; standard deviation of Gaussian noise, in counts.
    damping : float
        Standard deviations below which deviations count as noise; 0 for none.
    regularization : subclass of EMPenalty or None
        The penalty; it is made for the weight and the level of the scene.
    weight : float
        Of the penalty.
    acceleration : Acceleration
        How to get on faster.
    matched : bool
        Take the exact adjoint; else the Wiener-Butterworth back projector.
    start : array or None
        First estimate, on the domain or the window; flat for None.
    """

    background: float | ArrayLike = 0.0
    readout_noise: float | ArrayLike = 0.0
    damping: float = 0.0
    regularization: type[EMPenalty] | None = None
    weight: float = 0.0
    acceleration: Acceleration = dataclasses.field(default_factory=Plain)
    matched: bool = True
    start: ArrayLike | None = None

    @property
    def is_plain(self) -> bool:
        """True without background, read-out noise, damping and another back projector."""
        levels = (self.background, self.readout_noise)
        return self.matched and self.damping == 0 and not any(np.any(to_numpy(v)) for v in levels)

    def at_levels(self, background: Array | float, readout_noise: Array | float) -> EMSettings:
        """Return the settings for data with other levels."""
        return dataclasses.replace(self, background=background, readout_noise=readout_noise)
