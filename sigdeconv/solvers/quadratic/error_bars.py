"""Error bars: the standard deviation of the error of a quadratic estimate.

For signals of power spectrum S and noise of variance N, the filter with penalty q errs by

    (q / (|H|^2 + q))^2 S + |H|^2 / (|H|^2 + q)^2 N        at each frequency.

With q = N / S, the Wiener filter, that is N / (|H|^2 + q), and the error bars are those of a
Gaussian posterior: the minimiser of |A x - y|^2 + x^H Q x is its mean and N (A^H A + Q)^-1 its
covariance. A penalty that is not the signal's own, as of Tikhonov, says how the estimate is made
and not what to expect of it; its error is that for the spectrum fitted to the data. Where the
operator is diagonal the variance is one number. Elsewhere it is estimated by what it means: draw a
signal of this spectrum, measure it, restore it, and look at the error (Papandreou & Yuille 2010,
"Gaussian sampling by local perturbations"). The same draws restored from the whole grid, whose
variance is known, take most of the randomness out of it away from the border.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import final

import numpy as np

from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace, to_numpy
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import PeriodicGrid, mean_weight
from sigdeconv.solvers.noise_level import periodogram_of, spectra_of
from sigdeconv.solvers.quadratic.problem import QuadraticProblem
from sigdeconv.solvers.spectra import Spectra

__all__ = ["Colour", "ErrorBars", "Posterior", "posterior_std"]

Colour = Callable[[NumpyArray], NumpyArray | float]


@final
@dataclasses.dataclass(frozen=True)
class ErrorBars:
    """Constants of the sampled error bars.

    Attributes
    ----------
    draws : int
        Signals that are drawn, measured and restored.
    tol, num_iter : float, int
        Accuracy of each restoration, as a fraction of the noise, and its most iterations.
    smoothing : float
        Standard deviation, in samples, of the Gaussian that evens out the variance map: 32 draws
        leave a quarter of the variance as noise in each sample, and the truth varies slowly.
    floor : float
        Least variance, as a part of that far from the border.
    """

    draws: int = 32
    tol: float = 0.02
    num_iter: int = 200
    smoothing: float = 1.5
    floor: float = 0.25


BARS = ErrorBars()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Posterior:
    """What the error bars of a quadratic estimate are made from, when they are asked for.

    Attributes
    ----------
    obs : Observation
        The data and their operator.
    problem : QuadraticProblem
        The grid and the penalty, its weight included.
    noise : float or None
        Variance of the noise; None to have it estimated.
    own : bool
        True when the penalty is noise over the signal's own spectrum. Otherwise they are those for
        the spectrum fitted to the data.
    colour : callable or None
        Power of the noise at |f| over its mean; None for white noise.
    """

    obs: Observation
    problem: QuadraticProblem
    noise: float | None
    own: bool
    colour: Colour | None = None

    def restore(self, y: Array) -> Array:
        """Return what the same filter makes of other data, on the operator's domain."""
        noise = self.noise if self.noise is not None else 1.0
        return self.problem.solve(y, tol=BARS.tol, num_iter=BARS.num_iter, noise=noise).x

    def std(self) -> Array:
        """Return the standard deviation of the error on the operator's domain."""
        law: Spectra | None = None
        if self.noise is None or not self.own:
            law = periodogram_of(self.obs).fit(noise=self.noise)
            law = law if self.colour is None else spectra_of(self.obs)
        noise = self.noise if self.noise is not None else law.noise if law is not None else 0.0
        signal = None if self.own or law is None else law.signal
        return posterior_std(self.obs.y, self.problem, noise, signal=signal, colour=self.colour)


def posterior_std(
    y: Array,
    problem: QuadraticProblem,
    noise: float,
    *,
    signal: Callable[[NumpyArray], NumpyArray] | None = None,
    colour: Colour | None = None,
    rng: int | np.random.Generator | None = 0,
) -> Array:
    """Return the standard deviation of the error on the operator's domain.

    Parameters
    ----------
    y : array
        The data; only their shape and kind matter.
    problem : QuadraticProblem
        The grid and the penalty, its weight included.
    noise : float
        Variance of the noise.
    signal : callable, optional
        Power spectrum of the signal at |f| > 0; by default the one that the penalty stands for.
    colour : callable, optional
        Power of the noise at |f| over its mean; white noise by default.
    rng : int or Generator
        Seed of the draws.
    """
    grid, A = problem.grid, problem.grid.A
    f = grid.frequencies.radius
    tint = np.ones_like(f) if colour is None else np.asarray(colour(f))
    power, spread, known = _expected(problem, noise * tint, signal)
    xp = namespace(y)
    if problem.free and grid.is_whole:
        return like(np.full(A.shape, math.sqrt(known)), xp.real(y))
    roots = None if colour is None else like(np.sqrt(tint), y)
    draw = _Draws(
        y, grid, like(np.sqrt(power), y), math.sqrt(noise), roots, np.random.default_rng(rng)
    )
    total, control = np.zeros(A.shape), np.zeros(A.shape)
    for _ in range(BARS.draws):
        if problem.free:
            x, data, on_grid = draw.free(like(spread, grid.otf))
            control += on_grid
        else:
            x, data = draw.constrained()
        found = problem.solve(data, tol=BARS.tol, num_iter=BARS.num_iter, noise=noise)
        total += _square(found.x - x)
    variance = total / BARS.draws
    if problem.free:
        variance = known + variance - control / BARS.draws
    from scipy.ndimage import gaussian_filter

    variance = gaussian_filter(variance, BARS.smoothing, mode="nearest")
    return like(np.sqrt(np.maximum(variance, BARS.floor * known)), xp.real(y))


def _expected(
    problem: QuadraticProblem,
    noise: NumpyArray,
    signal: Callable[[NumpyArray], NumpyArray] | None,
) -> tuple[NumpyArray, NumpyArray, float]:
    """Return the signal's spectrum, 1 / (|H|^2 + q), and the variance were the window the grid."""
    grid = problem.grid
    gain = np.abs(to_numpy(grid.otf)).astype(float) ** 2
    q = np.broadcast_to(to_numpy(problem.q).astype(float), gain.shape) / mean_weight(grid.A)
    total = gain + q
    spread = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    if signal is None:  # a frequency that costs nothing is free, whatever is drawn: draw nothing
        power = np.divide(noise, q, out=np.zeros_like(total), where=q > 0)
    else:
        f = np.broadcast_to(grid.frequencies.radius, gain.shape)
        power = np.zeros_like(total)
        power[f > 0] = signal(f[f > 0])
    error = (q * spread) ** 2 * power + gain * spread**2 * noise
    known = float(np.sum(grid.frequencies.multiplicity() * error)) / math.prod(grid.shape)
    return power, spread, known


@final
@dataclasses.dataclass(frozen=True, eq=False)
class _Draws:
    """Random signals of a spectrum, and their data.

    `root` and `tint` are the roots of the power of the signal and, but for its variance `sigma`
    squared, of the noise; the latter is None for white noise.
    """

    y: Array
    grid: PeriodicGrid
    root: Array
    sigma: float
    tint: Array | None
    rng: np.random.Generator

    def _white(self, shape: tuple[int, ...]) -> Array:
        a = self.rng.standard_normal(shape)
        if is_complex(self.y):
            a = (a + 1j * self.rng.standard_normal(shape)) / math.sqrt(2)
        return like(a, self.y)

    def _noise(self) -> Array:
        """Return noise on the grid."""
        grid, white = self.grid, self._white(self.grid.shape)
        if self.tint is not None:
            white = grid.to_signal(grid.to_spectrum(white) * self.tint)
        return self.sigma * white

    def free(self, spread: Array) -> tuple[Array, Array, NumpyArray]:
        """Return a signal on the domain, its data, and the squared error if all of it were seen."""
        grid, A, xp = self.grid, self.grid.A, namespace(self.y)
        x = grid.to_signal(grid.to_spectrum(self._white(grid.shape)) * self.root)
        blurred = grid.to_signal(grid.to_spectrum(x) * grid.otf)
        blurred = blurred + self._noise()
        spectrum = grid.to_spectrum(blurred) * xp.conj(grid.otf) * spread
        error = grid.on_domain(grid.to_signal(spectrum) - x)
        return grid.on_domain(x), blurred[A.samples], _square(error)

    def constrained(self) -> tuple[Array, Array]:
        """Return a signal that the boundary allows, and its data."""
        grid, A = self.grid, self.grid.A
        widths = [(0, n) for n in A.shape]
        mirrored = pad(self._white(A.shape), widths, "reflect")
        whole = grid.to_signal(grid.to_spectrum(mirrored) * self.root)
        x = fold(whole, widths, "reflect") / 2 ** len(A.shape)
        data = dataclasses.replace(A, mask=None).forward(x)
        if self.tint is None:
            return x, data + self.sigma * self._white(tuple(data.shape))
        return x, data + self._noise()[tuple(slice(n) for n in data.shape)]


def _square(a: Array) -> NumpyArray:
    return np.asarray(np.abs(to_numpy(a)).astype(float) ** 2)
