"""The public names: what run time and type checkers see (SPEC 1)."""

from . import choice as choice
from . import claims as claims
from . import comparison as comparison
from . import datasets as datasets
from . import frames as frames
from . import geometry as geometry
from . import inverse as inverse
from . import io as io
from . import losses as losses
from . import metrics as metrics
from . import noise as noise
from . import operators as operators
from . import plots as plots
from . import priors as priors
from . import psf as psf
from . import report as report
from . import sanity as sanity
from . import stopping as stopping
from . import tiles as tiles
from . import transposed as transposed
from . import tuning as tuning
from ._deconvolve import deconvolve as deconvolve
from ._deconvolve import methods as methods
from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .division import is_minimum_phase as is_minimum_phase
from .division import polynomial_division as polynomial_division
from .frames import multiframe as multiframe
from .inverse.blind_richardson_lucy import blind_richardson_lucy as blind_richardson_lucy
from .inverse.cgls import cgls as cgls
from .inverse.hyper_laplacian import hyper_laplacian as hyper_laplacian
from .inverse.ictm import ictm as ictm
from .inverse.inverse_filter import inverse_filter as inverse_filter
from .inverse.landweber import landweber as landweber
from .inverse.nnls import nnls as nnls
from .inverse.plug_and_play import plug_and_play as plug_and_play
from .inverse.richardson_lucy import richardson_lucy as richardson_lucy
from .inverse.sparse import sparse as sparse
from .inverse.stark_parker import stark_parker as stark_parker
from .inverse.tikhonov import tikhonov as tikhonov
from .inverse.tv import tv as tv
from .inverse.van_cittert import van_cittert as van_cittert
from .inverse.variational import variational as variational
from .inverse.wavelet_l1 import wavelet_l1 as wavelet_l1
from .inverse.wiener import wiener as wiener
from .noise import Gaussian as Gaussian
from .noise import Mixed as Mixed
from .noise import Poisson as Poisson
from .noise import estimate_noise as estimate_noise
from .noise import identify_noise as identify_noise
from .operators import Convolution as Convolution
from .operators import Diagonal as Diagonal
from .operators import Difference as Difference
from .operators import Matrix as Matrix
from .operators import Operator as Operator
from .operators import Sampled as Sampled
from .operators import SpaceVariant as SpaceVariant
from .operators import Stacked as Stacked
from .operators import dot_test as dot_test
from .operators import svd as svd
from .problem import Observation as Observation
from .problem import simulate as simulate
from .psf import otf2psf as otf2psf
from .psf import psf2otf as psf2otf
from .result import Result as Result
from .tiles import tiled as tiled
from .transposed import ConvGeometry as ConvGeometry
from .transposed import conv as conv
from .transposed import conv_transpose as conv_transpose
from .transposed.baseline import adjoint as adjoint
from .transposed.baseline import scaled_adjoint as scaled_adjoint
from .tuning import TuningCurve as TuningCurve
from .tuning import tune as tune

__version__: str

__all__ = [
    "Comparison",
    "ConvGeometry",
    "Convolution",
    "Diagonal",
    "Difference",
    "Gaussian",
    "Matrix",
    "Mixed",
    "Observation",
    "Operator",
    "Poisson",
    "Result",
    "Sampled",
    "SpaceVariant",
    "Stacked",
    "TuningCurve",
    "__version__",
    "adjoint",
    "blind_richardson_lucy",
    "cgls",
    "choice",
    "claims",
    "compare",
    "comparison",
    "conv",
    "conv_transpose",
    "datasets",
    "deconvolve",
    "dot_test",
    "estimate_noise",
    "frames",
    "geometry",
    "hyper_laplacian",
    "ictm",
    "identify_noise",
    "inverse",
    "inverse_filter",
    "io",
    "is_minimum_phase",
    "landweber",
    "losses",
    "methods",
    "metrics",
    "multiframe",
    "nnls",
    "noise",
    "operators",
    "otf2psf",
    "plots",
    "plug_and_play",
    "polynomial_division",
    "priors",
    "psf",
    "psf2otf",
    "report",
    "richardson_lucy",
    "sanity",
    "scaled_adjoint",
    "simulate",
    "sparse",
    "stark_parker",
    "stopping",
    "svd",
    "tikhonov",
    "tiled",
    "tiles",
    "transposed",
    "tune",
    "tuning",
    "tv",
    "van_cittert",
    "variational",
    "wavelet_l1",
    "wiener",
]
