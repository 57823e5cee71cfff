"""Total variation: the sum of the sizes of the gradient (Rudin, Osher & Fatemi 1992).

Flat areas and sharp edges are cheap. Isotropic: the length of the gradient; anisotropic: the sum
of its components' magnitudes; Huber: quadratic below `edge`, which avoids staircases. Colours are
bound together: one length over all of them (vectorial total variation), so that their edges meet.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal, final, get_args

from sigdeconv._array import Array, namespace
from sigdeconv.priors._prior import LEAST_LENGTH, Prior, register
from sigdeconv.priors.maps import Gradient, Grid, LinearMap

__all__ = ["TV"]

TVKind = Literal["isotropic", "anisotropic", "huber"]
TV_KINDS: tuple[TVKind, ...] = get_args(TVKind)


@register("tv")
@final
@dataclasses.dataclass(frozen=True)
class TV(Prior):
    """Total variation.

    Parameters
    ----------
    kind : {"isotropic", "anisotropic", "huber"}
        The norm of the gradient at a sample.
    edge : float
        Size up to which ``huber`` is quadratic, in the units of the estimate a sample.
    spacing : sequence of float, optional
        Sample distance on each axis, in any unit: only the ratios count.
    joint : int
        1 to bind the axis before those of space (colours), 0 for none.

    Raises
    ------
    ValueError
        If `kind` is not known or `edge` is not positive where it is used.

    References
    ----------
    .. [1] L. I. Rudin, S. Osher, E. Fatemi, "Nonlinear total variation based noise removal
           algorithms", Physica D 60, 1992, :doi:`10.1016/0167-2789(92)90242-F`.
    .. [2] P. Blomgren and T. F. Chan, "Color TV: total variation methods for restoration of
           vector-valued images", IEEE Trans. Image Process. 7, 1998, :doi:`10.1109/83.661180`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import TV
    >>> TV().prox(np.array([[3.0], [4.0]]), 2.5)
    array([[1.5],
           [2. ]])
    """

    kind: TVKind = "isotropic"
    edge: float = 0.0
    spacing: Sequence[float] | None = None
    joint: int = 0

    def __post_init__(self) -> None:
        if self.kind not in TV_KINDS:
            raise ValueError(f"kind must be one of {', '.join(TV_KINDS)}; got {self.kind!r}")
        fits = isinstance(self.edge, (int, float)) and 0 <= self.edge < math.inf
        if not fits or (self.kind == "huber" and self.edge == 0):
            raise ValueError(f"edge must be a positive number for kind 'huber'; got {self.edge!r}")

    def linear_map(self, grid: Grid) -> LinearMap:
        """Return the gradient."""
        return Gradient(grid.shape, self.spacing)

    @property
    def _quadratic(self) -> float:
        return self.edge if self.kind == "huber" else 0.0

    def _size(self, c: Array) -> Array:
        """Return the norm of the gradient, with a first axis of 1 where parts are bound."""
        xp = namespace(c)
        if self.kind == "anisotropic" and not self.joint:
            return xp.abs(c)
        axes: tuple[int, ...] = () if self.kind == "anisotropic" else (0,)
        if self.joint:
            # Parts have the axes of c but the first, less those of space: one a dimension.
            ndim = c.shape[0]
            axes += (c.ndim - ndim - 1,)
        squares = c * c
        for axis in axes:
            squares = xp.sum(squares, axis=axis, keepdims=True)
        return xp.sqrt(squares)

    def value(self, c: Array) -> float:
        """Return the sum of the sizes."""
        xp = namespace(c)
        size, edge = self._size(c), self._quadratic
        if edge:
            size = xp.where(size < edge, size * size / (2 * edge), size - edge / 2)
        return float(xp.sum(size, dtype=xp.float64))

    def prox(self, c: Array, step: float) -> Array:
        """Return the gradient shortened by `step`, at most to zero."""
        xp = namespace(c)
        shrink = xp.clip(self._size(c), min=max(step + self._quadratic, LEAST_LENGTH))
        shrink = -step / shrink
        shrink += 1
        return c * shrink
