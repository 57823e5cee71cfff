"""Every script of the gallery runs, without a warning, in a folder of its own."""

import pathlib
import runpy
import warnings

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

ROOT = pathlib.Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").rglob("plot_*.py"))
QUICK = ("plot_fft_division", "plot_strength", "plot_textbook_layers")  # all run, these always


def run_of(path):
    """Return a case: most take more than a second."""
    return pytest.param(path, marks=() if path.stem in QUICK else pytest.mark.slow, id=path.stem)


@pytest.mark.parametrize("path", [run_of(path) for path in EXAMPLES])
def test_example_runs(path, tmp_path, monkeypatch):
    """Figures and settings do not leak from one to the next."""
    monkeypatch.setenv("SIGDECONV_EXAMPLE_SIZE", "small")
    monkeypatch.chdir(tmp_path)
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        # Agg has nothing to show, and says so: the one warning that is expected.
        warnings.filterwarnings("ignore", "FigureCanvasAgg")
        try:
            runpy.run_path(str(path), run_name="__main__")
        finally:
            plt.close("all")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_a_gallery_page(path):
    """It fits on a screen, and opens with a title, its underline, and a paragraph."""
    lines = path.read_text(encoding="utf-8").lstrip().splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(('"""', 'r"""'))
    title = lines[0].lstrip('r"') or lines[1]
    under = lines[1] if lines[0].lstrip('r"') else lines[2]
    assert set(under) == {"="} and len(under) >= len(title)
