"""The drawings that play: their own data are counted against the arithmetic."""

import importlib
import json
import math
import pathlib
import re

import numpy as np
import pytest

import sigdeconv as sd

DOCS = pathlib.Path(__file__).parents[2] / "docs"


def entries():
    if not (DOCS / "_geometries.py").exists():
        return []
    import sys

    sys.path.insert(0, str(DOCS))
    try:
        made = importlib.import_module("_geometries")
    finally:
        sys.path.remove(str(DOCS))
    return [(made, *each) for each in (*made.CONVOLUTIONS, *made.TRANSPOSES)]


ENTRIES = entries()


def data_of(page):
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.S)
    return json.loads(found[1])


def count(grid, kind):
    return sum(cell == kind for row in grid["kinds"] for cell in row)


def test_there_are_sixteen_and_more():
    if DOCS.exists():
        assert len(ENTRIES) >= 16
        titles = [title for _, title, *_ in ENTRIES if "transpos" not in title]
        assert len(titles) >= 16


@pytest.mark.parametrize("n", range(len(ENTRIES)))
def test_zeros_frames_crops_and_outputs_are_those_of_the_arithmetic(n):
    made, title, g_text, size, more = ENTRIES[n]
    page = made.entry(title, g_text, size, more)
    assert made.call(g_text, size, more).replace("&", "&amp;").split("(sd")[0] in page
    g = eval(f"sd.ConvGeometry({g_text})", {"sd": sd})
    sizes, data = (size,) * g.ndim, data_of(page)
    conv = "conv" in more
    output = g.output_size(sizes) if conv else g.transposed_size(sizes)
    assert count(data["lower"], "output") == math.prod(output)
    said = re.search(r"<title>(.*?)</title>", page, re.S)[1]
    assert f"output: {math.prod(output)}" in said
    upper = data["upper"]
    if conv:
        padded = math.prod(n + sum(p) for n, p in zip(sizes, g.padding, strict=True))
        assert count(upper, "input") == math.prod(sizes)
        assert count(upper, "frame") == padded - math.prod(sizes)
    elif "gather" in more:
        ends = [(b, a + e) for (b, a), e in zip(g.frame, g.output_padding, strict=True)]
        stuffed = [n + (n - 1) * z for n, z in zip(sizes, g.zeros_between, strict=True)]
        seen = math.prod(n + b + a for n, (b, a) in zip(stuffed, ends, strict=True))
        shown = sum(count(upper, kind) for kind in ("input", "zero", "frame"))
        assert shown == seen
        if min(min(pair) for pair in ends) >= 0:
            assert count(upper, "zero") == math.prod(stuffed) - math.prod(sizes)
            assert count(upper, "frame") == seen - math.prod(stuffed)
        else:
            assert count(upper, "cropped") == sum(-b for pair in ends for b in pair if b < 0)
        extra = sum(map(sum, upper["extra"]))
        assert extra == seen - math.prod(
            n + b + a - e for n, (b, a), e in zip(stuffed, ends, g.output_padding, strict=True)
        )
    else:
        full = [(n - 1) * s + k for n, s, k in zip(sizes, g.stride, g.span, strict=True)]
        axes = zip(full, g.padding, output, strict=True)
        kept = math.prod(min(n, p[0] + m) - p[0] for n, p, m in axes)
        assert count(data["lower"], "cropped") == math.prod(full) - kept
        smaller = math.prod(m - e for m, e in zip(output, g.output_padding, strict=True))
        assert sum(map(sum, data["lower"]["extra"])) == math.prod(output) - smaller
    assert len(data["steps"]) == math.prod(sizes if data["scatters"] else output)


def test_the_last_step_holds_the_layer():
    x = np.arange(1.0, 6.0)
    w = np.array([1.0, -2.0, 0.5])
    g = sd.ConvGeometry(3, stride=2, padding=1, output_padding=1)
    expected = sd.conv_transpose(x[None], w[None, None], stride=2, padding=1, output_padding=1)[0]
    for reading in ("scatter", "gather"):
        page = sd.plots.geometry_html(g, reading=reading, x=x, weight=w)
        values = data_of(page)["steps"][-1]["values"][0]
        np.testing.assert_allclose([v for v in values if v is not None], expected)


def test_a_page_has_the_player_once_and_nothing_from_outside():
    g = sd.ConvGeometry(3, stride=2)
    whole, part = sd.plots.geometry_html(g, 4), sd.plots.geometry_html(g, 4, parts=False)
    assert "IntersectionObserver" in whole and "IntersectionObserver" not in part
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org)", whole)
    with pytest.raises(ValueError, match="size"):
        sd.plots.geometry_html(g, 0)
