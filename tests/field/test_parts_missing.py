"""Data of which a part is missing or meaningless, and kernels that are stored another way."""

import warnings

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.problem import observe
from sigdeconv.sanity import ResultWarning, SanityWarning
from sigdeconv.solvers.guard import proportion
from sigdeconv.solvers.noise_level import noise_level
from sigdeconv.solvers.shape import is_dark


def error(x, truth):
    return np.linalg.norm(x - truth) / np.linalg.norm(truth)


def said(y, psf, **how):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        sd.deconvolve(y, psf, method="wiener", **how)
    return " ".join(str(w.message) for w in found if issubclass(w.category, SanityWarning))


def spectrum(seed, samples=400):
    rng = np.random.default_rng(seed)
    k = np.arange(samples)
    places, widths = rng.uniform(30, samples - 30, 6), rng.uniform(3, 6, 6)
    x = sum(np.exp(-(((k - p) / w) ** 2)) for p, w in zip(places, widths, strict=True))
    psf = sd.psf.gaussian(2.8, ndim=1)
    return x, np.convolve(x, psf, "same") + 0.004 * rng.standard_normal(samples), psf


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_gap_in_a_spectrum_changes_no_choice(seed):
    x, y, psf = spectrum(seed)
    gap = y.copy()
    gap[(seed * 37) % 300 + 40 :][:9] = np.nan
    whole, rest = (sd.deconvolve(v, psf, mask=np.isfinite(v)) for v in (y, gap))
    assert rest.method == whole.method
    assert error(rest.x, x) < 1.5 * error(whole.x, x) < 0.3


def test_a_dark_scene_is_dark_behind_a_mask():
    y = np.zeros((40, 40)) + np.random.default_rng(0).normal(0, 0.01, (40, 40))
    y[20:23, 37:40] = 1.0
    bright = y.copy()
    bright[:, :36] = 5.0
    assert is_dark(observe(y, np.ones((3, 3)) / 9))
    assert not is_dark(observe(bright, np.ones((3, 3)) / 9))
    assert is_dark(observe(bright, np.ones((3, 3)) / 9, mask=bright < 5))


def test_the_noise_beside_saturated_lamps_is_that_of_the_rest():
    psf, rng = sd.psf.gaussian(1.6), np.random.default_rng(11)
    scene = 2500 * (0.3 + 0.6 * sd.datasets.coins()[100:220, 100:220])
    seen = sd.simulate(scene, psf).y
    for i, j in rng.integers(20, 100, (5, 2)):
        scene[i - 4 : i + 5, j - 4 : j + 5] = 25000
    y = rng.poisson(sd.simulate(scene, psf).y)
    y = np.minimum(y, 4095).astype(float)
    level = noise_level(observe(y, psf, mask=y < 4095))
    assert 0.8 < level / np.sqrt(seen.mean()) < 1.25


@pytest.mark.parametrize(
    ("taps", "centre"), [(80, 39), pytest.param(81, 40, marks=pytest.mark.slow)]
)
def test_steps_are_made_of_no_smooth_lines_whatever_the_parity(taps, centre):
    k = np.arange(500)
    place = np.arange(taps) - (taps - 1) / 2
    psf = np.sinc(place / 4) * np.hanning(taps + 2)[1:-1]
    psf /= psf.sum()
    rng = np.random.default_rng(8)
    x = sum(1 / (1 + ((k - p) / 3.0) ** 2) for p in rng.uniform(60, 440, 5))
    y = np.convolve(x, psf, "same") + 0.003 * rng.standard_normal(500)
    result = sd.deconvolve(y, psf, centre=(centre,))
    assert error(result.x, x) < 1.05 * error(sd.wiener(y, psf, centre=(centre,)), x)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20, 21])
def test_stars_on_a_sky_that_was_taken_away(seed):
    rng, scene = np.random.default_rng(seed), np.zeros((100, 100))
    scene[tuple(rng.integers(15, 85, (2, 40)))] = 10 ** rng.uniform(2.5, 4.5, 40)
    psf = sd.psf.moffat(fwhm=4, beta=3)
    clean = sd.simulate(scene, psf)
    y = rng.poisson(np.maximum(clean.y, 0) + 200) - 200.0
    x = sd.deconvolve(y, psf).x
    assert np.corrcoef(x.ravel(), clean.truth_window.ravel())[0, 1] > 0.9


@pytest.mark.slow
def test_a_sky_taken_away_too_much_ends_no_choice():
    rng, scene = np.random.default_rng(6), np.zeros((80, 80))
    scene[tuple(rng.integers(20, 60, (2, 8)))] = 3000.0
    psf = sd.psf.gaussian(1.8)
    y = rng.poisson(np.maximum(sd.simulate(scene, psf).y, 0) + 400.0) - 420.0
    assert y.sum() < 0
    assert np.isfinite(sd.deconvolve(y, psf).x).all()
    with pytest.raises(ValueError, match="negative sum"):
        sd.richardson_lucy(y, psf)


@pytest.mark.slow
def test_a_channel_of_another_level_is_restored_the_same():
    psf, scene = sd.psf.disk(3.0), 200 * sd.datasets.camera()[100:170, 150:220] + 20
    parts = [sd.simulate(scene, psf, noise=0.01, rng=k).y for k in range(2)]
    equal, other = (
        sd.deconvolve(np.stack([parts[0], f * parts[1]]), psf, method="tv", channel_axis=0).x
        for f in (1, 50)
    )
    np.testing.assert_allclose(other[1] / 50, equal[1], atol=0.02 * np.ptp(scene))
    np.testing.assert_allclose(other[0], equal[0], atol=0.02 * np.ptp(scene))


def test_channels_of_which_some_start_from_rest():
    psf = 0.9 ** np.arange(70)
    psf /= psf.sum()
    rng, x = np.random.default_rng(0), np.zeros((2, 120))
    x[0, [50, 90]] = x[1, [0, 60]] = 1
    y = np.stack([np.convolve(psf, row)[:120] for row in x]) + 0.002 * rng.normal(size=(2, 120))
    both = sd.deconvolve(y, psf, method="wiener", centre="start", channel_axis=0)
    assert both.x.shape == both.domain[..., *both.window].shape == x.shape
    together = sd.wiener(y, psf, centre="start", axis=1)
    alone = sd.wiener(y[1], psf, centre="start")
    assert abs(together[1, 0] - alone[0]) < 0.5  # none is taken to be at rest before


def test_a_wrapped_kernel_is_told():
    psf = np.pad(sd.psf.gaussian(2.0), 6)
    y = sd.simulate(sd.datasets.coins()[:70, :70], sd.psf.gaussian(2.0), noise=0.01, rng=0).y
    wrapped = np.fft.ifftshift(psf)
    assert "np.fft.fftshift(psf)" in said(y, wrapped)
    assert "np.fft.fftshift(psf)" in said(y, wrapped, centre="peak")
    line = np.fft.ifftshift(np.pad(sd.psf.gaussian(2.0, ndim=1), 6))
    assert "fftshift" in said(y[0], line, centre="start")
    assert "fftshift" not in said(y[0], 0.8 ** np.arange(20) / 5, centre="start")
    assert not said(y, psf)


@pytest.mark.parametrize("psf", [sd.psf.gaussian(1.8), sd.psf.moffat(3.0)])
def test_dead_pixels_are_told_as_hot_ones_are(psf):
    rng = np.random.default_rng(4)
    scene = 800 * sd.datasets.camera()[80:180, 120:220] + 300
    y = rng.poisson(sd.simulate(scene, psf).y).astype(float)
    assert not sd.sanity.outliers(y, psf).any()
    dead = np.zeros(y.shape, bool)
    dead[tuple(rng.integers(0, y.shape[0], (2, 20)))] = True
    found = sd.sanity.outliers(np.where(dead, 0, y), psf)
    np.testing.assert_array_equal(found, dead)


def test_a_box_may_end_within_a_sample():
    scene = np.zeros((60, 60)) + 5
    scene[30, 30] = 5000
    assert not sd.sanity.outliers(sd.simulate(scene, sd.psf.box(5)).y, sd.psf.box(5)).any()


@pytest.mark.parametrize(("samples", "level", "peak"), [(301, 3, 200), (64, 10, 200)])
def test_a_trace_of_few_counts_on_a_level_is_told(samples, level, peak):
    rng = np.random.default_rng(2)
    shape = np.exp(-0.5 * ((np.arange(samples) - samples // 2) / 3.0) ** 2)
    y = np.convolve(rng.random(400), shape, "same")
    assert "pedestal" in said(y, rng.poisson(level + peak * shape) / 1000)
    assert "pedestal" not in said(y, rng.poisson(peak * shape) / 1000)


def test_a_tail_is_no_pedestal():
    psf = 1 / (1 + (np.arange(-60, 61) / 5) ** 2) + np.random.default_rng(0).normal(0, 2e-3, 121)
    assert "pedestal" not in said(np.random.default_rng(1).random(300), psf / psf.sum())


def test_both_ends_of_a_clipped_trace_are_named():
    rng, psf = np.random.default_rng(0), sd.psf.gaussian(2.0, ndim=1)
    x = np.convolve(rng.standard_normal(1500), np.hanning(25), "same")
    y = np.convolve(x, psf, "same")
    assert "mask=((y < 4) & (y > -4))" in said(np.clip(y, -4, 4), psf)
    assert "mask=(y < 4)" in said(np.minimum(y, 4), psf)
    assert "mask=(y > -4)" in said(np.maximum(y, -4), psf)
    assert "saturated" not in said(y, psf)


def test_no_doubt_is_left_of_the_good_ones():
    x, y, psf = spectrum(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResultWarning)
        assert error(sd.deconvolve(y, psf, method="wiener").x, x) < error(y, x)


def test_a_star_that_is_left_out_is_in_proportion():
    psf = sd.psf.moffat(4.0, 3.0)
    scene = np.full((70, 70), 800.0)
    scene[35, 35] += 3e7
    scene[tuple(np.random.default_rng(0).integers(5, 65, (2, 20)))] += 5000
    obs = sd.simulate(scene, psf, noise="poisson:1e6", rng=1)
    masked = observe(obs.y, psf, mask=obs.y < 60000)
    assert (obs.y >= 60000).sum() > 50
    assert proportion(masked, obs.truth_window) < 1.5
    assert proportion(masked, 100 * obs.y) > 5
