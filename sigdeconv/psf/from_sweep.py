"""The response to an exponential sweep, without the harmonics of what made the sound.

A sweep divided out leaves the response. Harmonics that a loudspeaker adds arrive, after this
division, before the response, each at a time of its own, and are cut away with their share of the
noise (Farina 2000).
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import ArrayLike, RealArray
from sigdeconv._checks import integer, number
from sigdeconv.psf.from_signal import SignalPSF, trace_of

__all__ = ["from_sweep", "sweep"]


@final
@dataclasses.dataclass(frozen=True)
class SweepLimits:
    """Constants of the division by a sweep.

    Attributes
    ----------
    fade : float
        Part of an octave in which the band of a sweep fades out at either end.
    floor : float
        Part of the largest power of the sweep, below which there is none to divide by.
    ridge : float
        Part of the power in the band that holds down what the response has beyond it.
    """

    fade: float = 0.1
    floor: float = 1e-6
    ridge: float = 1e-3


SWEEP = SweepLimits()


def sweep(samples: int, low: float, high: float) -> RealArray:
    """Return a sine whose frequency rises exponentially, of amplitude one.

    Parameters
    ----------
    samples : int
        Its length.
    low, high : float
        Frequency at its begin and its end, in cycles a sample.

    Returns
    -------
    ndarray of float64, shape (samples,)

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, or not ``0 < low < high <= 0.5``.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.psf.sweep(1000, 0.01, 0.4).shape
    (1000,)
    """
    samples = integer("samples", samples, least=16)
    low = number("low", low, above=0, below=0.5)
    high = number("high", high, above=low, most=0.5)
    rate = samples / math.log(high / low)
    return np.sin(2 * np.pi * low * rate * np.expm1(np.arange(samples) / rate))


def from_sweep(
    y: ArrayLike, samples: int, low: float, high: float, *, size: int, harmonics: int = 3
) -> SignalPSF:
    """Return the response to an exponential sweep, harmonics apart.

    Parameters
    ----------
    y : array, shape (N,)
        The recording, from the instant at which the sweep begins, until the response has died away.
    samples, low, high : int, float, float
        Those of `sweep`.
    size : int
        Samples of the response after its begin.
    harmonics : int
        The highest harmonic whose response is returned; 1 for none.

    Returns
    -------
    SignalPSF
        The response; beyond the band of the sweep, the least that fits.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, or the recording is shorter than the sweep.

    References
    ----------
    .. [1] A. Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine
       technique", 108th AES Convention, Paris, 5093 (2000).

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> sent = sd.psf.sweep(8000, 0.005, 0.45)
    >>> y = np.convolve(sent + 0.1 * sent**2, [0.0, 1.0, 0.0, 0.5], mode="full")
    >>> found = sd.psf.from_sweep(y, 8000, 0.005, 0.45, size=20)
    >>> peak = int(np.argmax(found.psf)) - found.centre
    >>> peak, len(found.harmonics)
    (1, 2)
    """
    from scipy.linalg import solve_toeplitz

    data, sent = trace_of("y", y), sweep(samples, low, high)
    size = integer("size", size, least=1, most=len(data))
    harmonics = integer("harmonics", harmonics, least=1, most=20)
    if len(data) < len(sent):
        raise ValueError(
            f"y has {len(data)} samples, the sweep {len(sent)}; expected the recording of all of "
            f"it, and of what comes after"
        )
    n = _fft.next_fast_len(len(data) + len(sent))
    given, heard = (np.asarray(_fft.rfftn(v, (n,))) for v in (sent, data))
    power = np.abs(given) ** 2
    frequency = np.asarray(np.fft.rfftfreq(n), np.float64)
    band = _band(frequency, low, high)
    # Division where the sweep has power; its window fades before the power does.
    response = heard * np.conj(given) / np.maximum(power, SWEEP.floor * power.max())
    trace = np.asarray(_fft.irfftn(response * band, (n,)))
    rate = samples / math.log(high / low)
    # The trace is the response without what lies beyond the band: a filter that rings far to both
    # sides. The response of `size` samples whose trace it is has no ringing.
    filtered = np.asarray(_fft.irfftn(band + 0j, (n,)))[:size]
    filtered[0] += SWEEP.ridge
    psf = np.asarray(solve_toeplitz(filtered, trace[:size]))
    parts = []
    for k in range(2, harmonics + 1):
        start, room = -round(rate * math.log(k)), int(rate * math.log((k + 1) / k))
        parts.append(np.roll(trace, -start)[: min(size, room)])
    quiet = trace[len(data) - len(sent) + size // 2 :][: max(len(sent) // 8, 8)]
    noise = float(np.sqrt(np.mean(quiet**2)))
    frequencies = np.linspace(0.0, 0.5, 513)
    wave = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(len(psf))))
    error = np.full(len(psf), noise)
    spread = np.full(513, noise * math.sqrt(len(psf) / 2))
    return SignalPSF(psf, 0, error, (frequencies, np.abs(wave @ psf), spread), noise, parts)


def _band(frequency: RealArray, low: float, high: float) -> RealArray:
    """Return a window in frequency, one in the band of a sweep and fading at its ends."""
    octaves = np.log2(np.maximum(frequency, 1e-12))
    up = (octaves - math.log2(low)) / SWEEP.fade
    down = (math.log2(high) - octaves) / SWEEP.fade
    down = np.where(high >= 0.5, 1.0, down)
    steps = (np.clip(v, 0.0, 1.0) for v in (up, down))
    first, second = (0.5 - 0.5 * np.cos(np.pi * v) for v in steps)
    return np.asarray(first * second)
