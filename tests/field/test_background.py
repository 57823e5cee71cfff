"""A smooth background is found together with the signal: calcium, lines, stars."""

import numpy as np
import pytest

import sigdeconv as sd


def calcium(trend):
    """Return a decay, events, what is measured of them on a baseline, and the baseline."""
    rng = np.random.default_rng(4)
    t = np.linspace(0, 1, 300)
    events = np.zeros(300)
    events[rng.choice(np.arange(5, 290), 12, replace=False)] = rng.uniform(4, 15, 12)
    decay = np.exp(-np.arange(40) / 7.0)
    decay /= decay.sum()
    base = {"constant": 2 + 0 * t, "linear": 1 + 4 * t, "quadratic": 5 - 6 * t + 5 * t**2}[trend]
    y = np.convolve(events, decay)[:300] + base + 0.04 * rng.standard_normal(300)
    return decay, events, y, base


@pytest.mark.parametrize(
    "trend",
    ["linear", *(pytest.param(t, marks=pytest.mark.slow) for t in ("constant", "quadratic"))],
)
def test_calcium_on_a_baseline(trend):
    decay, events, y, base = calcium(trend)
    where = {"centre": "start", "boundary": "zero", "nonnegative": True}

    def error(result):
        return np.linalg.norm(result.x - events) / np.linalg.norm(events)

    known = sd.deconvolve(y, decay, method="sparse", background=base, **where)
    for word in ("auto", trend):
        found = sd.deconvolve(y, decay, method="sparse", background=word, **where)
        assert np.abs(found.parameters["background"] - base).max() < 0.15
        assert error(found) < error(known) + 0.05
    assert error(sd.deconvolve(y, decay, method="sparse", **where)) > 0.5
    found = sd.deconvolve(y, decay, method="nnls", background="auto", centre="start")
    assert np.abs(found.parameters["background"] - base).max() < 0.4


def test_a_known_background_is_the_same_as_data_without_it():
    decay, _, y, base = calcium("quadratic")
    for method in (sd.nnls, sd.sparse):
        found = method(y, decay, background=base, centre="start", boundary="zero", num_iter=50)
        less = method(y - base, decay, centre="start", boundary="zero", num_iter=50)
        if method is sd.nnls:
            np.testing.assert_allclose(found, less, atol=1e-9)
        with pytest.raises(ValueError, match="background"):
            method(y, decay, background=base[:-1], centre="start")
        with pytest.raises(ValueError, match="background must be one of"):
            method(y, decay, background="smooth", centre="start")


def test_stars_on_a_sloping_sky():
    rng = np.random.default_rng(5)
    psf = sd.psf.gaussian(1.5)
    scene = np.zeros((64, 64))
    scene[tuple(rng.integers(8, 56, (2, 14)))] = rng.uniform(2000, 20000, 14)
    sky = 80 + np.linspace(0, 120, 64)[:, None] + np.zeros((64, 64))
    A = sd.Convolution.for_data(psf, scene.shape, boundary="zero")
    y = rng.poisson(A(scene) + sky).astype(float)

    def error(background):
        x = sd.richardson_lucy(y, A, background=background, num_iter=60)
        return np.linalg.norm(x - scene) / np.linalg.norm(scene), np.sum(x)

    result = sd.deconvolve(y, A, method="richardson_lucy", background="auto", num_iter=60)
    assert np.abs(result.parameters["background"] - sky).mean() < 10
    assert error("auto")[0] < 1.1 * error(sky)[0]
    assert error("auto")[1] == pytest.approx(scene.sum(), rel=0.1)
    assert error(0.0)[1] > 3 * scene.sum()


def test_a_mask_and_a_background():
    decay, _, y, base = calcium("linear")
    good = np.ones(300)
    good[40:60] = 0
    y = np.where(good > 0, y, 1e3)
    found = sd.deconvolve(
        y, decay, method="sparse", background="linear", mask=good, centre="start", boundary="zero"
    )
    assert np.abs(found.parameters["background"] - base)[good > 0].max() < 0.4
