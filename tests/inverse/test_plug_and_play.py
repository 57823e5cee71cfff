"""Denoisers plugged in: each is better than the data, any callable serves, none can diverge."""

import dataclasses
import importlib
import itertools

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.operators import fold
from sigdeconv.priors import Denoiser
from sigdeconv.priors._block_transforms import haar, wavelet
from sigdeconv.priors.block_matching import BlockFilter, BlockGroups, block_matching
from sigdeconv.solvers.variational import antithetic as antithetic_module
from sigdeconv.solvers.variational.antithetic import AntitheticPair, best_shares
from sigdeconv.solvers.variational.blocks import SCHEDULE, DataStep
from sigdeconv.solvers.variational.grid import make_variational_grid
from sigdeconv.solvers.variational.half_quadratic import DENOISED, Accuracy
from sigdeconv.solvers.variational.problem import VariationalProblem, make_admm

block_matching_module = importlib.import_module("sigdeconv.priors.block_matching")

SCENE = sd.datasets.camera()[100:164, 160:226]
PSF = sd.psf.gaussian(1.2)


@pytest.mark.slow
# On a mirrored crop this small total variation, its weight by cross-validation, is as good.
@pytest.mark.parametrize(
    ("boundary", "ahead"), [("unknown", 0.5), ("periodic", 0.5), ("reflect", -0.1)]
)
def test_better_than_total_variation_on_a_photograph(boundary, ahead):
    obs = sd.simulate(SCENE, PSF, noise=0.03, rng=0, boundary=boundary)
    plugged = sd.deconvolve(obs, method="plug_and_play").x
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, plugged) > sd.metrics.psnr(truth, sd.tv(obs.y, obs.A)) + ahead


@pytest.mark.parametrize("name", ["nl_means", "tv_chambolle"])
def test_denoisers_of_scikit_image(name):
    obs = sd.simulate(SCENE, PSF, noise=0.03, rng=0)
    x = sd.deconvolve(obs, method="plug_and_play", denoiser=name).x
    truth = obs.truth_window
    assert sd.metrics.psnr(truth, x) > sd.metrics.psnr(truth, obs.y) + 1


def test_with_a_linear_denoiser_it_stays_bounded():
    """One that amplifies is what the theory forbids; the number of stages bounds even that."""
    y = sd.simulate(SCENE, PSF, noise=0.03, rng=0).y
    told = []

    def denoise(x, sigma):
        told.append(sigma)
        return 1.5 * x

    assert np.abs(sd.plug_and_play(y, PSF, denoiser=denoise, noise=0.03)).max() < 1e4
    assert np.all(np.diff(told) <= 0) and told[-1] == pytest.approx(0.03)


@pytest.mark.parametrize("shape", [(150,), (40, 41), (14, 15, 16)])
def test_block_matching_removes_noise_of_any_dimension(shape, rng):
    x = np.zeros(shape)
    x[tuple(slice(n // 4, 3 * n // 4) for n in shape)] = 10.0
    y = x + rng.standard_normal(shape)
    found = block_matching(y, 1.0)
    assert np.mean((found - x) ** 2) < 0.35 * np.mean((y - x) ** 2)
    np.testing.assert_allclose(block_matching(np.full(shape, 3.0), 1.0), 3.0, atol=1e-9)
    assert block_matching(y.astype(np.float32), 1.0).dtype == np.float32


@pytest.mark.parametrize("n", [2, 4, 8, 16])
def test_wavelet_blocks_keep_the_noise_and_know_the_mean(n, rng):
    matrix = wavelet(n)
    np.testing.assert_allclose(np.sum(matrix**2, axis=1), 1)
    np.testing.assert_allclose(matrix[0], n**-0.5)
    np.testing.assert_allclose(matrix[1:] @ np.ones(n), 0, atol=1e-12)
    np.testing.assert_allclose(matrix[n // 2, 0:2], [0.5**0.5, -(0.5**0.5)])
    assert np.linalg.cond(matrix) < 4
    x = rng.standard_normal((3, n, 5))
    coefficients = haar(x.copy())
    assert np.sum(coefficients**2) == pytest.approx(np.sum(x**2))
    np.testing.assert_allclose(coefficients[:, 0], x.sum(axis=1) / n**0.5)
    np.testing.assert_allclose(haar(coefficients, inverse=True), x)


@pytest.mark.parametrize("shape", [(70,), (30, 41), (12, 13, 14)])
def test_the_filter_is_that_of_its_definition(shape, rng):
    """Beside loops over groups: distances, stacks, thresholds, weighted sums; in small pieces."""
    x = rng.standard_normal(shape).cumsum(axis=-1)
    blocks = {1: BlockGroups(8, 4, 9, 4), 2: BlockGroups(4, 2, 3, 8), 3: BlockGroups(2, 2, 1, 4)}
    filtered = BlockFilter(shape, blocks[len(shape)])
    shift = tuple(s - 1 for s in filtered.step)
    filtered.regroup(x, shift)
    found = filtered.threshold(x, 0.5)
    expected = _by_loops(x, 0.5, blocks[len(shape)], shift)
    # Near the border a block and its mirror image may be equally alike.
    inside = (slice(4, -4),) * len(shape)
    np.testing.assert_allclose(found[inside], expected[inside], atol=2e-5)


def test_pieces_make_no_difference(rng, monkeypatch):
    x = rng.standard_normal((90, 33))
    whole = block_matching(x, 0.7)
    small = dataclasses.replace(block_matching_module.BLOCKS, values=1 << 14, chunk=1 << 12)
    monkeypatch.setattr(block_matching_module, "BLOCKS", small)
    np.testing.assert_allclose(block_matching(x, 0.7), whole, atol=1e-5)


def _by_loops(x, sigma, blocks, shift):
    """Return what the threshold leaves, block by block."""
    size, reach, n = blocks.size, blocks.reach, x.ndim
    wide = np.pad(x, 30, mode="symmetric")
    total, weight = np.zeros_like(wide), np.zeros_like(wide)
    matrix, window = np.ones((1, 1)), np.ones(1)
    for _ in range(n):
        matrix = np.kron(matrix, wavelet(size))
        window = np.outer(window, np.kaiser(size, 2.0)).ravel()

    def at(corner):
        return tuple(slice(c, c + size) for c in corner)

    offsets = list(itertools.product(range(-reach, reach + 1), repeat=n))
    starts = [
        range(30 - s, 30 + m - size + blocks.step, blocks.step)
        for s, m in zip(shift, x.shape, strict=True)
    ]
    for home in itertools.product(*starts):
        corners = [tuple(np.add(home, o)) for o in offsets]
        corners.sort(key=lambda c: np.sum((wide[at(c)] - wide[at(home)]) ** 2))
        corners = corners[: blocks.count]
        stack = haar(np.stack([matrix @ wide[at(c)].ravel() for c in corners])[None])
        kept = np.abs(stack) > 2.5 * sigma
        kept[0, 0, 0] = True
        parts = haar(stack * kept, inverse=True)[0] @ np.linalg.inv(matrix).T
        for corner, part in zip(corners, parts, strict=True):
            total[at(corner)] += (part * window).reshape((size,) * n) / kept.sum()
            weight[at(corner)] += window.reshape((size,) * n) / kept.sum()
    widths = [(30, 30)] * n
    return fold(total, widths, "reflect") / fold(weight, widths, "reflect")


def test_the_weight_is_the_least_that_lets_through_no_more_than_the_threshold_removes():
    obs = sd.simulate(SCENE, PSF, noise=0.03, rng=0)
    step = DataStep(make_variational_grid(obs.A, obs.y), 0.03)
    full = np.abs(obs.A.transfer(obs.y, full_spectrum=True, shape=step.periodic.shape)) ** 2
    sigmas = np.geomspace(0.01, 1, 12)
    found = [step.weight(s) for s in sigmas]
    for sigma, weight in zip(sigmas, found, strict=True):
        rho = weight * (0.03 / sigma) ** 2
        through = 0.03 * np.sqrt(np.mean(full / (full + rho) ** 2))
        assert step.noise(rho) == pytest.approx(through)
        if SCHEDULE.least < weight < SCHEDULE.most:
            assert through == pytest.approx(0.4 * sigma, rel=2e-3)
    assert min(found) >= SCHEDULE.least and max(found) <= SCHEDULE.most


@pytest.mark.parametrize("case", ["periodic", "unknown", "weighted"])
def test_the_mixture_has_the_least_error_though_no_truth_is_known(case):
    """Of linear estimates, too smooth and too noisy: beside every mixture against the truth."""
    boundary = "periodic" if case == "periodic" else "unknown"
    mask = None if case != "weighted" else np.linspace(0.3, 1.0, 56)
    obs = sd.simulate(SCENE, PSF, noise=0.05, rng=0, boundary=boundary)
    grid = make_variational_grid(obs.A, obs.y)
    problem = VariationalProblem(Denoiser())
    mask = None if mask is None else np.broadcast_to(mask, obs.y.shape)
    noise = obs.y - obs.A(obs.truth)
    y = obs.y if mask is None else obs.y - noise + noise / mask  # noisy as the weights say
    pair = AntitheticPair(
        make_admm(grid, problem.data_term(y, mask), problem, 1.0), noise.std(), 0.4
    )
    flat = tuple(0 * u + y.mean() for u in pair.estimates)
    found = [tuple(u + 0 for u in pair.solve(rho, flat)) for rho in (1.0, 0.1, 1e-3)]
    mixed = grid.domain_of(pair.mixture(found, 0.1))
    power = np.abs(grid.periodic.otf) ** 2 + 0.1

    def error(u):
        e = (obs.A(u) - obs.A(obs.truth)) * (1.0 if mask is None else mask)
        whole = np.zeros(grid.shape)
        whole[grid.window] = e
        return grid.periodic.inner(grid.to_spectrum(whole), grid.to_spectrum(whole) / power)

    means = [grid.domain_of((a + b) / 2) for a, b in found]
    shares = [
        s for s in itertools.product(np.linspace(0, 1, 11), repeat=3) if abs(sum(s) - 1) < 0.01
    ]
    best = min(error(sum(a * m for a, m in zip(s, means, strict=True))) for s in shares)
    assert error(mixed) < 1.03 * best
    assert error(mixed) < 0.9 * min(error(m) for m in means[::2])


def test_shares_are_the_best_of_the_simplex(rng):
    for size in (1e-9, 1, 1, 1, 1e9):
        a = size * rng.standard_normal((6, 2))
        b = a.T @ (size * rng.standard_normal(6))
        shares = best_shares(a.T @ a, b)
        assert shares.min() >= 0 and shares.sum() == pytest.approx(1)
        tried = rng.dirichlet([0.5, 0.5, 0.5], 2000)[:, 1:]
        values = np.einsum("ki,ij,kj->k", tried, a.T @ a, tried) - 2 * tried @ b
        s = shares[1:]
        assert s @ (a.T @ a) @ s - 2 * b @ s <= values.min() + 1e-9 * size**2
    # Two estimates that are the same share what is theirs.
    same = best_shares(np.ones((2, 2)), np.array([0.5, 0.5]))
    assert same[0] == pytest.approx(0.5)


@pytest.mark.slow
def test_the_border_is_solved_for(monkeypatch):
    """A kernel with a long tail barely sees the outermost samples, which converge last."""
    i = np.arange(-5, 6)
    obs = sd.simulate(SCENE, 1 / (1 + i[:, None] ** 2 + i**2), noise="gaussian:bsnr=35", rng=0)
    truth = obs.truth_window

    def quality(error):
        monkeypatch.setattr(antithetic_module, "DENOISED", Accuracy(error, 2000))
        return sd.metrics.psnr(truth, sd.plug_and_play(obs.y, obs.A))

    usual, exact = quality(DENOISED.error), quality(DENOISED.error / 10)
    assert usual > exact - 0.1
    assert usual > quality(10 * DENOISED.error) + 0.1


def test_bad_denoisers_are_named():
    y = np.ones((12, 13))
    for wrong, kind in [("bm9d", ValueError), (3, TypeError), (lambda x, s: x[:2], ValueError),
                        (lambda x, s: x * np.nan, ValueError)]:  # fmt: skip
        with pytest.raises(kind, match="denoiser"):
            sd.plug_and_play(y, PSF, denoiser=wrong)
    with pytest.raises(TypeError, match="weight"):
        sd.plug_and_play(y, PSF, weight=[1.0])
    assert Denoiser().can == ("prox",)
