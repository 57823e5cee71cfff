"""Units: what kernel and data are measured in changes the unit of the estimate and nothing else."""

import functools

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import losses
from sigdeconv.catalogue import registry
from tests.contracts._cases import (
    KERNELS,
    METHODS,
    NO_LEVEL,
    NO_UNIT,
    by_weight,
    each,
    function,
    scene,
    seen,
    tolerance,
    unlike,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning"),
    pytest.mark.usefixtures("one_probe"),
]

SLOW = pytest.mark.slow


def cases(values, leaving_out=()):
    """Return each method with the values of each number of axes."""
    return [
        pytest.param(
            name,
            ndim,
            value,
            marks=SLOW if ndim > 1 or value != values[1][0] else (),
        )
        for name in METHODS
        if name not in leaving_out
        for ndim in values
        for value in values[ndim]
    ]


FACTORS = {1: (1e-9, 1e6), 2: (1e-3,), 3: (1e3,)}
LEVELS = {1: (-3.0, 100.0), 2: (1.0,), 3: (-3.0,)}


@functools.cache
def at_sum_one(name, ndim, dtype=np.float64, **options):
    """Return method, data, kernel, and the estimate for a kernel of sum one."""
    obs = seen(ndim, name=name)
    y, psf = obs.y.astype(dtype), KERNELS[ndim][0]
    method = function(name, ndim)
    return method, y, psf, method(y, psf, **options)


@pytest.mark.parametrize(("name", "ndim", "factor"), cases(FACTORS, NO_UNIT))
def test_a_kernel_of_any_sum(name, ndim, factor):
    method, y, psf, expected = at_sum_one(name, ndim)
    assert unlike(factor * method(y, factor * psf), expected) < tolerance(name)


@pytest.mark.parametrize(("name", "ndim", "factor"), cases(FACTORS))
def test_data_of_any_unit(name, ndim, factor):
    method, y, psf, expected = at_sum_one(name, ndim)
    assert unlike(method(factor * y, psf) / factor, expected) < tolerance(name)


@pytest.mark.parametrize(("name", "ndim", "level"), cases(LEVELS, NO_LEVEL))
def test_data_on_any_level(name, ndim, level):
    method, y, psf, expected = at_sum_one(name, ndim)
    assert unlike(method(y + level, psf) - level, expected) < tolerance(name)


BORDERS = ("periodic", "reflect", "mirror", "nearest", "zero")


@pytest.mark.parametrize(
    ("name", "boundary"),
    [
        pytest.param(name, border, marks=SLOW if by_weight(name) or (i + k) % len(BORDERS) else ())
        for k, name in enumerate(METHODS)
        for i, border in enumerate(BORDERS)
    ],
)
def test_every_border(name, boundary):
    method, y, psf, expected = at_sum_one(name, 1, boundary=boundary)
    found = method(1e-3 * y, 1e3 * psf, boundary=boundary)
    factor = 1.0 if name in NO_UNIT else 1e6
    assert unlike(factor * found, expected) < tolerance(name)
    if name not in NO_LEVEL and boundary != "zero":
        moved = method(y + 10, psf, boundary=boundary) - 10
        assert unlike(moved, expected) < tolerance(name)


@pytest.mark.parametrize("factor", [1e-3, pytest.param(1e3, marks=SLOW)])
@pytest.mark.parametrize("name", each(n for n in METHODS if n not in NO_UNIT))
def test_single_precision(name, factor):
    method, y, psf, expected = at_sum_one(name, 2, np.float32)
    found = method(y, factor * psf)
    assert found.dtype == np.float32
    assert unlike(factor * found, expected) < tolerance(name, single=True)


@pytest.mark.parametrize(
    ("method", "factor"),
    [
        ("auto", 177.0),
        *(pytest.param(*case, marks=SLOW) for case in (("auto", 1e-3), ("best", 1e-3))),
    ],
)
def test_the_automatic_choice(method, factor):
    obs, psf = seen(2), KERNELS[2][0]
    one = sd.deconvolve(obs.y, psf, method=method)
    for y, h, unit in ((obs.y, factor * psf, factor), (factor * obs.y, psf, 1 / factor)):
        other = sd.deconvolve(y, h, method=method)
        assert other.method == one.method
        assert unlike(unit * other.x, one.x) < tolerance(one.method)


@pytest.mark.parametrize("factor", [1e-3, 1e3])
@pytest.mark.parametrize("name", ["wiener", "tikhonov"])
def test_error_bars_have_the_unit_of_the_estimate(name, factor):
    obs, psf = seen(1), KERNELS[1][0]
    expected = sd.deconvolve(obs.y, psf, method=name).std
    small = sd.deconvolve(obs.y, factor * psf, method=name).std
    np.testing.assert_allclose(factor * small, expected, rtol=1e-6)
    large = sd.deconvolve(factor * obs.y, psf, method=name).std
    np.testing.assert_allclose(large / factor, expected, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.002, 0.02])
@pytest.mark.parametrize("name", ["tv", "wavelet_l1"])
def test_a_bounded_estimate_of_any_unit(name, noise):
    """The bound has a split of its own, and with a border that is tied there are three."""
    obs, psf = seen(1, noise=noise), KERNELS[1][0]
    for boundary in ("unknown", "reflect"):
        options = {"nonnegative": True, "boundary": boundary}
        expected = registry.get(name).function(obs.y, psf, **options)
        for factor in (1e-3, 177.0):
            found = registry.get(name).function(obs.y, factor * psf, **options)
            assert found.min() >= 0
            assert unlike(factor * found, expected) < tolerance(name)


@pytest.mark.parametrize("name", ["tv", pytest.param("wavelet_l1", marks=SLOW)])
@pytest.mark.parametrize("loss", losses.registry)
def test_losses_of_any_unit(name, loss):
    obs, psf = seen(1), KERNELS[1][0]
    y = np.clip(obs.y, 0, None)
    expected = registry.get(name).function(y, psf, loss=loss, num_iter=60)
    found = registry.get(name).function(y, 1e3 * psf, loss=loss, num_iter=60)
    assert unlike(1e3 * found, expected) < tolerance(name)


@pytest.mark.parametrize("name", ["landweber", "cgls", "nnls", "richardson_lucy"])
def test_a_number_of_iterations_of_any_unit(name):
    obs, psf = seen(2), KERNELS[2][0]
    expected = registry.get(name).function(obs.y, psf, num_iter=7)
    for factor in (1e-3, 1e3):
        found = registry.get(name).function(obs.y, factor * psf, num_iter=7)
        assert unlike(factor * found, expected) < 1e-8


def test_the_scene_is_not_flat():
    assert all(np.std(scene(ndim, name)) > 0.05 for ndim in (1, 2, 3) for name in ("", "sparse"))
