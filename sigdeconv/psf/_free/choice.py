"""Which kernel, and whether to trust it: the spectrum of the data, and several runs' agreement.

With the scene's power a power law, the Hann periodogram P of the data is exponential about

    S(f) = |K(f)|^2 c |f|^-a + noise^2,       loss = mean of log S + P / S,   least over c and a.

The residuals of a wrong kernel are as white as those of a right one, since the picture is free; the
spectrum is not, and neither are the gradients of the picture.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._fft import fftn, frequencies, ifftn
from sigdeconv.psf._free.picture import Singles

__all__ = ["FREE_CHOICE", "Spectrum", "agreement", "noise_of"]


@final
@dataclasses.dataclass(frozen=True)
class Choice:
    """Constants of choice and trust.

    Attributes
    ----------
    lowest : float
        Cycles per sample below which the window and the scene's composition rule.
    slopes : tuple of float
        Least and largest exponent of the scene's power.
    gain : float
        Loss of "no blur" less that of the kernel, a frequency, below which no blur is seen.
    agreement : float
        Mean correlation of the kernels of the runs, below which none is trusted.
    contrast : tuple of float
        Percentiles of the data that become 0 and 1.
    least_noise : float
        Noise, of that contrast, that is always assumed: data are rounded.
    border : int
        Samples of a restored picture that are left out at its border.
    """

    lowest: float = 0.012
    slopes: tuple[float, float] = (1.2, 3.5)
    gain: float = 0.02
    agreement: float = 0.85
    contrast: tuple[float, float] = (0.1, 99.9)
    least_noise: float = 5e-4
    border: int = 15


FREE_CHOICE = Choice()


def noise_of(y: NDArray[np.floating]) -> float:
    """Return the standard deviation of white noise: second differences along every axis."""
    rough = np.asarray(y, np.float64)
    for axis in range(y.ndim):
        rough = np.diff(rough, 2, axis=axis)
    return float(np.median(np.abs(rough))) / (0.6744897501960817 * math.sqrt(6) ** y.ndim)


@final
class Spectrum:
    """The periodogram of one frame, and how well a kernel explains it.

    Parameters
    ----------
    y : ndarray
        The frame.
    noise : float
        Standard deviation of its noise.
    """

    def __init__(self, y: Singles, noise: float) -> None:
        window = np.ones(())
        for n in y.shape:
            window = window[..., None] * np.hanning(n + 2)[1:-1]
        self.shape, self.noise = y.shape, noise
        values = np.asarray(y, np.float64)
        tapered = window * (values - np.average(values, weights=window))
        power = np.abs(fftn(tapered, y.shape)) ** 2 / np.sum(window**2)
        grid = np.meshgrid(*(frequencies(n, half=False) for n in y.shape), indexing="ij")
        radius = np.sqrt(sum(f**2 for f in grid))
        self.radius = radius
        self.used = radius > FREE_CHOICE.lowest
        self.power, self.log_radius = power[self.used], np.log(radius[self.used])

    def transfer(self, kernel: Singles | None) -> NDArray[np.complex128]:
        """Return the kernel's transfer function, one for None."""
        if kernel is None:
            return np.ones(self.shape, complex)
        wide = np.zeros(self.shape)
        wide[tuple(slice(0, n) for n in kernel.shape)] = kernel
        wide = np.roll(wide, [-(n // 2) for n in kernel.shape], range(wide.ndim))
        return np.asarray(fftn(wide, self.shape))

    def fit(self, kernel: Singles | None) -> tuple[float, float, float]:
        """Return the least loss, and the scene's log c and a there."""
        from scipy.optimize import minimize

        gain = np.abs(self.transfer(kernel)[self.used]) ** 2
        floor = max(self.noise, 1e-6) ** 2

        def loss(at: NDArray[np.float64]) -> float:
            slope = float(np.clip(at[1], *FREE_CHOICE.slopes))
            model = gain * np.exp(at[0] - slope * self.log_radius) + floor
            return float(np.mean(np.log(model) + self.power / model)) + (slope - at[1]) ** 2

        start = np.array([math.log(float(np.median(self.power)) + floor) - 4.0, 2.2])
        found = minimize(loss, start, method="Nelder-Mead", options={"xatol": 0.01, "fatol": 1e-5})
        return float(found.fun), float(found.x[0]), float(np.clip(found.x[1], *FREE_CHOICE.slopes))

    def sparsity(self, y: Singles, kernel: Singles, scale: float, slope: float) -> float:
        """Return how spread the gradients of a Wiener estimate are: the less, the more edges.

        ``mean(|grad x|^(1/2))^2 / rms(grad x)``, which no factor changes.
        """
        transfer = self.transfer(kernel)
        prior = np.exp(scale) * np.maximum(self.radius, FREE_CHOICE.lowest) ** -slope
        filter_ = np.conj(transfer) * prior / (np.abs(transfer) ** 2 * prior + self.noise**2)
        x = np.real(ifftn(filter_ * fftn(np.asarray(y, np.float64), self.shape), self.shape))
        inner = x[tuple(slice(FREE_CHOICE.border, n - FREE_CHOICE.border) for n in self.shape)]
        strength = np.sqrt(sum(g**2 for g in np.atleast_1d(_gradients(inner))))
        return float(np.mean(np.sqrt(strength)) ** 2 / math.sqrt(float(np.mean(strength**2))))


def _gradients(x: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    base = x[(slice(0, -1),) * x.ndim]
    ahead = [
        tuple(slice(1, None) if b == a else slice(0, -1) for b in range(x.ndim))
        for a in range(x.ndim)
    ]
    return [x[place] - base for place in ahead]


def agreement(kernels: Sequence[Singles]) -> float:
    """Return the mean correlation of the pairs of kernels, each pair aligned."""
    pairs = [correlation(a, b) for k, a in enumerate(kernels) for b in kernels[k + 1 :]]
    return float(np.mean(pairs)) if pairs else 1.0


def correlation(a: Singles, b: Singles) -> float:
    """Return the largest correlation of two kernels over whole shifts."""
    shape = tuple(2 * max(pair) for pair in zip(a.shape, b.shape, strict=True))
    both = np.real(ifftn(fftn(a, shape) * np.conj(fftn(b, shape)), shape))
    return float(both.max() / (np.linalg.norm(a) * np.linalg.norm(b)))
