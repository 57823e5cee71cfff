"""What the automatic choice and its levels make of scenes that fool one number."""

import dataclasses

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import choice
from sigdeconv.noise import Poisson, identify_noise, is_flat
from sigdeconv.solvers.noise_level import noise_level
from sigdeconv.solvers.shape import are_counts


def relative(x, truth):
    return float(np.linalg.norm(x - truth) / np.linalg.norm(truth))


def instrument():
    """Return a line shape that goes below zero and stops all above a tenth of the frequencies."""
    k = np.arange(-50, 51)
    h = np.sinc(k / 5.0) * np.hanning(103)[1:-1]
    return h / h.sum()


@pytest.mark.slow
def test_smooth_lines_are_not_made_steps_that_explain_the_data_as_well():
    h, t = instrument(), np.arange(500)
    x = sum(
        a / (1 + ((t - c) / 4.0) ** 2) for a, c in ((1, 80), (0.8, 210), (0.6, 222), (0.9, 390))
    )
    y = np.convolve(x, h, "same") + 0.003 * np.random.default_rng(4).standard_normal(t.size)
    found = sd.deconvolve(y, h)
    assert relative(found.x[50:-50], x[50:-50]) < relative(y[50:-50], x[50:-50])


def test_steps_are_still_seen_through_that_line_shape():
    h = instrument()
    x = np.repeat([0.2, 1.0, 0.5, 0.8, 0.1], 100)
    y = np.convolve(np.pad(x, 50, "edge"), h, "valid")
    y += 0.003 * np.random.default_rng(5).standard_normal(x.size)
    found = sd.deconvolve(y, h)
    assert found.method == "tv"
    assert relative(found.x, x) < 0.3 * relative(y, x)


@pytest.mark.slow
def test_an_iteration_that_ends_far_below_the_noise_is_done():
    rng = np.random.default_rng(6)
    x = np.zeros((70, 60))
    x.flat[rng.integers(x.size, size=25)] = rng.uniform(0.3, 3, 25)
    seen = sd.simulate(x + 0.1, sd.psf.disk(3.0), noise=sd.Gaussian(1e-5), rng=0)
    found = sd.deconvolve(seen)
    assert not found.doubts
    assert relative(found.x, seen.truth_window) < 0.2 * relative(seen.y, seen.truth_window)


def test_flat_parts_say_that_there_is_no_noise():
    rng = np.random.default_rng(7)
    steps = np.repeat(rng.integers(20, 200, 14), rng.integers(9, 40, 14)).astype(float)
    seen = np.rint(sd.simulate(steps, sd.psf.gaussian((0.4,)), noise=None).y)
    assert is_flat(seen)
    assert not is_flat(seen + rng.standard_normal(seen.size))
    assert (
        noise_level(
            sd.Observation(seen, sd.Convolution.for_data(sd.psf.gaussian((0.4,)), seen.shape))
        )
        < 0.3
    )


def test_few_counts_are_told_from_other_whole_numbers():
    rng, t = np.random.default_rng(8), np.arange(120)
    line = 5 + 400 * np.exp(-(((t - 50) / 9) ** 2)) + 150 * np.exp(-(((t - 90) / 14) ** 2))
    assert isinstance(identify_noise(rng.poisson(line)), Poisson)
    even = np.maximum(np.rint(line + 3 * rng.standard_normal(t.size)), 0)
    assert not isinstance(identify_noise(even), Poisson)
    assert not isinstance(identify_noise(7 * rng.poisson(line)), Poisson)


@pytest.mark.parametrize("seed", range(3))
def test_noise_that_grows_does_not_drive_the_filter_out_of_proportion(seed):
    rng, t = np.random.default_rng(seed), np.arange(170)
    x = np.full(t.size, 0.2)
    x[rng.integers(30, 140, 3)] = rng.uniform(500, 2000, 3)
    h = sd.psf.gaussian((6.0,))
    y = rng.poisson(np.clip(np.convolve(x, h, "same"), 0, None)).astype(float)
    found = sd.wiener(y, h)
    assert np.std(found) * np.linalg.norm(h) < 2.5 * np.std(y)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["counts", "even noise"])
@pytest.mark.parametrize("scene", ["points", "discs"])
def test_dark_scenes_go_to_what_is_closer_to_the_truth(scene, kind):
    rng, (i, j) = np.random.default_rng(9), np.indices((80, 80))
    x = np.full((80, 80), 100.0)
    for a, b in rng.uniform(6, 74, (6, 2)):
        if scene == "points":
            x[int(a), int(b)] += 20000 * rng.uniform(0.3, 1)
        else:
            x[(i - a) ** 2 + (j - b) ** 2 < rng.uniform(5, 16)] += 3000
    psf = sd.psf.gaussian(1.8)
    seen = sd.simulate(x, psf, noise=None)
    y = rng.poisson(seen.y) if kind == "counts" else seen.y + rng.normal(0, 20, seen.y.shape)
    errors = {
        m: relative(sd.deconvolve(y, psf, method=m).x, seen.truth_window)
        for m in ("auto", "richardson_lucy", "tv", "wiener")
    }
    auto = errors.pop("auto")
    assert auto <= 1.02 * min(errors.values())


def test_counts_may_go_below_zero_where_a_level_was_taken_away():
    i, j = np.indices((60, 60)) - 30
    scene = 3 + 600 * np.exp(-(i**2 + 2 * j**2) / 200)
    seen = sd.simulate(scene, sd.psf.gaussian(1.2), noise=None)
    y = np.random.default_rng(10).poisson(seen.y).astype(float)
    assert are_counts(sd.Observation(y, seen.A))
    assert are_counts(sd.Observation(y - 2, seen.A))
    assert not are_counts(sd.Observation(y - 60, seen.A))


@pytest.mark.parametrize("taps", [(2, 2), (1, 3)])
def test_a_dark_scene_through_a_narrow_kernel_is_not_made_of_points(taps):
    scene = np.full((44, 46), 20.0)
    scene[8:14, 5:30], scene[25:40, 33:40] = 200, 120
    psf = np.ones(taps) / np.prod(taps)
    seen = sd.simulate(scene, psf, noise=0.01, rng=11)
    found = sd.deconvolve(seen.y, psf, centre=tuple(n // 2 for n in taps))
    assert found.method == "tv"
    assert relative(found.x, seen.truth_window) < 0.5 * relative(seen.y, seen.truth_window)


def test_lines_behind_a_slit_are_smooth_though_steps_explain_the_data_too():
    h = sd.psf.gaussian(3.0, ndim=1)
    rng, t = np.random.default_rng(25), np.arange(230)
    x = sum(
        a * np.exp(-(((t - c) / w) ** 2) / 2)
        for a, c, w in zip(
            rng.uniform(0.2, 1, 7), rng.uniform(20, 210, 7), rng.uniform(5, 12, 7), strict=True
        )
    )
    x -= 1.0  # no light
    y = np.convolve(np.pad(x, len(h) // 2, "edge"), h, "valid") + 0.04 * rng.standard_normal(t.size)
    errors = {m: relative(sd.deconvolve(y, h, method=m).x, x) for m in ("auto", "wiener", "tv")}
    assert errors["auto"] <= errors["wiener"] < 0.6 * errors["tv"]


def test_events_of_a_rise_and_a_decay_are_spikes_and_not_only_light():
    k = np.arange(100)
    h = np.exp(-k / 9.0) - np.exp(-k / 3.0)
    h /= h.sum()
    rng, x = np.random.default_rng(13), np.zeros(500)
    x[[40, 110, 260, 275, 390]] = rng.uniform(0.3, 1, 5)
    y = np.convolve(x, h)[:500] + 0.0007 * rng.standard_normal(500)
    found = sd.deconvolve(y, h, centre="start")
    assert relative(found.x, x) < 0.05


def test_steps_behind_a_box_of_a_third_of_the_data_are_not_doubted():
    x, n = np.repeat([0.3, 1.2, -0.7, 0.5, 0.1], [150, 130, 140, 100, 80]), 241
    box = np.full(n, 1 / n)
    y = np.convolve(np.pad(x, n // 2, "edge"), box, "valid")
    y += 1e-3 * np.random.default_rng(14).standard_normal(x.size)
    for method in ("tv", "hyper_laplacian"):
        found = sd.deconvolve(y, box, method=method)
        assert relative(found.x, x) < 0.6 * relative(y, x)
        assert not found.doubts


def test_what_is_in_doubt_is_told_and_not_run_again(monkeypatch):
    x = np.repeat([20.0, 90.0, 40.0, 70.0], 20)
    seen = sd.simulate(x, sd.psf.gaussian((1.2,)), noise=0.01, rng=12)
    asked = []
    error = choice.predicted_error

    def listed(obs, entry, result, variance):
        asked.append(entry.name)
        return error(obs, entry, result, variance)

    doubted = dataclasses.replace(sd.deconvolve(seen, method="tv"), doubts=("it is",))
    solve = choice._solve
    monkeypatch.setattr(choice, "predicted_error", listed)
    monkeypatch.setattr(
        choice, "_solve", lambda entry, *a: doubted if entry.name == "tv" else solve(entry, *a)
    )
    plan = choice.choose(seen)
    assert "tv" not in asked
    assert plan.method in asked
    assert "tv is in doubt" in plan.why
