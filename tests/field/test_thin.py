"""Thin arrays and layers: their energy lies along few directions, where no power law of |f| is."""

import warnings

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import sigdeconv as sd
from sigdeconv.solvers import linear
from sigdeconv.solvers.noise_level import likely_spectra, periodogram_of, spectra_of


def rms(a, b):
    return float(np.sqrt(np.mean((a - b) ** 2)))


def strip(shape, sigma, noise, seed):
    rng = np.random.default_rng(seed)
    scene = 255 * sd.datasets.coins()[80:200, 80:200]
    at = tuple(slice(a, a + n) for a, n in zip(rng.integers(15, 28, 2), shape, strict=True))
    seen = gaussian_filter(scene, sigma) + noise * rng.standard_normal(scene.shape)
    return seen[at], scene[at], sd.psf.gaussian(sigma)


def layers(psf, seed):
    rng = np.random.default_rng(seed)
    shape = tuple(n + m - 1 for n, m in zip((13, 29, 30), psf.shape, strict=True))
    scene = np.zeros(shape)
    scene[shape[0] // 2 - 1 : shape[0] // 2 + 2] = 0.5
    scene[:, shape[1] // 2 :] += 0.3
    seen = sd.simulate(scene, psf, noise=None)
    return rng.poisson(50 * np.maximum(seen.y, 0) + 2.0) + 100.0, 50 * seen.truth_window + 102, psf


THIN = {
    "three rows": strip((3, 92), 1.2, 4.0, 5),
    "six columns": strip((44, 6), 1.2, 4.0, 1),
    "layers": layers(sd.psf.box((3, 5, 5)), 2),
    "planes": layers(sd.psf.airy(radius=2.2)[None], 3),
}


@pytest.mark.parametrize("method", ["wiener", "tikhonov"])
@pytest.mark.parametrize("name", THIN)
def test_linear_methods_restore_thin_arrays_or_doubt(name, method):
    y, scene, psf = THIN[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = sd.deconvolve(y, psf, method=method)
    assert result.doubts or rms(result.x, scene) < 1.02 * rms(y, scene)


def test_an_estimate_that_is_mostly_noise_has_a_weaker_signal():
    y, scene, psf = THIN["layers"]
    obs = sd.Observation(y, sd.Convolution.for_data(psf, y.shape))
    law = likely_spectra(y, obs.convolution, periodogram_of(obs))
    before = linear.linear_estimate(y, obs.convolution, law)
    after = linear.linear_estimate(y, obs.convolution, spectra_of(obs))
    assert spectra_of(obs).amplitude < law.amplitude
    assert before.noise > 0.6 * np.mean((before.mean - y) ** 2) > after.noise
    assert rms(before.mean, scene) > rms(y, scene) > rms(after.mean, scene)


def test_the_spectra_of_photographs_stay():
    for sigma in (1.2, 2.0):
        psf = sd.psf.gaussian(sigma)
        obs = sd.simulate(sd.datasets.camera()[60:170, 60:170], psf, noise=0.005, rng=0)
        assert spectra_of(obs) == likely_spectra(obs.y, obs.convolution, periodogram_of(obs))


def test_comparing_channels_says_what_to_do():
    y = np.zeros((8, 8, 3))
    with pytest.raises(TypeError, match=r"channel_axis=-1: compare measures one signal; .*y\.mean"):
        sd.compare(y, sd.psf.gaussian(1.0), channel_axis=-1)
