"""What every registered method must do; what is added tomorrow is covered today."""

import concurrent.futures
import functools
import inspect

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry
from tests.contracts._cases import each

# Noise is restored here, by kernels of any sum and centre: what sanity would say is not the matter.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning"),
    pytest.mark.usefixtures("one_probe"),
]

SHAPES = {1: (60,), 2: (30, 25), 3: (14, 12, 13)}
KERNELS = {1: [(3,), (4,)], 2: [(3, 3), (4, 3)], 3: [(3, 3, 3), (4, 3, 2)]}
# Odd and even in one dimension, then one of each: an axis more is what changes there. Every border
# meets every number of axes or both parities, but not all of it at once.
BORDERS = (
    (1, 0, "periodic"), (1, 1, "unknown"), (1, 0, "reflect"), (2, 1, "unknown"), (2, 1, "reflect"),
    (3, 0, "unknown"), (3, 0, "periodic"),
)  # fmt: skip
LIBRARIES = (
    ("torch", 1, 0), ("array_api_strict", 1, 1), ("torch", 2, 1), ("array_api_strict", 3, 0),
)  # fmt: skip


def cases(rows):
    """Return every method with some rows, the first two of which are quick."""
    return [
        pytest.param(name, *row, marks=pytest.mark.slow if i > 1 else ())
        for name in registry
        for i, row in enumerate(rows)
    ]


# An iteration that finds its own weight does so in two dimensions with the usual border; elsewhere
# a few iterations with a given weight must keep the same promises.
CHEAP = {
    "tv": {"weight": 0.02, "num_iter": 4},
    "variational": {"weight": 0.02, "num_iter": 4},
    "hyper_laplacian": {"weight": 0.02, "num_iter": 4},
    "wavelet_l1": {"weight": 0.02, "num_iter": 4},
    "sparse": {"weight": 0.01, "num_iter": 20},
    "nnls": {"num_iter": 20},
    "ictm": {"weight": 0.02, "num_iter": 10},
    "plug_and_play": {"num_iter": 3, "noise": 0.1},
}
# The proximal map of a penalty that is not convex jumps, and rounding decides on which side.
# An iteration that ends at a part of the residual may end a step apart.
SINGLE = {"hyper_laplacian": 5e-3, "plug_and_play": 5e-2, "tv": 1e-3, "variational": 1e-3,
          "ictm": 1e-3}  # fmt: skip


def function(name):
    """Return the public function of a method, wherever it comes from."""
    return registry.get(name).function


def given(name, ndim, boundary):
    """Return the parameters of a case."""
    return {} if (ndim, boundary) == (2, "unknown") else CHEAP.get(name, {})


def problem(ndim, k):
    """Return smooth positive data and an asymmetric kernel with a sound inverse."""
    rng = np.random.default_rng(3)
    h = 0.05 * rng.random(KERNELS[ndim][k])
    h[tuple(n // 2 for n in h.shape)] += 1.0
    return 1 + rng.random(SHAPES[ndim]), h / h.sum()


@pytest.mark.parametrize(("name", "ndim", "k", "boundary"), cases(BORDERS))
def test_arrays_in_arrays_out(name, ndim, k, boundary):
    y, h = problem(ndim, k)
    method = functools.partial(function(name), boundary=boundary, **given(name, ndim, boundary))
    kept = y.copy()
    x = method(y, h)
    assert x.shape == y.shape and x.dtype == np.float64 and np.all(np.isfinite(x))
    assert np.array_equal(y, kept) and not np.shares_memory(x, y)
    assert np.array_equal(method(y, h), x), "not deterministic"
    single = method(y.astype(np.float32), h)
    assert single.dtype == np.float32
    assert np.abs(single - x).max() <= SINGLE.get(name, 1e-4) * np.abs(x).max()
    whole = np.round(100 * y).astype(np.uint16)
    assert method(whole, h).dtype == np.float64


@pytest.mark.parametrize(("name", "library", "ndim", "k"), cases(LIBRARIES))
def test_the_namespace_is_kept(name, library, ndim, k):
    xp = pytest.importorskip(library)
    y, h = problem(ndim, k)
    options = CHEAP.get(name, {})
    boundary = ("unknown", "reflect")[k]
    expected = sd.deconvolve(y, h, method=name, boundary=boundary, **options).x
    for dtype, tol in (("float64", 1e-10), ("float32", SINGLE.get(name, 1e-4))):
        own = xp.asarray(y, dtype=getattr(xp, dtype))
        got = sd.deconvolve(own, h, method=name, boundary=boundary, **options).x
        assert type(got) is type(own) and got.dtype == own.dtype
        difference = np.abs(np.asarray(got) - expected).max()
        assert difference <= tol * np.abs(expected).max()


@pytest.mark.parametrize("name", each(registry))
@pytest.mark.parametrize(
    "boundary",
    ["unknown", *(pytest.param(b, marks=pytest.mark.slow) for b in ("zero", "periodic"))],
)
def test_finite_in_finite_out(name, boundary):
    y, h = problem(1, 1)
    spike = np.zeros_like(y)
    spike[4] = 5.0
    for data in (np.zeros_like(y), np.ones_like(y), spike, 1e-15 * y, 1e6 * y):
        assert np.all(np.isfinite(sd.deconvolve(data, h, method=name, boundary=boundary).x))


@pytest.mark.parametrize("name", registry)
def test_documented(name):
    method = function(name)
    text = inspect.getdoc(method)
    for part in ("Parameters", "Returns", "References", ":doi:", "Examples", "boundary : str"):
        assert part in text, part
    assert list(inspect.signature(method).parameters)[:2] == ["y", "psf"]
    assert registry.get(name).summary.endswith(".")
    for parameter in registry.get(name).parameters:
        assert f"{parameter} :" in text, parameter


@pytest.mark.parametrize("name", registry)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"psf": np.ones(3)}, "psf has 1 axes"),
        ({"psf": np.zeros((3, 3))}, "psf is zero"),
        ({"psf": "gaussian"}, "psf must be an array"),
        ({"y": np.full((9, 9), np.nan)}, "y holds 81"),
        ({"y": np.ones((0, 4))}, "y has shape"),
        ({"y": "data"}, "y must be an array"),
        ({"y": [[1, 2], [3]]}, "y must be an array"),
        ({"boundary": "wrap"}, "called 'periodic'"),
        ({"magic": 1}, "unexpected keyword argument 'magic'"),
        ({"mask": np.ones(3)}, "mask has shape"),
        ({"centre": (1,)}, "centre"),
    ],
)
def test_bad_input_is_named(name, change, words):
    arguments = {"y": np.ones((9, 9)), "psf": np.ones((3, 3))} | change
    with pytest.raises((ValueError, TypeError), match=words):
        function(name)(arguments.pop("y"), arguments.pop("psf"), **arguments)


@pytest.mark.parametrize("name", registry)
def test_a_parameter_that_a_method_does_not_have_is_named(name):
    with pytest.raises(TypeError, match=f"^{name} has no parameter 'magic'; it has "):
        sd.deconvolve(np.ones((9, 9)), np.ones((3, 3)) / 9, method=name, magic=1)


@pytest.mark.parametrize("name", ["wiener", "richardson_lucy"])
def test_threads_agree(name):
    y, h = problem(2, 0)
    A = sd.Convolution.for_data(h, y.shape)
    expected = function(name)(y, A)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: function(name)(y, A), range(16)))
    assert all(np.array_equal(x, expected) for x in found)


@pytest.mark.parametrize("half", [False, True])
def test_a_transfer_function_is_honoured_with_its_phase(half):
    y, h = problem(2, 1)
    A = sd.Convolution(h, y.shape, "periodic", centre=(0, 3))
    otf = A.otf[:, : y.shape[1] // 2 + 1] if half else A.otf
    for name in ("adjoint", "wiener", "tikhonov", "inverse_filter"):
        x = function(name)(y, otf, boundary="periodic")
        np.testing.assert_allclose(x, function(name)(y, A), atol=1e-12)
    with pytest.raises(ValueError, match="transfer function"):
        sd.wiener(y, A.otf[:5])
