"""A start from half the samples: what is smooth is found there for a fraction of the cost.

A kernel that lets little through beyond a quarter of a cycle a sample blurs sums of pairs of
samples as it blurs samples. Sums of counts are counts, so a few accelerated steps on them are steps
of Richardson-Lucy, for half the cost an axis: some coarse steps, about half of what the noise
bears, since what they fit of it stays. The estimate is refined by parabolas whose mean
over a pair is the value of the pair: c -+ d, with

    d = (3 c[-2] - 22 c[-1] + 22 c[1] - 3 c[2]) / 128,

and the kernel between pairs is the one that follows: refine a pair, blur, and take sums.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, as_like, like, namespace, to_numpy
from sigdeconv.operators.boundary import pad
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.em.acceleration import HeavyBall
from sigdeconv.solvers.em.coarse import coarser
from sigdeconv.solvers.em.run import em_iteration
from sigdeconv.solvers.em.settings import EMSettings

__all__ = ["coarse_start"]


@final
@dataclasses.dataclass(frozen=True)
class CoarseStart:
    """Constants of the coarse start, each chosen by eye.

    benchmarks/richardson_lucy.py (quality) measures what comes of them together.

    Attributes
    ----------
    steps : int
        Most accelerated iterations on pairs.
    caution : float
        Light over noise for each of them: half of what the data bear.
    passed : float
        What the kernel lets through beyond a quarter of a cycle, at most, of its sum.
    shortest : int
        Samples of an axis that is halved, at least.
    darkest : float
        Least value of the start, as a part of the mean: it has to be positive.
    """

    steps: int = 5
    caution: float = 4.0
    passed: float = 0.1
    shortest: int = 32
    darkest: float = 1e-2


COARSE = CoarseStart()
# Slope of a parabola through sums of pairs: weights of the values from two before to two behind.
SLOPE_WEIGHTS = tuple(k / 128 for k in (3, -22, 0, 22, -3))


def coarse_start(y: Array, A: Convolution, settings: EMSettings) -> Array | None:
    """Return an estimate from pairs of samples on the domain of `A`; None if no axis has to spare.

    Parameters
    ----------
    y : array
        The data.
    A : Convolution
        Their operator.
    settings : EMSettings
        Of the run: its levels and its damping are those of the start too.
    """
    axes = _axes(A)
    y = A.weigh(y)
    background = as_like(settings.background, y, "background")
    readout_noise = as_like(settings.readout_noise, y, "readout_noise")
    count = _count(y, A, axes[0], background) if axes else 0
    if count == 0:
        return None
    factors = tuple(2 if axis in axes else 1 for axis in range(y.ndim))
    size = 2 ** len(axes)
    psf, centre = to_numpy(A.psf), list(A.centre)
    for axis in axes:
        psf, centre[axis] = _between_pairs(psf, centre[axis], axis)
    psf = np.clip(psf, 0, None)
    data, mask = coarser(y, factors) * size, None
    if A.mask is not None:  # the likelihood of a sum has the mean weight of what it sums
        mask = coarser(to_numpy(A.mask), factors)
        data = data / like(np.where(mask > 0, mask, 1.0), data)
    B = Convolution.for_data(
        psf * (float(np.sum(A.psf)) / float(np.sum(psf))),
        data.shape,
        boundary=A.boundary,
        centre=centre,
        mask=mask,
        workers=A.workers,
    )
    coarse = EMSettings(
        background=_sums(background, factors, size, 1),
        readout_noise=_sums(readout_noise, factors, size, 2),
        damping=settings.damping,
        acceleration=HeavyBall(),
    )
    steps = em_iteration([(data, B)], coarse)
    *_, (x, _) = itertools.islice(steps, count + 1)
    for axis in axes:
        x = _refined(x, axis)
    before = [
        a.start - b.start * factor for a, b, factor in zip(A.window, B.window, factors, strict=True)
    ]
    widths = [(b, n - b - m) for b, n, m in zip(before, A.shape, x.shape, strict=True)]
    x = pad(x, widths, "nearest")
    xp = namespace(x)
    return xp.clip(x, min=COARSE.darkest * float(xp.mean(x))) / size


def _axes(A: Convolution) -> list[int]:
    """Return the axes that may be halved."""
    usual = Convolution.for_data(
        A.psf, A.out_shape, boundary=A.boundary, centre=A.centre, path=A.path
    )
    if (usual.shape, usual.padding) != (A.shape, A.padding) or set(A.dilation) != {1}:
        return []
    psf = to_numpy(A.psf)
    size = [max(2 * k, 16) for k in psf.shape]
    passed = np.abs(np.asarray(_fft.fftn(psf.astype(float), size)))
    found = []
    for axis, n in enumerate(A.out_shape):
        far = np.abs(_fft.frequencies(size[axis], False)) >= 0.25
        least = max(COARSE.shortest, 2 * psf.shape[axis])
        # An odd sample at the end is left out, where the scene goes on behind it.
        fits = n >= least and (A.boundary == "unknown" or n % 2 == 0)
        if fits and np.max(np.compress(far, passed, axis)) < COARSE.passed * passed.flat[0]:
            found.append(axis)
    return found


def _count(y: Array, A: Convolution, axis: int, background: Array) -> int:
    """Return the number of steps, a quarter of the ratio of light to noise at most.

    It is about half of what the data bear. Second differences along a smooth axis are noise alone.
    """
    xp = namespace(y)
    sample = xp.moveaxis(y, axis, 0)
    curved = (sample[:-2, ...] - 2 * sample[1:-1, ...] + sample[2:, ...]) ** 2
    if A.mask is not None:
        good = xp.moveaxis(like(A.mask, y), axis, 0) > 0
        good = good[:-2, ...] & good[1:-1, ...] & good[2:, ...]
        curved = curved[good] if bool(xp.any(good)) else curved
    noise = (float(xp.mean(curved)) / 6) ** 0.5
    light = float(xp.mean(y)) - float(xp.mean(background))
    if light <= 0:
        return 0
    noise *= COARSE.caution
    return COARSE.steps if COARSE.steps * noise <= light else round(light / noise)


def _refined(c: Array, axis: int) -> Array:
    """Return two samples for each along an axis, whose mean it is."""
    xp = namespace(c)
    c = xp.moveaxis(c, axis, 0)
    n = c.shape[0]
    padded = pad(c, [(2, 2)] + [(0, 0)] * (c.ndim - 1), "nearest")
    slope = xp.zeros_like(c)
    for k, weight in enumerate(SLOPE_WEIGHTS):
        slope = slope + weight * padded[k : k + n, ...]
    pairs = xp.stack([c - slope, c + slope], axis=1)
    return xp.moveaxis(xp.reshape(pairs, (2 * n, *c.shape[1:])), 0, axis)


def _between_pairs(psf: NumpyArray, centre: int, axis: int) -> tuple[NumpyArray, int]:
    """Return the kernel between pairs along an axis, and its centre."""
    h = np.moveaxis(psf, axis, 0)
    reach = (max(centre, h.shape[0] - 1 - centre) + 1) // 2 + 3  # pairs on either side
    one = np.zeros(2 * reach + 1)
    one[reach] = 1
    refined = to_numpy(_refined(one, 0)) / 2
    g = np.zeros((2 * reach + 1, *h.shape[1:]))
    for k in range(h.shape[0]):
        moved = np.roll(refined, k - centre)
        g += np.multiply.outer(moved[0::2] + moved[1::2], h[k])
    return np.moveaxis(g, 0, axis), reach


def _sums(level: Array, factors: tuple[int, ...], size: int, power: int) -> Array:
    """Return a level of sums: of light for a power of 1, of standard deviations for 2."""
    level = level**power
    return (size * (coarser(level, factors) if level.ndim else level)) ** (1 / power)
