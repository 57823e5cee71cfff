"""How objects show themselves: the packages that draw are imported by the first one shown."""

import subprocess
import sys

import pytest

import sigdeconv as sd
from sigdeconv import _display

SHOWN = (
    "import sys, sigdeconv as sd\n"
    "y, psf = sd.datasets.spikes(64), sd.psf.gaussian(1.0, ndim=1)\n"
    "result = sd.deconvolve(y, psf, method='wiener')\n"
    "assert not {'sigdeconv.report', 'sigdeconv.plots'} & set(sys.modules)\n"
    "html = result._repr_html_()\n"
    "assert 'wiener' in html and 'matplotlib' not in sys.modules\n"
    "figure = sd.tune(y, psf, method='wiener').plot()\n"
    "print(type(figure).__name__)\n"
)


@pytest.mark.slow
def test_what_draws_is_imported_when_something_is_shown():
    run = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "Figure"


def test_a_class_shows_itself_as_the_one_it_derives_from():
    class Named(sd.Comparison):
        pass

    truth = sd.datasets.spikes(64)
    obs = sd.simulate(truth, sd.psf.gaussian(1.0, ndim=1), noise=0.01, rng=0)
    comparison = sd.compare(obs, methods=["wiener"])
    named = Named(comparison.observation, comparison.results, comparison.rows)
    assert _display.html(named) == _display.html(comparison)


@pytest.mark.parametrize("show", [_display.html, _display.page, _display.draw])
def test_what_has_no_renderer_is_a_type_error(show):
    with pytest.raises(TypeError, match=r"a list has no .*; expected one of Comparison"):
        show([])
