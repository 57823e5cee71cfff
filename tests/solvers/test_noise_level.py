"""The level of the noise, and the weights that come of it, on scenes of every kind."""

import numpy as np
import pytest
from scipy import ndimage

import sigdeconv as sd
from sigdeconv.noise import calm_level
from sigdeconv.solvers.least_error import least_risk
from sigdeconv.solvers.noise_level import noise_level, periodogram_of, spectra_of
from sigdeconv.solvers.spectra import Spectra

SCENES = {
    "photograph": sd.datasets.coins()[20:132, 60:172],
    "print": sd.datasets.page()[:128, 40:168],
    "steps": np.repeat(
        np.random.default_rng(7).uniform(0, 1, 26), np.random.default_rng(7).integers(8, 40, 26)
    ),
}


@pytest.mark.parametrize(
    ("name", "boundary", "noise"),
    [("print", "periodic", 0.03), ("print", "unknown", 0.03), ("steps", "unknown", 0.002)],
)
def test_a_kernel_close_to_a_sample_hides_no_noise(name, boundary, noise):
    x = SCENES[name]
    psf = sd.psf.gaussian((0.4,) * x.ndim)
    obs = sd.simulate(x, psf, noise=sd.Gaussian(noise), boundary=boundary, rng=1)
    # The end of the spectrum of print and of steps looks like noise, or noise like it.
    assert noise / 1.15 < noise_level(obs) < 1.3 * noise


def test_calm_level_leaves_texture_out():
    rng = np.random.default_rng(0)
    scene = np.zeros((300, 400))
    scene[:, 150:] = rng.uniform(0, 1, (300, 250))
    y = scene + 0.05 * rng.standard_normal(scene.shape)
    assert calm_level(y) == pytest.approx(0.05, rel=0.1)
    assert sd.noise.estimate_noise(y) > 0.1
    assert calm_level(np.ones((4, 4))) == 0 == calm_level(np.ones(2))


def test_a_stride_folds_the_spectrum_and_not_into_the_noise():
    psf = sd.psf.gaussian(1.6)
    obs = sd.simulate(SCENES["photograph"], psf, noise=sd.Gaussian(0.01), stride=2, rng=0)
    assert noise_level(obs) == pytest.approx(0.01, rel=0.1)
    found = sd.deconvolve(obs, method="tikhonov")

    def psnr(weight):
        x = sd.deconvolve(obs, method="tikhonov", weight=weight).x
        return sd.metrics.psnr(obs.truth_window, x)

    weight = found.parameters["weight"]
    best = max(psnr(weight * 4.0**k) for k in range(-3, 4))
    assert sd.metrics.psnr(obs.truth_window, found.x) > best - 0.3


def test_wide_humps_are_in_the_spectra_though_the_taper_hides_their_cycles():
    t = np.arange(240)
    x = np.exp(-(((t - 120) / 60) ** 2))
    psf = sd.psf.box(7, ndim=1)
    obs = sd.simulate(np.pad(x, 3, "edge"), psf, noise=sd.Gaussian(0.05), rng=3)
    law = spectra_of(obs)
    f = np.arange(1, 6) / 240
    assert 2 * np.sum(law.signal(f)) / 240 > 0.5 * np.var(x)
    truth, data = obs.truth_window, np.asarray(obs.y)
    for method in ("wiener", "tikhonov", "tv"):
        found = sd.deconvolve(obs, method=method)
        assert np.linalg.norm(found.x - truth) < 0.7 * np.linalg.norm(data - truth), method


def smoothed(shape, width, rng):
    """Return noise of unit variance that went through a Gaussian."""
    e = ndimage.gaussian_filter(rng.standard_normal(shape), width, mode="wrap")
    return e / e.std()


@pytest.mark.parametrize(
    "psf", [sd.psf.box(7, ndim=2), pytest.param(sd.psf.gaussian(1.7), marks=pytest.mark.slow)]
)
def test_noise_that_was_smoothed_is_seen_where_the_kernel_stops_the_scene(psf):
    clean = sd.simulate(SCENES["photograph"], psf, noise=None)
    rng = np.random.default_rng(5)
    white = clean.y + 0.03 * rng.standard_normal(clean.y.shape)
    y = clean.y + 0.03 * smoothed(clean.y.shape, 0.6, rng)
    assert "noise_width" not in sd.deconvolve(white, psf, method="wiener").parameters
    found = sd.deconvolve(y, psf, method="wiener")
    assert 0.4 <= found.parameters["noise_width"] <= 0.7
    assert found.parameters["noise_std"] == pytest.approx(0.03, rel=0.15)

    def error(x):
        return float(np.sqrt(np.mean((x - clean.truth_window) ** 2)))

    level = float(np.std(y[1:] - y[:-1])) / 2**0.5  # what white noise of these differences has
    assert error(found.x) < 0.95 * error(sd.wiener(y, psf, noise=level))
    for method in ("tikhonov", "tv"):
        assert error(sd.deconvolve(y, psf, method=method).x) < error(y)
    bars = found.std
    inside = np.abs(found.x - clean.truth_window) < 2 * bars
    assert inside.mean() > 0.9


def test_least_risk_with_a_stride_is_that_of_the_dense_problem():
    n, law = 512, Spectra(amplitude=0.02, exponent=2.0, knee=0.05, noise=0.01)
    A = sd.Convolution(sd.psf.gaussian((1.2,)), (n,), "periodic", stride=2)
    f = np.abs(np.fft.fftfreq(n))
    signal = law.signal(f)
    dense = np.stack([A(e) for e in np.eye(n)], axis=1)
    fourier = np.fft.fft(np.eye(n), norm="ortho")
    spectrum = (fourier.conj().T * signal) @ fourier
    rough = (fourier.conj().T * (4 * np.sin(np.pi * f) ** 2)) @ fourier

    def risk(weight):
        back = np.linalg.solve(dense.T @ dense + weight * rough.real, dense.T)
        bias = np.eye(n) - back @ dense
        return np.trace(bias @ spectrum.real @ bias.T) + law.noise * np.sum(back**2)

    y = np.random.default_rng(0).standard_normal(n // 2)
    found = least_risk(
        periodogram_of(sd.Observation(y, A)), law, lambda f: 4 * np.sin(np.pi * f) ** 2
    )
    best = min(risk(found * factor) for factor in np.geomspace(0.1, 10, 9))
    assert risk(found) < 1.01 * best


@pytest.mark.parametrize("loss", ["huber", "l1"])
def test_outliers_are_no_noise_to_a_robust_loss(loss):
    psf = sd.psf.box(5)
    obs = sd.simulate(SCENES["photograph"], psf, noise=sd.Gaussian(0.01), rng=0)
    rng = np.random.default_rng(0)
    hit = rng.random(obs.y.shape) < 0.02
    y = np.where(hit, rng.choice([0.0, 1.0], hit.shape), obs.y)
    with pytest.warns(sd.sanity.SanityWarning, match="stand"):
        found = sd.deconvolve(y, psf, method="tv", loss=loss)
    assert found.parameters["noise_std"] == pytest.approx(0.01, rel=0.15)
    clean = sd.metrics.psnr(obs.truth_window, sd.tv(obs.y, psf))
    assert sd.metrics.psnr(obs.truth_window, found.x) > clean - 1.0


def test_the_water_level_has_a_threshold_of_its_own():
    psf = sd.psf.gaussian(1.6)
    obs = sd.simulate(SCENES["photograph"], psf, noise=0.01, boundary="periodic", rng=0)

    def psnr(threshold):
        options = {"threshold": threshold, "form": "water-level", "boundary": "periodic"}
        return sd.metrics.psnr(obs.truth_window, sd.inverse_filter(obs.y, psf, **options))

    assert psnr("auto") > max(map(psnr, np.geomspace(1e-3, 1, 25))) - 0.1


def test_a_signal_spectrum_without_a_mean_keeps_that_of_the_data():
    psf = sd.psf.gaussian(1.6)
    obs = sd.simulate(SCENES["photograph"], psf, noise=0.01, boundary="periodic", rng=0)
    f = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in obs.y.shape), indexing="ij"))
    power = np.where(f > 0, 1e-4 * np.maximum(f, 1e-3) ** -2.5, 0.0)
    x = sd.wiener(obs.y, psf, signal_spectrum=power, boundary="periodic")
    assert float(np.mean(x)) == pytest.approx(float(np.mean(obs.y)), rel=1e-12)


def test_few_whole_numbers_have_not_the_noise_of_their_rounding():
    rng = np.random.default_rng(4)
    y = np.rint(100 + 60 * (np.arange(70) > 30) + 10 * rng.standard_normal(70))
    level = noise_level(sd.Observation(y, sd.Convolution([0.1, 0.8, 0.1], (72,), "unknown")))
    assert 6 < level < 14
