"""A convolution as its sparse matrix, beside the transpose: one colour for each kernel tap.

    C[i, i S + l k - P] = w[k]        y = C x        transposed convolution: x' = C^T y

Each row of C is the kernel, S samples further than in the row above; what would fall on the padding
is missing. The transpose has the same entries, so it gives back the shape of x but, unless C is
orthogonal, not its values. In 2-D the samples are counted in C order, and the matrix is made of
blocks, one a pair of image rows.
(Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`, section 4.1.)
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from sigdeconv._array import NumpyArray
from sigdeconv.geometry import ConvGeometry, Sizes, places
from sigdeconv.plots import style
from sigdeconv.plots._cells import check, conv_size, times
from sigdeconv.plots._strip import each, pads

__all__ = ["matrix"]

LARGEST_MATRIX = 4_000_000  # entries that are drawn, zeros included


def matrix(
    g: ConvGeometry,
    size: Sizes | None = None,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    r"""Draw the matrix of a convolution and its transpose, each entry in the colour of its tap.

    Parameters
    ----------
    g : ConvGeometry
        Layer of one or two axes.
    size : int or tuple of int, optional
        Size of the convolution's input; by default one that gives 5 (in 2-D 3×3) output samples.
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
        The matrix C, its transpose, and the kernel as the key to the colours.

    Raises
    ------
    TypeError
        If `g` is no geometry or `size` no int.
    ValueError
        If `g` has more than two axes, the kernel does not fit in the padded input, the matrix has
        more than 4 million entries, `width` or `dpi` is out of range, or the suffix of `path` is
        unknown.
    FileNotFoundError
        If the directory of `path` does not exist.

    See Also
    --------
    sigdeconv.transposed.conv_matrix : The matrix itself.
    geometry : The same operation, step by step.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> fig = sd.plots.matrix(sd.ConvGeometry(3, stride=2, padding=1), 9)
    >>> [axes.get_title(loc="left") for axes in fig.axes]
    ['C: 5×9\nconvolution, 9 → 5', 'Cᵀ: 9×5\ntransposed, 5 → 9', 'kernel']
    """
    page = style.page(path, width, dpi, title)
    g = check(g)
    sizes = conv_size(g, size)
    output = g.output_size(sizes)
    shape = (math.prod(output), math.prod(sizes))
    if math.prod(shape) > LARGEST_MATRIX:
        raise ValueError(
            f"size {sizes} gives a matrix of {times(shape)}, more than {LARGEST_MATRIX} entries; "
            f"give a smaller size"
        )
    row, column, tap = places(g.axes, sizes, output)
    entries = np.full(shape, -1)
    entries[row, column] = tap
    taps = np.arange(math.prod(g.kernel)).reshape(g.kernel)
    look = _look(taps.size)
    with style.context():
        fig, (left, right, key) = _sheet(shape, np.atleast_2d(taps).shape, page)
        _draw(left, entries, sizes, output, look)
        _draw(right, entries.T, output, sizes, look)
        given, made = times(sizes), times(output)
        left.set_title(f"C: {times(shape)}\nconvolution, {given} → {made}", loc="left")
        right.set_title(f"Cᵀ: {times(shape[::-1])}\ntransposed, {made} → {given}", loc="left")
        _key(key, np.atleast_2d(taps), g, look)
        return style.save(fig, page)


def _sheet(
    shape: tuple[int, int], kernel: tuple[int, ...], page: style.Page
) -> tuple[Figure, list[Any]]:
    """Return a figure with axes for C, its transpose and the kernel; an entry is a square.

    The kernel goes below C where that is free, else to the right.
    """
    rows, columns = shape
    label, top, bottom, aside = 0.48, 0.42 + page.heading, 0.4, 1.2  # inches
    cell = min(0.22, aside / max(kernel))
    entry = min((page.width - 2 * label - aside) / sum(shape), 4.5 / max(shape), 0.3)
    below = (max(shape) - rows) * entry > kernel[0] * cell + 1.3
    if below:
        entry = min((page.width - 2 * label - 0.4) / sum(shape), 4.5 / max(shape), 0.3)
        below = (max(shape) - rows) * entry > kernel[0] * cell + 1.3
    tall = max(max(shape) * entry, kernel[0] * cell + 0.5)
    if page.narrow and not below:
        below, tall = True, max(shape) * entry + 0.75 + kernel[0] * cell + 0.5
    height = top + bottom + tall
    fig = style.figure(height, page.width)
    style.head(fig, page)
    fig.set_layout_engine("none")

    def axes(x: float, down: float, wide: float, high: float) -> Any:
        place = (x / page.width, 1 - (top + down + high) / height)
        return fig.add_axes((*place, wide / page.width, high / height))

    second = max(label + columns * entry, 1.75) + label
    left = axes(label, 0, columns * entry, rows * entry)
    right = axes(second, 0, rows * entry, columns * entry)
    beside = max(second + rows * entry, second + 1.25) + 0.25
    free = max(shape) if page.narrow else rows
    x, down = (label, free * entry + 0.75) if below else (beside, 0)
    return fig, [left, right, axes(x, down, kernel[1] * cell, kernel[0] * cell)]


def _look(taps: int) -> dict[str, Any]:
    """Return one colour a tap: told apart by anyone as far as the palette goes, then by order."""
    import matplotlib

    if taps <= len(style.COLOURS):
        colours = list(style.COLOURS[:taps])
    else:
        colours = list(matplotlib.colormaps["viridis"](np.linspace(0, 0.95, taps)))
    return {
        "cmap": ListedColormap(["white", *colours]),
        "norm": BoundaryNorm(np.arange(-1, taps + 1) - 0.5, taps + 1),
        "interpolation": "nearest",
    }


def _draw(
    axes: Any,
    entries: NumpyArray,
    across: tuple[int, ...],
    down: tuple[int, ...],
    look: dict[str, Any],
) -> None:
    axes.imshow(entries, **look)
    axes.spines[:].set(visible=True, linewidth=0.6)
    rows, columns = entries.shape
    if max(rows, columns) <= 60:
        lines = {"color": "#DDDDDD", "linewidth": 0.4}
        axes.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, **lines)
        axes.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, **lines)
    for axis, sizes in ((axes.xaxis, across), (axes.yaxis, down)):
        axis.set_major_locator(MaxNLocator(6, integer=True))
        if len(sizes) == 2 and sizes[0] <= 12:  # ticks where an image row begins
            axis.set_major_locator(FixedLocator(np.arange(0, math.prod(sizes), sizes[1])))
    if len(across) == 2 and max(*across, *down) <= 32:  # the blocks
        lines = {"color": "#555555", "linewidth": 0.6}
        axes.hlines(np.arange(down[1], rows, down[1]) - 0.5, -0.5, columns - 0.5, **lines)
        axes.vlines(np.arange(across[1], columns, across[1]) - 0.5, -0.5, rows - 0.5, **lines)
    axes.set(xlabel="input sample", ylabel="output sample")


def _key(axes: Any, taps: NumpyArray, g: ConvGeometry, look: dict[str, Any]) -> None:
    axes.imshow(taps, **look)
    axes.set(xticks=[], yticks=[])
    axes.set_title("kernel", loc="left")
    axes.spines[:].set_visible(False)
    edges = [np.arange(n + 1) - 0.5 for n in taps.shape]
    axes.hlines(edges[0], -0.5, taps.shape[1] - 0.5, color="white", linewidth=0.8)
    axes.vlines(edges[1], -0.5, taps.shape[0] - 0.5, color="white", linewidth=0.8)
    if max(taps.shape) <= 7:
        for place, tap in np.ndenumerate(taps):
            axes.text(
                place[1],
                place[0],
                str(tap),
                ha="center",
                va="center",
                fontsize=7,
                color=_ink(look["cmap"](int(tap) + 1)),
            )
    words = [f"stride {each(g.stride)}", f"padding {pads(g)}"]
    if any(l > 1 for l in g.dilation):
        words.append(f"dilation {each(g.dilation)}")
    axes.annotate(
        "\n".join(words),
        (0, 0),
        (0, -4),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
    )


def _ink(colour: tuple[float, ...]) -> str:
    red, green, blue = colour[:3]
    return "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.55 else "#222222"
