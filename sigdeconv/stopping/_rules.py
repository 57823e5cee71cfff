"""Rules that look at one state of the iteration, or at its likelihood."""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np

from sigdeconv._array import namespace
from sigdeconv._checks import integer, number
from sigdeconv.stopping._rule import Rule, Run, State, StopReason, divergence, norm

__all__ = ["Discrepancy", "MaxIter", "PoissonDiscrepancy", "RelativeChange", "Stalled", "Whiteness"]


@dataclasses.dataclass(frozen=True)
class MaxIter(Rule):
    """Stop after `num_iter` iterations.

    Parameters
    ----------
    num_iter : int
        At least 0.

    Examples
    --------
    >>> from sigdeconv.stopping import MaxIter, Stalled
    >>> MaxIter(50) | Stalled(1e-3)
    AnyOf(first=MaxIter(num_iter=50), second=Stalled(tol=0.001))
    """

    num_iter: int

    def __post_init__(self) -> None:
        integer("num_iter", self.num_iter, least=0)

    def __call__(self, state: State) -> StopReason | None:
        """Compare the iteration number."""
        return StopReason.MAX_ITER if state.num_iter >= self.num_iter else None


@final
@dataclasses.dataclass(frozen=True)
class RelativeChange(Rule):
    """Stop when the estimate changes by less than `tol` of its norm.

    Parameters
    ----------
    tol : float
        Least change of an iteration, as a fraction of the norm of the estimate; at least 0.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> rule = sd.stopping.RelativeChange(0.01)
    >>> result = sd.deconvolve([1.0, 4.0, 1.0], [1.0], method="richardson_lucy", stop=rule)
    >>> result.num_iter, result.stop.name
    (2, 'CONVERGED')
    """

    tol: float

    def __post_init__(self) -> None:
        number("tol", self.tol, least=0)

    @property
    def needs_previous(self) -> bool:
        """Tell that the rule needs the estimate before."""
        return True

    def __call__(self, state: State) -> StopReason | None:
        """Compare with the estimate before."""
        if state.previous is None:
            return None
        small = norm(state.x - state.previous) <= self.tol * norm(state.x)
        return StopReason.CONVERGED if small else None


@final
@dataclasses.dataclass(frozen=True)
class Discrepancy(Rule):
    """Stop when the residual's root mean square is down to `factor` times `sigma` (Morozov).

    The mean is that by the squared weights of the samples, where there is a mask.

    Parameters
    ----------
    sigma : float
        Standard deviation of the noise, in the units of the data; at least 0.
    factor : float
        Above 0; more stops earlier.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise=0.02, rng=0)
    >>> rule = sd.stopping.Discrepancy(sigma=0.02)
    >>> sd.deconvolve(seen, method="landweber", stop=rule, num_iter=500).stop.name
    'DISCREPANCY'
    """

    sigma: float
    factor: float = 1.0

    def __post_init__(self) -> None:
        number("sigma", self.sigma, least=0)
        number("factor", self.factor, above=0)

    def bind(self, run: Run) -> Rule:
        """Return the rule for the weighted residuals of a run with a mask."""
        if run.mask is None or not np.any(run.mask):
            return self
        root = math.sqrt(float(np.mean(run.mask**2)))
        return dataclasses.replace(self, factor=self.factor * root)

    def __call__(self, state: State) -> StopReason | None:
        """Compare the residual with the noise."""
        residual = norm(state.Ax - state.y) / math.sqrt(max(math.prod(state.y.shape), 1))
        return StopReason.DISCREPANCY if residual <= self.factor * self.sigma else None


@final
@dataclasses.dataclass(frozen=True)
class PoissonDiscrepancy(Rule):
    """Stop when the residual is as large as counting noise of the predicted data makes it.

    The mean of (y - A x)^2 / (gain A x + readout_noise^2) is down to `factor`.

    Parameters
    ----------
    gain : float
        Units of the data a count; 1 for counts.
    readout_noise : float
        Standard deviation of the read-out noise in the units of the data.
    factor : float
        One is the noise itself; Richardson-Lucy is usually best a little below it.
    background : float
        Light in the data that is not in A x; 0 where the method adds it to its prediction.

    Notes
    -----
    References: M. Bertero et al., "A discrepancy principle for Poisson data", Inverse Problems 26,
    2010, :doi:`10.1088/0266-5611/26/10/105004`; here with Pearson's statistic, which needs no
    correction at few counts.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise="poisson:500", rng=0)
    >>> rule = sd.stopping.PoissonDiscrepancy()
    >>> sd.deconvolve(seen, method="richardson_lucy", stop=rule).stop.name
    'DISCREPANCY'
    """

    gain: float = 1.0
    readout_noise: float = 0.0
    factor: float = 1.0
    background: float = 0.0

    def __post_init__(self) -> None:
        number("gain", self.gain, above=0)
        number("readout_noise", self.readout_noise, least=0)
        number("factor", self.factor, above=0)
        number("background", self.background, least=0)

    def __call__(self, state: State) -> StopReason | None:
        """Compare the residual with the noise that the prediction implies."""
        xp = namespace(state.y)
        mean = xp.clip(state.Ax, min=0) + self.background
        variance = self.gain * mean + self.readout_noise**2
        some = variance > 0
        safe = xp.where(some, variance, xp.ones_like(variance))
        squares = xp.where(some, (state.y - mean) ** 2 / safe, xp.zeros_like(variance))
        count = max(float(xp.sum(xp.astype(some, xp.float64))), 1.0)
        small = float(xp.sum(squares, dtype=xp.float64)) <= self.factor * count
        return StopReason.DISCREPANCY if small else None


@final
@dataclasses.dataclass(frozen=True)
class Stalled(Rule):
    """Stop when the I-divergence falls by less than `tol` of itself in an iteration.

    Parameters
    ----------
    tol : float
        Least fall of an iteration, as a fraction of the divergence; at least 0.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise="poisson:500", rng=0)
    >>> rule = sd.stopping.Stalled(0.01)
    >>> sd.deconvolve(seen, method="richardson_lucy", stop=rule).stop.name
    'STALLED'
    """

    tol: float = 1e-4

    def __post_init__(self) -> None:
        number("tol", self.tol, least=0)

    def bind(self, run: Run) -> Rule:
        """Return a rule that remembers the last divergence."""
        return _Stalled(self.tol)

    def __call__(self, state: State) -> StopReason | None:
        """Go on: one state alone does not say."""
        return None


class _Stalled(Rule):
    def __init__(self, tol: float) -> None:
        self.tol, self.last = tol, math.inf

    def __call__(self, state: State) -> StopReason | None:
        last, self.last = self.last, divergence(state.y, state.Ax)
        stalled = last < math.inf and last - self.last <= self.tol * self.last
        return StopReason.STALLED if stalled else None


@final
@dataclasses.dataclass(frozen=True)
class Whiteness(Rule):
    """Stop when neighbours in the standardised residual are no longer correlated.

    The mean over the axes of the correlation of (y - A x) / sqrt(A x) with itself one sample on is
    down to `level`. Structure that is still to come makes it positive, fitted noise negative.

    Parameters
    ----------
    level : float
        Correlation, between -1 and 1.
    standardise : bool
        Divide by the root of the prediction, as is right for counts; else take y - A x.

    Notes
    -----
    References: M. S. C. Almeida and M. A. T. Figueiredo, "Parameter estimation for blind and
    non-blind deblurring using residual whiteness measures", IEEE Trans. Image Process. 22, 2013,
    :doi:`10.1109/TIP.2013.2257810`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise="poisson:500", rng=0)
    >>> rule = sd.stopping.Whiteness()
    >>> sd.deconvolve(seen, method="richardson_lucy", stop=rule, num_iter=200).stop.name
    'WHITE'
    """

    level: float = 0.0
    standardise: bool = True

    def __post_init__(self) -> None:
        number("level", self.level, least=-1)

    def __call__(self, state: State) -> StopReason | None:
        """Compare the correlation of neighbours with the level."""
        xp = namespace(state.y)
        r = state.y - state.Ax
        if self.standardise:
            lit = state.Ax > 0
            root = xp.sqrt(xp.where(lit, state.Ax, xp.ones_like(state.Ax)))
            r = xp.where(lit, r / root, xp.zeros_like(r))
        r = r - xp.mean(r)
        energy = float(xp.sum(r * r))
        axes = [axis for axis, n in enumerate(r.shape) if n > 1]
        if energy == 0 or not axes:
            return StopReason.WHITE
        found = 0.0
        for axis in axes:
            here = (slice(None),) * axis
            product = r[(*here, slice(1, None), ...)] * r[(*here, slice(0, -1), ...)]
            n = r.shape[axis]
            found += float(xp.sum(product)) / energy * n / (n - 1) / len(axes)
        return StopReason.WHITE if found <= self.level else None
