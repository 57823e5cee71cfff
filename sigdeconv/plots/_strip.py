"""How the steps of a convolution look: one panel a step, and the sheet that holds the panels."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon, Rectangle

from sigdeconv._array import NumpyArray
from sigdeconv.geometry import ConvGeometry
from sigdeconv.plots import style
from sigdeconv.plots._cells import (
    CROPPED,
    FRAME,
    INPUT,
    NONE,
    OUTPUT,
    ZERO,
    Film,
    Frame,
    times,
    unfolded,
)

__all__ = ["SHEET_MARGIN", "Panel", "each", "heading", "pads", "sheet", "step_title"]

DARK_BLUE, BLUE = style.COLOURS[3], style.COLOURS[5]
TEAL, MID_TEAL, PALE_TEAL = style.COLOURS[4], "#8FD3BD", "#E3F4EE"
INK, SHADE, EDGE, ORANGE = "#222222", "#BFC4CA", "#8A9099", "#D55E00"
# kind -> face, edge, line style, hatch; and the face under the kernel
LOOK: dict[str, tuple[str, str, str, str]] = {
    INPUT: (BLUE, BLUE, "-", ""),
    ZERO: ("#EEF6FC", EDGE, "--", ""),
    FRAME: ("white", EDGE, "--", ""),
    CROPPED: ("white", "#C9CDD2", ":", "////"),
    OUTPUT: (PALE_TEAL, MID_TEAL, "-", ""),
}
UNDER = {INPUT: DARK_BLUE, ZERO: SHADE, FRAME: SHADE, CROPPED: SHADE, OUTPUT: TEAL}
INSET = 0.06  # of a cell, so that dashes of neighbours do not meet
SHEET_MARGIN, GUTTER = 0.12, 0.22  # inches


class Panel:
    """Where the two grids of a step lie, in cells, and how large a cell is, in inches."""

    def __init__(self, drawn: Film, numbers: bool, sideways: bool, sheet: float) -> None:
        self.film, self.numbers, self.sheet = drawn, numbers, sheet
        self.width: float
        self.height: float
        upper, lower = (unfolded(grid, NONE).shape for grid in (drawn.upper, drawn.lower))
        if sideways:
            self.width, self.height = upper[1] + 1.5 + lower[1], max(upper[0], lower[0])
            self.at_upper = (0.0, (self.height - upper[0]) / 2)
            self.at_lower = (upper[1] + 1.5, (self.height - lower[0]) / 2)
        else:
            gap = {1: 1.4, 2: 0.6}.get(drawn.g.ndim, 0.9)
            self.width, self.height = max(upper[1], lower[1]), upper[0] + gap + lower[0]
            self.at_upper = ((self.width - upper[1]) / 2, 0.0)
            self.at_lower = ((self.width - lower[1]) / 2, upper[0] + gap)
        widest = (sheet - 2 * SHEET_MARGIN) / self.width
        wanted = self._wanted()
        self.cell = min(wanted, widest)
        if self.cell < (wanted if numbers else 0.06):
            raise ValueError(
                f"the drawing is {math.ceil(self.width)} cells wide, too wide to read; draw fewer "
                f"samples with size=" + (", rounder numbers, or numbers=False" if numbers else "")
            )
        self.title_width = self.width * self.cell  # inches for the title

    @property
    def pitch(self) -> float:
        """Inches from one panel to the next."""
        return self.width * self.cell + GUTTER

    def layout(self, count: int) -> tuple[int, int]:
        """Return how many rows and columns `count` panels fill."""
        columns = min(count, max(1, int((self.sheet - 2 * SHEET_MARGIN + GUTTER) // self.pitch)))
        rows = math.ceil(count / columns)
        return rows, math.ceil(count / rows)

    def _wanted(self) -> float:
        if not self.numbers:
            return 0.22 if self.film.g.ndim == 1 else 0.17
        every = [self.film.values.ravel(), *(f.values.ravel() for f in self.film.frames())]
        values = np.unique(np.concatenate(every))
        longest = max(len(_text(v)) for v in values[~np.isnan(values)].tolist())
        weight = max(len(_text(w)) for w in self.film.weight.ravel().tolist()) + 1
        return max(0.3, 0.066 * max(longest, weight) + 0.1)

    def draw(self, axes: Any, step: Frame) -> None:
        """Draw one step; y runs down."""
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        axes.axis("off")
        now = np.zeros(self.film.stepped, dtype=bool)
        now[step.now] = True
        nowhere = np.zeros_like(
            self.film.upper if not self.film.scatters else step.done, dtype=bool
        )
        up, down = (now, nowhere) if self.film.scatters else (nowhere, now)
        if self.film.g.ndim == 1:
            self._funnel(axes, step)
        upper, lower = (self.film.upper, self.film.values), (self.film.lower, step.values)
        extra = self.film.extra_upper, self.film.extra_lower
        self._grid(axes, self.at_upper, *upper, step.upper, up, np.zeros_like(up), extra[0])
        self._grid(axes, self.at_lower, *lower, step.lower, down, step.done, extra[1])
        axes.set_title(_title(self.film, step, self.numbers, self.title_width), loc="left")

    def _grid(
        self, axes: Any, at: Any, kinds: Any, values: Any, taps: Any, now: Any, done: Any,
        extra: Any,
    ) -> None:  # fmt: skip
        plane = kinds.shape[-1] + 1 if kinds.ndim == 3 else kinds.size + 1
        kinds, values, taps = unfolded(kinds, NONE), unfolded(values, np.nan), unfolded(taps, -1)
        now, done, extra = (unfolded(a, False) for a in (now, done, extra))
        for row, column in np.argwhere(kinds != NONE):
            kind, tap = str(kinds[row, column]), int(taps[row, column])
            face = LOOK[kind][0]
            if now[row, column] or tap >= 0:
                face = UNDER[kind]
            elif kind == OUTPUT and done[row, column]:
                face = MID_TEAL
            corner = (at[0] + column + INSET, at[1] + row + INSET)
            _cell(axes, corner, kind, face)
            if self.numbers:
                ink = "white" if face in (DARK_BLUE, TEAL) else INK
                self._write(axes, corner, kind, values[row, column], tap, ink)
        for row, column in np.argwhere(extra):
            corner = (at[0] + column + INSET, at[1] + row + INSET)
            _extra(axes, corner)
        under = np.argwhere(taps >= 0)
        for n in np.unique(under[:, 1] // plane):  # a kernel of three axes lies on several planes
            _outline(axes, at, under[under[:, 1] // plane == n])

    def _write(self, axes: Any, corner: Any, kind: str, value: float, tap: int, ink: str) -> None:
        x, y = corner
        if not np.isnan(value):
            ink = EDGE if kind == CROPPED else ink
            at = (x + 0.44, y + 0.46) if tap < 0 else (x + 0.06, y + 0.32)
            axes.text(
                *at,
                _text(value),
                ha="center" if tap < 0 else "left",
                va="center",
                fontsize=8,
                color=ink,
                label=kind,
            )
        if tap >= 0:
            weight = _text(float(self.film.weight.flat[tap]))
            axes.text(
                x + 0.86,
                y + 0.68,
                f"·{weight}",
                ha="right",
                va="center",
                fontsize=7,
                color=ink,
                label="weight",
            )

    def _funnel(self, axes: Any, step: Frame) -> None:
        """Join the cells under the kernel with the sample of the step."""
        wide, narrow = (step.lower, self.at_lower), (step.upper, self.at_upper)
        if not self.film.scatters:
            wide, narrow = (step.upper, self.at_upper), (step.lower, self.at_lower)
        under = np.flatnonzero(wide[0] >= 0) + wide[1][0]
        one = step.now[0] + narrow[1][0]
        y_wide, y_one = (1.0, self.at_lower[1])
        if self.film.scatters:
            y_wide, y_one = y_one, y_wide
        corners = [(under[0], y_wide), (under[-1] + 1, y_wide), (one + 1, y_one), (one, y_one)]
        axes.add_patch(Polygon(corners, facecolor="#E6E8EB", edgecolor="none", label="funnel"))


def _cell(axes: Any, corner: tuple[float, float], kind: str, face: str) -> None:
    _, edge, line, hatch = LOOK[kind]
    side = 1 - 2 * INSET
    look = {"facecolor": face, "edgecolor": edge, "linestyle": line, "hatch": hatch}
    # not add_patch: the limits are set, and need no search
    axes.add_artist(Rectangle(corner, side, side, linewidth=0.7, label=kind, **look))


def _extra(axes: Any, corner: tuple[float, float]) -> None:
    """Mark a cell that is there for output_padding."""
    side = 1 - 2 * INSET
    look: dict[str, Any] = {"fill": False, "edgecolor": ORANGE, "linewidth": 1.3}
    axes.add_artist(Rectangle(corner, side, side, label="output padding", **look))


def _outline(axes: Any, at: tuple[float, float], under: NumpyArray) -> None:
    """Draw the frame of the kernel around the cells `under` it."""
    (top, left), (bottom, right) = under.min(axis=0), under.max(axis=0) + 1
    corner, size = (at[0] + left, at[1] + top), (right - left, bottom - top)
    look: dict[str, Any] = {"fill": False, "edgecolor": INK, "linewidth": 1.1}
    axes.add_artist(Rectangle(corner, *size, label="kernel", clip_on=False, **look))


def sheet(
    panel: Panel, rows: int, columns: int, width: float, title: str | None = None
) -> tuple[Figure, Any]:
    """Return an empty figure with heading and legend, and where the panel of a row and column is.

    Sizes are known to the cell, so that nothing is left to a layout engine.
    """
    handles = _legend(panel.film)
    across = max(1, min(len(handles), int(width // 1.2)))
    title_text, settings = heading(panel.film)
    heads = textwrap.wrap(title or title_text, int((width - 2 * SHEET_MARGIN) / 0.078))
    lines = textwrap.wrap(settings, int((width - 2 * SHEET_MARGIN) / 0.061))
    aside = 0.15 * (len(heads) - 1)
    top, above = 0.32 + 0.14 * len(lines) + aside, 0.24
    below = 0.17 * math.ceil(len(handles) / across) + 0.14
    high = panel.height * panel.cell
    height = top + rows * (above + high) + 0.14 * (rows - 1) + below
    fig = style.figure(height, width)
    fig.set_layout_engine("none")
    fig.text(
        SHEET_MARGIN / width,
        1 - 0.06 / height,
        "\n".join(heads),
        va="top",
        fontsize=9,
        weight="bold",
    )
    fig.text(
        SHEET_MARGIN / width, 1 - (0.25 + aside) / height, "\n".join(lines), va="top", fontsize=8
    )
    fig.legend(
        handles=handles,
        loc="lower left",
        ncols=across,
        borderpad=0,
        columnspacing=1.2,
        labelspacing=0.4,
        handlelength=1.1,
        handleheight=1.0,
        borderaxespad=0,
        bbox_to_anchor=(SHEET_MARGIN / width, 0.06 / height),
    )
    wide = panel.width * panel.cell
    free = (width - 2 * SHEET_MARGIN - columns * wide) / max(columns - 1, 1)
    step = wide + min(free, max(3 * GUTTER, 2.3 - wide))  # wide enough for a sum in the title
    panel.title_width = step - 0.1 if columns > 1 else width - 2 * SHEET_MARGIN

    def place(row: int, column: int) -> tuple[float, float, float, float]:
        y = height - top - (row + 1) * (above + high) - 0.14 * row
        return (SHEET_MARGIN + column * step) / width, y / height, wide / width, high / height

    return fig, place


def heading(drawn: Film) -> tuple[str, str]:
    """Return what is drawn, and its settings, as two lines of text."""
    g, sizes = drawn.g, f"{times(drawn.x.shape)} → {times(drawn.output)}"
    words = [f"kernel {times(g.kernel)}", f"stride {each(g.stride)}", f"padding {pads(g)}"]
    if any(l > 1 for l in g.dilation):
        words.append(f"dilation {each(g.dilation)}")
    if drawn.operation == "conv":
        return f"Convolution, {sizes}", ", ".join(words) + _beside(g)
    if any(g.output_padding):
        words.append(f"output padding {each(g.output_padding)}")
    how = "each sample of the input stamps the kernel on the output"
    if drawn.reading == "gather":
        cropped = any(end < 0 for ends in g.frame for end in ends)
        some = any(s > 1 for s in g.stride) or any(end > 0 for ends in g.frame for end in ends)
        first = " and ".join(
            text for text, is_so in (("zeros are put in", some), ("the input is cropped", cropped))
            if is_so
        ) or "nothing is put in"  # fmt: skip
        how = f"{first}, then the flipped kernel goes over at stride 1"
    return (
        f"Transposed convolution as a {drawn.reading}, {sizes}",
        f"{', '.join(words)}: {how}{_beside(g)}",
    )


def _beside(g: ConvGeometry) -> str:
    return "; planes stand side by side" if g.ndim == 3 else ""


def each(values: tuple[int, ...]) -> str:
    """Return a setting as text: once where all axes agree, else 1×2."""
    return str(values[0]) if len(set(values)) == 1 else times(values)


def pads(g: ConvGeometry) -> str:
    """Return the padding as text: 1, or before+after on each axis."""
    if len({p for pair in g.padding for p in pair}) == 1:
        return str(g.padding[0][0])
    return " × ".join(str(p[0]) if p[0] == p[1] else f"{p[0]}+{p[1]}" for p in g.padding)


def step_title(drawn: Film, step: Frame) -> str:
    """Return what the step computes, in full."""
    return _title(drawn, step, True, math.inf)


def _title(drawn: Film, step: Frame, numbers: bool, width: float) -> str:
    """Say what the step computes, in full where `width` inches suffice."""
    name = f"{'x' if drawn.scatters else 'y'}[{', '.join(str(n) for n in step.now)}]"
    if not numbers:
        return name
    if drawn.scatters:
        short = f"{name} = {_text(step.terms[0][1])}"
        full = f"{short} adds {', '.join(_text(w * x) for w, x in step.terms)}"
    else:
        # a plane of zeros would hide the few terms that count
        kept = [(w, x) for w, x in step.terms if x != 0 or drawn.g.ndim == 1]
        total = " + ".join(f"{_text(x)}·{_factor(w)}" for w, x in kept).replace("+ −", "− ")
        short = f"{name} = {_text(float(step.values[step.now]), 5)}"
        full = short.replace(" = ", f" = {total} = ") if kept else short
    return full if 0.063 * len(full) <= width else short


def _factor(value: float) -> str:
    return f"({_text(value)})" if value < 0 else _text(value)


def _text(value: float, digits: int = 3) -> str:
    whole = abs(value) < 1e5 and (value == int(value) or abs(value) >= 10**digits)
    text = f"{value:.0f}" if whole else f"{value:.{digits}g}"
    return text.replace("-", "−")


def _legend(drawn: Film) -> list[Patch]:
    padding = "padding" if drawn.operation == "conv" else "frame of zeros"
    names = {INPUT: "input", ZERO: "zeros put in", FRAME: padding, OUTPUT: "output"}
    names[CROPPED] = "cropped"
    count = {kind: int((drawn.upper == kind).sum() + (drawn.lower == kind).sum()) for kind in names}
    handles = [
        _key(f"{name}: {count[kind]}", *LOOK[kind]) for kind, name in names.items() if count[kind]
    ]
    kernel = "flipped kernel" if drawn.operation == "transpose" and not drawn.scatters else "kernel"
    extra = int(drawn.extra_lower.sum()) or int(drawn.extra_upper.sum())
    if extra:
        handles.append(_key(f"output padding: {extra}", "white", ORANGE, "-", ""))
    return [*handles, _key(kernel, SHADE, INK, "-", "")]


def _key(label: str, face: str, edge: str, line: str, hatch: str) -> Patch:
    return Patch(
        facecolor=face, edgecolor=edge, linestyle=line, hatch=hatch, label=label, linewidth=0.8
    )
