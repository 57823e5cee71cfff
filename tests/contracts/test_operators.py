"""Every method on every kind of operator: restored, or refused with a reason."""

import functools
import warnings

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import sigdeconv as sd
from sigdeconv.catalogue import registry
from sigdeconv.operators import Diagonal, Masked, as_operator
from tests.contracts._cases import RESTORING, each, options

pytestmark = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")

SHAPES = {1: (40,), 2: (14, 12), 3: (6, 7, 6)}
# A few iterations with a given weight where finding it takes long; the automatic one is in 1-D.
CHEAP = {
    "tv": {"weight": 2e-3, "num_iter": 30},
    "variational": {"weight": 2e-3, "num_iter": 30},
    "wavelet_l1": {"weight": 2e-3, "num_iter": 20},
    "hyper_laplacian": {"weight": 2e-3},
    "sparse": {"weight": 1e-3, "rounds": 0, "num_iter": 40},
}
# The same for more than one axis.
CHEAPER = {
    "wavelet_l1": {"weight": 2e-3, "num_iter": 4},
    "plug_and_play": {"num_iter": 4},
    "richardson_lucy": {"num_iter": 6},
    "blind_richardson_lucy": {"num_iter": 6},
    "landweber": {"num_iter": 40},
}


def kernel(ndim, sigma=1.0):
    return sd.psf.gaussian((sigma,) * ndim)


def product(ndim):
    """A blur that changes along the first axis: a sum of two products."""
    shape = SHAPES[ndim]
    ramp = np.linspace(0, 1, shape[0]).reshape(-1, *(1,) * (ndim - 1)) * np.ones(shape)
    A, B = (sd.Convolution(kernel(ndim, s), shape, "reflect") for s in (0.7, 1.2))
    return A @ Diagonal(1 - ramp) + B @ Diagonal(ramp)


def matrix(ndim):
    shape = SHAPES[ndim]
    return sd.Matrix(product(ndim).to_dense(), shape, shape)


def stacked(ndim):
    parts = [sd.Convolution(kernel(ndim, s), SHAPES[ndim], "reflect") for s in (0.7, 1.2)]
    return sd.Stacked(parts, noise=(1.0, 1.0))


def space_variant(ndim):
    shape = SHAPES[ndim]
    psfs = [sd.psf.gaussian((s,) * ndim, shape=(7,) * ndim) for s in (0.7, 0.9, 1.2)]
    at = [[f * (n - 1) for n in shape] for f in (0.0, 0.5, 1.0)]
    return sd.SpaceVariant(psfs, at, shape, boundary="reflect")


def sampled(ndim):
    """A kernel known at half the distance, and data that stand closer in the middle."""
    at = []
    for n in SHAPES[ndim]:
        u = np.linspace(-1, 1, n)
        at.append((n - 1) * (0.5 + 0.5 * (0.9 * u + 0.1 * u**3)))
    return sd.Sampled(kernel(ndim, 2.0), 0.5, at, spacing=1.0, boundary="reflect")


OPERATORS = {
    "sum of products": product,
    "Matrix": matrix,
    "Stacked": stacked,
    "SpaceVariant": space_variant,
    "Sampled": sampled,
}


def scene(ndim, name=""):
    rng = np.random.default_rng(1)
    if name == "sparse":
        return np.where(rng.random(SHAPES[ndim]) < 0.05, 1.0, 0.0)
    x = np.zeros(SHAPES[ndim])
    x[tuple(slice(n // 4, 3 * n // 4) for n in x.shape)] = 1
    return 0.2 + x


@functools.cache
def operator(kind, ndim):
    """Made once: what a method finds about it, such as its norm, is kept with it."""
    return OPERATORS[kind](ndim)


@functools.cache
def clean(kind, ndim, spikes):
    return sd.simulate(scene(ndim, "sparse" if spikes else ""), operator(kind, ndim))


def seen(kind, ndim, name=""):
    obs = clean(kind, ndim, name == "sparse")
    y = obs.y + 0.01 * np.random.default_rng(2).standard_normal(obs.y.shape)
    return sd.Observation(y, obs.A, noise=sd.Gaussian(0.01), truth=obs.truth)


@pytest.mark.parametrize("ndim", SHAPES)
@pytest.mark.parametrize("kind", OPERATORS)
def test_the_adjoint_is_exact(kind, ndim):
    assert sd.dot_test(operator(kind, ndim)).error < 1e-13


@pytest.mark.parametrize("name", each(RESTORING))
@pytest.mark.parametrize(
    ("kind", "ndim"),
    [
        pytest.param(kind, ndim, marks=[] if (kind, ndim) == ("Matrix", 1) else pytest.mark.slow)
        for kind, more in zip(OPERATORS, (3, 3, 2, 2, 3), strict=True)
        for ndim in (1, more)  # more axes are the same way
    ],
)
def test_every_method_takes_any_operator(name, kind, ndim):
    """Function equals name, and the estimate explains the data and is nearer than their like."""
    entry, obs = registry.get(name), seen(kind, ndim, name)
    if entry.why_not(obs):
        with pytest.raises((TypeError, ValueError), match=f"{name} needs"):
            entry.function(obs.y, obs.A)
        return
    automatic = (kind, ndim) == ("Matrix", 1)
    own = options(name) | ({} if automatic else CHEAP.get(name, {}))
    own |= CHEAPER.get(name, {}) if ndim > 1 else {}
    x = sd.deconvolve(obs.y, obs.A, method=name, **own).x
    if ndim == 1:  # with more axes it is the same way
        np.testing.assert_array_equal(x, entry.function(obs.y, obs.A, **own))
        np.testing.assert_array_equal(x, sd.deconvolve(obs, method=name, **own).x)
    assert x.shape == obs.A.shape and np.all(np.isfinite(x))
    # Better than the data where these are a picture of the scene, than their mean where not.
    like = obs.y if obs.y.shape == x.shape else obs.y.mean(axis=0)
    assert np.linalg.norm(x - obs.truth) < 1.02 * np.linalg.norm(like - obs.truth)


def test_what_scipy_has_is_an_operator():
    M = scipy.sparse.random_array((30, 20), density=0.3, rng=0)
    y = M @ np.ones(20)
    expected = sd.cgls(y, sd.Matrix(M.toarray()), num_iter=5)
    for form in (M.tocsr(), scipy.sparse.linalg.aslinearoperator(M.tocsr()), sd.Matrix(M)):
        np.testing.assert_allclose(sd.cgls(y, form, num_iter=5), expected, rtol=1e-9)
        assert sd.dot_test(as_operator(form)).passed
    with pytest.raises(ValueError, match=r"give sd.Matrix\(psf\)"):
        sd.cgls(y, M.toarray())


def test_tikhonov_is_the_dense_solution(rng):
    M, y = rng.standard_normal((30, 20)), rng.standard_normal(30)
    D = np.diff(np.eye(20), axis=0)
    x = np.linalg.solve(M.T @ M + 0.3 * D.T @ D, M.T @ y)
    np.testing.assert_allclose(sd.tikhonov(y, sd.Matrix(M), weight=0.3), x, rtol=1e-9)
    # The same by conjugate gradients, on a problem that is too large to be dense.
    C = sd.Convolution(kernel(2, 1.5), (40, 30), "reflect")
    y = rng.standard_normal((40, 30))
    x = sd.tikhonov(y, 1.0 * C, weight=0.1, tol=1e-9, num_iter=500)
    known = sd.Convolution(kernel(2, 1.5), (40, 30), "reflect").to_dense()
    Q = sd.Difference((40, 30), 1, "reflect").to_dense()
    best = np.linalg.solve(known.T @ known + 0.1 * Q.T @ Q, known.T @ y.ravel())
    np.testing.assert_allclose(x.ravel(), best, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["gaussian", "poisson", "huber", "l1", "cauchy"])
def test_an_operator_gives_what_its_convolution_gives(loss):
    """Alternating directions on the grid of a convolution, and the engines for any operator."""
    x = scene(2) * 100
    A = sd.Convolution(kernel(2), x.shape, "reflect")
    y = np.random.default_rng(0).poisson(A(x)).astype(float)
    own = {"weight": 0.02 if loss == "poisson" else 1.0, "loss": loss, "num_iter": 800}
    own |= {"accuracy": 0.0} | ({"delta": 30.0} if loss in ("huber", "cauchy") else {})
    grid, free = (sd.deconvolve(y, B, method="tv", **own) for B in (A, 1.0 * A))
    low, high = (r.history["objective"][-1] for r in (grid, free))
    # The primal-dual method comes close slowly where a loss has a kink, or a pole at zero.
    near = {"l1": 1e-2, "poisson": 1e-3}.get(loss, 1e-4)
    assert abs(high - low) < near * abs(low)


def test_a_large_weight_does_not_run_away():
    """The prior is solved inside as well as its weight asks for: the objective falls to its end."""
    x = sd.datasets.camera()[:48, :48]
    obs = sd.simulate(x, kernel(2, 1.5), noise="poisson:255", rng=0)
    run = {"method": "tv", "weight": 10.0, "num_iter": 60, "accuracy": 0.0}
    objective = sd.deconvolve(obs.y, 1.0 * obs.A, **run).history["objective"]
    assert objective[-1] <= 1.0001 * min(objective) and objective[-1] < 0.999 * objective[5]


def test_dead_data_of_an_operator_count_for_nothing():
    obs = seen("sum of products", 2)
    mask = np.ones(obs.y.shape)
    mask[5, 6] = 0
    spoilt = np.where(mask > 0, obs.y, 1e3)
    for method in ("tikhonov", "tv", "cgls", "richardson_lucy"):
        own = {"weight": 1e-2} if method in ("tikhonov", "tv") else {"num_iter": 5}
        a, b = (sd.deconvolve(y, obs.A, method=method, mask=mask, **own).x for y in (obs.y, spoilt))
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert isinstance(sd.Observation(obs.y, obs.A, mask).A, Masked)


def test_curves_bars_comparisons_and_choices_work():
    obs = seen("Matrix", 1)
    curve = sd.tune(obs, method="tikhonov")
    assert {"auto", "gcv", "sure", "evidence", "discrepancy", "oracle"} <= set(curve.best)
    assert sd.deconvolve(obs, method="tikhonov").std.shape == obs.A.shape
    assert "landweber" in sd.tune(obs, method="landweber").method
    comparison = sd.compare(obs)
    assert comparison.left_out["wiener"] == "it needs a convolution"
    assert "psnr" in comparison.table() or comparison.rows[0]["psnr"] > 0
    errors = {m: np.linalg.norm(sd.deconvolve(obs, method=m).x - obs.truth)
              for m in ("auto", "tikhonov", "tv")}  # fmt: skip
    assert errors["auto"] <= min(errors["tikhonov"], errors["tv"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "operator" in comparison.to_html()


def test_what_does_not_fit_says_so():
    with pytest.raises(ValueError, match="parts is empty"):
        sd.Stacked([])
    with pytest.raises(ValueError, match=r"parts\[1\] has the domain"):
        sd.Stacked([product(1), product(2)])
    with pytest.raises(ValueError, match="M must have two axes"):
        sd.Matrix(np.ones(3))
    with pytest.raises(ValueError, match="boundary was given although psf is a ready operator"):
        sd.cgls(np.ones(40), product(1), boundary="zero")
    with pytest.raises(TypeError, match="A must be an Operator"):
        sd.Observation(np.ones(3), np.ones(3))
