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
    "stripes",
    "threads",
]

_Block = np.ndarray[Any, Any]
STRIPE = 1 << 15  # samples of a stripe: 256 KiB in single precision


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
def next_fast_len(n: int, real: bool = True) -> int:
    """Return the smallest length of at least `n` that transforms handle fast.

    That is for `real` transforms a product of 2, 3 and 5; complex ones have 7 and 11 besides, which
    cost a real one little on one axis of several.
    """
    return int(scipy.fft.next_fast_len(max(int(n), 1), real=real))


def threads(workers: int | None) -> int:
    """Return the number of FFT threads that `workers` stands for."""
    if workers is None:
        return int(scipy.fft.get_workers())
    cores = os.cpu_count() or 1
    return workers if workers > 0 else max(cores + 1 + workers, 1)


class Passes:
    """The passes of a filter over single axes, on blocks that fit the cache.

    A filter in the frequency domain is: along all axes but the first, plane by plane; along the
    first, multiply, and back, column by column; and back along the others. Each sample is read and
    written three times then, where whole transforms and a product between them take seven.

    The spectrum between the passes lies in stripes, an array (number, length of the first axis,
    columns): each holds some columns of the half-spectrum, its other axes flattened, so that the
    second pass finds what it needs in one piece. One object is for one thread.

    Parameters
    ----------
    shape : tuple of int, length at least 2
        Shape of the real signal on the grid.
    dtype : numpy.dtype
        float32 or float64.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.half = (*shape[1:-1], shape[-1] // 2 + 1)

    def planes(self, signal: _Block, stripes: _Block, rows: slice) -> None:
        """Put some planes into the stripes: a signal, zero-padded, transformed along its planes."""
        spectrum = scipy.fft.rfft(signal, n=self.shape[-1], axis=-1, workers=1)
        for axis in range(len(self.shape) - 2, 0, -1):
            spectrum = scipy.fft.fft(
                spectrum, n=self.shape[axis], axis=axis, overwrite_x=True, workers=1
            )
        _to_stripes(spectrum, stripes, rows)

    def planes_back(self, stripes: _Block, rows: slice, out: _Block) -> None:
        """Put into `out` the beginning of the signal of some planes of the stripes."""
        count = rows.stop - rows.start
        spectrum = np.empty((count, *self.half), stripes.dtype)
        _from_stripes(stripes, rows, spectrum)
        for axis in range(1, len(self.shape) - 1):
            spectrum = scipy.fft.ifft(spectrum, axis=axis, overwrite_x=True, workers=1)
            spectrum = spectrum[(*(slice(None),) * axis, slice(0, out.shape[axis]))]
        signal = scipy.fft.irfft(spectrum, n=self.shape[-1], axis=-1, workers=1)
        out[...] = signal[..., : out.shape[-1]]

    def transform(self, stripe: _Block) -> None:
        """Transform a stripe along the first axis, in place."""
        found = scipy.fft.fft(stripe, axis=0, overwrite_x=True, workers=1)
        if found is not stripe:
            stripe[...] = found

    def columns(self, stripe: _Block, factor: _Block, conjugate: bool) -> None:
        """Multiply a stripe by `factor`, or its conjugate, in the frequency domain, in place."""
        self.transform(stripe)
        stripe *= np.conj(factor) if conjugate else factor
        found = scipy.fft.ifft(stripe, axis=0, overwrite_x=True, workers=1)
        if found is not stripe:
            stripe[...] = found


class FftwPasses(Passes):
    """The same by pyFFTW, with plans measured once for each size of block."""

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        Passes.__init__(self, shape, dtype)
        self._planes: dict[int, Any] = {}
        self._columns: Any = None

    def _plane_plans(self, count: int) -> Any:
        """Return memory and both plans for a block of `count` planes."""
        import pyfftw

        if count not in self._planes:
            wide = np.result_type(self.dtype, np.complex64)
            a = pyfftw.zeros_aligned((count, *self.shape[1:]), self.dtype)
            b = pyfftw.zeros_aligned((count, *self.half), wide)
            self._planes[count] = a, b, *_plans(a, b, tuple(range(1, len(self.shape))))
        return self._planes[count]

    def _column_plans(self, stripe: _Block) -> Any:
        """Return both plans in place, set on a stripe."""
        import pyfftw

        if self._columns is None:
            model = pyfftw.zeros_aligned(stripe.shape, stripe.dtype)
            self._columns = _plans(model, model, (0,))
        for plan in self._columns:
            plan.update_arrays(stripe, stripe)
        return self._columns

    # Planes are copied to aligned memory: plans for any alignment were slower by half.

    def planes(self, signal: _Block, stripes: _Block, rows: slice) -> None:
        """Put some planes into the stripes: a signal, zero-padded, transformed along its planes."""
        a, b, forth, _ = self._plane_plans(signal.shape[0])
        if signal.shape != a.shape:
            a[...] = 0
        a[tuple(slice(0, n) for n in signal.shape)] = signal
        forth.execute()
        _to_stripes(b, stripes, rows)

    def planes_back(self, stripes: _Block, rows: slice, out: _Block) -> None:
        """Put into `out` the beginning of the signal of some planes of the stripes."""
        a, b, _, back = self._plane_plans(rows.stop - rows.start)
        _from_stripes(stripes, rows, b)
        back.execute()
        inside = tuple(slice(0, n) for n in out.shape)
        np.multiply(a[inside], self.dtype.type(1 / math.prod(self.shape)), out=out)

    def transform(self, stripe: _Block) -> None:
        """Transform a stripe along the first axis, in place."""
        self._column_plans(stripe)[0].execute()

    def columns(self, stripe: _Block, factor: _Block, conjugate: bool) -> None:
        """Multiply a stripe by `factor`, or its conjugate, in the frequency domain, in place."""
        forth, back = self._column_plans(stripe)
        forth.execute()
        stripe *= np.conj(factor) if conjugate else factor
        back.execute()


def _plans(a: _Block, b: _Block, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """Return measured plans from `a` to `b` and back; what they hold is lost."""
    import pyfftw

    plan = functools.partial(pyfftw.FFTW, axes=axes, threads=1, flags=("FFTW_MEASURE",))
    return plan(a, b, direction="FFTW_FORWARD"), plan(b, a, direction="FFTW_BACKWARD")


def stripes(shape: tuple[int, ...], dtype: Any) -> _Block:
    """Return memory for a spectrum in stripes, aligned to cache lines: see `Passes`."""
    columns = math.prod(shape[1:-1]) * (shape[-1] // 2 + 1)
    width = max(STRIPE // shape[0] // 16 * 16, 16)
    made = (-(-columns // width), shape[0], width)
    wide = np.result_type(dtype, np.complex64)
    memory = np.zeros(math.prod(made) * wide.itemsize + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + math.prod(made) * wide.itemsize].view(wide).reshape(made)


def _in_stripes(spectrum: _Block, stripes: _Block, rows: slice) -> list[tuple[_Block, _Block]]:
    """Return pairs of views of the same samples: of a spectrum, and of some rows of the stripes."""
    count, width = spectrum.shape[0], stripes.shape[2]
    flat = spectrum.reshape(count, -1)
    whole = flat.shape[1] // width
    inside = flat[:, : whole * width].reshape(count, whole, width).swapaxes(0, 1)
    pairs = [(inside, stripes[:whole, rows])]
    if whole < stripes.shape[0]:
        rest = flat[:, whole * width :]
        pairs.append((rest, stripes[whole, rows, : rest.shape[1]]))
    return pairs


def _to_stripes(spectrum: _Block, stripes: _Block, rows: slice) -> None:
    for part, place in _in_stripes(spectrum, stripes, rows):
        place[...] = part


def _from_stripes(stripes: _Block, rows: slice, spectrum: _Block) -> None:
    for part, place in _in_stripes(spectrum, stripes, rows):
        part[...] = place


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
