"""The page of a comparison: what is on it, and the values that its scripts draw."""

from __future__ import annotations

import html
import importlib.resources
import json
import math
import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import views
from sigdeconv._array import NumpyArray
from sigdeconv._checks import integer, writable
from sigdeconv.report import _encode, _parts
from sigdeconv.views import Scene, scene_of

if TYPE_CHECKING:
    from sigdeconv.comparison import Comparison
else:
    Comparison = Any  # what is drawn does not need what made it

__all__ = ["comparison"]

SCRIPTS = ("values.js", "chart.js", "draw.js", "view.js", "save.js", "page.js")
LEVELS = (65534, 4094, 1022, 254)  # steps between the lowest and the highest value of an image


def comparison(
    comparison: Comparison,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str = "Deconvolution compared",
    max_bytes: int = 5_000_000,
) -> str:
    """Return the comparison as one HTML page that holds everything it shows; write it to `path`.

    Each method has a picture with two sliders (data, method, truth), which zooms and moves together
    with the others; errors, the profile under the pointer, convergence, spectra, and the parameters
    are a key away. The page needs no network and no other file, and works by mouse, touch and keys.

    Parameters
    ----------
    comparison : Comparison
        What `sigdeconv.compare` returned, of 1, 2 or 3 axes.
    path : str or path, optional
        Where to write the page; its suffix is ``.html`` or ``.htm``.
    title : str
        Title of the page.
    max_bytes : int
        What the values may take. Beyond it they are rounded, and then only every second, third, ...
        sample is kept along each axis; the page says so. Not less than 200 000.

    Returns
    -------
    str
        The page.

    Raises
    ------
    TypeError
        If `path` is no path or `max_bytes` no whole number.
    ValueError
        If the data have more than three axes, `max_bytes` is too small, or the suffix of `path` is
        another.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> page = sd.compare(obs, methods=["adjoint", "wiener"]).to_html()
    >>> page[:15], "richardson_lucy" in page
    ('<!doctype html>', False)
    """
    target = None if path is None else writable("path", path, (".html", ".htm"))
    max_bytes = integer("max_bytes", max_bytes, least=200_000)
    scene = scene_of(comparison)
    packed, kept = _packed(scene.panels, max_bytes)
    text = _fill(comparison, scene, title, packed, kept)
    if target is not None:
        target.write_text(text, encoding="utf-8")
    return text


def _packed(
    panels: dict[str, NumpyArray], max_bytes: int
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the values as text that fits, and what had to be given up for it."""
    whole = next(iter(panels.values())).shape
    # The shortest any sample ever gets is a fifth of a byte.
    step = max(1, math.ceil((math.prod(whole) * len(panels) / (5 * max_bytes)) ** (1 / len(whole))))
    while True:
        index = (slice(None, None, step),) * len(whole)
        for levels in LEVELS:
            packed = {name: _encode.pack(a[index], levels) for name, a in panels.items()}
            size = sum(len(one["data"]) for one in packed.values())
            if size <= max_bytes:
                shape = next(iter(panels.values()))[index].shape
                return packed, {"shape": shape, "every": step, "levels": levels}
            if size > 3 * max_bytes:  # rounding does not win that much
                break
        step += 1


def _fill(
    comparison: Comparison,
    scene: Scene,
    title: str,
    packed: dict[str, dict[str, Any]],
    kept: dict[str, Any],
) -> str:
    files = importlib.resources.files(__package__)

    def read(name: str) -> str:
        return files.joinpath(name).read_text(encoding="utf-8")

    model = _model(comparison, scene, packed, kept)
    # "<" would let a name end the script that holds the values.
    values = json.dumps(_plain(model), allow_nan=False, separators=(",", ":"))
    values = values.replace("<", "\\u003c")
    parts = {
        "title": html.escape(title),
        "style": read("report.css"),
        "script": "\n".join(read(name) for name in SCRIPTS),
        "values": values,
        "lead": _parts.lead(comparison, scene),
        "made": _parts.made(),
        "verdict": _parts.verdict(comparison),
        "table": _parts.table(comparison, scene),
        "panels": _parts.panels(scene),
        "parameters": _parts.parameters(comparison, scene),
        "kept": _parts.kept(kept, scene),
        "version": html.escape(sigdeconv.__version__),
    }
    # One pass: what is put in is not searched for further marks.
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], read("report.html"))


def _model(
    comparison: Comparison,
    scene: Scene,
    packed: dict[str, dict[str, Any]],
    kept: dict[str, Any],
) -> dict[str, Any]:
    """Return what the scripts need to know."""
    reference = scene.reference
    focus = views.focus(scene.data - reference if scene.truth is not None else reference)
    histories = {name: result.history for name, result in comparison.results.items()}
    return {
        **kept,
        "images": packed,
        "methods": list(scene.images),
        "truth": scene.truth is not None,
        "adjoints": [n for n in scene.images if scene.rows[n]["kind"] == "adjoint"],
        "limits": scene.limits,
        "errorLimit": scene.error_limit if scene.errors else 1.0,
        "exploded": sorted(scene.exploded),
        "excess": {name: scene.excess(name) for name in scene.panels},
        "point": [k // kept["every"] for k in focus],
        "histories": {
            name: h for name, h in histories.items() if any(len(v) > 1 for v in h.values())
        },
        "spectra": _spectra(scene),
    }


def _spectra(scene: Scene) -> dict[str, Any]:
    """Return the radially averaged spectra, relative to the largest of the reference."""
    f, first = views.amplitude(scene.reference)
    unit = float(np.max(first)) or 1.0
    curves = {
        name: views.amplitude(a)[1] / unit
        for name, a in scene.panels.items()
        if np.all(np.isfinite(a))
    }
    at, modulus = views.transfer(scene.otf)
    return {"f": f, "curves": curves, "otf": {"f": at, "values": modulus}}


def _plain(value: Any) -> Any:
    """Return `value` in the types of JSON; what is not finite becomes null, curves get 5 digits."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return [_plain(float(f"{item:.5g}")) for item in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    return float(value) if math.isfinite(value) else None
