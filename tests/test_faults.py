"""What users have met once: each has its right answer here, so that it is met no more."""

import functools
import inspect
import pickle
import subprocess
import sys
from typing import get_type_hints

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry
from tests._search import one_probe

pytestmark = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")

PSF = sd.psf.gaussian(1.6)
BORDERS = [None, "periodic", "reflect", "mirror", "nearest"]


@pytest.fixture(scope="module")
def seen():
    return sd.simulate(sd.datasets.camera()[60:188, 140:268], PSF, noise=0.02, rng=0)


@pytest.fixture(scope="module")
def chosen(seen):
    return sd.deconvolve(seen.y, PSF)


@pytest.fixture(scope="module")
def small():
    return sd.simulate(sd.datasets.camera()[92:156, 172:236], PSF, noise=0.02, rng=0)


@pytest.fixture(scope="module")
def psnr(seen):
    return lambda x: sd.metrics.psnr(seen.truth_window, x)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wiener", "tikhonov"])
def test_a_grey_mask_is_counted_once(seen, psnr, name):
    """Weights of a half darkened the estimate by a half: they were applied twice."""
    method = getattr(sd, name)
    plain = psnr(method(seen.y, PSF))
    ramp = np.linspace(0.3, 1, seen.y.size).reshape(seen.y.shape)
    for mask in (np.full(seen.y.shape, 0.5), ramp):
        x = method(seen.y, PSF, mask=mask)
        assert psnr(x) > plain - 0.3
        assert np.mean(x) == pytest.approx(np.mean(seen.truth_window), rel=0.01)


@pytest.mark.parametrize("method", ["auto", "best"])
@pytest.mark.parametrize(
    ("parameter", "names"),
    [({"weight": 0.1}, ("tv", "wiener", "tikhonov", "wavelet_l1")), ({"nsr": 0.1}, ("wiener",)),
     ({"threshold": 0.1}, ("inverse_filter",)), ({"regularization": "tv"}, ("richardson_lucy",))],
)  # fmt: skip
def test_a_parameter_of_single_methods_never_chooses_one(seen, method, parameter, names):
    with pytest.raises(TypeError) as error:
        sd.deconvolve(seen.y, PSF, method=method, **parameter)
    (name,) = parameter
    text = str(error.value)
    assert text.startswith(name) and all(n in text for n in names)
    assert all((name in registry.get(n).parameters) == (n in text.split("one of ")[1])
               for n in ("tv", "wiener", "inverse_filter", "cgls", "landweber"))  # fmt: skip


def test_a_parameter_that_no_method_has_is_named(seen):
    with pytest.raises(TypeError, match="no method has a parameter 'wieght'"):
        sd.deconvolve(seen.y, PSF, wieght=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "run", [{"num_iter": 50}, {"tol": 1e-3}, {"workers": 1}, {"history": False}, {"callback": 1}]
)
def test_when_to_stop_never_changes_the_method(seen, chosen, run):
    expected = chosen
    called = []
    if "callback" in run:
        run = {"callback": lambda k, x: called.append((k, x.shape))}
    found = sd.deconvolve(seen.y, PSF, **run)
    assert found.method == expected.method
    if "callback" in run:
        assert called and called[-1][1] == found.domain.shape
    if "history" in run:
        assert not found.history and expected.history


@pytest.mark.slow
def test_the_weight_of_the_choice_is_the_method_s(seen, psnr, chosen):
    first = chosen
    again = sd.deconvolve(seen.y, PSF, method=first.method, weight=first.parameters["weight"])
    assert psnr(again.x) == pytest.approx(psnr(first.x), abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nnls", "cgls", "landweber"])
def test_an_iteration_stops_at_the_noise_by_itself(seen, psnr, name):
    x = getattr(sd, name)(seen.y, PSF)
    np.testing.assert_array_equal(x, sd.deconvolve(seen.y, PSF, method=name).x)
    start = {"landweber": {"nonnegative": False}}.get(name, {})
    np.testing.assert_array_equal(x, getattr(sd, name)(seen.y, PSF, **start))
    assert psnr(x) > psnr(seen.y) + 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in registry if "noise" in registry.get(n).parameters])
def test_noise_is_a_standard_deviation_everywhere(small, name):
    if name == "sparse":
        pytest.skip("photographs are not sparse")
    psnr = functools.partial(sd.metrics.psnr, small.truth_window)
    sigma = small.noise.level(small.A(small.truth))
    with one_probe():
        by_number = getattr(sd, name)(small.y, PSF, noise=sigma)
        by_model = getattr(sd, name)(small.y, PSF, noise=sd.Gaussian(sigma))
        automatic = getattr(sd, name)(small.y, PSF)
    np.testing.assert_allclose(by_model, by_number, atol=1e-12)
    assert psnr(by_number) > psnr(small.y)
    assert psnr(by_number) > psnr(automatic) - 1.0


@pytest.mark.slow
@pytest.mark.parametrize("make", [
    lambda obs: sd.deconvolve(obs, method="wiener"),
    lambda obs: sd.deconvolve(obs, method="tikhonov"),
    lambda obs: sd.deconvolve(obs),
    lambda obs: sd.compare(obs, methods=["wiener", "tikhonov"]),
    lambda obs: sd.tune(obs, method="tikhonov"),
], ids=["wiener", "tikhonov", "auto", "compare", "tune"])  # fmt: skip
def test_results_pickle(make):
    obs = sd.simulate(sd.datasets.camera()[:48, :48], PSF, noise=0.02, rng=0)
    result = make(obs)
    again = pickle.loads(pickle.dumps(result))
    assert str(again) == str(result)
    if getattr(result, "posterior", None) is not None:
        np.testing.assert_array_equal(again.std, result.std)


@pytest.mark.parametrize("name", registry)
def test_the_signature_is_the_real_one(name):
    function = getattr(sd, name)
    parameters = inspect.signature(function).parameters
    assert all(p.kind is not p.VAR_KEYWORD for p in parameters.values())
    hints = get_type_hints(function)
    assert set(hints) == {*parameters, "return"}
    assert f"def {name}(" in inspect.getsource(function)
    with pytest.raises(TypeError, match="wieght"):
        function(np.ones(5), np.ones(3), wieght=3)


@pytest.mark.slow
def test_packages_are_packages():
    code = (
        "import types, sigdeconv, sigdeconv.inverse as inv, sigdeconv.inverse.wiener as w\n"
        "import sigdeconv.comparison as c, sigdeconv.tuning as t, sigdeconv.choice as ch\n"
        "assert all(isinstance(m, types.ModuleType) for m in (inv, w, c, t, ch))\n"
        "assert callable(sigdeconv.wiener) and w.wiener is sigdeconv.wiener\n"
        "assert type(sigdeconv) is types.ModuleType\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize("path", ["direct", "fft"])
def test_an_operator_owns_its_kernel(path):
    h, mask = np.array([0.25, 0.5, 0.25]), np.ones(8)
    A = sd.Convolution(h, (8,), path=path, mask=mask)
    x = np.arange(8.0)
    expected = A(x).copy()
    h[:], mask[:] = 0, 0
    np.testing.assert_array_equal(A(x), expected)
    with pytest.raises(ValueError, match="read-only"):
        A.psf[0] = 1


@pytest.mark.parametrize(
    ("shape", "boundary"),
    [
        *(((60,), border) for border in BORDERS),
        *(pytest.param((20, 17), border, marks=pytest.mark.slow) for border in BORDERS),
        ((7, 6, 8), None),
        pytest.param((7, 6, 8), "reflect", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    ("name", "options"),
    [("wiener", {"nsr": 1e-2}), ("wiener", {"noise": 1e-2, "signal_spectrum": 1e-2}),
     ("wiener", {"noise_spectrum": 1e-4, "signal_spectrum": 1e-2}),
     ("tikhonov", {"order": 0, "weight": 1e-2}), ("tikhonov", {"order": 0})],
)  # fmt: skip
def test_a_ratio_for_all_frequencies_leaves_the_mean_alone(name, options, shape, boundary):
    """It was a penalty on the mean too, so the border rang around every bright scene."""
    psf = sd.psf.gaussian(0.9, ndim=len(shape))
    method, y = getattr(sd, name), np.random.default_rng(0).random(shape)
    options = options | {"boundary": boundary}
    np.testing.assert_allclose(method(np.ones(shape), psf, **options), 1, atol=1e-10)
    np.testing.assert_allclose(
        method(y + 100, psf, **options) - method(y, psf, **options), 100, atol=1e-7
    )


@pytest.mark.parametrize("shape", [(50,), (30, 33), (12, 14, 13)])
@pytest.mark.parametrize("balance", [1e-3, 0.1, 10.0])
def test_the_wiener_of_scikit_image_is_a_tikhonov_of_second_order(shape, balance):
    restoration = pytest.importorskip("skimage.restoration")
    rng = np.random.default_rng(0)
    y, psf = rng.random(shape), rng.random((5,) * len(shape))
    psf /= psf.sum()
    theirs = restoration.wiener(y, psf, balance, clip=False)
    ours = sd.tikhonov(y, psf, weight=balance, order=2, boundary="periodic")
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
