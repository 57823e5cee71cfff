"""Undecimated wavelet frames on a periodic grid: filter banks with W^T W = 1.

Level j filters the coarse band of the level before with taps 2^j samples apart, along each axis;
products of coarse and detail filters over the axes are the bands (a trous; Holschneider et al.
1989; Shensa 1992, doi:10.1109/78.157290). The taps of an orthogonal wavelet over the root of two,
or of a spline framelet (Ron & Shen 1997, doi:10.1006/jfan.1996.3079), have squared magnitudes that
sum to one at every frequency, so all bands together do too: the frame is Parseval.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, like, namespace
from sigdeconv._checks import integer, integers
from sigdeconv.operators.base import Operator

__all__ = ["FrameTransform", "details", "filter_bank", "taps_of"]


@functools.cache
def taps_of(wavelet: str) -> tuple[tuple[float, ...], ...]:
    """Return the taps of the coarse filter and of the detail filters of a wavelet.

    Raises
    ------
    ValueError
        If it is not known, or not orthogonal.
    """
    root = 2**0.5
    if wavelet == "linear":
        return (0.25, 0.5, 0.25), (root / 4, 0.0, -root / 4), (-0.25, 0.5, -0.25)
    if wavelet == "cubic":  # the binomials of order 4, whose squares sum to one as well
        return (
            (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16),
            (1 / 8, 2 / 8, 0.0, -2 / 8, -1 / 8),
            (6**0.5 / 16, 0.0, -(6**0.5) / 8, 0.0, 6**0.5 / 16),
            (-1 / 8, 2 / 8, 0.0, -2 / 8, 1 / 8),
            (1 / 16, -4 / 16, 6 / 16, -4 / 16, 1 / 16),
        )
    if wavelet == "haar":
        return (0.5, 0.5), (0.5, -0.5)
    if wavelet == "db2":
        s = 3**0.5
        coarse = tuple(v / 8 for v in (1 + s, 3 + s, 3 - s, 1 - s))
        return coarse, _mirrored(coarse)
    try:
        import pywt
    except ImportError:
        raise ValueError(
            f"wavelet must be 'linear', 'cubic', 'haar' or 'db2'; got {wavelet!r}. Others need "
            "PyWavelets, which is not installed: pip install PyWavelets"
        ) from None
    try:
        made = pywt.Wavelet(wavelet)
    except (ValueError, TypeError):
        raise ValueError(
            f"wavelet must be 'linear', 'cubic', 'haar', 'db2' or a discrete wavelet of "
            f"PyWavelets; got {wavelet!r}"
        ) from None
    if not made.orthogonal:
        raise ValueError(f"wavelet must be orthogonal; {wavelet!r} is not. Try 'sym4' or 'db4'")
    coarse = tuple(float(v) / root for v in made.dec_lo)
    return coarse, _mirrored(coarse)


def _mirrored(coarse: tuple[float, ...]) -> tuple[float, ...]:
    """Return the detail taps of an orthogonal wavelet: reversed, every other sign changed."""
    return tuple((-1) ** k * v for k, v in enumerate(reversed(coarse)))


def _transfer(taps: tuple[float, ...], f: NumpyArray) -> NumpyArray:
    """Return the transfer function of centred taps at the frequencies `f`."""
    at = np.arange(len(taps)) - len(taps) // 2
    return np.asarray(np.exp(-2j * np.pi * f[:, None] * at) @ np.asarray(taps))


def filter_bank(shape: tuple[int, ...], wavelet: str, levels: int) -> NumpyArray:
    """Return all bands on the half spectrum of a grid, the coarse one last.

    Parameters
    ----------
    shape : tuple of int
        The grid.
    wavelet : str
        See `taps_of`.
    levels : int
        Number of scales, at least 1.

    Returns
    -------
    ndarray of complex, shape (bands, *half spectrum)
        Squared magnitudes sum to one.
    """
    levels = integer("levels", levels, least=1)
    taps = taps_of(wavelet)
    last = len(shape) - 1
    coarse: NumpyArray = np.ones((1,) * len(shape), dtype=complex)
    bands = []
    for level in range(levels):
        factors = []
        for axis, n in enumerate(shape):
            f = _fft.frequencies(n, axis == last) * 2**level
            size = [-1 if k == axis else 1 for k in range(len(shape))]
            # An axis of one sample has no details.
            own = taps if n > 1 else taps[:1]
            factors.append([_transfer(t, f).reshape(size) for t in own])
        for choice in itertools.product(*(range(len(own)) for own in factors)):
            picked = [own[c] for own, c in zip(factors, choice, strict=True)]
            band = functools.reduce(np.multiply, picked)
            if any(choice):
                bands.append(coarse * band)
            else:
                following = coarse * band
        coarse = following
    return np.stack([*bands, coarse])


@functools.lru_cache(maxsize=4)
def details(shape: tuple[int, ...], wavelet: str, levels: int) -> NumpyArray:
    """Return all bands but the coarse one; of one sample, which has no details, one of zeros."""
    bank = filter_bank(shape, wavelet, levels)
    bands = bank[:-1] if len(bank) > 1 else np.zeros_like(bank)
    bands.flags.writeable = False
    return bands


@final
@dataclasses.dataclass(frozen=True, eq=False)
class FrameTransform(Operator):
    """The coefficients of a signal in an undecimated frame, one band on each index of axis 0.

    Parameters
    ----------
    shape : sequence of int
        Shape of the signal, which is taken as periodic.
    wavelet : str
        ``linear``, ``cubic``, ``haar``, ``db2``, or an orthogonal wavelet of PyWavelets.
    levels : int
        Number of scales.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators.wavelet import FrameTransform
    >>> W = FrameTransform((8,), "haar", 1)
    >>> bool(np.allclose(W.adjoint(W(np.arange(8.0))), np.arange(8.0)))
    True
    """

    shape: tuple[int, ...] = ()
    wavelet: str = "linear"
    levels: int = 2
    _bank: NumpyArray = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        shape = integers("shape", self.shape, np.size(self.shape), least=1)
        bank = filter_bank(shape, self.wavelet, self.levels)
        bank.flags.writeable = False
        for name, value in (("shape", shape), ("levels", int(self.levels)), ("_bank", bank)):
            object.__setattr__(self, name, value)

    @property
    def out_shape(self) -> tuple[int, ...]:
        """The bands."""
        return (self._bank.shape[0], *self.shape)

    def _forward(self, x: Array) -> Array:
        spectrum = _fft.rfftn(x, self.shape)
        return _fft.irfftn(spectrum[None, ...] * like(self._bank, x), self.shape)

    def _adjoint(self, y: Array) -> Array:
        xp = namespace(y)
        spectrum = _fft.rfftn(y, self.shape) * xp.conj(like(self._bank, y))
        return _fft.irfftn(xp.sum(spectrum, axis=0), self.shape)
