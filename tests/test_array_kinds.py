"""Every public function with every kind of array: the same kind, type and device comes back.

Or a TypeError that names what is accepted. Dask's arrays raise when they are computed whole.
"""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv._array import to_numpy

N = 24
rng = np.random.default_rng(0)
PSF = sd.psf.gaussian(0.8).astype("f4")
Y = sd.simulate(
    sd.datasets.camera()[200 : 200 + N + 6, 200 : 200 + N + 6], PSF, noise=0.01, rng=0
).y.astype("f4")[:N, :N]
MASK = np.ones(Y.shape, "f4")
MASK[3, 4] = 0
METHODS = {name: {"num_iter": 2} for name in sd.methods()}
for name in ("wiener", "tikhonov", "inverse_filter", "ictm", "adjoint", "scaled_adjoint"):
    METHODS[name] = {}
METHODS["inverse_filter"] = {"threshold": 0.3}
METHODS["plug_and_play"] = {"num_iter": 2, "denoiser": lambda x, sigma: x * 0.9}
METHODS["wavelet_l1"] = {"num_iter": 2, "weight": 0.01, "levels": 1}
METHODS["hyper_laplacian"] = METHODS["tv"] = {"num_iter": 2, "weight": 0.01}


class Untouched:
    """An array that fails when anything of it is asked for."""

    shape, dtype, ndim = Y.shape, Y.dtype, 2

    def __getitem__(self, at):
        raise AssertionError("computed")


def strict(device):
    xp = pytest.importorskip("array_api_strict")
    return lambda a: xp.asarray(a, device=xp.Device(device))


def torch():
    library = pytest.importorskip("torch")
    return lambda a: library.tensor(np.ascontiguousarray(a))


KINDS = {
    "numpy": lambda: np.asarray,
    "torch": torch,
    "strict": lambda: strict("CPU_DEVICE"),
    "strict elsewhere": lambda: strict("device1"),
}


def kind_of(a):
    return type(a), str(a.dtype).rpartition(".")[2], getattr(a, "device", None)


def other(y, a):
    """Return an array of the kind of another."""
    if isinstance(y, np.ndarray):
        return a
    if hasattr(y, "__array_namespace__") and hasattr(y, "device"):
        return y.__array_namespace__().asarray(a, device=y.device)
    return y.new_tensor(a) if hasattr(y, "new_tensor") else a


HERE, TWO = [(0, 0), (0.5, 0.5)], {"method": "landweber", "num_iter": 2}
A = sd.Convolution.for_data(PSF, Y.shape)
VALUES = {  # arrays of the kind and type that came in
    **{f"{name}": lambda y, m=name: getattr(sd, m)(y, PSF, **METHODS[m]) for name in METHODS},
    "deconvolve": lambda y: sd.deconvolve(y, PSF, method="landweber", num_iter=2).x,
    "deconvolve auto": lambda y: sd.deconvolve(y, PSF, num_iter=2).x,
    "Convolution": lambda y: sd.Convolution(PSF, Y.shape)(y),
    "Convolution.T": lambda y: sd.Convolution.for_data(PSF, Y.shape, mask=MASK).T(y),
    "Difference": lambda y: sd.Difference(Y.shape)(y)[0, ...],
    "Diagonal": lambda y: sd.Diagonal(MASK)(y),
    "Stacked": lambda y: sd.Stacked((sd.Diagonal(MASK), sd.Diagonal(MASK)))(y)[0, ...],
    "SpaceVariant": lambda y: sd.SpaceVariant([PSF, PSF], [(0, 0), (20, 20)], Y.shape).T(y),
    "pad": lambda y: sd.operators.pad(y, ((1, 1), (2, 2)), "reflect"),
    "fold": lambda y: sd.operators.fold(y, ((1, 1), (2, 2)), "reflect"),
    "otf2psf": lambda y: sd.otf2psf(sd.psf2otf(y, Y.shape), Y.shape),
    "simulate": lambda y: sd.simulate(y, PSF, noise=0.01, rng=0).y,
    "truth": lambda y: sd.simulate(y, PSF, noise=sd.Poisson(100.0), rng=0).truth,
    "compare": lambda y: sd.compare(y, PSF, methods=["tikhonov"]).results["tikhonov"].x,
    "conv": lambda y: sd.conv(y[None, ...], other(y, PSF[None, None])),
    "conv_transpose": lambda y: sd.conv_transpose(y[None, ...], other(y, PSF[None, None])),
    "multiframe": lambda y: sd.multiframe([y, y], [PSF, PSF], shifts=HERE, robust=False, **TWO).x,
    "polynomial_division": lambda y: sd.polynomial_division(y[0, ...], other(y, PSF[3]))[0],
    "interior": lambda y: sd.metrics.interior(y, (3, 3)),
    "prox": lambda y: sd.priors.Nonnegative().prox(y, 0.1),
}
NUMBERS = {
    "estimate_noise": sd.estimate_noise,
    "psnr": lambda y: sd.metrics.psnr(y, y + 1),
    "ssim": lambda y: sd.metrics.ssim(y, y + 1),
    "nrmse": lambda y: sd.metrics.nrmse(y, y + 1),
    "correlation": lambda y: sd.metrics.correlation(y, y * 2),
    "scale_fit": lambda y: sd.metrics.scale_fit(y, y * 2).slope,
    "whiteness": sd.metrics.whiteness,
    "check": lambda y: sd.sanity.check(y, A),
    "identify_noise": sd.identify_noise,
    "tune": lambda y: sd.tune(y, PSF, method="tikhonov", strengths=[0.1, 0.2, 0.4]).best,
    "is_minimum_phase": lambda y: sd.is_minimum_phase(y[0, ...]),
    "outliers": lambda y: sd.sanity.outliers(y, PSF),
}
SLOW = {"adjoint", "ictm", "plug_and_play", "variational", "deconvolve auto", "tune", "tv",
        "wavelet_l1", "blind_richardson_lucy", "hyper_laplacian", "sparse",
        "multiframe", "SpaceVariant"}  # fmt: skip


def cases(named):
    return [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in named]


@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")  # of the division
@pytest.mark.parametrize("name", cases(VALUES))
def test_the_same_kind_type_and_device_come_back(name):
    for make in KINDS.values():
        y = make()(Y)
        found = VALUES[name](y)
        assert kind_of(found) == kind_of(y)
        assert np.all(np.isfinite(to_numpy(found)))


@pytest.mark.parametrize("name", cases(NUMBERS))
def test_numbers_do_not_depend_on_the_kind(name):
    plain = NUMBERS[name](Y)
    for make in KINDS.values():
        found = NUMBERS[name](make()(Y))
        if isinstance(plain, (float, np.ndarray)):
            np.testing.assert_allclose(found, plain, rtol=1e-4)
        else:
            assert type(found) is type(plain)


LAZY = {"interior"}  # a part of it, as lazy as it came


@pytest.mark.parametrize("chunks", [-1, 7])
@pytest.mark.parametrize("name", [n for n in (*VALUES, *NUMBERS) if n != "prox"])
def test_dask_is_not_computed_but_sent_to_tiles(name, chunks):
    da = pytest.importorskip("dask.array")
    lazy = da.from_array(Untouched(), chunks=chunks)
    call = VALUES.get(name) or NUMBERS[name]
    if name in LAZY:
        assert isinstance(call(lazy), da.Array)
        return
    told = r"Dask .*Pass [\w\[\]]+\.compute\(\), or .*sigdeconv\.tiled"
    with pytest.raises(TypeError, match=told):
        call(lazy)


@pytest.mark.parametrize("chunks", [-1, 7])
def test_tiles_take_dask_lazily(chunks):
    da = pytest.importorskip("dask.array")
    plan = sd.tiles.make_plan(Y, PSF, method="tikhonov", weight=0.1, tile=11, halo=5)
    x = sd.tiled(da.from_array(Y, chunks=chunks), PSF, plan=plan)
    assert isinstance(x, da.Array) and x.dtype == Y.dtype
    never = sd.tiled(da.from_array(Untouched(), chunks=chunks), PSF, plan=plan)
    assert isinstance(never, da.Array) and never.shape == Y.shape
    np.testing.assert_array_equal(x.compute(), sd.tiled(Y, PSF, plan=plan))
