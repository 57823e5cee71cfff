"""Data below zero: the constant that makes a Poisson model of them.

Noise about a dark ground is as often below zero as above, and the sums that the iteration takes
over the kernel cancel it. Where these sums are negative themselves, more was subtracted than there
was, or the noise is no counting noise: then y / A x pulls one sample down without a limit and its
neighbours up. As for read-out noise, a constant added to the data and to their mean mends that: x
is the same, and the model holds (Snyder, Hammoud & White 1993, doi:10.1364/JOSAA.10.001014).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sigdeconv._array import Array, namespace, to_numpy, zeros
from sigdeconv.noise import estimate_noise
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.grid import column_energy

__all__ = ["shift_of"]

# Standard deviations of its noise that a sum over the kernel must be below zero by: of a million,
# the least of noise alone is five.
CERTAIN: Final = 5.0


def shift_of(y: Array, A: Operator) -> float:
    """Return the constant to add to data and mean, 0 where none is needed.

    Parameters
    ----------
    y : array
        Real data, without holes.
    A : Operator
        The operator, without negative entries.
    """
    xp = namespace(y)
    if float(xp.min(y)) >= 0:
        return 0.0
    ones = zeros(A.out_shape, y)
    ones += 1
    gain, light = to_numpy(A.adjoint(ones)), to_numpy(A.adjoint(y))
    whole = gain > 0.5 * gain.max()
    least = float(np.min(light[whole] / gain[whole]))
    if least >= 0:
        return 0.0
    try:
        noise = estimate_noise(y)
    except ValueError:  # too few samples
        noise = float(xp.std(y))
    total = float(np.sum(A.psf.astype(np.float64))) if isinstance(A, Convolution) else gain.max()
    noise *= math.sqrt(column_energy(A)) / float(total)
    return -least if least < -CERTAIN * noise else 0.0
