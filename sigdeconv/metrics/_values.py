"""Distances between values, with and without regard to scale and offset."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sigdeconv._array import ArrayLike
from sigdeconv._checks import integer
from sigdeconv.metrics._pair import pair, range_of, ratio

__all__ = ["ScaleFit", "correlation", "nrmse", "psnr", "scale_fit", "ssim"]


def psnr(truth: ArrayLike, x: ArrayLike, *, data_range: float | None = None) -> float:
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
    truth, x = pair(truth, x)
    mse = float(np.mean(np.abs(truth - x) ** 2))
    if mse == 0:
        return math.inf
    peak = range_of(truth, data_range)
    return 20 * math.log10(peak) - 10 * math.log10(mse)


def nrmse(truth: ArrayLike, x: ArrayLike) -> float:
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
    truth, x = pair(truth, x)
    return ratio(float(np.linalg.norm(truth - x)), float(np.linalg.norm(truth)))


def ssim(
    truth: ArrayLike,
    x: ArrayLike,
    *,
    data_range: float | None = None,
    channel_axis: int | None = None,
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

    truth, x = pair(truth, x)
    if np.iscomplexobj(truth) or np.iscomplexobj(x):
        raise ValueError("truth and x must be real for ssim; got complex. Pass abs(x) or x.real")
    peak = range_of(truth, data_range)
    if channel_axis is not None:
        last = truth.ndim - 1
        channel_axis = integer("channel_axis", channel_axis, least=-1 - last, most=last)
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


def correlation(truth: ArrayLike, x: ArrayLike) -> float:
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
    truth, x = pair(truth, x)
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


def scale_fit(truth: ArrayLike, x: ArrayLike) -> ScaleFit:
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
    truth, x = pair(truth, x)
    energy = float(np.vdot(x, x).real)
    slope = float(np.vdot(x, truth).real) / energy if energy > 0 else 0.0
    left = float(np.linalg.norm(truth - slope * x))
    return ScaleFit(slope, ratio(left, float(np.linalg.norm(truth))))
