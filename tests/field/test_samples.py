"""Data as people have them: cosmic rays, ceilings, values below zero, holes, constants."""

import warnings

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.sanity import SanityWarning, check, outliers
from tests._search import one_probe


def spots(shape, count, brightest, seed):
    rng = np.random.default_rng(seed)
    scene = np.zeros(shape)
    scene[tuple(rng.integers(0, n, count) for n in shape)] = brightest ** rng.uniform(0.3, 1, count)
    return scene


def rms(a, b, where=...):
    return float(np.sqrt(np.mean((a - b)[where] ** 2)))


# -- samples that no kernel can have made ----------------------------------------------------------

HIT = {
    "photograph": (900 * sd.datasets.coins()[:110, :120] + 60, sd.psf.gaussian(1.5), "poisson:700"),
    "defocus": (sd.datasets.camera()[200:300, 100:220], sd.psf.disk(3.0), 0.01),
    "stars": (300 + spots((120, 130), 70, 1e5, 0), sd.psf.moffat(3.5, 3.0), "poisson:20000"),
    "stack": (50 + spots((30, 50, 50), 60, 1e4, 1), sd.psf.gaussian((1.6, 1.3, 1.3)), 0.01),
    "spectrum": (1 + spots((900,), 20, 80.0, 2), sd.psf.gaussian(3.0, ndim=1), 0.005),
}


@pytest.mark.parametrize("share", [0.002, 0.02])
@pytest.mark.parametrize("name", HIT)
def test_hits_are_found_and_nothing_else(name, share):
    scene, psf, noise = HIT[name]
    y = sd.simulate(scene, psf, noise=noise, rng=3).y
    assert not outliers(y, psf).any()
    rng = np.random.default_rng(4)
    hit = rng.random(y.shape) < share
    hit.flat[y.size // 2] = True
    spoiled = y + hit * rng.uniform(4, 10, y.shape) * np.ptp(y)
    found = outliers(spoiled, psf)
    assert not (found & ~hit).any()
    assert (found & hit).sum() >= 0.95 * hit.sum()


def test_leaving_hits_out_is_as_good_as_not_having_them():
    scene, psf, noise = HIT["photograph"]
    obs = sd.simulate(scene, psf, noise=noise, rng=5)
    spoiled = np.array(obs.y)
    spoiled[::17, 3::13] += 30 * spoiled.max()
    truth, seen = obs.truth_window, spoiled == obs.y
    with pytest.warns(SanityWarning, match=r"54 samples of y .*mask=~sd.sanity.outliers\(y, psf\)"):
        as_is = sd.tikhonov(spoiled, psf)
    masked = sd.tikhonov(spoiled, psf, mask=~outliers(spoiled, psf))
    clean = sd.tikhonov(obs.y, psf)
    assert rms(masked, truth, seen) < 1.05 * rms(clean, truth, seen) < 0.3 * rms(as_is, truth, seen)


SHARP = {
    "text": lambda rng: 255.0 * (rng.random((90, 100)) < 0.3),
    "checks": lambda rng: 100.0 * (np.indices((90, 100)).sum(axis=0) % 2),
    "rulings": lambda rng: np.where(np.arange(100) % 7 == 0, 900.0, 3.0) * np.ones((90, 1)),
    "stars": lambda rng: spots((90, 100), 40, 1e5, int(rng.integers(99))),
    "stars on sky": lambda rng: 250 + spots((90, 100), 40, 1e5, int(rng.integers(99))),
    "noise": lambda rng: 40 + 9 * rng.standard_normal((90, 100)),
    "patches": lambda rng: np.kron(rng.random((9, 10)), np.full((10, 10), 300.0)),
}
NARROW = [sd.psf.gaussian(0.5), sd.psf.gaussian(1.0), sd.psf.gaussian(2.5), sd.psf.box(3),
          sd.psf.disk(2.0), sd.psf.motion(7.0, 25.0)]  # fmt: skip


@pytest.mark.parametrize("noise", [None, 0.03, "poisson:4", "poisson:400"])
@pytest.mark.parametrize("name", SHARP)
def test_sharp_scenes_have_no_outliers(name, noise):
    for k, psf in enumerate(NARROW):
        scene = SHARP[name](np.random.default_rng(k))
        y = sd.simulate(np.maximum(scene, 0), psf, noise=noise, rng=k).y
        assert not outliers(y, psf).any()
        scaled = np.round(200 * (y - y.min()) / np.ptp(y))  # few counts in 8 bits
        assert not outliers(scaled, psf).any()


def test_what_a_wavelet_makes_is_none():
    psf = sd.psf.ricker(0.1)
    y = np.random.default_rng(0).standard_normal(400)
    y[200] = 1e4
    assert not outliers(y, psf).any()
    with pytest.raises(TypeError, match="y is complex"):
        outliers(y + 0j, sd.psf.gaussian(2.0, ndim=1))


def test_more_than_a_few_are_no_outliers():
    y = np.random.default_rng(1).exponential(1.0, (80, 80)) ** 3
    assert not outliers(y, sd.psf.gaussian(4.0)).any()


# -- ceilings --------------------------------------------------------------------------------------


def ceiling(y, psf):
    A = sd.Convolution.for_data(psf, y.shape)
    return [text for text in check(y, A) if "saturated" in text]


@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
def test_eight_samples_at_a_ceiling_are_enough(dtype):
    scene = spots((200, 210), 90, 2e4, 3)
    scene[100, 90] = 1.2e6
    psf = sd.psf.moffat(4.0, 3.0)
    counts = np.random.default_rng(4).poisson(np.maximum(sd.simulate(scene, psf).y, 0) + 120)
    clipped = np.minimum(counts, 30000).astype(dtype)
    assert 8 <= (clipped == 30000).sum() < 60
    (text,) = ceiling(clipped, psf)
    assert "exactly 30000" in text and "mask=(y < 30000)" in text
    assert not ceiling(counts.astype(dtype), psf)


def test_clipped_sound_and_clipped_light():
    t = np.arange(6000)
    sound = np.sin(t / 7.0) * np.linspace(0.2, 1.3, 6000)
    sound += 0.01 * np.random.default_rng(5).standard_normal(6000)
    assert ceiling(np.clip(sound, -1, 1), sd.psf.gaussian(1.2, ndim=1))
    assert not ceiling(sound, sd.psf.gaussian(1.2, ndim=1))
    scene = sd.datasets.camera()[:150, :150]
    light = sd.simulate(scene, sd.psf.gaussian(1.5), noise=0.004, rng=5).y
    assert ceiling(np.minimum(light, np.quantile(light, 0.93)), sd.psf.gaussian(1.5))
    assert not ceiling(light, sd.psf.gaussian(1.5))


STEPS = {
    "wide": sd.psf.gaussian(5.0, ndim=1),
    "narrow": sd.psf.gaussian(1.5, ndim=1),
    "box": sd.psf.box(11, ndim=1),
}


@pytest.mark.parametrize("psf", list(STEPS.values()), ids=list(STEPS))
@pytest.mark.parametrize("levels", [(0, 1), (0, 1, 0), (1, 3, 2, 3, 0), (0, 2, 1)])
def test_the_plateau_of_a_blurred_step_is_no_ceiling(psf, levels):
    y = sd.simulate(np.repeat(np.asarray(levels, float), 90), psf).y
    assert not ceiling(y, psf)
    assert not ceiling(np.round(80 * y), psf)


@pytest.mark.parametrize("level", [90, 600, 40000])
@pytest.mark.parametrize("psf", [sd.psf.gaussian(1.8), sd.psf.moffat(4.0, 3.0)], ids=["g", "m"])
def test_what_ends_a_plateau_without_noise_is_the_kernel(psf, level):
    scene = np.zeros((100, 106))
    scene[30:60, 28:65] = level
    scene[75:, 50:] = level / 3
    y = sd.simulate(scene, psf).y
    for seen in (np.round(y), np.round(y, 1), y.astype("float32")):
        assert not ceiling(seen, psf)
    counts = np.random.default_rng(0).poisson(np.maximum(y, 0) + 5)
    assert ceiling(np.minimum(counts, 0.9 * level), psf)


# -- below zero ------------------------------------------------------------------------------------


@pytest.mark.parametrize("excess", [90, 130])
def test_richardson_lucy_bears_too_much_subtracted(excess):
    psf = sd.psf.gaussian(1.4)
    obs = sd.simulate(800 * sd.datasets.coins()[:130, :140] ** 2, psf, noise=0.015, rng=6)
    truth = obs.truth_window - excess
    result = sd.deconvolve(obs.y - excess, psf, method="richardson_lucy", num_iter=40)
    known = sd.richardson_lucy(obs.y, psf, background=excess, num_iter=40)
    assert rms(result.x, truth) < 1.1 * rms(known, truth)
    assert result.parameters["shift"] > 0
    scaled = sd.deconvolve(1e-6 * (obs.y - excess), psf, method="richardson_lucy", num_iter=40)
    np.testing.assert_allclose(scaled.x, 1e-6 * result.x, rtol=1e-6, atol=1e-12)


def test_stars_are_as_they_are_with_the_sky_that_was_subtracted():
    psf = sd.psf.moffat(4.0, 3.0)
    light = np.maximum(sd.simulate(spots((110, 120), 40, 3e4, 7), psf).y, 0)
    y = np.random.default_rng(8).poisson(light + 150.0) - 150.0
    assert (y < 0).mean() > 0.3
    found = sd.deconvolve(y, psf, method="richardson_lucy", num_iter=20)
    assert found.parameters["shift"] > 0
    known = sd.richardson_lucy(y + 150, psf, background=150.0, num_iter=20)
    assert rms(found.x, known) < 0.03 * known.std()
    seen = sd.deconvolve(y + 150, psf, method="richardson_lucy", num_iter=20)
    assert "shift" not in seen.parameters


@pytest.mark.parametrize("seed", [3, 4])
def test_dim_spots_keep_their_light_where_the_ground_was_subtracted(seed):
    psf, rng = sd.psf.airy(radius=2.5), np.random.default_rng(seed)
    at = [(22, 20), (24, 50), (52, 20), (50, 52)]
    scene = np.zeros((72, 72))
    scene[tuple(np.transpose(at))] = 3000, 6000, 12000, 15000
    seen = sd.simulate(scene, psf, noise=None)
    y = rng.poisson(np.maximum(seen.y, 0)) + rng.normal(0, 4, seen.y.shape)
    x = sd.deconvolve(y, psf, method="richardson_lucy").x
    room = (72 - y.shape[0]) // 2
    for i, j in at:
        spot = x[i - room - 5 : i - room + 6, j - room - 5 : j - room + 6]
        assert spot.sum() == pytest.approx(scene[i, j], rel=0.07)


# -- holes, constants, thin axes -------------------------------------------------------------------

EMPTY = {"constant": 7.0, "zero": 0.0}
THIN = [
    ((1, 120), sd.psf.gaussian(1.5)),
    ((1, 12, 14), sd.psf.gaussian(1.2, shape=7)[None]),
    ((1, 12, 14), sd.psf.gaussian((1.0, 1.2, 1.2), shape=(5, 5, 5))),
    ((2,), sd.psf.gaussian(1.0, ndim=1)),
]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", *sd.methods()])
def test_constants_and_thin_axes(method):
    with warnings.catch_warnings(), one_probe():
        warnings.simplefilter("error")
        for level in EMPTY.values():
            for shape in ((50,), (26, 24)):
                y = np.full(shape, level)
                x = sd.deconvolve(y, sd.psf.gaussian(1.5, ndim=len(shape)), method=method).x
                assert np.isfinite(x).all() and (level or np.abs(x).max() < 1e-9)
        warnings.simplefilter("ignore", sd.sanity.ResultWarning)  # noise alone is no scene
        for shape, psf in THIN:
            y = 5 + np.random.default_rng(9).random(shape)
            assert np.isfinite(sd.deconvolve(y, psf, method=method).x).all()


def test_the_command_line_leaves_holes_and_hits_out(tmp_path, monkeypatch, capsys):
    from sigdeconv.cli import main

    monkeypatch.chdir(tmp_path)
    psf = sd.psf.gaussian(1.5)
    y = sd.simulate(sd.datasets.coins()[:70, :70], psf, noise=0.01, rng=7).y
    y[9, 9] = np.nan
    sd.io.save("holes.npy", y)
    y[30, 41] += 9
    sd.io.save("hits.npy", y)
    restore = ["restore", "hits.npy", "--psf", "gaussian:1.5", "-o", "x.npy"]
    assert main(restore) == 1 and "--mask finite" in capsys.readouterr().err
    assert main([*restore, "--mask", "outliers"]) == 0
    assert "1 samples that stand out are left out" in capsys.readouterr().err
    good = np.isfinite(y)
    good[30, 41] = False
    np.testing.assert_allclose(sd.io.load("x.npy"), sd.wiener(y, psf, mask=good), rtol=1e-12)
    restore[1], restore[-1] = "holes.npy", "without_holes.npy"
    assert main([*restore, "--mask", "finite"]) == 0
    assert "stand out" not in capsys.readouterr().err


@pytest.mark.parametrize("method", [m for m in sd.methods() if "blind" not in m])
@pytest.mark.parametrize("ndim", [1, 2])
def test_one_sample_is_data_too(method, ndim):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = sd.deconvolve(np.full((1,) * ndim, 4.0), np.ones((1,) * ndim), method=method).x
    assert x.shape == (1,) * ndim
    assert 0 <= x.min() <= 4.001
