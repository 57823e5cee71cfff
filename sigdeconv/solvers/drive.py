"""The one loop over the iterates of any method: it measures, records, calls back and stops."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal, final

from sigdeconv._array import Array
from sigdeconv.result import Estimate, Iteration
from sigdeconv.stopping import Earlier, Rule, State, StopReason, norm

__all__ = ["Callback", "DefaultRun", "drive"]

Callback = Callable[[int, Array], Any]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class DefaultRun:
    """How an iterative method runs on some data when the caller does not say when to stop.

    Attributes
    ----------
    num_iter : int
        Most iterations.
    stop : Rule or "auto", optional
        A rule beside them.
    parameters : dict
        Parameters of the method, where the caller gave none.
    found : dict
        What to report.
    """

    num_iter: int
    stop: Rule | Literal["auto"] | None = None
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    found: dict[str, Any] = dataclasses.field(default_factory=dict)


def drive(
    steps: Iteration,
    y: Array,
    rule: Rule,
    callback: Callback | None,
    history: bool,
) -> tuple[Estimate, dict[str, list[float]]]:
    """Take steps until a rule, the callback or the method itself says stop."""
    measures = steps.measures
    record: dict[str, list[float]] = {n: [] for n in ("residual", *measures)} if history else {}
    scale = norm(y) or 1.0
    previous: Array | None = None
    reason: StopReason | Earlier | None = None
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
        previous = x if rule.needs_previous else None
        if steps.never_stops:
            del x, Ax  # their memory is free while the next are made
    # A method that ends by itself has nothing left to correct.
    if reason is None and steps.stop_reason is not None:
        reason = steps.stop_reason()
    if isinstance(reason, Earlier):
        k, x, reason = reason.state.num_iter, reason.state.x, reason.reason
        record = {name: values[: k + 1] for name, values in record.items()}
    return Estimate(x, max(k, 0), reason or StopReason.EXACT), record
