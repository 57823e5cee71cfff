"""Sanity finds what is wrong, says how to mend it, and keeps quiet otherwise."""

import warnings

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.sanity import SanityWarning, check
from sigdeconv.sanity._kernel import kernel_faults

# Data that show one fault show others too; each test looks for its own.
pytestmark = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")

SOUND = {
    "gaussian": sd.psf.gaussian(2.0),
    "narrow gaussian": sd.psf.gaussian(0.8),
    "box": sd.psf.box(9),
    "small box": sd.psf.box(3),
    "disk": sd.psf.disk(4),
    "small disk": sd.psf.disk(2.5),
    "motion": sd.psf.motion(15, 30),
    "airy": sd.psf.airy(3.0),
    "moffat": sd.psf.moffat(3.0, 2.5),
    "lorentzian": sd.psf.lorentzian(3.0),
    "voigt": sd.psf.voigt(2.0, 1.0),
    "exponential": sd.psf.exponential(3.0),
    "stack": sd.psf.gaussian((1.5, 1.0, 2.0)),
    "ricker": sd.psf.ricker(0.1),
}


@pytest.mark.parametrize("name", SOUND)
def test_quiet_for_every_model(name):
    psf = SOUND[name]
    A = sd.Convolution.for_data(psf, (80,) * psf.ndim if psf.ndim < 3 else (30, 30, 30))
    assert check(1 + np.random.default_rng(0).random(A.out_shape), A) == []


@pytest.mark.parametrize("name", sd.datasets.names())
def test_quiet_for_real_pictures(name):
    scene = getattr(sd.datasets, name)()[:300, :300]
    obs = sd.simulate(scene, sd.psf.gaussian(2.0), noise=0.01, rng=0)
    assert check(obs.y, obs.A) == []


def test_a_kernel_that_ends_in_a_tight_frame_is_not_cut_off():
    kernels = [sd.psf.disk(r) for r in np.arange(3.0, 9.0, 0.25)]
    kernels += [sd.psf.ball(r) for r in (3.5, 4.5, 5.2)]
    kernels += [sd.psf.motion(length, a) for length in (8.3, 12, 21) for a in range(0, 180, 14)]
    triangle = np.convolve(np.ones(7), np.ones(7)) / 49
    kernels += [triangle, np.outer(triangle, triangle)]
    for psf in kernels:
        said = " ".join(kernel_faults(sd.Convolution(psf, (64, 64, 64)[: psf.ndim])))
        assert "cut off" not in said
    for tails in (sd.psf.gaussian(3.0, shape=(13, 13)), sd.psf.moffat(6.0, shape=(27, 27))):
        assert "cut off" in " ".join(kernel_faults(sd.Convolution(tails, (64, 64))))


SCENE = sd.datasets.camera()[100:228, 150:278]
WRONG = {
    r"sums to 3\b.*psf / psf.sum\(\)": (SCENE, 3 * sd.psf.box(5)),
    r"cut off.*wider": (SCENE, sd.psf.gaussian(3.0, shape=(7, 7))),
    r"peak at \(8, 6\).*centre=\(8, 6\)": (SCENE, np.roll(sd.psf.gaussian(1.5), 2, 0)),
    r"highest frequency.*sample finer": (SCENE, sd.psf.gaussian(0.35)),
    r"saturated.*mask=": (np.minimum(SCENE, 0.7), sd.psf.gaussian(1.5)),
    r"float32.*float64": (
        (1e4 + 1e-3 * np.random.default_rng(0).standard_normal((64, 64))).astype("float32"),
        sd.psf.gaussian(1.5),
    ),
}


@pytest.mark.parametrize("words", WRONG)
def test_says_what_and_how(words):
    y, psf = WRONG[words]
    with pytest.warns(SanityWarning, match=words):
        sd.deconvolve(y, psf, method="wiener")


@pytest.mark.slow
def test_is_said_once_for_colours():
    colour = np.stack([SCENE, SCENE / 2, SCENE / 3], axis=-1)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sd.deconvolve(colour, 3 * sd.psf.box(5), method="wiener", channel_axis=-1)
    texts = [str(w.message) for w in said if issubclass(w.category, SanityWarning)]
    assert len(texts) == len(set(texts)) and sum("sums to 3" in text for text in texts) == 1
