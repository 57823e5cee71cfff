"""A method is its update rule; one driver measures, records, calls back and stops.

A file of `sigdeconv.inverse` has a public function of arrays, ``wiener(y, psf)``, a rule that maps
an observation to an estimate or yields estimates, and the record that ties the two together:

    METHOD = closed_form(wiener, estimate)      or      METHOD = iterative(landweber, iterate)

The record declares what else the package has to know: what the method needs of its operator, how
it runs when nobody says when to stop, what its strength is (`tune`), and whether an automatic
choice tries it. `deconvolve`, `compare`, `tune` and the command line read all records
(`sigdeconv.catalogue`), so the same method with the same defaults stands behind all of them.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, final

from sigdeconv._array import Array, ArrayLike
from sigdeconv._checks import integer, number
from sigdeconv._registry import Registry
from sigdeconv.alike import lay_out, restore_alike
from sigdeconv.guard import with_doubts
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation, observe
from sigdeconv.result import Estimate, Iteration, Result
from sigdeconv.sanity import warn_about, warn_of_doubts
from sigdeconv.solvers.drive import Callback, DefaultRun, drive
from sigdeconv.solvers.grid import filled
from sigdeconv.solvers.noise_level import noise_level
from sigdeconv.solvers.start import flat_estimate
from sigdeconv.stopping import (
    Discrepancy,
    MaxIter,
    RelativeChange,
    Rule,
    Run,
    StopReason,
    as_rule,
)

__all__ = [
    "AUTO_ITER",
    "Callback",
    "DefaultRun",
    "Method",
    "Strength",
    "closed_form",
    "entries",
    "iterative",
    "until_noise",
]

# Most iterations where a rule is to find the number by itself: data held out; the noise.
AUTO_ITER, MOST_ITER = 1000, 500

# Arguments of a public function that are not the method's own.
WHERE = ("y", "psf", "axis", "boundary", "centre", "mask", "workers")
WHEN = ("num_iter", "tol", "stop", "callback")
# Parameters by which the strength is told.
KNOWN = ("noise", "nsr", "noise_spectrum", "signal_spectrum")


@final
@dataclasses.dataclass(frozen=True)
class Strength:
    """What stands between the data and the noise, for a curve of `sigdeconv.tune`.

    Attributes
    ----------
    parameter : str
        The parameter: a weight, a threshold, a number of iterations.
    engine : {"quadratic", "variational", "truncated", "iterations", "solved"}
        How the numbers along a curve are found; ``solved`` runs the method at every strength, and
        needs nothing of it.
    parts : callable, optional
        What the engine is made of: see `sigdeconv.tuning.strengths`.
    usual : tuple of (float, float), optional
        Least and largest value to try; around the automatic choice otherwise.
    """

    parameter: str
    engine: Literal["quadratic", "variational", "truncated", "iterations", "solved"] = "solved"
    parts: Callable[..., Any] | None = None
    usual: tuple[float, float] | None = None


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Method:
    """A registered method.

    Attributes
    ----------
    function : callable
        The public function of arrays: its signature and documentation are the method's.
    rule : callable
        ``rule(obs, **parameters)`` with all of the method's own parameters: an estimate, or an
        iterator of (estimate, its data).
    iterates : bool
        True for an iterator.
    kind : {"inverse", "adjoint"}
        What it restores: the values, or the shape.
    needs : {"spectrum", "adjoint"}
        What it needs of the operator: that it is a convolution, whose spectrum is known, or forward
        and adjoint alone.
    matrix_free : callable, optional
        The rule for an operator that is no convolution, for a method whose own rule needs one;
        without it such a method says so.
    default_run : callable, optional
        ``default_run(obs, parameters)``, with all of the method's own parameters, where `num_iter`,
        `tol` and `stop` are left out, for a method whose number of iterations is its strength.
    strength : Strength, optional
        What `tune` varies.
    candidate : {"", "auto", "best"}
        The automatic choice that tries the method.
    suits : callable, optional
        ``suits(obs)`` tells whether an automatic choice tries the method on some data; on all by
        default.
    belief : str
        What the method believes in, for the reason of a choice.
    refuses : callable, optional
        ``refuses(obs)`` says why the method cannot take some data, or nothing.
    compared : bool
        True for a method that `compare` runs when none is named.
    samplewise : callable, optional
        ``samplewise(parameters)`` tells whether, with what was given, nothing but the operator ties
        samples together, so that signals side by side are restored in one run.
    """

    function: Callable[..., Array]
    rule: Callable[..., Any]
    iterates: bool
    kind: Literal["inverse", "adjoint"] = "inverse"
    needs: Literal["spectrum", "adjoint"] = "spectrum"
    matrix_free: Callable[..., Any] | None = None
    default_run: Callable[[Observation, dict[str, Any]], DefaultRun] | None = None
    strength: Strength | None = None
    candidate: Literal["", "auto", "best"] = ""
    suits: Callable[[Observation], bool] | None = None
    belief: str = ""
    refuses: Callable[[Observation], str] | None = None
    compared: bool = False
    samplewise: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def name(self) -> str:
        """Its name in `deconvolve` and on the command line."""
        return self.function.__name__

    @property
    def summary(self) -> str:
        """First line of the documentation."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def rule_for(self, obs: Observation) -> Callable[..., Any]:
        """Return the rule for the operator of an observation.

        Raises
        ------
        TypeError
            If the method needs a convolution, and the operator is another.
        """
        if obs.is_convolution or self.needs == "adjoint":
            return self.rule
        if self.matrix_free is None:
            raise TypeError(
                f"{self.name} needs a convolution, by whose spectrum it divides; psf is "
                f"{obs.A!r:.60}. Methods that take any operator: tikhonov, tv, cgls, "
                "richardson_lucy and others"
            )
        return self.matrix_free

    def why_not(self, obs: Observation) -> str:
        """Return why the method cannot take some data, or nothing."""
        if not obs.is_convolution and self.needs == "spectrum" and self.matrix_free is None:
            return "it needs a convolution"
        return self.refuses(obs) if self.refuses is not None else ""

    @functools.cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The method's own parameters, beyond data, operator, and when to stop."""
        shared = (*WHERE, *WHEN) if self.iterates else WHERE
        signature = inspect.signature(self.function)
        return {n: p for n, p in signature.parameters.items() if n not in shared}

    @functools.cached_property
    def num_iter(self) -> int | None:
        """Default number of iterations of an iterative method; None where the data decide it."""
        if not self.iterates:
            return None
        default = inspect.signature(self.function).parameters["num_iter"].default
        return default if isinstance(default, int) else None

    def restore(
        self,
        y: ArrayLike,
        psf: ArrayLike | OperatorLike,
        *,
        axis: int | Sequence[int] | None = None,
        **options: Any,
    ) -> Array:
        """Return the estimate of the public function."""
        where = {n: options.pop(n) for n in WHERE if n in options}
        options["history"] = False
        if axis is None:
            obs = observe(y, psf, **where)
            warn_about([obs])
            result = self.guarded(obs, **options)
        else:
            result = restore_alike(self, lay_out(y, psf, axis, where), **options)
        warn_of_doubts(result)
        return result.x

    def guarded(self, obs: Observation, **options: Any) -> Result:
        """Return the result of `solve` with what is doubtful about it."""
        return self.doubted(obs, self.solve(obs, **options), **options)

    def doubted(self, obs: Observation, result: Result, **options: Any) -> Result:
        """Return a result of `solve` with what is doubtful about it, by the options it had."""
        if self.kind == "adjoint":  # which restores no values
            return result
        # The function passes its default number of iterations on: nobody asked for that.
        own = self.parameters.get("num_iter")  # of a closed form that is solved by iteration
        usual = own.default if own else self.num_iter
        asked = options.get("num_iter") not in (None, usual)
        given = asked or any(options.get(name) is not None for name in (*WHEN[1:3], *KNOWN))
        strength = self.strength.parameter if self.strength else ""
        if strength in self.parameters:
            value = options.get(strength, self.parameters[strength].default)
            given |= not (_is(value, "auto") or _is(value, self.parameters[strength].default))
        return with_doubts(obs, result, own_strength=not given, asked=asked, belief=self.belief)

    def solve(
        self,
        obs: Observation,
        *,
        num_iter: int | None = None,
        tol: float | None = None,
        stop: Rule | Literal["auto"] | None = None,
        callback: Callback | None = None,
        history: bool = True,
        **parameters: Any,
    ) -> Result:
        """Run the method on an observation and return everything.

        Parameters
        ----------
        obs : Observation
            Data and operator; with channels only for a method with a parameter ``joint``.
        num_iter, tol, stop, callback
            When to stop an iterative method, see the public function.
        history : bool
            Record the relative residual at every iteration.
        **parameters
            The method's own.

        Raises
        ------
        TypeError, ValueError
            If a parameter is unknown or does not apply.
        """
        began = time.perf_counter()
        run: dict[str, Any] = {"num_iter": num_iter, "tol": tol, "stop": stop, "callback": callback}
        self._check(obs, run, parameters)
        if self.iterates:
            found, record = self._iterate(obs, run, parameters, history)
        else:
            parameters |= {n: v for n, v in run.items() if v is not None}
            made = self.rule_for(obs)(obs, **self._defaults(parameters))
            found, record = made if isinstance(made, Estimate) else Estimate(made), {}
        return Result(
            x=found.x[(..., *obs.A.window)],
            method=self.name,
            num_iter=found.num_iter,
            stop=found.stop,
            domain=found.x,
            seconds=time.perf_counter() - began,
            parameters=parameters | found.parameters,
            history=record,
            posterior=found.posterior,
            window=obs.A.window,
        )

    def _iterate(
        self, obs: Observation, run: dict[str, Any], parameters: dict[str, Any], history: bool
    ) -> tuple[Estimate, dict[str, list[float]]]:
        """Take the rule's steps until something says stop."""
        # The public function passes all of its arguments on: what is at its default was not given.
        given = {n: v for n, v in parameters.items() if not _is(v, self.parameters[n].default)}
        start = self.rule_for(obs)
        plan = self._plan(obs, run, given)
        own = self._defaults(plan.parameters | given)
        steps = start(obs, **own)
        reported = plan.found
        if isinstance(steps, Iteration):
            own |= {n: v for n, v in steps.parameters.items() if n in own}
            reported = reported | steps.parameters
        else:
            steps = Iteration(steps)

        def rerun(y: Array) -> Iterator[tuple[Array, Array]]:
            return iter(start(obs.with_data(y), **own))

        rule: Rule = MaxIter(plan.num_iter)
        rule = rule if plan.stop is None else as_rule(plan.stop) | rule
        rule = rule if run["tol"] is None else RelativeChange(run["tol"]) | rule
        own_run = Run(filled(obs), obs.mask, obs.kernel, rerun, plan.num_iter, steps.beside)
        rule = rule.bind(own_run)
        found, record = drive(steps, obs.weighted, rule, run["callback"], history)
        stop = found.stop
        own_end = plan.stop is not None or run["tol"] is not None or steps.stop_reason is not None
        asked = run["num_iter"] not in (None, self.num_iter) or found.num_iter < plan.num_iter
        if stop is StopReason.MAX_ITER and own_end and not asked:
            # Nobody asked for that number. It may be all there is; else it is a limit.
            ended = steps.fixed_number and next(steps, None) is None and steps.stop_reason
            stop = (ended and ended()) or StopReason.NOT_CONVERGED
        if stop is StopReason.NOT_CONVERGED and steps.gap:
            reported = reported | {"gap": steps.gap()}
        return dataclasses.replace(found, parameters=reported, stop=stop), record

    def _plan(
        self, obs: Observation, run: dict[str, Any], parameters: dict[str, Any]
    ) -> DefaultRun:
        """Return when to stop: as the caller says, or as the method does by itself."""
        if run["tol"] is not None:
            number("tol", run["tol"], least=0)
        num_iter, stop = run["num_iter"], run["stop"]
        if num_iter is not None:
            return DefaultRun(integer("num_iter", num_iter, least=0), stop)
        plan = None
        if stop is None and run["tol"] is None:
            plan = self.run_by_default(obs, **parameters)
        if plan is not None:
            return plan
        most = self.num_iter
        return DefaultRun(AUTO_ITER if stop == "auto" or most is None else most, stop)

    def run_by_default(self, obs: Observation, **parameters: Any) -> DefaultRun | None:
        """Return how it runs when nobody says when to stop, if the data decide that."""
        return self.default_run and self.default_run(obs, self._defaults(parameters))

    def _defaults(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return all of the method's own parameters."""
        return {n: p.default for n, p in self.parameters.items()} | parameters

    def _check(self, obs: Observation, run: dict[str, Any], parameters: dict[str, Any]) -> None:
        """Raise for what the method does not have."""
        for name in parameters:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none of its own"
                raise TypeError(f"{self.name} has no parameter {name!r}; it has {known}")
        if obs.has_channels and "joint" not in self.parameters:
            raise ValueError(f"y is a stack of channels, and {self.name} takes one signal")
        if not self.iterates:
            for name, value in run.items():
                if value is not None and name not in self.parameters:
                    raise ValueError(f"{name} does not apply to {self.name}: it does not iterate")


def _is(value: Any, default: Any) -> bool:
    """Tell whether a value is the default, or the word that it is."""
    return value is default or (isinstance(value, str) and value == default)


def until_noise(obs: Observation, parameters: dict[str, Any]) -> DefaultRun:
    """Return a run from a flat scene until the residual is that of the noise.

    The `default_run` of iterations whose number is their strength.
    """
    start = flat_estimate(obs.weighted, obs.A)
    flat = {} if start is None else {"start": start}
    level = noise_level(obs)
    if level <= 0:
        return DefaultRun(MOST_ITER, parameters=flat)
    found = {"noise_std": level, "rule": "residual as large as the noise (discrepancy)"}
    return DefaultRun(MOST_ITER, Discrepancy(level), flat, found)


entries: Registry[Method] = Registry("method")  # searched by `sigdeconv.catalogue`


def closed_form(
    function: Callable[..., Array], rule: Callable[..., Any], **declared: Any
) -> Method:
    """Register a rule that returns an estimate; see `Method` for what it may declare."""
    entry = Method(function, rule, False, **declared)
    return entries.add(entry.name, entry, owner=function.__module__)


def iterative(function: Callable[..., Array], rule: Callable[..., Any], **declared: Any) -> Method:
    """Register a rule that yields (x, A x) pairs; see `Method` for what it may declare."""
    entry = Method(function, rule, True, **declared)
    return entries.add(entry.name, entry, owner=function.__module__)
