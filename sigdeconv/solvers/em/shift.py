"""Data below zero: the constant that makes a Poisson model of them.

Noise about a dark ground is as often below zero as above. Counts know no such noise: to them a dark
sample is certain, and y / A x pulls it down without a limit and its neighbours up. As for read-out
noise, a constant added to the data and to their mean mends that: x is the same, and the variance
that the model has is that of the data, where it is dark as well (Snyder, Hammoud & White 1993,
doi:10.1364/JOSAA.10.001014). Noise that is the same everywhere would need a constant without end;
ten of its standard deviations are enough, and more only costs iterations.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sigdeconv._array import Array, namespace, to_numpy, zeros
from sigdeconv.noise import Gaussian, Mixed, NoNoise, identify_noise
from sigdeconv.operators.base import Operator

__all__ = ["shift_of"]

# Standard deviations of noise that is the same everywhere which stand for a constant without end.
DEVIATIONS: Final = 10.0
# Part of the samples below zero from which on a ground is dark.
DARK_GROUND: Final = 0.05
# What is rounding of a transform, as a part of the largest sample.
ROUNDED: Final = 1e-6


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
    below = xp.astype(y < -ROUNDED * float(xp.max(y)), y.dtype)
    if float(xp.mean(below)) < DARK_GROUND:
        return 0.0
    ones = zeros(A.out_shape, y)
    ones += 1
    gain, light = to_numpy(A.adjoint(ones)), to_numpy(A.adjoint(y))
    whole = gain > 0.5 * gain.max()
    return max(-float(np.min(light[whole] / gain[whole])), _dark_variance(y))


def _dark_variance(y: Array) -> float:
    """Return the variance of the noise without light, in counts as in the units of the data."""
    try:
        noise = identify_noise(y)
    except ValueError:  # too few samples
        noise = NoNoise()
    if isinstance(noise, Mixed) and noise.poisson.gain:
        return (noise.gaussian.sigma or 0.0) ** 2 / noise.poisson.gain
    sigma = (noise.sigma or 0.0) if isinstance(noise, Gaussian) else float(namespace(y).std(y))
    return DEVIATIONS * sigma
