"""Power spectra as users give them: a number, a function of |f|, or an array on the data's grid."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, final

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.solvers.grid import Frequencies, FrequencyFunction

__all__ = ["White", "as_power_spectrum"]


@final
@dataclasses.dataclass(frozen=True)
class White(FrequencyFunction):
    """The same power at every frequency: the variance of a sample."""

    power: float

    def on(self, f: Frequencies) -> NumpyArray:
        """Return the power at the frequencies of a grid."""
        return np.full(f.radius.shape, self.power)


@final
@dataclasses.dataclass(frozen=True)
class OfRadius(FrequencyFunction):
    """A function of |f| in cycles a sample."""

    function: Callable[[NumpyArray], Any]
    name: str

    def on(self, f: Frequencies) -> NumpyArray:
        """Return the power at the frequencies of a grid."""
        return np.broadcast_to(_valid(self.function(f.radius), self.name), f.radius.shape)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Tabulated(FrequencyFunction):
    """Power on an FFT grid, interpolated linearly on others."""

    power: NumpyArray

    def on(self, f: Frequencies) -> NumpyArray:
        """Return the power at the frequencies of a grid."""
        shape = self.power.shape
        if f.shape == shape:
            return self.power[..., : shape[-1] // 2 + 1] if f.half else self.power
        from scipy.ndimage import map_coordinates

        axes = [f.along(axis) * n for axis, n in enumerate(shape)]
        points = np.meshgrid(*axes, indexing="ij")
        return np.asarray(map_coordinates(self.power, points, order=1, mode="grid-wrap"))


def as_power_spectrum(value: Any, name: str, shape: tuple[int, ...]) -> FrequencyFunction:
    """Return the power spectrum that a user gave for data of a shape.

    Raises
    ------
    ValueError
        If it is negative, not finite or of another shape.
    """
    if isinstance(value, FrequencyFunction):
        return value
    if callable(value):
        return OfRadius(value, name)
    power = _valid(to_numpy(np.asarray(value) if np.isscalar(value) else value), name)
    if power.ndim == 0:
        return White(float(power))
    if power.shape != shape:
        raise ValueError(
            f"{name} has shape {power.shape}; expected a number, a function of |f|, or an array of "
            f"shape {shape}, the FFT grid of the data"
        )
    return Tabulated(power)


def _valid(power: Any, name: str) -> NumpyArray:
    power = np.asarray(power)
    if power.dtype.kind not in "fiu" or not np.all(np.isfinite(power)) or np.any(power < 0):
        raise ValueError(f"{name} must be a power spectrum: finite real numbers of at least 0")
    return np.asarray(power, dtype=float)
