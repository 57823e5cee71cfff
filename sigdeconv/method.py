"""A method is its update rule; one driver measures, records, calls back and stops.

`@method` turns a rule that maps ``(y, A)`` to an estimate, or `@iterative` one that yields
estimates, into a public function of arrays, ``wiener(y, psf)``. Both register the rule, so the same
method serves `deconvolve`, `compare` and the command line. What all methods have in common (the
kernel, the border, the mask, the stop) is written once, here.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any, final

from sigdeconv._array import Array
from sigdeconv._registry import Registry
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation, Stack, observe
from sigdeconv.result import Result
from sigdeconv.stopping import MaxIter, RelativeChange, Rule, Run, State, StopReason, as_rule, norm

__all__ = ["Estimate", "Iteration", "Method", "iterative", "method", "registry"]

Callback = Callable[[int, Array], Any]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """What a rule may return instead of a bare array: the estimate and what it found on the way."""

    x: Array
    num_iter: int = 0
    stop: StopReason = StopReason.DIRECT
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    std: Callable[[], Array] | None = None  # error bars on the domain, computed when asked for


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Iteration(Iterator[tuple[Array, Array]]):
    """What an iterative rule may return instead of a bare iterator.

    Attributes
    ----------
    steps : iterator of (estimate, its data)
        The data of a step are valid until the next one.
    parameters : dict
        Parameters that were found from the data.
    measures : dict of str to callable
        Numbers for the history: ``measure(x, Ax)``.
    ended : callable, optional
        Why the steps ended, for a rule that ends them by itself.
    endless : bool
        The steps never end by themselves, so that no estimate has to be kept for that case.
    """

    steps: Iterator[tuple[Array, Array]]
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    measures: dict[str, Callable[[Array, Array], float]] = dataclasses.field(default_factory=dict)
    ended: Callable[[], StopReason | None] | None = None
    endless: bool = False

    def __next__(self) -> tuple[Array, Array]:
        """Return the next estimate and its data."""
        return next(self.steps)


# Most iterations of stop="auto": it is to find the number by itself.
AUTO_ITER = 1000


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Method:
    """A registered method.

    Attributes
    ----------
    name : str
        Its name in `deconvolve` and on the command line.
    rule : callable
        ``rule(y, A, **parameters)``: an estimate, or an iterator of (estimate, its data).
    wing : {"inverse", "adjoint"}
        What it restores: the values, or the shape.
    num_iter : int or None
        Default number of iterations of an iterative method.
    """

    name: str
    rule: Callable[..., Any]
    wing: str
    num_iter: int | None

    @property
    def summary(self) -> str:
        """First line of the documentation."""
        return (inspect.getdoc(self.rule) or "").partition("\n")[0]

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """Parameters of the rule beyond data and operator."""
        signature = inspect.signature(self.rule, eval_str=False)
        return {n: p for n, p in signature.parameters.items() if n not in ("y", "A")}

    def solve(
        self,
        seen: Observation | Stack,
        *,
        num_iter: int | None = None,
        tol: float | None = None,
        stop: Rule | str | None = None,
        callback: Callback | None = None,
        history: bool = True,
        **parameters: Any,
    ) -> Result:
        """Run the method on an observation and return everything.

        Parameters
        ----------
        seen : Observation or Stack
            Data and operator; channels together for a method with a parameter ``joint``.
        num_iter : int, optional
            Number of iterations of an iterative method.
        tol : float, optional
            Relative change of the estimate at which an iterative method stops.
        stop : Rule or "auto", optional
            Any rule of `sigdeconv.stopping`, beside `num_iter` and `tol`; ``auto`` predicts data
            that were held out.
        callback : callable, optional
            ``callback(k, x)`` after every iteration; a true return value stops.
        history : bool
            Record the relative residual at every iteration.
        **parameters
            The method's own.
        """
        self._check(parameters)
        y, A = seen.y, seen.A
        if isinstance(seen, Stack) and "joint" not in self.parameters:
            raise ValueError(f"seen is a stack of channels, and {self.name} takes one signal")
        given_data = y
        y = A._masked(y)
        began = time.perf_counter()
        if self.num_iter is None:
            given = {"num_iter": num_iter, "tol": tol}
            parameters |= {n: v for n, v in given.items() if v is not None and n in self.parameters}
            unused = [n for n, v in given.items() if v is not None and n not in self.parameters]
            unused += [n for n, v in (("stop", stop), ("callback", callback)) if v is not None]
            if unused:
                raise ValueError(f"{unused[0]} does not apply to {self.name}: it does not iterate")
            found = self.rule(y, A, **parameters)
            found = found if isinstance(found, Estimate) else Estimate(found)
            record: dict[str, list[float]] = {}
        else:
            most = AUTO_ITER if stop == "auto" else self.num_iter
            most = most if num_iter is None else MaxIter(num_iter).num_iter
            rule: Rule = MaxIter(most)
            rule = rule if stop is None else as_rule(stop) | rule
            rule = rule if tol is None else RelativeChange(tol) | rule
            steps = self.rule(y, A, **parameters)
            if isinstance(steps, Iteration):
                parameters |= steps.parameters

            def again(other: Array) -> Iterator[tuple[Array, Array]]:
                return iter(self.rule(A._masked(other), A, **parameters))

            rule = rule.bind(Run(given_data, A.mask, A.psf, again, most))
            found, record = _drive(steps, y, rule, callback, history)
        return Result(
            x=found.x[(..., *A.window)],
            method=self.name,
            num_iter=found.num_iter,
            stop=found.stop,
            domain=found.x,
            seconds=time.perf_counter() - began,
            parameters=parameters | found.parameters,
            history=record,
            posterior=found.std,
            window=A.window,
        )

    def _check(self, parameters: dict[str, Any]) -> None:
        for name in parameters:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none of its own"
                raise TypeError(f"{self.name} has no parameter {name!r}; it has {known}")


def _drive(
    steps: Iterator[tuple[Array, Array]],
    y: Array,
    rule: Rule,
    callback: Callback | None,
    history: bool,
) -> tuple[Estimate, dict[str, list[float]]]:
    """Take steps until a rule, the callback or the method itself says stop."""
    measures = steps.measures if isinstance(steps, Iteration) else {}
    record: dict[str, list[float]] = {n: [] for n in ("residual", *measures)} if history else {}
    scale = norm(y) or 1.0
    previous: Array | None = None
    reason: StopReason | None = None
    endless = isinstance(steps, Iteration) and steps.endless
    k, x = -1, y
    for x, Ax in steps:
        k += 1
        if history:
            record["residual"].append(norm(Ax - y) / scale)
            for name, measure in measures.items():
                record[name].append(measure(x, Ax))
        if callback is not None and k > 0 and callback(k, x):
            reason = StopReason.CALLBACK
        reason = reason or rule(State(k, x, Ax, previous, y))
        if reason is not None:
            break
        previous = x if rule.looks_back else None
        if endless:
            del x, Ax  # their memory is free while the next are made
    k = max(k, 0)
    # A method that ends by itself has nothing left to correct.
    if reason is None and isinstance(steps, Iteration) and steps.ended is not None:
        reason = steps.ended()
    return Estimate(x, k, reason or StopReason.EXACT), record


registry: Registry[Method] = Registry("method", "sigdeconv.inverse", "sigdeconv.transposed")


def method(*, wing: str = "inverse") -> Callable[[Callable[..., Any]], Callable[..., Array]]:
    """Register a closed-form rule ``rule(y, A, ...)`` and return it as a function of arrays."""
    return functools.partial(_publish, wing=wing, num_iter=None)


def iterative(
    *, num_iter: int, wing: str = "inverse"
) -> Callable[[Callable[..., Any]], Callable[..., Array]]:
    """Register a rule that yields (x, A x) pairs and return it as a function of arrays."""
    return functools.partial(_publish, wing=wing, num_iter=num_iter)


def _publish(rule: Callable[..., Any], *, wing: str, num_iter: int | None) -> Callable[..., Array]:
    entry = Method(rule.__name__, rule, wing, num_iter)

    def function(y: Array, psf: Array | Convolution, **options: Any) -> Array:
        run = {n: options.pop(n) for n in _RUN if n in options}
        where = {n: options.pop(n) for n in _WHERE if n in options}
        return entry.solve(observe(y, psf, **where), history=False, **run, **options).x

    functools.update_wrapper(function, rule)
    del function.__wrapped__  # type: ignore[attr-defined]  # else inspect shows the rule's signature
    function.__signature__ = _signature(entry)  # type: ignore[attr-defined]  # read by inspect
    function.__doc__ = _document(entry)
    function.method = entry  # type: ignore[attr-defined]  # the registry's entry, for the curious
    registry.add(entry.name, entry)
    return function


_Shared = dict[str, tuple[Any, str, str]]
_WHERE: _Shared = {
    "boundary": (None, "str", "What lies beyond the border, see `Convolution`; ``unknown`` by\n"
                 "    default: the data are a window of a larger scene."),
    "centre": (None, "sequence of int", "Centre of the kernel; ``K // 2`` by default."),
    "mask": (None, "array of the data's shape",
             "Weight of each sample in the misfit: 0 for a dead one, 1 for a good one."),
    "workers": (None, "int", "FFT threads; by default what `scipy.fft.set_workers` says."),
}  # fmt: skip
_RUN: _Shared = {
    "num_iter": (None, "int", "Number of iterations."),
    "tol": (None, "float", "Stop when the estimate changes by less than this fraction."),
    "stop": (None, "Rule or str", "A rule of `sigdeconv.stopping`, beside `num_iter` and `tol`;\n"
             "    or ``auto``: stop where data held out are predicted best."),
    "callback": (None, "callable", "``callback(k, x)`` after each iteration; true stops."),
}  # fmt: skip


def _shared(entry: Method) -> dict[str, tuple[Any, str, str]]:
    """Return the parameters that the method shares with others: name -> default, type, text."""
    shared = dict(_WHERE)
    if entry.num_iter is not None:
        shared |= _RUN
        shared["num_iter"] = (entry.num_iter, "int", _RUN["num_iter"][2])
    return shared


def _signature(entry: Method) -> inspect.Signature:
    positional = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("y", "psf")
    ]
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in entry.parameters.values()]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, (default, _, _) in _shared(entry).items()
    ]
    return inspect.Signature([*positional, *own, *shared], return_annotation="Array")


def _document(entry: Method) -> str:
    """Return the rule's documentation with the shared parameters and the return value put in."""
    text = inspect.getdoc(entry.rule) or ""
    head = (
        "y : array\n    The data, 1-D, 2-D or 3-D; integers are taken as they are.\n"
        "psf : array or Convolution\n    The kernel, a complex transfer function on the grid of\n"
        "    `y`, or a ready operator."
    )
    tail = "\n".join(
        f"{name} : {kind}, optional\n    {text}" for name, (_, kind, text) in _shared(entry).items()
    )
    rule = "Parameters\n----------\n"
    before, found, after = text.partition(rule)
    if not found:
        before, after = text.partition("\n\n")[0] + "\n\n", text.partition("\n\n")[2]
        mark = after.find("\n----")
        start = after.rfind("\n", 0, mark) + 1 if mark >= 0 else len(after)
        before, own, after = before + after[:start], "", after[start:]
    else:
        mark = after.find("\n----")
        start = after.rfind("\n", 0, mark) + 1 if mark >= 0 else len(after)
        own, after = after[:start].strip("\n") + "\n", after[start:]
    returns = (
        "\n\nReturns\n-------\narray\n    The estimate on the window of the data, in the namespace "
        "and precision of `y`.\n\n"
    )
    return before + rule + head + "\n" + own + tail + returns + after
