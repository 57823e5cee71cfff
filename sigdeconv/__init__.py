"""sigdeconv: a signal went through a convolution; how do I get it back?

There are two answers, and both are called deconvolution. The *inverse* restores the values; the
*adjoint* (transposed convolution) restores the shape. This file holds the public names and nothing
else: each is imported the first time it is asked for (PEP 562), so ``import sigdeconv`` is light.
"""

import importlib
import importlib.util
import sys
import types
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sigdeconv import claims as claims
    from sigdeconv import datasets as datasets
    from sigdeconv import io as io
    from sigdeconv import metrics as metrics
    from sigdeconv import noise as noise
    from sigdeconv import operators as operators
    from sigdeconv import plots as plots
    from sigdeconv import priors as priors
    from sigdeconv import psf as psf
    from sigdeconv import sanity as sanity
    from sigdeconv import transposed as transposed
    from sigdeconv.comparison import Comparison as Comparison
    from sigdeconv.comparison import compare as compare
    from sigdeconv.deconvolve import deconvolve as deconvolve
    from sigdeconv.deconvolve import methods as methods
    from sigdeconv.division import is_minimum_phase as is_minimum_phase
    from sigdeconv.division import polynomial_division as polynomial_division
    from sigdeconv.inverse.cgls import cgls as cgls
    from sigdeconv.inverse.hyper_laplacian import hyper_laplacian as hyper_laplacian
    from sigdeconv.inverse.inverse import inverse as inverse
    from sigdeconv.inverse.landweber import landweber as landweber
    from sigdeconv.inverse.nnls import nnls as nnls
    from sigdeconv.inverse.plug_and_play import plug_and_play as plug_and_play
    from sigdeconv.inverse.richardson_lucy import richardson_lucy as richardson_lucy
    from sigdeconv.inverse.sparse import sparse as sparse
    from sigdeconv.inverse.tikhonov import tikhonov as tikhonov
    from sigdeconv.inverse.tv import tv as tv
    from sigdeconv.inverse.wavelet_l1 import wavelet_l1 as wavelet_l1
    from sigdeconv.inverse.wiener import wiener as wiener
    from sigdeconv.noise import Gaussian as Gaussian
    from sigdeconv.noise import Mixed as Mixed
    from sigdeconv.noise import Poisson as Poisson
    from sigdeconv.noise import estimate_noise as estimate_noise
    from sigdeconv.noise import identify_noise as identify_noise
    from sigdeconv.operators import Convolution as Convolution
    from sigdeconv.operators import Diagonal as Diagonal
    from sigdeconv.operators import Difference as Difference
    from sigdeconv.operators import Operator as Operator
    from sigdeconv.operators import dot_test as dot_test
    from sigdeconv.problem import Observation as Observation
    from sigdeconv.problem import simulate as simulate
    from sigdeconv.psf import otf2psf as otf2psf
    from sigdeconv.psf import psf2otf as psf2otf
    from sigdeconv.result import Result as Result
    from sigdeconv.transposed import ConvGeometry as ConvGeometry
    from sigdeconv.transposed import conv as conv
    from sigdeconv.transposed import conv_transpose as conv_transpose
    from sigdeconv.transposed.baseline import adjoint as adjoint
    from sigdeconv.transposed.baseline import scaled_adjoint as scaled_adjoint
    from sigdeconv.tune import TuningCurve as TuningCurve
    from sigdeconv.tune import tune as tune

# Public name -> the module that defines it. The TYPE_CHECKING block above says the same to type
# checkers; tests/test_imports.py keeps the two equal.
_NAMES = {
    "Operator": "operators",
    "Convolution": "operators",
    "Difference": "operators",
    "Diagonal": "operators",
    "dot_test": "operators",
    "psf2otf": "psf",
    "otf2psf": "psf",
    "Gaussian": "noise",
    "Poisson": "noise",
    "Mixed": "noise",
    "estimate_noise": "noise",
    "identify_noise": "noise",
    "Observation": "problem",
    "simulate": "problem",
    "Result": "result",
    "inverse": "inverse.inverse",
    "tikhonov": "inverse.tikhonov",
    "tv": "inverse.tv",
    "hyper_laplacian": "inverse.hyper_laplacian",
    "wavelet_l1": "inverse.wavelet_l1",
    "plug_and_play": "inverse.plug_and_play",
    "sparse": "inverse.sparse",
    "nnls": "inverse.nnls",
    "wiener": "inverse.wiener",
    "richardson_lucy": "inverse.richardson_lucy",
    "landweber": "inverse.landweber",
    "cgls": "inverse.cgls",
    "polynomial_division": "division",
    "is_minimum_phase": "division",
    "adjoint": "transposed.baseline",
    "scaled_adjoint": "transposed.baseline",
    "ConvGeometry": "transposed",
    "conv": "transposed",
    "conv_transpose": "transposed",
    "deconvolve": "deconvolve",
    "methods": "deconvolve",
    "TuningCurve": "tune",
    "tune": "tune",
    "compare": "comparison",
    "Comparison": "comparison",
}
_MODULES = (
    "claims",
    "datasets",
    "io",
    "metrics",
    "noise",
    "operators",
    "plots",
    "priors",
    "psf",
    "sanity",
    "transposed",
)

__all__ = [*_NAMES, *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    """Import the public `name` on first use."""
    if name in _NAMES:
        value = getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
        globals()[name] = value
        return value
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if importlib.util.find_spec(f"{__name__}.{name}") is not None:
        return importlib.import_module(f"{__name__}.{name}")
    if importlib.util.find_spec(f"{__name__}.inverse.{name}") is not None:  # a method added later
        return getattr(importlib.import_module(f"{__name__}.inverse.{name}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, imported yet or not."""
    return sorted(__all__)


class _Package(types.ModuleType):
    """A package whose functions win over submodules of the same name.

    After importing ``sigdeconv.deconvolve`` the import system binds the *module* to the attribute
    ``deconvolve`` of the package; so ``sd.deconvolve`` would be the function or the module,
    depending on what was imported before. Ignoring that one binding makes ``sd.deconvolve``,
    ``sd.compare`` and ``sd.inverse`` the callables, always. The modules stay reachable in the
    forms that go through `sys.modules`: ``from sigdeconv.inverse import wiener``,
    ``from sigdeconv.deconvolve import methods``, ``import sigdeconv.inverse.wiener`` (only its
    variant with ``as`` walks the attributes, and fails: use the form with ``from``).
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _NAMES and isinstance(value, types.ModuleType):
            return
        types.ModuleType.__setattr__(self, name, value)


sys.modules[__name__].__class__ = _Package
