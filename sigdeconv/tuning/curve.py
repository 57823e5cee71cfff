"""The curve of a method over its strengths, with every rule's choice on it."""

from __future__ import annotations

import dataclasses
import math
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv import _display
from sigdeconv._array import NumpyArray
from sigdeconv.catalogue import registry
from sigdeconv.problem import Observation
from sigdeconv.result import Result
from sigdeconv.sanity import SanityWarning

if TYPE_CHECKING:
    from matplotlib.figure import Figure
else:
    Figure = Any  # figures are loaded when one is drawn

__all__ = ["AUTO", "TuningCurve", "spline"]

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
    misfit, penalty, dof : ndarray
        |A x - y|^2, the penalty x^H Q x (|x|^2 for iterations), and the effective degrees of
        freedom.
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
    obs : Observation
        The data.
    options : dict
        Parameters of the method that were given.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> curve = sd.tune(obs.y, obs.A, method="tikhonov")
    >>> {"auto", "gcv", "l-curve", "discrepancy"} <= set(curve.best)
    True
    >>> weight = curve.best["gcv"]
    """

    method: str
    parameter: str
    strengths: NumpyArray
    misfit: NumpyArray
    penalty: NumpyArray
    dof: NumpyArray
    samples: float
    noise_std: float
    scores: dict[str, NumpyArray]
    best: dict[str, float]
    psnr: NumpyArray | None
    notes: dict[str, str]
    obs: Observation = dataclasses.field(repr=False)
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
        found = registry.get(self.method).solve(self.obs, **options)
        return dataclasses.replace(found, parameters=found.parameters | {"rule": rule})

    def quality(self, strength: Any) -> NumpyArray:
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

    def plot(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Figure:
        """Draw the curve with every rule's choice on it, see `sigdeconv.plots.tuning`."""
        figure: Figure = _display.draw(self, path, **options)
        return figure

    def __str__(self) -> str:
        head = f"{self.method}, {self.parameter} (noise {self.noise_std:.3g})"
        rows = [head, f"{'rule':>12} {self.parameter:>12} {'dof':>10} {'loss dB':>8}"]
        t = np.log(self.strengths)
        for rule, value in self.best.items():
            if not math.isfinite(value):
                rows.append(f"{rule:>12} {'none':>12}")
                continue
            dof = np.interp(math.log(value), t, self.dof) / self.samples
            lost = "" if self.psnr is None else f"{self.loss(rule):8.2f}"
            rows.append(f"{rule:>12} {value:12.4g} {100 * dof:8.2f} % {lost}")
        rows += [f"{rule}: {text}" for rule, text in self.notes.items()]
        return "\n".join(rows)

    def __repr__(self) -> str:
        return f"TuningCurve({self.method}, {self.strengths.size} values of {self.parameter})"

    def _repr_html_(self) -> str:
        return _display.html(self)


def spline(strengths: NumpyArray, values: NumpyArray, at: Any) -> NumpyArray:
    """Return `values` between the strengths: piecewise cubic in the logarithm, no overshoot."""
    from scipy.interpolate import PchipInterpolator

    inside = np.clip(at, strengths[0], strengths[-1])
    return np.asarray(PchipInterpolator(np.log(strengths), values)(np.log(inside)))
