"""How long a restoration takes and how much memory, measured on small parts of the data before it.

The time is a constant and one that grows with the samples of the signal and its border and their
logarithm, as that of a Fourier transform: two parts give both. The number of iterations is that of
the parts, so the time is a guess within a factor of two or three.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any, Final, final

import numpy as np

from sigdeconv._array import NumpyArray

__all__ = ["Expected", "expected", "in_words", "told"]


@final
@dataclasses.dataclass(frozen=True)
class RunTrial:
    """Constants of the trial.

    Attributes
    ----------
    large, closed : int
        Samples of all signals with their borders, from which on a trial is worth its time: for a
        method that iterates, and in closed form.
    parts : (int, int)
        Samples of the parts, about.
    least : int
        Samples of a part along an axis, at least.
    ratio : float
        How much smaller than all signals a part has to be.
    again : float
        Seconds of a trial from which on no other one is made.
    share : float
        Part of the time of the larger trial that grows with the samples, at least.
    said, much : float
        Seconds and bytes from which on they are told.
    """

    large: int = 2**17
    closed: int = 2**21
    parts: tuple[int, int] = (2**12, 2**15)
    least: int = 12
    ratio: float = 10.0
    again: float = 3.0
    share: float = 0.1
    said: float = 5.0
    much: float = 2.0 * 2**30


RUN_TRIAL: Final = RunTrial()


@final
@dataclasses.dataclass(frozen=True)
class Expected:
    """What a restoration takes.

    Attributes
    ----------
    seconds : float
        Its time.
    memory : float
        Its memory beside the data, in bytes.
    """

    seconds: float
    memory: float


def expected(
    restore: Callable[[NumpyArray, NumpyArray, NumpyArray | None], Any],
    y: NumpyArray,
    psf: NumpyArray,
    axes: tuple[int, ...],
    mask: NumpyArray | None,
    *,
    iterates: bool = True,
) -> Expected | None:
    """Return what ``restore(y, psf, mask)`` takes, or None where it is quick or nothing is known.

    The kernel acts along the axes that are not in `axes`.
    """
    signal = [k for k in range(y.ndim) if k not in axes]
    own = psf.ndim == y.ndim and bool(axes)  # a kernel for each signal
    kernel = [psf.shape[k] for k in signal] if own else list(psf.shape)
    whole = _padded([y.shape[k] for k in signal], kernel)
    signals = math.prod(y.shape[k] for k in axes)
    large = RUN_TRIAL.large if iterates else RUN_TRIAL.closed
    if len(kernel) != len(signal) or whole * signals < large:
        return None
    trials: list[tuple[int, float]] = []
    memory = 0.0
    for about in RUN_TRIAL.parts:
        scale = (about / whole) ** (1 / len(signal))
        sizes = {
            k: min(y.shape[k], max(math.ceil(y.shape[k] * scale), RUN_TRIAL.least, n + 1))
            for k, n in zip(signal, kernel, strict=True)
        }
        part = _padded([sizes[k] for k in signal], kernel)
        if part * RUN_TRIAL.ratio > whole * signals or (trials and part <= trials[-1][0]):
            break
        cut = tuple(_middle(n, sizes.get(k, 1)) for k, n in enumerate(y.shape))
        few = psf
        if own:
            few = psf[tuple(slice(None) if k in sizes else slice(0, 1) for k in range(y.ndim))]
        weights = None if mask is None or mask.ndim != y.ndim else mask[cut]
        call = functools.partial(restore, y[cut], few, weights)
        if not trials:
            memory = _memory(call) * whole / part  # and what is imported and planned once
        seconds = _seconds(call)
        if seconds is None:
            break
        trials.append((part, seconds))
        if seconds > RUN_TRIAL.again:
            break
    if not trials:
        return None
    return Expected(signals * _extrapolated(trials, whole), memory + 8 * y.size)


def _extrapolated(trials: list[tuple[int, float]], whole: int) -> float:
    """Return the seconds for a number of samples, by those of one or two others."""

    def work(n: int) -> float:
        return n * math.log(n)

    n, seconds = trials[-1]
    slope = seconds / work(n)
    if len(trials) > 1:
        first, quick = trials[0]
        slope = max((seconds - quick) / (work(n) - work(first)), RUN_TRIAL.share * slope)
    return max(seconds + slope * (work(whole) - work(n)), 0.0)


def _padded(lengths: list[int], kernel: list[int]) -> int:
    return math.prod(n + k for n, k in zip(lengths, kernel, strict=False))


def _middle(n: int, size: int) -> slice:
    return slice((n - size) // 2, (n - size) // 2 + size)


# What a method raises that cannot take a part; the restoration itself says what is wrong.
FAILURES = (ValueError, TypeError, ArithmeticError, IndexError, np.linalg.LinAlgError)


def _memory(call: Callable[[], Any]) -> float:
    """Return the bytes that a call takes at most, 0 where it is not known."""
    if tracemalloc.is_tracing():
        return 0.0
    tracemalloc.start()
    try:
        _seconds(call)
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def _seconds(call: Callable[[], Any]) -> float | None:
    """Return the seconds that a call takes, None where it fails."""
    began = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except FAILURES:
        return None
    return time.perf_counter() - began


def told(found: Expected | None) -> str:
    """Return what is said before the work, or nothing."""
    if found is None or not (found.seconds > RUN_TRIAL.said or found.memory > RUN_TRIAL.much):
        return ""
    gib = found.memory / 2**30
    return f"about {in_words(found.seconds)} and {gib:.2g} GiB of memory"


def in_words(seconds: float) -> str:
    """Return a time in seconds, minutes or hours."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes < 10 else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
