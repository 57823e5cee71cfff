"""Images side by side, under one range of brightness, with their PSNR in the title.

Equal greys are equal values in every panel, so an estimate that leaves the range of the truth
shows that it does. It is the figure of an experiment that is no comparison of methods: the same
method under several assumptions, or a picture and what was done to it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from sigdeconv import metrics, views
from sigdeconv._array import ArrayLike, NumpyArray, to_numpy
from sigdeconv._checks import integer, numbers
from sigdeconv.plots import style

if TYPE_CHECKING:
    from sigdeconv.comparison import ContactSheet
else:
    ContactSheet = Any  # what is drawn does not need what made it

__all__ = ["contact_sheet", "images"]


class _Grid(NamedTuple):
    """Where the samples are."""

    spacing: list[float] | None = None
    unit: str = ""
    x: ArrayLike | None = None

    def places(self, n: int) -> NumpyArray:
        """Return the places of the samples of a trace."""
        if self.x is None:
            return np.arange(n) * (1.0 if self.spacing is None else self.spacing[0])
        return style.abscissa(self.x, (n,))


def images(
    panels: Mapping[str, ArrayLike],
    path: str | os.PathLike[str] | None = None,
    *,
    truth: ArrayLike | None = None,
    columns: int | None = None,
    limits: tuple[float, float] | None = None,
    detail: Sequence[slice] | None = None,
    title: str | None = None,
    spacing: float | Sequence[float] | None = None,
    unit: str = "",
    x: ArrayLike | None = None,
    width: style.Width = "page",
    dpi: int = 150,
) -> Figure:
    """Draw images side by side in one range, each with its PSNR where the truth is known.

    Parameters
    ----------
    panels : mapping of str to array
        Title of each panel and its image: (n, m), in colour (n, m, 3), or a stack (k, n, m), which
        is drawn by its three slices through the brightest places and has more than four columns. A
        trace (n,) is drawn as a line on a range of its own. What is not finite is left blank.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    truth : array, optional
        The true image. Every panel of its shape gets its PSNR in dB as a second line, but for the
        truth itself.
    columns : int, optional
        Panels on a line; by default all up to four, two in a column, and else as even as can be.
    limits : (float, float), optional
        Lowest and highest value of the range; those of the truth, or else of the first panel, by
        default. Colours are taken as values from 0 to 1 of it. Where it is given, traces have it
        as well, widened to show all of them.
    detail : sequence of slice, optional
        A part of the image that is drawn enlarged below every panel.
    title : str, optional
        Heading of the figure.
    spacing : float or sequence of float, optional
        Distance of the samples on each axis: pictures and the slices of a stack are drawn in true
        proportion, with a scale bar, and traces over their distance. `Meta.voxel` of a file has it.
    unit : str, optional
        Unit of `spacing`, such as ``"µm"``.
    x : array, shape (n,), optional
        Where the samples of traces are, such as wavelengths, in `unit`.
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no panel, one is no image, `columns` is less than one, `limits` do not rise,
        `spacing` does not fit, or the suffix of `path` is unknown.
    TypeError
        If `panels` is no mapping.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> x = sd.datasets.coins()[:64, :64]
    >>> obs = sd.simulate(x, sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> shown = {"truth": obs.truth_window, "data": obs.y, "Wiener": sd.wiener(obs.y, obs.A)}
    >>> fig = sd.plots.images(shown, truth=obs.truth_window)
    >>> fig.axes[2].get_title().split()[0]
    'Wiener'
    """
    page = style.page(path, width, dpi, title)
    grid = _Grid(None if spacing is None else np.ravel(spacing).tolist(), unit, x)
    shown = _checked(panels, grid)
    true = None if truth is None else _image("truth", truth, grid)
    reference = next(iter(shown.values())) if true is None else true
    ends = _limits(limits, reference)
    wide, point = _columns(columns, len(shown), page), _slices(reference)
    heights = _heights(shown, limits)
    details = {} if detail is None else {name: _part(a, detail) for name, a in shown.items()}
    parts = [shown, details] if details else [shown]
    with style.context():
        fig, cells = _sheet(parts, wide, page)
        for k, (name, image) in enumerate(shown.items()):
            row, column = k // wide * len(parts), k % wide
            axes = fig.add_subplot(cells[row, column])
            _draw(axes, image, point, ends, grid)
            if image.ndim == 1 and heights is not None:
                axes.set_ylim(*heights)
            axes.set_title(_caption(name, image, true))
            if k == 0 and grid.spacing is not None and image.ndim > 1:
                shape = image.shape[:2] if _in_colour(image) else image.shape
                style.scale_bar(axes, shape, min(grid.spacing), unit)
            if details:
                _draw(fig.add_subplot(cells[row + 1, column]), details[name], point, ends)
        return style.save(fig, page)


def contact_sheet(
    sheet: ContactSheet,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    """Draw the restorations of a contact sheet beside the data, each with its kernel in words.

    Parameters
    ----------
    sheet : ContactSheet
        From `sigdeconv.comparison.contact_sheet`.
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

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, or `width` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> y = sd.simulate(sd.datasets.coins(), sd.psf.disk(3.0), noise=0.005, rng=0).y
    >>> fig = sd.comparison.contact_sheet(y, "disk:2..4", size=64).plot()
    >>> [axes.get_title() for axes in fig.axes]
    ['data', 'disk:2', 'disk:3', 'disk:4']
    """
    panels = {"data": sheet.data} | sheet.images
    across = min(3 if len(panels) < 10 else 4, len(panels))
    columns = min(2, across) if style.page(path, width, dpi, title).narrow else across
    return images(panels, path, columns=columns, title=title, width=width, dpi=dpi)


def _checked(panels: Any, grid: _Grid) -> dict[str, NumpyArray]:
    if not isinstance(panels, Mapping):
        raise TypeError(
            f"panels must map a title to each image; got {type(panels).__name__}. Write "
            "{'data': y, 'restored': x}"
        )
    if not panels:
        raise ValueError("panels is empty; expected at least one title with its image")
    return {name: _image(name, image, grid) for name, image in panels.items()}


def _sheet(
    parts: Sequence[Mapping[str, NumpyArray]], wide: int, page: style.Page
) -> tuple[Figure, Any]:
    """Return a figure and its cells: `wide` panels on a line, one row of cells for each part."""
    lines = math.ceil(len(parts[0]) / wide)
    gaps = (0.32, 0.05)  # inches for the titles, and between a panel and its detail
    heights = [
        page.width / wide * max(map(_tallness, part.values())) + gap
        for part, gap in zip(parts, gaps, strict=False)
    ]
    fig = style.figure(lines * sum(heights) + 0.05 + page.heading, page.width)
    style.head(fig, page)
    return fig, fig.add_gridspec(lines * len(parts), wide, height_ratios=heights * lines)


def _draw(
    axes: Any,
    image: NumpyArray,
    point: tuple[int, ...],
    ends: tuple[float, float],
    grid: _Grid | None = None,
) -> None:
    if image.ndim == 1:
        grid = grid or _Grid()
        axes.plot(grid.places(image.size), image, color=style.COLOURS[0], linewidth=1.0)
        axes.margins(x=0)
        if grid.x is not None or grid.spacing is not None:
            axes.set_xlabel(f"x ({grid.unit})" if grid.unit else "x")
        return
    look = {"cmap": style.GRAY, "vmin": ends[0], "vmax": ends[1], "interpolation": "nearest"}
    axes.imshow(_drawable(image, point, *ends), **look)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _image(name: str, image: ArrayLike, grid: _Grid) -> NumpyArray:
    values = to_numpy(image)
    values = views.real(values, values)
    if values.ndim not in (1, 2, 3) or 0 in values.shape:
        raise ValueError(
            f"panels[{name!r}] has shape {values.shape}; expected an image (n, m), colours "
            "(n, m, 3), a stack (k, n, m), or a trace (n,)"
        )
    if grid.spacing is None:
        return values
    spacing, axes = grid.spacing, values.ndim - _in_colour(values)
    distances = numbers("spacing", spacing if len(spacing) > 1 else spacing[0], axes, above=0)
    return views.stretched(values, (*distances, min(distances))[: values.ndim])


def _in_colour(image: NumpyArray) -> bool:
    return image.ndim == 3 and image.shape[-1] in (3, 4)


def _limits(limits: tuple[float, float] | None, reference: NumpyArray) -> tuple[float, float]:
    if limits is None:
        return (0.0, 1.0) if _in_colour(reference) else views.span(reference)
    low, high = numbers("limits", limits, 2, of="ends")
    if not low < high:
        raise ValueError(f"limits must be two finite numbers that rise; got {limits!r}")
    return low, high


def _heights(
    shown: Mapping[str, NumpyArray], limits: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Return the range of all traces where one was asked for: equal heights are equal values."""
    if limits is None:
        return None
    traces = [image[np.isfinite(image)] for image in shown.values() if image.ndim == 1]
    ends = [float(f(t)) for t in traces if t.size for f in (np.min, np.max)]
    ends += map(float, limits) if ends else []
    if not ends or min(ends) == max(ends):
        return None
    margin = 0.05 * (max(ends) - min(ends))
    return min(ends) - margin, max(ends) + margin


def _columns(columns: int | None, count: int, page: style.Page) -> int:
    if columns is None:
        most = 2 if page.narrow else 4
        return math.ceil(count / math.ceil(count / most))
    return min(integer("columns", columns, least=1), count)


def _slices(reference: NumpyArray) -> tuple[int, ...]:
    stack = reference.ndim == 3 and not _in_colour(reference)
    return views.focus(reference) if stack else ()


def _tallness(image: NumpyArray) -> float:
    """Height over width of what is drawn."""
    if image.ndim == 1:
        return 0.5
    height, width = views.extent(image.shape) if not _in_colour(image) else image.shape[:2]
    return min(max(height / width, 0.2), 1.8)


def _part(image: NumpyArray, detail: Sequence[slice]) -> NumpyArray:
    part = image[tuple(detail)]
    if 0 in part.shape or part.ndim != image.ndim:
        raise ValueError(f"detail {tuple(detail)} is no part of an image of shape {image.shape}")
    return part


def _drawable(image: NumpyArray, point: tuple[int, ...], low: float, high: float) -> NumpyArray:
    if _in_colour(image):
        return np.clip((image - low) / (high - low), 0, 1)
    if image.ndim == 2:
        return image
    inside = tuple(min(p, n - 1) for p, n in zip(point, image.shape, strict=True))
    return views.flat(image, inside)


def _caption(name: str, image: NumpyArray, truth: NumpyArray | None) -> str:
    """Return the title and, where it means something, the PSNR below it."""
    if truth is None:
        return name
    same = image.shape == truth.shape
    if not same or np.array_equal(image, truth) or np.ptp(truth) == 0:
        return f"{name}\n"
    psnr = f"{metrics.psnr(truth, image):.1f} dB".replace("-", "−")
    return f"{name}\n{psnr}"
