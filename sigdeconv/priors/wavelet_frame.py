"""Few wavelet coefficients differ from zero: the L1 norm of an undecimated frame, analysis form.

The frame is Parseval (W^T W = 1, with the coarse band, which costs nothing) and does not care where
on the grid a thing lies, so it leaves no blocks (Cai, Osher & Shen 2009).
"""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np

from sigdeconv._array import Array, namespace
from sigdeconv.operators.wavelet import details
from sigdeconv.priors._prior import Prior, register
from sigdeconv.priors.l1 import soft
from sigdeconv.priors.maps import Bank, Grid, LinearMap

__all__ = ["WaveletFrame"]


@register("wavelet_frame")
@final
@dataclasses.dataclass(frozen=True)
class WaveletFrame(Prior):
    """The sum of the magnitudes of the detail coefficients.

    Parameters
    ----------
    wavelet : str
        ``linear`` (spline framelet), ``haar``, ``db2``, or any orthogonal wavelet of PyWavelets,
        where that is installed.
    levels : int
        Number of scales, at least 1.

    Raises
    ------
    TypeError, ValueError
        If one of them is not that.

    References
    ----------
    .. [1] J.-F. Cai, S. Osher, Z. Shen, "Split Bregman methods and frame based image restoration",
           Multiscale Model. Simul. 8, 2009, :doi:`10.1137/090753504`.

    Examples
    --------
    >>> from sigdeconv.priors import WaveletFrame
    >>> WaveletFrame("haar").can
    ('value', 'prox')
    """

    wavelet: str = "linear"
    levels: int = 2

    def __post_init__(self) -> None:
        if not isinstance(self.wavelet, str):
            raise TypeError(f"wavelet must be the name of a wavelet; got {self.wavelet!r:.60}")
        whole = isinstance(self.levels, (int, np.integer)) and not isinstance(self.levels, bool)
        if not whole or self.levels < 1:
            raise ValueError(f"levels must be an int of at least 1; got {self.levels!r:.60}")

    def linear_map(self, grid: Grid) -> LinearMap:
        """Return the detail filters."""
        return Bank(grid, details(grid.shape, self.wavelet, self.levels))

    def value(self, c: Array) -> float:
        """Return the sum of magnitudes."""
        xp = namespace(c)
        return float(xp.sum(xp.abs(c), dtype=xp.float64))

    def prox(self, c: Array, step: float) -> Array:
        """Return the coefficients moved towards zero by `step`."""
        return soft(c, step)
