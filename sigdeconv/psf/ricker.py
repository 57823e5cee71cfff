"""Ricker wavelet: the symmetric pulse of seismic work, the second derivative of a Gaussian."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv._checks import number
from sigdeconv.psf._check import as_shape
from sigdeconv.psf._model import centred

__all__ = ["ricker"]


def ricker(
    frequency: float, dt: float = 1.0, *, shape: int | Sequence[int] | None = None
) -> NDArray[np.float64]:
    """Return a Ricker wavelet of peak value one.

    Parameters
    ----------
    frequency : float
        Frequency of the spectral maximum, in cycles per unit of `dt` (Hz when `dt` is in seconds);
        below the Nyquist frequency ``0.5 / dt``.
    dt : float
        Time between samples.
    shape : int or sequence of int, optional
        Length of the result; by default odd, 1.5 periods to either side.

    Returns
    -------
    ndarray of float64, shape `shape`
        Centre at ``n // 2``. Has negative lobes and sums to about zero, so it is scaled to peak
        value one, not to sum one, and is sampled, not integrated.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, not above zero or not finite; if `frequency` is not
        below the Nyquist frequency.

    Notes
    -----
    ``w(t) = (1 - 2 a) exp(-a)`` with ``a = (pi frequency t)^2``. It is not in the registry of blur
    models, all of which are non-negative with sum one.

    References
    ----------
    .. [1] N. Ricker, "The form and laws of propagation of seismic wavelets", Geophysics 18, 10
       (1953), :doi:`10.1190/1.1437843`.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> float(psf.ricker(25.0, dt=0.004).max())
    1.0
    """
    frequency = number("frequency", frequency, above=0)
    dt = number("dt", dt, above=0)
    if frequency * dt >= 0.5:
        raise ValueError(
            f"frequency must be below the Nyquist frequency 0.5 / dt = {0.5 / dt:g}; "
            f"got {frequency:g}. Use a smaller dt"
        )
    (n,) = as_shape(shape, (2 * math.ceil(1.5 / (frequency * dt)) + 1,))
    a = (math.pi * frequency * dt * centred(n)) ** 2
    return np.asarray((1 - 2 * a) * np.exp(-a))
