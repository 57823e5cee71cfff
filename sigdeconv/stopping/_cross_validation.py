"""Generalised cross-validation of an iteration, by a run on data with a little noise beside it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import final

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, NumpyArray, is_complex, like, namespace
from sigdeconv.stopping._misfit import weights_of
from sigdeconv.stopping._rule import Beside, Earlier, Rule, Run, State, StopReason
from sigdeconv.stopping._thinning import variance_of

__all__ = ["CrossValidation"]


@final
@dataclasses.dataclass(frozen=True)
class ProbeRun:
    """Constants of the run beside.

    Chosen on the first set of benchmarks/richardson_lucy_quality.py and on fields of stars.

    Attributes
    ----------
    step : float
        Noise of the data beside, as a part of that of the data: far above rounding in single
        precision, and little enough that the iteration answers in proportion. Chosen by eye.
    weak : float
        Transfer function, as a part of its largest value, below which it counts as this much.
    excess : float
        How many times the degrees of freedom count.
    few, probes : int
        Samples up to which several runs beside are averaged, and how many.
    looks : int
        The score is taken every k / `looks` iterations, and at each of the first.
    steady : int
        Looks in a row, or all so far, at which the degrees of freedom rose and the misfit fell,
        from which on the first rise of the score ends the run: it has one minimum then.
    patience : float
        Otherwise, as where few points explain all and momentum swings, the run goes on to this many
        times the iteration of the least score so far.
    tie : float
        There an iteration whose score is within this part of the least is as good, and the last of
        them is taken: points are still growing sharper.
    """

    step: float = 0.1
    weak: float = 0.2
    excess: float = 1.04
    few: int = 1 << 11
    probes: int = 4
    looks: int = 12
    steady: int = 8
    patience: float = 1.5
    tie: float = 1e-3


PROBE = ProbeRun()


@final
@dataclasses.dataclass(frozen=True)
class CrossValidation(Rule):
    """Stop where data that were left out would be predicted best, with all data in use.

    What leaving out one sample after another would show, generalised cross-validation tells from
    the misfit and the degrees of freedom, which is how much of the noise the prediction follows. A
    second run, step by step beside the first, finds it: on data with a tenth of their noise more.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed of that noise.

    Notes
    -----
    After iteration k, with A x of the run and A x' of the one beside, on y + b / 10::

        score = sum W |FFT(A x - y)|^2 / (1 - 1.04 dof)^2
        dof = 10 <A x' - A x, b>_W / <b, b>_W,     W = 1 / max(|otf|, 0.2)^2

    with |otf| relative to its largest value, so that the score is that of the estimate, as far as
    data can tell, rather than that of its blurred image. The level of the noise does not enter,
    only how it is spread over the samples, which `sigdeconv.noise.identify_noise` finds. The run
    ends soon after the least score, and the estimate that had it is returned. It costs as much as
    two runs and a little. Where the data show no noise the misfit alone counts.

    References: G. H. Golub, M. Heath and G. Wahba, "Generalized cross-validation as a method for
    choosing a good ridge parameter", Technometrics 21, 1979, :doi:`10.1080/00401706.1979.10489751`;
    D. A. Girard, "A fast Monte-Carlo cross-validation procedure for large least squares problems
    with noisy data", Numer. Math. 56, 1989, :doi:`10.1007/BF01395775`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise="poisson:500", rng=0)
    >>> rule = sd.stopping.CrossValidation()
    >>> sd.deconvolve(seen, method="richardson_lucy", stop=rule).stop.name
    'HELD_OUT'
    """

    rng: int | np.random.Generator = 0

    def bind(self, run: Run) -> Rule:
        """Return the rule with the run beside it."""
        return _Validated(run, np.random.default_rng(self.rng))

    def __call__(self, state: State) -> StopReason | None:
        """Go on: one state alone does not say."""
        return None


class _Validated(Rule):
    """The rule of one run."""

    def __init__(self, run: Run, rng: np.random.Generator) -> None:
        self._norm = _WeightedNorm(run.psf, run.y)
        variance = variance_of(run.y)
        # Without noise there is none to follow, and the misfit alone counts.
        self._dof = _Dof(run, variance, rng) if np.any(variance) else None
        self._best: State | None = None
        self._least, self._at, self._next, self._over = math.inf, 0, 0, False
        self._last, self._steady = (math.inf, -math.inf), 0
        self._fall: list[tuple[int, float]] = []  # number and least score so far, at every look
        self._most, self._samples = run.most, math.prod(run.y.shape)

    def __call__(self, state: State) -> StopReason | Earlier | None:
        """Take the step beside, and return the estimate of the least score well after it."""
        if self._dof is not None and not self._dof.advance():
            self._over = True
        elif state.num_iter in (self._next, self._most) and not self._over:
            self._look(state)
            self._over |= state.num_iter == self._most and self._rests()
        return Earlier(StopReason.HELD_OUT, self._best) if self._over and self._best else None

    def _look(self, state: State) -> None:
        """Take the score of a state, and see whether the least lies behind."""
        k = state.num_iter
        self._next = k + max(1, k // PROBE.looks)
        dof = 0.0 if self._dof is None else self._dof.of(state.Ax)
        missed = self._norm.square(state.Ax - state.y)
        steady = missed < self._last[0] and dof > self._last[1]
        self._last, self._steady = (missed, dof), self._steady + 1 if steady else 0
        left = 1 - PROBE.excess * dof
        score = missed / left**2 if left > 0 else math.inf
        fell = score < self._least or self._best is None
        if fell:
            self._least, self._at = score, k
        elif self._steady >= min(PROBE.steady, len(self._fall) + 1):
            self._over = True
        else:
            self._over = k >= PROBE.patience * self._at + 2
            fell = score <= (1 + PROBE.tie) * self._least
        if fell:
            self._best = dataclasses.replace(state, Ax=state.y, previous=None)  # frees memory
        self._fall.append((k, self._least))

    def _rests(self) -> bool:
        """Tell whether the last third of the run lowered the score by less than its own noise."""
        number = self._fall[-1][0]
        before = [least for k, least in self._fall if PROBE.patience * k <= number]
        noise = math.sqrt(2 / self._samples)
        return len(before) > 1 and before[-1] - self._least < noise * self._least


class _Dof:
    """How much of the noise a prediction follows, by runs on data with a little more of it."""

    def __init__(self, run: Run, variance: NumpyArray, rng: np.random.Generator) -> None:
        beside = Beside(run.again) if run.beside is None else run.beside()
        part = beside.part
        y = run.y if part is None else run.y[part]
        norm = _WeightedNorm(run.psf, y)
        sigma = np.sqrt(variance if part is None else variance[part])
        self._runs: list[Iterator[tuple[Array, Array]]] = []
        self._filtered: list[Array] = []
        share = None if part is None else _share(variance, beside)
        for _ in range(PROBE.probes if math.prod(y.shape) <= PROBE.few else 1):
            noise = like(sigma * rng.choice((-1.0, 1.0), sigma.shape), y)
            seen = noise if run.mask is None else noise * like(run.mask[part or ...], y)
            filtered = norm.filtered(seen)
            self._filtered.append(_balanced(filtered, seen, beside.reach, share))
            self._runs.append(beside.steps(y + PROBE.step * noise))
        # All data are their own run; of a part there is another, on the data as they are.
        self._plain = None if part is None else beside.steps(y)
        self._found: list[Array] = []
        self._Ax: Array | None = None

    def advance(self) -> bool:
        """Take a step; return whether there is one."""
        runs = self._runs if self._plain is None else [*self._runs, self._plain]
        taken = [step[1] for step in (next(run, None) for run in runs) if step is not None]
        if len(taken) < len(runs):
            return False
        self._Ax = None if self._plain is None else taken.pop()
        self._found = taken
        return True

    def of(self, Ax: Array) -> float:
        """Return the degrees of freedom a sample, where the run on all data predicts `Ax`."""
        Ax = Ax if self._Ax is None else self._Ax
        pairs = zip(self._filtered, self._found, strict=True)
        followed = [_inner(filtered, found - Ax) for filtered, found in pairs]
        return sum(followed) / (PROBE.step * len(followed))


def _share(variance: NumpyArray, beside: Beside) -> float:
    """Return the part of the variance of all data that is near ends where these know less."""
    if not beside.ends:
        return 0.0
    whole = float(variance.sum())
    inner = float(variance[_inside(variance.shape, beside.reach)].sum())
    return 1 - inner / whole


def _inside(shape: tuple[int, ...], reach: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(k, max(n - k, k)) for n, k in zip(shape, reach, strict=True))


def _balanced(filtered: Array, noise: Array, reach: tuple[int, ...], share: float | None) -> Array:
    """Return filtered noise, scaled so that its product with the noise is one.

    With a share, the samples near the ends have that part of it.
    """
    whole = _inner(filtered, noise)
    if share is None:
        return filtered / (whole or 1.0)
    inside = _inside(tuple(noise.shape), reach)
    inner = _inner(filtered[inside], noise[inside])
    outer = whole - inner
    if inner <= 0 or outer <= 0:
        return filtered / (whole or 1.0)
    balanced = filtered * (share / outer)
    balanced[inside] = filtered[inside] * ((1 - share) / inner)
    return balanced


class _WeightedNorm:
    """The norm in which a misfit counts: weak frequencies more, the mean not at all."""

    def __init__(self, psf: Array, y: Array) -> None:
        self._shape = tuple(y.shape)
        wide = is_complex(y) or np.iscomplexobj(psf)
        self._forth, self._back = (_fft.fftn, _fft.ifftn) if wide else (_fft.rfftn, _fft.irfftn)
        weight, counted = weights_of(psf, self._shape, wide, PROBE.weak)
        weight = weight.copy()
        weight.flat[0] = 0.0
        self._weight, self._counted = like(weight, y), like(counted, y)

    def square(self, rest: Array) -> float:
        """Return the square of the norm."""
        transform = self._forth(rest, self._shape) * self._weight
        xp = namespace(transform)
        return float(xp.sum(xp.abs(transform) ** 2, dtype=xp.float64))

    def filtered(self, a: Array) -> Array:
        """Return what the inner product of a real array with others is the plain one of."""
        plain = self._weight / self._counted  # a half-spectrum counts what it lacks by itself here
        return _real(self._back(self._forth(a, self._shape) * plain**2, self._shape))


def _real(a: Array) -> Array:
    return namespace(a).real(a) if is_complex(a) else a


def _inner(a: Array, b: Array) -> float:
    xp = namespace(a)
    return float(xp.sum(a * _real(b), dtype=xp.float64))
