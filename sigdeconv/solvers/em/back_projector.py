"""Wiener-Butterworth back projector: a step that undoes the blur instead of repeating it.

The adjoint blurs the ratio once more, which is why Richardson-Lucy needs many iterations. Filtering
it with the Wiener inverse up to the resolution limit, and cutting off above with a Butterworth
filter, needs few (Guo et al. 2020, doi:10.1038/s41587-020-0560-x):

    B = conj(H) / (|H|^2 + alpha) / sqrt(1 + eps sum_i (f_i / c_i)^(2 n)),

with c_i = 1 / full width at half maximum of the kernel along axis i.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, like
from sigdeconv.operators.convolution import Convolution

__all__ = ["wiener_butterworth"]


@final
@dataclasses.dataclass(frozen=True)
class WienerButterworth:
    """The paper's constants.

    Attributes
    ----------
    alpha : float
        Of the Wiener part, in units of the squared kernel sum.
    beta : float
        What the Butterworth filter lets through at the cut-off.
    order : int
        Its steepness.
    """

    alpha: float = 1e-3
    beta: float = 1e-3
    order: int = 10


FILTER = WienerButterworth()


def wiener_butterworth(A: Convolution, model: Array) -> Array:
    """Return the transfer function of the back projector on the FFT grid of `A`.

    Its value at frequency zero is that of the adjoint.

    Raises
    ------
    ValueError
        If there is a stride.
    """
    if any(s != 1 for s in A.stride):
        raise ValueError(
            f"back_projector='wiener-butterworth' needs data without a stride; psf has stride "
            f"{A.stride}. Use back_projector='exact'"
        )
    shape = A.grid.shape
    H = np.asarray(A.transfer(np.zeros(1)))
    top = float(np.sum(A.psf)) ** 2
    power = np.abs(H) ** 2 / top
    wiener = np.conj(H) * (1 + FILTER.alpha) / (power + FILTER.alpha)
    radius = np.zeros((1,) * len(shape))
    for axis, n in enumerate(shape):
        f = _fft.frequencies(n, axis == len(shape) - 1)
        relative = np.abs(f) * width(A.psf, axis) * A.dilation[axis]
        radius = radius + np.reshape(
            relative**2, [-1 if k == axis else 1 for k in range(len(shape))]
        )
    return like(wiener / np.sqrt(1 + (1 / FILTER.beta**2 - 1) * radius**FILTER.order), model)


def width(psf: NumpyArray, axis: int) -> float:
    """Return the full width at half maximum of a kernel along an axis, at least one sample."""
    others = tuple(k for k in range(psf.ndim) if k != axis)
    profile = np.max(psf, axis=others) if others else psf
    above = np.flatnonzero(profile >= profile.max() / 2)
    half, first, last = profile.max() / 2, int(above[0]), int(above[-1])

    def beyond(inside: int, outside: int) -> float:
        """Return how far beyond `inside` the profile falls to a half, by linear interpolation."""
        value = float(profile[outside]) if 0 <= outside < profile.size else 0.0
        fall = float(profile[inside]) - value
        return (float(profile[inside]) - half) / fall if fall > 0 else 0.0

    found = last - first + beyond(first, first - 1) + beyond(last, last + 1)
    return max(found, 1.0) if math.isfinite(found) else 1.0
