"""Every script of the gallery runs, without a warning, in a folder of its own."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("plot_*.py"))
QUICK = ("plot_fft_division", "plot_strength", "plot_textbook_layers")  # all run, these always


def run_of(path):
    """Return a case: each is a process that imports everything."""
    return pytest.param(path, marks=() if path.stem in QUICK else pytest.mark.slow, id=path.stem)


@pytest.mark.parametrize("path", [run_of(path) for path in EXAMPLES])
def test_example_runs(path, tmp_path):
    """A process of its own: figures and random states do not leak from one to the next."""
    environment = os.environ | {
        "MPLBACKEND": "Agg",
        "PYTHONPATH": str(ROOT),
        "SIGDECONV_EXAMPLE_SIZE": "small",
    }
    run = subprocess.run(
        # Agg has nothing to show, and says so: the one warning that is expected.
        [sys.executable, "-W", "error", "-W", "ignore:FigureCanvasAgg", str(path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_a_gallery_page(path):
    """It fits on a screen, and opens with a title, its underline, and a paragraph."""
    lines = path.read_text(encoding="utf-8").lstrip().splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(('"""', 'r"""'))
    title = lines[0].lstrip('r"') or lines[1]
    under = lines[1] if lines[0].lstrip('r"') else lines[2]
    assert set(under) == {"="} and len(under) >= len(title)
