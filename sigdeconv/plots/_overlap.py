"""The checkerboard of a transposed convolution: how many kernel taps land on each output sample.

An output sample i receives the taps k with i = j S + l k - P for some input sample j. Away from the
border their number repeats with period S, and is the same everywhere only when S divides K and is
coprime to l. The pattern is in the layer before it has learned anything.
(Odena et al. 2016, :doi:`10.23915/distill.00003`.)
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from typing import Any

import numpy as np
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sigdeconv._array import NumpyArray
from sigdeconv.geometry import ConvGeometry, Sizes
from sigdeconv.plots import style
from sigdeconv.plots._cells import check, times, transposed_size
from sigdeconv.plots._strip import each, pads

__all__ = ["overlap"]

TEALS = LinearSegmentedColormap.from_list("teals", ["#E3F4EE", style.COLOURS[4], "#005A43"])
LEFT, WIDE, TALL = 0.5, 5.2, 5.0  # inches: left of the axes, a map's figure, a map
_REASON = "the stride divides the kernel and has no factor in common with the dilation"
READABLE = 28  # numbers of the map are 7 pt up to so many cells on its longer side


def overlap(
    g: ConvGeometry,
    size: Sizes | None = None,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    """Draw how many kernel taps land on each output sample of the transpose: the checkerboard.

    Parameters
    ----------
    g : ConvGeometry
        Layer of one or two axes.
    size : int or tuple of int, optional
        Size of the transpose's input; by default about 8 samples on each axis.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.
    title : str, optional
        Heading of the figure, in the place of the verdict.

    Returns
    -------
    matplotlib.figure.Figure
        Bars in 1-D; in 2-D a map, with its numbers where they are readable.

    Raises
    ------
    TypeError
        If `g` is no geometry or `size` no int.
    ValueError
        If `g` has more than two axes, the output is empty or has more than a million samples,
        `width` or `dpi` is out of range, or the suffix of `path` is unknown.
    FileNotFoundError
        If the directory of `path` does not exist.

    See Also
    --------
    sigdeconv.ConvGeometry.overlap : The counts.
    geometry : Where they come from, step by step.

    References
    ----------
    .. [1] A. Odena, V. Dumoulin and C. Olah, "Deconvolution and checkerboard artifacts",
           Distill, 2016, :doi:`10.23915/distill.00003`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.plots.overlap(sd.ConvGeometry(3, stride=2), 4).texts[0].get_text()
    'Uneven overlap: 1 or 2 taps a sample away from the border'
    """
    page = style.page(path, width, dpi, title)
    g = check(g)
    sizes = transposed_size(g, size, few=8)
    output = g.transposed_size(sizes)
    if math.prod(output) > 1_000_000:
        raise ValueError(f"output {output} has more than a million samples; give a smaller size")
    counts = functools.reduce(np.multiply.outer, [np.array(c) for c in g.overlap(sizes)])
    with style.context():
        if g.ndim == 1:
            fig, axes = _sheet(g, sizes, 1.45, page.width - LEFT - 0.1, page)
            _bars(axes, counts)
        else:
            page = dataclasses.replace(page, width=min(page.width, WIDE))
            wide = min(page.width - LEFT - 0.75, TALL * output[1] / output[0])
            high = max(wide * output[0] / output[1], 0.15)
            fig, axes = _sheet(g, sizes, high, wide, page)
            _map(fig, axes, counts)
        return style.save(fig, page)


def _sheet(
    g: ConvGeometry, sizes: tuple[int, ...], high: float, wide: float, page: style.Page
) -> tuple[Figure, Any]:
    """Return a figure with heading, and axes of `high` by `wide` inches."""
    verdict, why = _verdict(g)
    settings = f"kernel {times(g.kernel)}, stride {each(g.stride)}, padding {pads(g)}"
    if any(l > 1 for l in g.dilation):
        settings += f", dilation {each(g.dilation)}"
    if any(g.output_padding):
        settings += f", output padding {each(g.output_padding)}"
    settings += f": {times(sizes)} → {times(g.transposed_size(sizes))}"
    width = page.width
    head = style.wrapped(page.title or verdict, width * 0.82)
    settings, aside = style.wrapped(f"{settings}\n{why}", width), 0.15 * head.count("\n")
    height = high + 0.77 + aside + 0.14 * (1 + settings.count("\n"))
    fig = style.figure(height, width)
    fig.set_layout_engine("none")
    left = 0.12 / width
    fig.text(left, 1 - 0.06 / height, head, va="top", fontsize=9, weight="bold")
    fig.text(left, 1 - (0.25 + aside) / height, settings, va="top", fontsize=8)
    place = (LEFT / width, 0.4 / height, wide / width, high / height)
    return fig, fig.add_axes(place)


def _bars(axes: Any, counts: NumpyArray) -> None:
    colours = TEALS(_norm(counts)(np.arange(counts.max() + 1)))
    axes.bar(np.arange(counts.size), counts, width=0.9, color=colours[counts])
    axes.set(xlim=(-0.7, counts.size - 0.3), ylim=(0, max(counts.max(), 1) * 1.08))
    axes.set(xlabel="output sample", ylabel="taps")
    axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def _norm(counts: NumpyArray) -> BoundaryNorm:
    """One colour a count; zero, a sample that nobody reaches, is the palest."""
    high = max(int(counts.max()), 1)
    return BoundaryNorm(np.arange(high + 2) - 0.5, TEALS.N)


def _map(fig: Figure, axes: Any, counts: NumpyArray) -> None:
    norm = _norm(counts)
    shown = axes.imshow(counts, cmap=TEALS, norm=norm, interpolation="nearest")
    axes.spines[:].set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(8, integer=True))
    if max(counts.shape) <= READABLE:
        high = counts.max()
        for (row, column), count in np.ndenumerate(counts):
            ink = "white" if count > 0.4 * high else "#222222"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=7, color=ink)
        edges = [np.arange(n + 1) - 0.5 for n in counts.shape]
        axes.hlines(edges[0], -0.5, counts.shape[1] - 0.5, color="white", linewidth=0.8)
        axes.vlines(edges[1], -0.5, counts.shape[0] - 0.5, color="white", linewidth=0.8)
    else:
        box = axes.get_position()
        slot = fig.add_axes((box.x1 + 0.015, box.y0, 0.02, box.height))
        bar = fig.colorbar(shown, cax=slot, label="taps")
        bar.locator = MaxNLocator(6, integer=True)
        bar.outline.set_linewidth(0.6)


def _verdict(g: ConvGeometry) -> tuple[str, str]:
    """Return even or not, with the counts away from the border, and the reason."""
    low, high = 1, 1
    for k, s, l in zip(g.kernel, g.stride, g.dilation, strict=True):
        inner = [sum((n * l - r) % s == 0 for n in range(k)) for r in range(s)]
        low, high = low * min(inner), high * max(inner)
    if g.overlap_is_even:
        taps = "1 tap" if low == 1 else f"{low} taps"
        return f"Even overlap: {taps} a sample away from the border", _REASON
    between = "or" if high == low + 1 else "to"
    reasons = []
    for k, s, l in zip(g.kernel, g.stride, g.dilation, strict=True):
        if k % s:
            reasons.append(f"stride {s} does not divide kernel {k}")
        elif math.gcd(s, l) > 1:
            reasons.append(f"stride {s} and dilation {l} have a common factor")
    verdict = f"Uneven overlap: {low} {between} {high} taps a sample away from the border"
    return verdict, ", ".join(dict.fromkeys(reasons))
