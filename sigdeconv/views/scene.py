"""What the panels of a comparison share: the ranges, the colours, and the words.

Nothing here draws: figures (`sigdeconv.plots`) and pages (`sigdeconv.report`) both look here, so
that they show the same thing. The palette is that of Okabe and Ito, which readers with any kind of
colour vision can tell apart.

References
----------
M. Okabe and K. Ito, "Color universal design: how to make figures and presentations that are
friendly to colorblind people", 2008.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation
from sigdeconv.views import arrays

if TYPE_CHECKING:
    from sigdeconv.comparison import Comparison

__all__ = ["COLOURS", "DATA", "PRINT_WIDTHS", "TRUTH", "Scene", "decibel", "scene_of"]

TRUTH = "black"
DATA = "#999999"
COLOURS = ("#D55E00", "#E69F00", "#CC79A7", "#0072B2", "#009E73", "#56B4E9", "#7F3C8D", "#B8A800")
PRINT_WIDTHS = (60.0, 1000.0)  # millimetres: titles of 7 pt need the one, no page is the other
EXPLODED = 3.0  # an error of so many ranges of the truth sets no scale for the others
SLACK = 0.25  # a panel says so when its values leave the range by this part of the range


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn, and the ranges that all panels share."""

    truth: NumpyArray | None
    data: NumpyArray
    images: dict[str, NumpyArray]
    rows: dict[str, dict[str, Any]]
    otf: NumpyArray
    psf: NumpyArray
    left_out: int = 0
    point: tuple[int, ...] = ()
    spacing: tuple[float, ...] = ()
    unit: str = ""
    x: NumpyArray | None = None
    with_errors: bool = True

    @property
    def reference(self) -> NumpyArray:
        """The truth, or the data when no truth is known."""
        return self.data if self.truth is None else self.truth

    @property
    def panels(self) -> dict[str, NumpyArray]:
        """Every image by its title, in the order of the panels."""
        first = {} if self.truth is None else {"truth": self.truth}
        return {**first, "data": self.data, **self.images}

    @functools.cached_property
    def limits(self) -> tuple[float, float]:
        """The one range of values."""
        return arrays.span(self.reference)

    @functools.cached_property
    def exploded(self) -> set[str]:
        """Methods whose error is far beyond the range of the truth, or not a number."""
        reach = EXPLODED * (self.limits[1] - self.limits[0])
        return {
            name
            for name, image in self.images.items()
            if not np.all(np.isfinite(image))
            or np.percentile(np.abs(image - self.reference), 99) > reach
        }

    @functools.cached_property
    def errors(self) -> dict[str, NumpyArray]:
        """Estimate minus truth, for the data and every method."""
        if self.truth is None or not self.with_errors:
            return {}
        return {name: a - self.truth for name, a in self.panels.items() if name != "truth"}

    @functools.cached_property
    def error_limit(self) -> float:
        """The one range of errors: 99 % of the samples of every method that did not explode."""
        kept = [e for name, e in self.errors.items() if name not in self.exploded]
        limit = max(float(np.percentile(np.abs(e), 99)) for e in kept)
        return limit if limit > 0 else 1.0

    @functools.cached_property
    def colours(self) -> dict[str, str]:
        """One colour a curve."""
        curves = {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(self.images)}
        return {"truth": TRUTH, "data": DATA, **curves}

    @functools.cached_property
    def dashes(self) -> dict[str, Any]:
        """Dashes for the adjoints, which often lie on each other; each fills the other's gaps."""
        names = [name for name in self.images if self.rows[name]["kind"] == "adjoint"]
        return {name: (3 * k, (3, 3)) for k, name in enumerate(names)}

    def title(self, name: str, brief: bool = False) -> str:
        """Name and, where a truth is known, how close to it."""
        row = self.rows.get(name, {})
        if name == "truth" or row.get("psnr") is None:
            return name
        gain = "" if name == "data" else f" ({decibel(row['gain'])})"
        level = f"{'' if brief else 'PSNR '}{decibel(row['psnr'], sign=False)} dB{gain}"
        r = row["correlation"]
        return f"{name}\n{level}  r {_fixed(r, 3 if abs(r) > 0.9 and not brief else 2)}"

    def excess(self, name: str) -> str:
        """Say which values a panel cannot show; empty when it shows (nearly) all."""
        image = self.panels[name]
        if not np.all(np.isfinite(image)):
            return f"{np.count_nonzero(~np.isfinite(image))} values are not finite"
        low, high = float(np.min(image)), float(np.max(image))
        slack = SLACK * (self.limits[1] - self.limits[0])
        if low >= self.limits[0] - slack and high <= self.limits[1] + slack:
            return ""
        return f"range {arrays.short(low)} .. {arrays.short(high)}"


def scene_of(comparison: Comparison, names: Sequence[str] | None = None) -> Scene:
    """Return what is shown of a comparison: these methods, or all.

    Raises
    ------
    ValueError
        If the data have more than three axes.
    """
    data = arrays.real(comparison.data, comparison.data)
    if data.ndim not in (1, 2, 3):
        raise ValueError(f"the data have {data.ndim} axes; a comparison is drawn for 1, 2 or 3")
    truth = comparison.truth
    truth = None if truth is None else arrays.real(truth, truth)
    images = comparison.images
    names = list(images) if names is None else list(names)
    return Scene(
        truth=truth,
        data=data,
        images={name: arrays.real(images[name], comparison.data) for name in names},
        rows={row["method"]: row for row in comparison.rows},
        otf=_otf(comparison.observation),
        psf=comparison.observation.kernel,
        left_out=len(images) - len(names),
    )


def _otf(obs: Observation) -> NumpyArray:
    """Return the transfer function; one where the operator has none."""
    return np.asarray(obs.A.otf) if isinstance(obs.A, Convolution) else np.ones((1,) * obs.y.ndim)


def decibel(value: float | None, sign: bool = True) -> str:
    """Return a level with a true minus, without decimals where they say nothing."""
    if value is None:
        return "?"
    text = _fixed(value, 1 if abs(value) < 100 else 0)
    return f"+{text}" if sign and not text.startswith("−") else text


def _fixed(value: float, digits: int) -> str:
    """Return `value` with a true minus, and no minus before a rounded zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−").replace("inf", "∞")
