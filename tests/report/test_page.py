"""The page of a comparison, without a browser: it holds everything, says what is true, fits."""

import base64
import html
import itertools
import json
import re
import struct
import zlib
from types import SimpleNamespace

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.report import _encode


def comparison_2d(methods=("adjoint", "wiener", "richardson_lucy")):
    scene = sd.datasets.camera()[120:190, 180:240]
    return sd.compare(sd.simulate(scene, sd.psf.gaussian(1.5), noise=0.01, rng=0), methods=methods)


@pytest.fixture(scope="module")
def comparison():
    return comparison_2d()


@pytest.fixture(scope="module")
def page(comparison):
    return comparison.to_html()


def model(page):
    text = re.search(r'<script id="values" type="application/json">(.*?)</script>', page, re.S)[1]
    return json.loads(text)


def unpack(packed, shape):
    """What the browser does, by NumPy."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(packed["data"])), np.uint8)
    low, high = planes.reshape(2, -1).astype(np.uint16)
    codes = (low + 256 * high).reshape(shape)
    for axis in range(max(0, len(shape) - 2), len(shape)):
        codes = np.cumsum(codes, axis=axis, dtype=np.uint16)
    values = packed["low"] + packed["step"] * codes
    return np.where(codes == _encode.MISSING, np.nan, values)


@pytest.mark.parametrize("shape", [(70,), (13, 17), (5, 6, 7), (1,), (1, 1)])
@pytest.mark.parametrize("levels", [65534, 254])
def test_values_come_back_to_half_a_step(rng, shape, levels):
    a = 1e3 * rng.standard_normal(shape)
    packed = _encode.pack(a, levels)
    assert np.abs(unpack(packed, shape) - a).max() <= 0.5000001 * packed["step"]
    assert packed["step"] == pytest.approx(np.ptp(a) / levels if a.size > 1 else 1.0)


def test_what_is_not_finite_stays_so():
    a = np.array([[1.0, np.nan], [np.inf, 3.0]])
    np.testing.assert_allclose(unpack(_encode.pack(a, 254), (2, 2)), [[1, np.nan], [np.nan, 3]])
    assert np.isnan(unpack(_encode.pack(np.full(3, np.nan), 254), (3,))).all()


def test_a_huge_range_does_not_overflow():
    a = np.array([-8e307, 0.0, 8e307])
    with np.errstate(all="raise"):
        packed = _encode.pack(a, 65534)
    np.testing.assert_allclose(unpack(packed, (3,)), a, atol=packed["step"])


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (6, 4, 3)])
def test_the_png_is_what_a_reader_reads(rng, tmp_path, shape):
    image = rng.integers(0, 256, shape).astype(np.uint8)
    (tmp_path / "a.png").write_bytes(_encode.png(image))
    np.testing.assert_array_equal(sd.io.load(tmp_path / "a.png"), image)
    assert struct.unpack(">II", _encode.png(image)[16:24]) == (shape[1], shape[0])


def test_shrinking_takes_the_mean_of_blocks():
    a = np.arange(35.0).reshape(5, 7)
    small = _encode.shrink(a, 4)
    assert small.shape == (3, 4)
    assert small[0, 0] == a[:2, :2].mean() and small[2, 3] == a[4, 6]
    assert _encode.shrink(a, 7) is a


def test_the_page_holds_the_values(comparison, page):
    held = model(page)
    assert held["shape"] == list(comparison.data.shape) and held["every"] == 1
    assert list(held["images"]) == ["truth", "data", "adjoint", "wiener", "richardson_lucy"]
    for name, a in {
        "truth": comparison.truth,
        "data": comparison.data,
        **comparison.images,
    }.items():
        packed = held["images"][name]
        assert np.abs(unpack(packed, comparison.data.shape) - a).max() <= 0.51 * packed["step"]
    history = held["histories"]
    assert list(history) == ["richardson_lucy"]
    np.testing.assert_allclose(
        history["richardson_lucy"]["residual"],
        comparison.results["richardson_lucy"].history["residual"],
    )


def test_the_page_says_verdict_table_and_parameters(comparison, page):
    assert "Values restored?" in page and "Shape restored?" in page
    best = max(comparison.rows[1:], key=lambda row: row["psnr"])
    assert f"best: {best['method']}, +{best['gain']:.1f} dB" in page
    cells = dict(re.findall(r'<td data-column="(ssim|nrmse)" data-sort="([^"]*)"', page))
    assert float(cells["ssim"]) == pytest.approx(comparison.rows[-1]["ssim"])
    assert "signal exponent" in page and comparison.results["richardson_lucy"].stop.value in page


def test_the_page_says_when_it_was_made_and_how_to_do_it_again(comparison, page):
    assert re.search(rf">20\d\d-\d\d-\d\d, sigdeconv {re.escape(sd.__version__)}<", page)
    calls = [html.unescape(c) for c in re.findall(r'<pre class="repeat">(.*?)</pre>', page)]
    assert len(calls) == len(comparison.results)
    y, psf = comparison.observation.y, comparison.observation.A.psf
    for call, result in zip(calls, comparison.results.values(), strict=True):
        again = eval(call, {"sd": sd, "y": y, "psf": psf})
        inner = tuple(slice(8, -8) for _ in range(y.ndim))
        np.testing.assert_allclose(again.x[inner], result.x[inner], rtol=1e-3, atol=1e-3)


def test_the_page_needs_nothing_else(page):
    # the names of SVG are no addresses that a browser would visit
    assert set(re.findall(r'https?://[^"\s]*', page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(src|href)=\"(?!data:|#)", page)
    assert not re.search(r"\b(fetch|import|XMLHttpRequest)\b *\(", page)
    assert "default-src 'none'" in page and "{{" not in page


def test_what_is_given_is_quoted(comparison):
    page = comparison.to_html(title="</title><script>alert(1)</script> {{style}}")
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    assert page.count("{{style}}") == 2  # in title and heading, as it was given


def test_without_truth_nothing_is_claimed():
    obs = comparison_2d().observation
    page = sd.compare(obs.y, obs.A.psf, methods=["wiener"]).to_html()
    assert "No truth is known" in page and "Values restored?" in page and "Unknown" in page
    assert "PSNR" not in re.search(r"<table>.*</table>", page)[0]
    assert list(model(page)["images"]) == ["data", "wiener"]


def test_what_does_not_fit_is_rounded_and_then_thinned(rng):
    a = rng.standard_normal((900, 1000))
    packed, kept = sd.report._page._packed({"a": a}, 1_500_000)
    assert kept == {"shape": (900, 1000), "every": 1, "levels": 254}
    assert len(packed["a"]["data"]) <= 1_500_000
    packed, kept = sd.report._page._packed({"a": a}, 300_000)
    assert kept["every"] > 1 and len(packed["a"]["data"]) <= 300_000
    thin = a[:: kept["every"], :: kept["every"]]
    step = packed["a"]["step"]
    assert np.abs(unpack(packed["a"], thin.shape) - thin).max() <= 0.51 * step


@pytest.mark.parametrize(("ndim", "shape"), [(1, (200,)), (3, (12, 20, 22))])
def test_signals_and_stacks(ndim, shape):
    x = sd.datasets.spectrum(200) if ndim == 1 else sd.datasets.beads(shape, rng=0)
    obs = sd.simulate(x, sd.psf.gaussian(1.0, ndim=ndim), noise=0.01, rng=0)
    page = sd.compare(obs, methods=["adjoint", "wiener"]).to_html()
    assert model(page)["shape"] == list(obs.y.shape)


def test_errors_name_the_argument(comparison, tmp_path):
    with pytest.raises(ValueError, match=r"path .*expected \.html"):
        comparison.to_html(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        comparison.to_html(tmp_path / "nowhere" / "a.html")
    with pytest.raises(ValueError, match="max_bytes must be"):
        comparison.to_html(max_bytes=10)
    with pytest.raises(ValueError, match="4 axes"):
        sd.report.comparison(SimpleNamespace(data=np.ones((2, 2, 2, 2)), images={}))


def luminance(colour):
    parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    parts = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(parts @ [0.2126, 0.7152, 0.0722])


def lab(colour):
    from skimage.color import rgb2lab

    return rgb2lab([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])


def contrast(a, b):
    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
def test_contrast_is_that_of_wcag_aa(page, which):
    block = re.findall(r":root \{(.*?)\}", page, re.S)[which]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for ground in ("page", "card", "wash"):
        for text in ("ink", "soft", "good", "bad"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for k in ("truth", "data", *range(8)):
            assert contrast(colours[f"c-{k}"], colours[ground]) >= 3.0, (k, ground)
    assert contrast(colours["accent"], colours["accent-ink"]) >= 4.5
    curves = [lab(colours[f"c-{k}"]) for k in range(8)]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(curves, 2)) > 15
