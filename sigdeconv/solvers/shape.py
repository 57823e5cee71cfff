"""What kind of scene data show, judged by their shape and not by one extreme sample."""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np

from sigdeconv._array import is_complex, to_numpy
from sigdeconv.noise import Mixed, Noise, NoNoise, Poisson, identify_noise
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import filled

__all__ = ["are_counts", "counting_part", "has_few", "is_dark", "noise_model_of", "of_light"]


@final
@dataclasses.dataclass(frozen=True)
class DarkScene:
    """What a dark scene is: few bright things on a ground of any level.

    Attributes
    ----------
    ground, top : float
        Quantiles of the data that stand for their least and largest values.
    share : float
        Part of the range between the two below which the median of a dark scene lies. Chosen by
        eye: star fields and beads have 0.02 to 0.1, photographs 0.3 to 0.7, dark ones from 0.15.
    sure : float
        The same, for a scene that nothing else than a dark one has to be thought of.
    below : float
        Part of their light that counts may have below zero.
    few : float
        Part of the samples that carry data of few things of either sign on zero, at most: the
        square of the mean distance from the median over the mean square. White noise has 0.64.
    zero : float
        Distance of their median from zero, in standard deviations, at most.
    most_samples : int
        Samples up to which such data are looked at for spikes, whose search takes its time.
    """

    ground: float = 0.001
    top: float = 0.999
    share: float = 0.25
    sure: float = 0.12
    below: float = 0.01
    few: float = 0.45
    zero: float = 0.5
    most_samples: int = 2**14


DARK_SCENE = DarkScene()


def noise_model_of(obs: Observation) -> Noise:
    """Return the noise model of the data, found once; none where they are too few to tell."""
    if "noise model" not in obs.kept:
        try:
            obs.kept["noise model"] = identify_noise(filled(obs))
        except ValueError:
            obs.kept["noise model"] = NoNoise()
    found: Noise = obs.kept["noise model"]
    return found


def counting_part(noise: Noise) -> Poisson | None:
    """Return the part of a noise model that grows with the signal, if it has one."""
    part = noise.poisson if isinstance(noise, Mixed) else noise
    return part if isinstance(part, Poisson) else None


def are_counts(obs: Observation) -> bool:
    """Tell whether the data are intensities whose noise grows with them."""
    if is_complex(obs.y) or obs.A.makes_complex:
        return False
    values = to_numpy(obs.y)
    if obs.mask is not None and np.any(obs.mask > 0):
        values = values[obs.mask > 0]
    below = -float(np.sum(np.minimum(values, 0)))  # a sky that was taken away leaves its noise
    light = below <= DARK_SCENE.below * float(np.sum(np.abs(values)))
    return light and isinstance(noise_model_of(obs), (Poisson, Mixed))


def of_light(obs: Observation) -> bool:
    """Tell whether the data are a dark scene or counts, for methods of values at least zero."""
    return is_dark(obs) or (
        obs.is_convolution and bool(np.min(obs.kernel) >= 0) and are_counts(obs)
    )


def has_few(obs: Observation) -> bool:
    """Tell whether the data are few things of either sign on zero, such as blurred spikes."""
    values = to_numpy(obs.y)
    if np.iscomplexobj(values) or not obs.is_convolution or obs.A.makes_complex:
        return False
    if values.size > DARK_SCENE.most_samples:
        return False
    middle = float(np.median(values))
    away = np.abs(values - middle)
    energy = float(np.mean(away**2))
    if energy == 0 or abs(middle) > DARK_SCENE.zero * energy**0.5:
        return False
    return float(np.mean(away)) ** 2 < DARK_SCENE.few * energy


def is_dark(obs: Observation, *, surely: bool = False) -> bool:
    """Tell whether the data are intensities with few bright things on a ground of any level."""
    values = to_numpy(obs.y)
    if np.iscomplexobj(values) or obs.A.makes_complex:
        return False
    if not obs.is_convolution:
        return False  # a ground says nothing where the data are no picture of the scene
    if np.min(obs.convolution.psf) < 0:
        return False
    if obs.mask is not None and np.any(obs.mask > 0):
        values = values[obs.mask > 0]
    ground, middle, top = np.quantile(values, [DARK_SCENE.ground, 0.5, DARK_SCENE.top])
    share = DARK_SCENE.sure if surely else DARK_SCENE.share
    return bool(middle - ground < share * (top - ground))
