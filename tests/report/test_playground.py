"""The playground of the documentation: its numbers against the package, and used by keys."""

import json
import pathlib

import numpy as np
import pytest

import sigdeconv as sd

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PARTS = [DOCS / "_static/playground.js", DOCS / "_play_layer.html", DOCS / "_play_undo.html"]
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the documentation is not here")


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    script, *bodies = (path.read_text(encoding="utf-8") for path in PARTS)
    path = tmp_path_factory.mktemp("playground") / "page.html"
    head = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Playground</title>"
    path.write_text(f"{head}{''.join(bodies)}<script>{script}</script>", encoding="utf-8")
    page = browser.page()
    page.go(path)
    yield page
    assert not page.errors
    page.close()


def call(page, text, **given):
    names = ", ".join(given)
    values = ", ".join(json.dumps(v) for v in given.values())
    return page.run(f"(({names}) => {{ const m = sigdeconvPlay; return {text}; }})({values})")


def close(found, expected, scale=None):
    expected = np.asarray(expected)
    scale = max(1.0, float(np.max(np.abs(expected)))) if scale is None else scale
    np.testing.assert_allclose(np.ravel(found), expected.ravel(), rtol=0, atol=1e-6 * scale)


def test_layers_on_fifty_random_settings(page):
    rng = np.random.default_rng(0)
    for _ in range(50):
        H, K, S, l = (int(rng.integers(1, n)) for n in (13, 8, 6, 5))
        P, a = int(rng.integers(0, 7)), int(rng.integers(0, max(S, l)))
        x, w = rng.standard_normal(H), rng.standard_normal(K)
        g = sd.ConvGeometry(K, S, P, l, a)
        settings = {"H": H, "K": K, "S": S, "P": P, "l": l, "a": a}
        told = call(page, "m.layer(g)", g=settings)
        assert told["span"] == g.span[0] and told["frame"] == g.frame[0][0]
        assert told["zeros"] == g.zeros_between[0] * (H - 1) and told["even"] == g.overlap_is_even
        got = call(page, "m.transpose(x, w, g)", x=x.tolist(), w=w.tolist(), g=settings)
        try:
            (size,) = g.transposed_size(H)
        except ValueError:
            assert told["transposed"] == 0 and got == []
        else:
            assert told["transposed"] == size
            words = {"stride": S, "padding": P, "dilation": l, "output_padding": a}
            close(got, sd.conv_transpose(x[None], w[None, None], **words)[0])
            assert call(page, "m.overlap(g.H, g)", g=settings) == list(g.overlap(H)[0])
        try:
            (count,) = g.output_size(H)
        except ValueError:
            assert told["conv"] == 0
        else:
            assert (told["conv"], told["remainder"]) == (count, g.remainder(H)[0])
            y = sd.conv(x[None], w[None, None], stride=S, padding=P, dilation=l)[0]
            close(call(page, "m.conv(x, w, g)", x=x.tolist(), w=w.tolist(), g=settings), y)


BLURS = {
    "gaussian": lambda t, width: np.exp(-0.5 * (t / width) ** 2),
    "box": lambda t, width: (np.abs(t) <= width) * 1.0,
    "exponential": lambda t, width: np.where(t >= 0, np.exp(-np.maximum(t, 0) / width), 0),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")
def test_answers_on_fifty_random_settings(page):
    rng = np.random.default_rng(1)
    for trial in range(50):
        shape = (int(rng.integers(16, 65)),) if trial % 5 else (8, 12)
        name, width = rng.choice(list(BLURS)), float(rng.uniform(0.5, 4))
        lines = [BLURS[name](np.arange(n) - n // 2, width) for n in shape]
        kernel = lines[0] if len(shape) == 1 else np.outer(*lines)
        kernel /= kernel.sum()
        A = sd.Convolution(kernel, shape, "periodic")
        x = np.abs(rng.standard_normal(shape))
        y = np.maximum(A(x) + 10 ** rng.uniform(-6, -0.5) * rng.standard_normal(shape), 0)
        given = {"threshold": float(10 ** rng.uniform(-4, -0.3)), "steps": int(rng.integers(1, 60))}
        given["nsr"] = float(10 ** rng.uniform(-4, 0.5))
        told = call(
            page,
            "(() => { const f = Float64Array, k = m.kernel(name, width, shape),"
            "A = m.blur(k, shape), v = f.from(y); return [[...k], [...A.forward(f.from(x))],"
            "...['adjoint', 'inverse', 'wiener', 'richardson-lucy'].map("
            "n => [...m.methods[n](A, v, given)])]; })()",
            name=str(name), width=width, shape=list(shape), x=x.ravel().tolist(),
            y=y.ravel().tolist(), given=given,
        )  # fmt: skip
        expected = [
            kernel, A(x), A.adjoint(y), sd.inverse_filter(y, A, threshold=given["threshold"]),
            sd.wiener(y, A, nsr=given["nsr"]), sd.richardson_lucy(y, A, num_iter=given["steps"]),
        ]  # fmt: skip
        for found, right in zip(told, expected, strict=True):
            close(found, right)


def test_it_is_used_by_keys_and_told_in_words(page):
    assert sum(path.stat().st_size for path in PARTS) < 300_000
    unnamed = "[...document.querySelectorAll('input, select')].filter(e => !e.labels.length).length"
    assert page.run(unnamed) == 0
    page.run("document.getElementById('S').focus()")
    before = page.run("document.getElementById('layer-says').textContent")
    page.run("(() => { const e = document.getElementById('S'); e.stepUp(); e.oninput(); })()")
    after = page.run("document.getElementById('layer-says').textContent")
    assert before != after and "become" in after
    assert page.run("document.getElementById('layer-says').getAttribute('aria-live')") == "polite"
    assert "taps on each output" in page.run(
        "document.getElementById('layer-drawing').getAttribute('aria-label')"
    )
    page.run("(e => { e.value = 'picture'; e.oninput(); })(document.getElementById('kind'))")
    assert "Closest to the truth" in page.run("document.getElementById('undo-says').textContent")
