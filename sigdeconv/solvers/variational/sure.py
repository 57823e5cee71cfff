"""The weight of a prior, from the data: the least predicted error along a warm-started path.

The error of the predicted data A x, unknown as the truth is, has an estimate without bias (Stein
1981, doi:10.1214/aos/1176345632) for noise of known variance v,

    sum (A x - y)^2 / v - n + 2 p,      p = sum d(A x)_i / d y_i

whose p, the effective number of parameters, is measured with one random probe: the problem is
solved for y and for y + eps z together (Ramani, Blu & Unser 2008, doi:10.1109/TIP.2008.2001404). A
level that is a little low walks this score to the sharp end, so that it chooses only where the
noise was given. Otherwise generalised cross-validation does, which knows no level (Golub, Heath &
Wahba 1979, doi:10.1080/00401706.1979.10489751):

    sum (A x - y)^2 / v / (1 - a p / n)^2

with parameters that count a little more than one, a > 1, as they should where n is small (Gu,
"Smoothing Spline ANOVA Models", 2013, doi:10.1007/978-1-4614-5369-7, section 3.2).
For counts v is their mean, predicted by a linear filter. The path goes from smooth to sharp, each
solution being the start of the next, and ends when the error has passed its minimum.

All of it is done in NumPy, in single precision, on a part of large data: a weight needs two digits.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from typing import Any, final

import numpy as np

from sigdeconv._array import Array, NumpyArray, to_numpy
from sigdeconv.geometry.borders import has_end
from sigdeconv.losses import Absolute, Cauchy, Huber, KullbackLeibler, LeastSquares
from sigdeconv.noise import counting_variance, identify_noise
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation
from sigdeconv.solvers.noise_level import in_colour
from sigdeconv.solvers.parabola import vertex
from sigdeconv.solvers.shape import counting_part
from sigdeconv.solvers.spectra import Spectra
from sigdeconv.solvers.start import LEVEL_SUM
from sigdeconv.solvers.variational.admm import Admm
from sigdeconv.solvers.variational.grid import VariationalGrid, make_variational_grid
from sigdeconv.solvers.variational.levels import law_of
from sigdeconv.solvers.variational.part import part_of
from sigdeconv.solvers.variational.problem import (
    VariationalProblem,
    make_admm,
    reweight,
    spread_of,
)
from sigdeconv.solvers.variational.weight_path import WeightPath

__all__ = [
    "GCV_RULE",
    "SURE",
    "SURE_RULE",
    "WeightPath",
    "as_gaussian",
    "find_weight",
    "search_weight",
]

SURE_RULE = "least predicted error (Stein) along a path of weights"
GCV_RULE = "generalised cross-validation along a path of weights"


@final
@dataclasses.dataclass(frozen=True)
class SureSearch:
    """Constants of the search; the source of each is a table of benchmarks/variational.py.

    Attributes
    ----------
    factor : float
        Between neighbouring weights.
    first_steps, next_steps : int
        Iterations at the first weight, and at each one after it.
    most_points : int
        Weights that are looked at.
    least_gain : float
        Fall of the score, in units of the noise variance a sample, for the path to go on.
    excess : float
        By how much an effective parameter counts for more than one in cross-validation.
    constant : float
        Effective parameters a sample up to which an estimate counts as constant.
    least_free : float
        Least share of the samples that is left to judge by.
    first_ratio : float
        First weight, in units of the noise over the mean penalty of a linear estimate.
    probe : float
        Size of the random probe, in standard deviations of the noise.
    few_probe, probes, few_samples : float, int, int
        Size and number of the probes for fewer samples than that, of which one says little.
    outlier : float
        Residual, in standard deviations, beyond which a robust loss leaves a sample out.
    """

    factor: float = 2.5
    first_steps: int = 25
    next_steps: int = 14
    most_points: int = 10
    least_gain: float = 1e-4
    excess: float = 0.1
    constant: float = 1e-3
    least_free: float = 1e-3
    first_ratio: float = 0.3
    probe: float = 0.1
    few_probe: float = 0.4
    probes: int = 4
    few_samples: int = 4096
    outlier: float = 4.0


SURE = SureSearch()


def find_weight(
    obs: Observation, y: Array, problem: VariationalProblem, noise: float | None
) -> tuple[float, dict[str, Any]]:
    """Return the weight, and what was found on the way.

    Parameters
    ----------
    obs : Observation
        Data and operator.
    y : array
        The data, holes filled.
    problem : VariationalProblem
        Everything but the weight.
    noise : float or None
        Standard deviation of the noise, if it is known.
    """
    # In single precision, and with spectra to six digits, so that both precisions give one weight:
    # where two weights are as good as each other, rounding would decide between them.
    values = to_numpy(y).astype(np.float64)
    law = law_of(obs)
    std = noise
    if std is None:  # of counts, what is bright has more noise than a level taken in the dark
        std = math.sqrt(max(law.noise, counting_variance(values)))
    std = max(std, 1e-6 * spread_of(values))
    if std > 0 and std**2 < np.finfo(np.float32).tiny:  # zero in single precision
        return std, {"weight": std, "noise_std": std, "predicted_error": 0.0}
    law = Spectra(*(_six_digits(number) for number in dataclasses.astuple(law)))
    # A robust loss passes through most samples: what it leaves of them says nothing. Nor do the
    # residuals of noise that is not white.
    known = noise is not None or isinstance(problem.loss, (Absolute, Cauchy, Huber))
    known = known or law.width > 0
    path = _PathSearch(values, obs.convolution, problem, _six_digits(std), law, known=known).run()
    rule = SURE_RULE if known else GCV_RULE
    found = {"weight": path.best, "noise_std": std, "rule": rule}
    return path.best, found | {"predicted_error": path.error}


def _six_digits(number: float) -> float:
    return float(f"{number:.6g}")


@final
class _PathSearch:
    """The search on a part of the data: prepared once, looked at weight by weight."""

    def __init__(
        self, values: NumpyArray, A: Convolution, problem: VariationalProblem, std: float,
        law: Spectra, *, known: bool,
    ) -> None:  # fmt: skip
        self.known = known
        part, B, at = part_of(values, A)
        self.std = std
        self.grid = make_variational_grid(B, part.astype(np.float32))
        level, problem = _without_level(problem, self.grid, part)
        y = (part - level).astype(np.float32)
        smooth, predicted = _linear_estimate(self.grid, y, law)
        self.problem, y, variance = as_gaussian(_cut(problem, at), y, predicted, values, std)
        self.y, self.variance = y, variance
        self.live = np.ones(y.shape) if B.mask is None else np.broadcast_to(B.mask > 0, y.shape)
        self.samples = float(np.sum(self.live))
        rng = np.random.default_rng(0)
        # Few data on a wide domain cost as much as many.
        few = max(self.samples, smooth.size / 2) < SURE.few_samples
        probes, size = (SURE.probes, SURE.few_probe) if few else (1, SURE.probe)
        signs = rng.choice([-1.0, 1.0], size=(probes, *y.shape)).astype(np.float32)
        self.signs = in_colour(signs, law, len(B.out_shape)) * self.live
        self.step = size * np.sqrt(variance)
        moved = (y + self.step * self.signs).astype(np.float32)
        term = self.problem.data_term(y, B.mask)
        self.term = dataclasses.replace(term, y=np.concatenate([y[None], moved]))
        self.start = np.stack([smooth] * (1 + probes))
        self.first = _first_weight(self.problem, self.grid, smooth, variance)
        if few:  # few data: begin further up
            self.first *= SURE.factor**2
        self.rows: dict[float, tuple[float, float, float]] = {}
        self._admm: Admm | None = None
        self._last = self.first

    def run(self) -> WeightPath:
        """Walk down the scores to their minimum."""
        best = search_weight(self.score, self.first)
        weights = np.array(list(self.rows))
        misfit, dof, error = np.array(list(self.rows.values())).T
        near = float(error[np.argmin(np.abs(np.log(weights / best)))])
        return WeightPath(weights, misfit, dof, error, best, near, self.samples)

    def _solver(self, weight: float) -> tuple[Admm, int | None]:
        """Return the solver for a weight, and how many iterations it gets."""
        prior = self.problem.prior
        if not prior.convex:  # each from the beginning: another start leads to another minimum
            return make_admm(self.grid, self.term, self.problem, weight, self.start), None
        if self._admm is None:
            self._admm = make_admm(self.grid, self.term, self.problem, self.first, self.start)
        reweight(self._admm, prior, weight, weight / self._last)
        steps = SURE.next_steps if self.rows else SURE.first_steps
        return self._admm, steps * len(self.signs)  # few data: it costs little

    def score(self, weight: float) -> tuple[float, bool]:
        """Return what is least at the best weight, and whether the estimate is constant there.

        In units of the noise variance, a sample.
        """
        admm, count = self._solver(weight)
        for _ in itertools.islice(self.problem.iterates(admm, weight, self.std), count):
            pass
        self._last = weight
        fit = admm.Hu[self.grid.window].astype(float)
        residual = fit[0] - self.y
        good = self.live
        if isinstance(self.problem.loss, (Huber, Absolute, Cauchy)):
            good = good * (np.abs(residual) < SURE.outlier * np.sqrt(self.variance))
        misfit = float(np.sum(good * residual**2 / self.variance))
        dof = float(np.sum(good * self.signs * (fit[1:] - fit[0]) / self.step)) / len(self.signs)
        size = float(np.sum(good))
        error = (misfit + 2 * dof) / size - 1
        self.rows[weight] = misfit, dof, error
        constant = dof <= SURE.constant * size
        if self.known:
            return error, constant
        free = max(1 - (1 + SURE.excess) * dof / size, SURE.least_free)
        return misfit / size / free**2, constant


def _without_level(
    problem: VariationalProblem, grid: VariationalGrid, y: NumpyArray
) -> tuple[float, VariationalProblem]:
    """Return the level of data, and the problem for what is left of them.

    It is zero where something else than a bound tells one level from another: counts, a border of
    zeros, a kernel of almost zero sum, a prior on the samples themselves. In single precision the
    rounding of a high level would have a say in the weight.
    """
    gains = [part.linear_map(grid).gain for _, part in problem.prior.parts]
    total = float(np.sum(grid.A.psf))
    if (
        isinstance(problem.loss, KullbackLeibler)
        or has_end(grid.A.boundary, "zero")
        or abs(total) < LEVEL_SUM * float(np.sum(np.abs(grid.A.psf)))
        or any(float(gain.flat[0]) > 1e-12 * float(np.max(gain)) for gain in gains)
    ):
        return 0.0, problem
    level = float(np.mean(y))
    low, high = problem.low - level / total, problem.high - level / total
    return level, dataclasses.replace(problem, low=low, high=high)


def search_weight(look: Callable[[float], tuple[float, bool]], weight: float) -> float:
    """Walk down the scores to their minimum, and return it by a parabola through three points.

    `look` returns the score at a weight, and whether the estimate there is constant.
    """
    factor = SURE.factor
    scores = {weight * factor: look(weight * factor)[0]}
    scores[weight], constant = look(weight)
    # Far up the estimate is constant, and the score too: the minimum is on the other side.
    up = scores[weight * factor] < scores[weight] and not constant
    step, at = (factor, weight * factor) if up else (1 / factor, weight)
    points = SURE.most_points
    while len(scores) < points:
        following = at * step
        scores[following], still = look(following)
        if constant and not up:
            points = min(points + 1, 2 * SURE.most_points)
        # Without the second condition a constant estimate would be made ever more constant.
        elif not scores[following] < scores[at] - SURE.least_gain:
            break
        at, constant = following, still
    weights = np.array(sorted(scores))
    return vertex(weights, np.array([scores[w] for w in weights]))[0]


def _first_weight(
    problem: VariationalProblem, grid: VariationalGrid, smooth: NumpyArray, variance: Any
) -> float:
    """Return a weight to begin with: the noise over the mean penalty of a linear estimate."""
    balance = 1.0 if problem.balance is None else problem.balance
    level = float(np.mean(variance * balance))
    if isinstance(problem.loss, Absolute):  # whose unit is that of the data
        level = math.sqrt(level)
    least = 1e-2 * spread_of(smooth)  # flat ones say nothing
    size = 0.0
    for factor, prior in problem.prior.parts:
        if "value" in prior.can:  # in its own unit, which may be a power of the estimate's
            linear = prior.linear_map(grid)
            c = linear.forward(grid.to_spectrum(smooth) if linear.in_spectrum else smooth)
            slight = np.zeros_like(c)
            slight[0] = least
            size += factor * max(prior.value(c), prior.value(slight)) / smooth.size
    size = size if 0 < size < math.inf else max(math.sqrt(level) / grid.size, least)
    return SURE.first_ratio * level / size


def _linear_estimate(
    grid: VariationalGrid, y: NumpyArray, law: Spectra
) -> tuple[NumpyArray, NumpyArray]:
    """Return a Wiener estimate on the grid, and the data it predicts."""
    if grid.constrained:
        return to_numpy(grid.start(y)), y
    otf = np.asarray(grid.periodic.otf)
    gain = np.abs(otf) ** 2
    most = float(np.max(gain))
    ratio = np.minimum(law.ratio(grid.periodic.frequencies.radius), 1e12 * most)
    floor = 1e-4 * most
    spectrum = to_numpy(grid.to_spectrum(grid.continued(y)))
    spectrum = (spectrum * np.conj(otf) / np.maximum(gain + ratio, floor)).astype(spectrum.dtype)
    predicted = grid.to_signal(spectrum * otf)[grid.window]
    return to_numpy(grid.to_signal(spectrum)), predicted


def as_gaussian(
    problem: VariationalProblem, y: NumpyArray, predicted: NumpyArray, values: NumpyArray,
    std: float,
) -> tuple[VariationalProblem, NumpyArray, Any]:  # fmt: skip
    """Return the problem with a quadratic data term, its data, and the variance of each.

    The likelihood of counts is taken to second order: zeros cannot be moved down to see what
    follows.
    """
    loss = problem.loss
    if not isinstance(loss, KullbackLeibler):
        problem = dataclasses.replace(problem, loss=loss.for_noise(std))
        return problem, y, std**2 if problem.balance is None else std**2 / problem.balance
    background: Any = np.asarray(to_numpy(loss.background))
    gain = _counts_per_unit(values)
    level = predicted + background
    variance = np.maximum(level, max(0.5 / gain, 1e-3 * float(np.mean(level)))) / gain
    problem = dataclasses.replace(problem, loss=LeastSquares(), balance=1 / (gain * variance))
    return problem, (y - background).astype(np.float32), variance


def _cut(problem: VariationalProblem, at: tuple[slice, ...]) -> VariationalProblem:
    """Return the problem for a part of the data."""
    if not isinstance(problem.loss, KullbackLeibler):
        return problem
    background = np.asarray(to_numpy(problem.loss.background))
    if background.ndim == 0:
        return problem
    return dataclasses.replace(problem, loss=KullbackLeibler(background[at]))


def _counts_per_unit(values: NumpyArray) -> float:
    """Return the counts in a unit of the data; 1 where the data do not say."""
    whole = bool(np.array_equal(values, np.rint(values)))
    if whole:
        return 1.0
    try:
        model = identify_noise(values)
    except ValueError:
        return 1.0
    counting = counting_part(model)
    return 1.0 if counting is None else counting.gain or 1.0
