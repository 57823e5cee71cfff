"""The kernel, given the picture: least squares of gradients on the simplex.

    minimise over k >= 0, sum k = 1   sum_c |d_c y - (d_c x * k)|^2 + ridge |k|^2

where x and y are known, away from the border, with first differences d_c along each axis and weak
ones of x set to zero. Accelerated projected gradients with restart.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._fft import irfftn, next_fast_len, rfftn
from sigdeconv.psf._free.picture import Singles

__all__ = ["KERNEL_STEP", "centred_kernels", "cleaned", "fitted", "on_simplex"]


@final
@dataclasses.dataclass(frozen=True)
class KernelStep:
    """Constants of the kernel step.

    Attributes
    ----------
    ridge : float
        Weight of the squared kernel, for data of unit contrast.
    steps : int
        Projected gradient steps.
    power : int
        Power iterations for the step length.
    edges : int
        Edge samples that are kept, at least; as many as the geometric mean of the numbers of
        samples of picture and kernel, for each quadrant of directions.
    faint : float
        Part of the peak below which a value is zero.
    loose : float
        Part of the sum below which a connected part is dropped.
    """

    ridge: float = 2.0
    steps: int = 30
    power: int = 6
    edges: int = 50
    faint: float = 0.05
    loose: float = 0.1


KERNEL_STEP = KernelStep()


def fitted(x: Singles, y: Singles, start: Singles, blur: float) -> Singles:
    """Return the kernel of the shape of `start`; `blur` filters both sides by a Gaussian."""
    from scipy.ndimage import gaussian_filter

    steps = _edges([_difference(x, axis) for axis in range(x.ndim)], start.size)
    data = [_difference(y, axis) for axis in range(y.ndim)]
    if blur:
        steps = [np.asarray(gaussian_filter(step, blur)) for step in steps]
        data = [np.asarray(gaussian_filter(step, blur)) for step in data]
    shape = tuple(next_fast_len(n) for n in steps[0].shape)
    # The valid part of the circular convolution begins at K - 1; that sample is y at K // 2.
    valid = tuple(slice(k - 1, n) for k, n in zip(start.shape, steps[0].shape, strict=True))
    inside = tuple(
        slice(k // 2, k // 2 + n - k + 1) for k, n in zip(start.shape, steps[0].shape, strict=True)
    )
    normal = _Normal([np.asarray(rfftn(step, shape)) for step in steps], shape, valid, start.shape)
    right = normal.adjoint([step[inside] for step in data])
    return _descend(normal, right, start)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class _Normal:
    """The normal equations of the valid convolutions with some arrays."""

    spectra: list[NDArray[np.complex64]]
    shape: tuple[int, ...]
    valid: tuple[slice, ...]
    size: tuple[int, ...]

    def adjoint(self, parts: Sequence[Singles]) -> Singles:
        total = np.zeros_like(self.spectra[0])
        for spectrum, part in zip(self.spectra, parts, strict=True):
            wide = np.zeros(self.shape, np.float32)
            wide[self.valid] = part
            total += np.conj(spectrum) * rfftn(wide, self.shape)
        return np.asarray(irfftn(total, self.shape)[tuple(slice(0, n) for n in self.size)])

    def __call__(self, kernel: Singles) -> Singles:
        wide = rfftn(kernel, self.shape)
        return self.adjoint(
            [irfftn(spectrum * wide, self.shape)[self.valid] for spectrum in self.spectra]
        )


def _descend(normal: _Normal, right: Singles, start: Singles) -> Singles:
    vector = np.full(start.shape, 1 / math.sqrt(start.size), np.float32)
    largest = 1.0
    for _ in range(KERNEL_STEP.power):
        image = normal(vector)
        largest = float(np.linalg.norm(image)) or 1.0
        vector = image / np.float32(largest)
    step = 1 / (1.1 * largest + KERNEL_STEP.ridge)
    kernel = ahead = start
    pace = 1.0
    for _ in range(KERNEL_STEP.steps):
        gradient = normal(ahead) - right + KERNEL_STEP.ridge * ahead
        new = on_simplex(np.asarray(ahead - step * gradient, np.float32))
        if float(np.sum((ahead - new) * (new - kernel))) > 0:
            pace = 1.0  # the step was against the way that it went: begin anew
        faster = (1 + math.sqrt(1 + 4 * pace**2)) / 2
        ahead = new + np.float32((pace - 1) / faster) * (new - kernel)
        kernel, pace = new, faster
    return kernel


def on_simplex(kernel: Singles) -> Singles:
    """Return the nearest nonnegative array of sum one (by sorting)."""
    ordered = np.sort(kernel.ravel())[::-1].astype(np.float64)
    excess = (np.cumsum(ordered) - 1) / np.arange(1, ordered.size + 1)
    last = int(np.flatnonzero(ordered > excess)[-1])
    return np.maximum(kernel - np.float32(excess[last]), 0)


def cleaned(kernel: Singles) -> Singles:
    """Return the kernel without faint values and loose parts, of sum one."""
    from scipy.ndimage import label

    kept = np.where(kernel < KERNEL_STEP.faint * kernel.max(), 0, kernel)
    parts, count = label(kept > 0, np.ones((3,) * kernel.ndim))
    sums = np.bincount(parts.ravel(), kept.ravel(), count + 1)
    small = sums < KERNEL_STEP.loose * kept.sum()
    if not np.all(small[1:]):
        kept = np.where(small[parts], 0, kept)
    return np.asarray(kept / kept.sum(), np.float32)


def centred_kernels(kernels: Sequence[Singles]) -> list[Singles]:
    """Return kernels moved alike, by whole samples, their common centre of mass to the middle."""
    mean = np.mean(kernels, axis=0)
    moves = []
    for axis, n in enumerate(mean.shape):
        line = mean.sum(axis=tuple(a for a in range(mean.ndim) if a != axis))
        moves.append(n // 2 - round(float(line @ np.arange(n)) / float(line.sum())))
    return [_moved(kernel, moves) for kernel in kernels]


def _moved(kernel: Singles, moves: Sequence[int]) -> Singles:
    from scipy.ndimage import shift

    moved = np.asarray(shift(kernel, moves, order=0), np.float32)
    return moved / moved.sum() if moved.sum() > 0 else kernel


def _difference(x: Singles, axis: int) -> Singles:
    """Return the first difference, as long as `x`: the last one is zero."""
    last = np.take(x, [-1], axis)
    return np.diff(x, axis=axis, append=last)


def _edges(steps: list[Singles], taps: int) -> list[Singles]:
    """Return the differences where they are strongest, zero elsewhere."""
    strength = np.sqrt(sum(step**2 for step in steps))
    count = max(KERNEL_STEP.edges, math.isqrt(strength.size * taps)) * 2 ** steps[0].ndim // 2
    if count >= strength.size:
        return steps
    least = np.partition(strength.ravel(), -count)[-count]
    return [np.where(strength >= least, step, 0).astype(np.float32) for step in steps]
