"""Checks of what several methods take: a weight, the level of the noise, real numbers."""

from __future__ import annotations

from typing import Any

from sigdeconv._array import Array, is_complex
from sigdeconv._checks import number
from sigdeconv.noise import Noise
from sigdeconv.operators.base import Operator
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import filled

__all__ = ["check_real", "noise_std", "weight_or_auto"]


def weight_or_auto(weight: Any) -> float | None:
    """Return a weight above 0, or None for ``auto``."""
    if isinstance(weight, str) and weight == "auto":
        return None
    return number("weight", weight, above=0, instead="'auto'")


def noise_std(noise: Noise | float | None, obs: Observation) -> float | None:
    """Return the standard deviation that a number or a noise model stands for; None for None.

    For noise that grows with the signal it is the root of the mean variance in the data.
    """
    if noise is None:
        return None
    level = noise.level(filled(obs)) if isinstance(noise, Noise) else noise
    return number("noise", level, above=0, instead="a noise model,")


def check_real(y: Array, A: Operator) -> None:
    """Refuse complex data and operators."""
    for name, found in (("y", is_complex(y)), ("psf", A.makes_complex)):
        if found:
            raise TypeError(f"{name} is complex; this method needs real numbers. Use wiener")
