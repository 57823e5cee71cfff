"""A part of large data that stands for the whole: a weight needs two digits, not all samples."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import final

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.operators.convolution import Convolution

__all__ = ["part_of"]


@final
@dataclasses.dataclass(frozen=True)
class PartSize:
    """Constants of the part, each chosen by eye.

    benchmarks/variational.py measures the weights that are found on it.

    Attributes
    ----------
    samples : int
        Of the part.
    slack : float
        Up to so many times as many are taken as they are.
    kernels, shortest : int
        An axis of the part has at least so many lengths of the kernel, and samples.
    """

    samples: int = 1 << 16
    slack: float = 1.3
    kernels: int = 4
    shortest: int = 16


PART = PartSize()


def part_of(
    values: NumpyArray, A: Convolution
) -> tuple[NumpyArray, Convolution, tuple[slice, ...]]:
    """Return a part of large data that is as rough as the whole, its operator, and where it is.

    Channels stand before the axes of the operator's data. The operator has no mask where the data
    are taken as they are, since their holes are filled.
    """
    n = len(A.shape)
    shape = values.shape[values.ndim - n :]
    if math.prod(shape) <= PART.slack * PART.samples or any(s > 1 for s in A.stride):
        return values, A, (slice(None),) * values.ndim
    # Equal shrinkage of all axes.
    ratio = (PART.samples / math.prod(shape)) ** (1 / n)
    size = tuple(
        min(m, max(round(m * ratio), PART.kernels * k, PART.shortest))
        for m, k in zip(shape, A.span, strict=True)
    )
    rough = np.zeros(shape)
    for axis in range(values.ndim - n, values.ndim):
        d = np.abs(np.diff(values, axis=axis, append=np.take(values, [-1], axis=axis)))
        rough += d.reshape(-1, *shape).mean(axis=0)
    mean = max(float(rough.mean()), 1e-300)

    def strangeness(at: tuple[slice, ...]) -> float:  # to 1e-9: rounding decides nothing
        return round(abs(math.log(max(float(rough[at].mean()), 1e-300) / mean)), 9)

    best = min(_parts(shape, size), key=strangeness)
    boundary = "unknown" if A.boundary == "periodic" else A.boundary
    mask = None if A.mask is None else A.mask[best]
    part = Convolution.for_data(
        A.psf, size, boundary=boundary, centre=A.centre, dilation=A.dilation, mask=mask
    )
    at = (*(slice(None),) * (values.ndim - n), *best)
    return values[at], part, at


def _parts(shape: tuple[int, ...], size: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Yield parts of a size, five along an axis."""

    def starts(m: int, k: int) -> list[int]:
        return sorted({round(q * (m - k)) for q in (0.0, 0.25, 0.5, 0.75, 1.0)})

    for corner in itertools.product(*(starts(m, k) for m, k in zip(shape, size, strict=True))):
        yield tuple(slice(a, a + k) for a, k in zip(corner, size, strict=True))
