"""When to stop an iteration: rules that combine with ``|`` (any) and ``&`` (all).

A rule looks at the `State` of an iteration and returns a `StopReason` or None. Rules are frozen
records without memory, so one rule can serve many runs at the same time; one that compares with
earlier iterations, or runs the method on other data first, makes a rule for each run in `bind`.

The rules that know the noise stop when it is all that is left (`Discrepancy`,
`PoissonDiscrepancy`, `Whiteness`). Two ask which iteration predicts data best that it did not see:
`CrossValidation`, which is what ``stop="auto"`` means, with all data in use, and `Thinning` with
counts that are held out.
"""

from sigdeconv.stopping._auto import as_rule
from sigdeconv.stopping._cross_validation import CrossValidation
from sigdeconv.stopping._misfit import mismatch
from sigdeconv.stopping._rule import (
    AllOf,
    AnyOf,
    Beside,
    Earlier,
    Rule,
    Run,
    State,
    StopReason,
    divergence,
    norm,
)
from sigdeconv.stopping._rules import (
    Discrepancy,
    MaxIter,
    PoissonDiscrepancy,
    RelativeChange,
    Stalled,
    Whiteness,
)
from sigdeconv.stopping._thinning import FRACTION, Thinning, split

__all__ = [
    "FRACTION",
    "AllOf",
    "AnyOf",
    "Beside",
    "CrossValidation",
    "Discrepancy",
    "Earlier",
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
    "mismatch",
    "norm",
    "split",
]
