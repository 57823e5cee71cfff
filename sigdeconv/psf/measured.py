"""A measured point spread function: the picture of a point, in the convention of the models.

Nothing is guessed. Whether it is scaled and where its centre lies must both be said, because a
wrong guess of either shifts or rescales every restoration without a sign. A pedestal is subtracted,
and another distance of samples allowed for, where they are given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import flag, number, numbers
from sigdeconv.operators.centre import Centre
from sigdeconv.psf._check import index_inside
from sigdeconv.psf.core import core

__all__ = ["measured"]


def measured(
    array: ArrayLike,
    *,
    normalize: bool | Literal["sum"],
    centre: Centre | Literal["centroid"],
    background: float | Literal["border"] = 0.0,
    nonnegative: bool = False,
    step: float | Sequence[float] = 1.0,
) -> NDArray[np.float64]:
    """Return a measured psf with its centre at ``n // 2``, padded with zeros as needed.

    Parameters
    ----------
    array : array_like, any shape
        The measured values.
    normalize : bool or "sum"
        True or "sum" divides by the sum; False keeps the values.
    centre : {"peak", "centroid", "middle", "start"}, int or sequence of int or str
        Where the point was: the largest value; the centre of mass, which is found and shifted to a
        fraction of a pixel; ``n // 2`` as it stands; the first sample, for a response in time; or
        an index, of which any entry may be a word but ``centroid``.
    background : float or "border"
        A pedestal that is subtracted first: its value, or ``border`` for the level of the outermost
        samples. With ``border`` what lies beyond the point is set to zero as well, where it is
        noise alone: see `core`, which says the level, the radius that is left, and the part of the
        energy in it.
    nonnegative : bool
        Set what is below zero then to zero, as Richardson-Lucy needs it. With a number for
        `background` this leaves the upper half of the noise beside the point.
    step : float or sequence of float
        Distance of the samples of `array`, on each axis, in samples of the data: 0.25 where it was
        measured four times as finely.

    Returns
    -------
    ndarray of float64
        At least as large as `array` where `step` is 1; all of the energy is kept.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind; if `array` is empty or not finite; if its sum is not
        above zero where the sum is needed; if `centre` lies outside.

    Notes
    -----
    The fraction of a centroid is shifted by linear interpolation: it keeps the sum and the sign
    and puts the centroid exactly, but with a variance larger by ``f (1 - f)``, at most 1/4
    of a squared pixel per axis. A Fourier shift would keep the variance, but rings below zero.

    With another `step`, every value is spread evenly over the width of its sample, and shared by
    the samples of the data that this width meets: a kernel that is integrated over them. A response
    of one axis that was measured more coarsely than the data has points for samples and no pixels:
    it is linear in between, and its first sample stays the first. The sum is kept.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.measured([3, 1, 0], normalize=True, centre="peak").tolist()
    [0.0, 0.0, 0.75, 0.25, 0.0]
    >>> psf.measured([3, 1, 0], normalize=False, centre="centroid").tolist()
    [0.0, 0.75, 2.5, 0.75, 0.0]
    >>> psf.measured([4, 2, 0], normalize=False, centre="start", step=2).round(2).tolist()
    [0.0, 0.0, 0.0, 0.0, 2.4, 1.8, 1.2, 0.6, 0.0]
    >>> psf.measured([5, 5, 7, 9, 7, 5], normalize=False, centre="peak", background="border",
    ...              step=0.5).tolist()
    [0.0, 1.0, 6.0, 1.0, 0.0]
    """
    values = to_numpy(as_float(array, "array"))
    if np.iscomplexobj(values) or values.ndim == 0 or values.size == 0:
        raise ValueError(
            f"array must be real with at least one axis and one value; got shape {values.shape}, "
            f"dtype {values.dtype}"
        )
    check_finite(values, "array")
    values = values.astype(np.float64)
    if not (isinstance(normalize, (bool, np.bool_)) or normalize == "sum"):
        raise ValueError(f"normalize must be True, False or 'sum'; got {normalize!r}")
    border = isinstance(background, str) and background == "border"
    values = core(values).values if border else values - _pedestal(background)
    if flag("nonnegative", nonnegative):
        values = np.maximum(values, 0)
    steps = numbers("step", step, values.ndim, above=0)
    total = float(values.sum())
    if total <= 0 and (normalize or (isinstance(centre, str) and centre == "centroid")):
        raise ValueError(
            f"array must have a sum above zero for normalize={normalize!r}, centre={centre!r}; "
            f"got {total:g}. Subtract less background, or use normalize=False"
        )
    for axis, position in enumerate(_position(values, centre)):
        if steps[axis] == 1:
            values = _to_middle(values, axis, position)
        elif steps[axis] > 1 and values.ndim == 1:
            values = _interpolated(values, position, steps[axis])
        else:
            values = _resampled(values, axis, position, steps[axis])
    return np.asarray(values / values.sum()) if normalize else values


def _pedestal(background: float | str) -> float:
    if isinstance(background, str):
        raise ValueError(f"background must be a number or 'border'; got {background!r}")
    return number("background", background)


def _position(values: NDArray[np.float64], centre: Centre | Literal["centroid"]) -> list[float]:
    if isinstance(centre, str) and centre == "centroid":
        return _centroid(values)
    if centre is None:
        raise TypeError("centre must be given, an index or a word such as 'peak'; got None")
    return [float(c) for c in index_inside(centre, values)]


def _centroid(values: NDArray[np.float64]) -> list[float]:
    total = values.sum()
    place = [
        float(np.tensordot(values, np.arange(n), axes=([a], [0])).sum() / total)
        for a, n in enumerate(values.shape)
    ]
    # Rounding must not smear an array whose centroid is a whole pixel; and with values below zero
    # the centroid may lie outside the array, where no centre makes sense.
    place = [float(round(p)) if abs(p - round(p)) < 1e-9 else p for p in place]
    if any(not 0 <= p <= n - 1 for p, n in zip(place, values.shape, strict=True)):
        raise ValueError(
            f"array must have its centroid inside; got {place} for shape {values.shape}. "
            f"Values below zero pull it out: subtract the background or use centre='peak'"
        )
    return place


def _to_middle(values: NDArray[np.float64], axis: int, position: float) -> NDArray[np.float64]:
    fraction = position % 1.0
    if fraction:  # move by a fraction towards the start; the new first sample takes the overflow
        padding = [(int(a == axis),) * 2 for a in range(values.ndim)]
        wide = np.moveaxis(np.pad(values, padding), axis, 0)
        moved = (1 - fraction) * wide[:-1] + fraction * wide[1:]
        values, position = np.moveaxis(moved, 0, axis), position + 1 - fraction
    centre, n = round(position), values.shape[axis]
    before, after = max(0, n - 2 * centre - 1), max(0, 2 * centre - n)
    return np.pad(values, [(before, after) if a == axis else (0, 0) for a in range(values.ndim)])


def _resampled(
    values: NDArray[np.float64], axis: int, position: float, step: float
) -> NDArray[np.float64]:
    """Return samples `step` apart as integrals over those of the data, `position` in the middle."""
    ends = (np.arange(values.shape[axis] + 1) - 0.5 - position) * step
    reach = math.ceil(max(-ends[0], ends[-1]) - 0.5 - 1e-9)
    cells = np.arange(-reach, reach + 2) - 0.5
    upper = np.minimum(ends[1:, None], cells[1:])
    lower = np.maximum(ends[:-1, None], cells[:-1])
    shares = np.maximum(upper - lower, 0) / step  # (samples, cells)
    return np.moveaxis(np.tensordot(values, shares, axes=([axis], [0])), -1, axis)


def _interpolated(values: NDArray[np.float64], position: float, step: float) -> NDArray[np.float64]:
    """Return a response sampled at points `step` apart, linear in between, of the same sum."""
    last = values.size - 1
    reach = math.floor(max(position, last - position) * step + 1e-9)
    places = np.arange(-reach, reach + 1) / step + position
    inside = (places >= -1e-9) & (places <= last + 1e-9)
    fine = np.where(inside, np.interp(places, np.arange(last + 1), values), 0.0) / step
    total, made = float(values.sum()), float(fine.sum())
    kept = min(abs(total), abs(made)) > 0.5 * float(np.sum(np.abs(fine)))  # the sum tells its size
    return fine * (total / made) if kept else fine


def gathered(
    values: NDArray[np.float64], centre: Sequence[float], step: float
) -> NDArray[np.float64]:
    """Return samples `step` apart, the centre at a place between them, as those of the data."""
    for axis, position in enumerate(centre):
        values = _resampled(values, axis, position, step)
    return values
