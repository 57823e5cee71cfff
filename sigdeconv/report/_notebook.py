"""What results show of themselves in a notebook: a small picture, key figures, convergence.

Everything is inline and in the colours of the page around it, without scripts, in under 100 kB.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sigdeconv import views
from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.geometry.borders import boundary_words
from sigdeconv.report import _encode, _svg
from sigdeconv.views import COLOURS, scene_of

if TYPE_CHECKING:
    from sigdeconv.comparison import Comparison
    from sigdeconv.operators.convolution import Convolution
    from sigdeconv.result import Result
    from sigdeconv.transposed import Layer
    from sigdeconv.tuning import TuningCurve

__all__ = ["comparison", "convolution", "layer", "result", "tuning"]

LIMIT = 90_000  # characters of a display
GREYS = 64  # fewer grey values deflate better; a thumbnail does not show the difference
RULE_COLOURS = {"oracle": "currentColor"}


def result(result: Result) -> str:
    """Return the display of a result: the estimate, how it came about, and its convergence."""
    x = to_numpy(result.x)
    x = views.real(x, x)
    drawn = _thumbnail(x, bool(result.channels), f"estimate by {result.method}", 180)
    for name, values in result.history.items():
        steps = np.arange(len(values))
        if len(values) > 1:
            alt = f"{name} over {len(values) - 1} iterations, last {values[-1]:.4g}"
            curve = _svg.curves({name: (steps, np.asarray(values))}, alt, log_y=True)
            drawn += _figure(curve, f"{name} over iterations")
    return _row(drawn + _table(result.rows()))


def comparison(comparison: Comparison) -> str:
    """Return the display of a comparison: every image in one range, the table, the verdict."""
    text = f"{comparison.table('html')}<p>{html.escape(comparison.verdict)}</p>"
    if comparison.data.ndim not in (1, 2, 3):
        return text
    scene = scene_of(comparison)
    for size in (128, 96, 64, 32):
        pictures = ""
        for name, a in scene.panels.items():
            alt = f"{name} {scene.excess(name)}".strip()
            pictures += _figure(_drawn(a, scene.limits, alt, size), name)
        if len(pictures) + len(text) <= LIMIT:
            return _row(pictures) + text
    return text


def convolution(A: Convolution) -> str:
    """Return the display of an operator: its kernel, what it lets through, its sizes."""
    psf = to_numpy(A.psf)
    psf = views.real(psf, psf)
    size = " x ".join(str(n) for n in psf.shape)
    rows = [
        ("domain", " x ".join(str(n) for n in A.shape)),
        ("data", " x ".join(str(n) for n in A.out_shape)),
        ("kernel", f"{size}, sum {psf.sum():.4g}"),
        ("boundary", boundary_words(A.boundary)),
    ]
    for name in ("stride", "dilation"):
        steps = getattr(A, name)
        if any(step != 1 for step in steps):
            rows.append((name, " x ".join(str(n) for n in steps)))
    if A.mask is not None:
        mask = to_numpy(A.mask)
        rows.append(("mask", f"{np.count_nonzero(mask == 0)} of {mask.size} samples are out"))
    drawn = ""
    if psf.ndim in (1, 2, 3):
        drawn = _figure(_drawn(psf, views.span(psf), f"kernel, {size}", 96, least=96), "kernel")
        f, modulus = views.transfer(A.otf)
        curve = _svg.curves({"otf": (f, modulus)}, "modulus of the transfer function", log_y=True)
        drawn += _figure(curve, "|OTF|, mean at each frequency, cycles a sample")
    return _row(drawn + _table(rows))


def layer(layer: Layer) -> str:
    """Return the display of a transposed layer: its settings, sizes, and its code elsewhere."""
    size = (8,) * len(layer.kernel)
    rows = [
        (name, " x ".join(str(n) for n in getattr(layer, name)))
        for name in ("kernel", "stride", "dilation")
    ]
    rows.append(
        ("cut", ", ".join(f"{before} before, {after} after" for before, after in layer.cut))
    )
    rows.append(("groups", str(layer.groups)))
    rows.append(("for example", f"{size} becomes {layer.output_size(size)}"))
    code = "\n\n".join(layer.code(name) for name in ("torch", "keras", "onnx"))
    return _row(_table(rows) + f"<pre>{html.escape(code)}</pre>")


def tuning(curve: TuningCurve) -> str:
    """Return the display of a tuning curve: quality or fit over the strength, every choice."""
    known = curve.psnr is not None
    values = curve.psnr if curve.psnr is not None else 100 * curve.dof / curve.samples
    what = "PSNR in dB" if known else "degrees of freedom, % of the data"
    marks, rows = [], []
    for k, (rule, strength) in enumerate(curve.best.items()):
        if not math.isfinite(strength):
            rows.append((rule, "no choice"))
            continue
        at = float(np.interp(math.log(strength), np.log(curve.strengths), values))
        text = f"{strength:.4g}" + (f", {-curve.loss(rule):+.2f} dB" if known else "")
        rows.append((rule, text))
        marks.append(
            (strength, at, RULE_COLOURS.get(rule, COLOURS[k % len(COLOURS)]), f"{rule}: {text}")
        )
    alt = f"{what} over {curve.parameter} of {curve.method}"
    drawn = _svg.curves(
        {what: (curve.strengths, values)}, alt, marks=marks, log_x=True, width=320, height=180
    )
    notes = "".join(f"<p>{html.escape(f'{r}: {t}')}</p>" for r, t in curve.notes.items())
    return _row(_figure(drawn, alt) + _table(rows)) + notes


def _thumbnail(x: NumpyArray, channels: bool, alt: str, size: int) -> str:
    """Return the picture of an estimate on its own range, and the range in words."""
    low, high = views.span(x[np.isfinite(x)]) if np.isfinite(x).any() else (0.0, 1.0)
    axis = next((k for k, n in enumerate(x.shape) if channels and n == 3), None)
    if axis is not None and x.ndim == 3:
        image = _encode.grey(_encode.shrink(np.moveaxis(x, axis, -1), size), low, high, GREYS)
        drawn = f'<img src="{_encode.uri(image)}" alt="{html.escape(alt)}">'
    elif x.ndim in (1, 2, 3):
        drawn = _drawn(x, (low, high), alt, size)
    else:
        return ""
    what = "largest along the first axis, " if x.ndim == 3 and axis is None else ""
    return _figure(drawn, f"{what}{views.short(low)} to {views.short(high)}")


def _drawn(a: NumpyArray, limits: tuple[float, float], alt: str, size: int, least: int = 0) -> str:
    if a.ndim == 1:
        return _svg.trace({alt: a}, limits, alt)
    a = np.max(a, axis=0) if a.ndim == 3 else a
    image = _encode.grey(_encode.shrink(a, size), *limits, GREYS)
    wide = f' style="width:{least}px;image-rendering:pixelated"' if least else ""
    return f'<img src="{_encode.uri(image)}" alt="{html.escape(alt)}"{wide}>'


def _figure(drawn: str, caption: str) -> str:
    words = f'<figcaption style="font-size:smaller">{html.escape(caption)}</figcaption>'
    return f'<figure style="margin:0">{drawn}{words}</figure>' if drawn else ""


def _row(parts: str) -> str:
    style = "display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start"
    return f'<div style="{style}">{parts}</div>'


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>" for name, text in rows
    )
    return f"<table>{cells}</table>"
