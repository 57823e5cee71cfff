"""How every figure looks: one palette, one set of sizes, and one way to make and save a figure.

The palette is that of Okabe and Ito, which readers with any kind of colour vision can tell apart.
Sizes are meant for a page 7.2 inches wide, the double column of most journals: no text is smaller
than 7 pt.

References
----------
M. Okabe and K. Ito, "Color universal design: how to make figures and presentations that are
friendly to colorblind people", 2008.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sigdeconv._checks import writable
from sigdeconv.views import COLOURS, DATA, TRUTH

__all__ = [
    "COLOURS",
    "DATA",
    "DIVERGING",
    "GRAY",
    "TRUTH",
    "WIDTH",
    "check_path",
    "context",
    "figure",
    "save",
]

WIDTH = 7.2  # inches
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


def figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure of `width` by `height` inches in constrained layout.

    Call it within `context`.
    """
    fig = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(fig)
    engine = fig.get_layout_engine()
    engine.set(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.02)
    return fig


def check_path(path: str | os.PathLike[str] | None) -> pathlib.Path | None:
    """Refuse a path that cannot be written, before anything is drawn.

    Raises
    ------
    TypeError
        If it is no path.
    ValueError
        If matplotlib does not write files of that suffix.
    FileNotFoundError
        If the directory does not exist.
    """
    if path is None:
        return None
    common = (".png", ".pdf", ".svg")
    rest = {f".{kind}" for kind in FigureCanvasAgg.get_supported_filetypes()} - set(common)
    return writable("path", path, (*common, *sorted(rest)))


def save(fig: Figure, path: pathlib.Path | None) -> Figure:
    """Write `fig` to a path from `check_path` (150 dpi where the format has pixels); return it."""
    if path is not None:
        fig.savefig(path, format=path.suffix.lower().lstrip("."), dpi=150)
    return fig
