"""Richardson-Lucy's acceleration and penalties: what falls, what is minimised, which weight."""

import dataclasses

import numpy as np
import pytest
import scipy.optimize
import scipy.special

import sigdeconv as sd
from sigdeconv.solvers.em import blocks
from sigdeconv.solvers.em import weight as search
from sigdeconv.solvers.em.acceleration import ACCELERATIONS
from sigdeconv.solvers.em.blocks import Blocks
from sigdeconv.solvers.em.part import telling_part
from sigdeconv.solvers.em.penalties import SquaredGradient
from sigdeconv.solvers.em.total_variation import TotalVariation
from tests.solvers._counts import matrix, small, solve

# Kernels here have sums of all kinds.
pytestmark = pytest.mark.filterwarnings("ignore:psf sums to")

FAST = [name for name in ACCELERATIONS if name != "none"]


@pytest.mark.parametrize(
    ("acceleration", "penalty"),
    [
        pytest.param(a, p, marks=() if (i - k) % 4 == 0 else pytest.mark.slow)
        for i, a in enumerate(ACCELERATIONS)
        for k, p in enumerate(("none", "tv", "quadratic", "entropy"))
    ],
)
def test_the_penalised_likelihood_never_falls(acceleration, penalty, photograph):
    found = solve(
        photograph,
        None,
        acceleration=acceleration,
        regularization=penalty,
        weight=0.02,
        num_iter=60,
    )
    d = np.array(found.history["divergence"])
    assert np.all(np.diff(d) <= 1e-12 * d[0]) and d[-1] < 0.2 * d[0]


@pytest.mark.parametrize("acceleration", FAST)
def test_fewer_evaluations_for_the_same_likelihood(acceleration, photograph):
    goal = solve(photograph, None, num_iter=100).history["divergence"][-1]
    found = solve(photograph, None, num_iter=35, acceleration=acceleration).history["divergence"]
    assert min(found) <= goal


@pytest.mark.slow
@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_all_converge_to_the_same_estimate(acceleration):
    y, A = small((8, 8), boundary="zero")
    dense = matrix(A)
    x = solve(y, A, acceleration=acceleration, num_iter=1500, history=False).domain
    slope = dense.T @ (1 - y.ravel() / (dense @ x.ravel()))
    # Karush, Kuhn and Tucker: no slope where there is light, none downwards where there is not.
    assert np.abs(slope * x.ravel()).max() < 1e-2 and slope.min() > -1e-3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weight", [1e-4, 1e-2])
def test_a_small_weight_of_entropy_bears_the_dark(weight, dtype):
    y = np.zeros((40, 40), dtype)
    y[20, 20] = 1000
    options = {"regularization": "entropy", "acceleration": "heavy-ball", "num_iter": 80}
    x = sd.richardson_lucy(y, sd.psf.gaussian(1.0), weight=weight, **options)
    assert np.isfinite(x).all() and x.sum() == pytest.approx(1000, rel=0.1)


def penalty_value(name, x, level):
    down, right = np.diff(x, axis=0), np.diff(x, axis=1)
    squares = np.zeros_like(x)
    squares[:-1] += down**2
    squares[:, :-1] += right**2
    if name == "tv":
        return np.sqrt(squares).sum()
    if name == "quadratic":
        return squares.sum() / (2 * level)
    return np.sum(scipy.special.kl_div(x, level))


@pytest.mark.slow
@pytest.mark.parametrize("acceleration", ["heavy-ball"])
@pytest.mark.parametrize("name", ["tv", "quadratic", "entropy"])
@pytest.mark.parametrize("weight", [0.05, 1.0])
def test_a_penalty_is_minimised(name, weight, acceleration):
    y, A = small((4, 4))
    dense = matrix(A)
    level = y.sum() / dense.sum()

    def objective(x):
        x = x.reshape(A.shape)
        fit = np.sum(scipy.special.kl_div(y, (dense @ x.ravel()).reshape(y.shape)))
        return fit + weight * penalty_value(name, x, level)

    options = {"regularization": name, "weight": weight, "acceleration": acceleration}
    found = solve(y, A, num_iter=800, **options)
    mine = objective(found.domain.ravel())
    assert found.history["divergence"][-1] == pytest.approx(mine, rel=1e-9)
    peer = scipy.optimize.minimize(
        objective,
        np.full(dense.shape[1], level),
        bounds=[(1e-9, None)] * dense.shape[1],
        options={"maxfun": 30_000, "maxiter": 1000},
    )
    assert mine <= peer.fun * (1 + 2e-4)


@pytest.mark.parametrize("shape", [(37,), (12, 9), (7, 6, 5), (1, 8)])
@pytest.mark.parametrize("kind", [TotalVariation, SquaredGradient])
@pytest.mark.parametrize("rows", [1, 4])
def test_a_penalty_does_not_see_blocks(kind, shape, rows, monkeypatch):
    rng = np.random.default_rng(7)
    x, e, gain = (rng.random(shape) + 0.1 for _ in range(3))
    e.flat[0] = x.flat[0] = 0
    found = {}
    for name, workers, block in (("whole", 1, x.size), ("blocks", 3, rows * x.size // shape[0])):
        monkeypatch.setattr(blocks, "BLOCK", block)
        penalty = kind(0.2, 0.6, Blocks(workers))
        first = penalty.step(x, e.copy(), gain)
        found[name] = first, penalty.step(first, e.copy(), gain)
        assert penalty.value(first) == pytest.approx(kind(0.2, 0.6, Blocks(1)).value(first))
    for one, other in zip(found["whole"], found["blocks"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-14)
        assert one.min() >= 0 and np.ptp(one) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tv", "quadratic", "entropy"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_penalty_knows_other_arrays(name, dtype):
    strict = pytest.importorskip("array_api_strict")
    y, A = small((9, 8))
    options = {"regularization": name, "weight": 0.2, "num_iter": 20, "acceleration": "heavy-ball"}
    here = solve(y.astype(dtype), A, **options).x
    there = solve(strict.asarray(y.astype(dtype)), A, **options).x
    assert here.dtype == dtype and there.dtype == getattr(strict, dtype)
    tol = 1e-3 if dtype == "float32" else 1e-10
    np.testing.assert_allclose(np.from_dlpack(there), here, rtol=tol)


@pytest.mark.parametrize("weight", [0.02, 0.3, 3.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_m_step_is_no_worse_than_none(weight, dtype):
    rng = np.random.default_rng(8)
    x = (0.2 + rng.random((20, 17))).astype(dtype)
    e = (x * rng.random(x.shape)).astype(dtype)
    gain = np.ones_like(x)
    penalty = TotalVariation(weight, float(x.mean()), Blocks(1))

    def surrogate(z):
        penalised = penalty_value("tv", z.astype(float), 1.0)
        return np.sum(z - e * np.log(z), dtype=float) + weight * penalised

    last, before = surrogate(x), x.copy()
    for _ in range(30):
        new = penalty.step(x, e.copy(), gain)
        assert surrogate(new) <= last + 1e-6 * abs(last)
    np.testing.assert_array_equal(x, before)
    flat = min(surrogate(np.full_like(x, v)) for v in np.linspace(0.2, 1.0, 81))
    assert surrogate(new) < (min(last, flat) if weight < 1 else last)


@pytest.mark.slow
def test_a_large_weight_makes_it_flat():
    y, A = small()
    for name in ("tv", "quadratic", "entropy"):
        x = solve(y, A, regularization=name, weight=1e4, num_iter=50).x
        assert np.all(np.isfinite(x)) and np.ptp(x) < 0.05 * x.mean()


@pytest.mark.slow
def test_the_automatic_weight_is_near_the_best_one(photograph):
    truth = photograph.truth_window
    options = {"regularization": "tv", "acceleration": "heavy-ball", "num_iter": 40}
    found = solve(photograph, None, **options)
    weight = found.parameters["weight"]
    psnr = [
        sd.metrics.psnr(truth, solve(photograph, None, weight=weight * 2.0**k, **options).x)
        for k in (-2, -1, 0, 1, 2)
    ]
    assert psnr[2] >= max(psnr) - 0.3
    plain = max(
        sd.metrics.psnr(truth, solve(photograph, None, num_iter=k).x) for k in range(4, 30, 2)
    )
    assert psnr[2] >= plain + 0.2


def few_are_enough(monkeypatch):
    """Let the search for a weight look at 64 x 64 samples."""
    small = dataclasses.replace(search.HELD_OUT, most_samples=64 * 64)
    monkeypatch.setattr(search, "HELD_OUT", small)


@pytest.mark.slow
def test_the_weight_of_large_data_is_that_of_a_part(photograph, monkeypatch):
    y, psf = photograph.y, photograph.A.psf
    options = {"regularization": "tv", "num_iter": 1, "background": np.full(y.shape, 0.1)}
    whole = solve(y, psf, **options).parameters["weight"]
    few_are_enough(monkeypatch)
    part = telling_part([(y, photograph.A)], 64 * 64, 64 * 64)
    assert [s.stop - s.start for s in part] == [64, 64]
    found = solve(y, psf, **options).parameters["weight"]
    cropped = solve(y[part], psf, **(options | {"background": 0.1})).parameters["weight"]
    assert found == pytest.approx(cropped, rel=1e-6) and found != whole
    assert 0.4 * whole < found < 2.5 * whole


@pytest.mark.slow
def test_the_weight_knows_of_views_and_damping(photograph, monkeypatch):
    y, psf = photograph.y, photograph.A.psf
    other = sd.psf.gaussian((1.6, 1.0))
    again = sd.simulate(photograph.truth, other, noise="poisson:gain=1", rng=5)
    room = [(a - b) // 2 for a, b in zip(again.y.shape, y.shape, strict=True)]
    z = again.y[tuple(slice(r, r + n) for r, n in zip(room, y.shape, strict=True))]
    options = {"regularization": "tv", "num_iter": 1}
    for part in (False, True):
        if part:
            few_are_enough(monkeypatch)
        alone = solve(y, psf, **options).parameters["weight"]
        both = solve(y, psf, views=[(z, other)], **options).parameters["weight"]
        damped = solve(y, psf, damping=3.0, **options).parameters["weight"]
        assert len({alone, both, damped}) == 3
        assert 0.2 * alone < both < 5 * alone


def test_without_noise_there_is_no_penalty():
    y = np.full((20, 20), 7.5)
    found = solve(y, np.ones((3, 3)) / 9, regularization="tv")
    assert found.parameters["weight"] == 0.0 and np.abs(found.x - 7.5).max() < 0.1
