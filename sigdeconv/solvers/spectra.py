"""Noise and signal spectra from the data alone, under a known transfer function.

Natural signals have power spectra close to a |f|^-beta; scenes of separate things level off at low
frequencies, below a knee k. Blurred and noisy, the data's spectrum is

    M(f) = a |H(f)|^2 (f^2 + k^2)^(-beta/2) + sigma^2

and the four follow from the tapered periodogram P by Whittle's likelihood, sum log M + P / M
(Whittle 1953, doi:10.1007/BF02590998; the signal's part is Matern's, 1960). Where the kernel lets
nothing through the noise stands alone, so no separate estimate of it is needed; where there is no
such band the curvature of the spectrum tells the two apart. The scale is profiled out, the rest is
searched on a grid and refined. Noise of a known colour takes the place of sigma^2. So does noise
that was smoothed (by demosaicing, compression, resampling): white noise seen through a Gaussian of
few tenths of a sample, where that explains the data much better. With a stride the first part is
the sum over the frequencies f that fall on one of the data's.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, final

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.solvers.grid import Frequencies, FrequencyFunction

__all__ = ["BY_SPECTRA", "FIT", "MOST_RATIO", "BinnedPeriodogram", "Spectra", "SpectraRatio"]

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
    single : float
        Most that single precision may err in a likelihood, for each frequency: single logarithms of
        numbers from 1e-14 to 1e4 are right to 2e-6, and the sums that are compared to 2e-5.
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
    first_width, widths : float, tuple of float
        Standard deviations, in samples, of the Gaussian that noise may have been smoothed with: the
        one that is tried, and the others where it explains the data better.
    colour_gain, colour_share : float
        Log likelihood that smoothed noise has to gain over white noise: at least, and for each
        frequency. On white noise of 1 to 5 % it gained none in 144 photographs and kernels; where
        the noise is 0.1 % the scene's own law fails first, by up to 0.075 a frequency.
    least_hole : int
        Samples along each axis from which on a hole is large: the data fade out towards it.
    least_free : float
        Part of the data's energy that has to be left then.
    """

    least_noise: float = 3e-4
    most_exponent: float = 6.0
    usual_exponent: float = 3.0
    exponent_spread: float = 2.0
    knee_spread: float = 0.1
    single: float = 1e-4
    knees: tuple[float, ...] = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16)
    zooms: tuple[float, ...] = (0.25, 0.12, 0.06)
    faded: float = 3.0
    few_kernels: int = 16
    bins: int = 40
    decades: int = 14
    per_decade: int = 4
    first_width: float = 0.5
    widths: tuple[float, ...] = (0.4, 0.6, 0.7)
    colour_gain: float = 6.0
    colour_share: float = 0.08
    least_hole: int = 3
    least_free: float = 0.1


FIT = SpectraFit()


@final
@dataclasses.dataclass(frozen=True)
class Spectra:
    """Signal `amplitude` (f^2 + `knee`^2)^(-`exponent` / 2) and noise of variance `noise`.

    The noise is white, or white noise that went through a Gaussian of standard deviation `width`,
    in samples; `level` is its power at low frequencies over its mean.
    """

    amplitude: float
    exponent: float
    knee: float
    noise: float
    width: float = 0.0
    level: float = 1.0

    def signal(self, f: NumpyArray) -> NumpyArray:
        """Return the signal's power at |f| > 0."""
        return np.asarray(self.amplitude * _fall(f, self.exponent, self.knee))

    def colour(self, f: NumpyArray) -> NumpyArray | float:
        """Return the noise's power at |f| over its mean; 1 for white noise."""
        if self.width == 0:
            return 1.0
        return self.level * _smoothed(f, self.width)

    @property
    def tint(self) -> Callable[[NumpyArray], NumpyArray | float] | None:
        """The colour of the noise as a function of |f|; None for white noise."""
        return self.colour if self.width > 0 else None

    def ratio(self, f: NumpyArray) -> NumpyArray:
        """Return noise over signal at |f|; 0 at f = 0, whose value the data fix alone."""
        f = np.asarray(f)
        if self.amplitude == 0.0:
            return np.where(f > 0, np.inf, 0.0)
        rise = np.asarray(f**2 + self.knee**2)
        rise **= self.exponent / 2
        rise *= self.noise / self.amplitude
        rise *= self.colour(f)
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


def _prior(exponent: Any, knee: float) -> Any:
    """Return what few data leave open and natural signals decide: exponents about 3, no knee."""
    return ((exponent - FIT.usual_exponent) / FIT.exponent_spread) ** 2 / 2 + knee / FIT.knee_spread


def _smoothed(f: NumpyArray, width: float) -> NumpyArray:
    """Return |f|'s part of the power that passes a Gaussian of a width."""
    return np.asarray(np.exp(-((2 * math.pi * width * f) ** 2)))


def _fall(f: Any, exponent: Any, knee: Any) -> NumpyArray:
    return np.asarray((np.asarray(f) ** 2 + knee**2) ** (-exponent / 2))


@final
@dataclasses.dataclass(frozen=True, eq=False)
class BinnedPeriodogram:
    """The tapered periodogram of the data in bins of equal |f| and equal |H|^2.

    Attributes
    ----------
    power : ndarray, shape (bins,)
        Mean power.
    f, gain : ndarray, shape (bins, folds)
        Frequency of the signal in cycles a sample (geometric mean), and the part of its power that
        comes through, |H|^2; one column, or one for each frequency that a stride folds on it.
    count : ndarray, shape (bins,)
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
        peak = float(np.max(self._shape(exponent, knee)))
        return Spectra(scale / peak if peak > 0 else 0.0, exponent, knee, noise)

    def fit_smoothed(self, white: Spectra, ndim: int) -> Spectra:
        """Return the spectra with noise that was smoothed, if it explains the data much better.

        Parameters
        ----------
        white : Spectra
            The spectra found with white noise.
        ndim : int
            Axes of the data.
        """
        if white.noise == 0 or white.amplitude == 0:
            return white
        least = max(FIT.colour_gain, FIT.colour_share * float(np.sum(self.count)))
        bar = self._misfit(white) - least
        found: list[tuple[float, Spectra]] = []
        for width in (FIT.first_width, *FIT.widths):
            mean = math.erf(math.pi * width) / (2 * math.sqrt(math.pi) * width)  # over one axis
            colour = _smoothed(self.f[:, 0], width) / mean**ndim
            law = dataclasses.replace(self, colour=colour).fit()
            law = dataclasses.replace(law, width=width, level=mean**-ndim)
            found.append((self._misfit(law), law))
            if found[0][0] > bar:
                return white
        return min(found, key=lambda pair: pair[0])[1]

    def _misfit(self, law: Spectra) -> float:
        """Return Whittle's likelihood of spectra, negative and in log units, and their prior."""
        model = law.amplitude * self._shape(law.exponent, law.knee)
        model = model + law.noise * law.colour(self.f[:, 0])
        misfit = np.sum(self.count * (np.log(model) + self.power / model))
        return float(misfit) + _prior(law.exponent, law.knee)

    def _shape(self, exponent: float, knee: float) -> NumpyArray:
        """Return the power in each bin of a signal of unit amplitude."""
        return np.asarray(np.sum(self.gain * _fall(self.f, exponent, knee), axis=1))

    def _search(
        self, knee: float, exponents: NumpyArray, ratios: NumpyArray, noise: float | None
    ) -> tuple[float, float, float, float]:
        """Return (likelihood, exponent, ratio, scale) at the best point of a grid.

        The scale is that of the signal's part of the model where it is largest, and the ratio the
        noise over it. Most of the time is that of logarithms: single precision shows which points
        can be the best, and these are worked out in double precision.
        """
        rise = np.log(self.f**2 + knee**2)
        shapes = np.sum(self.gain * np.exp(-exponents[:, None, None] / 2 * rise), axis=2)
        peaks = np.max(shapes, axis=1)
        exponents, shapes, peaks = (a[peaks > 0] for a in (exponents, shapes, peaks))
        if exponents.size == 0:
            return (math.inf, 2.0, 1.0, 1.0)
        shapes /= peaks[:, None]
        tint = ratios[:, None] * np.broadcast_to(self.colour, self.power.shape)
        models = np.add(shapes[:, None], tint, dtype=np.float32, casting="same_kind")
        at, of = np.divmod(np.arange(exponents.size * ratios.size), ratios.size)
        grid = (exponents[at], ratios[of], knee, noise)
        rough, _, parts = self._misfits(models.reshape(-1, self.power.size), *grid)
        size = float(np.sum(self.count)) + float(parts[np.argmin(rough)])
        (near,) = np.nonzero(rough <= np.min(rough) + FIT.single * size)
        at, of = at[near], of[near]
        slopes, levels = exponents[at], ratios[of]
        misfit, scale, _ = self._misfits(shapes[at] + tint[of], slopes, levels, knee, noise)
        i = int(np.argmin(misfit))
        return float(misfit[i]), float(slopes[i]), float(levels[i]), float(scale[i])

    def _misfits(
        self,
        models: NumpyArray,
        exponents: NumpyArray,
        ratios: NumpyArray,
        knee: float,
        noise: float | None,
    ) -> tuple[NumpyArray, NumpyArray, NumpyArray]:
        """Return Whittle's likelihood of some models, negative, their scales and sums of P / M.

        A model is a shape, and its scale the unit.
        """
        points = float(np.sum(self.count))
        powers = self.count * self.power
        top = float(np.max(powers))  # single precision has no room for data of any unit
        weights, counts = (powers / top).astype(models.dtype), self.count.astype(models.dtype)
        fit = (np.reciprocal(models) @ weights).astype(np.float64) * top
        scale = noise / ratios if noise else fit / points  # the likeliest, whose sum is `points`
        parts = fit / scale
        misfit = (np.log(models, out=models) @ counts).astype(np.float64)
        return misfit + points * np.log(scale) + parts + _prior(exponents, knee), scale, parts
