"""The panels of a comparison; `sigdeconv.plots.comparison` says what they show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from sigdeconv import views
from sigdeconv._array import NumpyArray
from sigdeconv.plots import style
from sigdeconv.views import Scene

__all__ = ["images", "traces"]


def images(scene: Scene, page: style.Page) -> Figure:
    """Draw a comparison of images, or of stacks by their slices."""
    names = list(scene.panels)
    count = len(names)
    most = max(1, int((page.width - 0.7) / 1.25))  # 5 on a page, 2 in a column
    columns = count if count <= most else math.ceil(count / math.ceil(count / max(2, most - 1)))
    lines = math.ceil(count / columns)
    height, width = views.extent(views.stretched(scene.reference, scene.spacing).shape)
    cell = (page.width - 0.7) / columns * min(max(height / width, 0.3), 1.6)
    above = lines * (cell + 0.32) + (lines * (cell + 0.2) if scene.errors else 0)
    curves = 4.0 if page.narrow else 2.1
    fig = style.figure(0.1 + page.heading + above + curves, page.width)
    style.head(fig, page)
    grid = fig.add_gridspec(2, 1, height_ratios=[above, curves])
    cells = grid[0].subgridspec(lines * (2 if scene.errors else 1), columns)
    places = [cells[k // columns, k % columns] for k in range(count)]
    _values(fig, places, scene, brief=columns > 4 or page.narrow)
    if scene.errors:
        places = [cells[lines + k // columns, k % columns] for k in range(count)]
        _errors(fig, places, scene)
    below = grid[1].subgridspec(*((2, 1) if page.narrow else (1, 2)))
    _line(fig.add_subplot(below[0]), scene)
    _spectra(fig.add_subplot(below[1]), scene, page)
    return fig


def _show(axes: Any, image: NumpyArray, scene: Scene, **options: Any) -> Any:
    _bare(axes)
    point = views.place(scene.point, scene.spacing)
    return axes.imshow(views.flat(views.stretched(image, scene.spacing), point), **options)


def _bare(axes: Any) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _colourbar(fig: Figure, shown: Any, axes: list[Any], label: str) -> None:
    bar = fig.colorbar(shown, ax=axes, aspect=30, fraction=0.05, pad=0.01, extend="both")
    bar.outline.set_linewidth(0.6)
    lines = {a.get_subplotspec().rowspan.start for a in axes}
    height, width = axes[0].images[0].get_array().shape
    if len(lines) * height > 0.6 * width:  # beside flat images words do not fit
        bar.set_label(label, size=7.0)


def _values(fig: Figure, places: list[Any], scene: Scene, brief: bool) -> None:
    low, high = scene.limits
    drawn, shown = [], None
    for place, (name, image) in zip(places, scene.panels.items(), strict=True):
        axes = fig.add_subplot(place)
        shown = _show(axes, image, scene, cmap=style.GRAY, vmin=low, vmax=high)
        axes.set_title(scene.title(name, brief), size=7.0 if brief else 7.5)
        _note(axes, scene.excess(name))
        drawn.append(axes)
    _mark(drawn[0], scene)
    if scene.spacing:
        shape = views.stretched(scene.reference, scene.spacing).shape
        style.scale_bar(drawn[0], shape, min(scene.spacing), scene.unit)
    _colourbar(fig, shown, drawn, "value, one range")


def _errors(fig: Figure, places: list[Any], scene: Scene) -> None:
    limit = scene.error_limit
    drawn, shown = [], None
    for place, (name, error) in zip(places[1:], scene.errors.items(), strict=True):
        axes = fig.add_subplot(place)
        # Not averaged when the panel is smaller than the image: errors of both signs would cancel.
        look = {"cmap": style.DIVERGING, "vmin": -limit, "vmax": limit, "interpolation": "nearest"}
        shown = _show(axes, error, scene, **look)
        axes.set_title(f"{name} − truth", size=7.0)
        largest = float(np.max(np.abs(error)))
        if name in scene.exploded:
            _note(axes, f"up to ±{views.short(largest)}")
        drawn.append(axes)
    first = fig.add_subplot(places[0])
    _bare(first)
    first.imshow(views.kernel(np.abs(scene.psf)), cmap=style.GRAY, vmin=0)
    first.set_title("kernel " + "×".join(str(n) for n in scene.psf.shape), size=7.0)
    _colourbar(fig, shown, [*drawn, first], "error, one range")


def _note(axes: Any, text: str, top: bool = False) -> None:
    if text:
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.95, "pad": 1.5}
        place = {"transform": axes.transAxes, "ha": "center", "zorder": 10}
        place["va"] = "top" if top else "bottom"
        axes.text(0.5, 0.96 if top else 0.02, text, size=7, bbox=box, **place)


def _mark(axes: Any, scene: Scene) -> None:
    """Mark the line of the profile, and in a stack name the slices."""
    part = views.segment(scene.reference.shape[-1], scene.point[-1])
    lead = scene.point[:-1]
    (*_, row, left_end), (*_, right_end) = (
        views.place((*lead, k), scene.spacing) for k in (part.start, part.stop - 1)
    )
    (line,) = axes.plot([left_end, right_end], [row, row], color="#F0E442", linewidth=1.2)
    line.set_gid("profile")
    if scene.reference.ndim == 3:
        _, height, width = views.stretched(scene.reference, scene.spacing).shape
        left, below = width + views.SLICE_GAP, height + views.SLICE_GAP
        for text, x, y in (("xy", 0, 0), ("yz", left, 0), ("xz", 0, below)):
            axes.annotate(
                text, (x, y), (2, -2), textcoords="offset points", size=7, color="#F0E442", va="top"
            )


def _line(axes: Any, scene: Scene) -> None:
    part = views.segment(scene.reference.shape[-1], scene.point[-1])
    index: tuple[Any, ...] = (*scene.point[:-1], part)
    step = scene.spacing[-1] if scene.spacing else 1
    x = np.arange(part.start, part.stop) * step
    for name, image in scene.panels.items():
        if name not in scene.exploded:
            _curve(axes, scene, name, x, image[index])
    if scene.exploded:
        _note(axes, f"beyond this range: {', '.join(sorted(scene.exploded))}")
    low, high = views.span(scene.reference[index])
    margin = 0.3 * (high - low)
    axes.set(xlim=(x[0], x[-1]), ylim=(low - margin, high + margin))
    where = ", ".join(f"{a} {k}" for a, k in zip("zy"[-len(index) + 1 :], index, strict=False))
    along = f"along the marked line ({scene.unit or 'units'})" if scene.spacing else (
        f"sample along the marked line ({where})"
    )  # fmt: skip
    axes.set(xlabel=along, ylabel="value")


def _curve(axes: Any, scene: Scene, name: str, x: NumpyArray, y: NumpyArray) -> None:
    look: dict[str, Any] = {"linewidth": 1.0, "zorder": 3}
    if name in ("truth", "data"):
        look = {"linewidth": 1.6, "zorder": 2}
    dash = scene.dashes.get(name, "-")
    axes.plot(x, y, color=scene.colours[name], label=name, linestyle=dash, **look)


def _spectra(axes: Any, scene: Scene, page: style.Page) -> None:
    unit = float(np.max(views.amplitude(scene.reference)[1]))
    unit = unit if unit > 0 else 1.0
    floor = math.inf
    for name, image in scene.panels.items():
        if not np.all(np.isfinite(image)):
            continue
        f, modulus = views.amplitude(image)
        _curve(axes, scene, name, f, modulus / unit)
        if name not in scene.exploded:
            floor = min(floor, float(np.min(modulus[modulus > 0], initial=math.inf)) / unit)
    f, modulus = views.transfer(scene.otf)
    axes.plot(f, modulus, color="black", linestyle=":", linewidth=1.2, label="|OTF|", zorder=4)
    floor = max(floor, 1e-7) if math.isfinite(floor) else 1e-7
    axes.set(xlim=(0, 0.5), ylim=(floor / 3, 5), xlabel="frequency (cycles a sample)")
    axes.set_yscale("log")  # after the limits: a curve of zeros has none on a log axis
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.set_ylabel("relative amplitude")
    handles, labels = axes.get_legend_handles_labels()
    most = max(2, int(page.width / 1.2))
    columns = math.ceil(len(labels) / math.ceil(len(labels) / most))
    axes.figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, columnspacing=1.2
    )


def traces(scene: Scene, page: style.Page) -> Figure:
    """Draw a comparison of 1-D signals: traces over the truth, residuals below, spectra."""
    names = [name for name in scene.panels if name != "truth"]
    columns = 1 if len(names) <= 4 or page.narrow else 2
    wide = len(names) % columns  # an odd number of panels: the data take a whole line
    lines = len(names) // columns
    heights = [1.5 if scene.errors else 1.1] * (lines + wide) + [1.8]
    fig = style.figure(0.35 + page.heading + sum(heights), page.width)
    style.head(fig, page)
    grid = fig.add_gridspec(len(heights), columns, height_ratios=heights)
    cells = [grid[0, :]] if wide else []
    cells += [grid[wide + k // columns, k % columns] for k in range(lines * columns)]
    lowest = [_trace(fig, cell, scene, name) for cell, name in zip(cells, names, strict=True)]
    for axes in lowest[-columns:]:
        axes.set_xlabel(
            f"x ({scene.unit or 'units'})" if scene.spacing or scene.x is not None else "sample"
        )
    _spectra(fig.add_subplot(grid[len(heights) - 1, :]), scene, page)
    return fig


def _trace(fig: Figure, cell: Any, scene: Scene, name: str) -> Any:
    """Draw one trace over the truth and its residual below; return the lower axes."""
    parts = cell.subgridspec(2, 1, height_ratios=[2.4, 1]) if scene.errors else [cell]
    axes = fig.add_subplot(parts[0])
    x = _samples(scene)
    faint = {"alpha": 0.35} if name in scene.exploded else {}
    if scene.truth is not None:
        order = 3 if faint else 1
        axes.plot(x, scene.truth, color=style.TRUTH, linewidth=0.8, label="truth", zorder=order)
    look = {"color": scene.colours[name], "linewidth": 0.9, "zorder": 2, **faint}
    axes.plot(x, scene.panels[name], label=name, **look)
    # Without a truth no height is the right one, and a line may well be higher than its blur.
    low, high = scene.limits if scene.truth is not None else views.span(scene.panels[name])
    margin = 0.1 * (high - low)
    axes.set(xlim=(x[0], x[-1]), ylim=(low - margin, high + margin))
    axes.set_title(scene.title(name).replace("\n", "   "), size=7.5)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}".replace("-", "−")))
    if scene.truth is not None:
        _note(axes, scene.excess(name), top=True)
    if not scene.errors:
        return axes
    axes.tick_params(labelbottom=False)
    below = fig.add_subplot(parts[1], sharex=axes)
    _residual(below, scene, name, look)
    return below


def _samples(scene: Scene) -> NumpyArray:
    """Return where the samples of a trace are."""
    if scene.x is not None:
        return scene.x
    return np.arange(scene.reference.shape[0]) * (scene.spacing[0] if scene.spacing else 1)


def _residual(axes: Any, scene: Scene, name: str, look: dict[str, Any]) -> None:
    limit = scene.error_limit
    error = scene.errors[name]
    axes.axhline(0, color="black", linewidth=0.5)
    axes.plot(_samples(scene), error, **look)
    tick = float(f"{0.75 * limit:.0e}")  # one digit
    axes.set_yticks([-tick, tick], [views.short(-tick), views.short(tick)])
    axes.set(ylim=(-limit, limit))
    axes.set_ylabel("error", size=7)
