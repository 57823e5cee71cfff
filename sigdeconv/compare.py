"""The hall where both wings meet: all methods on the same data, in numbers, words and pictures.

Two questions are asked of every estimate. *Shape*: does it have the size of the signal, and do its
ups and downs follow it (correlation)? *Values*: is it closer to the signal than the data were
(gain in dB)? The transposed convolution answers yes to the first and no to the second.
"""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv import metrics
from sigdeconv._array import Array, as_float, as_like, check_finite, to_numpy, zeros
from sigdeconv.deconvolve import deconvolve
from sigdeconv.method import registry
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation, as_operator
from sigdeconv.result import Result
from sigdeconv.sanity import SanityWarning, check

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

__all__ = ["Comparison", "compare"]

DEFAULT_METHODS = ("adjoint", "scaled_adjoint", "inverse", "wiener", "tikhonov", "richardson_lucy")
COLUMNS = {
    "method": "method",
    "wing": "kind",
    "shape": "shape",
    "psnr": "PSNR dB",
    "gain": "gain dB",
    "ssim": "SSIM",
    "nrmse": "NRMSE",
    "correlation": "corr",
    "slope": "level",
    "num_iter": "iter",
    "seconds": "s",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """The estimates of several methods on one observation, measured against the truth.

    Attributes
    ----------
    seen : Observation
        Data, operator and (in experiments) the truth.
    results : dict of str to Result
        What every method returned.
    rows : list of dict
        One row for the data and one for each method: method, wing, shape, psnr, gain over the data,
        ssim, nrmse, correlation, slope (the estimate's level: its best fit to the truth is
        ``slope * truth``), num_iter, seconds. What needs a truth is None without one.
    left_out : dict of str to str
        Methods of the default list that cannot take these data, and why.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> hall = sd.compare(seen, methods=["adjoint", "wiener"])
    >>> psnr = {row["method"]: row["psnr"] for row in hall.rows}
    >>> psnr["wiener"] > psnr["data"] > psnr["adjoint"]
    True
    """

    seen: Observation
    results: dict[str, Result]
    rows: list[dict[str, Any]]
    left_out: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def truth(self) -> np.ndarray[Any, Any] | None:
        """The truth on the window of the data."""
        window = self.seen.truth_window
        return None if window is None else to_numpy(window)

    @property
    def data(self) -> np.ndarray[Any, Any]:
        """The data; repeated to the grid of the signal where the operator has a stride."""
        return _data_on_grid(self.seen)

    @property
    def images(self) -> dict[str, np.ndarray[Any, Any]]:
        """The estimate of every method on the window of the data."""
        return {name: to_numpy(result.x) for name, result in self.results.items()}

    @property
    def verdict(self) -> str:
        """Which method restored the shape, which the values, and by how many dB."""
        if self.truth is None:
            return "No truth is known: shapes and levels can be compared, values cannot."
        return " ".join(_sentences(self.rows))

    def table(self, style: str = "text") -> str:
        """Return the table as ``text``, ``markdown``, ``csv`` or ``html``.

        Raises
        ------
        ValueError
            If `style` is none of them.
        """
        if style == "csv":
            out = io.StringIO()
            writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: row[name] for name in COLUMNS} for row in self.rows)
            return out.getvalue()
        cells = [list(COLUMNS.values())]
        cells += [[cell(name, row[name]) for name in COLUMNS] for row in self.rows]
        if style == "html":
            lines = [
                "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in row) + "</tr>"
                for row, tag in zip(cells, ["th"] + ["td"] * len(self.rows), strict=True)
            ]
            return "<table>" + "".join(lines) + "</table>"
        widths = [max(len(row[k]) for row in cells) for k in range(len(COLUMNS))]
        left = {0, 1, 2}

        def line(row: list[str]) -> list[str]:
            return [
                text.ljust(width) if k in left else text.rjust(width)
                for k, (text, width) in enumerate(zip(row, widths, strict=True))
            ]

        if style == "text":
            rule = "  ".join("-" * width for width in widths)
            body = ["  ".join(line(row)).rstrip() for row in cells]
            return "\n".join([body[0], rule, *body[1:]])
        if style == "markdown":
            ends = ["-" if k in left else ":" for k in range(len(widths))]
            rule = "|".join("-" * (w + 1) + end for w, end in zip(widths, ends, strict=True))
            body = ["| " + " | ".join(line(row)) + " |" for row in cells]
            return "\n".join([body[0], f"|{rule}|", *body[1:]])
        raise ValueError(f"style must be 'text', 'markdown', 'csv' or 'html'; got {style!r}")

    def plot(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Figure:
        """Draw the comparison; see `sigdeconv.plots.comparison`."""
        from sigdeconv import plots

        return plots.comparison(self, path, **options)

    def to_html(self, path: str | os.PathLike[str] | None = None, **options: Any) -> str:
        """Return the comparison as one page to try out; see `sigdeconv.report.comparison`."""
        from sigdeconv import report

        return report.comparison(self, path, **options)

    def __str__(self) -> str:
        rest = "".join(f"\n{name} was left out: {why}." for name, why in self.left_out.items())
        return f"{self.table()}\n\n{self.verdict}{rest}"

    def __repr__(self) -> str:
        return f"Comparison({', '.join(self.results)})"

    def _repr_html_(self) -> str:
        from sigdeconv.report import _notebook

        return _notebook.comparison(self)


def compare(
    y: Array | Observation,
    psf: Array | Convolution | None = None,
    *,
    truth: Array | None = None,
    methods: Sequence[str] | Mapping[str, Mapping[str, Any]] | None = None,
    boundary: str | None = None,
    centre: Sequence[int] | None = None,
    mask: Array | None = None,
) -> Comparison:
    """Run several methods on the same data and measure what each of them restored.

    Parameters
    ----------
    y : array or Observation
        The data, or an observation from `simulate`.
    psf : array or Convolution, optional
        The kernel; an observation brings its own.
    truth : array, optional
        The true signal, of the operator's domain or of the data's window, when it is known.
    methods : sequence of str, or mapping of str to parameters
        Names of registered methods; a mapping gives each its own parameters, as `deconvolve` takes
        them, and without any a method stops as it does there. By default the two adjoint baselines
        and those of the main inverses that can take the data.
    boundary, centre, mask
        See `Convolution`.

    Returns
    -------
    Comparison
        Table, verdict and figure.

    Raises
    ------
    ValueError
        If a method is unknown or the truth has the wrong shape.

    Warns
    -----
    sigdeconv.sanity.SanityWarning
        If data or kernel are probably not what they should be; the text says what to do.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> hall = sd.compare(seen, methods=["adjoint", "wiener"])
    >>> [row["method"] for row in hall.rows if row["gain"] > 0]
    ['wiener']
    """
    if isinstance(y, Observation):
        if psf is not None or truth is not None:
            raise ValueError("psf and truth belong to the Observation; give it alone")
        seen = y
    else:
        seen = _observation(y, psf, truth, boundary, centre, mask)
    left_out = _unfit(seen) if methods is None else {}
    defaults = [name for name in DEFAULT_METHODS if name not in left_out]
    chosen = defaults if methods is None else methods
    if isinstance(chosen, str):
        chosen = [chosen]
    if not isinstance(chosen, (Mapping, Sequence)):
        raise TypeError(f"methods must be a sequence of names, or a mapping; got {chosen!r}")
    if strange := [name for name in chosen if not isinstance(name, str)]:
        raise TypeError(f"methods must hold names, each a str; got {strange[0]!r}")
    settings = chosen if isinstance(chosen, Mapping) else {key: {} for key in chosen}
    if not settings:
        raise ValueError("methods is empty; expected at least one name")
    entries = {name: registry.get(name) for name in settings}
    if not isinstance(y, Observation):
        for text in check(seen.y, seen.A):
            warnings.warn(text, SanityWarning, stacklevel=2)
    results = {name: deconvolve(seen, method=name, **settings[name]) for name in entries}
    rows = [_row("data", "data", _data_on_grid(seen), seen, tuple(seen.y.shape))]
    for name, result in results.items():
        row = _row(name, entries[name].wing, to_numpy(result.x), seen, tuple(result.domain.shape))
        rows.append(row | {"num_iter": result.num_iter, "seconds": result.seconds})
    for row in rows:
        row["gain"] = None if row["psnr"] is None else _difference(row["psnr"], rows[0]["psnr"])
    return Comparison(seen, results, rows, left_out)


def _unfit(seen: Observation) -> dict[str, str]:
    """Return the default methods that cannot take these data, and why."""
    found = {}
    if seen.A.mask is not None or any(s != 1 for s in seen.A._stride):
        found["inverse"] = "it needs every sample, and the data have a mask or a stride"
    y, psf = to_numpy(seen.y), seen.A.psf
    if np.iscomplexobj(y) or np.iscomplexobj(psf):
        found["richardson_lucy"] = "it is for intensities, and these values are complex"
    elif -np.minimum(y, 0.0).sum() > 0.1 * np.abs(y).sum():
        found["richardson_lucy"] = "it is for intensities, and these values have both signs"
    elif psf.min() < -1e-6 * psf.max():
        found["richardson_lucy"] = "it needs a kernel of at least 0, and this one has both signs"
    return found


def _observation(
    y: Array,
    psf: Array | Convolution | None,
    truth: Array | None,
    boundary: str | None,
    centre: Sequence[int] | None,
    mask: Array | None,
) -> Observation:
    if psf is None:
        raise TypeError("psf is missing; compare needs y and psf, or an Observation")
    y = as_float(y, "y")
    check_finite(y, "y")
    A = as_operator(y, psf, boundary=boundary, centre=centre, mask=mask)
    if truth is None:
        return Observation(y, A)
    truth = as_like(truth, y, "truth")
    if tuple(truth.shape) != A.shape:
        whole = zeros(A.shape, y)
        if whole[A.window].shape != truth.shape:
            raise ValueError(
                f"truth has shape {tuple(truth.shape)}; expected {tuple(whole[A.window].shape)}, "
                f"that of the data's window, or {A.shape}, the domain of the operator"
            )
        whole[A.window] = truth
        truth = whole
    return Observation(y, A, None, truth)


def _data_on_grid(seen: Observation) -> np.ndarray[Any, Any]:
    data = to_numpy(seen.y)
    for axis, s in enumerate(seen.A._stride):
        data = np.repeat(data, s, axis=axis) if s > 1 else data
    window = tuple(slice(0, w.stop - w.start) for w in seen.A.window)
    return data[window]


def _row(
    name: str, wing: str, image: np.ndarray[Any, Any], seen: Observation, shape: tuple[int, ...]
) -> dict[str, Any]:
    row: dict[str, Any] = {"method": name, "wing": wing, "shape": shape}
    row |= dict.fromkeys(("psnr", "gain", "ssim", "nrmse", "correlation", "slope"))
    row |= {"num_iter": None, "seconds": None}
    window = seen.truth_window
    if window is None:
        return row
    truth = to_numpy(window)
    if np.all(truth == truth.flat[0]):
        raise ValueError("truth is constant; there is no range to measure PSNR against")
    image = image.real if np.iscomplexobj(image) and not np.iscomplexobj(truth) else image
    energy = float(np.vdot(truth, truth).real)
    return row | {
        "psnr": metrics.psnr(truth, image),
        "ssim": metrics.ssim(truth, image),
        "nrmse": metrics.nrmse(truth, image),
        "correlation": metrics.correlation(truth, image),
        "slope": float(np.vdot(truth, image).real) / energy if energy > 0 else None,
    }


def _difference(a: float, b: float) -> float:
    return 0.0 if a == b else a - b  # two perfect estimates: inf - inf


def cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "shape":
        return "x".join(str(n) for n in value)
    if isinstance(value, float):
        digits = {"psnr": 2, "gain": 2, "ssim": 3, "nrmse": 3, "correlation": 3, "slope": 3}
        if name in digits and (value == 0 or 1e-3 <= abs(value) < 1e5):
            sign = "+" if name == "gain" else ""
            return f"{value:{sign}.{digits[name]}f}"
        return f"{value:.3g}"
    return str(value)


def _sentences(rows: list[dict[str, Any]]) -> list[str]:
    """Return the verdict, one sentence a finding."""
    data, tried = rows[0], rows[1:]
    better = [row for row in tried if row["gain"] > 0]
    adjoints = [row for row in tried if row["wing"] == "adjoint"]
    inverses = [row for row in tried if row["wing"] != "adjoint"]
    sentences = []
    same = {row["shape"] for row in tried}
    if len(same) == 1 and (shape := same.pop()) != data["shape"]:
        sentences.append(
            f"Every method restores the shape, {cell('shape', data['shape'])} to "
            f"{cell('shape', shape)}."
        )
    if adjoints:
        best = max(adjoints, key=lambda row: row["psnr"])
        failed = best["gain"] <= 0
        did = "does not restore the values" if failed else "brings back some of the values"
        sentences.append(
            f"The transposed convolution ({best['method']}) {did}: {best['gain']:+.1f} dB against "
            f"the data, at correlation {best['correlation']:.3f} (data {data['correlation']:.3f})."
        )
    won = [row for row in better if row["wing"] != "adjoint"]
    if won:
        best = max(won, key=lambda row: row["psnr"])
        sentences.append(
            f"The values come back best with {best['method']}: {best['gain']:+.1f} dB, correlation "
            f"{best['correlation']:.3f}, SSIM {best['ssim']:.3f}."
        )
    elif inverses:
        sentences.append("No inverse tried here comes closer to the truth than the data.")
    lost = [row for row in inverses if row["gain"] < 0 and math.isfinite(row["gain"])]
    if lost:
        names = ", ".join(f"{row['method']} ({row['gain']:+.0f} dB)" for row in lost)
        sentences.append(f"Worse than the data: {names}; the noise is amplified or fitted.")
    return sentences
