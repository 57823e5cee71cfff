"""Stopping rules: what each looks at, how they combine, which iteration held-out data choose."""

import dataclasses
import math

import numpy as np
import pytest
import scipy.special

import sigdeconv as sd
from sigdeconv import stopping
from sigdeconv.solvers.em import run as em_run
from sigdeconv.solvers.em.acceleration import ACCELERATIONS, Course
from sigdeconv.solvers.em.run import em_iteration
from sigdeconv.solvers.em.settings import EMSettings
from sigdeconv.stopping import (
    Discrepancy,
    Earlier,
    MaxIter,
    PoissonDiscrepancy,
    RelativeChange,
    Stalled,
    State,
    StopReason,
    Thinning,
    Whiteness,
    divergence,
    mismatch,
    split,
)
from sigdeconv.stopping._misfit import bounded, level_of, mismatch_by_place


@pytest.fixture(scope="module")
def obs():
    scene = sd.datasets.camera()[60:180, 160:270]
    return sd.simulate(scene, sd.psf.gaussian((1.8, 1.3)), noise="poisson:300", rng=1)


def run(obs, **options):
    return sd.deconvolve(obs, method="richardson_lucy", **options)


def predictions(obs, k):
    return [obs.A(run(obs, num_iter=n).domain) for n in (k - 1, k)]


def test_divergence_is_that_of_scipy():
    rng = np.random.default_rng(0)
    y, m = rng.poisson(2.0, (20, 7)).astype(float), rng.random((20, 7)) + 0.1
    assert divergence(y, m) == pytest.approx(np.sum(scipy.special.kl_div(y, m)))


def test_the_first_of_two_or_the_last_of_two(obs):
    assert run(obs, stop=MaxIter(3) | MaxIter(5)).num_iter == 3
    assert run(obs, stop=MaxIter(3) & MaxIter(5)).num_iter == 5
    found = run(obs, stop=RelativeChange(0.05) | MaxIter(40))
    assert found.stop is StopReason.CONVERGED and 1 < found.num_iter < 40
    both = run(obs, stop=RelativeChange(0.05) & MaxIter(found.num_iter + 2))
    assert both.num_iter == found.num_iter + 2


@pytest.mark.slow
def test_discrepancies_stop_at_the_noise(obs):
    y = obs.y

    def pearson(m):
        return np.mean((y - m) ** 2 / m)

    def squares(m):
        return np.sqrt(np.mean((y - m) ** 2))

    sigma = float(np.sqrt(y.mean()))
    for rule, statistic, level in (
        (PoissonDiscrepancy(), pearson, 1.0),
        (PoissonDiscrepancy(factor=1.1), pearson, 1.1),
        (Discrepancy(sigma), squares, sigma),
    ):
        found = run(obs, stop=rule, num_iter=100)
        assert found.stop is StopReason.DISCREPANCY and found.num_iter > 1
        before, at = predictions(obs, found.num_iter)
        assert statistic(at) <= level < statistic(before)


def test_the_gain_is_the_unit_of_a_count(obs):
    scaled = sd.Observation(obs.y / 50, obs.A)
    counts = run(obs, stop=PoissonDiscrepancy(), num_iter=100).num_iter
    assert run(scaled, stop=PoissonDiscrepancy(gain=1 / 50), num_iter=100).num_iter == counts


def test_whiteness_stops_when_neighbours_are_not_correlated(obs):
    found = run(obs, stop=Whiteness(), num_iter=200)
    assert found.stop is StopReason.WHITE and found.num_iter > 1

    def correlation(m):
        r = (obs.y - m) / np.sqrt(m)
        r -= r.mean()
        return np.mean(r[1:] * r[:-1]) + np.mean(r[:, 1:] * r[:, :-1])

    before, at = predictions(obs, found.num_iter)
    assert correlation(at) <= 0 < correlation(before)


def test_stalled_compares_the_last_two_divergences(obs):
    rule = Stalled(0.02)
    found = [run(obs, stop=rule, num_iter=100) for _ in range(2)]  # no memory between runs
    assert found[0].num_iter == found[1].num_iter > 2
    assert found[0].stop is StopReason.STALLED
    d = found[0].history["divergence"]
    assert d[-2] - d[-1] <= 0.02 * d[-1] and d[-3] - d[-2] > 0.02 * d[-2]


@pytest.mark.slow
@pytest.mark.parametrize("fraction", [0.3, 0.6])
def test_counts_are_split_into_independent_counts(fraction):
    y = np.random.default_rng(2).poisson(20.0, 200_000).astype(float)
    first, second = split(y, fraction, rng=0)
    np.testing.assert_allclose(fraction * first + (1 - fraction) * second, y)
    np.testing.assert_allclose(fraction * first, np.rint(fraction * first))
    for part, share in ((first, fraction), (second, 1 - fraction)):
        assert part.mean() == pytest.approx(20, rel=0.01)
        assert part.var() == pytest.approx(20 / share, rel=0.02)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.01


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_other_data_are_split_by_their_noise(kind):
    rng = np.random.default_rng(3)
    clean = np.add.outer(np.linspace(-5, 5, 200), np.linspace(0, 3, 210))
    noise = rng.standard_normal(clean.shape)
    y = clean + noise
    if kind == "complex":
        y = y + 1j * rng.standard_normal(clean.shape)
    first, second = split(y, 0.5, rng=0)
    np.testing.assert_allclose(0.5 * (first + second), y)
    a, b = (first - clean).real.ravel(), (second - clean).real.ravel()
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.05


@pytest.mark.parametrize("shape", [(31,), (12, 9), (12, 10), (6, 5, 8)])
def test_the_misfit_is_a_filtered_residual(shape):
    rng = np.random.default_rng(4)
    held, Ax, mask = (rng.random(shape) for _ in range(3))
    psf = rng.random((3,) * len(shape))
    rest = (Ax - held) * mask
    otf = np.abs(np.fft.fftn(psf, shape, axes=range(psf.ndim))) / psf.sum()
    full = np.fft.fftn(rest - rest.mean()) / np.maximum(otf, 0.4)
    assert mismatch(held, Ax, psf, mask) == pytest.approx(np.sum(np.abs(full) ** 2), rel=1e-9)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(70,), (19, 23), (16, 24), (5, 9, 10)])
def test_places_share_the_misfit(shape, dtype):
    rng = np.random.default_rng(5)
    held, Ax, mask = (rng.random(shape).astype(dtype) for _ in range(3))
    held = held * (1 + 0.5j if dtype is complex else 1)
    psf = rng.random((3,) * len(shape))
    found = mismatch_by_place(held, Ax, psf, mask.real)
    assert found.size > 1 and found.min() > 0
    assert found.sum() == pytest.approx(mismatch(held, Ax, psf, mask.real), rel=1e-9)


def test_a_place_counts_twice_its_limit_at_most():
    terms = np.array([0.5, 1.0, 2.0, 4.0, 1e9])
    assert bounded(terms, math.inf) == terms.sum()
    assert bounded(terms, 1.0) == pytest.approx(0.5 + 1 + 1.5 + 1.75 + 2)
    assert level_of(np.array([1.0] * 19 + [1e9]), 1.5) == pytest.approx(1.5)
    assert level_of(np.zeros(4), 1.5) == math.inf


def with_star(times, peak=100):
    scene = sd.datasets.camera()[60:210, 160:310].astype(float)
    white = scene.max()
    scene[90, 60] += times * white
    return sd.simulate(scene * peak / white, sd.psf.gaussian(1.6), noise="poisson:gain=1", rng=2)


@pytest.mark.slow
def test_a_limit_lets_the_faint_part_decide():
    faint = np.ones(with_star(0).y.shape, bool)
    faint[60:110, 30:80] = False
    number = {}
    for times in (0, 100):
        obs = with_star(times)
        error = []
        run(
            obs,
            acceleration="heavy-ball",
            num_iter=30,
            callback=lambda k, x, obs=obs, error=error: error.append(
                np.mean((x[obs.A.window] - obs.truth_window)[faint] ** 2)
            ),
        )
        for limit in (math.inf, 1.5):
            found = run(obs, acceleration="heavy-ball", stop=Thinning(limit=limit))
            number[times, limit] = found.num_iter
            if times and limit < math.inf:
                assert error[found.num_iter - 1] < 1.25 * min(error)
    assert abs(number[0, math.inf] - number[0, 1.5]) <= 1
    assert number[100, math.inf] > 2 * number[100, 1.5]


@pytest.mark.slow
def test_a_limit_does_not_end_a_run_without_noise_early():
    scene = sd.datasets.camera()[60:160, 160:260]
    obs = sd.simulate(scene, sd.psf.gaussian(1.6))
    free, held = (
        run(obs, acceleration="heavy-ball", num_iter=25, stop=Thinning(limit=limit)).num_iter
        for limit in (math.inf, 1.5)
    )
    assert held >= free - 1 > 10


@pytest.mark.slow
@pytest.mark.parametrize("acceleration", ["none", "biggs-andrews"])
@pytest.mark.parametrize("peak", [30, 1000])
def test_auto_is_near_the_best_iteration(acceleration, peak):
    scene = sd.datasets.camera()[60:180, 160:270]
    obs = sd.simulate(scene, sd.psf.gaussian((1.8, 1.3)), noise=f"poisson:{peak}", rng=1)
    psnr = []
    run(
        obs,
        acceleration=acceleration,
        num_iter=60,
        callback=lambda k, x: psnr.append(sd.metrics.psnr(obs.truth_window, x[obs.A.window])),
    )
    found = run(obs, acceleration=acceleration, stop="auto")
    assert found.stop is StopReason.HELD_OUT
    assert psnr[found.num_iter - 1] >= max(psnr) - 0.3
    held = run(obs, acceleration=acceleration, stop=Thinning()).num_iter
    assert psnr[held - 1] >= max(psnr) - 0.3


@pytest.mark.slow
def test_rules_see_the_data_as_they_came_beside_readout_noise(obs):
    y = obs.y + np.random.default_rng(6).normal(0, 20, obs.y.shape)
    sigma = float(np.sqrt(y.mean() + 400))
    found = sd.deconvolve(
        y,
        obs.A,
        method="richardson_lucy",
        readout_noise=20.0,
        stop=Discrepancy(sigma) | PoissonDiscrepancy(readout_noise=20.0),
        num_iter=100,
    )
    rms = np.sqrt(np.mean((y - obs.A(found.domain)) ** 2))
    assert found.stop is StopReason.DISCREPANCY and found.num_iter > 1
    assert rms == pytest.approx(sigma, rel=0.05)
    assert found.history["residual"][-1] == pytest.approx(rms * y.size**0.5 / np.linalg.norm(y))
    auto = sd.deconvolve(y, obs.A, method="richardson_lucy", readout_noise=20.0)
    assert auto.stop is StopReason.HELD_OUT and 1 < auto.num_iter < 30


@pytest.mark.parametrize("acceleration", ["none", "biggs-andrews", "heavy-ball", "squarem"])
def test_the_estimate_of_the_least_score_comes_back(obs, acceleration):
    seen = []
    found = run(
        obs, acceleration=acceleration, stop="auto", callback=lambda k, x: seen.append(x + 0)
    )
    assert found.stop is StopReason.HELD_OUT and len(seen) > found.num_iter > 1
    assert np.array_equal(found.domain, seen[found.num_iter - 1])
    again = run(obs, acceleration=acceleration, num_iter=found.num_iter)
    assert np.array_equal(found.domain, again.domain)
    assert len(found.history["residual"]) == found.num_iter + 1
    assert found.history["divergence"] == again.history["divergence"]


@pytest.mark.parametrize("acceleration", ["biggs-andrews", "heavy-ball", "squarem"])
def test_a_run_beside_another_takes_its_decisions(obs, acceleration):
    settings = EMSettings(acceleration=ACCELERATIONS[acceleration])
    for y in (obs.y, obs.y + np.random.default_rng(0).normal(0, 1e-9, obs.y.shape)):
        steps = em_iteration([(obs.y, obs.A)], settings)
        beside = steps.beside().steps(y)
        pairs = [(next(steps)[0] + 0, next(beside)[0] + 0) for _ in range(15)]
        assert all(np.allclose(a, b, rtol=1e-6) for a, b in pairs)
    decisions = Course()
    assert decisions.decide(lambda: 3) == 3 and Course(decisions).decide(lambda: 4) == 3


def test_a_part_of_large_data_tells_the_freedom(monkeypatch):
    y = sd.simulate(
        sd.datasets.coins()[:190, :190], sd.psf.gaussian(1.8), noise="poisson:200", rng=5
    )
    whole = run(y, stop="auto", acceleration="heavy-ball").num_iter
    monkeypatch.setattr(em_run, "BESIDE_ALL", 1000)
    monkeypatch.setattr(em_run, "BESIDE_PART", 80 * 80)
    assert abs(run(y, stop="auto", acceleration="heavy-ball").num_iter - whole) <= 1
    part = em_iteration([(y.y, y.A)], EMSettings()).beside()
    assert [s.stop - s.start for s in part.part] == [80, 80] and part.reach == (8, 8)


def test_masked_data_have_no_say_in_the_stop(obs):
    mask = np.ones(obs.y.shape)
    mask[20:60, 30:70] = 0
    filled = np.where(mask > 0, obs.y, 1e5)
    found = [run(dataclasses.replace(obs, y=y, A=obs.A, mask=mask)) for y in (obs.y, filled)]
    assert found[0].num_iter == found[1].num_iter
    assert np.allclose(found[0].x, found[1].x)


def test_without_noise_there_is_no_end():
    clean = sd.simulate(sd.datasets.coins()[:40, :40], sd.psf.box(3))
    flat = dataclasses.replace(clean, y=np.zeros(clean.y.shape))
    assert run(flat, stop="auto", num_iter=4).num_iter <= 4


def test_both_hold_for_the_estimate_that_is_there():
    x = np.ones(2)
    early = Earlier(StopReason.HELD_OUT, State(1, x, x, None, x))
    assert (MaxIter(1) | MaxIter(1)).join(early, None) is early
    assert (MaxIter(1) & MaxIter(1)).join(StopReason.MAX_ITER, early) is StopReason.HELD_OUT
    assert (MaxIter(1) & MaxIter(1)).join(None, early) is None


def test_every_public_name_has_an_example():
    for name in stopping.__all__:
        made = getattr(stopping, name)
        assert not callable(made) or "Examples\n" in made.__doc__, name


@pytest.mark.slow
def test_num_iter_bounds_the_trial_run_too(obs):
    found = run(obs, stop="auto", num_iter=2)
    assert found.num_iter == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MaxIter(-1), "num_iter"),
        (lambda: RelativeChange(-1.0), "tol"),
        (lambda: PoissonDiscrepancy(gain=0.0), "above 0"),
        (lambda: Stalled(float("nan")), "at least 0"),
        (lambda: Whiteness(-2.0), "at least -1"),
        (lambda: Thinning(fraction=1.0), "fraction"),
        (lambda: Thinning(patience=0.5), "at least 1"),
        (lambda: Thinning(limit=0.0), "limit"),
        (lambda: Thinning(limit=float("nan")), "limit"),
    ],
)
def test_bad_arguments_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_stop_that_is_no_rule_is_refused(obs):
    with pytest.raises(ValueError, match="'auto'"):
        run(obs, stop="best")
    with pytest.raises(TypeError, match="num_iter"):
        run(obs, stop=30)
