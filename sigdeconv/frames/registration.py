"""Where frames of one scene stand, to hundredths of a sample, by their likelihood.

In the Fourier basis a strided convolution mixes few frequencies: those of the scene that fall on
one of the data. With shifts s_k of the frames and a spectrum S of the scene, data at one frequency
are Gaussian,

    y ~ N(0, G),   G = B S B^H + N,   B_kq = H_k(q) exp(2 pi i q s_k) / factor^n

over the aliases q. The scene is integrated out, so no frame is registered to another one's aliases
or noise, and frames are weighted by their levels. The shifts go up the likelihood by scoring; the
levels N_k follow by the fixed point of their own likelihood, so that a frame which does not fit the
others becomes a loud one. Frames are tapered by a window that moves with the scene.

M. Guizar-Sicairos, S. T. Thurman, J. R. Fienup, "Efficient subpixel image registration algorithms",
Opt. Lett. 33, 2008, doi:10.1364/OL.33.000156, register frame to frame; D. Robinson, S. Farsiu,
P. Milanfar, "Optimal registration of aliased images using variable projection", Comput. J. 52,
2009, doi:10.1093/comjnl/bxm007, eliminate the scene as here.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any, final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import NumpyArray
from sigdeconv.noise import estimate_noise

__all__ = ["Registration", "align", "coarse_shifts"]


@final
@dataclasses.dataclass(frozen=True)
class RegistrationLimits:
    """Constants of the registration.

    Attributes
    ----------
    steps : int
        Scoring steps, at most.
    tol : float
        Change of every shift, in samples of the data, below which they end.
    settled : float
        The same of a level, as a part of it.
    longest : float
        Longest step, in samples: whole samples are found before.
    slope : float
        Exponent of the scene's power over frequency.
    lowest : float
        Cycles along an axis below which a frequency of the data is that of the window.
    least : int
        Samples that frames must have in common on each axis.
    alone : float
        Peak of a correlation, in its deviations, in units of the others' peaks, below which a frame
        agrees with none.
    """

    steps: int = 30
    tol: float = 2e-4
    settled: float = 0.01
    longest: float = 0.4
    slope: float = 2.5
    lowest: float = 2.5
    least: int = 12
    alone: float = 0.5


REGISTRATION = RegistrationLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Registration:
    """What the likelihood says of frames.

    Attributes
    ----------
    shifts : array, shape (P, n)
        Where sample 0 of each frame stands in the first one, in samples of the data.
    noise : array, shape (P,)
        Standard deviation of what the other frames do not predict of each.
    std : array, shape (P, n)
        Standard deviation of the shifts, if frames differ by noise alone.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.frames import Registration
    >>> Registration(np.array([[0.0], [0.5]]), np.ones(2), np.zeros((2, 1))).shifts.shape
    (2, 1)
    """

    shifts: NumpyArray
    noise: NumpyArray
    std: NumpyArray


def coarse_shifts(frames: list[NumpyArray]) -> tuple[NumpyArray, int]:
    """Return the shifts in whole samples, and which frame agrees best with the others.

    By the peak of their correlation, the spectra weighed by one over their common amplitude.
    """
    shape = frames[0].shape
    grid = tuple(_fft.next_fast_len(2 * n) for n in shape)
    spectra = [_fft.rfftn(_window(shape) * (f - f.mean()), grid) for f in frames]
    power = np.median([np.abs(F) ** 2 for F in spectra], axis=0)
    whitened = [F / np.sqrt(power + 1e-3 * power.mean()) for F in spectra]
    count, ndim = len(frames), len(shape)
    shifts, height = np.zeros((count, count, ndim)), np.zeros((count, count))
    for j, k in itertools.combinations(range(count), 2):
        scores = np.asarray(_fft.irfftn(whitened[j] * np.conj(whitened[k]), grid))
        at = np.unravel_index(int(np.argmax(scores)), grid)
        moved = [(p + n // 2) % n - n // 2 for p, n in zip(at, grid, strict=True)]
        shifts[j, k], shifts[k, j] = np.negative(moved), moved
        height[j, k] = height[k, j] = scores[at] / scores.std()
    best = int(np.argmax(np.median(height + np.diag(height.max(axis=1)), axis=1)))
    found = shifts[:, best]
    # A frame that agrees with no other stands anywhere; in the middle it costs no common area.
    others = np.delete(height[best], best)
    alone = height[best] < REGISTRATION.alone * np.median(others)
    alone[best] = False
    found[alone] = np.round(np.median(found[~alone], axis=0))
    return found, best


def align(
    frames: list[NumpyArray],
    psfs: list[NumpyArray],
    factor: tuple[int, ...],
    shifts: NumpyArray | None = None,
    *,
    fixed: bool = False,
) -> Registration:
    """Return shifts and levels of frames of one shape.

    Parameters
    ----------
    frames : list of array
        The data.
    psfs : list of array
        A kernel each, in samples of the scene.
    factor : tuple of int
        Samples of the scene to a sample of the data, on each axis.
    shifts : array, shape (P, n), optional
        Shifts to begin with.
    fixed : bool
        Keep them, and find the levels alone.

    Raises
    ------
    ValueError
        If the frames have too little in common.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> psf, at = sd.psf.gaussian(1.0, ndim=1), np.array([[0.0], [0.5]])
    >>> A = sd.frames.frame_operator((200,), [psf, psf], at, (2,))
    >>> frames = A(np.random.default_rng(0).standard_normal(A.shape).cumsum())
    >>> found = sd.frames.align(list(frames), [psf, psf], (2,)).shifts
    >>> bool(abs(found[1] - found[0] - 0.5).max() < 0.05)
    True
    """
    reference = 0
    if shifts is None:
        shifts, reference = coarse_shifts(frames)
    whole = np.round(shifts).astype(int)
    cut, size = _common(whole, frames[0].shape)
    if min(size) < min(REGISTRATION.least, *frames[0].shape):
        raise ValueError(
            f"frames have {size} samples in common, of {frames[0].shape}; expected at least "
            f"{REGISTRATION.least} on each axis. Give the shifts, or frames that overlap more"
        )
    likelihood = _Likelihood([f[c] for f, c in zip(frames, cut, strict=True)], psfs, factor)
    rest, noise, std = likelihood.climb(shifts - whole, reference, fixed)
    return Registration(whole + rest, noise, std)


def _common(whole: NumpyArray, shape: tuple[int, ...]) -> tuple[list[Any], tuple[int, ...]]:
    """Return the part of each frame that all of them see, to a sample, and its shape."""
    first = whole.max(axis=0)
    last = whole.min(axis=0) + np.asarray(shape)
    size = tuple(int(n) for n in last - first)
    starts = [tuple(int(n) for n in first - w) for w in whole]
    return [
        tuple(slice(a, a + n) for a, n in zip(start, size, strict=True)) for start in starts
    ], size


def _window(shape: tuple[int, ...], at: Any = 0.0) -> NumpyArray:
    """Return a taper of which the middle three quarters are one, moved by a part of a sample."""
    made: NumpyArray = np.ones(())
    moved = np.broadcast_to(np.asarray(at, float), (len(shape),))
    for n, a in zip(shape, moved, strict=True):
        u = np.clip(np.abs((np.arange(n) + a - (n - 1) / 2) / (n / 2 + 1)), 0, 1)
        flank = 0.5 + 0.5 * np.cos(np.pi * np.clip(4 * u - 3, 0, 1))
        made = np.multiply.outer(made, flank)
    return made


@final
class _Likelihood:
    """Data of one shape, and what any shifts make of their likelihood."""

    def __init__(
        self, frames: list[NumpyArray], psfs: list[NumpyArray], factor: tuple[int, ...]
    ) -> None:
        self.frames, self.factor, self.shape = frames, factor, frames[0].shape
        self.mean = [float(f.mean()) for f in frames]
        fine = tuple(n * s for n, s in zip(self.shape, factor, strict=True))
        bins = [np.fft.fftfreq(n) * n for n in fine]
        # The frequencies of the scene, the aliases of one of the data on a last axis.
        waves = np.stack(np.meshgrid(*[b / n for b, n in zip(bins, fine, strict=True)],
                                     indexing="ij"))  # fmt: skip
        self.q = np.stack([self._grouped(w) for w in waves])
        transfer = [self._grouped(_transfer(psf, fine)) for psf in psfs]
        self.H = np.stack(transfer, axis=1) / math.prod(factor)  # (frequencies, frames, aliases)
        data = np.stack(np.meshgrid(*[np.fft.fftfreq(n) * n for n in self.shape], indexing="ij"))
        self.live = np.ravel(np.sum(data**2, axis=0) > REGISTRATION.lowest**2)
        power = np.sum(self.q**2, axis=0)  # squared distance from frequency zero
        least = 1.0 / max(fine) ** 2
        law = np.maximum(power, least) ** (-REGISTRATION.slope / 2)
        # Alike at first: the level of a smeared frame, taken alone, would be the lowest.
        level = float(np.median([_level(f) for f in frames]))
        self.floor = max(1e-4 * float(np.std(frames)), 1e-12) ** 2
        self.noise = np.full(len(frames), max(level**2, self.floor))
        spectra = self._spectra(np.zeros((len(frames), len(self.shape))))
        seen = np.sum(np.abs(self.H) ** 2 * law[:, None, :], axis=2)
        energy = np.abs(spectra) ** 2 - self.noise
        strong = self.live[:, None] & (seen > 0.1 * seen[self.live].max())
        self.law = law * max(float(np.median((energy / seen)[strong])), 1e-12)

    def _grouped(self, a: NumpyArray) -> NumpyArray:
        """Return values on the scene's frequencies as (frequencies of the data, aliases)."""
        pairs: list[int] = []
        for n, s in zip(self.shape, self.factor, strict=True):
            pairs += [s, n]
        split = np.reshape(a, pairs)
        ndim = len(self.shape)
        order = [2 * k + 1 for k in range(ndim)] + [2 * k for k in range(ndim)]
        return np.reshape(np.transpose(split, order), (math.prod(self.shape), -1))

    def _spectra(self, shifts: NumpyArray) -> NumpyArray:
        """Return the spectra of the tapered frames, (frequencies, frames), a unit of noise each."""
        made = []
        for f, mean, s in zip(self.frames, self.mean, shifts, strict=True):
            taper = _window(self.shape, s)
            made.append(np.ravel(_fft.fftn(taper * (f - mean), self.shape))
                        / math.sqrt(float(np.sum(taper**2))))  # fmt: skip
        return np.stack(made, axis=1)

    def climb(
        self, shifts: NumpyArray, reference: int, fixed: bool
    ) -> tuple[NumpyArray, NumpyArray, NumpyArray]:
        """Return the most likely shifts, those of the reference kept; levels; their errors."""
        count, ndim = shifts.shape
        free = [k for k in range(count) if k != reference]
        std = np.zeros((count, ndim))
        shifts = shifts.copy()
        for _ in range(REGISTRATION.steps):
            before = self.noise
            slope, bend = self._derivatives(shifts)
            settled = np.abs(self.noise / before - 1).max() < REGISTRATION.settled
            if fixed or not free:
                if settled:
                    break
                continue
            index = np.concatenate([[k * ndim + a for a in range(ndim)] for k in free])
            bend = bend[np.ix_(index, index)]
            bend = bend + 1e-9 * np.trace(bend) / len(index) * np.eye(len(index))
            step = np.linalg.solve(bend, slope.ravel()[index]).reshape(-1, ndim)
            step = np.clip(step, -REGISTRATION.longest, REGISTRATION.longest)
            shifts[free] = np.clip(shifts[free] + step, -2, 2)
            std[free] = np.sqrt(np.diag(np.linalg.inv(bend))).reshape(-1, ndim)
            if settled and np.abs(step).max() < REGISTRATION.tol:
                break
        return shifts, np.sqrt(self.noise), std

    def _derivatives(self, shifts: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
        """Return slope and expected bend of the log-likelihood, and renew the levels."""
        Y, live = self._spectra(shifts)[self.live], self.live
        scaled = shifts * np.asarray(self.factor)  # in samples of the scene
        q, law = self.q[:, live], self.law[live]
        turn = np.exp(2j * np.pi * np.einsum("dfa,kd->fka", q, scaled))
        B = self.H[live] * turn
        SB = law[:, None, :] * np.conj(B)
        G = np.einsum("fka,fja->fkj", B, SB) + np.diag(self.noise)
        inverse = np.linalg.inv(G)
        z = np.einsum("fkj,fj->fk", inverse, Y)
        X = np.einsum("fka,fk->fa", SB, z)
        slopes, tangents = [], []
        for d, s in enumerate(self.factor):
            dB = 2j * np.pi * s * q[d][:, None, :] * B
            tangent = np.einsum("fka,fa->fk", dB, X)
            expected = np.einsum("fka,fja,fjk->k", dB, SB, inverse)
            slopes.append(np.real(np.sum(np.conj(z) * tangent, axis=0) - expected))
            tangents.append(tangent)
        J = np.stack(tangents, axis=2)  # (frequencies, frames, axes)
        bend = np.real(np.einsum("fjd,fjk,fke->jdke", np.conj(J), inverse, J))
        size = shifts.size
        # The fixed point of the likelihood of the levels.
        fitted = np.sum(np.abs(z) ** 2, axis=0) / np.real(np.einsum("fkk->k", inverse))
        self.noise = np.maximum(self.noise * np.sqrt(fitted), self.floor)
        return np.stack(slopes, axis=1), bend.reshape(size, size)


def _level(frame: NumpyArray) -> float:
    """Return the level of the noise of a frame; a part of its spread where that fails."""
    try:
        level = estimate_noise(frame)
    except ValueError:
        level = 0.0
    return max(level, 1e-3 * float(frame.std()))


def _transfer(psf: NumpyArray, shape: tuple[int, ...]) -> NumpyArray:
    """Return the spectrum of a kernel on a periodic grid, its middle at sample 0."""
    placed = np.zeros(shape)
    at = [(np.arange(k) - k // 2) % n for k, n in zip(psf.shape, shape, strict=True)]
    np.add.at(placed, np.ix_(*at), psf)
    return np.asarray(_fft.fftn(placed, shape))
