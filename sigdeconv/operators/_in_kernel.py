"""Convolution as a map of its kernel, for a fixed signal: the second adjoint."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, zeros
from sigdeconv.geometry import Boundary, ConvGeometry
from sigdeconv.geometry.axes import samples_of
from sigdeconv.operators._sampling import upsample, weigh
from sigdeconv.operators.base import Operator
from sigdeconv.operators.boundary import pad

__all__ = ["KernelConvolution"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class KernelConvolution(Operator):
    """The convolution of the fixed signal `x`, as a linear map of the kernel.

    Parameters
    ----------
    x : array
        The signal.
    geometry : ConvGeometry
        Kernel size, stride, dilation and padding.
    boundary : str
        What the signal is beyond its border.
    mask : array, optional
        Multiplies the data.
    workers : int, optional
        FFT threads.
    """

    x: Array
    geometry: ConvGeometry
    boundary: Boundary
    mask: NumpyArray | None = None
    workers: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the kernel."""
        return self.geometry.kernel

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return self.geometry.output_size(self.x.shape)

    @property
    def _samples(self) -> tuple[slice, ...]:
        return samples_of(self.out_shape, self.geometry.stride)

    @property
    def _taps(self) -> tuple[slice, ...]:
        """Where the taps lie in the dilated kernel."""
        return tuple(slice(0, axis.span, axis.dilation) for axis in self.geometry.axes)

    def _padded(self) -> tuple[Array, tuple[int, ...]]:
        """Return the padded signal and the FFT shape."""
        padded = pad(self.x, self.geometry.padding, self.boundary)
        return padded, tuple(_fft.next_fast_len(n) for n in padded.shape)

    def _forward(self, x: Array) -> Array:
        padded, size = self._padded()
        kernel = zeros(self.geometry.span, x)
        kernel[self._taps] = x
        y = _product(padded, kernel, size, conjugate=False, workers=self.workers)
        y = y[tuple(slice(span - 1, None) for span in self.geometry.span)][self._samples]
        return weigh(y, self.mask)

    def _adjoint(self, y: Array) -> Array:
        y = upsample(weigh(y, self.mask), self._samples)
        padded, size = self._padded()
        lags = _product(padded, y, size, conjugate=True, workers=self.workers)
        lags = lags[tuple(slice(0, span) for span in self.geometry.span)]
        # lag j = span - 1 - l k belongs to tap k
        xp = namespace(lags)
        return xp.flip(lags, axis=tuple(range(lags.ndim)))[self._taps]


def _product(
    signal: Array, other: Array, size: tuple[int, ...], *, conjugate: bool, workers: int | None
) -> Array:
    """Return convolution of `other` with `signal`, or sum_m other[m] conj(signal[m + lag])."""
    xp = namespace(other)
    signal = like(signal, other)
    full = is_complex(signal) or is_complex(other)
    transform, back = (_fft.fftn, _fft.ifftn) if full else (_fft.rfftn, _fft.irfftn)
    a, b = transform(signal, size, workers=workers), transform(other, size, workers=workers)
    if not conjugate:
        return back(a * b, size, workers=workers)
    lags = back(a * xp.conj(b), size, workers=workers)  # sum_m conj(other[m]) signal[m + lag]
    return xp.conj(lags) if full else lags
