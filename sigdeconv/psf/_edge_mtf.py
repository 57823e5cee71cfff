"""From the line spread function of an edge to the transfer, and to the kernel of an isotropic one.

The transform of the line spread function is divided by what averaging over bins and differencing
do. Of an isotropic optics the transfer along one direction is that along all.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _fft
from sigdeconv._array import RealArray
from sigdeconv.psf._edge import Profile
from sigdeconv.psf._edge_line import Line
from sigdeconv.psf._model import centred

__all__ = ["Transfer", "isotropic", "transfer_of"]


NOTHING = 0.4  # part of the power that is no noise, below which the kernel has no more of it
SYMMETRIC = 2.0  # mean of the squared odd part over its variance; about one where it is noise


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Transfer:
    """The transfer along the normal of an edge, about the centroid.

    Attributes
    ----------
    frequency : ndarray of float64
        Cycles a sample.
    value : ndarray of complex128
        The transfer; real where nothing but noise tells one side of the edge from the other.
    variance : ndarray of float64
        Variance of its modulus.
    """

    frequency: RealArray
    value: NDArray[np.complex128]
    variance: RealArray


def transfer_of(profile: Profile, line: Line, frequency: RealArray) -> Transfer:
    """Return the transfer of a line spread function."""
    at, step = line.at, profile.step
    centroid = float(np.sum(line.values * at) * step)
    wave = np.exp(-2j * np.pi * np.outer(frequency, at - centroid))
    # Of a profile that is sampled once, the differences are the kernel.
    averaged = len(profile.inside[0]) > 0
    passed = np.sinc(frequency * step) * _bins(profile, line, frequency) if averaged else 1.0
    wave = wave * (step / np.broadcast_to(passed, frequency.shape))[:, None]
    value = wave @ line.values
    turn = np.exp(-2j * np.pi * frequency * _left(frequency, value))
    value, wave = value * turn, wave * turn[:, None]
    phase = np.conj(value) / np.maximum(np.abs(value), 1e-300)
    # A change of the line changes its area as well, by which the transfer is divided.
    along = (wave * phase[:, None]).real - np.abs(value)[:, None] * step
    across = (wave * phase[:, None]).imag
    spread, odd = (np.maximum(np.einsum("fi,ij,fj->f", g, line.covariance, g), 0.0)
                   for g in (along, across))  # fmt: skip
    band = (frequency > 0) & (frequency <= 0.5)
    ratio = value.imag[band] ** 2 / np.maximum(odd[band], 1e-12)
    if float(np.mean(ratio)) < SYMMETRIC:
        value = value.real + 0j
    return Transfer(frequency, value, spread)


def _left(frequency: RealArray, value: NDArray[np.complex128]) -> float:
    """Return the shift that the low frequencies still show: tails make a centroid noisy."""
    low = np.flatnonzero(np.abs(value) < 0.5)
    used = slice(1, int(low[0]) if len(low) else len(value))
    f, weight = frequency[used], np.abs(value[used]) ** 2
    angle = np.angle(value[used])
    return float(np.sum(weight * f * angle) / max(2 * np.pi * np.sum(weight * f**2), 1e-300))


def _bins(profile: Profile, line: Line, frequency: RealArray) -> RealArray:
    """Return what the average over the samples of a bin passes, where the line spreads."""
    rest, index = profile.inside
    weight = np.maximum(np.interp(profile.at, line.at, line.values), 0.0)
    number = np.bincount(index, minlength=len(profile.at))
    share = (weight / np.maximum(number, 1))[index]
    used = share > 1e-3 * float(share.max())
    moments = [float(np.sum(share[used] * rest[used] ** k) / np.sum(share[used])) for k in (2, 4)]
    w = (2 * np.pi * frequency) ** 2
    return np.maximum(1 - w * moments[0] / 2 + w**2 * moments[1] / 24, 0.1)


def isotropic(found: Transfer, half: float, angle: float, size: int) -> RealArray:
    """Return the kernel on the samples of an isotropic optics behind square samples."""
    f, transfer = found.frequency, found.value.real
    kept = _kept(found, half)
    quiet = np.flatnonzero(kept < NOTHING)
    kept = kept * (f < f[quiet[0]]) if len(quiet) else kept
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    own = np.sinc(f * cos) * np.sinc(f * sin)  # of a square sample, along the normal of the edge
    fine = 4
    n = fine * max(2 * size + 1, 65)
    axis = np.fft.fftfreq(n, 1 / fine)
    radius = np.hypot(axis[:, None], axis[None, :])
    value = np.interp(radius, f, transfer * kept, right=0.0)
    pixel = np.sinc(axis)[:, None] * np.sinc(axis)[None, :]
    below = np.interp(radius, f, own, right=0.0)
    near = below > 0.1  # beyond it nothing is left of the optics either way
    otf = value * np.where(near, pixel / np.where(near, below, 1.0), 1.0)
    psf = np.asarray(_fft.ifftn(otf + 0j, (n, n))).real[::fine, ::fine]
    place = centred(size).astype(int)
    psf = np.maximum(psf[np.ix_(place, place)], 0.0)
    return np.asarray(psf / psf.sum())


def _kept(found: Transfer, half: float) -> RealArray:
    """Return the part that is no noise, from the power in a band as wide as it resolves."""
    step = float(found.frequency[1] - found.frequency[0])
    width = 2 * max(1, round(0.25 / max(half, 1.0) / step)) + 1
    power = np.pad(np.abs(found.value) ** 2, width // 2, mode="reflect")
    power = np.convolve(power, np.ones(width) / width, mode="valid")
    return np.asarray(np.maximum(1 - found.variance / np.maximum(power, 1e-300), 0.0))
