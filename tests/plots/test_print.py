"""Every figure at the width it is printed: text of 7 pt that stays text, inside, and apart."""

import functools
import itertools
import re
import zlib

import matplotlib.text
import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import plots
from sigdeconv.plots import style

PSF = sd.psf.gaussian(1.5)
SEEN = sd.simulate(sd.datasets.coins()[:90, :110], PSF, noise=0.01, rng=0)
TRACE = sd.simulate(sd.datasets.spectrum(200), sd.psf.gaussian(2.0, ndim=1), noise=0.01, rng=0)
SLOPE = np.subtract.outer(-0.1 * np.arange(64), 28 - np.arange(64))
EDGE = sd.simulate(np.clip(SLOPE, 0, 1), PSF, noise=0.01, rng=0).y
LAYER = sd.ConvGeometry((4,), stride=2, padding=1)
MATRIX = np.arange(12.0).reshape(3, 4)


def comparison(obs):
    return sd.compare(obs, methods=["adjoint", "wiener", "tikhonov"])


def points():
    rng, sky = np.random.default_rng(0), np.zeros((160, 160))
    sky[tuple(rng.integers(20, 140, (2, 12)))] = rng.uniform(500, 2000, 12)
    return sd.psf.from_points(sd.simulate(sky, PSF, noise=0.002, rng=0).y, size=11)


def coefficients():
    A, x = sd.datasets.hansen("shaw", 32)
    return sd.svd(A).picard(sd.simulate(x, A, noise=1e-4, rng=0).y)


MADE = {
    "comparison of images": lambda: comparison(SEEN),
    "comparison of traces": lambda: comparison(TRACE),
    "contact_sheet": lambda: sd.comparison.contact_sheet(SEEN.y, "disk:1..3"),
    "edge_psf": lambda: sd.psf.from_edge(EDGE),
    "kernel_estimate": lambda: sd.psf.estimate(SEEN.y),
    "picard": coefficients,
    "points_psf": points,
    "signal_psf": lambda: sd.psf.from_signal(TRACE.y, TRACE.y, size=9),
    "tuning": lambda: sd.tune(SEEN, method="tikhonov"),
}


@functools.cache
def made(name):
    """What a figure shows, computed once."""
    return MADE[name]()


def pictures(path, **look):
    names = ("truth", "data", "Wiener filter", "Richardson-Lucy")
    return plots.images(dict.fromkeys(names, SEEN.y), path, truth=SEEN.truth_window, **look)


def equation(path, **look):
    rows = [
        [("input", MATRIX[0]), "∗ᵀ", ("kernel", MATRIX), "="],
        [("a long name", [1]), "or so"],
    ]
    return plots.numbers(rows, path, **look)


def shown(name):
    return lambda path, **look: made(name).plot(path, **look)


FIGURES = {
    **{name: shown(name) for name in MADE},
    "geometry": lambda path, **o: plots.geometry(LAYER, operation="transpose", path=path, **o),
    "images": pictures,
    "matrix": lambda path, **o: plots.matrix(LAYER, 10, path, **o),
    "numbers": equation,
    "overlap": lambda path, **o: plots.overlap(LAYER, path=path, **o),
    "psf": lambda path, **o: plots.psf(sd.psf.disk(3), path, **o),
}


def test_all_figures_are_here():
    # Films and pages are not printed.
    apart = {"animate_geometry", "animation_parts", "geometry_html", "style"}
    drawn = {name.split(" ")[0] for name in FIGURES}
    assert drawn == set(plots.__all__) - apart


def texts(fig):
    found = [text for text in fig.findobj(matplotlib.text.Text) if text.get_visible()]
    return [text for text in found if text.get_text().strip()]


HEADING = "A heading that says what is drawn and for whom, too long for one line"


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """Draw a figure with its usual looks, once, and return it and the SVG that was written."""
    folder = tmp_path_factory.mktemp("usual")

    @functools.cache
    def drawn(name):
        path = folder / f"{name}.svg"
        return FIGURES[name](path), path

    return drawn


@pytest.mark.slow
@pytest.mark.parametrize("look", [{}, {"width": "column", "title": HEADING, "dpi": 300}])
@pytest.mark.parametrize("name", FIGURES)
def test_it_can_be_read_in_print(name, look, usual, tmp_path):
    fig = FIGURES[name](tmp_path / "figure.svg", **look) if look else usual(name)[0]
    assert fig.get_size_inches()[0] <= (85 / 25.4 if look else style.WIDTH) + 1e-9
    if look:
        heads = [text.get_text() for text in texts(fig)]
        assert any(text.replace("\n", " ") == HEADING for text in heads)
    with style.context():
        fig.canvas.draw()
    renderer, frame = fig.canvas.get_renderer(), fig.bbox
    for text in texts(fig):
        assert text.get_size() >= 7, text.get_text()
    titles = [text for text in texts(fig) if text.get_text().replace("\n", " ") == HEADING]
    titles += [axes.title for axes in fig.axes if axes.get_title()]
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
def test_text_stays_text(name, usual, tmp_path):
    """An author's or a journal's editor can search it and set it in another font."""
    fig, written_to = usual(name)
    with style.context():
        fig.savefig(tmp_path / "figure.pdf")
    plain = [text.get_text() for text in texts(fig) if "$" not in text.get_text()]
    words = {word for text in plain for word in re.findall(r"[A-Za-z]{4,}", text)}
    svg = written_to.read_text(encoding="utf-8")
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


def test_a_grid_is_drawn_with_its_unit(tmp_path):
    """A scale bar of a round length on pictures, and the unit at every axis."""
    fig = plots.images({"data": SEEN.y}, spacing=(0.2, 0.1), unit="µm")
    (bar,) = fig.findobj(lambda artist: artist.get_gid() == "scale bar")
    assert np.ptp(bar.get_xdata()) == 20 and "2 µm" in {t.get_text() for t in texts(fig)}
    assert fig.axes[0].images[0].get_array().shape == (2 * SEEN.y.shape[0], SEEN.y.shape[1])
    fig = plots.images({"trace": TRACE.y}, x=400 + np.arange(TRACE.y.size), unit="nm")
    assert fig.axes[0].get_xlabel() == "x (nm)" and fig.axes[0].get_xlim()[0] == 400
    fig = plots.psf(PSF, spacing=65, unit="nm")
    assert fig.axes[1].get_xlabel() == "distance from the centre (nm)"
    fig = plots.comparison(made("comparison of images"), spacing=0.5, unit="mm", errors=False)
    assert len(fig.findobj(lambda artist: artist.get_gid() == "scale bar")) == 1
    assert not any("− truth" in axes.get_title() for axes in fig.axes)


def test_methods_are_drawn_as_named():
    shown = made("comparison of images")
    fig = shown.plot(methods=["tikhonov", "adjoint"])
    assert [axes.get_title().split()[0] for axes in fig.axes[2:4]] == ["tikhonov", "adjoint"]
    with pytest.raises(ValueError, match=r"methods must be one of .*; did you mean 'wiener'"):
        shown.plot(methods=["weiner"])


@pytest.mark.parametrize(
    ("look", "error", "text"),
    [
        ({"width": 7.2}, ValueError, "width in millimetres must be .*; got 7.2"),
        ({"width": "collumn"}, ValueError, "'page', 'column' or millimetres"),
        ({"dpi": 1}, ValueError, "dpi must be"),
        ({"title": 3}, TypeError, "title must be a str"),
        ({"spacing": -1.0}, ValueError, "spacing"),
        ({"dip": 300}, TypeError, "plot has no parameter 'dip'; it has .*did you mean 'dpi'"),
    ],
)
def test_a_look_that_cannot_be_is_said(look, error, text):
    with pytest.raises(error, match=text):
        made("comparison of images").plot(**look)
