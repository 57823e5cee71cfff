"""How good a restoration is: distances, correlation, spectrum regained, whiteness of the residual.

Every measure takes arrays of any namespace, one to any number of dimensions, and returns Python
floats (or NumPy arrays for curves). The truth comes first. No measure returns NaN: a perfect match
has an infinite PSNR, a constant array has correlation 0 with anything.
"""

from sigdeconv.metrics._pair import interior
from sigdeconv.metrics._spectrum import SpectralRegain, spectral_regain, whiteness
from sigdeconv.metrics._values import ScaleFit, correlation, nrmse, psnr, scale_fit, ssim

__all__ = [
    "ScaleFit",
    "SpectralRegain",
    "correlation",
    "interior",
    "nrmse",
    "psnr",
    "scale_fit",
    "spectral_regain",
    "ssim",
    "whiteness",
]
