"""Which method the data ask for: a plan, with the reason.

Several methods are tried and the one with the least predicted error is taken; of points on a dark
ground (stars) estimates at least zero and of few spikes alone, and of a large dark scene
Richardson-Lucy. That error is Stein's estimate of the error of A x (`sigdeconv.prediction`).
Methods that find their strength by it know it; of counts, whose noise differs from sample to
sample, it is measured for all. A result that is doubtful by itself (`sigdeconv.guard`) loses to
every one that is not. What is tried is what the registered methods declare (`Method.candidate`).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, Literal, TypeGuard, final, get_args

import numpy as np

from sigdeconv._array import Array, ArrayLike, is_complex, to_numpy
from sigdeconv._checks import one_of
from sigdeconv.catalogue import registry
from sigdeconv.method import Method
from sigdeconv.noise import Noise
from sigdeconv.prediction import excess, predicted_error, variance_of_counts
from sigdeconv.problem import Observation
from sigdeconv.psf import KernelEstimate, estimate
from sigdeconv.result import Result
from sigdeconv.sanity import say
from sigdeconv.solvers.guard import proportion
from sigdeconv.solvers.noise_level import noise_level
from sigdeconv.solvers.shape import are_counts, is_dark, noise_model_of
from sigdeconv.stopping import StopReason

__all__ = ["EFFORTS", "Plan", "choose", "is_automatic", "kernel_of_data"]

# What each automatic choice tries: the candidates of itself and of those before it.
Effort = Literal["auto", "best"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
LINEAR, LINEAR_ANY = "wiener", "tikhonov"  # where nothing can be tried; for any operator
COUNTS = "richardson_lucy"
DARK = "a dark scene: estimates at least zero, Poisson likelihood"
SPIKES = "sparse"  # makes spikes of anything that is smooth, and predicts the data as well by them


@final
@dataclasses.dataclass(frozen=True)
class ChoiceLimits:
    """Constants of the choice.

    Attributes
    ----------
    least_size : int
        Samples from which on errors can be told apart at all.
    most_size : int
        Samples up to which several methods may take their time.
    most_dark : int
        Samples of a dark scene up to which more than one method is tried.
    points : float
        |x| |psf| over |y| of an estimate at least zero, each about its mean, from which on a dark
        scene is made of points: 0.35 to 0.9 on stars and few points, whose truth has 1, 0.25 to
        0.4 on filaments, 0.2 to 0.3 on beads.
    sharper : float
        The same over |psf|, its sum being one: what a narrow kernel hardly blurs has 1.01 to 1.04,
        lines as wide as the kernel have 1.13 to 1.2.
    points_factor, dark_factor : float
        What the predicted error of an estimate at least zero counts, in a scene of points and in
        another dark one.
    clear : float
        By how much spikes have to predict the data better than all others, over the root of the
        number of samples: the predicted errors of different methods are as uncertain as that.
    excess, dark_excess : float
        How far an estimate may be from the linear one, over what is expected; the predicted error
        of one that is farther counts as many times as much. Steps, where the scene has them, have
        0.5 to 1.5, and where it has smooth lines 1 to 6; beads on a dark ground have up to 1.7,
        spikes that are true up to 1.7 anywhere, and those made of smooth things 4.5 and more.
    """

    least_size: int = 32
    most_size: int = 2**24
    most_dark: int = 2**20
    points: float = 0.33
    sharper: float = 1.08
    points_factor: float = 0.25
    dark_factor: float = 0.8
    clear: float = 0.5
    excess: float = 0.85
    dark_excess: float = 1.7


CHOICE = ChoiceLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """What to do with some data, and why.

    Attributes
    ----------
    method : str
        Name of the method.
    why : str
        The reason.
    found : dict
        What else was found.
    obs : Observation, optional
        The data that `result` is of.
    result : Result, optional
        The estimate, where the method was tried to find out.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.star_field(), sd.psf.moffat(3.0), noise="poisson:500", rng=0)
    >>> sd.choice.choose(obs).method
    'richardson_lucy'
    """

    method: str
    why: str
    found: dict[str, Any] = dataclasses.field(default_factory=dict)
    obs: Observation | None = dataclasses.field(default=None, repr=False)
    result: Result | None = dataclasses.field(default=None, repr=False)

    def run(self, obs: Observation, *, history: bool = True, **options: Any) -> Result:
        """Return the result for some data: the one at hand for those it was chosen on.

        Parameters
        ----------
        obs : Observation
            The data, or other channels of them.
        history : bool
            Keep the history.
        **options
            ``num_iter``, ``tol``, ``callback``, for a method that iterates.
        """
        entry = registry.get(self.method)
        told: dict[str, Any] = self.found | ({"why": self.why} if self.why else {})
        result = self.result
        if result is None or obs is not self.obs:
            told.pop("predicted_error", None)  # of other data
            given = {n: v for n, v in options.items() if v is not None}
            result = _solve(entry, obs, history, given)
        kept = result.history if history else {}
        return dataclasses.replace(result, parameters=result.parameters | told, history=kept)


def is_automatic(method: Any) -> TypeGuard[Effort]:
    """Tell whether `method` names an automatic choice.

    Parameters
    ----------
    method : object
        What may be a name.

    Returns
    -------
    bool
        True for a word of `EFFORTS`.

    Examples
    --------
    >>> from sigdeconv import choice
    >>> choice.is_automatic("best"), choice.is_automatic("wiener")
    (True, False)
    """
    return isinstance(method, str) and method in EFFORTS


def choose(obs: Observation, effort: Effort = "auto", **options: Any) -> Plan:
    """Return what to do with some data.

    Parameters
    ----------
    obs : Observation
        The data and their operator.
    effort : {"auto", "best"}
        ``best`` tries more methods, in many times the time.
    **options
        ``num_iter``, ``tol``, ``callback``: passed to the methods that are tried, where they
        iterate.

    Returns
    -------
    Plan
        The method, how to run it, and why; with its result where it was tried.

    Raises
    ------
    ValueError, TypeError
        If `effort` is neither.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> scene = sd.datasets.phantom(64)
    >>> obs = sd.simulate(scene, sd.psf.gaussian(1.2), noise=0.01, rng=0)
    >>> plan = sd.choice.choose(obs)
    >>> plan.method, plan.why.partition(":")[0]
    ('tv', 'edges (total variation) predict the data best')
    >>> plan.run(obs).stop is plan.result.stop
    True
    """
    one_of("effort", effort, EFFORTS)
    linear = LINEAR if obs.is_convolution else LINEAR_ANY
    if is_complex(obs.y) or obs.A.makes_complex:
        return Plan(linear, "the values are complex, and it takes them")
    noise = noise_model_of(obs)
    found = {"noise_model": noise.describe()}
    counts = noise if are_counts(obs) else None
    size = math.prod(obs.y.shape)
    counting = registry.get(COUNTS)
    dark = counting if is_dark(obs, surely=True) and not counting.why_not(obs) else None
    if dark is not None and size > CHOICE.most_dark:
        result = _solve(dark, obs, True, dict(options))
        return Plan(COUNTS, DARK, found=found, obs=obs, result=result)
    # Constant data have no noise to measure errors by.
    if CHOICE.least_size <= size <= CHOICE.most_size and noise_level(obs) > 0:
        return _of_least_error(obs, effort, found, options, counts, dark=dark)
    return Plan(linear, "the linear estimate of least error for the data's own spectra",
                found=found)  # fmt: skip


def _solve(entry: Method, obs: Observation, history: bool, options: dict[str, Any]) -> Result:
    """Run a method with those options that have a meaning for it."""
    if entry.iterates:
        return entry.guarded(obs, history=history, **options)
    result = entry.guarded(obs, history=history)
    if options.get("callback") is not None:
        options["callback"](result.num_iter, result.domain)
    return result


def _can(entry: Method, obs: Observation) -> bool:
    """Tell whether a method takes the data, and is made for such."""
    return not entry.why_not(obs) and (entry.suits is None or entry.suits(obs))


def _errors(
    obs: Observation, entries: list[Method], made: dict[str, Result], options: dict[str, Any],
    counts: Noise | None, known: dict[str, float],
) -> dict[str, float]:  # fmt: skip
    """Run those that were not, and return the error that is predicted for each without doubts.

    What is doubtful never wins over what is not, and is not run again to find its error.
    """
    made |= {e.name: _solve(e, obs, True, dict(options)) for e in entries if e.name not in made}
    variance: Any = noise_level(obs) ** 2
    if counts is not None:
        linear = made[LINEAR if obs.is_convolution else LINEAR_ANY]
        variance = variance_of_counts(obs, counts, linear)
    sound = [e for e in entries if not made[e.name].doubts] or entries
    new = [e for e in sound if e.name not in known]
    return known | {e.name: predicted_error(obs, e, made[e.name], variance) for e in new}


def _of_least_error(
    obs: Observation, effort: str, found: dict[str, Any], options: dict[str, Any],
    counts: Noise | None, *, dark: Method | None,
) -> Plan:  # fmt: skip
    """Try the candidates and return the one with the least predicted error.

    Of points on a dark ground that error says little: most of them is beyond what the kernel lets
    through. There the estimates at least zero and of few spikes are tried alone.
    """
    tried = EFFORTS[: EFFORTS.index(effort) + 1]
    entries = [registry.get(name) for name in registry]
    entries = [e for e in entries if e.candidate in tried and _can(e, obs)]
    made: dict[str, Result] = {}
    points = sharp = False
    if dark is not None:
        made[COUNTS] = _solve(dark, obs, True, dict(options))
        # Points grow sharper without end: that the iteration is not done says nothing against them.
        sharp = made[COUNTS].stop is StopReason.NOT_CONVERGED
        points = len(made[COUNTS].doubts) <= sharp
        narrow = float(np.linalg.norm(obs.kernel) / np.sum(obs.kernel))
        least = max(CHOICE.points, CHOICE.sharper * narrow)
        points = points and proportion(obs, made[COUNTS].x) > least
    few = [e for e in entries if e.name in (COUNTS, SPIKES, LINEAR)]
    alone = points and not sharp
    errors = _errors(obs, few if alone else entries, made, options, counts, {})
    if alone and errors[COUNTS] > errors.get(LINEAR, math.inf):  # it ended short of the data
        errors = _errors(obs, entries, made, options, counts, errors)
    clear = CHOICE.clear / math.sqrt(math.prod(obs.y.shape))
    linear = made.get(LINEAR)
    most = CHOICE.excess if dark is None else CHOICE.dark_excess
    limits = dict.fromkeys(errors, most) | {SPIKES: CHOICE.dark_excess}
    much = {name: excess(obs, made[name], linear) / limits[name] for name in errors}

    def rank(name: str) -> float:
        error = errors[name]
        if dark is not None and name in ((COUNTS, SPIKES) if points else (COUNTS,)):
            factor = CHOICE.points_factor if points else CHOICE.dark_factor
            error *= factor if error > 0 else 1 / factor
        if much[name] > 1:
            error = much[name] * max(error, clear)
        return error + (clear if name == SPIKES else 0.0)

    best, *others = sorted(errors, key=rank)
    doubtful = [f"{name} is in doubt" for name in made if name not in errors]
    rest = ", ".join([f"{errors[name]:.3g} by {name}" for name in others] + doubtful)
    why = (
        f"{registry.get(best).belief or best} predict the data best: error {errors[best]:.3g} of "
        f"the noise variance, {rest}"
    )
    found = found | {"predicted_error": errors[best]}
    return Plan(best, why, found=found, obs=obs, result=made[best])


def kernel_of_data(
    y: Array, words: str, *, apart: Sequence[int] = (), mask: ArrayLike | None = None
) -> KernelEstimate:
    """Return the kernel that the data show, as ``auto`` or ``disk:auto`` ask for it.

    Channels are added up, and what a mask leaves out has the mean of the rest.

    Parameters
    ----------
    y : array
        The data.
    words : str
        ``auto``, or the name of a family before it.
    apart : sequence of int
        Axes of channels.
    mask : array, optional
        Weight of each sample, of the shape of `y` or of one channel.

    Raises
    ------
    ValueError
        If the words are others, or the data show no kernel at all: they are constant or too few.

    Warns
    -----
    sigdeconv.sanity.SanityWarning
        If no blur is seen, or the kernel is not identifiable.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins(), sd.psf.disk(4.0), noise=0.01, rng=0)
    >>> sd.choice.kernel_of_data(seen.y, "disk:auto").verdict
    'blur seen'
    """
    family, _, auto = words.strip().rpartition(":")
    if auto != "auto":
        raise ValueError(
            f"psf must be an array, 'auto' or a family and it, such as 'disk:auto'; got {words!r}. "
            f"sigdeconv.psf.from_spec({words!r}) makes a kernel of known parameters"
        )
    values = to_numpy(y)
    if mask is not None:
        seen = to_numpy(mask) != 0
        if seen.ndim < values.ndim:
            seen = np.expand_dims(seen, tuple(apart))
        seen = np.broadcast_to(seen, values.shape)
        values = np.where(seen, values, values[seen].mean() if seen.any() else 0.0)
    if apart:
        values = values.mean(axis=tuple(apart))
    found = estimate(values, family or "auto")  # type: ignore[arg-type]  # it checks the word
    if found.verdict != "blur seen":
        say(f"psf={words!r}: {found.verdict}; {found.why}. Give the kernel, if it is known")
    return found
