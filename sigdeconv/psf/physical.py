"""A kernel computed from the optics, with what the array alone does not say."""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np
from numpy.typing import NDArray

__all__ = ["PhysicalPSF"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class PhysicalPSF:
    """A kernel computed from the optics; `microscope` and `telescope` with ``details=True``.

    Attributes
    ----------
    psf : ndarray of float64
        Non-negative, sum one, centre at ``n // 2``.
    energy_in_frame : float
        Share of the light, in the planes of the frame, that falls inside the frame: what the sum
        was before it became one.
    spacing : tuple of float
        Distance of the samples on each axis: metres of a microscope, radians of a telescope.
    focus : float
        Distance in metres from the paraxial focus to the plane at index ``n // 2``, positive for a
        focus deeper in the sample; 0 of a telescope.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> found = psf.microscope(
    ...     na=0.8, wavelength="520 nm", index=1.0, spacing="100 nm", shape=(31, 31), details=True
    ... )
    >>> found.psf.shape, round(found.energy_in_frame, 2)
    ((31, 31), 0.95)
    """

    psf: NDArray[np.float64]
    energy_in_frame: float
    spacing: tuple[float, ...]
    focus: float = 0.0
