"""The steps of a convolution as HTML: an SVG that plays, pauses and is stepped by keys.

It is made of the same cells as the figures; nothing is fetched, and it is as well read in the dark.
"""

from __future__ import annotations

import html
import importlib.resources
import json
from typing import Any

import numpy as np

from sigdeconv._array import ArrayLike, NumpyArray
from sigdeconv.geometry import ConvGeometry, Sizes
from sigdeconv.plots._cells import (
    CROPPED,
    FRAME,
    INPUT,
    NONE,
    OUTPUT,
    ZERO,
    Film,
    Frame,
    Operation,
    Reading,
    film,
    place_of,
    times,
    unfolded,
)
from sigdeconv.plots._strip import heading, step_title

__all__ = ["animation_parts", "geometry_html"]

KEYS = {
    INPUT: ("input", "#56b4e9", "#56b4e9"),
    ZERO: ("zeros put in", "#eef6fc", "#7b828b"),
    FRAME: ("frame of zeros", "#fff", "#7b828b"),
    CROPPED: ("cropped", "transparent", "#a9b0b8"),
    OUTPUT: ("output", "#8fd3bd", "#8fd3bd"),
}


def geometry_html(
    g: ConvGeometry,
    size: Sizes | None = None,
    *,
    operation: Operation = "transpose",
    reading: Reading = "scatter",
    x: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    parts: bool = True,
) -> str:
    """Return a convolution or its transpose as HTML that plays step by step.

    Buttons and the keys left, right and space step and pause it; it loops while it is seen, and
    stands still where the reader asked for reduced motion. A screen reader is told the settings,
    the counts of cells and each step.

    Parameters
    ----------
    g : ConvGeometry
        Layer of one, two or three axes.
    size, operation, reading, x, weight
        As in `geometry`; a transpose is drawn by default.
    parts : bool, default: True
        Include the style and the script that play it; one of several on a page suffices.

    Returns
    -------
    str
        A ``figure`` element.

    Raises
    ------
    TypeError, ValueError
        As `geometry`.

    See Also
    --------
    geometry : Chosen steps as a figure.
    animate_geometry : All steps as a GIF.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> page = sd.plots.geometry_html(sd.ConvGeometry(3, stride=2, padding=1), 3)
    >>> "Transposed convolution as a scatter, 3 → 5" in page
    True
    """
    drawn = film(g, size, operation, reading, x, weight)
    title, settings = heading(drawn)
    counts = _counts(drawn)
    told = ", ".join(f"{name}: {n}" for name, n in counts)
    data = json.dumps(_data(drawn), separators=(",", ":")).replace("</", "<\\/")
    key = "".join(_key(name, n) for name, n in counts)
    body = (
        f'<figure class="steps"><figcaption><b>{html.escape(title)}</b><br>'
        f"{html.escape(settings)}</figcaption>"
        f'<div class="steps-stage" tabindex="0" role="group" aria-label="{html.escape(title)}; '
        f'keys left and right step, space plays and pauses">'
        f'<svg role="img"><title>{html.escape(f"{title}; {settings}; {told}")}</title></svg></div>'
        f'<div class="steps-key">{key}</div>'
        f'<button type="button">Play</button><button type="button">Back</button>'
        f'<button type="button">Step</button><div class="steps-say" role="status"></div>'
        f'<script type="application/json">{data}</script>'
        f"<script>document.addEventListener('DOMContentLoaded', (f => () => sigdeconvSteps(f))"
        f"(document.currentScript.parentElement))</script></figure>"
    )
    return (animation_parts() if parts else "") + body


def animation_parts() -> str:
    """Return the style and the script that play the figures of `geometry_html`.

    Returns
    -------
    str
        HTML to stand once on a page.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.plots.animation_parts().startswith("<style>")
    True
    """
    files = importlib.resources.files(__package__)
    style, script = (
        (files / name).read_text(encoding="utf-8") for name in ("steps.css", "steps.js")
    )
    return f"<style>{style}</style><script>{script}</script>"


def _counts(drawn: Film) -> list[tuple[str, int]]:
    """Return how many cells there are of each kind."""
    both = np.concatenate([drawn.upper.ravel(), drawn.lower.ravel()])
    counts = [(kind, int(np.sum(both == kind))) for kind in KEYS]
    found = [(KEYS[kind][0], n) for kind, n in counts if n]
    extra = int(drawn.extra_lower.sum()) or int(drawn.extra_upper.sum())
    return [*found, ("output padding", extra)] if extra else found


def _key(name: str, n: int) -> str:
    looks = {word: (face, edge) for word, face, edge in KEYS.values()}
    face, edge = looks.get(name, ("transparent", "#d55e00;border-width:2px"))
    return f'<span><i style="background:{face};border-color:{edge}"></i>{name}: {n}</span> '


def _data(drawn: Film) -> dict[str, Any]:
    """Return what the script draws."""
    sides = {
        "upper": (drawn.upper, drawn.extra_upper), "lower": (drawn.lower, drawn.extra_lower)
    }  # fmt: skip
    data: dict[str, Any] = {
        side: {
            "kinds": _rows(kinds, NONE),
            "extra": _rows(extra, False),
            "plane": kinds.shape[-1],
        }
        for side, (kinds, extra) in sides.items()
    }
    data["upper"]["values"] = _rows(drawn.values, np.nan)
    data["weight"] = drawn.weight.ravel().tolist()
    data["ndim"], data["scatters"] = drawn.g.ndim, drawn.scatters
    data["size"], data["output"] = times(drawn.x.shape), times(drawn.output)
    data["steps"] = [_step(drawn, step) for step in drawn.frames()]
    return data


def _step(drawn: Film, step: Frame) -> dict[str, Any]:
    return {
        "upper": _rows(step.upper, -1) if (step.upper >= 0).any() else None,
        "lower": _rows(step.lower, -1) if (step.lower >= 0).any() else None,
        "now": place_of(step.now, drawn.stepped),
        "done": _rows(step.done, False),
        "values": _rows(step.values, np.nan),
        "says": step_title(drawn, step),
    }


def _rows(a: NumpyArray, blank: Any) -> list[list[Any]]:
    """Return an array as rows, with null where there is no number."""
    a = unfolded(a, blank)
    if a.dtype.kind == "f":
        return [[None if np.isnan(v) else float(v) for v in row] for row in a]
    if a.dtype.kind == "b":
        return a.astype(int).tolist()
    return a.tolist()
