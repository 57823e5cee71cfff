"""Awkward input to public functions: a finite result, or an error that names the argument."""

import inspect
import math
import warnings

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry

Y = np.random.default_rng(0).random((12, 11))
H = np.array([[0, 1, 0], [1, 4, 3], [0, 1, 0]]) / 10
LAYER = {"x": Y[None, None], "weight": H[None, None]}
SIGNAL = {"y": Y, "psf": H}

NUMBERS = {
    "nan": math.nan, "infinite": math.inf, "negative": -1, "text": "x", "none": None,
    "list": [1, 2, 3], "bool": True, "complex": 1j, "zero": 0, "fraction": 2.5,
    "numpy int": np.int64(3), "0-d": np.array(2.0),
}  # fmt: skip
ARRAYS = {
    "nan": np.full(Y.shape, np.nan), "infinite": np.full(Y.shape, np.inf), "empty": Y[:0],
    "0-d": np.float64(3), "text": "x", "none": None, "objects": np.array([{}, 1], object),
    "ragged": [[1, 2], [3]], "1-d": np.ones(5), "4-d": np.ones((2, 2, 2, 2)), "dict": {},
    "complex": 1j * Y, "bool": Y > 0.5, "uint8": (255 * Y).astype(np.uint8),
    "half": Y.astype(np.float16), "long": Y.astype(np.longdouble), "other end": Y.astype(">f8"),
    "constant": np.ones(Y.shape), "zeros": np.zeros(Y.shape), "one": np.ones((1, 1)),
    "negative": -Y, "huge": 1e300 * Y, "tiny": 1e-300 * Y, "fortran": np.asfortranarray(Y),
    "backwards": Y[::-1, ::-1], "list": Y.tolist(), "masked": np.ma.masked_array(Y, Y > 0.5),
    "date": np.array(["2020-01-01"], "datetime64[D]"),
}  # fmt: skip
READ_ONLY = Y.copy()
READ_ONLY.flags.writeable = False
ARRAYS["read-only"] = READ_ONLY

# name -> arguments that are right; any other argument is tried at its default.
# A weight is given where finding one would take its time, and a few iterations where a stop at the
# noise would: the cases of these two, and of y by default, find them.
WEIGHED = ("tv", "variational", "hyper_laplacian", "wavelet_l1", "sparse")
FEW = {name: {"num_iter": 3} for name in registry if registry.get(name).iterates}
CHEAP = {name: few | ({"weight": 0.1} if name in WEIGHED else {}) for name, few in FEW.items()}
FUNCTIONS = {name: SIGNAL | CHEAP.get(name, {}) for name in registry} | {
    "deconvolve": SIGNAL | {"method": "landweber", "num_iter": 3},
    "compare": SIGNAL | {"methods": ["adjoint", "wiener"]},
    "tune": SIGNAL | {"strengths": (1e-3, 1e-2, 1e-1)},
    "simulate": {"x": Y, "psf": H},
    "estimate_noise": {"y": Y},
    "identify_noise": {"y": Y},
    "psf2otf": {"psf": H, "shape": (16, 16)},
    "otf2psf": {"otf": sd.psf2otf(H, (16, 16)), "shape": (3, 3)},
    "Convolution": {"psf": H, "shape": (12, 11)},
    "conv": LAYER,
    "conv_transpose": LAYER,
    "ConvGeometry": {"kernel": 3},
    "Difference": {"shape": (5, 6)},
    "Gaussian": {"sigma": 1.0},
    "Poisson": {"peak": 10.0},
    "metrics.psnr": {"truth": Y, "x": Y + 0.1},
    "metrics.ssim": {"truth": Y, "x": Y + 0.1},
    "metrics.nrmse": {"truth": Y, "x": Y + 0.1},
    "metrics.correlation": {"truth": Y, "x": Y + 0.1},
    "metrics.scale_fit": {"truth": Y, "x": Y + 0.1},
    "metrics.spectral_regain": {"truth": Y, "data": Y + 0.2, "x": Y + 0.1},
    "metrics.whiteness": {"residual": Y},
    "psf.airy": {"radius": 3.0},
    "psf.box": {"size": 3},
    "psf.disk": {"radius": 2.0},
    "psf.gaussian": {"sigma": 1.0},
    "psf.motion": {"length": 5.0},
    "psf.minimum_phase": {"source": H[1]},
}
ARE_ARRAYS = (
    "y", "psf", "x", "otf", "mask", "truth", "start", "background", "readout_noise", "bias",
    "data", "residual", "source",
)  # fmt: skip
# An argument may be spoken of by another name: an array by its partner, whose shape it must fit.
ALSO = {"methods": "method", "psf": "shape", "otf": "shape", "axes": "y", "truth": "y"}
ALSO |= {"x": "size"}  # of the input of a layer
LEFT_OUT = ("callback", "history", "parameters", "options")
# Checked in one place for all methods, of which three are quick: a closed form and two iterations.
SHARED = (
    "psf", "start", "boundary", "centre", "mask", "workers", "num_iter", "tol", "stop", "axis",
)  # fmt: skip
QUICK = ("wiener", "landweber", "tv")
# Infinite for a perfect estimate, or an error where the truth, or the data, have none.
MEASURES = ("metrics.psnr", "metrics.nrmse", "metrics.spectral_regain")


def function_of(name):
    if name in registry:
        return registry.get(name).function
    module, _, own = name.rpartition(".")
    return getattr(getattr(sd, module) if module else sd, own)


def cases():
    found = []
    for name, right in FUNCTIONS.items():
        for argument in inspect.signature(function_of(name)).parameters:
            if argument not in LEFT_OUT:
                shared = name in registry and argument in SHARED and name not in QUICK
                shared |= name == "tune" and argument in ("y", "truth", *SHARED)
                slow = shared or argument in ("strengths", "memory")  # a curve each time, tiles
                marks = pytest.mark.slow if slow else ()
                found.append(pytest.param(name, argument, right, marks=marks))
    default = [(name, "y") for name in registry if name in FEW]
    arguments = ("y", *(a for a in SHARED if a != "start"))
    default += [("deconvolve", a) for a in arguments]  # the data choose, each time
    default += [("tune", "y")]
    weight = {name: {"weight": 0.1} if name in WEIGHED else {} for name, _ in default}
    return found + [
        pytest.param(name, argument, SIGNAL | weight[name], marks=pytest.mark.slow)
        for name, argument in default
    ]


def finite(result):
    result = getattr(result, "y" if isinstance(result, sd.Observation) else "x", result)
    if isinstance(result, tuple):
        return all(finite(part) for part in result)
    values = np.asarray(result)
    return values.dtype.kind not in "fc" or bool(np.all(np.isfinite(values)))


@pytest.mark.parametrize(("name", "argument", "right"), cases())
def test_finite_or_named(name, argument, right):
    arrays = argument in ARE_ARRAYS or (argument == "weight" and right is LAYER)
    for label, value in (ARRAYS if arrays else NUMBERS).items():
        if right is LAYER and getattr(value, "ndim", 0) == 2:
            value = value[None, None]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", sd.sanity.SanityWarning)
            try:
                result = function_of(name)(**(right | {argument: value}))
            except (ValueError, TypeError) as error:
                told = argument in str(error) or ALSO.get(argument, argument) in str(error)
                assert told, f"{label}: {error!r} does not name {argument}"
            else:
                assert finite(result) or name in MEASURES, f"{label}: not finite"
