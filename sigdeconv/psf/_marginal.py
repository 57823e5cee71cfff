"""How likely a kernel is, given the power spectrum of the data alone: the scene marginalised.

A tile p of a blurred scene has the expected periodogram

    S_p(f) = |H(f)|^2 c_p f^-a_p g(f) + N
    log g(f) = -a log f - 4 pi^2 v f^2 + sum_k d_k B_k(log f)

with a level c_p of its own, the exponent a of a power law and what a tile has more of it, a_p, the
variance v of the blur that sharp pictures have anyway, smooth deviations d_k, and the noise floor
N. All but the kernel have Gaussian priors and are integrated out by Laplace's method; the
periodograms enter by the likelihood of Whittle, sum w (log S + P / S). To maximise over image and
kernel together would prefer no blur at all [1]_.

References
----------
.. [1] A. Levin, Y. Weiss, F. Durand, W. T. Freeman, "Understanding blind deconvolution algorithms",
   IEEE Trans. Pattern Anal. Mach. Intell. 33, 2354 (2011), :doi:`10.1109/TPAMI.2011.148`.
"""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv.psf._spectra import TileSpectra, Values

__all__ = ["SCENES", "Likelihood", "ScenePrior"]


@final
@dataclasses.dataclass(frozen=True)
class ScenePrior:
    """What spectra of scenes are like; tuned on seven photographs, see ``benchmarks/psf.py``.

    Attributes
    ----------
    exponent : tuple of float
        Mean exponent of the power law in 1-D, 2-D, and from 3-D on.
    exponent_spread : tuple of float
        Its standard deviation.
    own_blur, own_blur_spread : tuple of float
        Mean and standard deviation of the variance of a sharp picture's own blur, in squared
        samples.
    deviation : tuple of float
        Standard deviation of the smooth deviations of a log spectrum.
    octave : float
        Their scale in log frequency.
    turning : float
        Standard deviation of the dependence on direction, in log power.
    level_spread : float
        Standard deviation of the levels of tiles, in log power.
    tile_spread : float
        Standard deviation of the exponents of tiles: edges and textures differ.
    """

    exponent: tuple[float, float, float] = (2.0, 2.75, 2.0)
    exponent_spread: tuple[float, float, float] = (0.5, 0.2, 1.5)
    own_blur: tuple[float, float, float] = (0.05, 0.05, 0.0)
    own_blur_spread: tuple[float, float, float] = (0.08, 0.08, 0.02)
    deviation: tuple[float, float, float] = (0.3, 0.25, 0.15)
    octave: float = 0.6
    turning: float = 0.5
    level_spread: float = 5.0
    tile_spread: float = 0.1


SCENES = ScenePrior()


class Likelihood:
    """The negative log likelihood of a kernel's power, the scene marginalised.

    Each call starts where the last one ended, so that a search is quick.
    """

    def __init__(self, found: TileSpectra, prior: ScenePrior = SCENES) -> None:
        self.spectra = found
        f = found.cells.frequency
        ndim = len(found.cells.shape)
        x = np.log(f / 0.1)
        reach = np.arange(math.log(0.12), math.log(7.5) + prior.octave, prior.octave)
        bumps = np.exp(-0.5 * ((x[:, None] - reach) / prior.octave) ** 2)
        turns = (
            found.cells.direction.T if np.ptp(found.cells.direction) > 0.5 else f[:, None][:, :0]
        )
        self.columns = np.column_stack([-x, -4 * np.pi**2 * f**2, bumps, turns])
        size = self.columns.shape[1] + 1
        case = min(ndim, 3) - 1
        self.mean = np.zeros(size)
        self.mean[:2] = prior.exponent[case], prior.own_blur[case]
        inner = (x > reach[0]) & (x < reach[-1])
        gain = math.sqrt(float(np.mean((bumps[inner] ** 2).sum(axis=1)))) if inner.any() else 1.0
        spread = np.full(size, prior.deviation[case] / gain)
        spread[:2] = prior.exponent_spread[case], prior.own_blur_spread[case]
        spread[2 + bumps.shape[1] : -1] = prior.turning
        spread[-1] = 20.0  # the noise floor may be anything
        tail = np.sort(found.power[:, np.argsort(f)[-max(f.size // 8, 3) :]].mean(axis=1))
        self.mean[-1] = math.log(float(tail[len(tail) // 10]) + 1e-300)
        self.precision = 1 / spread**2
        # Of one tile: its level, and its exponent.
        self.own = np.stack([np.ones_like(x), -x])
        self.own_squares = (self.own[:, None] * self.own).reshape(4, -1)
        self.own_precision = np.array([prior.level_spread, prior.tile_spread]) ** -2.0
        self.own_mean = np.zeros(2)
        self.state: tuple[Values, Values] | None = None

    def start(self, power: Values) -> tuple[Values, Values]:
        """Return a first guess of the common parameters and of the tiles' own."""
        found, b = self.spectra, self.mean.copy()
        b[-1] -= 0.5
        low = np.argsort(found.cells.frequency)[: max(found.cells.frequency.size // 8, 3)]
        shape = power[low] * np.exp(self.columns[low] @ b[:-1])
        levels = np.log(
            np.maximum((found.power[:, low] / np.maximum(shape, 1e-9)).mean(axis=1), 1e-12)
        )
        self.own_mean = np.array([float(levels.mean()), 0.0])
        return b, np.column_stack([levels, np.zeros_like(levels)])

    def value(self, power: Values, b: Values, tiles: Values) -> tuple[float, Values, Values]:
        """Return the penalised misfit, the scene's part of the spectrum, and the spectrum."""
        found = self.spectra
        scene = power * np.exp(np.clip(self.columns @ b[:-1], -60, 60))
        part = scene * np.exp(np.clip(tiles @ self.own, -60, 60))
        whole = part + math.exp(min(max(b[-1], -100.0), 100.0))
        fit = float(np.sum(found.weight * (np.log(whole) + found.power / whole)))
        fit += 0.5 * float(np.sum(self.precision * (b - self.mean) ** 2))
        fit += 0.5 * float(np.sum(self.own_precision * (tiles - self.own_mean) ** 2))
        return fit, part, whole

    def _fisher(self, b: Values, tiles: Values, part: Values, whole: Values) -> tuple[Values, ...]:
        """Return gradients and information of the common parameters, the tiles', and between."""
        found = self.spectra
        share, floor = part / whole, math.exp(max(b[-1], -100.0)) / whole
        rest = found.weight * (1 - found.power / whole)
        weighted = found.weight * share
        gradient = np.append((rest * share).sum(axis=0) @ self.columns, np.sum(rest * floor))
        gradient += self.precision * (b - self.mean)
        slope = (rest * share) @ self.own.T + self.own_precision * (tiles - self.own_mean)
        squares = weighted * share
        size = b.size
        information = np.diag(self.precision)
        information[:-1, :-1] += (self.columns * squares.sum(axis=0)[:, None]).T @ self.columns
        cross = (weighted * floor).sum(axis=0) @ self.columns
        information[:-1, -1] += cross
        information[-1, :-1] += cross
        information[-1, -1] += float(np.sum(found.weight * floor**2))
        own = (squares @ self.own_squares.T).reshape(-1, 2, 2) + np.diag(self.own_precision)
        between = np.empty((len(tiles), 2, size))
        for k, column in enumerate(self.own):
            between[:, k, :-1] = (squares * column) @ self.columns
            between[:, k, -1] = (weighted * floor) @ column
        return gradient, slope, information, own, between

    def __call__(self, power: Values, *, rounds: int = 60, tol: float = 1e-4) -> float:
        """Return the negative log likelihood of a kernel of that power in the cells."""
        b, tiles = self.start(power) if self.state is None else self.state
        value, part, whole = self.value(power, b, tiles)
        damping = 1e-5
        for _ in range(rounds):
            g, gl, info, own, between = self._fisher(b, tiles, part, whole)
            before = value
            while damping < 1e7:
                gain = np.asarray(np.linalg.inv(own * (1 + damping * np.eye(2))), float)
                reduced = info + damping * np.diag(np.diag(info)) - _between(between, gain)
                alone = (gain @ gl[..., None])[..., 0]
                step = -np.linalg.solve(reduced, g - np.tensordot(alone, between, 2))
                move = -alone - (gain @ (between @ step)[..., None])[..., 0]
                size = max(float(np.abs(step).max()), float(np.abs(move).max()), 1e-30)
                step, move = step * min(1, 3 / size), move * min(1, 3 / size)
                trial = self.value(power, b + step, tiles + move)
                if trial[0] <= value + 1e-9:
                    b, tiles = b + step, tiles + move
                    value, part, whole = trial
                    break
                damping *= 8
            damping = max(damping / 10, 1e-9)
            if before - value < tol:
                break
        self.state = b, tiles
        # The information is that of the last round: where that ended it has hardly changed.
        reduced = info - _between(between, np.asarray(np.linalg.inv(own), float))
        volume = float(np.linalg.slogdet(reduced)[1]) + float(np.linalg.slogdet(own)[1].sum())
        return value + 0.5 * volume

    def spectrum(self, power: Values) -> tuple[Values, Values]:
        """Return the mean spectrum over tiles that the last fit expects, and its noise floor."""
        assert self.state is not None
        _, _, whole = self.value(power, *self.state)
        floor = math.exp(max(self.state[0][-1], -100.0))
        return np.asarray(whole.mean(axis=0)), np.asarray(floor)


def _between(between: Values, gain: Values) -> Values:
    """Return the information that the tiles' own parameters take from the common ones."""
    flat = between.reshape(-1, between.shape[-1])
    return np.asarray(flat.T @ (gain @ between).reshape(flat.shape))
