"""Few samples differ from zero, and they are the same ones in all channels."""

from __future__ import annotations

import dataclasses
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv.priors._prior import LEAST_LENGTH, Prior, register

__all__ = ["GroupSparsity"]


@register("group_sparsity")
@final
@dataclasses.dataclass(frozen=True)
class GroupSparsity(Prior):
    """The sum over the samples of their length over the channels.

    Parameters
    ----------
    ndim : int
        Number of axes of space; the axis before them is that of the channels.
    joint : int
        Number of axes of channels.

    References
    ----------
    .. [1] M. Yuan and Y. Lin, "Model selection and estimation in regression with grouped
           variables", J. R. Stat. Soc. B 68, 2006, :doi:`10.1111/j.1467-9868.2005.00532.x`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import GroupSparsity
    >>> channels = np.array([[[3.0, 0.1], [4.0, 0.0]]])  # one part, two channels, two samples
    >>> GroupSparsity(ndim=1).prox(channels, 2.5)
    array([[[1.5, 0. ],
            [2. , 0. ]]])
    """

    ndim: int = 2
    joint: int = 1

    def _size(self, c: Array) -> Array:
        xp = namespace(c)
        if c.ndim < self.ndim + 2:
            raise ValueError(f"c has {c.ndim} axes; expected part, channels, {self.ndim} of space")
        return xp.sqrt(xp.sum(c * c, axis=c.ndim - self.ndim - 1, keepdims=True))

    def value(self, c: Array) -> float:
        """Return the sum of the lengths."""
        xp = namespace(c)
        return float(xp.sum(self._size(c), dtype=xp.float64))

    def prox(self, c: Array, step: float) -> Array:
        """Return all channels shortened together."""
        xp = namespace(c)
        return c * (1 - step / xp.clip(self._size(c), min=max(step, LEAST_LENGTH)))
