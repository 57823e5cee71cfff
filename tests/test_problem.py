"""Experiments: windows, alignment, noise, seeds, and what deconvolve and compare say of them."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.stopping import Discrepancy, MaxIter, RelativeChange, StopReason


def scene():
    return sd.datasets.coins()[60:130, 40:124]


def test_the_window_depends_on_the_scene_alone():
    psf = sd.psf.box((5, 4))
    obs = sd.simulate(scene(), psf)
    assert obs.y.shape == (66, 81) and obs.truth.shape == (70, 84)
    other = scene()
    np.testing.assert_allclose(obs.A(other), obs.y, atol=1e-12)
    dot = np.zeros((70, 84))
    dot[30, 40] = 1.0
    at = np.unravel_index(np.argmax(sd.simulate(dot, sd.psf.gaussian(1.0)).y), (62, 76))
    window = sd.simulate(dot, sd.psf.gaussian(1.0)).truth_window
    assert window[at] == 1.0


@pytest.mark.parametrize(
    ("noise", "std"), [(sd.Gaussian(0.05), 0.05), (0.02, None), (sd.Gaussian(bsnr=20), None)]
)
def test_the_noise_is_what_was_asked_for(noise, std):
    psf = sd.psf.gaussian(1.5)
    clean = sd.simulate(scene(), psf).y
    obs = sd.simulate(scene(), psf, noise=noise, rng=3)
    found = float(np.std(obs.y - clean))
    if std is None:
        bsnr = noise.bsnr if isinstance(noise, sd.Gaussian) else None
        std = 0.02 * np.ptp(clean) if bsnr is None else np.std(clean) * 10 ** (-bsnr / 20)
    assert found == pytest.approx(std, rel=0.05)
    again = sd.simulate(scene(), psf, noise=noise, rng=3)
    np.testing.assert_array_equal(obs.y, again.y)


def test_poisson_scales_scene_and_truth():
    obs = sd.simulate(scene(), sd.psf.gaussian(1.5), noise="poisson:500", rng=0)
    assert np.all(obs.y == np.round(obs.y))
    assert obs.A(obs.truth).max() == pytest.approx(500)


@pytest.mark.slow
def test_stride_and_one_and_three_dimensions():
    obs = sd.simulate(scene(), sd.psf.box(4), stride=2)
    assert obs.truth_window.shape == tuple(2 * n for n in obs.y.shape)
    assert sd.compare(obs, methods=["adjoint", "tikhonov"]).data.shape == obs.truth_window.shape
    for data, psf in (
        (sd.datasets.spectrum(300), sd.psf.voigt(2.0, 1.0, shape=(31,))),
        (sd.datasets.beads((20, 24, 28)), sd.psf.gaussian((1.2, 1.0, 1.0))),
    ):
        obs = sd.simulate(data, psf, noise="poisson:500", rng=0)
        comparison = sd.compare(obs, methods={"adjoint": {}, "richardson_lucy": {"num_iter": 20}})
        assert comparison.rows[2]["gain"] > 0 > comparison.rows[1]["gain"]


@pytest.mark.slow
def test_the_table_and_the_verdict():
    obs = sd.simulate(scene(), sd.psf.gaussian(1.5), noise=0.01, rng=0)
    comparison = sd.compare(obs)
    assert comparison.rows[0]["method"] == "data"
    assert (
        "does not restore the values" in comparison.verdict
        and "come back best with" in comparison.verdict
    )
    assert "Worse than the data: inverse_filter" in comparison.verdict
    for style, mark in (("text", "---"), ("markdown", "|--"), ("csv", "method,"), ("html", "<td>")):
        text = comparison.table(style)
        assert mark in text and text.count("wiener") == 1
    with pytest.raises(ValueError, match="style"):
        comparison.table("latex")
    same = sd.compare(obs.y, obs.A, truth=obs.truth_window, methods=["wiener"], boundary=None)
    assert same.rows[1]["psnr"] == pytest.approx(
        next(row["psnr"] for row in comparison.rows if row["method"] == "wiener"), abs=1e-9
    )
    assert "No truth" in sd.compare(obs.y, sd.psf.gaussian(1.5), methods="wiener").verdict


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"methods": []}, "methods is empty"),
        ({"methods": ["winer"]}, "wiener"),
        ({"truth": np.ones((3, 3))}, "truth has shape"),
        ({"truth": np.ones((20, 20))}, "truth is constant"),
    ],
)
def test_compare_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        sd.compare(np.ones((20, 20)), np.full((3, 3), 1 / 9), **arguments)


@pytest.mark.slow
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_channels_are_restored_one_by_one(axis):
    rng = np.random.default_rng(2)
    y = rng.random((3, 20, 22))
    h = sd.psf.box(3)
    mask = (rng.random((20, 22)) > 0.1) * 1.0
    expected = np.stack([sd.wiener(c, h, mask=mask) for c in y])
    where = {"method": "wiener", "channel_axis": axis, "mask": mask}
    result = sd.deconvolve(np.moveaxis(y, 0, axis), h, **where)
    np.testing.assert_array_equal(np.moveaxis(result.x, axis, 0), expected)
    assert len(result.channels) == 3
    with pytest.raises(ValueError, match="channel_axis"):
        sd.deconvolve(y, h, channel_axis=5)


@pytest.mark.slow
def test_what_stops_an_iteration():
    y, h = 1 + np.random.default_rng(0).random((20, 21)), sd.psf.box(3)
    run = {"method": "richardson_lucy", "num_iter": 30}
    assert sd.deconvolve(y, h, **run).stop is StopReason.MAX_ITER
    assert sd.deconvolve(y, h, tol=1e-2, **run).stop is StopReason.CONVERGED
    stopped = sd.deconvolve(y, h, callback=lambda k, x: k == 4, **run)
    assert stopped.stop is StopReason.CALLBACK and stopped.num_iter == 4
    assert sd.deconvolve(y, h, stop=Discrepancy(1.0), **run).stop is StopReason.DISCREPANCY
    both = MaxIter(3) & RelativeChange(10.0)
    assert sd.deconvolve(y, h, stop=both, **run).num_iter == 3
    result = sd.deconvolve(y, h, **run)
    assert len(result.history["residual"]) == 31
    assert np.all(np.diff(result.history["residual"]) < 1e-6)
    assert "raise num_iter" in str(result) and "<table>" in result._repr_html_()
    with pytest.raises(TypeError, match="num_iter"):
        sd.deconvolve(y, h, method="cgls", num_iter=2.5)
    with pytest.raises(ValueError, match="does not iterate"):
        sd.deconvolve(y, h, method="inverse_filter", num_iter=3)


def test_an_observation_comes_alone():
    obs = sd.simulate(scene(), sd.psf.box(3))
    for extra in ({"psf": np.ones((3, 3))}, {"boundary": "zero"}, {"channel_axis": 0}):
        with pytest.raises(ValueError, match=next(iter(extra))):
            sd.deconvolve(obs, **extra)
    with pytest.raises(TypeError, match="psf is missing"):
        sd.deconvolve(obs.y)
    with pytest.raises(ValueError, match="ready operator"):
        sd.wiener(obs.y, obs.A, boundary="zero")
    with pytest.raises(ValueError, match="psf makes data of shape"):
        sd.wiener(obs.y[1:], obs.A)


@pytest.mark.slow
def test_defaults_of_a_comparison_are_those_that_can_take_the_data(rng):
    wavelet = sd.psf.ricker(0.2)
    y = np.convolve(sd.datasets.spikes(200, 12, 0), wavelet, "same") + 0.01 * rng.normal(size=200)
    comparison = sd.compare(y, wavelet)
    assert "richardson_lucy" not in comparison.results and "wiener" in comparison.results
    assert "richardson_lucy was left out: it is for intensities" in " ".join(
        str(comparison).split()
    )
    comparison = sd.compare(y - y.min(), wavelet - 0.01)
    assert "it needs a kernel of at least 0" in comparison.left_out["richardson_lucy"]
    obs = sd.simulate(rng.random((40, 40)), sd.psf.box(3), stride=2, noise=0.01, rng=0)
    comparison = sd.compare(obs)
    assert (
        list(comparison.left_out) == ["inverse_filter"] and "richardson_lucy" in comparison.results
    )
    with pytest.raises(ValueError, match="needs every sample"):
        sd.compare(obs, methods=["inverse_filter"])  # asked for by name, it is not passed over


@pytest.mark.slow
def test_methods_stop_in_a_comparison_as_they_do_alone():
    obs = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise="gaussian:bsnr=20", rng=0)
    names = ["richardson_lucy", "cgls", "landweber"]
    comparison = sd.compare(obs, methods=names)
    for name in names:
        alone = sd.deconvolve(obs, method=name)
        assert comparison.results[name].stop is alone.stop
        assert comparison.results[name].num_iter == alone.num_iter
        np.testing.assert_array_equal(comparison.results[name].x, alone.x)
    told = sd.compare(obs, methods={"cgls": {"num_iter": 3}})
    assert told.results["cgls"].num_iter == 3


def test_a_comparison_warns_of_a_kernel_that_does_not_sum_to_one(rng):
    with pytest.warns(sd.sanity.SanityWarning, match="psf sums to 9"):
        sd.compare(rng.random((20, 20)), np.ones((3, 3)), methods=["adjoint"])
