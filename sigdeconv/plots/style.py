"""How every figure looks: one palette, one set of sizes, and one way to make and save a figure.

The palette is that of Okabe and Ito, which readers with any kind of colour vision can tell apart.
Sizes are meant for print as they are: 183 mm, two columns of most journals, or 85 mm, one of them.
No text is smaller than 7 pt.

References
----------
M. Okabe and K. Ito, "Color universal design: how to make figures and presentations that are
friendly to colorblind people", 2008.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import pathlib
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Literal, final

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from sigdeconv._array import ArrayLike, NumpyArray, to_numpy
from sigdeconv._checks import integer, number, writable
from sigdeconv.views import COLOURS, DATA, PRINT_WIDTHS, TRUTH

__all__ = [
    "COLOURS",
    "DATA",
    "DIVERGING",
    "GRAY",
    "TRUTH",
    "WIDTH",
    "Page",
    "Width",
    "context",
    "figure",
    "head",
    "page",
    "row",
    "save",
    "scale_bar",
    "wrapped",
]

Width = float | Literal["page", "column"]

INCH = 25.4  # millimetres
MILLIMETRES = {"page": 7.2 * INCH, "column": 85.0}
WIDTH = 7.2  # inches
DPI = 150  # of a file; on the screen matplotlib's
ASIDE = 1.9  # inches that a panel beside another needs at least
LETTER, LETTER_TITLE = 0.062, 0.072  # inches, of the mean letter at 8 pt and at 9 pt
GRAY = "gray"
DIVERGING = "RdBu_r"

_SETTINGS = {
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.labelsize": 8.0,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "legend.fontsize": 7.0,
    "figure.titlesize": 9.0,
    "axes.linewidth": 0.6,
    "axes.titlepad": 3.0,
    "axes.labelpad": 2.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.limits": (-3, 4),
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "ytick.minor.size": 0.0,
    "lines.linewidth": 1.0,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "pdf.fonttype": 42,  # text stays text in the journal's editor
    "svg.fonttype": "none",
    "svg.hashsalt": "sigdeconv",  # the same figure gives the same file
}


@contextlib.contextmanager
def context() -> Iterator[None]:
    """Draw in the style of the package; matplotlib's own settings come back afterwards.

    The style starts from matplotlib's defaults, so a figure does not depend on who draws it.

    Examples
    --------
    >>> import matplotlib
    >>> from sigdeconv.plots import style
    >>> before = matplotlib.rcParams["font.size"]
    >>> with style.context():
    ...     matplotlib.rcParams["font.size"]
    8.0
    >>> matplotlib.rcParams["font.size"] == before
    True
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


@final
@dataclasses.dataclass(frozen=True)
class Page:
    """What a figure is drawn for: file, width in inches, pixels an inch, and heading."""

    path: pathlib.Path | None
    width: float
    dpi: int
    title: str | None

    @property
    def lines(self) -> str:
        """The heading in lines that fit."""
        return wrapped(self.title, self.width * LETTER / LETTER_TITLE) if self.title else ""

    @property
    def heading(self) -> float:
        """Inches that the heading takes."""
        return 0.16 * len(self.lines.splitlines()) + 0.06 if self.title else 0.0

    @property
    def narrow(self) -> bool:
        """Whether panels stand below each other, as in a single column."""
        return self.width < 2 * ASIDE


def page(
    path: str | os.PathLike[str] | None,
    width: Width = "page",
    dpi: int = DPI,
    title: str | None = None,
) -> Page:
    """Check what every figure takes, before anything is drawn.

    Parameters
    ----------
    path : str, path or None
        Where to save the figure.
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.
    title : str, optional
        Heading.

    Raises
    ------
    TypeError
        If one is of the wrong type.
    ValueError
        If matplotlib does not write files of that suffix, or a number is out of range.
    FileNotFoundError
        If the directory does not exist.
    """
    if title is not None and not isinstance(title, str):
        raise TypeError(f"title must be a str; got {title!r:.80}")
    if isinstance(width, str):
        if width not in MILLIMETRES:
            raise ValueError(f"width must be 'page', 'column' or millimetres; got {width!r}")
        across = MILLIMETRES[width]
    else:
        words, name = "'page', 'column'", "width in millimetres"
        across = number(name, width, least=PRINT_WIDTHS[0], most=PRINT_WIDTHS[1], instead=words)
    return Page(_target(path), across / INCH, integer("dpi", dpi, least=20, most=2400), title)


def figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure of `width` by `height` inches in constrained layout.

    Call it within `context`.
    """
    fig = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(fig)
    engine = fig.get_layout_engine()
    engine.set(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.02)
    return fig


def row(count: int, height: float, of: Page) -> tuple[Figure, list[Any]]:
    """Return a figure of `count` panels `height` inches high: beside each other where they fit."""
    lines = math.ceil(count / max(1, int(of.width // ASIDE)))
    columns = math.ceil(count / lines)
    fig = figure(height * lines + of.heading, of.width)
    head(fig, of)
    grid = fig.add_gridspec(lines, columns)
    return fig, [fig.add_subplot(grid[divmod(k, columns)]) for k in range(count)]


def head(fig: Figure, of: Page) -> None:
    """Write the heading of a page, where it has one."""
    if of.title:
        fig.suptitle(of.lines)


def wrapped(text: str, inches: float) -> str:
    """Return `text` in lines that fit, at 8 pt."""
    wide = max(20, int(inches / LETTER))
    return "\n".join(textwrap.fill(line, wide) for line in text.split("\n"))


def scale_bar(axes: Any, shape: Sequence[int], distance: float, unit: str) -> None:
    """Draw the length of a round number of units at the lower left of an image of a shape.

    A stack is drawn as three slices; the bar lies on the first, xy.
    """
    height, width = shape[-2:]
    most = 0.4 * width * distance
    power = 10.0 ** math.floor(math.log10(most))
    length = max(m * power for m in (1, 2, 5) if m * power <= most)
    x, y = 0.06 * width - 0.5, 0.94 * height - 0.5
    halo = [withStroke(linewidth=2.5, foreground="black")]
    look: dict[str, Any] = {"color": "white", "path_effects": halo, "zorder": 9}
    bar = Line2D([x, x + length / distance], [y, y], linewidth=1.8, gid="scale bar", **look)
    axes.add_artist(bar)  # not plot: the limits are those of the image
    place = {"textcoords": "offset points", "va": "bottom", "size": 7}
    axes.annotate(f"{length:g} {unit}".rstrip(), (x, y), (0, 2), **place, **look)


def axis_label(what: str, spacing: Sequence[float], unit: str) -> str:
    """Return a label with its unit; samples, where nothing is known."""
    return f"{what} ({unit or 'units'})" if spacing else f"{what} (samples)"


def abscissa(x: ArrayLike, shape: tuple[int, ...]) -> NumpyArray:
    """Return where the samples of a trace are, checked."""
    at = np.asarray(to_numpy(x), dtype=float)
    if len(shape) > 1 or at.shape != shape:
        raise ValueError(
            f"x has shape {at.shape}; expected one value a sample of a trace; the data have shape "
            f"{shape}"
        )
    return at


def _target(path: str | os.PathLike[str] | None) -> pathlib.Path | None:
    if path is None:
        return None
    common = (".png", ".pdf", ".svg")
    rest = {f".{kind}" for kind in FigureCanvasAgg.get_supported_filetypes()} - set(common)
    return writable("path", path, (*common, *sorted(rest)))


def save(fig: Figure, of: Page) -> Figure:
    """Write a figure where its page says so; return it."""
    if of.dpi != DPI:
        fig.set_dpi(of.dpi)  # for those who save it themselves
    if of.path is not None:
        fig.savefig(of.path, format=of.path.suffix.lower().lstrip("."), dpi=of.dpi)
    return fig
