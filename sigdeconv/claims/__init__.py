"""What is said about "deconvolution", each claim run as an experiment.

Articles and documentation use one word for two operators and contradict each other. Here every
statement is a function that builds the operators, measures, and lets the verdict follow from the
cases: it *holds* when all cases do, *fails* when none does or where one counterexample refutes a
statement that is meant for all, and *holds when ...* otherwise. Nothing is asserted: hand `run`
another idea of the transpose (a pseudo-inverse, say) and verdicts flip, and so they do with a fault
in the operators, the layers or the sizes of this package.

One statement (6) is about the history of a field; its verdict is by reference.
"""

from sigdeconv.claims._lab import Finding, Lab, Verdict
from sigdeconv.claims._run import numbers, run, table

__all__ = ["Finding", "Lab", "Verdict", "numbers", "run", "table"]
