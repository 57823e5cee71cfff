"""Gradients of photographs have tails heavier than Laplace's: sum |d|^p with p < 1.

(Krishnan & Fergus 2009; there d is a difference along an axis, here also the length of the
gradient.) Not convex: a solver finds a good minimum, not the least. The proximal map
jumps from zero to a finite value; it is exact for p = 1/2 (a cubic equation) and 2/3 (a quartic),
and by Newton's method from the far side, which cannot miss, for every other exponent.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal, final, get_args

from sigdeconv._array import Array, namespace
from sigdeconv.priors._prior import Prior, register
from sigdeconv.priors.maps import Gradient, Grid, LinearMap

__all__ = ["HyperLaplacian"]

PowerKind = Literal["isotropic", "anisotropic"]
HYPER_LAPLACIAN_KINDS: tuple[PowerKind, ...] = get_args(PowerKind)
NEWTON_STEPS = 12  # of the proximal map


@register("hyper_laplacian")
@final
@dataclasses.dataclass(frozen=True)
class HyperLaplacian(Prior):
    """The sum of the differences' magnitudes to the power `exponent`.

    Parameters
    ----------
    exponent : float
        Above 0 and at most 1; 1/2 to 4/5 describe photographs.
    spacing : sequence of float, optional
        Sample distance on each axis.
    kind : {"isotropic", "anisotropic"}
        d is the length of the gradient, or its components.

    Raises
    ------
    ValueError
        If `exponent` is not in that range, or the kind is not known.

    References
    ----------
    .. [1] D. Krishnan and R. Fergus, "Fast image deconvolution using hyper-Laplacian priors",
           Advances in Neural Information Processing Systems 22, 2009.
    .. [2] Z. Xu, X. Chang, F. Xu, H. Zhang, "L1/2 regularization: a thresholding representation
           theory and a fast solver", IEEE Trans. Neural Netw. Learn. Syst. 23, 2012,
           :doi:`10.1109/TNNLS.2012.2197412`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import HyperLaplacian
    >>> HyperLaplacian(0.5, kind="anisotropic").prox(np.array([0.5, 4.0]), 1.0).round(3)
    array([0.   , 3.742])
    """

    exponent: float = 2 / 3
    spacing: Sequence[float] | None = None
    kind: PowerKind = "isotropic"
    convex = False

    def __post_init__(self) -> None:
        if self.kind not in HYPER_LAPLACIAN_KINDS:
            raise ValueError(
                f"kind must be one of {', '.join(HYPER_LAPLACIAN_KINDS)}; got {self.kind!r}"
            )
        if not isinstance(self.exponent, (int, float)) or not 0 < self.exponent <= 1:
            raise ValueError(f"exponent must be above 0 and at most 1; got {self.exponent!r}")

    def linear_map(self, grid: Grid) -> LinearMap:
        """Return the gradient."""
        return Gradient(grid.shape, self.spacing)

    def value(self, c: Array) -> float:
        """Return the sum of the powers."""
        xp = namespace(c)
        return float(xp.sum(self._size(c) ** self.exponent, dtype=xp.float64))

    def _size(self, c: Array) -> Array:
        """Return what the penalty counts, with a first axis of 1 where it is a length."""
        xp = namespace(c)
        if self.kind == "anisotropic" or c.shape[0] == 1:
            return xp.abs(c)
        return xp.sqrt(xp.sum(c * c, axis=0, keepdims=True))

    def prox(self, c: Array, step: float) -> Array:
        """Return the root beyond the threshold, zero below it."""
        xp, p = namespace(c), self.exponent
        if step <= 0:
            return c + 0
        size = self._size(c)
        if p == 1:
            return c * (1 - step / xp.clip(size, min=step))
        # In units in which the step is one: z = u w with u^(2 - p) = step.
        unit = step ** (1 / (2 - p))
        least = (2 * (1 - p)) ** (1 / (2 - p))  # the value at the threshold, after the jump
        threshold = least + p * least ** (p - 1)
        over = size > threshold * unit
        v = xp.where(over, size / unit, xp.full_like(size, 2 * threshold))
        w = _half(v) if p == 0.5 else _two_thirds(v) if abs(p - 2 / 3) < 1e-9 else _newton(v, p)
        ratio = w * unit / xp.where(over, size, xp.ones_like(size))
        return c * xp.where(over, ratio, xp.zeros_like(ratio))


def _half(v: Array) -> Array:
    """Return the larger root of w - v + w^(-1/2) / 2 = 0, as the cosine of a third of an angle."""
    xp = namespace(v)
    angle = xp.acos(xp.clip((v / 3) ** -1.5 / 4, min=-1, max=1))
    return (2 / 3) * v * (1 + xp.cos((2 / 3) * (math.pi - angle)))


def _two_thirds(v: Array) -> Array:
    """Return the larger root of w - v + 2/3 w^(-1/3) = 0; with w = q^3 it is a quartic."""
    xp = namespace(v)
    # Its resolvent cubic has one real root, the square of a = 2/sqrt(3) lam^(1/4) sqrt(cosh(t)).
    lam = 2.0
    t = xp.acosh(xp.clip((27 / 16) * v * v * lam**-1.5, min=1)) / 3
    a = (2 / 3**0.5) * lam**0.25 * xp.sqrt(xp.cosh(t))
    return ((a + xp.sqrt(xp.clip(2 * v / a - a * a, min=0))) / 2) ** 3


def _newton(v: Array, p: float) -> Array:
    """Return the larger root of w - v + p w^(p - 1) = 0; from v the steps fall monotonically."""
    w = v
    for _ in range(NEWTON_STEPS):
        slope = w ** (p - 2)
        w = w - (w - v + p * slope * w) / (1 + p * (p - 1) * slope)
    return w
