"""Every registered prior: the proximal map against brute force, the map against its adjoint."""

import inspect

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from sigdeconv import Convolution, dot_test, priors
from sigdeconv.operators.wavelet import FrameTransform, filter_bank
from sigdeconv.priors import GroupSparsity, HessianSchatten, HyperLaplacian
from sigdeconv.solvers.variational.grid import make_variational_grid

OPTIONS = {
    "tv": [{}, {"kind": "anisotropic"}, {"kind": "huber", "edge": 0.4}, {"joint": 1}],
    "hyper_laplacian": [
        {"exponent": p, "kind": kind}
        for p in (0.3, 0.5, 2 / 3, 0.8, 1.0)
        for kind in ("isotropic", "anisotropic")
    ],
    "wavelet_frame": [{}, {"wavelet": "haar", "levels": 3}, {"wavelet": "db2"}],
    "box": [{"low": -0.2, "high": 0.5}],
    "group_sparsity": [{"ndim": 2}],
}
PRICED = [name for name in priors.registry if "value" in priors.prior(name).can]
MAKES = [(name, o) for name in PRICED for o in OPTIONS.get(name, [{}])]


def grid(shape):
    y = np.zeros(shape)
    return make_variational_grid(
        Convolution.for_data(np.ones((1,) * len(shape)), shape, boundary="periodic"), y
    )


@pytest.mark.parametrize(("name", "options"), MAKES)
def test_prox_is_the_minimiser(name, options, rng):
    """No random nearby point, and none that an optimiser finds, is better."""
    prior = priors.prior(name, **options)
    shape = (2, 3, 1, 1) if prior.joint or name == "group_sparsity" else (2, 3)
    shape = (3, 3) if name == "hessian_schatten" else shape
    c, step = rng.standard_normal(shape), 0.7

    def price(z):
        return step * prior.value(z) + np.sum((z - c) ** 2) / 2

    z = prior.prox(c, step)
    best = price(z)
    assert np.isfinite(best) and z.shape == c.shape
    for size in (1e-6, 1e-3, 0.1, 1.0):
        for _ in range(50):
            assert price(z + size * rng.standard_normal(shape)) >= best - 1e-12
    found = minimize(lambda v: price(v.reshape(shape)), z.ravel(), method="Nelder-Mead")
    assert found.fun >= best - 1e-9
    np.testing.assert_array_equal(prior.prox(np.zeros(shape), step), np.clip(0, *_bounds(prior)))


def _bounds(prior):
    return (getattr(prior, "low", -np.inf), getattr(prior, "high", np.inf))


@pytest.mark.parametrize("exponent", [0.25, 0.5, 2 / 3, 0.9])
def test_hyper_laplacian_is_the_global_minimum(exponent):
    prior = HyperLaplacian(exponent)
    for v in np.linspace(-4, 4, 33):
        for step in (0.01, 0.5, 2.0):

            def price(z, v=v, step=step):
                return step * abs(z) ** exponent + (z - v) ** 2 / 2

            near = minimize_scalar(
                price, bounds=sorted((v / 2, v)), method="bounded", options={"xatol": 1e-12}
            )
            least = min(price(0.0), near.fun)
            assert price(float(prior.prox(np.array([v]), step)[0])) <= least + 1e-9


@pytest.mark.parametrize("shape", [(9,), (6, 7), (4, 5, 6)])
@pytest.mark.parametrize("name", priors.registry)
def test_linear_map_and_its_gain(name, shape, rng):
    prior = priors.prior(name)
    periodic = grid(shape)
    linear = prior.linear_map(periodic)

    def forward(x):
        return linear.forward(periodic.to_spectrum(x) if linear.in_spectrum else x)

    def adjoint(c):
        back = linear.adjoint(c)
        return periodic.to_signal(back) if linear.in_spectrum else back

    fields = prior.auxiliaries(len(shape))
    whole = (1 + fields, *shape) if fields else shape
    parts = forward(np.zeros(whole)).shape
    assert dot_test(forward, adjoint, whole, parts).passed
    if fields:  # which no grid makes diagonal
        with pytest.raises(NotImplementedError):
            _ = linear.gain
        return
    x = rng.standard_normal(shape)
    filtered = periodic.to_signal(periodic.to_spectrum(x) * linear.gain)
    np.testing.assert_allclose(adjoint(forward(x)), filtered, atol=1e-12)


def test_schatten_is_the_sum_of_eigenvalues_in_three_dimensions(rng):
    c = rng.standard_normal((6, 4))
    matrices = np.zeros((4, 3, 3))
    for i, (k, m) in enumerate([(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]):
        entry = c[i] if k == m else c[i] / 2**0.5
        matrices[:, k, m] = matrices[:, m, k] = entry
    expected = np.abs(np.linalg.eigvalsh(matrices)).sum()
    assert HessianSchatten().value(c) == pytest.approx(expected)
    z = HessianSchatten().prox(c, 0.3)
    best = 0.3 * HessianSchatten().value(z) + np.sum((z - c) ** 2) / 2
    for _ in range(100):
        w = z + 0.01 * rng.standard_normal(c.shape)
        assert 0.3 * HessianSchatten().value(w) + np.sum((w - c) ** 2) / 2 >= best


@pytest.mark.parametrize("wavelet", ["linear", "cubic", "haar", "db2"])
@pytest.mark.parametrize("shape", [(16,), (9, 12), (1, 8), (4, 6, 5)])
def test_frames_are_parseval(wavelet, shape, rng):
    bank = filter_bank(shape, wavelet, 2)
    np.testing.assert_allclose(np.sum(np.abs(bank) ** 2, axis=0), 1, atol=1e-12)
    W = FrameTransform(shape, wavelet, 2)
    x = rng.standard_normal(shape)
    np.testing.assert_allclose(W.adjoint(W(x)), x, atol=1e-12)
    assert dot_test(W.forward, W.adjoint, W.shape, W.out_shape).passed


@pytest.mark.parametrize("name", priors.registry)
def test_documented(name):
    text = inspect.getdoc(priors.registry.get(name))
    assert "Examples" in text
    assert priors.prior(name).can[0] in ("value", "prox")


def test_wrong_options_are_named():
    with pytest.raises(ValueError, match="Nearest"):
        priors.prior("tvv")
    with pytest.raises(TypeError, match="no parameter 'width'"):
        priors.prior("tv", width=3)
    for name, options, word in [
        ("tv", {"kind": "l3"}, "kind"), ("tv", {"kind": "huber"}, "edge"),
        ("hyper_laplacian", {"exponent": 2}, "exponent"), ("box", {"low": 2, "high": 1}, "low"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=word):
            priors.prior(name, **options)
    with pytest.raises(ValueError, match="wavelet must be"):
        filter_bank((8, 8), "nothing", 1)
    with pytest.raises(ValueError, match="levels"):
        filter_bank((8, 8), "haar", 0)
    with pytest.raises(ValueError, match="axes"):
        GroupSparsity(2).prox(np.zeros((1, 4, 4)), 1.0)
