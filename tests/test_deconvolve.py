"""Restoring without saying how: what is chosen, and that the data never get worse."""

import itertools

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.solvers.em.gain import gain_of_penalty
from sigdeconv.solvers.em.settings import EMSettings
from sigdeconv.solvers.em.total_variation import TotalVariation

KERNELS = {"gaussian": sd.psf.gaussian(1.6), "box": sd.psf.box(7), "motion": sd.psf.motion(11, 30)}
IMAGES = ("camera", "coins", "hubble", "page", "retina", "cell")


def restored():
    """Return image, kernel and noise of each case; quick ones have each of them once or twice."""
    levels = ("gaussian:bsnr=20", "gaussian:bsnr=40", "poisson:30", "poisson:1000")
    for k, (image, kernel, noise) in enumerate(itertools.product(IMAGES, KERNELS, levels)):
        yield pytest.param(image, kernel, noise, marks=pytest.mark.slow if k % 5 else ())


@pytest.mark.slow
@pytest.mark.parametrize(("image", "kernel", "noise"), list(restored()))
def test_better_than_the_data(image, kernel, noise):
    scene = getattr(sd.datasets, image)()[:112, :120]
    obs = sd.simulate(scene, KERNELS[kernel], noise=noise, rng=0)
    truth = obs.truth_window
    result = sd.deconvolve(obs.y, KERNELS[kernel])
    assert sd.metrics.psnr(truth, result.x) > sd.metrics.psnr(truth, obs.y)
    assert "why" in result.parameters and "noise_model" in str(result)


@pytest.mark.slow
def test_stars_in_counts_are_left_to_richardson_lucy():
    psf = sd.psf.gaussian(1.6)
    scene = sd.datasets.hubble()[200:400, 100:300]
    counts = sd.simulate(scene, psf, noise="poisson:300", rng=0)
    result = sd.deconvolve(counts.y.astype(np.uint16), psf)
    assert result.method == "richardson_lucy" and result.stop.name == "HELD_OUT"
    assert result.x.min() >= 0

    def error(method):
        found = sd.deconvolve(counts.y, psf, method=method).x
        return np.linalg.norm(found - counts.truth_window)

    assert error("auto") <= min(error("tv"), error("wiener"))
    with pytest.raises(TypeError, match=r"nsr is a parameter of single methods.* one of wiener$"):
        sd.deconvolve(counts.y, psf, nsr=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("image", "method"), [("camera", "tv"), ("cell", "wiener")])
def test_edges_or_smoothness_whichever_is_closer_to_the_truth(image, method):
    scene = getattr(sd.datasets, image)()[:160, :170]
    obs = sd.simulate(scene, KERNELS["gaussian"], noise="gaussian:bsnr=20", rng=0)
    result = sd.deconvolve(obs.y, KERNELS["gaussian"])
    assert result.method == method and "predict the data best" in result.parameters["why"]
    other = {"tv": "wiener", "wiener": "tv"}[method]
    worse = sd.deconvolve(obs, method=other).x
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, result.x) > sd.metrics.psnr(truth, worse)


@pytest.mark.slow
def test_the_best_of_more_methods_is_taken_on_request():
    scene = sd.datasets.camera()[60:188, 140:268]
    psf = KERNELS["gaussian"]
    obs = sd.simulate(scene, psf, noise="gaussian:bsnr=30", rng=0, boundary="periodic")
    result = sd.deconvolve(obs, method="best")
    linear = sd.deconvolve(obs, method="tv")
    assert result.method in ("hyper_laplacian", "wavelet_l1", "plug_and_play")
    assert result.parameters["predicted_error"] < linear.parameters["predicted_error"]
    assert all(name in result.parameters["why"] for name in ("by tv", "by wiener"))
    assert sd.metrics.psnr(scene, result.x) > sd.metrics.psnr(scene, linear.x)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(300,), (40, 41), (16, 17, 18)])
def test_any_number_of_axes(shape):
    rng = np.random.default_rng(0)
    x = np.cumsum(rng.standard_normal(shape), axis=0)
    y = sd.simulate(x, np.ones((3,) * x.ndim) / 3**x.ndim, noise=0.01, rng=1)
    result = sd.deconvolve(y.y, np.ones((3,) * x.ndim) / 3**x.ndim)
    assert result.x.shape == y.y.shape
    assert sd.metrics.nrmse(y.truth_window, result.x) < sd.metrics.nrmse(y.truth_window, y.y)


@pytest.mark.slow
def test_colours_take_one_method():
    scene = np.stack([sd.datasets.coins()[:90, :91] * f for f in (1.0, 0.5, 0.1)])
    obs = [sd.simulate(s, KERNELS["box"], noise=0.01, rng=0).y for s in scene]
    result = sd.deconvolve(np.stack(obs, axis=-1), KERNELS["box"], channel_axis=-1)
    assert result.x.shape == (*obs[0].shape, 3)
    assert len({part.method for part in result.channels}) == 1
    linear = sd.deconvolve(np.stack(obs, axis=-1), KERNELS["box"], method="wiener", channel_axis=-1)
    assert linear.std.shape == (3, *obs[0].shape)


def test_constant_and_tiny_data():
    assert np.allclose(sd.deconvolve(np.full((20, 20), 7.0), KERNELS["box"]).x, 7.0)
    assert sd.deconvolve([1.0, 2.0, 3.0], [1.0]).x.shape == (3,)
    assert np.all(sd.deconvolve(np.zeros(50), [0.25, 0.5, 0.25]).x == 0)


@pytest.mark.parametrize("method", ["cgls", "landweber"])
def test_iterations_that_nothing_stops_end_at_the_noise(method):
    obs = sd.simulate(sd.datasets.coins()[:96, :97], KERNELS["gaussian"], noise=0.02, rng=0)
    result = sd.deconvolve(obs.y, KERNELS["gaussian"], method=method)
    assert result.stop.name == "DISCREPANCY" and "noise" in result.parameters["rule"]
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, result.x) > sd.metrics.psnr(truth, obs.y) + 0.5
    assert sd.deconvolve(obs.y, KERNELS["gaussian"], method=method, num_iter=3).num_iter == 3


@pytest.mark.slow
def test_each_channel_has_its_own_noise():
    scene = sd.datasets.coins()[:128, :128]
    levels = (0.005, 0.05)
    y = np.stack(
        [sd.simulate(scene, KERNELS["gaussian"], noise=sd.Gaussian(s), rng=0).y for s in levels]
    )
    parts = sd.deconvolve(y, KERNELS["gaussian"], channel_axis=0).channels
    for part, level in zip(parts, levels, strict=True):
        assert part.parameters["noise_std"] == pytest.approx(level, rel=0.15)


def test_a_complex_transfer_function_is_its_kernel():
    psf = np.array([[0.1, 0.3, 0.0], [0.2, 0.3, 0.1], [0.0, 0.0, 0.0]])  # off its centre
    obs = sd.simulate(sd.datasets.coins()[:60, :61], psf, noise=0.01, rng=0, boundary="periodic")
    otf = sd.psf2otf(psf, obs.y.shape)
    assert np.abs(otf.imag).max() > 0.1
    expected = sd.wiener(obs.y, psf, boundary="periodic")
    np.testing.assert_allclose(sd.wiener(obs.y, otf, boundary="periodic"), expected, atol=1e-6)


def steps(shape, rng=4):
    draw = np.random.default_rng(rng)
    coarse = draw.random(tuple(-(-n // 24) for n in shape))
    for axis in range(len(shape)):
        coarse = np.repeat(coarse, 24, axis=axis)
    return 0.2 + coarse[tuple(slice(0, n) for n in shape)]


@pytest.mark.slow
def test_a_penalty_is_dropped_where_it_does_harm():
    field = sd.datasets.hubble()[300:420, 300:412]
    obs = sd.simulate(field, sd.psf.gaussian(1.6), noise="poisson:300", rng=11)
    told = {"method": "richardson_lucy", "acceleration": "heavy-ball"}
    alone = sd.deconvolve(obs, regularization="tv", **told)
    assert alone.parameters["weight"] == 0 and "coarser copies" in alone.parameters["why"]
    plain = sd.deconvolve(obs, **told)
    np.testing.assert_array_equal(alone.x, plain.x)
    # Who gives a weight, or says when to stop, gets what was asked for.
    for asked in ({"weight": 0.01}, {"num_iter": 5}):
        found = sd.deconvolve(obs, regularization="tv", **told, **asked)
        assert found.parameters["weight"] > 0 and "why" not in found.parameters
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, alone.x) > sd.metrics.psnr(truth, found.x)


@pytest.mark.slow
def test_a_penalty_that_helps_is_kept_and_ends_by_itself():
    obs = sd.simulate(steps((150, 140)), sd.psf.box(5), noise="poisson:100", rng=0)
    told = {"method": "richardson_lucy", "regularization": "tv", "acceleration": "heavy-ball"}
    found = sd.deconvolve(obs, **told)
    assert found.parameters["weight"] > 0 and found.stop.name == "HELD_OUT"
    plain = sd.deconvolve(obs, method="richardson_lucy", acceleration="heavy-ball")
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, found.x) > sd.metrics.psnr(truth, plain.x) + 0.7


@pytest.mark.slow
def test_coarser_copies_say_nothing_where_there_are_none():
    settings = EMSettings(regularization=TotalVariation, weight=0.01)

    def gain(y, A):
        return gain_of_penalty(y, A, settings)

    y = np.random.default_rng(0).poisson(20.0, (40, 40)).astype(float)
    A = sd.Convolution.for_data(np.ones((3, 3)) / 9, y.shape)
    assert isinstance(gain(y, A), float)
    wide = sd.Convolution.for_data(np.ones((15, 15)) / 225, y.shape)
    strided = sd.Convolution(np.ones((3, 3)) / 9, (84, 84), "unknown", stride=2)
    masked = sd.Convolution.for_data(np.ones((3, 3)) / 9, y.shape, mask=y > 15)
    for shape in ((400,), (20, 22, 24)):
        z = np.random.default_rng(1).poisson(20.0, shape).astype(np.float32)
        B = sd.Convolution.for_data(np.ones((3,) * len(shape)) / 3 ** len(shape), shape)
        assert isinstance(gain(z, B), float)
    for operator in (wide, masked):
        assert gain(y, operator) is None
    assert gain(y[:40, :40], strided) is None
    assert gain(np.full_like(y, 7.5), A) is None
