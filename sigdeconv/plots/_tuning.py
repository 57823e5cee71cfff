"""The figure of a tuning curve: every rule's choice on one axis, and the L-curve beside it."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sigdeconv._array import NumpyArray
from sigdeconv.plots import style

if TYPE_CHECKING:
    from sigdeconv.tuning import TuningCurve
else:
    TuningCurve = Any  # what is drawn does not need what made it

__all__ = ["tuning"]

MARKERS = {
    "auto": ("o", style.COLOURS[3]),
    "gcv": ("s", style.COLOURS[0]),
    "sure": ("D", style.COLOURS[1]),
    "discrepancy": ("^", style.COLOURS[4]),
    "evidence": ("v", style.COLOURS[2]),
    "l-curve": ("P", style.COLOURS[6]),
    "oracle": ("*", style.TRUTH),
}


def tuning(
    curve: TuningCurve,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    """Draw a tuning curve: quality and scores over the strength, and misfit against penalty.

    Parameters
    ----------
    curve : TuningCurve
        From `sigdeconv.tuning`.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.
    title : str, optional
        Heading of the figure.

    Returns
    -------
    matplotlib.figure.Figure
        Left: PSNR over the strength (degrees of freedom without a truth) with the choice of each
        rule and its loss in dB. Middle: what each rule minimises, each scaled to its own range.
        Right: the L-curve.

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, or `width` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> fig = sd.plots.tuning(sd.tune(obs))
    >>> len(fig.axes)
    3
    """
    page = style.page(path, width, dpi, title)
    with style.context():
        fig, (left, middle, right) = style.row(3, 2.6, page)
        _quality(left, curve)
        _scores(middle, curve)
        _l_curve(right, curve)
        for axes in (left, middle):
            axes.set_xscale("log")
            axes.set_xlabel(
                f"{curve.parameter} of {curve.method}".replace("num_iter", "iterations")
            )
        for axis in (left.xaxis, right.xaxis, right.yaxis):
            _few_ticks(axis)
        return style.save(fig, page)


def _few_ticks(axis: Any) -> None:
    """Label a short logarithmic axis so that no labels meet."""
    low, high = axis.get_view_interval()
    if math.log10(high / low) < 3:
        axis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _choices(curve: TuningCurve) -> list[tuple[str, float]]:
    return [(rule, value) for rule, value in curve.best.items() if math.isfinite(value)]


def _on(curve: TuningCurve, values: NumpyArray, strength: float) -> float:
    return float(np.interp(math.log(strength), np.log(curve.strengths), values))


def _quality(axes: Any, curve: TuningCurve) -> None:
    known = curve.psnr is not None
    values = curve.psnr if curve.psnr is not None else 100 * curve.dof / curve.samples
    fine = np.geomspace(curve.strengths[0], curve.strengths[-1], 400)
    drawn = curve.quality(fine) if known else np.interp(fine, curve.strengths, values)
    axes.plot(fine, drawn, color=style.DATA)
    for rule, strength in _choices(curve):
        marker, colour = MARKERS[rule]
        lost = round(curve.loss(rule), 2) + 0.0 if known else 0.0
        label = f"{rule}: {'−' if lost > 0 else ''}{abs(lost):.2f} dB" if known else rule
        label = "oracle" if rule == "oracle" else label
        size = 9 if rule == "oracle" else 5
        height = curve.quality(strength) if known else _on(curve, values, strength)
        axes.plot(strength, height, marker, color=colour, markersize=size, label=label)
    axes.set_title("PSNR (dB)" if known else "degrees of freedom (% of the data)")
    if known:  # the collapse at either end would flatten what matters
        top = float(np.max(drawn))
        worst = max(curve.loss(rule) for rule, _ in _choices(curve))
        margin = min(max(3.0, 1.5 * worst), 12.0)
        visible = fine[drawn > top - margin]
        axes.set_xlim(visible[0], visible[-1])
        axes.set_ylim(top - margin, top + margin / 10)
    axes.legend(loc="lower center" if known else "best", fontsize=7)


def _scores(axes: Any, curve: TuningCurve) -> None:
    for rule, score in curve.scores.items():
        good = np.isfinite(score)
        if not np.any(good) or rule == "l-curve":
            continue
        span = float(np.ptp(score[good])) or 1.0
        # Near the minimum a score is flat: the root of its rise shows where it is.
        rise = np.sqrt((score[good] - np.min(score[good])) / span)
        marker, colour = MARKERS[rule]
        axes.plot(curve.strengths[good], rise, color=colour, label=rule)
        axes.plot(curve.best[rule], 0, marker, color=colour, markersize=4, clip_on=False)
    axes.set(ylim=(0, 1), yticks=[])
    axes.set_title("what the rules minimise (scaled)")
    axes.legend(loc="upper center", fontsize=7)


def _l_curve(axes: Any, curve: TuningCurve) -> None:
    tiny = np.finfo(float).tiny
    misfit = np.sqrt(np.maximum(curve.misfit, tiny))
    penalty = np.sqrt(np.maximum(curve.penalty, tiny))
    axes.loglog(misfit, penalty, color=style.DATA)
    for rule, strength in _choices(curve):
        marker, colour = MARKERS[rule]
        where = [math.exp(_on(curve, np.log(v), strength)) for v in (misfit, penalty)]
        axes.plot(*where, marker, color=colour, markersize=7 if rule == "oracle" else 4)
    axes.axvline(
        curve.noise_std * math.sqrt(curve.samples), color=style.DATA, linewidth=0.6, linestyle="--"
    )
    axes.set(xlabel="misfit |Ax - y|  (noise dashed)", title="L-curve: penalty against misfit")
