"""Every figure at the width it is printed: text of 7 pt that stays text, inside, and apart."""

import itertools
import re
import zlib

import matplotlib.text
import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import plots
from sigdeconv.plots import style

SEEN = sd.simulate(sd.datasets.coins()[:90, :110], sd.psf.gaussian(1.5), noise=0.01, rng=0)
TRACE = sd.simulate(sd.datasets.spectrum(200), sd.psf.gaussian(2.0, ndim=1), noise=0.01, rng=0)
SLOPE = np.subtract.outer(-0.1 * np.arange(64), 28 - np.arange(64))
EDGE = sd.simulate(np.clip(SLOPE, 0, 1), sd.psf.gaussian(1.5), noise=0.01, rng=0).y
LAYER = sd.ConvGeometry((4,), stride=2, padding=1)
MATRIX = np.arange(12.0).reshape(3, 4)


def comparison(obs):
    return sd.compare(obs, methods=["adjoint", "wiener", "tikhonov"])


def pictures(path):
    names = ("truth", "data", "Wiener filter", "Richardson-Lucy")
    return plots.images(dict.fromkeys(names, SEEN.y), path, truth=SEEN.truth_window)


def curve(path):
    return plots.tuning(sd.tune(SEEN, method="tikhonov"), path)


def stars(path):
    rng, sky = np.random.default_rng(0), np.zeros((160, 160))
    sky[tuple(rng.integers(20, 140, (2, 12)))] = rng.uniform(500, 2000, 12)
    y = sd.simulate(sky, sd.psf.gaussian(1.5), noise=0.002, rng=0).y
    return plots.points_psf(sd.psf.from_points(y, size=11), path)


def picard(path):
    A, x = sd.datasets.hansen("shaw", 32)
    return plots.picard(sd.svd(A).picard(sd.simulate(x, A, noise=1e-4, rng=0).y), path)


FIGURES = {
    "comparison of images": lambda path: plots.comparison(comparison(SEEN), path),
    "comparison of traces": lambda path: plots.comparison(comparison(TRACE), path),
    "contact_sheet": lambda path: sd.comparison.contact_sheet(SEEN.y, "disk:1..3").plot(path),
    "edge_psf": lambda path: sd.psf.from_edge(EDGE).plot(path),
    "geometry": lambda path: plots.geometry(LAYER, operation="transpose", path=path),
    "images": pictures,
    "kernel_estimate": lambda path: plots.kernel_estimate(sd.psf.estimate(SEEN.y), path),
    "matrix": lambda path: plots.matrix(LAYER, 10, path),
    "numbers": lambda path: plots.numbers(
        [[("input", MATRIX[0]), "∗ᵀ", ("kernel", MATRIX), "="], [("a long name", [1]), "or so"]],
        path,
    ),
    "overlap": lambda path: plots.overlap(LAYER, path=path),
    "picard": picard,
    "points_psf": stars,
    "psf": lambda path: plots.psf(sd.psf.disk(3), path),
    "signal_psf": lambda path: sd.psf.from_signal(TRACE.y, TRACE.y, size=9).plot(path),
    "tuning": curve,
}


def test_all_figures_are_here():
    # Films and pages are not printed.
    apart = {"animate_geometry", "animation_parts", "geometry_html", "style"}
    drawn = {name.split(" ")[0] for name in FIGURES}
    assert drawn == set(plots.__all__) - apart


def texts(fig):
    found = [text for text in fig.findobj(matplotlib.text.Text) if text.get_visible()]
    return [text for text in found if text.get_text().strip()]


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_it_can_be_read_in_print(name, tmp_path):
    fig = FIGURES[name](tmp_path / "figure.svg")
    assert fig.get_size_inches()[0] <= style.WIDTH + 1e-9
    with style.context():
        fig.canvas.draw()
    renderer, frame = fig.canvas.get_renderer(), fig.bbox
    for text in texts(fig):
        assert text.get_size() >= 7, text.get_text()
    titles = [axes.title for axes in fig.axes if axes.get_title()]
    boxes = [title.get_window_extent(renderer) for title in titles]
    for box in boxes:
        assert frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1
    for a, b in itertools.combinations(boxes, 2):
        assert not a.overlaps(b)


def quick_or_slow(name):
    """Return a case; quick are those that need no restoration."""
    slow = name.startswith(("comparison", "tuning"))
    return pytest.param(name, marks=pytest.mark.slow if slow else ())


@pytest.mark.slow
@pytest.mark.parametrize("name", [quick_or_slow(name) for name in FIGURES])
def test_text_stays_text(name, tmp_path):
    """An author's or a journal's editor can search it and set it in another font."""
    fig = FIGURES[name](tmp_path / "figure.svg")
    with style.context():
        fig.savefig(tmp_path / "figure.pdf")
    plain = [text.get_text() for text in texts(fig) if "$" not in text.get_text()]
    words = {word for text in plain for word in re.findall(r"[A-Za-z]{4,}", text)}
    svg = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    written = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    written += " ".join(re.findall(r"<tspan[^>]*>([^<]*)</tspan>", svg))
    assert words and {word for word in words if word not in written} == set()
    pdf = (tmp_path / "figure.pdf").read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    drawn = b" ".join(_inflated(stream) for stream in streams)
    assert b" Tj" in drawn or b" TJ" in drawn  # glyphs are shown from a font, not drawn


def _inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""
