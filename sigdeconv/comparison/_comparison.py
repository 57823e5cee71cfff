"""What comes out of a comparison: estimates, rows of numbers and a verdict."""

from __future__ import annotations

import dataclasses
import functools
import os
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv import _display
from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.comparison._lost import NullSpace, null_space
from sigdeconv.comparison._words import sentences, table
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation
from sigdeconv.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure
else:
    Figure = Any  # figures are loaded when one is drawn

__all__ = ["Comparison", "data_on_grid"]

TEXT_WIDTH = 88  # characters of a line
LEGEND = (
    "shape: of the estimate. PSNR, NRMSE: are the values right. corr: do its ups and downs follow\n"
    "the truth, at any level. level: 1 where its level is right."
)


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """The estimates of several methods on one observation, measured against the truth.

    Attributes
    ----------
    observation : Observation
        Data, operator and (in experiments) the truth.
    results : dict of str to Result
        What every method returned.
    rows : list of dict
        One row for the data and one for each method: method, kind, shape, psnr, gain over the data,
        ssim, nrmse, correlation, level (the factor by which the truth fits the estimate best:
        1 is right), num_iter, seconds. What needs a truth is None without one.
    left_out : dict of str to str
        Methods of the default list that cannot take these data, and why.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> comparison = sd.compare(obs, methods=["adjoint", "wiener"])
    >>> psnr = {row["method"]: row["psnr"] for row in comparison.rows}
    >>> psnr["wiener"] > psnr["data"] > psnr["adjoint"]
    True
    """

    observation: Observation
    results: dict[str, Result]
    rows: list[dict[str, Any]]
    left_out: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def truth(self) -> NumpyArray | None:
        """The truth on the window of the data."""
        window = self.observation.truth_window
        return None if window is None else to_numpy(window)

    @property
    def data(self) -> NumpyArray:
        """The data; repeated to the grid of the signal where the operator has a stride."""
        return data_on_grid(self.observation)

    @property
    def images(self) -> dict[str, NumpyArray]:
        """The estimate of every method on the window of the data."""
        return {name: to_numpy(result.x) for name, result in self.results.items()}

    @property
    def verdict(self) -> str:
        """Which method restored the shape, which the values, and by how many dB."""
        if self.truth is None:
            return "No truth is known: shapes and levels can be compared, values cannot."
        lost = self.null_space
        return " ".join([*sentences(self.rows), *([str(lost)] if lost else [])])

    @functools.cached_property
    def null_space(self) -> NullSpace | None:
        """What a stride dropped of the truth; None without a stride or a truth."""
        return null_space(self.observation)

    def table(self, style: str = "text") -> str:
        """Return the table as ``text``, ``markdown``, ``csv`` or ``html``.

        Raises
        ------
        ValueError
            If `style` is none of them.
        """
        return table(self.rows, style)

    def plot(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Figure:
        """Draw the comparison; see `sigdeconv.plots.comparison`."""
        figure: Figure = _display.draw(self, path, **options)
        return figure

    def to_html(self, path: str | os.PathLike[str] | None = None, **options: Any) -> str:
        """Return the comparison as one page to try out; see `sigdeconv.report.comparison`."""
        return _display.page(self, path, **options)

    def __str__(self) -> str:
        rest = [f"{name} was left out: {why}." for name, why in self.left_out.items()]
        told = [textwrap.fill(text, TEXT_WIDTH) for text in (self.verdict, *rest)]
        return "\n".join([*told, "", self.table(), "", LEGEND])

    def __repr__(self) -> str:
        return f"Comparison({', '.join(self.results)})"

    def _repr_html_(self) -> str:
        return _display.html(self)


def data_on_grid(obs: Observation) -> NumpyArray:
    """Return the data on the grid of the signal.

    They are repeated where the operator has a stride; where it is no convolution, and the data have
    another shape than the signal, they are back-projected, A^H y times what fits them best.
    """
    data = to_numpy(obs.y)
    if not isinstance(obs.A, Convolution):
        shape = tuple(w.stop - w.start for w in obs.A.window)
        return data if data.shape == shape else _back_projected(obs)[obs.A.window]
    for axis, s in enumerate(obs.A.stride):
        data = np.repeat(data, s, axis=axis) if s > 1 else data
    window = tuple(slice(0, w.stop - w.start) for w in obs.A.window)
    return data[window]


def _back_projected(obs: Observation) -> NumpyArray:
    """Return the multiple of A^H y that explains the data best."""
    x = to_numpy(obs.A.adjoint(obs.weighted))
    Ax = to_numpy(obs.A.forward(x))
    energy = float(np.vdot(Ax, Ax).real)
    scale = np.vdot(Ax, to_numpy(obs.weighted)) / energy if energy > 0 else 0.0
    return np.asarray(x * (scale if np.iscomplexobj(x) else np.real(scale)))
