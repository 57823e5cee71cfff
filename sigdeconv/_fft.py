"""The only module that names an FFT: real and complex n-D transforms and fast lengths.

NumPy arrays go through `scipy.fft`, which keeps single precision and runs on `workers` threads;
every other namespace uses its own ``fft`` extension on its own device. All transforms run over the
last ``len(shape)`` axes, zero-pad at the end, and the inverse divides by the number of points.

`RealPlan` is for iterations: the same real transforms again and again, in place where it can be.
It uses pyFFTW when it is installed, see ``benchmarks/fft.py``.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.fft

from sigdeconv._array import Array, namespace

__all__ = [
    "ENGINES",
    "RealPlan",
    "fftn",
    "frequencies",
    "ifftn",
    "irfftn",
    "next_fast_len",
    "real_plan",
    "rfftn",
    "threads",
]


def _axes(shape: Sequence[int], axes: Sequence[int] | None) -> tuple[int, ...]:
    return tuple(range(-len(shape), 0)) if axes is None else tuple(axes)


def rfftn(
    x: Array,
    shape: Sequence[int],
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the half-spectrum of the real `x`, zero-padded at the end to `shape`."""
    axes = _axes(shape, axes)
    xp = namespace(x)
    if xp is np:
        return scipy.fft.rfftn(x, s=tuple(shape), axes=axes, workers=workers)
    return xp.fft.rfftn(x, s=tuple(shape), axes=axes)


def irfftn(
    spectrum: Array,
    shape: Sequence[int],
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the real signal of `shape` whose half-spectrum is `spectrum`; may reuse its memory."""
    axes = _axes(shape, axes)
    xp = namespace(spectrum)
    if xp is np:
        return scipy.fft.irfftn(
            spectrum, s=tuple(shape), axes=axes, workers=workers, overwrite_x=True
        )
    return xp.fft.irfftn(spectrum, s=tuple(shape), axes=axes)


def fftn(
    x: Array,
    shape: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the full spectrum of `x`, zero-padded at the end to `shape`."""
    shape = x.shape if shape is None else tuple(shape)
    axes = _axes(shape, axes)
    xp = namespace(x)
    if xp is np:
        return scipy.fft.fftn(x, s=shape, axes=axes, workers=workers)
    if not xp.isdtype(x.dtype, "complex floating"):
        x = xp.astype(x, xp.complex64 if x.dtype == xp.float32 else xp.complex128)
    return xp.fft.fftn(x, s=shape, axes=axes)


def ifftn(
    spectrum: Array,
    shape: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the complex signal of `shape` whose full spectrum is `spectrum`."""
    shape = spectrum.shape if shape is None else tuple(shape)
    axes = _axes(shape, axes)
    xp = namespace(spectrum)
    if xp is np:
        return scipy.fft.ifftn(spectrum, s=shape, axes=axes, workers=workers)
    return xp.fft.ifftn(spectrum, s=shape, axes=axes)


def frequencies(n: int, half: bool) -> np.ndarray[Any, Any]:
    """Return the frequencies of `n` samples in cycles a sample, all or those of a half-spectrum."""
    return np.asarray(scipy.fft.rfftfreq(n) if half else scipy.fft.fftfreq(n))


@functools.cache
def next_fast_len(n: int) -> int:
    """Return the smallest length of at least `n` that real transforms handle fast."""
    return int(scipy.fft.next_fast_len(max(int(n), 1), real=True))


def threads(workers: int | None) -> int:
    """Return the number of FFT threads that `workers` stands for."""
    if workers is None:
        return int(scipy.fft.get_workers())
    cores = os.cpu_count() or 1
    return workers if workers > 0 else max(cores + 1 + workers, 1)


class RealPlan:
    """Forward and backward real transforms of one shape, by `scipy.fft`, axis by axis in place.

    A multi-dimensional `scipy.fft.irfftn` works on a copy of the spectrum; the passes along single
    axes need none. Where only the first `filled` planes of a signal are used, the passes between
    the first and the last axis leave the others out.

    Parameters
    ----------
    shape : tuple of int
        Shape of the real signal.
    dtype : numpy.dtype
        float32 or float64.
    workers : int
        Number of threads.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any, workers: int) -> None:
        self.shape, self.dtype, self.workers = shape, np.dtype(dtype), workers

    def empty(self) -> np.ndarray[Any, Any]:
        """Return an uninitialised real signal, aligned as the transforms like it."""
        return np.empty(self.shape, self.dtype)

    def forward(
        self, signal: np.ndarray[Any, Any], filled: int | None = None
    ) -> np.ndarray[Any, Any]:
        """Return the half-spectrum of `signal`, which is zero from plane `filled` on."""
        spectrum = scipy.fft.rfft(signal, axis=-1, workers=self.workers)
        for axis in range(len(self.shape) - 2, 0, -1):
            self._pass(scipy.fft.fft, spectrum[:filled], axis)
        return self._pass(scipy.fft.fft, spectrum, 0) if len(self.shape) > 1 else spectrum

    def backward(
        self, spectrum: np.ndarray[Any, Any], filled: int | None = None
    ) -> np.ndarray[Any, Any]:
        """Return the signal of `spectrum`, whose memory is used up, correct up to plane `filled`."""
        if len(self.shape) > 1:
            spectrum = self._pass(scipy.fft.ifft, spectrum, 0)
        for axis in range(1, len(self.shape) - 1):
            self._pass(scipy.fft.ifft, spectrum[:filled], axis)
        return np.asarray(
            scipy.fft.irfft(spectrum, n=self.shape[-1], axis=-1, workers=self.workers)
        )

    def _pass(self, transform: Any, a: np.ndarray[Any, Any], axis: int) -> np.ndarray[Any, Any]:
        """Transform `a` along `axis` in place."""
        done = transform(a, axis=axis, overwrite_x=True, workers=self.workers)
        if not np.shares_memory(done, a):  # scipy may, but need not, work in place
            a[...] = done
        return a


class FftwPlan(RealPlan):
    """The same by pyFFTW, with measured plans that FFTW remembers for the life of the process."""

    def __init__(self, shape: tuple[int, ...], dtype: Any, workers: int) -> None:
        import pyfftw

        self.shape, self.dtype, self.workers = shape, np.dtype(dtype), workers
        wide = np.complex64 if self.dtype == np.float32 else np.complex128
        self._aligned = pyfftw.empty_aligned
        signal = pyfftw.empty_aligned(shape, self.dtype)
        self._spectrum = pyfftw.empty_aligned((*shape[:-1], shape[-1] // 2 + 1), wide)
        axes = tuple(range(len(shape)))
        plan = functools.partial(pyfftw.FFTW, axes=axes, threads=workers, flags=("FFTW_MEASURE",))
        self._forth = plan(signal, self._spectrum, direction="FFTW_FORWARD")
        self._back = plan(self._spectrum, signal, direction="FFTW_BACKWARD")

    def empty(self) -> np.ndarray[Any, Any]:
        """Return an uninitialised real signal, aligned as the plans were made for."""
        return np.asarray(self._aligned(self.shape, self.dtype))

    def forward(
        self, signal: np.ndarray[Any, Any], filled: int | None = None
    ) -> np.ndarray[Any, Any]:
        """Return the half-spectrum of `signal`; valid until the next call."""
        return np.asarray(self._forth(signal, self._spectrum))

    def backward(
        self, spectrum: np.ndarray[Any, Any], filled: int | None = None
    ) -> np.ndarray[Any, Any]:
        """Return the signal of `spectrum`, whose memory is used up."""
        return np.asarray(self._back(spectrum, self.empty()))


ENGINES: dict[str, type[RealPlan]] = {"scipy": RealPlan, "pyfftw": FftwPlan}


def real_plan(
    shape: tuple[int, ...], dtype: Any, workers: int | None, engine: str | None = None
) -> RealPlan:
    """Return transforms for an iteration, by `engine` or the one SIGDECONV_FFT names."""
    engine = engine or os.environ.get("SIGDECONV_FFT") or "auto"
    if engine == "auto":
        engine = "pyfftw" if importlib.util.find_spec("pyfftw") else "scipy"
    if engine not in ENGINES:
        raise ValueError(f"SIGDECONV_FFT must be one of {', '.join(ENGINES)}; got {engine!r}")
    return ENGINES[engine](shape, dtype, threads(workers))
