"""Noise and signal spectra from the data alone, under a known transfer function.

Natural signals have power spectra close to a |f|^-beta. Blurred and noisy, the data's spectrum is

    M(f) = a |H(f)|^2 |f|^-beta + sigma^2

and a, beta and sigma^2 follow from the tapered periodogram P by Whittle's likelihood,
sum log M + P / M (Whittle 1953, doi:10.1007/BF02590998). Where the kernel lets nothing through the
noise stands alone, so no separate estimate of it is needed; where there is no such band the
curvature of the spectrum tells the two apart. The scale is profiled out, beta and the ratio
sigma^2 / a are searched on a grid and refined.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, to_numpy
from sigdeconv.inverse._torus import frequency
from sigdeconv.operators.convolution import Convolution

__all__ = ["PowerLaw", "fit_power_law"]

# Estimated noise is at least this fraction of the data's standard deviation (70 dB). Below it the
# kernel, the border and rounding are worse known than the data, and a smaller figure would have
# the filter amplify their errors.
LEAST_NOISE = 3e-4


@dataclasses.dataclass(frozen=True)
class PowerLaw:
    """The signal spectrum `amplitude` |f|^-`exponent` and the white noise of variance `noise`."""

    amplitude: float
    exponent: float
    noise: float

    def ratio(self, f: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return noise over signal at |f|; 0 at f = 0, whose value the data fix alone."""
        if self.amplitude == 0.0:
            return np.where(f > 0, np.inf, 0.0)
        return self.noise / self.amplitude * np.asarray(f) ** self.exponent


def fit_power_law(
    y: Array, A: Convolution, *, exponent: float | None = None, noise: float | None = None
) -> PowerLaw:
    """Return the power law that explains the data `y` of `A` best.

    Parameters
    ----------
    y : array
        The data.
    A : Convolution
        The operator; its stride must be 1 for the transfer function to mean anything (a strided
        kernel is taken as it acts on the coarse grid).
    exponent : float, optional
        Hold the exponent fixed.
    noise : float, optional
        Hold the noise variance fixed.
    """
    power, f, gain, count = _binned(to_numpy(y), A)
    total = float(np.sum(count * power))
    if count.size == 0 or total <= 0:
        return PowerLaw(0.0 if total <= 0 else 1.0, 2.0, noise or 0.0)
    exponents = np.arange(0.5, 4.6, 0.25) if exponent is None else np.array([exponent])
    ratios = np.exp(np.linspace(math.log(1e-14), math.log(1e6), 81))
    best = _search(power, f, gain, count, exponents, ratios, noise)
    for width in (0.25, 0.06):
        near = best[1] + width * np.linspace(-1, 1, 9) if exponent is None else exponents
        span = math.log(1e20) / 80 * (width / 0.25)
        ratios = best[2] * np.exp(span * np.linspace(-1, 1, 17))
        best = min(best, _search(power, f, gain, count, near, ratios, noise))
    _, slope, ratio, scale = best
    if noise is None:
        noise = max(scale * ratio, LEAST_NOISE**2 * float(np.var(to_numpy(y))))
    return PowerLaw(scale, float(slope), noise)


def _search(
    power: np.ndarray[Any, Any],
    f: np.ndarray[Any, Any],
    gain: np.ndarray[Any, Any],
    count: np.ndarray[Any, Any],
    exponents: np.ndarray[Any, Any],
    ratios: np.ndarray[Any, Any],
    noise: float | None,
) -> tuple[float, float, float, float]:
    """Return (likelihood, exponent, ratio, scale) at the best point of a grid."""
    best = (math.inf, 2.0, 1.0, 1.0)
    points = float(np.sum(count))
    for slope in exponents:
        shape = gain * f**-slope
        model = shape[None, :] + ratios[:, None]
        if noise is None:
            scale = np.sum(count * power / model, axis=1) / points
        else:
            scale = np.full(ratios.size, noise) / ratios if noise > 0 else np.ones(ratios.size)
        misfit = np.sum(count * (np.log(model) + power / (scale[:, None] * model)), axis=1)
        misfit = misfit + points * np.log(scale)
        i = int(np.argmin(misfit))
        best = min(best, (float(misfit[i]), float(slope), float(ratios[i]), float(scale[i])))
    return best


def _binned(y: np.ndarray[Any, Any], A: Convolution) -> tuple[np.ndarray[Any, Any], ...]:
    """Return tapered power, |f|, |H|^2 and number of points in bins of equal |f| and |H|^2."""
    y = y.astype(np.complex128 if np.iscomplexobj(y) else np.float64)
    taper = np.ones(())
    for n in y.shape:
        taper = np.multiply.outer(taper, np.hanning(n + 2)[1:-1] if n > 2 else np.ones(n))
    flat = (y - np.sum(y * taper) / np.sum(taper)) * taper
    wide = np.iscomplexobj(flat) or np.iscomplexobj(A.psf)
    transform = _fft.fftn if wide else _fft.rfftn
    power = np.abs(transform(flat, y.shape, workers=A.workers)) ** 2 / np.sum(taper**2)
    grid = Convolution(A.psf, y.shape, "periodic", A.centre, dilation=A.dilation)
    gain = np.abs(grid._filter(flat, wide)) ** 2
    f = np.broadcast_to(frequency(y.shape, not wide), power.shape)
    # Below three cycles a frame the taper leaks and there are too few points to tell.
    longest = max(y.shape)
    keep = f > min(3.0 / longest, 0.25)
    power, f, gain = power[keep], f[keep], gain[keep]
    if power.size == 0:
        return power, f, gain, power
    level = np.log10(gain / (np.max(gain) or 1.0) + 1e-14)
    bin_f = np.floor(40 * np.log(f / f.min()) / max(math.log(f.max() / f.min()), 1e-9))
    _, where, count = np.unique(
        bin_f * 1000 + np.floor((level + 14) * 4), return_inverse=True, return_counts=True
    )
    mean = [np.bincount(where, weights=a) / count for a in (power, np.log(f), gain)]
    return mean[0], np.exp(mean[1]), mean[2], count.astype(float)
