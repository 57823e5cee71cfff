"""The written parts of a page: verdict, table, panels, parameters. They read without scripts."""

from __future__ import annotations

import datetime
import html
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import views
from sigdeconv.catalogue import registry
from sigdeconv.comparison import COLUMNS, cell
from sigdeconv.geometry.borders import boundary_words
from sigdeconv.operators.convolution import Convolution
from sigdeconv.report import _encode, _svg
from sigdeconv.views import Scene, decibel

if TYPE_CHECKING:
    from sigdeconv.comparison import Comparison
    from sigdeconv.result import Result

__all__ = [
    "kept",
    "lead",
    "made",
    "panels",
    "parameters",
    "picture",
    "table",
    "tiles",
    "verdict",
]

HEADS = {  # column of the table -> what it means
    "method": "Method; the first row is the data as they came",
    "kind": "Inverse: made to restore the values. Adjoint: the transposed convolution",
    "shape": "Shape of the estimate; the signal's where a border was estimated, too",
    "psnr": "Peak signal-to-noise ratio against the truth, in decibels: more is better",
    "gain": "Decibels gained over the data: above zero the values came closer to the truth",
    "ssim": "Structural similarity to the truth: 1 is perfect",
    "nrmse": "Error over the truth, both as norms: 0 is perfect",
    "correlation": "Correlation with the truth, whatever the level: 1 is perfect",
    "level": "Level of the estimate against that of the truth: 1 is right",
    "num_iter": "Iterations",
    "seconds": "Seconds",
}
WITHOUT_TRUTH = ("method", "kind", "shape", "num_iter", "seconds")
GAIN_FULL = 10.0  # decibels at which the bar of a gain is full


def times(shape: tuple[int, ...]) -> str:
    """Return a shape as text: 512 × 496."""
    return " × ".join(str(n) for n in shape)


def lead(comparison: Comparison, scene: Scene) -> str:
    """Return the sentence on what was measured, and the kernel as a picture."""
    obs = comparison.observation
    noise = "" if obs.noise is None else f", {obs.noise.describe()}"
    what = {1: "samples", 2: "pixels", 3: "voxels"}[scene.reference.ndim]
    data = f"<p>Data of {times(tuple(obs.y.shape))} {what}{html.escape(noise)}, made by "
    if not isinstance(obs.A, Convolution):
        return f"{data}the operator {html.escape(repr(obs.A)[:80])}.</p>"
    border = html.escape(boundary_words(obs.A.boundary))
    text = f"{data}a kernel of {times(scene.psf.shape)}; border: {border}.</p>"
    if scene.psf.ndim == 1:
        return text
    kernel = views.kernel(np.abs(scene.psf))
    image = _encode.grey(kernel, 0.0, float(np.nanmax(kernel)))
    alt = f"The kernel, {times(scene.psf.shape)}"
    return text + f'<img class="kernel" src="{_encode.uri(image)}" alt="{alt}">'


def made() -> str:
    """Return when the page was made, and by what."""
    return f"{datetime.date.today().isoformat()}, sigdeconv {html.escape(sigdeconv.__version__)}"


def tiles(comparison: Comparison) -> list[tuple[str, str, str, str]]:
    """Return the verdict in short: question, answer, detail, and how good the news is."""
    rows = comparison.rows
    data, tried = rows[0], rows[1:]
    shapes = {row["shape"] for row in tried}
    wanted = comparison.observation.A.shape
    good = shapes == {wanted}
    detail = f"every estimate is {times(wanted)}, the data {times(data['shape'])}"
    boxes = [
        ("Shape restored?", "Yes" if good else "Not by all", detail, "good" if good else "bad")
    ]
    if data["psnr"] is None:
        return [*boxes, ("Values restored?", "Unknown", "no truth is known", "")]
    best = max(tried, key=lambda row: row["psnr"])
    answer = f"Yes, {decibel(best['gain'])} dB" if best["gain"] > 0 else "No"
    detail = (
        f"best: {best['method']}, {decibel(best['gain'])} dB, correlation {best['correlation']:.3f}"
    )
    boxes.append(("Values restored?", answer, detail, "good" if best["gain"] > 0 else "bad"))
    adjoints = [row for row in tried if row["kind"] == "adjoint"]
    if adjoints:
        row = max(adjoints, key=lambda row: row["psnr"])
        kind = "the values are not restored" if row["gain"] <= 0 else "some of the values come back"
        boxes.append(
            ("Transposed convolution", f"{decibel(row['gain'])} dB",
             f"{kind}; correlation {row['correlation']:.3f}, data {data['correlation']:.3f}",
             "good" if row["gain"] > 0 else "bad")
        )  # fmt: skip
    lost = [row for row in tried if row["kind"] != "adjoint" and row["gain"] < 0]
    if lost:
        row = min(lost, key=lambda row: row["gain"])
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        boxes.append(
            ("Noise amplified by", f"{row['method']}{more}", f"{decibel(row['gain'])} dB", "bad")
        )
    return boxes


def verdict(comparison: Comparison) -> str:
    """Return the verdict as tiles and sentences."""
    boxes = "".join(
        f'<div class="tile {kind}"><dt>{html.escape(question)}</dt>'
        f"<dd><b>{html.escape(answer)}</b><span>{html.escape(detail)}</span></dd></div>"
        for question, answer, detail, kind in tiles(comparison)
    )
    sentences = re.split(r"(?<=\.) (?=[A-Z])", comparison.verdict)
    lines = "".join(f"<li>{_minus(html.escape(text))}</li>" for text in sentences)
    return f'<dl class="tiles">{boxes}</dl><ul class="sentences">{lines}</ul>'


def _minus(text: str) -> str:
    return re.sub(r"(?<=[ (])-(?=\d)", "−", text)


def table(comparison: Comparison, scene: Scene) -> str:
    """Return the table; every head is a button that sorts by it."""
    known = scene.truth is not None
    columns = [name for name in COLUMNS if known or name in WITHOUT_TRUTH]
    heads = "".join(
        f'<th scope="col" data-column="{name}" aria-sort="none">'
        f'<button type="button" title="{html.escape(HEADS[name])}">{COLUMNS[name]}</button></th>'
        for name in columns
    )
    body = ""
    for row in comparison.rows:
        name = row["method"]
        link = html.escape(name)
        if name in scene.images:
            link = f'<a href="#{anchor(name)}">{link}</a>'
        body += f'<tr><th scope="row">{_chip(scene, name)}{link}</th>'
        body += "".join(_entry(column, row[column]) for column in columns[1:])
        body += "</tr>"
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _entry(column: str, value: Any) -> str:
    text = cell(column, value)
    text = text.replace("x", " × ") if column == "shape" else text.replace("-", "−")
    sort = f' data-sort="{value:.9g}"' if isinstance(value, (int, float)) else ""
    bar = _bar(value) if column == "gain" and value is not None else ""
    return f'<td data-column="{column}"{sort}>{bar}{html.escape(text)}</td>'


def _bar(gain: float) -> str:
    part = min(abs(gain) / GAIN_FULL, 1.0) if not math.isnan(gain) else 0.0
    side = "more" if gain > 0 else "less"
    return f'<span class="bar {side}" style="--part:{part:.3f}" aria-hidden="true"></span>'


def _chip(scene: Scene, name: str) -> str:
    kind = list(scene.images).index(name) % 8 if name in scene.images else name
    return f'<span class="chip" style="--c:var(--c-{kind})" aria-hidden="true"></span>'


def anchor(name: str) -> str:
    """Return the anchor of a method's panel."""
    return "method-" + re.sub(r"\W", "-", name)


def panels(scene: Scene) -> str:
    """Return a frame for every method; the scripts draw into it, and a picture stands in."""
    return "".join(_panel(scene, name) for name in scene.images)


def _panel(scene: Scene, name: str) -> str:
    shown, row = html.escape(name), scene.rows[name]
    figures = "" if row.get("psnr") is None else (
        f'<span class="figures">{decibel(row["psnr"], sign=False)} dB '
        f"({decibel(row['gain'])}), r {row['correlation']:.3f}</span>"
    )  # fmt: skip
    note = scene.excess(name)
    alt = f"{shown}: {'no truth is known' if not figures else re.sub('<[^>]*>', '', figures)}"
    alt += f"; {note}" if note else ""
    return (
        f'<figure class="panel" id="{anchor(name)}" data-name="{shown}">'
        f"<figcaption>{_chip(scene, name)}<b>{shown}</b>{figures}"
        f'<button type="button" class="enlarge" aria-pressed="false" '
        f'aria-label="Enlarge {shown}">⤢</button>'
        f'<button type="button" class="keep" aria-label="Save the picture of {shown}">⤓</button>'
        f"</figcaption>"
        f'<div class="view" tabindex="0" role="application" '
        f'aria-roledescription="zoomable picture" '
        f'aria-label="{alt}" aria-describedby="keys-text">'
        f'<canvas role="img" aria-label="{alt}"></canvas></div>'
        f"<noscript>{picture(scene, name, 240, alt)}</noscript>"
        f"</figure>"
    )


def picture(scene: Scene, name: str, size: int, alt: str = "", levels: int = 256) -> str:
    """Return one panel of a scene, in the range of all, as an ``img`` or a trace."""
    a = scene.panels[name]
    if a.ndim == 1:
        return _svg.trace({name: a}, scene.limits, alt or name)
    if a.ndim == 3:
        a = np.max(a, axis=0)
    image = _encode.grey(_encode.shrink(a, size), *scene.limits, levels)
    return f'<img src="{_encode.uri(image)}" alt="{html.escape(alt or name)}">'


def parameters(comparison: Comparison, scene: Scene) -> str:
    """Return the parameters of each method, given and estimated, and why it stopped."""
    cards = ""
    for name, result in comparison.results.items():
        rows = [(key, text) for key, text in result.rows() if key not in ("method", "estimate")]
        items = "".join(
            f"<div><dt>{html.escape(key.replace('_', ' '))}</dt><dd>{html.escape(text)}</dd></div>"
            for key, text in rows
        )
        head = f"<h3>{_chip(scene, name)}{html.escape(name)}</h3>"
        call = f'<pre class="repeat">{html.escape(repeated(result))}</pre>'
        cards += f'<section class="card">{head}<dl>{items}</dl>{call}</section>'
    return cards


def repeated(result: Result) -> str:
    """Return the call that does it again, with what was given or found; arrays are named."""
    takes = registry.get(result.method).parameters if result.method in registry else {}
    words = [f'method="{result.method}"']
    for name, value in result.parameters.items():
        if name not in takes:
            continue
        if isinstance(value, (bool, int, str)) or value is None:
            words.append(f"{name}={value!r}")
        elif isinstance(value, (float, np.number)):
            words.append(f"{name}={float(value):.6g}")
        else:
            words.append(f"{name}={name}")
    if result.num_iter and "num_iter" not in result.parameters:
        words.append(f"num_iter={result.num_iter}")
    return f"sd.deconvolve(y, psf, {', '.join(words)})"


def kept(packed: dict[str, Any], scene: Scene) -> str:
    """Return the sentence on how exact the values on the page are."""
    every, levels = packed["every"], packed["levels"]
    ends = {1: "st", 2: "nd", 3: "rd"}
    thinned = ""
    if every > 1:
        thinned = (
            f" To keep the file small, every {every}{ends.get(every, 'th')} sample along each axis "
            f"of {times(scene.reference.shape)} is on it; the table was made with all."
        )
    return (
        f"Values on this page are those of the arrays, rounded to 1/{levels} of the range of each "
        f"array.{thinned}"
    )
