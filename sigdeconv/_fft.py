"""The only module that names an FFT: real and complex n-D transforms and fast lengths.

NumPy arrays go through `scipy.fft`, which keeps single precision and runs on `workers` threads, by
default the cores that the process may use where an array is large: the result is the same to the
bit for any number. Every other namespace uses its own ``fft`` extension on its own device. All
transforms run over the last ``len(shape)`` axes, zero-pad at the end, and the inverse divides by
the number of points.

`Passes` is for iterations, which filter arrays of one shape again and again: it stays in the cache
and uses pyFFTW when it is installed, see ``benchmarks/fft.py``.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.fft

from sigdeconv._array import Array, NumpyArray, namespace
from sigdeconv._machine import allowed, cores

__all__ = [
    "Passes",
    "fftn",
    "frequencies",
    "ifftn",
    "in_lines",
    "irfftn",
    "next_fast_len",
    "passes",
    "rfftn",
    "threads",
]


PIECE = 1 << 15  # samples of a piece of a spectrum: 256 KiB in single precision
LINE = 64  # bytes of a cache line
# Samples of a transform that gains by a second thread: at 512 x 512 two took longer on two busy
# cores, at 1024 x 1024 they took two thirds of the time of one.
GAIN = 1 << 19


def rfftn(
    x: Array,
    shape: Sequence[int],
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the half-spectrum of the real `x`, zero-padded at the end to `shape`."""
    axes = range(-len(shape), 0) if axes is None else axes
    xp = namespace(x)
    if xp is np:
        workers = threads(workers, math.prod(x.shape))
        if len(shape) == 1:  # the same, without what SciPy does to arguments of several axes
            return scipy.fft.rfft(x, n=shape[0], axis=axes[0], workers=workers)
        return scipy.fft.rfftn(x, s=tuple(shape), axes=tuple(axes), workers=workers)
    return xp.fft.rfftn(x, s=tuple(shape), axes=tuple(axes))


def irfftn(
    spectrum: Array,
    shape: Sequence[int],
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the real signal of `shape` whose half-spectrum is `spectrum`; may reuse its memory."""
    axes = range(-len(shape), 0) if axes is None else axes
    xp = namespace(spectrum)
    if xp is np:
        workers = threads(workers, math.prod(spectrum.shape))
        if len(shape) == 1:
            return scipy.fft.irfft(
                spectrum, n=shape[0], axis=axes[0], overwrite_x=True, workers=workers
            )
        return scipy.fft.irfftn(
            spectrum, s=tuple(shape), axes=tuple(axes), workers=workers, overwrite_x=True
        )
    return xp.fft.irfftn(spectrum, s=tuple(shape), axes=tuple(axes))


def fftn(
    x: Array,
    shape: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the full spectrum of `x`, zero-padded at the end to `shape`."""
    shape = x.shape if shape is None else tuple(shape)
    axes = range(-len(shape), 0) if axes is None else axes
    xp = namespace(x)
    if xp is np:
        return scipy.fft.fftn(
            x, s=shape, axes=tuple(axes), workers=threads(workers, math.prod(x.shape))
        )
    if not xp.isdtype(x.dtype, "complex floating"):
        x = xp.astype(x, xp.complex64 if x.dtype == xp.float32 else xp.complex128)
    return xp.fft.fftn(x, s=shape, axes=tuple(axes))


def ifftn(
    spectrum: Array,
    shape: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Return the complex signal of `shape` whose full spectrum is `spectrum`."""
    shape = spectrum.shape if shape is None else tuple(shape)
    axes = range(-len(shape), 0) if axes is None else axes
    xp = namespace(spectrum)
    if xp is np:
        return scipy.fft.ifftn(
            spectrum, s=shape, axes=tuple(axes), workers=threads(workers, math.prod(spectrum.shape))
        )
    return xp.fft.ifftn(spectrum, s=shape, axes=tuple(axes))


def frequencies(n: int, half: bool) -> np.ndarray[Any, Any]:
    """Return the frequencies of `n` samples in cycles a sample, all or those of a half-spectrum."""
    return np.asarray(scipy.fft.rfftfreq(n) if half else scipy.fft.fftfreq(n))


@functools.cache
def next_fast_len(n: int, real: bool = True) -> int:
    """Return the smallest length of at least `n` that transforms handle fast.

    That is for `real` transforms a product of 2, 3 and 5; complex ones have 7 and 11 besides, which
    cost a real one little on one axis of several.
    """
    return int(scipy.fft.next_fast_len(max(int(n), 1), real=real))


def threads(workers: int | None, samples: int) -> int:
    """Return the number of threads that `workers` stands for, at an array of some samples.

    None is what `scipy.fft.set_workers` says, if it is more than SciPy's own 1; else one for a
    small array, and for a large one the cores that the process may use.
    """
    if workers is None:
        told = int(scipy.fft.get_workers())
        return told if told > 1 else allowed() if samples >= GAIN else 1
    return workers if workers > 0 else max(cores() + 1 + workers, 1)


class Passes:
    """The passes of a filter over single axes, on blocks that fit the cache.

    A filter in the frequency domain is: along all axes but the first, plane by plane; along the
    first, multiply, and back, column by column; and back along the others. Each sample is read and
    written three times then, where whole transforms and a product between them take seven.

    The spectrum between the passes is an array of pieces, each some columns of the half-spectrum,
    its other axes flattened, so that the second pass finds what it needs in one place. With two
    axes a piece is (columns, rows): rows are many at a time, and a column lies in one line. With
    more axes, where planes are large and few at a time, it is (planes, columns). One object is for
    one thread.

    Parameters
    ----------
    shape : tuple of int, length at least 2
        Shape of the real signal on the grid.
    dtype : numpy.dtype
        float32 or float64.

    Attributes
    ----------
    scale : float
        What a filter multiplies a signal by, beside the factor.
    """

    scale = 1.0

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.complex = np.result_type(dtype, np.complex64)
        self.half = (*shape[1:-1], shape[-1] // 2 + 1)
        self._axis = 1 if len(shape) == 2 else 0  # of a piece, the first one of the signal
        self._line = LINE // self.complex.itemsize  # samples of a cache line
        columns = math.prod(self.half)
        self._number = -(-columns * shape[0] // PIECE)
        self._width = _up(-(-columns // self._number), 1 if self._axis else self._line)

    def spectrum(self) -> NumpyArray:
        """Return memory for a spectrum, all zero."""
        return self._pieces(self._number)

    def _pieces(self, number: int) -> NumpyArray:
        shape = self.shape[0], self._width
        if self._axis == 1:
            # An odd number of lines apart, or a row would fill one corner of the cache.
            shape = self._width, (-(-self.shape[0] // self._line) | 1) * self._line
        made = in_lines((number, *shape), self.complex)
        made[...] = 0
        return made

    def _pairs(
        self, planes: NumpyArray, spectrum: NumpyArray, rows: slice
    ) -> list[tuple[NumpyArray, NumpyArray]]:
        """Return pairs of views of the same samples: of some planes, and of their spectrum."""
        flat = planes.reshape(planes.shape[0], -1)
        if self._axis == 1:
            lines = spectrum.reshape(-1, spectrum.shape[2])
            return [(flat, lines[: flat.shape[1], rows].T)]
        whole = flat.shape[1] // self._width
        inside = flat[:, : whole * self._width].reshape(flat.shape[0], whole, self._width)
        pairs = [(inside.swapaxes(0, 1), spectrum[:whole, rows])]
        if whole < spectrum.shape[0]:
            rest = flat[:, whole * self._width :]
            pairs.append((rest, spectrum[whole, rows, : rest.shape[1]]))
        return pairs

    def _piece(self, spectrum: NumpyArray, k: int) -> NumpyArray:
        return spectrum[k, :, : self.shape[0]] if self._axis else spectrum[k]

    def planes(self, signal: NumpyArray, spectrum: NumpyArray, rows: slice) -> None:
        """Put planes of a signal, zero-padded and transformed, into some rows of the spectrum."""
        planes = scipy.fft.rfft(signal, n=self.shape[-1], axis=-1, workers=1)
        for axis in range(len(self.shape) - 2, 0, -1):
            planes = scipy.fft.fft(
                planes, n=self.shape[axis], axis=axis, overwrite_x=True, workers=1
            )
        for part, place in self._pairs(planes, spectrum, rows):
            place[...] = part

    def planes_back(self, spectrum: NumpyArray, rows: slice, out: NumpyArray) -> None:
        """Put into `out` the beginning of the signal of some planes of the spectrum."""
        planes = np.empty((rows.stop - rows.start, *self.half), self.complex)
        for part, place in self._pairs(planes, spectrum, rows):
            part[...] = place
        for axis in range(1, len(self.shape) - 1):
            planes = scipy.fft.ifft(planes, axis=axis, overwrite_x=True, workers=1)
            planes = planes[(*(slice(None),) * axis, slice(0, out.shape[axis]))]
        signal = scipy.fft.irfft(planes, n=self.shape[-1], axis=-1, workers=1)
        out[...] = signal[..., : out.shape[-1]]

    def _forth(self, piece: NumpyArray) -> None:
        """Transform the columns of a piece, in place."""
        self._along(scipy.fft.fft, piece)

    def _back(self, piece: NumpyArray) -> None:
        """Transform the columns of a piece back, in place."""
        self._along(scipy.fft.ifft, piece)

    def _along(self, transform: Callable[..., NumpyArray], piece: NumpyArray) -> None:
        found = transform(piece, axis=self._axis, overwrite_x=True, workers=1)
        if found is not piece:
            piece[...] = found

    def columns(self, spectrum: NumpyArray, k: int, filled: int) -> None:
        """Transform the columns of piece k; of its rows only `filled` ones are not zero."""
        piece = self._piece(spectrum, k)
        piece[(slice(None),) * self._axis + (slice(filled, None),)] = 0
        self._forth(piece)

    def filter(
        self, spectrum: NumpyArray, k: int, filled: int, factor: NumpyArray, conjugate: bool
    ) -> None:
        """Multiply piece k by that of a `factor`, or its conjugate, in the frequency domain."""
        self.columns(spectrum, k, filled)
        spectrum[k] *= np.conj(factor[k]) if conjugate else factor[k]
        self._back(self._piece(spectrum, k))


class FftwPasses(Passes):
    """The same by pyFFTW, with plans made once for each size of block."""

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        Passes.__init__(self, shape, dtype)
        self.scale = float(math.prod(shape))
        self._planes: dict[int, Any] = {}
        self._columns: Any = None

    def _plane_plans(self, count: int) -> Any:
        """Return memory and both plans for a block of `count` planes."""
        if count not in self._planes:
            a = in_lines((count, *self.shape[1:]), self.dtype)
            b = in_lines((count, *self.half), self.complex)
            self._planes[count] = a, b, *_plans(a, b, tuple(range(1, len(self.shape))))
        return self._planes[count]

    # Planes that are not as wide as the grid, or do not begin a cache line, are copied: plans for
    # any alignment were slower by half.

    def _fit(self, planes: NumpyArray) -> bool:
        whole = planes.shape[1:] == self.shape[1:] and planes.flags.c_contiguous
        return whole and planes.ctypes.data % LINE == 0

    def planes(self, signal: NumpyArray, spectrum: NumpyArray, rows: slice) -> None:
        """Put planes of a signal, zero-padded and transformed, into some rows of the spectrum."""
        a, b, forth, _ = self._plane_plans(signal.shape[0])
        if not self._fit(signal):
            if signal.shape != a.shape:
                a[...] = 0
            a[tuple(slice(0, n) for n in signal.shape)] = signal
            signal = a
        forth.update_arrays(signal, b)
        forth.execute()
        forth.update_arrays(a, b)  # or the plan would keep the signal's memory
        for part, place in self._pairs(b, spectrum, rows):
            place[...] = part

    def planes_back(self, spectrum: NumpyArray, rows: slice, out: NumpyArray) -> None:
        """Put into `out` the beginning of the signal of some planes of the spectrum."""
        a, b, _, back = self._plane_plans(rows.stop - rows.start)
        for part, place in self._pairs(b, spectrum, rows):
            part[...] = place
        fits = self._fit(out)
        back.update_arrays(b, out if fits else a)
        back.execute()
        back.update_arrays(b, a)
        if not fits:
            out[...] = a[tuple(slice(0, n) for n in out.shape)]

    def _forth(self, piece: NumpyArray) -> None:
        """Transform the columns of a piece, in place."""
        self._execute(0, piece)

    def _back(self, piece: NumpyArray) -> None:
        """Transform the columns of a piece back, in place."""
        self._execute(1, piece)

    def _execute(self, which: int, piece: NumpyArray) -> None:
        """Execute the plan for the columns, forth or back, on a piece."""
        if self._columns is None:
            model = self._piece(self._pieces(1), 0)
            self._columns = _plans(model, model, (self._axis,))
        plan = self._columns[which]
        plan.update_arrays(piece, piece)
        plan.execute()


def _plans(a: NumpyArray, b: NumpyArray, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """Return plans from `a` to `b` and back; what they hold may be lost.

    They are estimated and not measured: what is fastest at the moment differs from process to
    process, and with it the last bit, which long iterations make a visible one. It costs up to a
    fifth in 2-D and nothing in 3-D (benchmarks/fft.py), and saves the time of measuring.
    """
    import pyfftw

    plan = functools.partial(pyfftw.FFTW, axes=axes, threads=1, flags=("FFTW_ESTIMATE",))
    return plan(a, b, direction="FFTW_FORWARD"), plan(b, a, direction="FFTW_BACKWARD")


def _up(n: int, step: int) -> int:
    """Return the least multiple of `step` that is at least `n`."""
    return -(-n // step) * step


def in_lines(shape: tuple[int, ...], dtype: Any, memory: NumpyArray | None = None) -> NumpyArray:
    """Return an array, not set, that begins a cache line; in the bytes of one that is its base."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if memory is None:
        memory = np.empty(size + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    made: NumpyArray = memory[start : start + size].view(dtype).reshape(shape)
    return made


FFT_ENGINES: dict[str, type[Passes]] = {"scipy": Passes, "pyfftw": FftwPasses}


def passes(shape: tuple[int, ...], dtype: Any, engine: str | None = None) -> Passes:
    """Return the passes of one thread, by the library that SIGDECONV_FFT names.

    Without it pyFFTW is taken where it is installed and wins, which is in 3-D: see
    ``benchmarks/fft.py``.
    """
    engine = engine or os.environ.get("SIGDECONV_FFT") or "auto"
    if engine == "auto":
        deep = len(shape) > 2 and importlib.util.find_spec("pyfftw") is not None
        engine = "pyfftw" if deep else "scipy"
    if engine not in FFT_ENGINES:
        raise ValueError(f"SIGDECONV_FFT must be one of {', '.join(FFT_ENGINES)}; got {engine!r}")
    return FFT_ENGINES[engine](shape, dtype)
