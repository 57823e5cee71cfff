"""What kind of scene data show, judged by their shape and not by one extreme sample."""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np

from sigdeconv._array import to_numpy
from sigdeconv.problem import Observation

__all__ = ["is_dark"]


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
        eye: star fields and beads have 0.02 to 0.1, photographs 0.3 to 0.7.
    """

    ground: float = 0.001
    top: float = 0.999
    share: float = 0.25


DARK_SCENE = DarkScene()


def is_dark(obs: Observation) -> bool:
    """Tell whether the data are intensities with few bright things on a ground of any level."""
    values = to_numpy(obs.y)
    if np.iscomplexobj(values) or obs.A.makes_complex or obs.mask is not None:
        return False
    if not obs.is_convolution:
        return False  # a ground says nothing where the data are no picture of the scene
    if np.min(obs.convolution.psf) < 0:
        return False
    ground, middle, top = np.quantile(values, [DARK_SCENE.ground, 0.5, DARK_SCENE.top])
    return bool(middle - ground < DARK_SCENE.share * (top - ground))
