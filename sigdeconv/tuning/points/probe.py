"""One random probe for the degrees of freedom.

The trace of the influence matrix is the mean of z^H S z over vectors z of random signs (Hutchinson
1990, doi:10.1080/03610919008812866).
"""

from __future__ import annotations

import numpy as np

from sigdeconv._array import Array, like
from sigdeconv.problem import Observation

__all__ = ["PROBE_STEP", "random_signs"]

# In standard deviations of the noise; chosen by eye: far from rounding, and still linear.
PROBE_STEP = 0.1


def random_signs(obs: Observation, rng: int | np.random.Generator | None) -> Array:
    """Return a sign for each weighted datum, zero where it has no weight."""
    z = np.random.default_rng(rng).choice([-1.0, 1.0], size=tuple(obs.y.shape))
    return like(z if obs.mask is None else z * (obs.mask > 0), obs.y)
