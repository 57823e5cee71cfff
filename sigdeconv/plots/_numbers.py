"""Small arrays written out as an equation: every cell with its number, signs in between.

It is the figure of a calculation that can be done by hand, as in a lecture: input, kernel, output.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sigdeconv._array import ArrayLike, NumpyArray, to_numpy
from sigdeconv.plots import style

__all__ = ["numbers"]

FILLS = ("#9ecae1", "#e8dcc0", "#66c2a4", "#e6c3d9", "#f3d08a")
MOST_CELLS = 40  # cells along an axis
SIGN_GAP = 1.5  # cells between two arrays; a sign stands in the middle


def numbers(
    rows: Sequence[Sequence[str | tuple[str, ArrayLike]]],
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    width: style.Width = "page",
    dpi: int = 150,
) -> Figure:
    """Draw lines of small arrays with signs and words between them.

    Parameters
    ----------
    rows : sequence of sequence of str or (str, array)
        The lines of the figure. A pair is the name of an array and its values, in one or two
        dimensions and at most 40 samples along each; a string is the sign or the words that stand
        between two arrays. Arrays whose names end in the same word have the same colour; cells
        that hold zero stay white.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    title : str, optional
        Heading of the figure.
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If an entry of `rows` is neither a string nor a pair, or an array is not of real numbers.
    ValueError
        If there is no array, one has another number of axes or too many samples, `width` or
        `dpi` is out of range, or the suffix of `path` is unknown.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> x, k = np.array([1.0, 2.0]), np.array([1.0, 10.0])
    >>> y = sd.conv_transpose(x[None, None], k[None, None], stride=2)[0, 0]
    >>> fig = sd.plots.numbers([[("input", x), "∗ᵀ", ("kernel", k), "=", ("output", y)]])
    >>> [text.get_text() for text in fig.axes[0].texts][-4:]
    ['1', '10', '2', '20']
    """
    page = style.page(path, width, dpi, title)
    lines = [[_entry(part) for part in row] for row in rows]
    arrays = [part for row in lines for part in row if not isinstance(part, str)]
    if not arrays:
        raise ValueError("rows holds no array; expected at least one pair (name, array)")
    endings = list(dict.fromkeys(_ending(name) for name, _ in arrays))
    fills = {word: FILLS[k % len(FILLS)] for k, word in enumerate(endings)}
    with style.context():
        fig = style.figure(1.0, page.width)
        axes = fig.add_subplot()
        style.head(fig, page)
        across, top = 0.0, 0.0
        for row in lines:
            tall = max([v.shape[0] for _, v in (p for p in row if not isinstance(p, str))] or [1])
            across = max(across, _line(axes, row, top + tall / 2, fills))
            top += tall + 1.6
        axes.set(xlim=(-0.3, across + 0.3), ylim=(top - 1.3, -1.1), aspect="equal")
        axes.axis("off")
        cell = min(page.width / (across + 0.6), 0.3)
        fig.set_size_inches(page.width, cell * (top + 0.2) + 0.15 + page.heading)
        return style.save(fig, page)


def _entry(part: Any) -> str | tuple[str, NumpyArray]:
    """Return a sign as it is, and a named array as a matrix of real numbers."""
    if isinstance(part, str):
        return part
    if not isinstance(part, tuple) or len(part) != 2 or not isinstance(part[0], str):
        raise TypeError(
            f"rows holds a {type(part).__name__}; expected strings and pairs (name, array)"
        )
    name, values = part[0], np.asarray(to_numpy(part[1]))
    if values.dtype.kind not in "biuf":
        raise TypeError(f"rows: {name!r} must hold real numbers; got dtype {values.dtype}")
    if values.ndim not in (1, 2) or 0 in values.shape or max(values.shape) > MOST_CELLS:
        raise ValueError(
            f"rows: {name!r} has shape {values.shape}; expected one or two axes of 1 to "
            f"{MOST_CELLS} samples. Show a part of it"
        )
    return name, np.atleast_2d(values)


def _ending(name: str) -> str:
    words = name.split()
    return words[-1] if words else ""


def _line(axes: Any, row: Sequence[Any], middle: float, fills: dict[str, str]) -> float:
    """Draw one line around the height `middle`; return its right edge."""
    x, before = 0.0, None
    for part in row:
        if isinstance(part, str):
            # a cell is about 8 pt wide: a letter takes half of it
            wide = max(SIGN_GAP, 0.42 * max(map(len, part.split("\n"))) + 0.5)
            big = {"size": 10} if len(part) < 3 else {"size": 8, "linespacing": 1.4}
            axes.text(x + wide / 2, middle, part, ha="center", va="center", **big)
            x, before = x + wide, part
            continue
        x += SIGN_GAP / 2 if before is not None and not isinstance(before, str) else 0.0
        name, values = part
        wide = max(values.shape[1], 0.23 * len(name))  # a name may be wider than its array
        left = x + (wide - values.shape[1]) / 2
        _grid(axes, left, middle - values.shape[0] / 2, name, values, fills[_ending(name)])
        x, before = x + wide, part
    return x


def _grid(axes: Any, left: float, top: float, name: str, values: NumpyArray, fill: str) -> None:
    axes.text(left + values.shape[1] / 2, top - 0.2, name, ha="center", va="bottom", size=7)
    for (r, c), v in np.ndenumerate(values):
        look = {"facecolor": fill if v else "white", "edgecolor": "0.35", "linewidth": 0.7}
        axes.add_patch(Rectangle((left + c, top + r), 1, 1, **look))
        place = (left + c + 0.5, top + r + 0.52)
        axes.text(*place, f"{v:.3g}", ha="center", va="center", size=7)
