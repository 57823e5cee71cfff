"""Roughness of a signal with a free border: |D^p x|^2, D the differences of neighbours.

D^H D is diagonal in the basis of cosines (the DCT), with 4 sin^2(pi k / 2 n) summed over the axes
(Strang 1999, doi:10.1137/S0036144598336745).
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import final

import numpy as np

from sigdeconv._array import Array, NumpyArray
from sigdeconv.operators.difference import Difference

__all__ = ["FreeRoughness"]


@final
@dataclasses.dataclass(frozen=True)
class FreeRoughness:
    """The penalty x^H Q x with Q = (D^H D)^order.

    Attributes
    ----------
    shape : tuple of int
        Shape of the signal.
    order : int
        0 for the size of the signal, 1 for its slopes, 2 for its curvature.
    """

    shape: tuple[int, ...]
    order: int

    @functools.cached_property
    def _difference(self) -> Difference:
        return Difference(self.shape, 1, "reflect")

    def apply(self, x: Array) -> Array:
        """Return Q x."""
        for _ in range(self.order):
            x = self._difference.adjoint(self._difference.forward(x))
        return x

    def draw(self, rng: np.random.Generator) -> NumpyArray:
        """Return a random signal of covariance Q, up to a constant: its half applied to noise."""
        x: Array = rng.standard_normal(self.shape)
        for _ in range(self.order // 2):
            x = self._difference.adjoint(self._difference.forward(x))
        if self.order % 2:
            x = self._difference.adjoint(rng.standard_normal(self._difference.out_shape))
            for _ in range(self.order // 2):
                x = self._difference.adjoint(self._difference.forward(x))
        return np.asarray(x)

    @functools.cached_property
    def basis(self) -> tuple[NumpyArray, NumpyArray]:
        """The cosines, one a column, and the eigenvalues of D^H D; for small shapes."""
        columns: NumpyArray = np.ones((1, 1))
        values: NumpyArray = np.zeros(1)
        for n in self.shape:
            k = np.arange(n)
            waves = np.cos(np.pi * (k[:, None] + 0.5) * k / n) * math.sqrt(2 / n)
            waves[:, 0] = math.sqrt(1 / n)
            columns = np.kron(columns, waves)
            own = 4 * np.sin(np.pi * k / (2 * n)) ** 2
            values = np.add.outer(values, own).ravel()
        return columns, values
