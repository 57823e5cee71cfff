"""Little curvature: the sum of the magnitudes of the Hessian's eigenvalues (Schatten order 1).

Ramps cost nothing, so it makes no staircases (Lefkimmiatis, Ward & Unser 2013).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import final

from sigdeconv._array import Array, namespace
from sigdeconv.priors._prior import Prior, register
from sigdeconv.priors.l1 import soft
from sigdeconv.priors.maps import Grid, Hessian, LinearMap

__all__ = ["HessianSchatten"]


@register("hessian_schatten")
@final
@dataclasses.dataclass(frozen=True)
class HessianSchatten(Prior):
    """The nuclear norm of the Hessian, summed over the samples.

    Parameters
    ----------
    spacing : sequence of float, optional
        Sample distance on each axis.

    References
    ----------
    .. [1] S. Lefkimmiatis, J. P. Ward, M. Unser, "Hessian Schatten-norm regularization for linear
           inverse problems", IEEE Trans. Image Process. 22, 2013, :doi:`10.1109/TIP.2013.2237919`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import HessianSchatten
    >>> c = np.array([[3.0], [1.0], [0.0]])  # eigenvalues 3 and 1
    >>> HessianSchatten().value(c), HessianSchatten().prox(c, 1.0).ravel().tolist()
    (4.0, [2.0, 0.0, 0.0])
    """

    spacing: Sequence[float] | None = None

    def linear_map(self, grid: Grid) -> LinearMap:
        """Return the entries of the Hessian."""
        return Hessian(grid.shape, self.spacing)

    def value(self, c: Array) -> float:
        """Return the sum of the eigenvalues' magnitudes."""
        xp = namespace(c)
        if c.shape[0] == 1:
            return float(xp.sum(xp.abs(c), dtype=xp.float64))
        values = _plane(c)[:2] if c.shape[0] == 3 else (xp.linalg.eigvalsh(_matrices(c)),)
        return sum(float(xp.sum(xp.abs(v), dtype=xp.float64)) for v in values)

    def prox(self, c: Array, step: float) -> Array:
        """Return the Hessian with its eigenvalues moved towards zero by `step`."""
        xp = namespace(c)
        if c.shape[0] == 1:
            return soft(c, step)
        if c.shape[0] == 3:
            high, low, half = _plane(c)
            high, low = soft(high, step), soft(low, step)
            some = half > 0
            ratio = (high - low) / xp.where(some, 2 * half, xp.ones_like(half))
            ratio = xp.where(some, ratio, xp.zeros_like(ratio))
            middle, lean = (high + low) / 2, (c[0, ...] - c[1, ...]) / 2 * ratio
            return xp.stack([middle + lean, middle - lean, c[2, ...] * ratio])
        values, vectors = xp.linalg.eigh(_matrices(c))
        values = soft(values, step)
        whole = (vectors * values[..., None, :]) @ xp.matrix_transpose(vectors)
        n = _ndim(c)
        parts = [whole[..., k, k] for k in range(n)]
        parts += [2**0.5 * whole[..., k, m] for k in range(n) for m in range(k + 1, n)]
        return xp.stack(parts)


def _plane(c: Array) -> tuple[Array, Array, Array]:
    """Return both eigenvalues of a 2 x 2 Hessian and half their distance."""
    xp = namespace(c)
    middle = (c[0, ...] + c[1, ...]) / 2
    half = xp.sqrt(((c[0, ...] - c[1, ...]) / 2) ** 2 + c[2, ...] ** 2 / 2)
    return middle + half, middle - half, half


def _ndim(c: Array) -> int:
    return {1: 1, 3: 2, 6: 3}[int(c.shape[0])]


def _matrices(c: Array) -> Array:
    """Return the symmetric matrices of the parts, on the last two axes."""
    xp, n = namespace(c), _ndim(c)
    mixed = {}
    pairs = [(k, m) for k in range(n) for m in range(k + 1, n)]
    for i, (k, m) in enumerate(pairs):
        mixed[k, m] = mixed[m, k] = c[n + i, ...] / 2**0.5
    rows = [
        xp.stack([c[k, ...] if k == m else mixed[k, m] for m in range(n)], axis=-1)
        for k in range(n)
    ]
    return xp.stack(rows, axis=-2)
