"""How badly a prediction misses data that were held out, as a whole and place by place."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, to_numpy, zeros
from sigdeconv.stopping._rule import norm

__all__ = ["Floats", "bounded", "level_of", "mismatch", "mismatch_by_place", "weights_of"]

Floats = NDArray[np.float64]


@final
@dataclasses.dataclass(frozen=True)
class MisfitWeights:
    """Constants of the misfit of data held out.

    Attributes
    ----------
    weak : float
        Transfer function, as a part of its largest value, below which it counts as this much.
        Chosen on the first set of benchmarks/richardson_lucy_quality.py.
    place : int
        Samples of a place. Chosen by eye: a star is smaller, a texture larger.
    ordinary : float
        Part of the places whose noise is taken as it is; the rest may hold bright stars. Chosen by
        eye; benchmarks/richardson_lucy_star.py measures what comes of it.
    kept : int
        Samples up to which weights are kept for the next iteration; beyond, memory is worth more.
    """

    weak: float = 0.4
    place: int = 64
    ordinary: float = 0.9
    kept: int = 1 << 20


MISFIT = MisfitWeights()


def mismatch(held: Array, Ax: Array, psf: Array, mask: Array | None = None) -> float:
    """Return how badly `Ax` predicts `held`, up to a constant that depends on `held` alone.

    Frequencies count by 1 / max(|otf|, 0.4)^2, relative to the largest |otf| (`MisfitWeights`); the
    mean does not.

    Parameters
    ----------
    held, Ax : arrays of one shape
        Data that were held out, and their prediction, of the same unit.
    psf : array
        The kernel.
    mask : array, optional
        Weight of each sample.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import mismatch
    >>> held = np.array([0.0, 1.0, 3.0, 1.0])
    >>> mismatch(held, held, np.ones(1)) < mismatch(held, held[::-1], np.ones(1))
    True
    """
    filtered, _ = _filtered(held, Ax, psf, mask)
    return norm(filtered) ** 2


def _filtered(held: Array, Ax: Array, psf: Array, mask: Array | None) -> tuple[Array, Array]:
    """Return the transform of the difference, weighted; and what the half of a spectrum lacks.

    The squares of the first sum to the mismatch; the quotient of the two is the transform itself.
    """
    xp = namespace(held)
    rest = Ax - held
    if mask is not None:
        rest = rest * like(mask, held)
    rest = rest - xp.mean(rest)
    shape = tuple(rest.shape)
    wide = is_complex(rest) or np.iscomplexobj(psf)
    weight, counted = weights_of(psf, shape, wide, MISFIT.weak)
    transform = _fft.fftn if wide else _fft.rfftn
    return transform(rest, shape) * like(weight, rest), like(counted, rest)


def weights_of(
    psf: Array, shape: tuple[int, ...], wide: bool, weak: float
) -> tuple[NumpyArray, NumpyArray]:
    """Return 1 / max(|otf|, `weak`) of a kernel, times what a half-spectrum counts, and the latter.

    `wide` asks for the whole spectrum. The arrays are read-only, and made once for all iterations.
    """
    kernel = np.ascontiguousarray(psf)
    made = _weights if math.prod(shape) <= MISFIT.kept else _weights.__wrapped__
    return made(kernel.tobytes(), kernel.shape, kernel.dtype.str, shape, wide, weak)


@functools.lru_cache(maxsize=2)
def _weights(
    values: bytes,
    size: tuple[int, ...],
    dtype: str,
    shape: tuple[int, ...],
    wide: bool,
    weak: float,
) -> tuple[NumpyArray, NumpyArray]:
    """Return what `weights_of` does, for the bytes of a kernel."""
    psf = np.frombuffer(values, dtype).reshape(size)
    placed = np.zeros(shape, psf.dtype)
    np.add.at(placed, np.ix_(*(np.arange(k) % n for k, n in zip(size, shape, strict=True))), psf)
    otf = np.abs((_fft.fftn if wide else _fft.rfftn)(placed, shape))
    weight = 1 / np.maximum(otf / (otf.max() or 1.0), weak)
    counted = np.ones(1)
    if not wide:  # a half-spectrum: all but the first and, for an even length, last column twice
        twice = np.full(otf.shape[-1], 2.0)
        twice[0] = 1.0
        if shape[-1] % 2 == 0:
            twice[-1] = 1.0
        counted = np.sqrt(twice)
        weight = weight * counted
    weight.flags.writeable = counted.flags.writeable = False
    return weight, counted


def mismatch_by_place(held: Array, Ax: Array, psf: Array, mask: Array | None = None) -> Floats:
    """Return the terms of `mismatch` that belong to each place, a block of some 64 samples.

    They sum to `mismatch`.
    """
    filtered, counted = _filtered(held, Ax, psf, mask)
    shape = tuple(held.shape)
    xp = namespace(held)
    if is_complex(held) or np.iscomplexobj(psf):
        rest = _fft.ifftn(filtered, shape)
    else:
        rest = _fft.irfftn(filtered / counted, shape)
    edge = [min(n, max(round(MISFIT.place ** (1 / len(shape))), 1)) for n in shape]
    whole = tuple(-(-n // k) * k for n, k in zip(shape, edge, strict=True))
    squares = zeros(whole, xp.real(rest) if is_complex(rest) else rest)
    squares[tuple(slice(0, n) for n in shape)] = xp.abs(rest) ** 2
    pairs = [m for n, k in zip(whole, edge, strict=True) for m in (n // k, k)]
    blocks = xp.sum(xp.reshape(squares, tuple(pairs)), axis=tuple(range(1, 2 * len(shape), 2)))
    found: Floats = np.asarray(to_numpy(blocks), np.float64).ravel()
    found *= math.prod(shape)  # as in the transform
    return found


def level_of(noise: Floats, limit: float) -> float:
    """Return `limit` times the noise of an ordinary place; no limit where there is no noise."""
    ordinary = float(np.mean(np.minimum(noise, np.quantile(noise, MISFIT.ordinary))))
    return limit * ordinary if ordinary > 0 else math.inf


def bounded(terms: Floats, level: float) -> float:
    """Return the sum of terms that count in full up to `level`, and twice that at most.

    Above the level t a term u counts as 2 t - t^2 / u: the slope goes on, so that it never rests.
    """
    if level == math.inf:
        return float(np.sum(terms))
    high = np.maximum(terms, level)
    return float(np.sum(np.where(terms <= level, terms, 2 * level - level**2 / high)))
