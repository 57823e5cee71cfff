"""A convolution or its transpose drawn step by step, as a strip of steps or as a moving picture.

Blue cells are the input, teal ones the output; dashed outlines are zeros, between the samples or
around them; the cells under the kernel are dark. A transpose is drawn in one of its two readings:
each input sample stamps the kernel on the output (scatter), or a flipped kernel goes at stride one
over the input stuffed with zeros (gather). Both give the same numbers.
(Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`.)
"""

from __future__ import annotations

import math
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.animation import PillowWriter
from matplotlib.figure import Figure

from sigdeconv._array import ArrayLike
from sigdeconv._checks import flag, integer, number, writable
from sigdeconv.geometry import ConvGeometry, Sizes
from sigdeconv.plots import style
from sigdeconv.plots._cells import Operation, Reading, film
from sigdeconv.plots._strip import SHEET_MARGIN, Panel, sheet

__all__ = ["animate_geometry", "geometry"]


def geometry(
    g: ConvGeometry,
    size: Sizes | None = None,
    *,
    operation: Operation = "conv",
    reading: Reading = "scatter",
    numbers: bool = False,
    x: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    steps: int | Sequence[int] = 9,
    path: str | os.PathLike[str] | None = None,
    title: str | None = None,
    width: style.Width = "page",
    dpi: int = 150,
) -> Figure:
    """Draw a convolution or its transpose step by step, with every zero and every cropped sample.

    Parameters
    ----------
    g : ConvGeometry
        Layer of one, two or three axes; of three the planes stand side by side.
    size : int or tuple of int, optional
        Size of the input of the operation that is drawn; by default that of `x`, or a few samples.
    operation : {"conv", "transpose"}
        What is drawn.
    reading : {"scatter", "gather"}
        How a transpose is drawn. ``"scatter"``: a step is an input sample, which stamps the kernel
        on the output; padding crops it. ``"gather"``: a step is an output sample, which reads S-1
        zeros between the samples and a frame of l(K-1)-P (negative: cropped input), at stride one
        and with the flipped kernel. Of no effect on a convolution.
    numbers : bool, default: False
        Write the numbers in the cells: samples, zeros and results, and the weights of the kernel
        small at the right.
    x : array, 1-D to 3-D, optional
        Real input. Default: whole numbers from 1 to 4.
    weight : array, shape ``g.kernel``, optional
        Real kernel. Default: 1, 2, 3, 4, 1, ...
    steps : int or sequence of int, default: 9
        How many steps to show at most, spread evenly from the first to the last; or which, counted
        from 0 in C order (negative from the end).
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    title : str, optional
        Heading, in the place of what the operation is.
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a step.

    Raises
    ------
    TypeError
        If `g` is no geometry, or a number is of the wrong type.
    ValueError
        If `g` has more than three axes, shapes do not fit, a step does not exist, the drawing would
        not be readable, or `width` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    See Also
    --------
    animate_geometry : All steps as a GIF.
    overlap : How many taps reach each output sample.
    matrix : The same operation as a matrix.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> fig = sd.plots.geometry(sd.ConvGeometry(3, stride=2), 4, operation="transpose")
    >>> [axes.get_title(loc="left") for axes in fig.axes]
    ['x[0]', 'x[1]', 'x[2]', 'x[3]']
    """
    page = style.page(path, width, dpi, title)
    drawn = film(g, size, operation, reading, x, weight)
    numbers = flag("numbers", numbers)
    count = math.prod(drawn.stepped)
    chosen = _chosen(steps, count)
    panel = Panel(drawn, numbers, sideways=False, sheet=page.width)
    rows, columns = panel.layout(len(chosen))
    with style.context():
        every = drawn.frames()
        fig, place = sheet(panel, rows, columns, page.width, title)
        for n, step in enumerate(chosen):
            panel.draw(fig.add_axes(place(*divmod(n, columns))), every[step])
        return style.save(fig, page)


def animate_geometry(
    g: ConvGeometry,
    path: str | os.PathLike[str],
    size: Sizes | None = None,
    *,
    operation: Operation = "conv",
    reading: Reading = "scatter",
    numbers: bool = False,
    x: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    steps: int | Sequence[int] | None = None,
    fps: float = 1.5,
    title: str | None = None,
    width: style.Width = "page",
    dpi: int = 120,
) -> pathlib.Path:
    """Write a convolution or its transpose as a GIF that repeats, one frame a step.

    Parameters
    ----------
    g : ConvGeometry
        Layer of one, two or three axes; of three the planes stand side by side.
    path : str or path
        Where to write; its suffix is ``.gif``.
    size, operation, reading, numbers, x, weight
        As in `geometry`.
    steps : int or sequence of int, optional
        How many steps or which, as in `geometry`; by default all of them.
    fps : float, default: 1.5
        Frames a second, at most 50.
    title : str, optional
        Heading, in the place of what the operation is.
    width : {"page", "column"} or float, default: "page"
        The most that it is wide, in millimetres; a page is 183, a column 85.
    dpi : int, default: 120
        Pixels an inch.

    Returns
    -------
    pathlib.Path
        Where the file lies.

    Raises
    ------
    TypeError, ValueError
        As `geometry`; or if the suffix is not ``.gif``, or `fps` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    See Also
    --------
    geometry : Chosen steps in one figure.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import os, tempfile
    >>> import sigdeconv as sd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     where = os.path.join(folder, "conv.gif")
    ...     sd.plots.animate_geometry(sd.ConvGeometry(3), where, 5).name
    'conv.gif'
    """
    target = writable("path", path, (".gif",))
    fps = number("fps", fps, above=0, most=50)  # no GIF is faster
    page = style.page(None, width, integer("dpi", dpi, least=20, most=600), title)
    drawn = film(g, size, operation, reading, x, weight)
    numbers = flag("numbers", numbers)
    count = math.prod(drawn.stepped)
    chosen = _chosen(count if steps is None else steps, count)
    panel = Panel(drawn, numbers, sideways=drawn.g.ndim == 2, sheet=page.width)
    with style.context():
        every = drawn.frames()
        least = min(4.4, page.width)
        fig, place = sheet(
            panel, 1, 1, max(least, min(page.width, panel.pitch + 2 * SHEET_MARGIN)), title
        )
        axes = fig.add_axes(place(0, 0))
        writer = PillowWriter(fps=fps)
        with writer.saving(fig, str(target), page.dpi):
            for step in chosen:
                axes.clear()
                panel.draw(axes, every[step])
                writer.grab_frame()
    return target


def _chosen(steps: Any, count: int) -> list[int]:
    if isinstance(steps, str) or not np.ndim(steps):
        chosen = integer("steps", steps, least=1, instead="a sequence of steps")
        if chosen == 1:
            return [count - 1]
        return sorted({round(n) for n in np.linspace(0, count - 1, min(chosen, count))})
    listed = [integer(f"steps[{k}]", n) for k, n in enumerate(steps)]
    if not listed:
        raise ValueError("steps is empty; expected at least one step, or how many to draw")
    if any(not -count <= n < count for n in listed):
        raise ValueError(f"steps {listed} do not all exist; expected {-count} to {count - 1}")
    return [n % count for n in listed]
