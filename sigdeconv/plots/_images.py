"""Images side by side, under one range of brightness, with their PSNR in the title.

Equal greys are equal values in every panel, so an estimate that leaves the range of the truth
shows that it does. It is the figure of an experiment that is no comparison of methods: the same
method under several assumptions, or a picture and what was done to it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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


def images(
    panels: Mapping[str, ArrayLike],
    path: str | os.PathLike[str] | None = None,
    *,
    truth: ArrayLike | None = None,
    columns: int | None = None,
    limits: tuple[float, float] | None = None,
    detail: Sequence[slice] | None = None,
    title: str | None = None,
    spacing: Sequence[float] | None = None,
) -> Figure:
    """Draw images side by side in one range, each with its PSNR where the truth is known.

    Parameters
    ----------
    panels : mapping of str to array
        Title of each panel and its image: (n, m), in colour (n, m, 3), or a stack (k, n, m), which
        is drawn by its three slices through the brightest places and has more than four columns. A
        trace (n,) is drawn as a line on a range of its own. What is not finite is left blank.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png at 150 dpi, .pdf, .svg).
    truth : array, optional
        The true image. Every panel of its shape gets its PSNR in dB as a second line, but for the
        truth itself.
    columns : int, optional
        Panels on a line; by default all up to four, and else as even as can be.
    limits : (float, float), optional
        Lowest and highest value of the range; those of the truth, or else of the first panel, by
        default. Colours are taken as values from 0 to 1 of it.
    detail : sequence of slice, optional
        A part of the image that is drawn enlarged below every panel.
    title : str, optional
        Heading of the figure.
    spacing : sequence of float, optional
        Distance of the samples on each axis of a stack, in any unit: its slices are drawn in true
        proportion. `Meta.voxel` of a file has it.

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
    target = style.check_path(path)
    shown = _checked(panels, spacing)
    true = None if truth is None else _image("truth", truth, spacing)
    reference = next(iter(shown.values())) if true is None else true
    low, high = _limits(limits, reference)
    wide, point = _columns(columns, len(shown)), _slices(reference)
    details = {} if detail is None else {name: _part(a, detail) for name, a in shown.items()}
    parts = [shown, details] if details else [shown]
    with style.context():
        fig, cells = _sheet(parts, wide, title)
        for k, (name, image) in enumerate(shown.items()):
            row, column = k // wide * len(parts), k % wide
            axes = fig.add_subplot(cells[row, column])
            _draw(axes, image, point, low, high)
            axes.set_title(_caption(name, image, true))
            if details:
                _draw(fig.add_subplot(cells[row + 1, column]), details[name], point, low, high)
        return style.save(fig, target)


def contact_sheet(sheet: ContactSheet, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw the restorations of a contact sheet beside the data, each with its kernel in words.

    Parameters
    ----------
    sheet : ContactSheet
        From `sigdeconv.comparison.contact_sheet`.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png at 150 dpi, .pdf, .svg).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown.
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
    return images(panels, path, columns=min(3 if len(panels) < 10 else 4, len(panels)))


def _checked(panels: Any, spacing: Sequence[float] | None) -> dict[str, NumpyArray]:
    if not isinstance(panels, Mapping):
        raise TypeError(
            f"panels must map a title to each image; got {type(panels).__name__}. Write "
            "{'data': y, 'restored': x}"
        )
    if not panels:
        raise ValueError("panels is empty; expected at least one title with its image")
    return {name: _image(name, image, spacing) for name, image in panels.items()}


def _sheet(
    parts: Sequence[Mapping[str, NumpyArray]], wide: int, title: str | None
) -> tuple[Figure, Any]:
    """Return a figure and its cells: `wide` panels on a line, one row of cells for each part."""
    lines = math.ceil(len(parts[0]) / wide)
    gaps = (0.32, 0.05)  # inches for the titles, and between a panel and its detail
    heights = [
        style.WIDTH / wide * max(map(_tallness, part.values())) + gap
        for part, gap in zip(parts, gaps, strict=False)
    ]
    fig = style.figure(lines * sum(heights) + (0.25 if title else 0.05))
    if title:
        fig.suptitle(title)
    return fig, fig.add_gridspec(lines * len(parts), wide, height_ratios=heights * lines)


def _draw(axes: Any, image: NumpyArray, point: tuple[int, ...], low: float, high: float) -> None:
    if image.ndim == 1:
        axes.plot(image, color=style.COLOURS[0], linewidth=1.0)
        axes.margins(x=0)
        return
    look = {"cmap": style.GRAY, "vmin": low, "vmax": high, "interpolation": "nearest"}
    axes.imshow(_drawable(image, point, low, high), **look)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _image(name: str, image: ArrayLike, spacing: Sequence[float] | None) -> NumpyArray:
    values = to_numpy(image)
    values = views.real(values, values)
    if values.ndim not in (1, 2, 3) or 0 in values.shape:
        raise ValueError(
            f"panels[{name!r}] has shape {values.shape}; expected an image (n, m), colours "
            "(n, m, 3), a stack (k, n, m), or a trace (n,)"
        )
    return values if spacing is None else _proportioned(values, spacing)


def _proportioned(a: NumpyArray, spacing: Sequence[float]) -> NumpyArray:
    """Return `a` with samples repeated to the finest of the `spacing` of its axes."""
    distances = numbers("spacing", spacing, a.ndim, above=0)
    for axis, (n, s) in enumerate(zip(a.shape, np.divide(distances, min(distances)), strict=True)):
        a = np.take(a, (np.arange(round(n * s)) / s).astype(int).clip(max=n - 1), axis)
    return a


def _in_colour(image: NumpyArray) -> bool:
    return image.ndim == 3 and image.shape[-1] in (3, 4)


def _limits(limits: tuple[float, float] | None, reference: NumpyArray) -> tuple[float, float]:
    if limits is None:
        return (0.0, 1.0) if _in_colour(reference) else views.span(reference)
    low, high = numbers("limits", limits, 2, of="ends")
    if not low < high:
        raise ValueError(f"limits must be two finite numbers that rise; got {limits!r}")
    return low, high


def _columns(columns: int | None, count: int) -> int:
    if columns is None:
        return count if count <= 4 else math.ceil(count / math.ceil(count / 4))
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
