"""What is probably wrong with a kernel: sum, pedestal, tails, top, centre, sampling."""

from __future__ import annotations

import dataclasses
import math
from typing import Final, final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import NumpyArray
from sigdeconv.operators.centre import peak_of
from sigdeconv.operators.convolution import Convolution
from sigdeconv.psf.core import core

__all__ = ["kernel_faults"]


@final
@dataclasses.dataclass(frozen=True)
class KernelLimits:
    """Constants of the checks of a kernel.

    Attributes
    ----------
    sum : float
        Distance of the sum from one that is rounding.
    negative : float
        Part of the light that may be negative, as noise is, in a kernel of intensities.
    pedestal : float
        Part of the sum that a level around the kernel may hold.
    zero_sum : float
        Sum, over that of the magnitudes, of a kernel made to have none; its level is meant.
    flat : float
        Part of the samples that are at that level, within three of their standard deviations or
        a tenth of it.
    inside : int
        Samples at that level that there are at least within the border.
    falls : float
        Part of the level by which it may be higher close to the peak: a tail is.
    lost : float
        Part of the sum that tails may hold beyond the array.
    ends : float
        Part of the last sample of a profile that its parabola may keep beyond the array, if the
        kernel ends there: rounding, and the averaging over a sample.
    level : float
        Part of the one before it above which a sample of a profile is as high, but for rounding.
    certain : float
        Standard deviations of its noise above which something is there.
    onset : float
        Part of its largest value at which a response begins.
    away : float
        Distance in samples of the kernel's weight from the centre that is none.
    spread : float
        Standard deviation, in samples, of a kernel that may be sampled too coarsely.
    passed : float
        Part of the largest transfer that reaches the highest frequency of such a kernel.
    least_wrapped : int
        Samples along each axis of a kernel that may be wrapped.
    wrapped, empty : float
        Part of its light in the last third of each axis, at least; and that in the middle third, in
        units of it, at most.
    """

    sum: float = 1e-3
    negative: float = 0.1
    pedestal: float = 0.05
    zero_sum: float = 1e-6
    flat: float = 0.5
    inside: int = 4
    falls: float = 0.3
    lost: float = 0.02
    ends: float = 0.05
    level: float = 0.99
    certain: float = 5.0
    onset: float = 0.01
    away: float = 0.6
    spread: float = 1.0
    passed: float = 0.4
    least_wrapped: int = 6
    wrapped: float = 0.2
    empty: float = 0.1


KERNEL: Final = KernelLimits()


def kernel_faults(A: Convolution) -> list[str]:
    """Return what is probably wrong with the kernel of an operator; empty texts for what is not."""
    psf = A.psf
    if not np.isrealobj(psf):
        return [_doubtful_centre(np.abs(psf), A)]
    psf = psf.astype(np.float64)
    light = float(np.sum(np.abs(psf)))
    below = -float(np.minimum(psf, 0).sum())
    positive = below <= KERNEL.negative * light
    level, text = _pedestal(psf)
    one_sign = positive or light - below <= KERNEL.negative * light
    found = [_sum(psf) if one_sign else "", text]
    if positive:
        found += ["" if text else _cut(psf), _flat_top(psf - level)]
    return [*found, _doubtful_centre(np.abs(psf - level), A), _coarse(psf)]


def _sum(psf: NumpyArray) -> str:
    total = float(np.sum(psf))
    if abs(total - 1) <= KERNEL.sum:
        return ""
    return (
        f"psf sums to {total:.4g}, so the estimate will have 1/{total:.4g} of the data's level; if "
        f"that is not meant, divide it: psf / psf.sum()"
    )


def _pedestal(psf: NumpyArray) -> tuple[float, str]:
    """Return the level that a kernel stands on, and what to say of it; 0 where it has none."""
    found = core(psf)
    level, rough = found.level, KERNEL.certain * found.noise
    around = math.sqrt(max(psf.size, 1) ** ((psf.ndim - 1) / psf.ndim))  # of the border, about
    near = np.abs(psf - level) <= max(3 * found.noise, 0.1 * abs(level))
    if psf.ndim == 1 and _is_level(psf, near, level):  # its border is two samples alone
        around = math.sqrt(np.count_nonzero(near))
    inside = near[tuple(slice(1, -1) if n > 2 else slice(None) for n in psf.shape)]
    if (
        abs(float(np.sum(psf))) <= KERNEL.zero_sum * float(np.sum(np.abs(psf)))
        or abs(level) * psf.size <= KERNEL.pedestal * float(np.sum(np.abs(psf)))
        or abs(level) <= rough / around
        or float(np.mean(near)) < KERNEL.flat
        or np.count_nonzero(inside) < KERNEL.inside
        or float(np.max(psf)) - level <= max(rough, 0.1 * abs(level))
    ):
        return 0.0, ""
    peak, total = float(np.max(psf)), float(np.sum(psf))
    holds = f"{100 * level * psf.size / total:.0f} % of its sum" if total > 0 else "all of its sum"
    return level, (
        f"the border of psf is at {level:.3g}, {100 * level / peak:.2g} % of its peak, which is "
        f"{holds}: a pedestal; psf.measured(..., background='border') takes it away, or "
        f"--psf-background border on the command line"
    )


def _is_level(psf: NumpyArray, near: NumpyArray, level: float) -> bool:
    """Tell whether what is beside the peak of a trace stays at a level, and does not fall."""
    away = np.abs(np.arange(psf.size) - int(np.argmax(psf)))
    if np.count_nonzero(near) < 2 * KERNEL.inside:
        return False
    outer = near & (away > np.median(away[near]))
    fall = float(np.mean(psf[near & ~outer])) - float(np.mean(psf[outer]))
    return abs(fall) <= KERNEL.falls * abs(level)


def _cut(psf: NumpyArray) -> str:
    """Say how much a tail that goes on as it ends would add beyond the array."""
    total, lost = float(np.sum(psf)), 0.0
    for axis, n in enumerate(psf.shape):
        if n < 7:
            continue
        planes = np.moveaxis(psf, axis, 0)
        profile = planes.reshape(n, -1).sum(axis=1)
        for tail, last in ((profile, planes[0]), (profile[::-1], planes[-1])):
            end, before, third = (float(v) for v in tail[:3])
            # A smooth tail: still falling, by nearly the same factor; a disk or a box just ends.
            if 0 < end < before < KERNEL.level * third and end / before > 0.5 * before / third:
                fall, beyond = end / before, third - 3 * before + 3 * end
                # A parabola through the three: where it is below zero beyond the array, as for a
                # disk, a ball or a triangle in a tight frame, the kernel ends there.
                ends = beyond <= KERNEL.ends * end
                noise = KERNEL.certain * _noise_of_sum(last, tail)
                if fall < 0.95 and end > noise and not ends:
                    lost += end * fall / (1 - fall)
    if lost <= KERNEL.lost * total:
        return ""
    return (
        f"psf is cut off: its tails would hold {100 * lost / total:.0f} % more beyond the array; "
        f"make the array wider (for a model: shape=...)"
    )


def _noise_of_sum(plane: NumpyArray, tail: NumpyArray) -> float:
    """Return the standard deviation of the noise in the sum of the outermost plane, about.

    From third differences: in the plane, or where it has too few samples, along the profile.
    """
    found = []
    for axis, n in enumerate(plane.shape):
        if n >= 8:
            rough = np.diff(plane, 3, axis=axis)
            found.append(math.sqrt(float(np.mean(rough**2)) / 20 * plane.size))
    if not found:
        rough = np.diff(tail[:10], 3)
        found.append(math.sqrt(float(np.mean(rough**2)) / 20))
    return min(found)


def _flat_top(psf: NumpyArray) -> str:
    """Say that a smooth kernel ends in several equal maxima, as a saturated bead does."""
    top = float(np.max(psf))
    full = psf == top
    count = int(np.count_nonzero(full))
    if count < (3 if psf.ndim == 1 else 4) or 2 * count > psf.size:
        return ""
    from scipy.ndimage import binary_dilation, label

    together, _ = label(full)
    beyond = ~binary_dilation(full, np.ones((3,) * psf.ndim), iterations=2)
    noise = core(psf).noise
    flank = np.count_nonzero(beyond & (psf > max(0.01 * top, KERNEL.certain * noise)))
    # Models with a flat top, a box or a disk, end within two samples of it.
    if int(np.max(np.bincount(together.ravel())[1:])) < 0.7 * count or 2 * flank < count:
        return ""
    return (
        f"psf is flat at its top, {count} of its samples are equal to the largest: a saturated "
        f"bead is too wide and makes the estimate too sharp; measure it with less light"
    )


def _doubtful_centre(size: NumpyArray, A: Convolution) -> str:
    """Say that a centre which was not given may be another, and how far the result would move.

    `size` is the magnitude of the kernel, without its pedestal.
    """
    if _is_wrapped(size, A):
        return (
            "psf is wrapped, its origin at the corner and its light at both ends of every axis, as "
            "FFT code stores it; give np.fft.fftshift(psf), whose centre is the middle"
        )
    if A.is_centre_given or float(np.max(size)) == 0:
        return ""
    centre, peak = A.centre, peak_of(size)
    if size.ndim == 1 and centre[0] == int(np.argmax(size >= KERNEL.onset * size[peak])):
        return ""  # a response that begins at its centre
    if size[centre] == size[peak]:
        peak = centre
    high = size >= 0.5 * size[peak]
    weight = np.where(high, size, 0.0)
    place = [float(np.sum(g * weight)) / float(weight.sum()) for g in np.indices(size.shape)]
    if peak != centre and math.dist(place, centre) > KERNEL.away:
        return _other_centres(centre, peak, A)
    return _even(size, A)


def _is_wrapped(size: NumpyArray, A: Convolution) -> bool:
    """Tell whether a kernel has its origin at the corner, and what is before it at the far end."""
    on_grid = A.boundary == "periodic" and size.shape == A.shape
    if on_grid or min(size.shape) < KERNEL.least_wrapped or peak_of(size) != (0,) * size.ndim:
        return False
    for axis, n in enumerate(size.shape):
        line = size.sum(axis=tuple(k for k in range(size.ndim) if k != axis))
        third = n // 3
        ends = float(line[-third:].sum()), float(line[third:-third].sum())
        if ends[0] < KERNEL.wrapped * float(line.sum()) or ends[1] > KERNEL.empty * ends[0]:
            return False
    return True


def _other_centres(centre: tuple[int, ...], peak: tuple[int, ...], A: Convolution) -> str:
    used, top = (tuple(int(c + k) for c, k in zip(at, A.trimmed, strict=True))
                 for at in (centre, peak))  # fmt: skip
    moves = f"moves by {math.dist(top, used):.4g} samples"
    text = (
        f"psf has its peak at {top}, but its centre is taken to be the middle, {used}, so that the "
        f"estimate may be shifted: "
    )
    if len(top) > 1 or top == (0,):
        other = f"if the peak stands for zero displacement, give centre={top} or centre='peak'"
        if top == (0,):
            other = "if the response begins at its first sample, give centre=(0,) or centre='start'"
        return f"{text}{other} (the result {moves}); if it is right, centre='middle'"
    return (
        f"{text}if the response begins at its first sample, give centre=(0,) or centre='start' "
        f"(the result moves by {used[0]} samples); if the peak stands for zero displacement, "
        f"centre={top} or centre='peak' (it {moves}); if it is right, centre='middle'"
    )


def _even(size: NumpyArray, A: Convolution) -> str:
    """Say that a kernel is symmetric about no sample, where its middle is a convention."""
    axes = [
        axis for axis, n in enumerate(size.shape)
        if n % 2 == 0 and A.centre[axis] == n // 2
        and float(np.max(np.abs(size - np.flip(size, axis)))) <= 1e-3 * float(np.max(size))
    ]  # fmt: skip
    if not axes:
        return ""
    used = tuple(int(c + k) for c, k in zip(A.centre, A.trimmed, strict=True))
    other = tuple(c - (axis in axes) for axis, c in enumerate(used))
    return (
        f"psf is symmetric about a point between two samples, and its centre is taken to be {used},"
        f" as scipy.ndimage does; for data of mode='same' of numpy.convolve or scipy.signal, whose "
        f"estimate would be shifted by 1 sample, give centre={other}; if it is right, "
        f"centre='middle'"
    )


def _coarse(psf: NumpyArray) -> str:
    """Say whether a narrow kernel still passes much at the highest frequency of every axis."""
    size, passed = np.abs(psf), []
    total = float(size.sum())
    top = abs(float(np.sum(psf)))
    for axis, n in enumerate(psf.shape):
        others = tuple(k for k in range(psf.ndim) if k != axis)
        profile, place = psf.sum(axis=others), np.arange(n)
        passed.append(abs(float(np.sum((-1.0) ** place * profile))))
        # A wavelet passes most in the middle of the band, not at frequency 0.
        top = max(top, float(np.max(np.abs(_fft.fftn(profile + 0j, (max(n, 64),))))))
        weight = size.sum(axis=others) / total if total else size.sum(axis=others)
        mean = float(weight @ place)
        if float(weight @ (place - mean) ** 2) > KERNEL.spread**2:
            return ""  # an echo or a room passes all frequencies as well, however it is sampled
    used = int(np.count_nonzero(size > 1e-6 * np.max(size)))
    if used < 2 or top == 0 or min(passed) < KERNEL.passed * top:
        return ""
    return (
        f"psf still passes {100 * min(passed) / top:.0f} % at the highest frequency, so data of "
        f"this sampling are aliased and there is little blur to undo; sample finer, or expect "
        f"denoising only"
    )
