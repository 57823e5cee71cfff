"""How long a restoration takes and how much memory, measured on parts of the data before it.

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

__all__ = ["Expected", "expected", "in_words", "memory_of", "told"]


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
    warm : int
        Samples of a part that is restored before memory is counted, so that what is imported and
        planned once does not count.
    counted : (int, int)
        Samples of the part whose memory is counted: where the number of iterations is to be found,
        and else. What is kept of smaller ones, such as parts for a search, would seem to grow: at
        2^17 samples `wiener` takes 79 bytes a sample, at 2^19 and 2^21 it takes 56.
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
    warm: int = 2**11
    counted: tuple[int, int] = (2**15, 2**17)


RUN_TRIAL: Final = RunTrial()

Restore = Callable[[NumpyArray, Any, "NumpyArray | None"], Any]


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
    restore: Restore,
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
    parts = Parts(restore, y, psf, axes, mask)
    whole, signals = parts.whole, parts.signals
    if not parts.fit or whole * signals < (RUN_TRIAL.large if iterates else RUN_TRIAL.closed):
        return None
    trials: list[tuple[int, float]] = []
    memory = 0.0
    for about in RUN_TRIAL.parts:
        part, call = parts.of(about)
        if part * RUN_TRIAL.ratio > whole * signals or (trials and part <= trials[-1][0]):
            break
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


def memory_of(
    restore: Restore,
    y: NumpyArray,
    psf: Any,
    axes: tuple[int, ...],
    mask: NumpyArray | None,
    *,
    quick: bool,
) -> float:
    """Return the bytes that ``restore(y, psf, mask)`` takes beside the data, 0 if not known.

    Parameters
    ----------
    restore, y, psf, axes, mask
        See `expected`.
    quick : bool
        True where the time of a trial is known to be short.
    """
    parts = Parts(restore, y, psf, axes, mask)
    if not parts.fit:
        return 0.0
    _seconds(parts.of(RUN_TRIAL.warm)[1])
    part, call = parts.of(RUN_TRIAL.counted[quick])
    return _memory(call) * max(parts.whole / part, 1.0)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Parts:
    """Parts of the data, from the middle, that are restored as the whole would be."""

    restore: Restore
    y: NumpyArray
    psf: Any
    axes: tuple[int, ...]
    mask: NumpyArray | None

    @property
    def own(self) -> bool:
        """True with a kernel for each signal."""
        return bool(self.axes) and len(self.psf.shape) == self.y.ndim

    @property
    def lengths(self) -> dict[int, int]:
        """Length of the kernel along each axis that it acts on."""
        signal = [k for k in range(self.y.ndim) if k not in self.axes]
        kernel = [self.psf.shape[k] for k in signal] if self.own else list(self.psf.shape)
        return dict(zip(signal, kernel, strict=False)) if len(kernel) == len(signal) else {}

    @property
    def fit(self) -> bool:
        """True where the kernel has the axes of a signal."""
        return bool(self.lengths)

    @property
    def whole(self) -> int:
        """Samples of a signal with its border."""
        return math.prod(self.y.shape[k] + n for k, n in self.lengths.items())

    @property
    def signals(self) -> int:
        """Number of signals."""
        return math.prod(self.y.shape[k] for k in self.axes)

    def of(self, about: int) -> tuple[int, Callable[[], Any]]:
        """Return the samples of a part with its border, and what restores it."""
        y, psf, axes = self.y, self.psf, self.lengths
        scale = (about / self.whole) ** (1 / len(axes))
        sizes = {
            k: min(y.shape[k], max(math.ceil(y.shape[k] * scale), RUN_TRIAL.least, n + 1))
            for k, n in axes.items()
        }
        cut = tuple(_middle(n, sizes.get(k, 1)) for k, n in enumerate(y.shape))
        if self.own:
            psf = psf[tuple(slice(None) if k in sizes else slice(0, 1) for k in range(y.ndim))]
        weights = None if self.mask is None or self.mask.ndim != y.ndim else self.mask[cut]
        samples = math.prod(sizes[k] + n for k, n in axes.items())
        return samples, functools.partial(self.restore, y[cut], psf, weights)


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
