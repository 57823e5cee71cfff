"""Noise and signal spectra from the data alone, under a known transfer function.

Natural signals have power spectra close to a |f|^-beta; scenes of separate things level off at low
frequencies, below a knee k. Blurred and noisy, the data's spectrum is

    M(f) = a |H(f)|^2 (f^2 + k^2)^(-beta/2) + sigma^2

and the four follow from the tapered periodogram P by Whittle's likelihood, sum log M + P / M
(Whittle 1953, doi:10.1007/BF02590998; the signal's part is Matern's, 1960). Where the kernel lets
nothing through the noise stands alone, so no separate estimate of it is needed; where there is no
such band the curvature of the spectrum tells the two apart. The scale is profiled out, the rest is
searched on a grid and refined. Noise of a known colour takes the place of sigma^2.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import Frequencies, FrequencyFunction, fill_holes
from sigdeconv.solvers.matrix_free.noise import any_noise_level

__all__ = [
    "BY_SPECTRA",
    "FIT",
    "BinnedPeriodogram",
    "Spectra",
    "SpectraRatio",
    "bin_periodogram",
    "noise_level",
    "periodogram_of",
    "spectra_of",
]

BY_SPECTRA = "least expected error for the spectra most likely for the data"
MOST_RATIO = 1e30  # of noise to signal: switches a frequency off, and is finite in float32


@final
@dataclasses.dataclass(frozen=True)
class SpectraFit:
    """Constants of the fit of spectra; benchmarks/wiener_default.py measures what comes of them.

    Attributes
    ----------
    least_noise : float
        Least estimate of the noise, as a part of the data's standard deviation (70 dB): below it
        kernel, border and rounding are worse known, and the filter would amplify their errors.
    most_exponent : float
        Steepest fall of the signal's power above the knee.
    usual_exponent, exponent_spread, knee_spread : float
        Prior of the exponent (mean and standard deviation) and of the knee (mean of an exponential
        law, in cycles a sample). Photographs have exponents of 2 to 4; the rest by eye.
    knees : tuple of float
        First grid of knees, in cycles a sample.
    zooms : tuple of float
        Half widths of the finer grids, in exponents.
    faded : float
        Cycles a frame up to which the taper leaks, and nothing is counted.
    few_kernels : int
        Kernels along an axis below which the leakage of the taper is reckoned with.
    bins, decades, per_decade : int
        Bins of log |f|; decades of |H|^2 and bins in each.
    """

    least_noise: float = 3e-4
    most_exponent: float = 6.0
    usual_exponent: float = 3.0
    exponent_spread: float = 2.0
    knee_spread: float = 0.1
    knees: tuple[float, ...] = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16)
    zooms: tuple[float, ...] = (0.25, 0.12, 0.06)
    faded: float = 3.0
    few_kernels: int = 16
    bins: int = 40
    decades: int = 14
    per_decade: int = 4


FIT = SpectraFit()


@final
@dataclasses.dataclass(frozen=True)
class Spectra:
    """Signal `amplitude` (f^2 + `knee`^2)^(-`exponent` / 2) and white noise of variance `noise`."""

    amplitude: float
    exponent: float
    knee: float
    noise: float

    def signal(self, f: NumpyArray) -> NumpyArray:
        """Return the signal's power at |f| > 0."""
        return np.asarray(self.amplitude * _fall(f, self.exponent, self.knee))

    def ratio(self, f: NumpyArray) -> NumpyArray:
        """Return noise over signal at |f|; 0 at f = 0, whose value the data fix alone."""
        f = np.asarray(f)
        if self.amplitude == 0.0:
            return np.where(f > 0, np.inf, 0.0)
        rise = np.asarray(f**2 + self.knee**2)
        rise **= self.exponent / 2
        rise *= self.noise / self.amplitude
        rise[f <= 0] = 0.0
        return rise


@final
@dataclasses.dataclass(frozen=True)
class SpectraRatio(FrequencyFunction):
    """Noise over signal of fitted spectra, not below `floor`: the penalty of a Wiener filter."""

    law: Spectra
    floor: float = 0.0

    def on(self, f: Frequencies) -> NumpyArray:
        """Return the ratio at the frequencies of a grid."""
        ratio = self.law.ratio(f.radius)
        if self.floor > 0:
            np.maximum(ratio, self.floor, out=ratio, where=f.radius > 0)
        # An infinite penalty switches a frequency off; this does too, and is finite in float32.
        return np.minimum(ratio, MOST_RATIO, out=ratio)


def _fall(f: Any, exponent: Any, knee: Any) -> NumpyArray:
    return np.asarray((np.asarray(f) ** 2 + knee**2) ** (-exponent / 2))


@final
@dataclasses.dataclass(frozen=True, eq=False)
class BinnedPeriodogram:
    """The tapered periodogram of the data in bins of equal |f| and equal |H|^2.

    Attributes
    ----------
    power, f, gain : ndarray
        Mean power, frequency in cycles a sample (geometric mean) and |H|^2 of each bin.
    count : ndarray
        Number of frequencies in it.
    least_noise : float
        Smallest noise variance to believe in.
    colour : ndarray or float
        The noise's power in each bin over its mean; 1 for white noise.
    level : float or None
        That mean, where the noise is known.
    untapered : BinnedPeriodogram or None
        The same in bins of the kernel's own |H|^2, where `gain` is what the taper makes of it.
    """

    power: NumpyArray
    f: NumpyArray
    gain: NumpyArray
    count: NumpyArray
    least_noise: float
    colour: NumpyArray | float = 1.0
    level: float | None = None
    untapered: BinnedPeriodogram | None = None

    def fit(self, *, noise: float | None = None) -> Spectra:
        """Return the spectra that make the periodogram most likely.

        Parameters
        ----------
        noise : float, optional
            Hold the noise variance fixed (the mean of its spectrum, if it has a colour).
        """
        total = float(np.sum(self.count * self.power))
        if self.count.size == 0 or total <= 0:
            return Spectra(0.0 if total <= 0 else 1.0, 2.0, 0.0, noise or 0.0)
        best = (math.inf, 0.0, 0.0, 0.0, 0.0)
        knees: Any = FIT.knees
        exponents: Any = np.arange(0.5, FIT.most_exponent + 0.01, 0.5)
        ratios = np.geomspace(1e-14, 1e4, 37)
        for zoom in (None, *FIT.zooms):
            if zoom is not None:
                _, knee, exponent, ratio, _ = best
                knees = np.array([1 - 2 * zoom, 1.0, 1 + 2 * zoom]) * knee if knee else (0.0, 0.005)
                exponents = exponent + zoom * np.linspace(-1, 1, 5)
                exponents = exponents[(exponents > 0) & (exponents <= FIT.most_exponent)]
                ratios = ratio * np.exp(5 * zoom * np.linspace(-1, 1, 9))
            for knee in knees:
                found = self._search(float(knee), exponents, ratios, noise)
                best = min(best, (found[0], float(knee), *found[1:]))
        _, knee, exponent, ratio, scale = best
        if noise is None:
            noise = max(scale * ratio, self.least_noise)
        peak = float(np.max(self.gain * _fall(self.f, exponent, knee)))
        return Spectra(scale / peak if peak > 0 else 0.0, exponent, knee, noise)

    def _search(
        self, knee: float, exponents: NumpyArray, ratios: NumpyArray, noise: float | None
    ) -> tuple[float, float, float, float]:
        """Return (likelihood, exponent, ratio, scale) at the best point of a grid.

        The scale is that of the signal's part of the model where it is largest, and the ratio the
        noise over it.
        """
        best = (math.inf, 2.0, 1.0, 1.0)
        points = float(np.sum(self.count))
        for slope in exponents:
            shape = self.gain * _fall(self.f, slope, knee)
            peak = float(np.max(shape))
            if peak <= 0:
                continue
            model = shape[None, :] / peak + ratios[:, None] * self.colour
            if noise:
                scale = noise / ratios
            else:
                scale = np.sum(self.count * self.power / model, axis=1) / points
            misfit = np.sum(
                self.count * (np.log(model) + self.power / (scale[:, None] * model)), axis=1
            )
            # What few data leave open, natural signals decide: exponents about 3, and no knee.
            prior = ((slope - FIT.usual_exponent) / FIT.exponent_spread) ** 2 / 2
            prior += knee / FIT.knee_spread
            misfit = misfit + points * np.log(scale) + prior
            i = int(np.argmin(misfit))
            best = min(best, (float(misfit[i]), float(slope), float(ratios[i]), float(scale[i])))
        return best

    def least_risk(self, law: Spectra, penalty: Callable[[Any], Any]) -> float:
        """Return the weight of ``penalty(f)`` with the least expected error of the estimate.

        A quadratic method passes |H|^2 / (|H|^2 + w q) of each frequency. For a signal of spectrum
        S and noise of variance N its mean square error is the sum over the frequencies of

            (w q / (|H|^2 + w q))^2 S + |H|^2 / (|H|^2 + w q)^2 N
        """
        if self.untapered is not None:
            return self.untapered.least_risk(law, penalty)
        if law.noise == 0 or law.amplitude == 0 or self.count.size == 0:
            return 0.0 if law.amplitude else 1.0
        q = np.asarray(penalty(self.f), dtype=float)
        signal = law.signal(self.f)

        def risk(weights: NumpyArray) -> NumpyArray:
            penalties = weights[:, None] * q
            total = np.maximum(self.gain + penalties, np.finfo(float).tiny)
            error = (
                penalties / total
            ) ** 2 * signal + self.gain / total**2 * law.noise * self.colour
            return np.asarray(np.sum(self.count * error, axis=1))

        grid = np.geomspace(1e-16, 1e8, 97) * float(np.max(self.gain)) / float(np.max(q))
        for _ in range(3):
            best = int(np.argmin(risk(grid)))
            low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
            grid = np.geomspace(low, high, 17)
        return float(grid[int(np.argmin(risk(grid)))])

    def least_threshold(self, law: Spectra) -> float:
        """Return the fraction of the largest |H| below which to drop a frequency.

        Dropping one costs its signal S, keeping it the noise N / |H|^2; the threshold is the one
        with the least sum.
        """
        if self.untapered is not None:
            return self.untapered.least_threshold(law)
        if law.noise == 0 or law.amplitude == 0 or self.count.size == 0:
            return 0.0
        order = np.argsort(self.gain)
        gain = np.maximum(self.gain[order], np.finfo(float).tiny)
        count = self.count[order]
        lost = np.concatenate([[0.0], np.cumsum(count * law.signal(self.f[order]))])
        noise = law.noise * np.broadcast_to(self.colour, order.shape)[order]
        passed = np.cumsum((count * noise / gain)[::-1])[::-1]
        drop = int(np.argmin(lost + np.concatenate([passed, [0.0]])))
        if drop == 0:
            return 0.0
        least = math.sqrt(gain[drop - 1] * gain[min(drop, gain.size - 1)])
        return min(math.sqrt(least / float(np.max(gain))), 1.0)


def periodogram_of(obs: Observation) -> BinnedPeriodogram:
    """Return the binned periodogram of an observation, which is taken once."""
    if "periodogram" not in obs.kept:
        obs.kept["periodogram"] = bin_periodogram(obs.y, obs.convolution)
    found: BinnedPeriodogram = obs.kept["periodogram"]
    return found


def spectra_of(obs: Observation) -> Spectra:
    """Return the spectra of signal and noise that are most likely for an observation."""
    if "spectra" not in obs.kept:
        obs.kept["spectra"] = periodogram_of(obs).fit()
    found: Spectra = obs.kept["spectra"]
    return found


def noise_level(obs: Observation) -> float:
    """Return the standard deviation of the noise, estimated under the known operator."""
    return math.sqrt(spectra_of(obs).noise) if obs.is_convolution else any_noise_level(obs)


def bin_periodogram(
    y: Array, A: Convolution, noise: FrequencyFunction | None = None
) -> BinnedPeriodogram:
    """Return the binned periodogram of data `y` of `A`, and of their `noise` if it is known.

    The transfer function must mean something on the data's grid, so the stride should be 1; a
    strided kernel is taken as it acts on the coarse grid.
    """
    y = to_numpy(fill_holes(y, A.mask))
    least = FIT.least_noise**2 * float(np.var(y))
    single = y.dtype in (np.float32, np.complex64) and y.size > 2**16  # rounding averages out
    if not single:
        y = y.astype(np.complex128 if np.iscomplexobj(y) else np.float64)
    # A periodic scene has no edge to fade out; its first cycles say as much as the others.
    whole = A.boundary == "periodic" and A.out_shape == A.shape
    tapered, energy = _tapered(y, whole)
    full_spectrum = np.iscomplexobj(y) or np.iscomplexobj(A.psf)
    transform = _fft.fftn if full_spectrum else _fft.rfftn
    power = _energy(to_numpy(transform(tapered, y.shape, workers=A.workers))) / energy
    transfer = A.circular_transfer(y.shape, tapered, full_spectrum=full_spectrum)
    gain = _energy(to_numpy(transfer))
    grid = Frequencies(y.shape, not full_spectrum)
    f = np.broadcast_to(grid.radius, power.shape).astype(power.dtype, copy=False)
    # Below some cycles a frame the taper leaks and there are too few points to tell.
    keep = f > (0.0 if whole else min(FIT.faded / max(y.shape), 0.25))
    colour: Any = None
    if noise is not None:
        colour = np.broadcast_to(noise.on(grid), keep.shape)[keep]
    by_gain = _binned(power[keep], f[keep], gain[keep], colour, least)
    if whole or not _leaks(y.shape, A):
        return by_gain
    leaked = _leaked(gain, y.shape, full_spectrum)
    bins = _binned(power[keep], f[keep], leaked[keep], colour, least)
    return dataclasses.replace(bins, untapered=by_gain)


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


def _tapered(y: NumpyArray, whole: bool) -> tuple[NumpyArray, float]:
    """Return data that fade out at the border around their mean, and the energy of the taper."""
    taper = np.ones(())
    for n in y.shape:
        taper = np.multiply.outer(taper, np.ones(n) if n <= 2 or whole else np.hanning(n + 2)[1:-1])
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
    decades = np.log10(gain / (np.max(gain) or 1.0) + gain.dtype.type(10.0**-FIT.decades))
    log_f = np.log(f)
    start, end = float(log_f.min()), float(log_f.max())
    most = FIT.decades * FIT.per_decade
    bin_f = np.clip(FIT.bins / max(end - start, 1e-9) * (log_f - start), 0, FIT.bins)
    bin_gain = np.clip((decades + FIT.decades) * FIT.per_decade, 0, most)
    where = bin_f.astype(np.int32) * (most + 1) + bin_gain.astype(np.int32)
    count = np.bincount(where).astype(float)
    used = count > 0
    power, f, gain = (
        np.bincount(where, weights=a)[used] / count[used] for a in (power, log_f, gain)
    )
    tint: Any = 1.0
    if level and colour is not None:
        tint = np.bincount(where, weights=colour / level)[used] / count[used]
    # As if that much noise were in the data: rounding must not decide what the fit finds.
    return BinnedPeriodogram(power + least, np.exp(f), gain, count[used], least, tint, level)


def _energy(spectrum: NumpyArray) -> NumpyArray:
    return np.asarray(spectrum.real**2 + spectrum.imag**2)
