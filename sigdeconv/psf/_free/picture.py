"""The picture, given the kernels: few gradients that explain the data.

    minimise over x   mean_i |G (k_i * x - y_i)|^2 + weight #{grad x != 0}

by half-quadratic splitting (Xu, Zheng, Jia 2013): gradients below a threshold are set to zero, and
x follows them ever more closely. G weights the frequencies (a Gaussian, or one).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sigdeconv._fft import frequencies, irfftn, next_fast_len, rfftn

__all__ = ["Pictures", "extend", "low_pass"]

Singles: TypeAlias = NDArray[np.float32]

# Coupling of picture and gradients: from twice the weight, doubled up to this.
CLOSEST = 1e5


@dataclasses.dataclass(frozen=True, eq=False)
class Pictures:
    """Frames of one scene on a periodic grid.

    Attributes
    ----------
    frames : tuple of ndarray
        Frames, continued to `shape`.
    window : tuple of slice
        Where the data are.
    spectra : tuple of ndarray
        Half-spectra of the frames.
    weight : ndarray
        Square of the weight of each frequency.
    """

    frames: tuple[Singles, ...]
    window: tuple[slice, ...]
    spectra: tuple[NDArray[np.complex64], ...]
    weight: Singles

    @classmethod
    def of(cls, frames: Sequence[Singles], size: int, blur: float) -> Pictures:
        """Continue `frames` by at least 2 `size` samples; weight by a Gaussian of std `blur`."""
        wide = tuple(extend(frame, 2 * size) for frame in frames)
        window = tuple(slice(0, n) for n in frames[0].shape)
        spectra = tuple(np.asarray(rfftn(frame, frame.shape)) for frame in wide)
        return cls(wide, window, spectra, low_pass(wide[0].shape, blur) ** 2)

    def sharp(self, kernels: Sequence[Singles], penalty: float) -> Singles:
        """Return the window of the picture with few gradients."""
        shape = self.frames[0].shape
        top, bottom = np.zeros_like(self.spectra[0]), np.zeros_like(self.weight)
        for kernel, spectrum in zip(kernels, self.spectra, strict=True):
            transfer = _transfer(kernel, shape)
            top += np.conj(transfer) * spectrum
            bottom += np.abs(transfer) ** 2
        top *= self.weight / len(kernels)
        bottom *= self.weight / len(kernels)
        laplacian = sum((2 - 2 * np.cos(2 * np.pi * f)).astype(np.float32) for f in _grid(shape))
        x: Singles = np.asarray(np.mean(self.frames, axis=0), np.float32)
        coupling = 2 * penalty
        while coupling < CLOSEST:
            steps = [np.roll(x, -1, axis) - x for axis in range(x.ndim)]
            small = sum(step**2 for step in steps) < penalty / coupling
            back = np.zeros_like(x)
            for axis, step in enumerate(steps):
                step[small] = 0
                back += np.roll(step, 1, axis) - step
            spectrum = (top + coupling * rfftn(back, shape)) / (bottom + coupling * laplacian)
            x = np.asarray(irfftn(spectrum, shape), np.float32)
            coupling *= 2
        return np.asarray(x[self.window])


def low_pass(shape: Sequence[int], blur: float) -> Singles:
    """Return the half-spectrum of a Gaussian of standard deviation `blur` samples."""
    squares = sum(f**2 for f in _grid(shape))
    return np.asarray(np.exp(-2 * (np.pi * blur) ** 2 * squares), np.float32)


def extend(y: Singles, least: int) -> Singles:
    """Continue `y` periodically without a jump: a blend of its two mirrored ends on each axis."""
    for axis, n in enumerate(y.shape):
        more = next_fast_len(n + least) - n
        ramp = (1 + np.cos(np.pi * (np.arange(more) + 1) / (more + 1))) / 2
        ramp = ramp.reshape([-1 if a == axis else 1 for a in range(y.ndim)]).astype(np.float32)
        after = np.arange(more)
        # Beyond 2 n samples a mirror image begins again.
        right = np.take(y, _mirrored(n + after, n), axis)
        left = np.take(y, _mirrored(after - more, n), axis)
        y = np.concatenate([y, ramp * right + (1 - ramp) * left], axis)
    return y


def _mirrored(index: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    folded = np.mod(index, 2 * n)
    return np.minimum(folded, 2 * n - 1 - folded)


def _grid(shape: Sequence[int]) -> list[NDArray[np.float64]]:
    """Return the frequencies of a half-spectrum, one array an axis, ready to broadcast."""
    last = len(shape) - 1
    return [
        frequencies(n, half=axis == last).reshape([-1 if a == axis else 1 for a in range(last + 1)])
        for axis, n in enumerate(shape)
    ]


def _transfer(kernel: Singles, shape: Sequence[int]) -> NDArray[np.complex64]:
    wide = np.zeros(shape, np.float32)
    wide[tuple(slice(0, n) for n in kernel.shape)] = kernel
    return np.asarray(
        rfftn(np.roll(wide, [-(n // 2) for n in kernel.shape], range(wide.ndim)), shape)
    )
