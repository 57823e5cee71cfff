"""How strong: one curve of a method over its strengths, and every rule's choice on it.

    curve = tune(y, psf, method="tikhonov")
    curve.best["gcv"], curve.plot(), curve.result("gcv")

The strength is what stands between the data and the noise: the weight of a penalty, the threshold
of a truncated inverse, the number of iterations. Along it go the misfit, the degrees of freedom and
the penalty, and each rule is a score of these three. The rule that methods use by themselves
(``auto``) needs no solution: it takes the strength with the least expected error for the spectra of
signal and noise that the data make likely.
"""

from __future__ import annotations

import dataclasses
import math
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv._array import (
    Array,
    as_float,
    as_like,
    check_finite,
    like,
    random_generator,
    to_numpy,
)
from sigdeconv.inverse._curve import Points, is_diagonal, quadratic_points, spectrum_of
from sigdeconv.inverse._iterates import iterate_points
from sigdeconv.inverse._quadratic import Penalty
from sigdeconv.inverse._rules import RULES, crossing, least
from sigdeconv.inverse._spectrum import Bins, Spectra, bin_spectrum
from sigdeconv.inverse.tikhonov import mean_roughness, roughness_penalty
from sigdeconv.inverse.wiener import spectral_penalty
from sigdeconv.method import registry
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation, as_operator
from sigdeconv.result import Result
from sigdeconv.sanity import SanityWarning

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TuningCurve", "tune"]

STRENGTHS = {"tikhonov": "weight", "wiener": "weight", "landweber": "num_iter", "cgls": "num_iter"}
AUTO = "auto"


@dataclasses.dataclass(frozen=True, eq=False)
class TuningCurve:
    """A method over its strengths, and what each rule would choose.

    Attributes
    ----------
    method, parameter : str
        The method, and the parameter that is its strength.
    strengths : ndarray
        Values of the parameter.
    misfit, penalty, freedom : ndarray
        |A x - y|^2, the price x^H Q x (|x|^2 for iterations) and the effective degrees of freedom.
    samples : float
        Number of data.
    noise_std : float
        Noise level that the rules took as known.
    scores : dict of str to ndarray
        What each rule minimises.
    best : dict of str to float
        Its choice; NaN where the rule has none.
    psnr : ndarray or None
        Quality in dB at each strength, where the truth is known.
    notes : dict of str to str
        Doubts about a choice, with what to do.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> curve = sd.tune(seen.y, seen.A, method="tikhonov")
    >>> {"auto", "gcv", "l-curve", "discrepancy"} <= set(curve.best)
    True
    >>> weight = curve.best["gcv"]
    """

    method: str
    parameter: str
    strengths: np.ndarray[Any, Any]
    misfit: np.ndarray[Any, Any]
    penalty: np.ndarray[Any, Any]
    freedom: np.ndarray[Any, Any]
    samples: float
    noise_std: float
    scores: dict[str, np.ndarray[Any, Any]]
    best: dict[str, float]
    psnr: np.ndarray[Any, Any] | None
    notes: dict[str, str]
    seen: Observation = dataclasses.field(repr=False)
    options: dict[str, Any] = dataclasses.field(repr=False)

    def result(self, rule: str = AUTO) -> Result:
        """Return the method's result at the strength that `rule` chose.

        Raises
        ------
        ValueError
            If there is no such rule, or it has no choice here.

        Warns
        -----
        sigdeconv.sanity.SanityWarning
            If the rule chose the end of the range.
        """
        if rule not in self.best:
            raise ValueError(f"rule must be one of {', '.join(self.best)}; got {rule!r}")
        value = self.best[rule]
        if not math.isfinite(value):
            raise ValueError(f"rule {rule!r} has no choice here: {self.notes.get(rule, '')}")
        if "end of the range" in self.notes.get(rule, ""):
            text = f"{self.parameter}: rule {rule!r} {self.notes[rule]}"
            warnings.warn(text, SanityWarning, stacklevel=2)
        chosen = int(value) if self.parameter == "num_iter" else value
        options: dict[str, Any] = {**self.options, self.parameter: chosen}
        found = registry.get(self.method).solve(self.seen, **options)
        return dataclasses.replace(found, parameters=found.parameters | {"rule": rule})

    def quality(self, strength: Any) -> np.ndarray[Any, Any]:
        """Return the PSNR at any strength of the range, by a cubic spline in its logarithm.

        Raises
        ------
        ValueError
            If no truth is known.
        """
        if self.psnr is None:
            raise ValueError("quality needs a truth; give truth=, or an Observation of simulate")
        return spline(self.strengths, self.psnr, strength)

    def loss(self, rule: str) -> float:
        """Return by how many dB the rule's choice falls short of the best strength (the oracle)."""
        short = -self.quality(self.best[rule])
        return float(self.quality(self.best["oracle"]) + short)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw the curve with every rule's choice on it, see `sigdeconv.plots.tuning`."""
        from sigdeconv import plots

        return plots.tuning(self, path)

    def __str__(self) -> str:
        head = f"{self.method}, {self.parameter} (noise {self.noise_std:.3g})"
        rows = [head, f"{'rule':>12} {self.parameter:>12} {'freedom':>10} {'loss dB':>8}"]
        t = np.log(self.strengths)
        for rule, value in self.best.items():
            if not math.isfinite(value):
                rows.append(f"{rule:>12} {'none':>12}")
                continue
            freedom = np.interp(math.log(value), t, self.freedom) / self.samples
            lost = "" if self.psnr is None else f"{self.loss(rule):8.2f}"
            rows.append(f"{rule:>12} {value:12.4g} {100 * freedom:8.2f} % {lost}")
        rows += [f"{rule}: {text}" for rule, text in self.notes.items()]
        return "\n".join(rows)

    def __repr__(self) -> str:
        return f"TuningCurve({self.method}, {self.strengths.size} values of {self.parameter})"

    def _repr_html_(self) -> str:
        from sigdeconv.report import _notebook

        return _notebook.tuning(self)


def tune(
    y: Array | Observation,
    psf: Array | Convolution | None = None,
    method: str = "tikhonov",
    *,
    strengths: Sequence[float] | None = None,
    truth: Array | None = None,
    noise: float | None = None,
    boundary: str | None = None,
    centre: Sequence[int] | None = None,
    mask: Array | None = None,
    workers: int | None = None,
    rng: int | np.random.Generator | None = 0,
    **parameters: Any,
) -> TuningCurve:
    """Return a method's curve over its strengths, with the choice of every rule.

    Parameters
    ----------
    y : array or Observation
        The data, 1-D, 2-D or 3-D.
    psf : array or Convolution
        As in `deconvolve`.
    method : {"tikhonov", "wiener", "landweber", "cgls"}
        The weight of the quadratic methods, or the number of iterations of the others.
    strengths : sequence of float, optional
        Values to try; by default three decades to either side of the automatic choice.
    truth : array, optional
        The truth on the window of the data, for the oracle; an observation of `simulate` has it.
    noise : float, optional
        Standard deviation of the noise; estimated by default.
    boundary, centre, mask, workers
        As in `deconvolve`.
    rng : int or Generator
        Seed of the probe of the degrees of freedom, where they are not known exactly.
    **parameters
        The method's own, such as ``order`` of tikhonov.

    Returns
    -------
    TuningCurve
        Rules ``auto`` (least expected error under the fitted spectra), ``gcv``, ``sure``,
        ``discrepancy``, ``evidence`` and ``l-curve``; ``oracle`` with a truth.

    Raises
    ------
    ValueError, TypeError
        If the method has no strength to tune, or something does not fit.

    Notes
    -----
    Where the operator is diagonal (periodic; reflect with an even kernel) the numbers are exact and
    cost one transform. Elsewhere every weight is solved for, and the degrees of freedom come from
    one random probe.

    References
    ----------
    .. [1] P. C. Hansen, "Discrete Inverse Problems: Insight and Algorithms", SIAM, 2010,
           :doi:`10.1137/1.9780898718836`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> curve = sd.tune(seen)
    >>> curve.loss("gcv") < 0.5
    True
    """
    if not isinstance(method, str) or method not in STRENGTHS:
        raise ValueError(f"method must be one of {', '.join(STRENGTHS)}; got {method!r}")
    where = {"boundary": boundary, "centre": centre, "mask": mask, "workers": workers}
    if isinstance(y, Observation):
        given = [name for name, value in (where | {"psf": psf}).items() if value is not None]
        if given:
            raise ValueError(
                f"{given[0]} was given although y is an Observation, which has its own"
            )
        seen = y
    else:
        if psf is None:
            raise TypeError("psf is missing; tune needs y and psf, or an Observation")
        y = as_float(y, "y")
        check_finite(y, "y")
        if y.ndim == 0 or 0 in y.shape:
            raise ValueError(f"y has shape {tuple(y.shape)}; expected at least one sample")
        seen = Observation(y, as_operator(y, psf, **where))  # type: ignore[arg-type]
    data, A = seen.y, seen.A
    random_generator(rng)  # raises now, where the argument can be named
    if A.mask is not None:
        data = data * like(A.mask, data)
    bins = bin_spectrum(data, A)
    if noise is not None and not (isinstance(noise, (int, float)) and 0 <= noise < math.inf):
        raise ValueError(f"noise must be a standard deviation of at least 0; got {noise!r}")
    law = bins.fit(noise=None if noise is None else float(noise) ** 2)
    wanted = seen.truth_window if truth is None else truth
    target = None if wanted is None else to_numpy(as_like(wanted, data, "truth"))
    expected = tuple(np.empty(A.shape, bool)[A.window].shape)
    if target is not None and target.shape != expected:
        raise ValueError(f"truth has shape {target.shape}; expected {expected}, the window")
    if STRENGTHS[method] == "num_iter":
        values, points, best = _iterations(seen, method, strengths, law, rng, parameters)
    else:
        values, points, best = _weights(seen, method, strengths, bins, law, rng, parameters)
    return _judge(seen, method, values, points, best, law.noise, target, parameters)


def _weights(
    seen: Observation,
    method: str,
    strengths: Sequence[float] | None,
    bins: Bins,
    law: Spectra,
    rng: int | np.random.Generator | None,
    parameters: dict[str, Any],
) -> tuple[np.ndarray[Any, Any], Points, float]:
    """Return weights, the numbers at each, and the automatic choice, of a quadratic method."""
    y, A = seen.y, seen.A
    own = registry.get(method)
    run = {"num_iter": 200, "tol": 0.003}
    unknown = [n for n in parameters if n not in own.parameters or n == "weight"]
    if unknown:
        raise TypeError(f"{method} has no parameter {unknown[0]!r} to hold while its weight varies")
    run |= {n: parameters[n] for n in run if n in parameters}
    penalty: Penalty
    if method == "tikhonov":
        order = int(parameters.get("order", 1))
        penalty = roughness_penalty(order)
        best = bins.least_risk(law, lambda f: mean_roughness(f, y.ndim) ** order)
    else:
        spectra = {n: parameters[n] for n in ("nsr", "noise", "signal") if n in parameters}
        penalty, _, _ = spectral_penalty(y, A, **spectra)
        best = 1.0
    dense = is_diagonal(A)
    if strengths is None:
        middle = best if best > 0 else 1e-8
        values = middle * np.logspace(-3, 3, 121 if dense else 25)
    else:
        values = _given(strengths)
    if dense:
        points = spectrum_of(y, A, penalty).points(values)
    else:
        points = quadratic_points(
            y, A, penalty, values, noise=law.noise, rng=rng,
            num_iter=int(run["num_iter"]), tol=float(run["tol"]),
        )  # fmt: skip
    return values, points, best


def _iterations(
    seen: Observation,
    method: str,
    strengths: Sequence[float] | None,
    law: Spectra,
    rng: int | np.random.Generator | None,
    parameters: dict[str, Any],
) -> tuple[np.ndarray[Any, Any], Points, float]:
    """Return numbers of iterations, the numbers at each, and the automatic choice."""
    most = 300 if method == "landweber" else 60
    if strengths is None:
        values = np.unique(np.round(np.geomspace(1, most, 40)).astype(int)).astype(float)
    else:
        values = np.unique(np.round(_given(strengths)))
        if values[0] < 1:
            raise ValueError(f"strengths must be 1 iteration or more; got {values[0]:g}")
    points = iterate_points(seen, method, values.astype(int), law.noise, rng, parameters)
    return values, points, math.nan


def spline(
    strengths: np.ndarray[Any, Any], values: np.ndarray[Any, Any], at: Any
) -> np.ndarray[Any, Any]:
    """Return `values` between the strengths: piecewise cubic in the logarithm, no overshoot."""
    from scipy.interpolate import PchipInterpolator

    inside = np.clip(at, strengths[0], strengths[-1])
    return np.asarray(PchipInterpolator(np.log(strengths), values)(np.log(inside)))


def _given(strengths: Sequence[float]) -> np.ndarray[Any, Any]:
    values = np.sort(as_float(strengths, "strengths").ravel())
    if values.size < 3 or values.dtype.kind != "f" or not 0 < values[0] <= values[-1] < math.inf:
        raise ValueError(f"strengths must be three or more numbers above 0; got {strengths!r:.60}")
    return values


def _judge(
    seen: Observation,
    method: str,
    values: np.ndarray[Any, Any],
    points: Points,
    auto: float,
    noise: float,
    truth: np.ndarray[Any, Any] | None,
    parameters: dict[str, Any],
) -> TuningCurve:
    """Let every rule choose."""
    falling = STRENGTHS[method] == "num_iter"  # more iterations are less smoothing
    scores = {rule: score(points, noise) for rule, score in RULES.items()}
    best, notes = {}, {}
    best[AUTO] = auto
    for rule, score in scores.items():
        if rule == "discrepancy":
            turn = slice(None, None, -1) if falling else slice(None)
            value, at = crossing(values[turn], points.misfit[turn], noise * points.samples)
        else:
            value, at = least(values, score)
        best[rule] = float(round(value)) if falling and math.isfinite(value) else value
        if at < 0:
            notes[rule] = "has no choice for this method and operator"
        elif at in (0, values.size - 1):
            notes[rule] = f"chose the end of the range, {value:.3g}; widen strengths="
    if not math.isfinite(auto):  # iterations have no penalty: Stein's estimate is the rule
        best[AUTO] = best["sure"]
    psnr = None
    if truth is not None:
        psnr = _quality(seen, method, values, points, truth, parameters)
        near = values if falling else np.geomspace(values[0], values[-1], 40 * values.size)
        best["oracle"] = float(near[np.argmax(spline(values, psnr, near))])
    return TuningCurve(
        method, STRENGTHS[method], values, points.misfit, points.penalty, points.freedom,
        points.samples, math.sqrt(noise), scores, best, psnr, notes, seen, dict(parameters),
    )  # fmt: skip


def _quality(
    seen: Observation,
    method: str,
    values: np.ndarray[Any, Any],
    points: Points,
    truth: np.ndarray[Any, Any],
    parameters: dict[str, Any],
) -> np.ndarray[Any, Any]:
    """Return the PSNR at each strength, solving where the numbers did not need the estimates."""
    span = float(np.ptp(np.abs(truth))) or 1.0
    found = []
    for i, value in enumerate(values):
        if points.estimates is not None:
            x = to_numpy(points.estimates[i])
        else:
            options = dict[str, Any]({STRENGTHS[method]: float(value)}) | parameters
            x = to_numpy(registry.get(method).solve(seen, history=False, **options).x)
        mse = float(np.mean(np.abs(x - truth) ** 2))
        found.append(20 * math.log10(span) - 10 * math.log10(max(mse, np.finfo(float).tiny)))
    return np.array(found)
