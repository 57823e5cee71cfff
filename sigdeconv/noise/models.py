"""Noise models: what the detector adds, drawn from a seed.

Three models: white Gaussian noise, photon counting (Poisson), and counting followed by Gaussian
read-out noise. A model says by what factor the scene is multiplied first (`Noise.scale`: one, or
counts per unit) and draws the data from the scaled scene (`Noise.sample`).
"""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import Array, as_float, check_finite, like, to_numpy

__all__ = ["WRITTEN", "Gaussian", "Mixed", "NoNoise", "Noise", "Poisson", "checked_level"]

# How a model is written as text.
WRITTEN = "'gaussian:0.01', 'gaussian:bsnr=40', 'poisson:1000', 'poisson:1000+gaussian:2'"


class Noise(abc.ABC):
    """A noise model: how the scene is scaled, and how the data are drawn from it.

    Examples
    --------
    >>> from sigdeconv.noise import Gaussian, Noise
    >>> isinstance(Gaussian(0.1), Noise)
    True
    """

    @abc.abstractmethod
    def scale(self, clean: Array) -> float:
        """Return the factor by which the scene is multiplied before `sample`."""

    @abc.abstractmethod
    def sample(self, clean_scaled: Array, rng: int | np.random.Generator | None = None) -> Array:
        """Return noisy data for the scaled clean signal, in its namespace and precision."""

    @abc.abstractmethod
    def sigma_of(self, clean: Array) -> float | None:
        """Return the standard deviation, or None when it is not the same everywhere."""

    @abc.abstractmethod
    def level(self, y: Array) -> float:
        """Return the root of the mean variance of the noise in data `y`, in their units."""

    @abc.abstractmethod
    def describe(self) -> str:
        """Return a line for people."""


@final
@dataclass(frozen=True)
class NoNoise(Noise):
    """No noise at all.

    Examples
    --------
    >>> from sigdeconv.noise import NoNoise
    >>> NoNoise().sample([1.0, 2.0]).tolist()
    [1.0, 2.0]
    """

    def scale(self, clean: Array) -> float:
        """Return one."""
        return 1.0

    def sample(self, clean_scaled: Array, rng: int | np.random.Generator | None = None) -> Array:
        """Return a copy of the signal."""
        y = as_float(clean_scaled, "clean_scaled")
        return like(to_numpy(y).copy(), y)

    def sigma_of(self, clean: Array) -> float | None:
        """Return zero."""
        return 0.0

    def level(self, y: Array) -> float:
        """Return zero."""
        return 0.0

    def describe(self) -> str:
        """Return a line for people."""
        return "no noise"


@final
@dataclass(frozen=True)
class Gaussian(Noise):
    """White Gaussian noise; exactly one of the three levels is given.

    Parameters
    ----------
    sigma : float, optional
        Standard deviation in the units of the data.
    bsnr : float, optional
        Blurred signal-to-noise ratio in dB: ``10 log10(var(clean) / sigma^2)``.
    relative : float, optional
        Standard deviation as a fraction of the range ``max - min`` of the clean signal.

    Raises
    ------
    TypeError, ValueError
        If not exactly one level is given, or it is no number, negative or not finite.

    Notes
    -----
    Complex signals get circular complex noise of total variance ``sigma^2``.

    Examples
    --------
    >>> from sigdeconv.noise import Gaussian
    >>> Gaussian(relative=0.1).sigma_of([0.0, 5.0])
    0.5
    """

    sigma: float | None = None
    bsnr: float | None = None
    relative: float | None = None

    def __init__(
        self,
        sigma: float | None = None,
        *,
        bsnr: float | None = None,
        relative: float | None = None,
    ) -> None:
        levels = {"sigma": sigma, "bsnr": bsnr, "relative": relative}
        given = [name for name, value in levels.items() if value is not None]
        if len(given) != 1:
            raise ValueError(
                f"Gaussian takes exactly one of sigma, bsnr, relative; "
                f"got {', '.join(given) or 'none'}. For example Gaussian(relative=0.01)"
            )
        for name, value in levels.items():
            if value is not None:
                value = checked_level(name, value, signed=name == "bsnr")
            object.__setattr__(self, name, value)

    def scale(self, clean: Array) -> float:
        """Return one: the scene stays in its units."""
        return 1.0

    def sample(self, clean_scaled: Array, rng: int | np.random.Generator | None = None) -> Array:
        """Return the signal plus noise drawn from `rng`."""
        y, values = _values(clean_scaled)
        sigma = _sigma(self, values)
        draw = np.random.default_rng(rng)
        if np.iscomplexobj(values):
            noise = draw.standard_normal((2, *values.shape)) * (sigma / math.sqrt(2))
            return like(values + (noise[0] + 1j * noise[1]), y)
        return like(values + sigma * draw.standard_normal(values.shape), y)

    def sigma_of(self, clean: Array) -> float | None:
        """Return the standard deviation for this clean signal."""
        return _sigma(self, _values(clean)[1])

    def level(self, y: Array) -> float:
        """Return the standard deviation; a relative one refers to the data."""
        return _sigma(self, _values(y)[1])

    def describe(self) -> str:
        """Return a line for people."""
        if self.bsnr is not None:
            return f"Gaussian noise, BSNR {self.bsnr:g} dB"
        if self.relative is not None:
            return f"Gaussian noise, sigma {100 * self.relative:g} % of the signal's range"
        return f"Gaussian noise, sigma {self.sigma:g}"


@final
@dataclass(frozen=True)
class Poisson(Noise):
    """Photon counting; the data are counts. Exactly one of the two levels is given.

    Parameters
    ----------
    peak : float, optional
        The scene is scaled so that the maximum of the clean signal is this many counts.
    gain : float, optional
        Counts per unit of the scene.

    Raises
    ------
    TypeError, ValueError
        If not exactly one level is given, or it is no number, not above zero or not finite.

    Examples
    --------
    >>> from sigdeconv.noise import Poisson
    >>> Poisson(peak=1000).scale([0.0, 4.0])
    250.0
    """

    peak: float | None = None
    gain: float | None = None

    def __init__(self, peak: float | None = None, *, gain: float | None = None) -> None:
        if (peak is None) == (gain is None):
            raise ValueError(
                f"Poisson takes exactly one of peak, gain; got {'none' if peak is None else 'both'}"
                f". For example Poisson(peak=1000)"
            )
        for name, value in (("peak", peak), ("gain", gain)):
            if value is not None and checked_level(name, value) == 0:
                raise ValueError(f"{name} must be above zero; got 0. Use NoNoise() for no noise")
            object.__setattr__(self, name, None if value is None else float(value))

    def scale(self, clean: Array) -> float:
        """Return the counts per unit of the scene."""
        if self.gain is not None:
            return self.gain
        assert self.peak is not None
        top = float(np.max(_counts(_values(clean)[1])))
        if top == 0:
            raise ValueError(
                "clean must have a maximum above zero to be scaled to a peak; got all zeros. "
                "Use Poisson(gain=...)"
            )
        return self.peak / top

    def sample(self, clean_scaled: Array, rng: int | np.random.Generator | None = None) -> Array:
        """Return counts drawn from `rng` with the means `clean_scaled`."""
        y, values = _values(clean_scaled)
        return like(np.random.default_rng(rng).poisson(_counts(values)).astype(np.float64), y)

    def sigma_of(self, clean: Array) -> float | None:
        """Return None: the standard deviation is the root of the count."""
        return None

    def level(self, y: Array) -> float:
        """Return the root of the mean of the data over the counts per unit, 1 for a peak."""
        mean = float(np.mean(np.maximum(_values(y)[1].real, 0.0)))
        return math.sqrt(mean / (self.gain or 1.0))

    def describe(self) -> str:
        """Return a line for people."""
        if self.gain is not None:
            return f"Poisson noise, {self.gain:g} counts per unit"
        return f"Poisson noise, peak {self.peak:g} counts"


@final
@dataclass(frozen=True)
class Mixed(Noise):
    """Photon counting followed by Gaussian read-out noise, whose level is in counts.

    Parameters
    ----------
    poisson : Poisson
        The counting.
    gaussian : Gaussian
        The read-out; a relative level or BSNR refers to the clean signal in counts.

    Raises
    ------
    TypeError
        If the two are not of these kinds.

    Examples
    --------
    >>> from sigdeconv.noise import Gaussian, Mixed, Poisson
    >>> Mixed(Poisson(1000), Gaussian(2)).describe()
    'Poisson noise, peak 1000 counts + Gaussian noise, sigma 2'
    """

    poisson: Poisson
    gaussian: Gaussian

    def __post_init__(self) -> None:
        if not isinstance(self.poisson, Poisson) or not isinstance(self.gaussian, Gaussian):
            raise TypeError(
                f"Mixed takes poisson, gaussian in this order; got {type(self.poisson).__name__}, "
                f"{type(self.gaussian).__name__}. For example Mixed(Poisson(1000), Gaussian(2))"
            )

    def scale(self, clean: Array) -> float:
        """Return the counts per unit of the scene."""
        return self.poisson.scale(clean)

    def sample(self, clean_scaled: Array, rng: int | np.random.Generator | None = None) -> Array:
        """Return counts plus read-out noise, both drawn from `rng`."""
        y, values = _values(clean_scaled)
        draw = np.random.default_rng(rng)
        counts = draw.poisson(_counts(values))
        return like(counts + _sigma(self.gaussian, values) * draw.standard_normal(values.shape), y)

    def sigma_of(self, clean: Array) -> float | None:
        """Return None: the standard deviation depends on the signal."""
        return None

    def level(self, y: Array) -> float:
        """Return the root of the mean variance of counts and read-out, in the units of `y`."""
        gain = self.poisson.gain or 1.0
        return math.hypot(self.poisson.level(y), self.gaussian.level(y) / gain)

    def describe(self) -> str:
        """Return a line for people."""
        return f"{self.poisson.describe()} + {self.gaussian.describe()}"


def _values(clean: Array) -> tuple[Array, NDArray[Any]]:
    y = as_float(clean, "clean")
    values = to_numpy(y)
    if values.size == 0:
        raise ValueError(f"clean must hold at least one value; got shape {values.shape}")
    check_finite(values, "clean")
    return y, values.astype(np.complex128 if np.iscomplexobj(values) else np.float64)


def _sigma(noise: Gaussian, values: NDArray[Any]) -> float:
    if noise.sigma is not None:
        return noise.sigma
    if noise.bsnr is not None:
        return float(np.std(values)) / 10 ** (noise.bsnr / 20)
    assert noise.relative is not None
    if np.iscomplexobj(values):
        values = np.abs(values)
    return noise.relative * float(np.max(values) - np.min(values))


def _counts(values: NDArray[Any]) -> NDArray[np.float64]:
    low = values.min() if not np.iscomplexobj(values) else math.nan
    if math.isnan(low) or low < -1e-9 * abs(values).max():
        raise ValueError(
            f"clean must be real and at least zero for Poisson noise; got a minimum of {low:g}. "
            f"Add the background first"
        )
    # What an FFT leaves below zero is rounding.
    return np.asarray(np.maximum(values, 0.0))


def checked_level(name: str, value: Any, *, signed: bool = False) -> float:
    """Return a level of noise as a finite number, at least zero unless it may have a sign."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(
            f"{name} must be a number; got {value!r} of type {type(value).__name__}. "
            f"Noise can be a number, a Noise, None or text: {WRITTEN}"
        )
    level = float(value)
    if not math.isfinite(level) or (level < 0 and not signed):
        raise ValueError(
            f"{name} must be {'finite' if signed else 'finite and at least zero'}; got {level!r}"
        )
    return level
