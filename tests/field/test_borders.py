"""Beyond the border: a level stays a level, and one border says nothing of the opposite one."""

import numpy as np
import pytest

import sigdeconv as sd
from tests.contracts._cases import by_weight

FLAT = [
    ("wiener", {"nsr": 1e-2}),
    ("wiener", {"nsr": 0.5}),
    ("wiener", {"noise": 1e-2, "signal_spectrum": 1e-2}),
    ("tikhonov", {"order": 0, "weight": 0.03}),
    ("tikhonov", {"order": 2, "weight": 3.0}),
]


@pytest.mark.parametrize(("method", "given"), FLAT)
@pytest.mark.parametrize(
    "shape", [(90,), (40, 37), pytest.param((11, 12, 10), marks=pytest.mark.slow)]
)
def test_a_level_stays(method, given, shape):
    rng = np.random.default_rng(0)
    psf = sd.psf.gaussian(1.2, ndim=len(shape))
    exact = given | {"tol": 1e-9, "num_iter": 1000}
    restore = getattr(sd, method)
    np.testing.assert_allclose(restore(np.full(shape, 7.0), psf, **exact), 7.0, rtol=1e-6)
    y = rng.random(shape)
    raised = restore(y + 100, psf, **exact)
    np.testing.assert_allclose(raised - restore(y, psf, **exact), 100, rtol=1e-6)


@pytest.mark.parametrize(
    ("method", "given", "most"),
    [
        ("wiener", {"nsr": 1e-2}, 1.0),
        ("wiener", {"noise": 2.0, "signal_spectrum": lambda f: 1 / (1e-6 + f**3)}, 0.5),
        ("tikhonov", {"weight": 1e-2}, 0.05),
        ("tikhonov", {"weight": 1e-2, "order": 0}, 1.0),
        ("tikhonov", {"weight": 0.3, "order": 2}, 0.05),
        ("tv", {"weight": 1.0, "accuracy": 0.0, "num_iter": 400}, 0.5),
        pytest.param("wavelet_l1", {"weight": 1.0, "accuracy": 0.0, "num_iter": 200}, 0.5,
                     marks=pytest.mark.slow),
        ("inverse_filter", {"threshold": 0.3, "form": "water-level"}, 3.0),
        ("landweber", {"num_iter": 30}, 1e-3),
        ("richardson_lucy", {"num_iter": 20}, 1e-3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("axis", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_band_at_one_border_does_not_move_the_opposite_one(method, given, most, axis):
    scene = sd.datasets.camera()[40:140, 100:160] * 255
    psf = sd.psf.gaussian(1.3)
    obs = sd.simulate(scene, psf, noise=sd.Gaussian(2.0), rng=0)
    bright = obs.y.copy()
    bright[:25] += 100
    given = given | ({"tol": 1e-6} if method in ("wiener", "tikhonov") else {})
    before, after = (
        np.moveaxis(getattr(sd, method)(np.moveaxis(y, 0, axis), psf, **given), axis, 0)
        for y in (obs.y, bright)
    )
    assert np.abs(after - before)[-1].max() < most
    assert np.abs(after - before)[5:15].min() > 80


def test_a_trend_across_the_frame_is_no_edge_at_the_border():
    n, sigma = 200, 0.5
    t = np.arange(n)
    rng = np.random.default_rng(1)
    scene = 2.0 * t + 5 * np.sin(t / 7)
    psf = sd.psf.gaussian(3.0, ndim=1)
    obs = sd.simulate(scene, psf, noise=sd.Gaussian(sigma), rng=rng)
    x = sd.tikhonov(obs.y, psf, weight=0.5)
    error = np.abs(x - obs.truth_window)
    assert error.max() < 4 * sigma


def tracer():
    """Return a tracer's arrival, its tissue curve and what is measured: from rest, cut off."""
    t = np.arange(100.0)
    arrival = np.where(t > 6, np.clip(t - 6, 0, None) ** 2 * np.exp(-(t - 6) / 3.0), 0)
    tissue = 20 * np.exp(-t / 8)
    y = np.convolve(arrival / arrival.sum(), tissue)[:100]
    return arrival / arrival.sum(), tissue, y + np.random.default_rng(3).normal(0, 0.2, 100)


@pytest.mark.parametrize(
    "method",
    ["wiener", "tikhonov", "richardson_lucy", "nnls", pytest.param("auto", marks=pytest.mark.slow)],
)
def test_a_signal_that_starts_from_rest(method):
    kernel, truth, y = tracer()

    def error(**border):
        found = sd.deconvolve(y, kernel, method=method, centre="start", **border).x
        return np.linalg.norm(found - truth) / np.linalg.norm(truth)

    assert error() == error(boundary=("zero", "unknown")) < 0.9 * error(boundary="unknown")
    # Thirty samples later it does not begin at zero, and nothing is assumed.
    late = sd.deconvolve(y[30:], kernel, method=method, centre="start").x
    told = sd.deconvolve(y[30:], kernel, method=method, centre="start", boundary="unknown").x
    np.testing.assert_array_equal(late, told)


@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.ResultWarning")  # spikes are no blocks
@pytest.mark.parametrize(
    "method",
    [
        pytest.param(name, marks=pytest.mark.slow if by_weight(name) and name != "tv" else ())
        for name in sorted(set(sd.methods()) - {"plug_and_play"})
    ],
)
def test_every_method_takes_a_border_at_each_end(method):
    psf = sd.psf.gaussian(1.2, ndim=1)
    scene = np.full(80, 3.0)
    scene[30:44] = 9.0
    obs = sd.simulate(scene, psf, noise=0.01, rng=0)
    ends = ("nearest", "unknown")
    if method == "inverse_filter":
        with pytest.raises(ValueError, match="use boundary='unknown'"):
            sd.inverse_filter(obs.y, psf, boundary=ends)
        return
    result = sd.deconvolve(obs.y, psf, method=method, boundary=ends)
    assert result.x.shape == obs.y.shape
    A = sd.Convolution.for_data(psf, obs.y.shape, boundary=ends)
    assert result.domain.shape == A.shape
    if method not in ("adjoint", "scaled_adjoint", "sparse"):
        both = sd.deconvolve(obs.y, psf, method=method).x
        np.testing.assert_allclose(result.x, both, atol=0.15 * np.ptp(scene))
