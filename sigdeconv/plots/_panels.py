"""The panels of a comparison; `sigdeconv.plots.comparison` says what they show."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from sigdeconv.plots import _views, style

__all__ = ["Scene", "decibel", "images", "traces"]

Image = np.ndarray[Any, Any]
EXPLODED = 3.0  # an error of so many ranges of the truth sets no scale for the others
SLACK = 0.25  # a panel says so when its values leave the range by this part of the range


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn, and the ranges that all panels share."""

    truth: Image | None
    data: Image
    images: dict[str, Image]
    rows: dict[str, dict[str, Any]]
    point: tuple[int, ...]
    otf: Image
    psf: Image
    left_out: int

    @property
    def reference(self) -> Image:
        """The truth, or the data when no truth is known."""
        return self.data if self.truth is None else self.truth

    @property
    def panels(self) -> dict[str, Image]:
        """Every image by its title, in the order of the panels."""
        first = {} if self.truth is None else {"truth": self.truth}
        return {**first, "data": self.data, **self.images}

    @functools.cached_property
    def limits(self) -> tuple[float, float]:
        """The one range of values."""
        return _views.span(self.reference)

    @functools.cached_property
    def exploded(self) -> set[str]:
        """Methods whose error is far beyond the range of the truth."""
        reach = EXPLODED * (self.limits[1] - self.limits[0])
        return {
            name
            for name, image in self.images.items()
            if not np.percentile(np.abs(image - self.reference), 99) <= reach
        }

    @functools.cached_property
    def errors(self) -> dict[str, Image]:
        """Estimate minus truth, for the data and every method."""
        if self.truth is None:
            return {}
        return {name: a - self.truth for name, a in self.panels.items() if name != "truth"}

    @functools.cached_property
    def error_limit(self) -> float:
        """The one range of errors: 99 % of the samples of every method that did not explode."""
        kept = [e for name, e in self.errors.items() if name not in self.exploded]
        limit = max(float(np.percentile(np.abs(e), 99)) for e in kept)
        return limit if limit > 0 else 1.0

    @functools.cached_property
    def colours(self) -> dict[str, str]:
        """One colour a curve."""
        palette = style.COLOURS
        curves = {name: palette[k % len(palette)] for k, name in enumerate(self.images)}
        return {"truth": style.TRUTH, "data": style.DATA, **curves}

    @functools.cached_property
    def dashes(self) -> dict[str, Any]:
        """Dashes for the adjoints, which often lie on each other; each fills the other's gaps."""
        names = [name for name in self.images if self.rows[name]["wing"] == "adjoint"]
        return {name: (3 * k, (3, 3)) for k, name in enumerate(names)}

    def title(self, name: str, brief: bool = False) -> str:
        """Name and, where a truth is known, how close to it."""
        row = self.rows.get(name, {})
        if name == "truth" or row.get("psnr") is None:
            return name
        gain = "" if name == "data" else f" ({decibel(row['gain'])})"
        level = f"{'' if brief else 'PSNR '}{decibel(row['psnr'], sign=False)} dB{gain}"
        return f"{name}\n{level}  r {_fixed(row['correlation'], 2 if brief else 3)}"

    def excess(self, name: str) -> str:
        """Say which values a panel cannot show; empty when it shows (nearly) all."""
        low, high = float(np.min(self.panels[name])), float(np.max(self.panels[name]))
        slack = SLACK * (self.limits[1] - self.limits[0])
        if low >= self.limits[0] - slack and high <= self.limits[1] + slack:
            return ""
        return f"range {_views.number(low)} .. {_views.number(high)}"


def decibel(value: float | None, sign: bool = True) -> str:
    """Return a level with a true minus, without decimals where they say nothing."""
    if value is None:
        return "?"
    text = _fixed(value, 1 if abs(value) < 100 else 0)
    return f"+{text}" if sign and not text.startswith("−") else text


def _fixed(value: float, digits: int) -> str:
    """Return `value` with a true minus, and no minus before a rounded zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−").replace("inf", "∞")


def images(scene: Scene, headline: str) -> Figure:
    """Draw a comparison of images, or of stacks by their slices."""
    names = list(scene.panels)
    count = len(names)
    columns = count if count <= 5 else math.ceil(count / math.ceil(count / 4))
    lines = math.ceil(count / columns)
    height, width = _views.extent(scene.reference.shape)
    cell = (style.WIDTH - 0.7) / columns * min(max(height / width, 0.3), 1.6)
    above = lines * (cell + 0.32) + (lines * (cell + 0.2) if scene.errors else 0)
    curves = 2.1
    fig = style.figure(0.45 + above + curves)
    fig.suptitle(headline)
    grid = fig.add_gridspec(2, 1, height_ratios=[above, curves])
    cells = grid[0].subgridspec(lines * (2 if scene.errors else 1), columns)
    places = [cells[k // columns, k % columns] for k in range(count)]
    _values(fig, places, scene, brief=columns > 4)
    if scene.errors:
        places = [cells[lines + k // columns, k % columns] for k in range(count)]
        _errors(fig, places, scene)
    below = grid[1].subgridspec(1, 2)
    _line(fig.add_subplot(below[0]), scene)
    _spectra(fig.add_subplot(below[1]), scene)
    return fig


def _show(axes: Any, image: Image, point: tuple[int, ...], **options: Any) -> Any:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    # averaged as values, not as colours: red and blue side by side average to zero, not to purple
    return axes.imshow(_views.flat(image, point), interpolation_stage="data", **options)


def _values(fig: Figure, places: list[Any], scene: Scene, brief: bool) -> None:
    low, high = scene.limits
    drawn, shown = [], None
    for place, (name, image) in zip(places, scene.panels.items(), strict=True):
        axes = fig.add_subplot(place)
        shown = _show(axes, image, scene.point, cmap=style.GRAY, vmin=low, vmax=high)
        axes.set_title(scene.title(name, brief), size=7.0 if brief else 7.5)
        _note(axes, scene.excess(name))
        drawn.append(axes)
    _mark(drawn[0], scene)
    bar = fig.colorbar(shown, ax=drawn, aspect=30, fraction=0.05, pad=0.01, extend="both")
    bar.outline.set_linewidth(0.6)
    bar.set_label("value, one range")


def _errors(fig: Figure, places: list[Any], scene: Scene) -> None:
    limit = scene.error_limit
    drawn, shown = [], None
    for place, (name, error) in zip(places[1:], scene.errors.items(), strict=True):
        axes = fig.add_subplot(place)
        shown = _show(axes, error, scene.point, cmap=style.DIVERGING, vmin=-limit, vmax=limit)
        axes.set_title(f"{name} − truth", size=7.0)
        largest = float(np.max(np.abs(error)))
        if name in scene.exploded:
            _note(axes, f"up to ±{_views.number(largest)}")
        drawn.append(axes)
    first = fig.add_subplot(places[0])
    kernel = np.abs(scene.psf)
    point = tuple(n // 2 for n in kernel.shape)
    _show(first, kernel, point, cmap=style.GRAY, vmin=0)
    first.set_title("kernel " + "×".join(str(n) for n in kernel.shape), size=7.0)
    bar = fig.colorbar(shown, ax=[first, *drawn], aspect=30, fraction=0.05, pad=0.01, extend="both")
    bar.outline.set_linewidth(0.6)
    bar.set_label("error, one range")


def _note(axes: Any, text: str) -> None:
    if text:
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
        axes.text(
            0.5, 0.02, text, transform=axes.transAxes, ha="center", va="bottom", size=7, bbox=box
        )


def _mark(axes: Any, scene: Scene) -> None:
    """Mark the line of the profile, and in a stack name the slices."""
    part = _views.segment(scene.reference.shape[-1], scene.point[-1])
    row = scene.point[-2]
    (line,) = axes.plot([part.start, part.stop - 1], [row, row], color="#F0E442", linewidth=1.2)
    line.set_gid("profile")
    if scene.reference.ndim == 3:
        _, height, width = scene.reference.shape
        left, below = width + _views.GAP, height + _views.GAP
        for text, x, y in (("xy", 0, 0), ("yz", left, 0), ("xz", 0, below)):
            axes.annotate(
                text, (x, y), (2, -2), textcoords="offset points", size=7, color="#F0E442", va="top"
            )


def _line(axes: Any, scene: Scene) -> None:
    part = _views.segment(scene.reference.shape[-1], scene.point[-1])
    index: tuple[Any, ...] = (*scene.point[:-1], part)
    x = np.arange(part.start, part.stop)
    for name, image in scene.panels.items():
        if name not in scene.exploded:
            _curve(axes, scene, name, x, image[index])
    if scene.exploded:
        _note(axes, f"beyond this range: {', '.join(sorted(scene.exploded))}")
    low, high = _views.span(scene.reference[index])
    margin = 0.3 * (high - low)
    axes.set(xlim=(part.start, part.stop - 1), ylim=(low - margin, high + margin))
    where = ", ".join(f"{a} {k}" for a, k in zip("zy"[-len(index) + 1 :], index, strict=False))
    axes.set(xlabel=f"sample along the marked line ({where})", ylabel="value")


def _curve(axes: Any, scene: Scene, name: str, x: Image, y: Image) -> None:
    look: dict[str, Any] = {"linewidth": 1.0, "zorder": 3}
    if name in ("truth", "data"):
        look = {"linewidth": 1.6, "zorder": 2}
    dash = scene.dashes.get(name, "-")
    axes.plot(x, y, color=scene.colours[name], label=name, linestyle=dash, **look)


def _spectra(axes: Any, scene: Scene) -> None:
    unit = _views.amplitude(scene.reference)[1][0]
    unit = unit if unit > 0 else 1.0
    floor = math.inf
    for name, image in scene.panels.items():
        f, modulus = _views.amplitude(image)
        _curve(axes, scene, name, f, modulus / unit)
        if name not in scene.exploded:
            floor = min(floor, float(np.min(modulus[modulus > 0], initial=math.inf)) / unit)
    f, modulus = _views.transfer(scene.otf)
    axes.plot(f, modulus, color="black", linestyle=":", linewidth=1.2, label="|OTF|", zorder=4)
    floor = max(floor, 1e-7) if math.isfinite(floor) else 1e-7
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.set(xlim=(0, 0.5), ylim=(floor / 3, 5), xlabel="frequency (cycles a sample)")
    axes.set_ylabel("relative amplitude")
    axes.figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=5, columnspacing=1.2
    )


def traces(scene: Scene, headline: str) -> Figure:
    """Draw a comparison of 1-D signals: traces over the truth, residuals below, spectra."""
    names = [name for name in scene.panels if name != "truth"]
    columns = 1 if len(names) <= 3 else 2
    lines = math.ceil((len(names) - 1) / columns)
    heights = [1.3, *([1.45 if scene.errors else 1.1] * lines), 1.7]
    fig = style.figure(0.7 + sum(heights))
    fig.suptitle(headline)
    grid = fig.add_gridspec(lines + 2, columns, height_ratios=heights)
    cells = [grid[0, :], *(grid[1 + k // columns, k % columns] for k in range(len(names) - 1))]
    for cell, name in zip(cells, names, strict=True):
        _trace(fig, cell, scene, name)
    _spectra(fig.add_subplot(grid[lines + 1, :]), scene)
    return fig


def _trace(fig: Figure, cell: Any, scene: Scene, name: str) -> None:
    parts = cell.subgridspec(2, 1, height_ratios=[3, 1]) if scene.errors else [cell]
    axes = fig.add_subplot(parts[0])
    x = np.arange(scene.reference.shape[0])
    faint = {"alpha": 0.35} if name in scene.exploded else {}
    if scene.truth is not None:
        order = 3 if faint else 1
        axes.plot(x, scene.truth, color=style.TRUTH, linewidth=0.8, label="truth", zorder=order)
    look = {"color": scene.colours[name], "linewidth": 0.9, "zorder": 2, **faint}
    axes.plot(x, scene.panels[name], label=name, **look)
    low, high = scene.limits
    margin = 0.1 * (high - low)
    axes.set(xlim=(0, len(x) - 1), ylim=(low - margin, high + margin))
    axes.set_title(scene.title(name).replace("\n", "   "))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    _note(axes, scene.excess(name))
    if scene.errors:
        axes.tick_params(labelbottom=False)
        _residual(fig.add_subplot(parts[1], sharex=axes), scene, name, look)


def _residual(axes: Any, scene: Scene, name: str, look: dict[str, Any]) -> None:
    limit = scene.error_limit
    error = scene.errors[name]
    axes.axhline(0, color="black", linewidth=0.5)
    axes.plot(np.arange(error.size), error, **look)
    tick = float(f"{limit / 2:.0e}")  # one digit
    axes.set_yticks([-tick, tick], [_views.number(-tick), _views.number(tick)])
    axes.set(ylim=(-limit, limit))
    axes.set_ylabel("error", size=7)
