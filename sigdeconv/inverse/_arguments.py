"""Checks of arguments that several methods have: weight, noise, real numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sigdeconv._array import Array, is_complex, like
from sigdeconv.operators.convolution import Convolution

__all__ = ["check_noise", "check_real", "check_weight"]


def check_weight(weight: Any) -> float | None:
    """Return a weight above 0, or None for ``auto``."""
    if isinstance(weight, str) and weight == "auto":
        return None
    number = isinstance(weight, (int, float, np.number)) and not isinstance(weight, bool)
    if not number or not 0 < weight < math.inf:
        raise ValueError(f"weight must be 'auto' or a finite number above 0; got {weight!r}")
    return float(weight)


def check_noise(noise: Any) -> None:
    """Refuse what is no standard deviation; None stands for one that is to be estimated."""
    if noise is not None and not (isinstance(noise, (int, float)) and 0 < noise < math.inf):
        raise ValueError(f"noise must be a standard deviation above 0; got {noise!r}")


def check_real(y: Array, A: Convolution) -> None:
    """Refuse complex data and kernels."""
    for name, a in (("y", y), ("psf", A.psf)):
        if is_complex(like(a, y)):
            raise TypeError(f"{name} is complex; this method needs real numbers. Use wiener")
