"""The rule that a word stands for."""

from __future__ import annotations

from typing import Any, Literal

from sigdeconv.stopping._cross_validation import CrossValidation
from sigdeconv.stopping._rule import Rule

__all__ = ["as_rule"]


def as_rule(stop: Rule | Literal["auto"]) -> Rule:
    """Return the rule that `stop` names: a `Rule` itself, or ``auto``.

    Parameters
    ----------
    stop : Rule or "auto"
        A rule, or the word for `CrossValidation`.

    Returns
    -------
    Rule
        The rule.

    Raises
    ------
    TypeError, ValueError
        If it is neither.

    Examples
    --------
    >>> from sigdeconv.stopping import as_rule
    >>> as_rule("auto")
    CrossValidation(rng=0)
    """
    if isinstance(stop, Rule):
        return stop
    given: Any = stop  # what is not typed may be anything
    if given == "auto":
        return CrossValidation()
    kind = ValueError if isinstance(given, str) else TypeError
    raise kind(
        f"stop must be a rule of sigdeconv.stopping or 'auto'; got {stop!r}. "
        "For a number of iterations use num_iter"
    )
