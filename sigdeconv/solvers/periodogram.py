"""The tapered periodogram of data, in bins of equal |f| and equal |H|^2.

A taper keeps the border out of it; what leaks through the taper's own spectrum from the kernel's
pass band into its stop band is reckoned with where the data are few. With a stride the frequencies
of the scene that differ by one over the stride cannot be told apart: a bin has them all.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.grid import Frequencies, FrequencyFunction, fill_holes
from sigdeconv.solvers.spectra import FIT, BinnedPeriodogram

__all__ = ["bin_periodogram", "mean_periodogram"]


def bin_periodogram(
    y: Array, A: Convolution, noise: FrequencyFunction | None = None
) -> BinnedPeriodogram:
    """Return the binned periodogram of data `y` of `A`, and of their `noise` if it is known.

    Holes of the data are filled.
    """
    y = to_numpy(fill_holes(y, A.mask))
    least = FIT.least_noise**2 * float(np.var(y))
    single = y.dtype in (np.float32, np.complex64) and y.size > 2**16  # rounding averages out
    if not single:
        y = y.astype(np.complex128 if np.iscomplexobj(y) else np.float64)
    # A periodic scene has no edge to fade out; its first cycles say as much as the others.
    whole = A.boundary == "periodic" and A.out_shape == A.shape
    tapered, energy = _tapered(y, whole, _beside_holes(A))
    full_spectrum = np.iscomplexobj(y) or np.iscomplexobj(A.psf)
    transform = _fft.fftn if full_spectrum else _fft.rfftn
    power = _energy(to_numpy(transform(tapered, y.shape, workers=A.workers))) / energy
    full = full_spectrum
    gain, f = (
        _folded(A, y.shape, tapered, full)
        if math.prod(A.stride) > 1
        else _plain(A, y.shape, tapered, full)
    )
    f = f.astype(power.dtype, copy=False)
    grid = Frequencies(y.shape, not full_spectrum)
    # Below some cycles a frame the taper leaks and there are too few points to tell.
    keep = grid.radius > (0.0 if whole else min(FIT.faded / max(y.shape), 0.25))
    keep = np.broadcast_to(keep, power.shape)
    colour: Any = None
    if noise is not None:
        colour = np.broadcast_to(noise.on(grid), keep.shape)[keep]
    by_gain = _binned(power[keep], f[keep], gain[keep], colour, least)
    if whole or gain.shape[-1] > 1 or not _leaks(y.shape, A):
        return by_gain
    leaked = _leaked(gain[..., 0], y.shape, full_spectrum)[..., None]
    bins = _binned(power[keep], f[keep], leaked[keep], colour, least)
    return dataclasses.replace(bins, untapered=by_gain)


def mean_periodogram(found: list[BinnedPeriodogram]) -> BinnedPeriodogram:
    """Return the mean of periodograms with the same bins (Welch 1967)."""
    inner: Any = [one.untapered for one in found if one.untapered is not None]
    return dataclasses.replace(
        found[0],
        power=np.mean([one.power for one in found], axis=0),
        count=found[0].count * len(found),
        least_noise=float(np.mean([one.least_noise for one in found])),
        untapered=mean_periodogram(inner) if len(inner) == len(found) else None,
    )


def _plain(
    A: Convolution, shape: tuple[int, ...], model: Array, full_spectrum: bool
) -> tuple[NumpyArray, NumpyArray]:
    """Return |H|^2 and |f| on the data's grid, each with an axis of one after the others."""
    gain = _energy(to_numpy(A.circular_transfer(shape, model, full_spectrum=full_spectrum)))
    f = np.broadcast_to(Frequencies(shape, not full_spectrum).radius, gain.shape)
    return gain[..., None], f[..., None]


def _folded(
    A: Convolution, shape: tuple[int, ...], model: Array, full_spectrum: bool
) -> tuple[NumpyArray, NumpyArray]:
    """Return |H|^2 and |f| of all frequencies of the scene that fall on one of the data's.

    The last axis is theirs, from the lowest on. A sample in s^n sees s^n frequencies, each with the
    s^n-th part of its power.
    """
    fine = tuple(n * s for n, s in zip(shape, A.stride, strict=True))
    gain = _energy(to_numpy(A.circular_transfer(fine, model, full_spectrum=True)))
    f = np.broadcast_to(Frequencies(fine, half=False).radius, gain.shape)
    split = tuple(itertools.chain(*zip(A.stride, shape, strict=True)))
    axes = (*range(1, 2 * len(shape), 2), *range(0, 2 * len(shape), 2))
    stop = shape[-1] if full_spectrum else shape[-1] // 2 + 1
    gain, f = (
        a.reshape(split).transpose(axes).reshape(*shape, -1)[..., :stop, :] for a in (gain, f)
    )
    order = np.argsort(f, axis=-1, kind="stable")
    gain, f = (np.take_along_axis(a, order, axis=-1) for a in (gain, f))
    return gain / math.prod(A.stride), np.maximum(f, 1e-9)


def _leaks(shape: tuple[int, ...], A: Convolution) -> bool:
    """Tell whether the taper lets much of the kernel's pass band leak into its stop band."""
    return any(2 < n < FIT.few_kernels * span for n, span in zip(shape, A.span, strict=True))


def _leaked(gain: NumpyArray, shape: tuple[int, ...], full_spectrum: bool) -> NumpyArray:
    """Return |H|^2 as the tapered periodogram sees it: convolved with the taper's own spectrum.

    That is a product with the autocorrelation of the taper, at the lags of the data's grid.
    """
    back = _fft.ifftn if full_spectrum else _fft.irfftn
    lags = back(gain + 0j, shape)
    for axis, n in enumerate(shape):
        taper = np.ones(n) if n <= 2 else np.hanning(n + 2)[1:-1]
        kept = np.correlate(taper, taper, "full")[n - 1 :] / np.sum(taper**2)
        kept = kept[np.minimum(np.arange(n), n - np.arange(n)) % n]
        lags = lags * kept.reshape([-1 if k == axis else 1 for k in range(len(shape))])
    transform = _fft.fftn if full_spectrum else _fft.rfftn
    smooth = np.real(transform(lags, shape))
    return np.asarray(np.maximum(smooth, gain * 1e-3), gain.dtype)


def _beside_holes(A: Convolution) -> NumpyArray | None:
    """Return a taper that fades out towards large holes, as at a border; None where there is none.

    What is beside a saturated lamp is bright and ends abruptly; dead samples are filled well.
    """
    if A.mask is None or np.all(A.mask > 0):
        return None
    from scipy.ndimage import binary_opening, distance_transform_edt

    size = [min(FIT.least_hole, n) for n in A.mask.shape]
    large = binary_opening(A.mask == 0, np.ones(size, bool))
    if not large.any():
        return None
    reach = max(max(span / s for span, s in zip(A.span, A.stride, strict=True)) / 2, 1.0)
    near = np.clip(distance_transform_edt(~large) / reach, 0, 1)
    taper = np.asarray((1 - np.cos(np.pi * near)) / 2)
    return taper if np.mean(taper**2) > FIT.least_free else None


def _tapered(
    y: NumpyArray, whole: bool, beside: NumpyArray | None = None
) -> tuple[NumpyArray, float]:
    """Return data that fade out at the border around their mean, and the energy of the taper."""
    taper = np.ones(())
    for n in y.shape:
        taper = np.multiply.outer(taper, np.ones(n) if n <= 2 or whole else np.hanning(n + 2)[1:-1])
    if beside is not None:
        taper = taper * beside
    if y.dtype in (np.float32, np.complex64):
        taper = taper.astype(np.float32)
    return (y - np.sum(y * taper) / np.sum(taper)) * taper, np.sum(taper**2)


def _binned(
    power: NumpyArray, f: NumpyArray, gain: NumpyArray, colour: NumpyArray | None, least: float
) -> BinnedPeriodogram:
    """Put frequencies into 41 bins of log |f| times 57 quarter decades of |H|^2."""
    level = None if colour is None else float(np.mean(colour)) if colour.size else 0.0
    if power.size == 0:
        return BinnedPeriodogram(power, f, gain, power, least, level=level)
    most = FIT.decades * FIT.per_decade
    strongest = gain[:, 0] if gain.shape[1] == 1 else np.sum(gain, axis=1)
    tiny = gain.dtype.type(10.0**-FIT.decades)
    decades = np.log10(strongest / (np.max(strongest) or 1.0) + tiny)
    log_f = np.log(f)
    base = log_f[:, 0]
    start, end = float(base.min()), float(base.max())
    bin_f = np.clip(FIT.bins / max(end - start, 1e-9) * (base - start), 0, FIT.bins)
    bin_gain = np.clip((decades + FIT.decades) * FIT.per_decade, 0, most)
    where = bin_f.astype(np.int32) * (most + 1) + bin_gain.astype(np.int32)
    count = np.bincount(where).astype(float)
    used = count > 0

    def mean(a: NumpyArray) -> NumpyArray:
        return np.asarray(np.bincount(where, weights=a)[used] / count[used])

    tint: Any = 1.0
    if level and colour is not None:
        tint = mean(colour / level)
    gain = np.stack([mean(column) for column in gain.T], axis=1)
    f = np.exp(np.stack([mean(column) for column in log_f.T], axis=1))
    # As if that much noise were in the data: rounding must not decide what the fit finds.
    return BinnedPeriodogram(mean(power) + least, f, gain, count[used], least, tint, level)


def _energy(spectrum: NumpyArray) -> NumpyArray:
    return np.asarray(spectrum.real**2 + spectrum.imag**2)
