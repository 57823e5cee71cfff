"""What is said about "deconvolution", each claim run as an experiment.

Articles and documentation use one word for two operators and contradict each other. Here every
statement is a function that builds the operators, measures, and lets the verdict follow from the
cases: it *holds* when all cases do, *fails* when none does, and *holds when ...* otherwise. Nothing
is asserted: hand `run` another idea of the transpose (a pseudo-inverse, say) and verdicts flip.

Two statements (6 and 19) are about the history of a field; they have a verdict by reference and no
experiment.
"""

from sigdeconv.claims._lab import Finding, Lab, Verdict
from sigdeconv.claims._run import numbers, run, table

__all__ = ["Finding", "Lab", "Verdict", "numbers", "run", "table"]
