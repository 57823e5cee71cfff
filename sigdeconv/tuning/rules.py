"""Rules that choose a strength from the points of a curve: what each one minimises.

Each rule is a function of the points, the noise variance and the strengths, and returns one score a
strength; the choice is the least score. Ridge and truncation are alike to them: they see misfit,
degrees of freedom and penalty only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.tuning.points.record import TuningPoints

__all__ = [
    "GUARDED",
    "RULES",
    "believable",
    "corner",
    "crossing",
    "discrepancy",
    "evidence",
    "gcv",
    "sure",
]


# Rules that do not look at the error of the prediction, and by which share it may exceed the least.
GUARDED, MOST_EXCESS = ("evidence", "l-curve"), 0.02


def gcv(p: TuningPoints, noise: float) -> NumpyArray:
    """Generalised cross-validation: the misfit over the squared share of free data.

    Golub, Heath & Wahba 1979, :doi:`10.1080/00401706.1979.10489751`.
    """
    return np.asarray(p.misfit / p.samples / (1 - p.dof / p.samples) ** 2)


def sure(p: TuningPoints, noise: float) -> NumpyArray:
    """Stein's unbiased estimate of the error of the predicted data, for known noise.

    Stein 1981, :doi:`10.1214/aos/1176345632`.
    """
    return np.asarray((p.misfit + 2 * noise * p.dof) / p.samples - noise)


def discrepancy(p: TuningPoints, noise: float) -> NumpyArray:
    """Morozov's principle: the misfit is that of the noise.

    Morozov 1966; Engl, Hanke & Neubauer 1996, "Regularization of Inverse Problems".
    """
    level = noise * p.samples
    tiny = np.finfo(float).tiny
    return np.asarray(np.abs(np.log(np.maximum(p.misfit, tiny)) - np.log(max(level, tiny))))


def evidence(p: TuningPoints, noise: float) -> NumpyArray:
    """Minus twice the log likelihood of the weight, the noise level found along with it.

    Empirical Bayes: the penalty is a Gaussian prior. MacKay 1992, :doi:`10.1162/neco.1992.4.3.415`.
    """
    if p.product is None or p.log_det is None:
        return np.full(p.misfit.shape, np.nan)
    tiny = np.finfo(float).tiny
    fit = p.samples * np.log(np.maximum(p.product / p.samples, tiny))
    return np.asarray((fit + p.log_det) / p.samples)


def corner(p: TuningPoints, noise: float) -> NumpyArray:
    """L-curve: minus the curvature of log misfit against log penalty.

    Hansen 1992, :doi:`10.1137/1034115`.
    """
    tiny = np.finfo(float).tiny
    a, b = (np.log(np.maximum(v, tiny)) / 2 for v in (p.misfit, p.penalty))
    if a.size < 5:
        return np.full(a.shape, np.nan)
    steps = np.maximum(np.hypot(np.diff(a), np.diff(b)), 1e-12)
    t = np.concatenate([[0.0], np.cumsum(steps)])
    da, db = np.gradient(a, t), np.gradient(b, t)
    bend = da * np.gradient(db, t) - db * np.gradient(da, t)
    bend[:2] = bend[-2:] = np.nan  # the ends of a discrete curve have bends of their own
    return -bend


def believable(p: TuningPoints, noise: float) -> NumpyArray:
    """Tell which strengths predict the data so well that the rules of `GUARDED` may choose them.

    Evidence takes the penalty for the signal's prior, and the corner takes any bend of the curve
    for the one between its legs; where these are wrong they can be off by orders of magnitude. So
    they choose among strengths whose error by Stein's estimate is within `MOST_EXCESS` of the
    least.
    """
    risk = p.misfit + 2 * noise * p.dof
    return np.asarray(risk <= (1 + MOST_EXCESS) * np.min(risk))


RULES: dict[str, Any] = {
    "gcv": gcv,
    "sure": sure,
    "discrepancy": discrepancy,
    "evidence": evidence,
    "l-curve": corner,
}


def crossing(strengths: NumpyArray, misfit: NumpyArray, level: float) -> tuple[float, int]:
    """Return the strength at which the misfit, which grows with it, reaches `level`, and where."""
    above = np.flatnonzero(misfit >= level)
    if above.size == 0 or above[0] == 0:
        i = misfit.size - 1 if above.size == 0 else 0
        return float(strengths[i]), i
    i = int(above[0])
    a, b, c = (np.log(np.maximum(v, np.finfo(float).tiny)) for v in (*misfit[i - 1 : i + 1], level))
    share = float((c - a) / (b - a)) if b > a else 1.0
    t = np.log(strengths[i - 1 : i + 1])
    return float(np.exp(t[0] + share * (t[1] - t[0]))), i if share > 0.5 else i - 1
