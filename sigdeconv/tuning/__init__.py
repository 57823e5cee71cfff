"""How strong: one curve of a method over its strengths, and every rule's choice on it.

    curve = tune(y, psf, method="tikhonov")
    curve.best["gcv"], curve.plot(), curve.result("gcv")

The strength is what stands between the data and the noise: the weight of a penalty, the threshold
of a truncated inverse, the number of iterations. Along it go the misfit, the degrees of freedom and
the penalty, and each rule is a score of these three. The rule that methods use by themselves
(``auto``) needs no solution: it takes the strength with the least expected error for the spectra of
signal and noise that the data make likely.
"""

from sigdeconv.tuning.curve import TuningCurve
from sigdeconv.tuning.run import tune

__all__ = ["TuningCurve", "tune"]
