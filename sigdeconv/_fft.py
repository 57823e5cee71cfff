"""The only module that names an FFT: real and complex n-D transforms and fast lengths.

NumPy arrays go through `scipy.fft`, which keeps single precision and runs on `workers` threads;
every other namespace uses its own ``fft`` extension on its own device. All transforms run over the
last ``len(shape)`` axes, zero-pad at the end, and the inverse divides by the number of points.

`Passes` is for iterations, which filter arrays of one shape again and again: it stays in the cache
and uses pyFFTW when it is installed, see ``benchmarks/fft.py``.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.fft

from sigdeconv._array import Array, namespace

__all__ = [
    "Passes",
    "fftn",
    "frequencies",
    "ifftn",
    "irfftn",
    "next_fast_len",
    "passes",
    "rfftn",
    "threads",
]

_Block = np.ndarray[Any, Any]


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


class Passes:
    """The passes of a real transform along single axes, on blocks that fit the cache.

    A filter in the frequency domain is: along all axes but the first, plane by plane; along the
    first, multiply, and back, column by column; and back along the others. Each sample is read and
    written three times then, where whole transforms and a product between them take seven. One
    object is for one thread.

    Parameters
    ----------
    shape : tuple of int, length at least 2
        Shape of the real signal on the grid.
    dtype : numpy.dtype
        float32 or float64.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.wide = np.dtype(np.complex64 if self.dtype == np.float32 else np.complex128)

    def planes(self, signal: _Block, out: _Block) -> None:
        """Put into `out` the spectrum along all axes but the first of a signal, zero-padded."""
        spectrum = scipy.fft.rfft(signal, n=self.shape[-1], axis=-1, workers=1)
        for axis in range(len(self.shape) - 2, 0, -1):
            spectrum = scipy.fft.fft(
                spectrum, n=self.shape[axis], axis=axis, overwrite_x=True, workers=1
            )
        out[...] = spectrum

    def planes_back(self, spectrum: _Block, out: _Block) -> None:
        """Put into `out` the beginning of the signal of `spectrum`, which is used up."""
        for axis in range(1, len(self.shape) - 1):
            spectrum = scipy.fft.ifft(spectrum, axis=axis, overwrite_x=True, workers=1)
            spectrum = spectrum[(*(slice(None),) * axis, slice(0, out.shape[axis]))]
        signal = scipy.fft.irfft(spectrum, n=self.shape[-1], axis=-1, workers=1)
        out[...] = signal[..., : out.shape[-1]]

    def columns(self, spectrum: _Block, factor: _Block) -> _Block:
        """Return columns times `factor` in the frequency domain of the first axis."""
        found = scipy.fft.fft(spectrum, n=self.shape[0], axis=0, workers=1)
        found *= factor
        return np.asarray(scipy.fft.ifft(found, axis=0, overwrite_x=True, workers=1))


class FftwPasses(Passes):
    """The same by pyFFTW, with plans measured once for each size of block."""

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        Passes.__init__(self, shape, dtype)
        self._plans: dict[Any, Any] = {}

    def _plan(self, kind: str, count: int) -> Any:
        """Return memory and both plans for a block of `count` planes or columns."""
        import pyfftw

        made = self._plans.get((kind, count))
        if made is not None:
            return made
        if kind == "columns":
            a = b = pyfftw.zeros_aligned((self.shape[0], count), self.wide)
            axes: tuple[int, ...] = (0,)
        else:
            a = pyfftw.zeros_aligned((count, *self.shape[1:]), self.dtype)
            half = (count, *self.shape[1:-1], self.shape[-1] // 2 + 1)
            b = pyfftw.zeros_aligned(half, self.wide)
            axes = tuple(range(1, len(self.shape)))
        plan = functools.partial(pyfftw.FFTW, axes=axes, threads=1, flags=("FFTW_MEASURE",))
        forth = plan(a, b, direction="FFTW_FORWARD")
        back = plan(b, a, direction="FFTW_BACKWARD")
        self._plans[kind, count] = a, b, forth, back
        return self._plans[kind, count]

    # Blocks are copied to aligned memory: plans for any alignment were slower by half.

    def planes(self, signal: _Block, out: _Block) -> None:
        """Put into `out` the spectrum along all axes but the first of a signal, zero-padded."""
        a, b, forth, _ = self._plan("planes", signal.shape[0])
        if signal.shape != a.shape:
            a[...] = 0
        a[tuple(slice(0, n) for n in signal.shape)] = signal
        forth.execute()
        out[...] = b

    def planes_back(self, spectrum: _Block, out: _Block) -> None:
        """Put into `out` the beginning of the signal of `spectrum`, which is used up."""
        a, b, _, back = self._plan("planes", spectrum.shape[0])
        b[...] = spectrum
        back.execute()
        inside = tuple(slice(0, n) for n in out.shape)
        np.multiply(a[inside], self.dtype.type(1 / math.prod(self.shape)), out=out)

    def columns(self, spectrum: _Block, factor: _Block) -> _Block:
        """Return columns times `factor` in the frequency domain of the first axis."""
        a, _, forth, back = self._plan("columns", spectrum.shape[1])
        a[: spectrum.shape[0]] = spectrum
        a[spectrum.shape[0] :] = 0
        forth.execute()
        a *= factor
        back.execute()
        return np.asarray(a)


_ENGINES: dict[str, type[Passes]] = {"scipy": Passes, "pyfftw": FftwPasses}


def passes(shape: tuple[int, ...], dtype: Any, engine: str | None = None) -> Passes:
    """Return the passes of one thread, by the library that SIGDECONV_FFT names.

    Without it pyFFTW is taken where it is installed and wins, which is in 3-D: see
    ``benchmarks/fft.py``.
    """
    engine = engine or os.environ.get("SIGDECONV_FFT") or "auto"
    if engine == "auto":
        deep = len(shape) > 2 and importlib.util.find_spec("pyfftw") is not None
        engine = "pyfftw" if deep else "scipy"
    if engine not in _ENGINES:
        raise ValueError(f"SIGDECONV_FFT must be one of {', '.join(_ENGINES)}; got {engine!r}")
    return _ENGINES[engine](shape, dtype)
