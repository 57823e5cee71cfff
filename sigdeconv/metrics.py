"""How good a restoration is: distances, correlation, spectrum regained, whiteness of the residual.

Every measure takes arrays of any namespace, one to any number of dimensions, and returns Python
floats (or NumPy arrays for curves). The truth comes first. No measure returns NaN: a perfect match
has an infinite PSNR, a constant array has correlation 0 with anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sigdeconv._array import Array, as_float, check_finite, to_numpy
from sigdeconv._fft import fftn

__all__ = [
    "ScaleFit",
    "SpectralRegain",
    "correlation",
    "interior",
    "nrmse",
    "psnr",
    "scale_fit",
    "spectral_regain",
    "ssim",
    "whiteness",
]

_NumPy = np.ndarray[Any, Any]


def psnr(truth: Array, x: Array, *, data_range: float | None = None) -> float:
    """Return the peak signal-to-noise ratio of `x` in decibels.

    Parameters
    ----------
    truth, x : array of one shape
        The true signal and the estimate, in the same units.
    data_range : float, optional
        The peak; by default the range of `truth`, maximum minus minimum.

    Returns
    -------
    float
        ``10 log10(data_range**2 / mean(|truth - x|**2))``; infinity when the two are equal.

    Raises
    ------
    ValueError
        If the shapes differ, either array holds NaN or infinity, or `truth` is constant and no
        `data_range` is given.

    Examples
    --------
    >>> from sigdeconv import metrics
    >>> round(metrics.psnr([0.0, 1.0, 0.0, 1.0], [0.1, 0.9, 0.1, 0.9]), 6)
    20.0
    """
    truth, x = _pair(truth, x)
    mse = float(np.mean(np.abs(truth - x) ** 2))
    if mse == 0:
        return math.inf
    peak = _data_range(truth, data_range)
    return 20 * math.log10(peak) - 10 * math.log10(mse)


def nrmse(truth: Array, x: Array) -> float:
    """Return the error norm over the norm of the truth, ``||truth - x|| / ||truth||``.

    Parameters
    ----------
    truth, x : array of one shape
        The true signal and the estimate.

    Returns
    -------
    float
        0 for a perfect estimate, 1 for an estimate of zeros; infinity when `truth` is zero and
        `x` is not.

    Examples
    --------
    >>> from sigdeconv import metrics
    >>> metrics.nrmse([3.0, 4.0], [0.0, 0.0])
    1.0
    """
    truth, x = _pair(truth, x)
    return _ratio(float(np.linalg.norm(truth - x)), float(np.linalg.norm(truth)))


def ssim(
    truth: Array, x: Array, *, data_range: float | None = None, channel_axis: int | None = None
) -> float:
    """Return the mean structural similarity of `x` and the truth.

    Parameters
    ----------
    truth, x : array of one shape
        The true signal and the estimate, real; every axis has at least 3 samples. Axes of length
        one are dropped.
    data_range : float, optional
        The peak; by default the range of `truth`.
    channel_axis : int, optional
        An axis that holds channels; they are compared one by one and averaged.

    Returns
    -------
    float
        1 for a perfect estimate.

    Notes
    -----
    `skimage.metrics.structural_similarity` with its uniform window of 7 samples, or the largest odd
    window that fits when an axis is shorter.

    References
    ----------
    Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
    visibility to structural similarity", IEEE Transactions on Image Processing 13, 600 (2004).
    https://doi.org/10.1109/TIP.2003.819861

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import metrics
    >>> truth = np.sin(np.arange(64.0))
    >>> round(metrics.ssim(truth, truth), 12)
    1.0
    """
    from skimage.metrics import structural_similarity

    truth, x = _pair(truth, x)
    if np.iscomplexobj(truth) or np.iscomplexobj(x):
        raise ValueError("truth and x must be real for ssim; got complex. Pass abs(x) or x.real")
    peak = _data_range(truth, data_range)
    if channel_axis is not None:
        if isinstance(channel_axis, bool) or channel_axis not in range(-truth.ndim, truth.ndim):
            raise ValueError(
                f"channel_axis must be one of the {truth.ndim} axes of truth; got {channel_axis!r}"
            )
        truth, x = (np.moveaxis(a, channel_axis, 0) for a in (truth, x))
        pairs = list(zip(truth, x, strict=True))
        return float(np.mean([ssim(t, e, data_range=peak) for t, e in pairs]))
    truth, x = truth.squeeze(), x.squeeze()
    smallest = min(truth.shape, default=0)
    if smallest < 3:
        raise ValueError(
            f"ssim needs at least 3 samples along every axis; got shape {truth.shape}. Use psnr"
        )
    window = min(7, smallest - 1 + smallest % 2)
    return float(structural_similarity(truth, x, win_size=window, data_range=peak))


def correlation(truth: Array, x: Array) -> float:
    """Return the Pearson correlation of `x` and the truth: does the *shape* agree?

    Parameters
    ----------
    truth, x : array of one shape
        The true signal and the estimate. For complex arrays the real part of the complex
        correlation is returned.

    Returns
    -------
    float
        Between -1 and 1; unchanged when `x` is scaled by a positive number or shifted by a
        constant. 0 when either array is constant.

    Examples
    --------
    >>> from sigdeconv import metrics
    >>> round(metrics.correlation([1.0, 2.0, 4.0], [10.0, 20.0, 40.0]), 12)
    1.0
    """
    truth, x = _pair(truth, x)
    u, v = truth - truth.mean(), x - x.mean()
    norm = float(np.linalg.norm(u)) * float(np.linalg.norm(v))
    # The mean of a constant array is off by rounding: what is left of it is not a signal.
    noise = 1e-14 * float(np.linalg.norm(truth)) * float(np.linalg.norm(x))
    return float(np.vdot(u, v).real) / norm if norm > noise else 0.0


class ScaleFit(NamedTuple):
    """The best single factor and the error that is left after applying it.

    Examples
    --------
    >>> from sigdeconv import metrics
    >>> metrics.scale_fit([2.0, 4.0], [1.0, 2.0]).slope
    2.0
    """

    slope: float
    error: float


def scale_fit(truth: Array, x: Array) -> ScaleFit:
    """Return the factor ``a`` that minimises ``||truth - a x||``, and the error left.

    Parameters
    ----------
    truth, x : array of one shape
        The true signal and the estimate.

    Returns
    -------
    slope : float
        ``<x, truth> / <x, x>``; 0 when `x` is zero. 1 means that the values are right.
    error : float
        ``||truth - slope * x|| / ||truth||``, at most 1.

    Examples
    --------
    >>> from sigdeconv import metrics
    >>> metrics.scale_fit([2.0, 4.0], [1.0, 2.0])
    ScaleFit(slope=2.0, error=0.0)
    """
    truth, x = _pair(truth, x)
    energy = float(np.vdot(x, x).real)
    slope = float(np.vdot(x, truth).real) / energy if energy > 0 else 0.0
    left = float(np.linalg.norm(truth - slope * x))
    return ScaleFit(slope, _ratio(left, float(np.linalg.norm(truth))))


class SpectralRegain(NamedTuple):
    """How much of the data's spectral error a restoration removed, by radial frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import metrics
    >>> truth = np.sin(np.arange(64.0))
    >>> found = metrics.spectral_regain(truth, 0.5 * truth, 0.9 * truth, bands=4)
    >>> round(found.total, 2), found.frequency.shape
    (0.96, (4,))
    """

    frequency: _NumPy
    regain: _NumPy
    total: float


def spectral_regain(truth: Array, data: Array, x: Array, *, bands: int = 16) -> SpectralRegain:
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
    if isinstance(bands, bool) or not isinstance(bands, (int, np.integer)) or bands < 1:
        raise ValueError(f"bands must be a whole number of at least 1; got {bands!r}")
    truth_, data = _pair(truth, data, "data")
    truth_, x = _pair(truth_, x)
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


def whiteness(residual: Array) -> float:
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


def interior(a: Array, margin: int | Sequence[int]) -> Array:
    """Return the view of `a` without `margin` samples at both ends of each axis.

    Parameters
    ----------
    a : array
        Any array of any namespace.
    margin : int or sequence of int
        Samples to leave out at each end, one number or one per axis.

    Returns
    -------
    array
        A view, in the namespace of `a`.

    Raises
    ------
    ValueError
        If nothing is left, or the number of margins is not the number of axes.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import metrics
    >>> metrics.interior(np.arange(6), 2)
    array([2, 3])
    """
    a = np.asarray(a) if isinstance(a, (list, tuple)) else a
    margins = (margin,) * a.ndim if isinstance(margin, int) else tuple(margin)
    if len(margins) != a.ndim or min(margins, default=0) < 0:
        raise ValueError(f"margin must be one non-negative int or {a.ndim} of them; got {margin!r}")
    if any(n <= 2 * m for n, m in zip(a.shape, margins, strict=True)):
        raise ValueError(f"margin={margin!r} leaves nothing of an array of shape {a.shape}")
    return a[tuple(slice(m, n - m) for n, m in zip(a.shape, margins, strict=True))]


def _pair(truth: Array, x: Array, name: str = "x") -> tuple[_NumPy, _NumPy]:
    """Return both as finite NumPy arrays of double precision and one shape."""
    out = []
    for a, label in ((truth, "truth"), (x, name)):
        a = to_numpy(as_float(a, label))
        check_finite(a, label)
        out.append(a.astype(np.complex128 if np.iscomplexobj(a) else np.float64, copy=False))
    if out[0].shape != out[1].shape:
        raise ValueError(
            f"truth and {name} must have one shape; got {out[0].shape} and {out[1].shape}. "
            f"Crop the larger one, or simulate with the window of the smaller"
        )
    if out[0].size == 0:
        raise ValueError(f"truth and {name} are empty; expected at least one sample")
    return out[0], out[1]


def _data_range(truth: _NumPy, data_range: float | None) -> float:
    if data_range is None:
        a = np.abs(truth) if np.iscomplexobj(truth) else truth
        data_range = float(a.max() - a.min())
        if data_range == 0:
            raise ValueError("truth is constant, so its range is zero; give data_range=")
    plain = isinstance(data_range, (int, float, np.integer, np.floating))
    if not plain or isinstance(data_range, bool) or not 0 < data_range < math.inf:
        raise ValueError(f"data_range must be a positive number; got {data_range!r}")
    return float(data_range)


def _ratio(part: float, whole: float) -> float:
    if whole > 0:
        return part / whole
    return 0.0 if part == 0 else math.inf


def _removed(before: float, after: float, floor: float) -> float:
    if before > floor:
        return float(1 - after / before)
    return 0.0 if after <= floor else -math.inf
