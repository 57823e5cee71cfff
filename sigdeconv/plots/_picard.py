"""The Picard plot: singular values, coefficients of the data, and what the solution is made of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from sigdeconv.plots import style

if TYPE_CHECKING:
    from sigdeconv.operators import Picard
else:
    Picard = Any  # what is drawn does not need what made it

__all__ = ["picard"]

MOST_POINTS = 400  # more are drawn as a sample, evenly spread


def picard(
    found: Picard,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    """Draw the Picard plot of data, with its verdict.

    Parameters
    ----------
    found : Picard
        From `SVD.picard`.
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
        Singular values, the coefficients of the data, and their quotients over the index; the noise
        as a dashed line, and the last coefficient above it as an upright one.

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, or `width` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> A, x = sd.datasets.hansen("shaw", 32)
    >>> obs = sd.simulate(x, A, noise=1e-4, rng=0)
    >>> fig = sd.plots.picard(sd.svd(A).picard(obs.y))
    >>> fig.axes[0].get_yscale()
    'log'
    """
    page = style.page(path, width, dpi, title)
    with style.context():
        fig, (axes,) = style.row(1, 3.2, page)
        count = found.values.size
        at = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
        s, c = found.values[at], found.coefficients[at]
        good = (s > 0) & (c > 0)
        at, s, c = at[good], s[good], c[good]
        axes.semilogy(at + 1, s, color=style.DATA, label="singular values $s_i$")
        axes.semilogy(at + 1, c, "o", color=style.COLOURS[0], markersize=3,
                      label="data $|u_i^H y|$")  # fmt: skip
        axes.semilogy(at + 1, c / s, "x", color=style.COLOURS[1], markersize=3,
                      label="solution $|u_i^H y| / s_i$")  # fmt: skip
        if found.noise > 0:
            axes.axhline(found.noise, color=style.DATA, linewidth=0.6, linestyle="--",
                         label=f"noise {found.noise:.2g}")  # fmt: skip
        if 0 < found.rank < count:
            axes.axvline(found.rank + 0.5, color=style.COLOURS[3], linewidth=0.8)
        axes.set(xlabel="i", title=style.wrapped(_title(found), page.width - 0.7))
        axes.legend(loc="best", fontsize=7)
        return style.save(fig, page)


def _title(found: Picard) -> str:
    """Return the verdict in a line."""
    fall = "" if np.isnan(found.exponent) else f", falling as $s^{{{found.exponent:.1f}}}$"
    return (
        f"Picard's condition: {found.verdict}. {found.rank} of {found.values.size} above the "
        f"noise{fall}"
    )
