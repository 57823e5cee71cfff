"""Priors, one a file: what makes one estimate more plausible than another.

Each says what it can do (`Prior.can`), and the linear map that it composes with. A new file in this
folder is found by discovery.
"""

from sigdeconv.priors._prior import Combined, Prior, as_prior, prior, register, registry
from sigdeconv.priors.denoiser import Denoiser, DenoiserName
from sigdeconv.priors.group_sparsity import GroupSparsity
from sigdeconv.priors.hessian_schatten import HessianSchatten
from sigdeconv.priors.hyper_laplacian import HyperLaplacian, PowerKind
from sigdeconv.priors.l1 import L1
from sigdeconv.priors.nonnegative import Box, Nonnegative
from sigdeconv.priors.tgv import TGV
from sigdeconv.priors.tv import TV, TVKind
from sigdeconv.priors.wavelet_frame import WaveletFrame

__all__ = [
    "L1",
    "TGV",
    "TV",
    "Box",
    "Combined",
    "Denoiser",
    "DenoiserName",
    "GroupSparsity",
    "HessianSchatten",
    "HyperLaplacian",
    "Nonnegative",
    "PowerKind",
    "Prior",
    "TVKind",
    "WaveletFrame",
    "as_prior",
    "prior",
    "register",
    "registry",
]

registry.search(__name__)
