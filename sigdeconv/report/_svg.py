"""Small line drawings as SVG, for displays without scripts: one curve or a few, in one frame."""

from __future__ import annotations

import html
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.views import COLOURS

__all__ = ["curves", "trace"]

Curve = tuple[NumpyArray, NumpyArray]
Mark = tuple[float, float, str, str]  # x, y, colour, text


def trace(values: Mapping[str, NumpyArray], limits: tuple[float, float], alt: str) -> str:
    """Return signals over their samples, in one range."""
    drawn = {name: (np.arange(a.size), a) for name, a in values.items()}
    return curves(drawn, alt, y_limits=limits)


def curves(
    drawn: Mapping[str, Curve],
    alt: str,
    *,
    marks: Sequence[Mark] = (),
    y_limits: tuple[float, float] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    width: int = 220,
    height: int = 110,
) -> str:
    """Return curves as an SVG in the colour of the text around, with the ends of both axes named.

    Parameters
    ----------
    drawn : mapping of str to (x, y)
        The curves; what is not finite, or not positive on a logarithmic axis, is left out.
    alt : str
        What a reader hears.
    marks : sequence of (x, y, colour, text)
        Dots, each with a text for the pointer.
    y_limits : pair of float, optional
        Range of the axis; that of the curves by default.
    log_x, log_y : bool
        Logarithmic axes.
    width, height : int
        Of the drawing, in pixels.
    """
    lines = {name: _good(*curve, log_x, log_y) for name, curve in drawn.items()}
    every = [line for line in lines.values() if line[0].size]
    if not every:
        return ""
    x0, x1 = _span([x for x, _ in every])
    y0, y1 = _span([y for _, y in every]) if y_limits is None else y_limits
    left, top, right, bottom = 2.0, 12.0, width - 2.0, height - 14.0

    def place(x: Any, y: Any) -> tuple[Any, Any]:
        across, up = (x - x0) / (x1 - x0), (y - y0) / (y1 - y0)
        return left + across * (right - left), bottom - np.clip(up, -0.05, 1.05) * (bottom - top)

    body = ""
    for k, (x, y) in enumerate(lines.values()):
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(*place(*_thin(x, y)), strict=True))
        colour = "currentColor" if len(lines) == 1 else COLOURS[(3 + k) % len(COLOURS)]
        body += f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.3"/>'
    for at, level, colour, text in marks:
        across, up = place(_scale(at, log_x), _scale(level, log_y))
        body += (
            f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3" fill="{colour}" stroke="currentColor" '
            f'stroke-width=".5"><title>{html.escape(text)}</title></circle>'
        )
    body += _label(left, height - 3, "start", _end(x0, log_x))
    body += _label(right, height - 3, "end", _end(x1, log_x))
    body += _label(left, 9, "start", f"{_end(y1, log_y)} top, {_end(y0, log_y)} bottom")
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{html.escape(alt)}"><path d="M{left:g} {bottom:g}H{right:g}" '
        f'stroke="currentColor" opacity=".4"/>{body}</svg>'
    )


def _label(x: float, y: float, anchor: str, text: str) -> str:
    look = 'font-size="9" fill="currentColor" font-family="sans-serif"'
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" {look}>{text}</text>'


def _scale(value: Any, log: bool) -> Any:
    return np.log10(value) if log else value


def _end(value: float, log: bool) -> str:
    return f"{10**value if log else value:.3g}".replace("-", "−")


def _good(x: Any, y: Any, log_x: bool, log_y: bool) -> Curve:
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    good = np.isfinite(x) & np.isfinite(y)
    for a, log in ((x, log_x), (y, log_y)):
        good &= (a > 0) if log else True
    return _scale(x[good], log_x), _scale(y[good], log_y)


def _span(parts: Sequence[NumpyArray]) -> tuple[float, float]:
    low, high = (float(f([f(a) for a in parts])) for f in (min, max))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _thin(x: NumpyArray, y: NumpyArray, most: int = 300) -> Curve:
    """Return at most `most` points; lowest and highest of each stretch, so that no peak is lost."""
    if x.size <= most:
        return x, y
    edges = np.linspace(0, x.size, most // 2 + 1).astype(int)
    keep = sorted(
        {int(a + f(y[a:b])) for a, b in itertools.pairwise(edges) for f in (np.argmin, np.argmax)}
    )
    return x[keep], y[keep]
