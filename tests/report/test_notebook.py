"""What shows itself in a notebook: small, inline, readable, with the figures that count."""

import base64
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import sigdeconv as sd


def simulated_2d(size=128):
    scene = sd.datasets.camera()[100 : 100 + size, 160 : 160 + size]
    return sd.simulate(scene, sd.psf.gaussian(1.5), noise=0.01, rng=0)


def check(text):
    """Well-formed, small, self-contained; every picture has a text."""
    assert len(text) < 100_000
    closed = re.sub(r"<img ([^>]*)>", r"<img \1/>", text)
    tree = ET.fromstring(f"<div>{closed}</div>")
    assert all(image.get("alt") for image in tree.iter("img"))
    assert all(drawing.get("aria-label") for drawing in tree.iter("svg"))
    assert not re.search(r"<script|https?://|(?<!-)\bcolor:\s*#", text)
    return tree


def pictures(tree, tmp_path):
    for image in tree.iter("img"):
        data = image.get("src").removeprefix("data:image/png;base64,")
        (tmp_path / "a.png").write_bytes(base64.b64decode(data))
        yield sd.io.load(tmp_path / "a.png")


def test_a_result_shows_estimate_figures_and_convergence(tmp_path):
    result = sd.deconvolve(simulated_2d(), method="richardson_lucy", num_iter=12)
    tree = check(result._repr_html_())
    (image,) = pictures(tree, tmp_path)
    assert image.shape == result.x.shape
    assert np.corrcoef(image.ravel(), result.x.ravel())[0, 1] > 0.99
    text = "".join(tree.itertext())
    assert "raise num_iter" in text and "richardson_lucy" in text
    drawn = [line.get("points").split() for line in tree.iter("polyline")]
    assert [len(points) for points in drawn] == [13] * len(result.history)


@pytest.mark.parametrize("ndim", [1, 3])
def test_results_of_signals_and_stacks(ndim):
    x = sd.datasets.spectrum(900) if ndim == 1 else sd.datasets.beads((12, 20, 22), rng=0)
    obs = sd.simulate(x, sd.psf.gaussian(1.0, ndim=ndim), noise=0.01, rng=0)
    tree = check(sd.deconvolve(obs, method="wiener")._repr_html_())
    assert len(list(tree.iter("svg" if ndim == 1 else "img"))) == 1


@pytest.mark.parametrize("axis", [0, -1])
def test_colours_are_shown_as_colours(tmp_path, axis):
    y = np.stack([k * np.ones((20, 21)) + np.eye(20, 21) for k in (0, 1, 2)], axis=axis)
    result = sd.deconvolve(y, np.ones((1, 1)), method="adjoint", channel_axis=axis)
    (image,) = pictures(check(result._repr_html_()), tmp_path)
    assert image.shape == (20, 21, 3)
    assert image[0, 5, 0] < image[0, 5, 1] < image[0, 5, 2]


@pytest.mark.slow
def test_a_comparison_shows_every_image(tmp_path):
    names = ["adjoint", "scaled_adjoint", "wiener", "tikhonov", "landweber", "richardson_lucy"]
    comparison = sd.compare(simulated_2d(300), methods=names)
    tree = check(comparison._repr_html_())
    assert len(list(pictures(tree, tmp_path))) == 2 + len(names)
    captions = [caption.text for caption in tree.iter("figcaption")]
    assert captions == ["truth", "data", *names]
    assert comparison.verdict in "".join(tree.itertext())


@pytest.mark.parametrize("psf", [[1.0, 2.0, 1.0], np.ones((4, 5)), np.ones((3, 3, 3))])
def test_an_operator_shows_its_kernel(psf):
    psf = np.asarray(psf)
    A = sd.Convolution(psf, (16,) * psf.ndim, stride=2, mask=None)
    text = "".join(check(A._repr_html_()).itertext())
    assert "zero" in text and f"sum {psf.sum():.4g}" in text and "stride" in text


@pytest.mark.parametrize(
    ("method", "truth"),
    [("cgls", True), ("cgls", False), pytest.param("tikhonov", True, marks=pytest.mark.slow)],
)
def test_a_tuning_curve_shows_every_choice(method, truth):
    obs = simulated_2d(64)
    curve = sd.tune(obs, method=method) if truth else sd.tune(obs.y, obs.A.psf, method=method)
    tree = check(curve._repr_html_())
    chosen = [rule for rule, value in curve.best.items() if np.isfinite(value)]
    assert [t.text.split(":")[0] for t in tree.iter("title")] == chosen
    assert [head.text for head in tree.iter("th")] == list(curve.best)


@pytest.mark.slow
def test_displays_need_no_matplotlib():
    code = (
        "import sys, numpy as np, sigdeconv as sd; A = sd.Convolution(np.ones(3), (9,));"
        "A._repr_html_(); sd.deconvolve(np.arange(9.0), np.ones(3) / 3)._repr_html_();"
        "print([m for m in sys.modules if m.startswith(('matplotlib', 'skimage'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
