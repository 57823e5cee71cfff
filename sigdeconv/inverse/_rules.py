"""Rules that choose a strength from numbers of `sigdeconv.inverse._curve`: what each one minimises.

Each rule is a function of the points, the noise variance and the strengths, and returns one score a
strength; the choice is the least score. Ridge and truncation are alike to them: they see misfit,
degrees of freedom and penalty only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv.inverse._curve import Numbers, Points

__all__ = [
    "GUARDED",
    "RULES",
    "believable",
    "corner",
    "crossing",
    "discrepancy",
    "evidence",
    "gcv",
    "least",
    "sure",
]


# Rules that do not look at the error of the prediction, and by which share it may exceed the least.
GUARDED, MOST_EXCESS = ("evidence", "l-curve"), 0.02


def gcv(p: Points, noise: float) -> Numbers:
    """Generalised cross-validation: the misfit over the squared share of free data.

    Golub, Heath & Wahba 1979, :doi:`10.1080/00401706.1979.10489751`.
    """
    return np.asarray(p.misfit / p.samples / (1 - p.freedom / p.samples) ** 2)


def sure(p: Points, noise: float) -> Numbers:
    """Stein's unbiased estimate of the error of the predicted data, for known noise.

    Stein 1981, :doi:`10.1214/aos/1176345632`.
    """
    return np.asarray((p.misfit + 2 * noise * p.freedom) / p.samples - noise)


def discrepancy(p: Points, noise: float) -> Numbers:
    """Morozov's principle: the misfit is that of the noise.

    Morozov 1966; Engl, Hanke & Neubauer 1996, "Regularization of Inverse Problems".
    """
    level = noise * p.samples
    tiny = np.finfo(float).tiny
    return np.asarray(np.abs(np.log(np.maximum(p.misfit, tiny) / max(level, tiny))))


def evidence(p: Points, noise: float) -> Numbers:
    """Minus twice the log likelihood of the weight, the noise level found along with it.

    Empirical Bayes: the penalty is a Gaussian prior. MacKay 1992, :doi:`10.1162/neco.1992.4.3.415`.
    """
    if p.product is None or p.log_det is None:
        return np.full(p.misfit.shape, np.nan)
    tiny = np.finfo(float).tiny
    fit = p.samples * np.log(np.maximum(p.product / p.samples, tiny))
    return np.asarray((fit + p.log_det) / p.samples)


def corner(p: Points, noise: float) -> Numbers:
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


def believable(p: Points, noise: float) -> Numbers:
    """Tell which strengths predict the data so well that the rules of `GUARDED` may choose them.

    Evidence takes the penalty for the signal's prior, and the corner takes any bend of the curve
    for the one between its legs; where these are wrong they can be off by orders of magnitude. So
    they choose among strengths whose error by Stein's estimate is within `MOST_EXCESS` of the
    least.
    """
    risk = p.misfit + 2 * noise * p.freedom
    return np.asarray(risk <= (1 + MOST_EXCESS) * np.min(risk))


RULES: dict[str, Any] = {
    "gcv": gcv,
    "sure": sure,
    "discrepancy": discrepancy,
    "evidence": evidence,
    "l-curve": corner,
}


def least(strengths: Numbers, scores: Numbers) -> tuple[float, int]:
    """Return the strength of the least score, and where it is on the grid.

    A minimum between two neighbours is refined by the parabola through the three.
    """
    known = np.where(np.isfinite(scores), scores, np.inf)
    i = int(np.argmin(known))
    if not np.isfinite(known[i]):
        return float("nan"), -1
    if 0 < i < known.size - 1 and np.all(np.isfinite(known[i - 1 : i + 2])):
        t = np.log(strengths[i - 1 : i + 2])
        curve = np.polyfit(t - t[1], known[i - 1 : i + 2] - known[i], 2)
        if curve[0] > 0:
            shift = float(np.clip(-curve[1] / (2 * curve[0]), t[0] - t[1], t[2] - t[1]))
            return float(np.exp(t[1] + shift)), i
    return float(strengths[i]), i


def crossing(strengths: Numbers, misfit: Numbers, level: float) -> tuple[float, int]:
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
