"""Noise: what the detector adds, drawn from a seed, and what data tell about theirs."""

from sigdeconv.noise.calm import calm_level, is_calm_white, is_flat
from sigdeconv.noise.estimate import counting_variance, estimate_noise, identify_noise
from sigdeconv.noise.models import Gaussian, Mixed, Noise, NoNoise, Poisson
from sigdeconv.noise.spec import as_noise

__all__ = [
    "Gaussian",
    "Mixed",
    "NoNoise",
    "Noise",
    "Poisson",
    "as_noise",
    "calm_level",
    "counting_variance",
    "estimate_noise",
    "identify_noise",
    "is_calm_white",
    "is_flat",
]
