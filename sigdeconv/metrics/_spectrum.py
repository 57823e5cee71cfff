"""What a restoration regained at each frequency, and what it left in the residual."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sigdeconv._array import ArrayLike, NumpyArray, as_float, check_finite, to_numpy
from sigdeconv._checks import integer
from sigdeconv._fft import fftn
from sigdeconv.metrics._pair import pair

__all__ = ["SpectralRegain", "spectral_regain", "whiteness"]


class SpectralRegain(NamedTuple):
    """How much of the data's spectral error a restoration removed, by radial frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import metrics
    >>> truth = np.sin(np.arange(64.0))
    >>> regained = metrics.spectral_regain(truth, 0.5 * truth, 0.9 * truth, bands=4)
    >>> round(regained.total, 2), regained.frequency.shape
    (0.96, (4,))
    """

    frequency: NumpyArray
    regain: NumpyArray
    total: float


def spectral_regain(
    truth: ArrayLike, data: ArrayLike, x: ArrayLike, *, bands: int = 16
) -> SpectralRegain:
    """Return the fraction of the spectral error energy of the data that `x` removed.

    Parameters
    ----------
    truth, data, x : array of one shape
        The true signal, the blurred and noisy data, and the estimate.
    bands : int, default: 16
        Number of radial frequency bands between 0 and the Nyquist frequency, 0.5 cycles per
        sample. What lies beyond 0.5 (the corners in 2-D and 3-D) counts in the last band.

    Returns
    -------
    frequency : array of shape (bands,)
        Centre of each band in cycles per sample.
    regain : array of shape (bands,)
        ``1 - sum|F(truth - x)|**2 / sum|F(truth - data)|**2`` in the band: 1 is all regained, 0 is
        as bad as the data, negative is worse. 0 where the data has no error and `x` has none;
        minus infinity where only `x` has.
    total : float
        The same over all frequencies.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import metrics
    >>> truth = np.sin(np.arange(64.0))
    >>> metrics.spectral_regain(truth, 0.5 * truth, truth, bands=4).total
    1.0
    """
    bands = integer("bands", bands, least=1)
    truth_, data = pair(truth, data, "data")
    truth_, x = pair(truth_, x)
    axes = np.meshgrid(*map(np.fft.fftfreq, truth_.shape), indexing="ij", sparse=True)
    radius = np.sqrt(sum(f**2 for f in axes))
    band = np.minimum((radius * (2 * bands)).astype(int), bands - 1).ravel()
    before, after = (
        np.bincount(band, weights=(np.abs(fftn(truth_ - a)) ** 2).ravel(), minlength=bands)
        for a in (data, x)
    )
    # Rounding in the transform is no error: below this floor a band counts as error-free.
    floor = 1e-28 * float(np.sum(np.abs(fftn(truth_)) ** 2))
    regain = np.array([_removed(b, a, floor) for b, a in zip(before, after, strict=True)])
    frequency = (np.arange(bands) + 0.5) / (2 * bands)
    return SpectralRegain(frequency, regain, _removed(before.sum(), after.sum(), floor))


def whiteness(residual: ArrayLike) -> float:
    """Return the energy of the normalised autocorrelation of `residual` away from lag zero.

    Parameters
    ----------
    residual : array
        Data minus model, ``y - A x``; subtract nothing from it: a mean counts as structure.

    Returns
    -------
    float
        About 1 for white noise of any size and level, much larger when structure of the signal
        is left in the residual, 0 for a single spike and for a residual of zeros.

    Notes
    -----
    With P the power spectrum and N the number of samples, ``sum_(k != 0) rho_k**2 =
    N sum(P**2) / sum(P)**2 - 1`` (Parseval) for the circular autocorrelation rho.

    References
    ----------
    A. Lanza, S. Morigi, F. Sciacchitano, F. Sgallari, "Whiteness constraints in a unified
    variational framework for image restoration", Journal of Mathematical Imaging and Vision 60,
    1503 (2018). https://doi.org/10.1007/s10851-018-0845-6

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import metrics
    >>> rng = np.random.default_rng(0)
    >>> bool(0.9 < metrics.whiteness(rng.normal(size=10000)) < 1.1)
    True
    >>> bool(metrics.whiteness(np.sin(0.1 * np.arange(10000))) > 1000)
    True
    """
    r = to_numpy(as_float(residual, "residual"))
    check_finite(r, "residual")
    peak = float(np.max(np.abs(r), initial=0.0))
    if peak == 0:
        return 0.0
    power = np.abs(fftn(r / peak)).astype(np.float64) ** 2
    return max(float(power.size * np.sum(power**2) / np.sum(power) ** 2) - 1.0, 0.0)


def _removed(before: float, after: float, floor: float) -> float:
    if before > floor:
        return float(1 - after / before)
    return 0.0 if after <= floor else -math.inf
