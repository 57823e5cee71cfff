"""Results and what leads to them travel to other processes and come back the same."""

import functools
import multiprocessing
import pickle

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import losses, noise, priors, stopping
from sigdeconv.catalogue import registry
from tests.contracts._cases import KERNELS, METHODS, each, options, seen

pytestmark = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")

PSF = KERNELS[1][0]
WITH_BARS = ("wiener", "tikhonov")


def again(thing):
    return pickle.loads(pickle.dumps(thing))


def same(a, b):
    """Tell whether two results are the same but for the time they took."""
    np.testing.assert_array_equal(a.x, b.x)
    np.testing.assert_array_equal(a.domain, b.domain)
    assert (a.method, a.num_iter, a.stop, a.window) == (b.method, b.num_iter, b.stop, b.window)
    assert a.history == b.history and a.parameters.keys() == b.parameters.keys()
    if a.posterior is not None:
        np.testing.assert_array_equal(a.std, b.std)


@pytest.mark.parametrize("boundary", [None, pytest.param("reflect", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", each(METHODS))
def test_a_result_of_every_method(name, boundary):
    result = sd.deconvolve(seen(1).y, PSF, method=name, boundary=boundary, **options(name))
    copy = again(result)
    same(copy, result)
    same(again(copy), result)  # with what was computed when asked for
    assert str(copy) == str(result) and copy.x.dtype == result.x.dtype


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", "wiener"])
def test_a_result_with_channels(method):
    y = np.stack([seen(1).y, 2 * seen(1).y])
    result = sd.deconvolve(y, PSF, method=method, channel_axis=0)
    copy = again(result)
    same(copy, result)
    assert len(copy.channels) == 2


def test_an_observation_and_what_was_found_in_it():
    obs = seen(2)
    sd.deconvolve(obs, method="wiener")
    copy = again(obs)
    np.testing.assert_array_equal(copy.y, obs.y)
    np.testing.assert_array_equal(
        sd.deconvolve(copy, method="wiener").x, sd.deconvolve(obs, method="wiener").x
    )
    assert copy.noise == obs.noise


def test_a_comparison():
    found = sd.compare(seen(1), methods=["wiener", "tikhonov", "cgls"])
    copy = again(found)
    assert str(copy) == str(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [n for n in registry if registry.get(n).strength and registry.get(n).kind == "inverse"]
)
def test_a_curve_of_every_method_with_a_strength(name):
    strength = registry.get(name).strength.parameter
    low = {"num_iter": 1, "threshold": 0.01}.get(strength, 1e-4)
    values = [1, 2, 4] if strength == "num_iter" else list(low * np.array([1, 8, 64]))
    y = seen(1).y[:60] if name == "sparse" else seen(1).y
    obs = sd.Observation(y, sd.Convolution.for_data(PSF, y.shape))
    curve = sd.tune(obs, method=name, strengths=values)
    assert str(again(curve)) == str(curve)


RECORDS = [
    *(losses.registry.get(n)() for n in losses.registry),
    *(priors.prior(n) for n in priors.registry if n not in ("box", "group_sparsity")),
    priors.prior("box", low=0.0, high=1.0),
    noise.Gaussian(0.1), noise.Poisson(peak=10.0), noise.NoNoise(),
    noise.Mixed(noise.Poisson(gain=2.0), noise.Gaussian(0.1)),
    stopping.MaxIter(3) | stopping.Discrepancy(0.1) & stopping.RelativeChange(0.01),
    stopping.Thinning(), stopping.Stalled(), stopping.Whiteness(), stopping.PoissonDiscrepancy(),
    stopping.StopReason.DISCREPANCY,
    sd.ConvGeometry(3, stride=2),
]  # fmt: skip


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: type(r).__name__)
def test_records_come_back_equal(record):
    copy = again(record)
    assert type(copy) is type(record) and repr(copy) == repr(record)
    if type(record).__eq__ is not object.__eq__:  # arrays among its fields are not compared
        assert copy == record


@pytest.mark.slow
def test_spawned_processes_give_the_same_numbers():
    calls = [functools.partial(sd.deconvolve, seen(1).y, PSF, method=n, **options(n))
             for n in METHODS]  # fmt: skip
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = [pool.apply_async(call) for call in calls]
        others = [f.get(timeout=120) for f in found]
    for call, other in zip(calls, others, strict=True):
        same(other, call())


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib(backend):
    joblib = pytest.importorskip("joblib")
    calls = [joblib.delayed(sd.deconvolve)(seen(1).y, PSF, method=n) for n in WITH_BARS]
    calls.append(joblib.delayed(sd.compare)(seen(1), methods=["wiener", "cgls"]))
    calls.append(joblib.delayed(sd.tune)(seen(1), method="tikhonov"))
    found = joblib.Parallel(n_jobs=2, backend=backend)(calls)
    for name, result in zip(WITH_BARS, found[:2], strict=True):
        same(result, sd.deconvolve(seen(1).y, PSF, method=name))
    assert isinstance(found[2], sd.Comparison) and isinstance(found[3], sd.TuningCurve)
