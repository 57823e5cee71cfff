"""When to stop an iteration: rules that combine with ``|`` (any) and ``&`` (all).

A rule looks at the `State` of an iteration and returns a `StopReason` or None. Rules are frozen
records without memory, so one rule can serve many runs at the same time; one that compares with
earlier iterations, or runs the method on other data first, makes a rule for each run in `bind`.

The rules that know the noise stop when it is all that is left (`Discrepancy`,
`PoissonDiscrepancy`, `Whiteness`); `Thinning` asks which iteration predicts data that were held
out, and is what ``stop="auto"`` means.
"""

from __future__ import annotations

import abc
import dataclasses
import enum
import math
from collections.abc import Callable, Iterator
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import Array, as_float, is_complex, like, namespace, to_numpy

__all__ = [
    "All",
    "Any",
    "Discrepancy",
    "MaxIter",
    "PoissonDiscrepancy",
    "RelativeChange",
    "Rule",
    "Run",
    "Stalled",
    "State",
    "StopReason",
    "Thinning",
    "Whiteness",
    "as_rule",
    "divergence",
    "split",
]

_Numbers = NDArray[np.float64]


class StopReason(enum.Enum):
    """Why a method stopped, and what to try next."""

    DIRECT = "closed form, nothing to iterate"
    MAX_ITER = "did the number of iterations asked for (raise num_iter to go on)"
    CONVERGED = "converged: further iterations change less than the tolerance"
    NOT_CONVERGED = "ran out of iterations before the tolerance (raise num_iter, or loosen tol)"
    DISCREPANCY = "the residual is down to the noise; going on would fit the noise"
    STALLED = "the likelihood hardly rises any more"
    WHITE = "the residual is white: no structure is left in it"
    HELD_OUT = "data held out are predicted best here; going on would fit the noise"
    BELOW_NOISE = "an iteration changes the estimate by far less than the noise (lower accuracy)"
    CALLBACK = "the callback asked to stop"
    EXACT = "the residual is zero; there is nothing left to correct"


@final
@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """What a rule may look at: iteration number, estimate, its data, the one before, and y."""

    num_iter: int
    x: Array
    Ax: Array
    previous: Array | None
    y: Array


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """What a rule may use before a run: the data, their mask, the method on other data."""

    y: Array
    mask: Array | None
    again: Callable[[Array], Iterator[tuple[Array, Array]]]
    most: int


def norm(a: Array) -> float:
    """Return the Euclidean norm of `a`."""
    xp = namespace(a)
    return math.sqrt(float(xp.sum(xp.abs(a) ** 2)))


def divergence(y: Array, Ax: Array) -> float:
    """Return the I-divergence ``sum(Ax - y + y log(y / Ax))`` of data from what is predicted.

    Parameters
    ----------
    y, Ax : arrays of one shape
        Data and prediction, of the same unit. Data of zero or below count as zero.

    Returns
    -------
    float
        At least 0 in exact arithmetic; half the Poisson deviance for counts.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import divergence
    >>> divergence(np.array([0.0, 2.0]), np.array([1.0, 2.0]))
    1.0
    """
    xp = namespace(y)
    lit = y > 0
    light = xp.where(lit, y, xp.ones_like(y))
    # The least that a prediction counts as: with none at all no datum could be explained.
    mean = xp.clip(Ax, min=1e-12 * max(float(xp.max(y)), 1e-300)) if math.prod(y.shape) else Ax
    terms = xp.where(lit, mean - light + light * xp.log(light / mean), mean)
    return float(xp.sum(terms, dtype=xp.float64))


class Rule(abc.ABC):
    """A stopping rule."""

    @property
    def looks_back(self) -> bool:
        """Tell whether the rule needs the estimate before."""
        return False

    @abc.abstractmethod
    def __call__(self, state: State) -> StopReason | None:
        """Return why to stop now, or None to go on."""

    def bind(self, run: Run) -> Rule:
        """Return the rule for one run; the rule itself unless it needs memory."""
        return self

    @final
    def __or__(self, other: Rule) -> Rule:
        """Stop as soon as one of the two says so."""
        return Any(self, other)

    @final
    def __and__(self, other: Rule) -> Rule:
        """Stop when both say so at the same iteration."""
        return All(self, other)


@final
@dataclasses.dataclass(frozen=True)
class Any(Rule):
    """Stop as soon as `first` or `second` does."""

    first: Rule
    second: Rule

    @property
    def looks_back(self) -> bool:
        """Tell whether one of the two needs the estimate before."""
        return self.first.looks_back or self.second.looks_back

    def bind(self, run: Run) -> Rule:
        """Return the same of the rules for one run."""
        return Any(self.first.bind(run), self.second.bind(run))

    def __call__(self, state: State) -> StopReason | None:
        """Return the first reason found."""
        first, second = self.first(state), self.second(state)
        return first or second


@final
@dataclasses.dataclass(frozen=True)
class All(Rule):
    """Stop when `first` and `second` both do."""

    first: Rule
    second: Rule

    @property
    def looks_back(self) -> bool:
        """Tell whether one of the two needs the estimate before."""
        return self.first.looks_back or self.second.looks_back

    def bind(self, run: Run) -> Rule:
        """Return the same of the rules for one run."""
        return All(self.first.bind(run), self.second.bind(run))

    def __call__(self, state: State) -> StopReason | None:
        """Return the second reason when the first holds too."""
        first, second = self.first(state), self.second(state)
        return second if first else None


@final
@dataclasses.dataclass(frozen=True)
class MaxIter(Rule):
    """Stop after `num_iter` iterations."""

    num_iter: int

    def __post_init__(self) -> None:
        if isinstance(self.num_iter, bool) or not isinstance(self.num_iter, int):
            raise TypeError(f"num_iter must be an int; got {self.num_iter!r}")
        if self.num_iter < 0:
            raise ValueError(f"num_iter must be at least 0; got {self.num_iter}")

    def __call__(self, state: State) -> StopReason | None:
        """Compare the iteration number."""
        return StopReason.MAX_ITER if state.num_iter >= self.num_iter else None


@final
@dataclasses.dataclass(frozen=True)
class RelativeChange(Rule):
    """Stop when the estimate changes by less than `tol` of its norm."""

    tol: float

    def __post_init__(self) -> None:
        if not isinstance(self.tol, (int, float)) or not 0 <= self.tol < math.inf:
            raise ValueError(f"tol must be a finite number of at least 0; got {self.tol!r}")

    @property
    def looks_back(self) -> bool:
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
    """Stop when the residual's root mean square is down to `factor` times `sigma` (Morozov)."""

    sigma: float
    factor: float = 1.0

    def __call__(self, state: State) -> StopReason | None:
        """Compare the residual with the noise."""
        residual = norm(state.Ax - state.y) / math.sqrt(max(math.prod(state.y.shape), 1))
        return StopReason.DISCREPANCY if residual <= self.factor * self.sigma else None


def _at_least(name: str, value: object, least: float = 0.0, *, above: bool = False) -> None:
    """Raise ValueError unless `value` is a finite number of at least (or above) `least`."""
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if fits and math.isfinite(value) and (value > least if above else value >= least):  # type: ignore[arg-type, operator]
        return
    raise ValueError(
        f"{name} must be a finite number {'above' if above else 'of at least'} {least:g}; "
        f"got {value!r}"
    )


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
    """

    gain: float = 1.0
    readout_noise: float = 0.0
    factor: float = 1.0
    background: float = 0.0

    def __post_init__(self) -> None:
        _at_least("gain", self.gain, above=True)
        _at_least("readout_noise", self.readout_noise)
        _at_least("factor", self.factor, above=True)
        _at_least("background", self.background)

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
    """Stop when the I-divergence falls by less than `tol` of itself in an iteration."""

    tol: float = 1e-4

    def __post_init__(self) -> None:
        _at_least("tol", self.tol)

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
    """

    level: float = 0.0
    standardise: bool = True

    def __post_init__(self) -> None:
        _at_least("level", self.level, -1.0)

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


@final
@dataclasses.dataclass(frozen=True)
class Thinning(Rule):
    """Stop where data that were held out are predicted best.

    Every count goes to the first part of the data with probability `fraction` and is held out else:
    both parts are Poisson and independent. The method runs on the first part; the iteration at
    which its prediction has the least I-divergence from the second part is where it stops on all
    data. That doubles the time.

    Parameters
    ----------
    fraction : float
        Part of the light that the method sees in the trial run, between 0 and 1.
    rng : int or numpy.random.Generator
        Seed of the split.
    patience : float
        The trial run ends this many times beyond the best iteration so far, and three more.

    Notes
    -----
    Data that are not whole numbers from zero up are split with Gaussian noise of the variance that
    `sigdeconv.noise.identify_noise` finds in them. References: A. Neufeld et al., "Data thinning
    for convolution-closed distributions", J. Mach. Learn. Res. 25, 2024,
    :doi:`10.48550/arXiv.2301.07276`.
    """

    fraction: float = 0.6
    rng: int | np.random.Generator = 0
    patience: float = 1.3

    def __post_init__(self) -> None:
        _at_least("fraction", self.fraction, above=True)
        if not self.fraction < 1:
            raise ValueError(f"fraction must be between 0 and 1; got {self.fraction!r}")
        _at_least("patience", self.patience, 1.0)

    def bind(self, run: Run) -> Rule:
        """Make the trial run and return the rule that stops at the iteration it found."""
        seen, held = split(run.y, self.fraction, self.rng)
        if run.mask is not None:
            held = held * like(run.mask, held)
        best, at = math.inf, 0
        for k, (_, Ax) in enumerate(run.again(seen)):
            now = _mismatch(held, Ax)
            if now < best:
                best, at = now, k
            if k >= self.patience * at + 3 or k >= run.most:
                break
        return _At(at)

    def __call__(self, state: State) -> StopReason | None:
        """Go on: one state alone does not say."""
        return None


class _At(Rule):
    def __init__(self, num_iter: int) -> None:
        self.num_iter = num_iter

    def __call__(self, state: State) -> StopReason | None:
        return StopReason.HELD_OUT if state.num_iter >= self.num_iter else None


def _mismatch(held: Array, Ax: Array) -> float:
    """Return how badly `Ax` predicts `held`: I-divergence, or squares where data are signed."""
    if is_complex(held) or float(namespace(held).min(Ax)) < 0:
        return norm(Ax - held)
    xp = namespace(held)
    # Not `divergence`: the parts of a Gaussian split may be negative, and count as they are.
    mean = xp.clip(Ax, min=1e-6 * max(float(xp.mean(Ax)), 1e-300))
    return float(xp.sum(mean - held * xp.log(mean), dtype=xp.float64))


def split(
    y: Array, fraction: float, rng: int | np.random.Generator | None = None
) -> tuple[Array, Array]:
    """Return two independent noisy versions of data, each in the units of `y`.

    Parameters
    ----------
    y : array
        The data. Whole numbers from zero up whose noise may be counting noise are thinned; others
        get Gaussian noise of the variance found in them, with opposite signs.
    fraction : float
        Part of the light in the first, between 0 and 1; the second has the rest.
    rng : int or numpy.random.Generator, optional
        Seed.

    Returns
    -------
    tuple of two arrays
        The parts, divided by their share of the light, so that both have the mean of `y`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import split
    >>> first, second = split(np.full(1000, 8.0), 0.5, rng=0)
    >>> bool(np.all(first + second == 16))
    True
    """
    draw = np.random.default_rng(rng)
    y = as_float(y, "y")
    values = to_numpy(y)
    whole = (
        not is_complex(y) and bool(values.min() >= 0) and bool(np.all(values == np.rint(values)))
    )
    variance = None if whole and values.max() < 2**31 else _variance(values)
    if whole and values.max() < 2**31:
        found = _variance(values)
        # Far less noise than counts have: a photograph in whole numbers, say.
        if found is not None and float(np.mean(found)) < 0.4 * float(np.mean(values)):
            variance = found
    if variance is None:
        first = draw.binomial(np.asarray(values.real, np.int64), fraction) / fraction
        second = (values - fraction * first) / (1 - fraction)
    else:
        noise = np.sqrt(variance) * draw.standard_normal(values.shape)
        if is_complex(y):
            noise = (noise + 1j * np.sqrt(variance) * draw.standard_normal(values.shape)) / 2**0.5
        odds = math.sqrt((1 - fraction) / fraction)
        first, second = values + odds * noise, values - noise / odds
    return like(first, y), like(second, y)


def _variance(
    values: _Numbers,
) -> _Numbers:
    """Return the variance of the noise at every sample, from the data alone."""
    from sigdeconv.noise import Gaussian, Mixed, Poisson, identify_noise

    level = np.abs(values)
    try:
        noise = identify_noise(values)
    except ValueError:  # too few samples to tell: as counts
        noise = Poisson(gain=1.0)
    if isinstance(noise, Poisson):
        return np.asarray(level / (noise.gain or 1.0))
    if isinstance(noise, Mixed):
        gain = noise.poisson.gain or 1.0
        return np.asarray(level / gain + (noise.gaussian.sigma or 0.0) ** 2 / gain**2)
    sigma = noise.sigma if isinstance(noise, Gaussian) else 0.0
    return np.full_like(values, (sigma or 0.0) ** 2)


def as_rule(stop: Rule | str) -> Rule:
    """Return the rule that `stop` names: a `Rule` itself, or ``auto``.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    if isinstance(stop, Rule):
        return stop
    if stop == "auto":
        return Thinning()
    kind = ValueError if isinstance(stop, str) else TypeError
    raise kind(
        f"stop must be a rule of sigdeconv.stopping or 'auto'; got {stop!r}. "
        "For a number of iterations use num_iter"
    )
