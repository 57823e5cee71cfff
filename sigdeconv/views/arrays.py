"""From arrays to what is drawn: slices, lines, ranges and radial spectra. Nothing here draws."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import NumpyArray

__all__ = [
    "SLICE_GAP",
    "amplitude",
    "extent",
    "flat",
    "focus",
    "kernel",
    "place",
    "real",
    "segment",
    "short",
    "span",
    "stretched",
    "transfer",
]

SLICE_GAP = 2  # blank samples between the slices of a stack


def real(a: NumpyArray, reference: NumpyArray) -> NumpyArray:
    """Return the real part where the reference is real, and the modulus where it is complex."""
    if not np.iscomplexobj(a):
        return np.asarray(a, dtype=float)
    return np.abs(a) if np.iscomplexobj(reference) else a.real


def focus(a: NumpyArray, length: int = 96) -> tuple[int, ...]:
    """Return the sample where there is most to see.

    In 2-D the middle of the line of `length` samples with the most energy; in 3-D where the three
    planes with the most energy meet.
    """
    energy = a**2
    if a.ndim != 2:
        others = [tuple(d for d in range(a.ndim) if d != axis) for axis in range(a.ndim)]
        return tuple(int(np.argmax(energy.sum(axis=rest))) for rest in others)
    length = min(length, a.shape[1])
    total = np.cumsum(np.pad(energy, ((0, 0), (1, 0))), axis=1)
    row, start = divmod(
        int(np.argmax(total[:, length:] - total[:, :-length])), a.shape[1] - length + 1
    )
    return row, start + length // 2


def segment(n: int, centre: int, length: int = 96) -> slice:
    """Return up to `length` samples around `centre` on an axis of `n` samples."""
    length = min(n, length)
    start = min(max(centre - length // 2, 0), n - length)
    return slice(start, start + length)


def flat(a: NumpyArray, point: Sequence[int]) -> NumpyArray:
    """Return an image as it is, and a stack as its three slices through `point` in one image.

    xy is at the top left, yz to its right (z runs to the right), xz below it (z runs down).
    """
    if a.ndim == 2:
        return a
    z, y, x = point
    depth, height, width = a.shape
    out = np.full((height + SLICE_GAP + depth, width + SLICE_GAP + depth), np.nan)
    out[:height, :width] = a[z]
    out[:height, width + SLICE_GAP :] = a[:, :, x].T
    out[height + SLICE_GAP :, :width] = a[:, y, :]
    return out


def stretched(a: NumpyArray, spacing: Sequence[float]) -> NumpyArray:
    """Return `a` with samples repeated to the finest `spacing` of its axes; as it is without."""
    for axis in range(a.ndim if spacing else 0):
        times = spacing[axis] / min(spacing)
        n = a.shape[axis]
        a = np.take(a, (np.arange(round(n * times)) / times).astype(int).clip(max=n - 1), axis)
    return a


def place(point: Sequence[int], spacing: Sequence[float]) -> tuple[int, ...]:
    """Return where a sample is in a `stretched` array."""
    if not spacing:
        return tuple(point)
    return tuple(round(k * s / min(spacing)) for k, s in zip(point, spacing, strict=True))


def kernel(psf: NumpyArray, spacing: Sequence[float] = ()) -> NumpyArray:
    """Return a 2-D or 3-D kernel as an image, within a frame of zeros: a box would be a blank."""
    framed = np.pad(psf, 1)
    middle = place(tuple(n // 2 + 1 for n in psf.shape), spacing)
    return flat(stretched(framed, spacing), middle)


def extent(shape: Sequence[int]) -> tuple[int, int]:
    """Height and width of the image that `flat` makes."""
    if len(shape) == 2:
        return shape[0], shape[1]
    return shape[1] + SLICE_GAP + shape[0], shape[2] + SLICE_GAP + shape[0]


def span(a: NumpyArray) -> tuple[float, float]:
    """Lowest and highest finite value; around a constant, a range of one."""
    a = a[np.isfinite(a)]
    low, high = (float(np.min(a)), float(np.max(a))) if a.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _radius(shape: Sequence[int]) -> NumpyArray:
    """Return the distance from zero frequency, in cycles a sample, in the layout of the FFT."""
    square = np.zeros(tuple(shape))
    for axis, n in enumerate(shape):
        k = np.minimum(np.arange(n), n - np.arange(n)) / n
        square = square + (k**2).reshape([-1 if d == axis else 1 for d in range(len(shape))])
    return np.sqrt(square)


def _radial(modulus: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """Return the mean over shells of equal frequency, up to half a cycle a sample."""
    shape = modulus.shape
    count = max(4, min(max(shape) // 2, 128))
    shell = np.rint(_radius(shape) * 2 * count).astype(int).ravel()
    keep = shell <= count
    number = np.bincount(shell[keep], minlength=count + 1)
    total = np.bincount(shell[keep], modulus.ravel()[keep], minlength=count + 1)
    filled = number > 0
    return np.arange(count + 1)[filled] / (2 * count), total[filled] / number[filled]


def amplitude(a: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """Return frequencies and the radially averaged modulus of the spectrum.

    The image is tapered by a Hann window: the cut at its border is no detail of the scene, and
    untapered it would hide how fast the spectrum falls. Scaled so that zero frequency is the
    tapered mean.
    """
    weight = np.ones(a.shape)
    for axis, n in enumerate(a.shape):
        taper = np.hanning(n + 2)[1:-1]
        weight = weight * taper.reshape([-1 if d == axis else 1 for d in range(a.ndim)])
    return _radial(np.abs(_fft.fftn(a * weight)) / weight.sum())


def transfer(otf: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """Return frequencies and the radially averaged modulus of a transfer function."""
    return _radial(np.abs(np.asarray(otf)))


def short(value: float) -> str:
    """Return a value to two digits in few characters, the exponent without zeros or a plus."""
    if not math.isfinite(value):
        return str(value).replace("inf", "∞").replace("-", "−")
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        text = f"{float(f'{value:.2g}'):g}"
    else:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return text.replace("-", "−")
