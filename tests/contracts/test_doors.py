"""A method is one thing: by its function, by its name in `deconvolve`, on an observation."""

import inspect
import re

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry
from tests.contracts._cases import (
    KERNELS,
    METHODS,
    RESTORING,
    by_weight,
    each,
    options,
    plain,
    seen,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning"),
    pytest.mark.usefixtures("one_probe"),
]


def refused(name, obs):
    """Return what a method says of data that it does not take."""
    entry = registry.get(name)
    return entry.refuses(obs) if entry.refuses else ""


SLOW = pytest.mark.slow
CASES = [(1, 1, np.float32), (2, 1, np.float64), (1, 0, np.float64), (2, 0, np.float32)]


@pytest.mark.parametrize(
    ("name", "ndim", "parity", "dtype"),
    [
        pytest.param(name, *case, marks=() if i == 0 or (i == 1 and not by_weight(name)) else SLOW)
        for name in METHODS
        for i, case in enumerate(CASES)
    ],
)
def test_function_equals_name(name, ndim, parity, dtype):
    obs, psf = seen(ndim, parity), KERNELS[ndim][parity]
    y = obs.y.astype(dtype)
    x = registry.get(name).function(y, psf)
    result = sd.deconvolve(y, psf, method=name)
    np.testing.assert_array_equal(x, result.x)
    assert x.dtype == dtype == result.domain.dtype
    assert result.method == name


@pytest.mark.parametrize("name", each(METHODS))
def test_an_observation_is_the_same_problem(name):
    obs, psf, x = seen(1), KERNELS[1][0], plain(name)
    own = sd.Observation(obs.y, sd.Convolution.for_data(psf, obs.y.shape))
    np.testing.assert_array_equal(x, sd.deconvolve(own, method=name, **options(name)).x)
    np.testing.assert_array_equal(x, registry.get(name).function(obs.y, own.A, **options(name)))


@pytest.mark.parametrize("kind", [pytest.param("dead", marks=SLOW), "grey"])
@pytest.mark.parametrize("name", each(METHODS))
def test_function_equals_name_with_a_mask(name, kind):
    y, psf = seen(1).y, KERNELS[1][0]
    mask = np.ones(y.size)
    mask[40:44] = 0
    if kind == "grey":
        mask = mask * np.linspace(0.3, 1.0, y.size)
    obs = sd.Observation(y, sd.Convolution.for_data(psf, y.shape, mask=mask))
    if why := refused(name, obs):
        for call in (
            lambda: registry.get(name).function(y, psf, mask=mask),
            lambda: sd.deconvolve(y, psf, method=name, mask=mask),
        ):
            with pytest.raises(ValueError, match=re.escape(why[:40])):
                call()
        return
    x = registry.get(name).function(y, psf, mask=mask)
    np.testing.assert_array_equal(x, sd.deconvolve(y, psf, method=name, mask=mask).x)
    np.testing.assert_array_equal(x, sd.deconvolve(obs, method=name).x)


@pytest.mark.parametrize("name", each(METHODS))
def test_defaults_that_are_given_are_defaults(name):
    y, psf = seen(1).y, KERNELS[1][0]
    parameters = inspect.signature(registry.get(name).function).parameters.values()
    given = {p.name: p.default for p in parameters if p.default is not p.empty}
    given |= options(name)
    np.testing.assert_array_equal(plain(name), registry.get(name).function(y, psf, **given))
    np.testing.assert_array_equal(plain(name), sd.deconvolve(y, psf, method=name, **given).x)


@pytest.mark.parametrize("name", each(METHODS))
def test_what_was_found_makes_the_estimate_again(name):
    """The parameters of a result that are the method's own lead to the same estimate."""
    y, psf = seen(1).y, KERNELS[1][0]
    entry = registry.get(name)
    first = sd.deconvolve(y, psf, method=name, **options(name))
    if entry.strength is None or entry.strength.parameter not in first.parameters:
        pytest.skip("no strength was found")
    own = {entry.strength.parameter: first.parameters[entry.strength.parameter]}
    own = {n: v for n, v in own.items() if n in entry.parameters}
    if name == "wiener":  # the factor alone says nothing without its spectra
        own = {}
    again = sd.deconvolve(y, psf, method=name, **own)
    limit = 1e-2 if entry.iterates and entry.needs == "spectrum" else 1e-6
    assert np.abs(again.x - first.x).max() < limit * np.ptp(first.x)


@pytest.fixture(scope="module")
def others():
    """Every method has been run on other data, after what they are compared with."""
    for name in RESTORING:
        plain(name)
    for name in RESTORING:
        registry.get(name).function(seen(1).y[:60], KERNELS[1][0])


@pytest.mark.slow
@pytest.mark.parametrize("name", RESTORING)
def test_the_method_is_nowhere_in_the_way_of_the_next(name, others):
    """What one run keeps changes no later one."""
    y, psf = seen(1).y, KERNELS[1][0]
    x = registry.get(name).function(y, psf, **options(name))
    np.testing.assert_array_equal(x, plain(name))


@pytest.mark.parametrize("name", each(METHODS))
def test_inputs_stay_as_they_are(name):
    obs, psf = seen(1), KERNELS[1][1].copy()
    y = obs.y.copy()
    mask = np.ones(y.shape)
    mask[4] = 0.5
    kept = y.copy(), psf.copy(), mask.copy()
    for a in (y, psf, mask):
        a.flags.writeable = False
    registry.get(name).function(y, psf)
    if not refused(name, sd.Observation(y, sd.Convolution.for_data(psf, y.shape, mask=mask))):
        result = sd.deconvolve(y, psf, method=name, mask=mask)
        assert not np.shares_memory(result.domain, y)
    for a, b in zip((y, psf, mask), kept, strict=True):
        np.testing.assert_array_equal(a, b)
