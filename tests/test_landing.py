"""The picture of the README is that of the package as it is: its numbers are computed again."""

import importlib
import json
import pathlib

import pytest
from PIL import Image

DOCS = pathlib.Path(__file__).parents[1] / "docs"
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the documentation is not here")


@pytest.mark.slow
def test_the_numbers_of_the_picture_are_not_stale(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    landing = importlib.import_module("_landing")
    written = json.loads((DOCS / "_static/hero.json").read_text(encoding="utf-8"))
    assert landing.numbers(landing.portrait()) == pytest.approx(written, abs=0.1)
    assert written["scaled_adjoint"] < written["data"] < written["inverse"] - 5


def test_the_picture_fits_a_readme():
    with Image.open(DOCS / "_static/hero.png") as picture:
        assert 400 <= picture.width <= 800
    assert (DOCS / "_static/hero.png").stat().st_size < 400_000
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert "docs/_static/hero.png" in readme
