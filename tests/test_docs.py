"""What the documentation says runs: guide pages, README, the table of other packages' calls."""

import doctest
import importlib
import inspect
import itertools
import pathlib
import re
import types

import numpy as np
import pytest

import sigdeconv as sd
from tests._source import LEVEL

ROOT = pathlib.Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("guide/*.rst"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_guide_page_runs(page):
    failed, _ = doctest.testfile(str(page), module_relative=False, optionflags=OPTIONS)
    assert failed == 0


def calls():
    """Yield our side of each row of the table in coming.rst."""
    lines = (ROOT / "docs/guide/coming.rst").read_text(encoding="utf-8").splitlines()
    for there, here in itertools.pairwise(lines):
        if there.startswith("   * - ") and here.startswith("     - ``sd."):
            yield re.fullmatch(r"     - ``(.*)``", here).group(1)


def test_the_table_was_read():
    assert len(list(calls())) >= 18


# The plain division of noisy data explodes, and says so.
@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.ResultWarning")
@pytest.mark.parametrize("call", list(calls()))
def test_call_of_the_table_runs(call):
    psf = sd.psf.gaussian(1.0, ndim=2, shape=(7, 7))
    y = sd.simulate(sd.datasets.coins()[:70, :70], psf, noise="poisson:500", rng=0).y
    found = eval(call, {"sd": sd, "y": y, "psf": psf})
    for value in found if isinstance(found, tuple) else (found,):
        assert np.all(np.isfinite(getattr(value, "y", value)))


def test_readme_names_every_method():
    rows = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    assert rows == set(sd.methods())


@pytest.mark.slow
def test_readme_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"## Ten lines\n+```python\n(.*?)```", README, re.DOTALL)
    assert "sd.datasets.camera()" in example
    exec(example.replace("camera()", "camera()[200:330, 160:290]"), {})
    assert (tmp_path / "comparison.png").stat().st_size > 10_000


def test_the_layout_is_told_in_the_order_of_imports():
    """Every package is on both pages, and none stands below one that imports it."""
    page = (ROOT / "docs" / "adding.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^   \* - (``.*``)$", page.partition("A method\n---")[0], re.MULTILINE)
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (layout,) = re.findall(r"```\n(_array.*?)```", contributing, re.DOTALL)
    lines = [line.partition("   ")[0] for line in layout.splitlines()]
    for told in (rows, lines):
        names = [name for line in told for name in re.findall(r"\w+", line)]
        assert {*names, "__init__", "__main__"} == set(LEVEL)
        assert [LEVEL[name] for name in names] == sorted(LEVEL[name] for name in names)


TWO_CLICKS = {  # what a newcomer looks for: the page that the landing page links, and a word on it
    "which method": ("guide/methods", "method"),
    "a kernel that nobody gave": ("guide/unknown", "auto"),
    "a dark border": ("guide/borders", "dark"),
    "ConvTranspose": ("guide/transposed", "output_padding"),
    "a TIFF stack": ("guide/files", "TIFF"),
    "a spectrum": ("gallery/signals/plot_spectrum", "spectrum"),
    "FITS": ("guide/files", "FITS"),
    "a cluster": ("large", "dask.distributed"),
    "how to cite": ("cite", "CITATION"),
}


@pytest.mark.parametrize("wanted", TWO_CLICKS)
def test_a_newcomer_finds_it_in_two_clicks(wanted):
    page, word = TWO_CLICKS[wanted]
    index = (ROOT / "docs/index.rst").read_text(encoding="utf-8")
    labels = {"guide/unknown": "unknown-blur", "guide/files": "restore-stack"}
    assert f"<{page}>`" in index or f"`{page}`" in index or f"<{labels.get(page)}>`" in index
    source = ROOT / ("examples" + page.removeprefix("gallery") + ".py")
    source = source if page.startswith("gallery") else ROOT / f"docs/{page}.rst"
    assert word in source.read_text(encoding="utf-8")


def listed():
    """Return the names in api.rst, with their module."""
    module, names = "", set()
    for line in API.splitlines():
        if line.startswith(".. currentmodule:: "):
            module = line.split()[-1]
        elif match := re.fullmatch(r"   (\w+)", line):
            names.add(f"{module}.{match.group(1)}")
    return names


def public_names():
    """Return the public names of the package and of its public modules, with their values."""
    found = {name: getattr(sd, name) for name in sd.__all__}
    for module in [value for value in found.values() if inspect.ismodule(value)]:
        names = getattr(module, "__all__", [])  # the package of methods has none of its own
        found |= {f"{module.__name__}.{name}": getattr(module, name) for name in names}
    return found


def documented(value):
    """Tell whether a public value has a page: a function or class, no constant, no alias."""
    alias = isinstance(value, types.GenericAlias)
    return (inspect.isclass(value) or inspect.isroutine(value)) and not alias


def test_every_name_in_the_api_page_exists():
    for name in listed():
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


def test_every_public_name_is_in_the_api_page():
    found = listed()
    shown = []
    for name in found:
        module, _, attribute = name.rpartition(".")
        shown.append(getattr(importlib.import_module(module), attribute))
    missing = [
        name
        for name, value in public_names().items()
        if documented(value) and not any(value is other for other in shown)
    ]
    assert missing == []


def test_every_public_name_has_an_example():
    """Those of the package and of its public modules; the doctests run what is found here."""
    found = public_names()
    missing = [
        name
        for name, value in found.items()
        if documented(value) and "\nExamples\n---" not in (inspect.getdoc(value) or "")
    ]
    assert len(found) > 150 and missing == []
