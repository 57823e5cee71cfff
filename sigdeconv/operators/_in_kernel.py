"""Convolution as a map of its kernel, the signal held fixed: the second adjoint."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, final

from sigdeconv import _fft
from sigdeconv._array import Array, is_complex, like, namespace, zeros
from sigdeconv.operators.base import Operator
from sigdeconv.operators.boundary import pad

if TYPE_CHECKING:
    from sigdeconv.operators.convolution import Convolution

__all__ = ["KernelConvolution"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class KernelConvolution(Operator):
    """The convolution `A` of the fixed signal `x`, as a linear map of the kernel."""

    A: Convolution
    x: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the kernel."""
        return tuple(self.A.psf.shape)

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the data."""
        return self.A.out_shape

    def _grid(self) -> tuple[Array, tuple[int, ...], tuple[slice, ...]]:
        """Return the padded signal, the FFT shape and where the taps lie on it."""
        padded = pad(self.x, self.A._widths, self.A.boundary)
        size = tuple(_fft.next_fast_len(n) for n in padded.shape)
        taps = tuple(
            slice(0, d * (k - 1) + 1, d) for k, d in zip(self.shape, self.A._dilation, strict=True)
        )
        return padded, size, taps

    def _forward(self, x: Array) -> Array:
        padded, size, taps = self._grid()
        kernel = zeros(self.A.span, x)
        kernel[taps] = x
        first = tuple(span - 1 for span in self.A.span)
        y = _product(padded, kernel, size, conjugate=False, workers=self.A.workers)
        y = y[tuple(slice(f, None) for f in first)][self.A._slices]
        return self.A._masked(y)

    def _adjoint(self, y: Array) -> Array:
        y = self.A._masked(y)
        padded, size, taps = self._grid()
        lags = _product(padded, self.A._stuffed(y), size, conjugate=True, workers=self.A.workers)
        lags = lags[tuple(slice(0, span) for span in self.A.span)]
        # lag j = span - 1 - l k belongs to tap k
        xp = namespace(lags)
        return xp.flip(lags, axis=tuple(range(lags.ndim)))[taps]


def _product(
    signal: Array, other: Array, size: tuple[int, ...], *, conjugate: bool, workers: int | None
) -> Array:
    """Return convolution of `other` with `signal`, or sum_m other[m] conj(signal[m + lag])."""
    xp = namespace(other)
    signal = like(signal, other)
    wide = is_complex(signal) or is_complex(other)
    transform, back = (_fft.fftn, _fft.ifftn) if wide else (_fft.rfftn, _fft.irfftn)
    a, b = transform(signal, size, workers=workers), transform(other, size, workers=workers)
    if not conjugate:
        return back(a * b, size, workers=workers)
    lags = back(a * xp.conj(b), size, workers=workers)  # sum_m conj(other[m]) signal[m + lag]
    return xp.conj(lags) if wide else lags
