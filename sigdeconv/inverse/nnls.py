"""Least squares without negative values: the plainest way to say that light is not negative.

minimise over x >= 0   |A x - y|^2 / 2
"""

from __future__ import annotations

from sigdeconv._array import Array, namespace
from sigdeconv.inverse._arguments import check_real
from sigdeconv.inverse._fista import fista, until_slow
from sigdeconv.inverse.landweber import first_estimate
from sigdeconv.method import Iteration, iterative
from sigdeconv.operators.convolution import Convolution
from sigdeconv.stopping import StopReason
from sigdeconv.stopping._rule import at_least

__all__ = ["nnls"]


@iterative(num_iter=200)
def nnls(
    y: Array,
    A: Convolution,
    *,
    start: Array | None = None,
    accuracy: float = 0.002,
) -> Iteration:
    """Nonnegative least squares by accelerated projected gradients.

    Parameters
    ----------
    start : array, optional
        First estimate, on the window of the data; zero by default. Negative values become zero.
    accuracy : float
        Stop when ten iterations in a row change the predicted data by less than this fraction of
        the residual; 0 for never.

    Raises
    ------
    ValueError
        If `accuracy` is negative or `start` does not fit.
    TypeError
        If the data or the kernel are complex.

    Notes
    -----
    Dark areas are restored well, for most of their samples are bound at zero; elsewhere nothing
    holds the noise but the number of iterations. `deconvolve` without a stop ends when the residual
    is that of the noise.

    References
    ----------
    .. [1] C. L. Lawson and R. J. Hanson, "Solving least squares problems", SIAM, 1995,
           :doi:`10.1137/1.9781611971217`.
    .. [2] A. Beck and M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear
           inverse problems", SIAM J. Imaging Sci. 2, 2009, :doi:`10.1137/080716542`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> x = np.zeros(60)
    >>> x[[20, 24]] = 1.0, 0.5
    >>> pulse = sd.psf.gaussian(1.5, ndim=1)
    >>> seen = sd.simulate(x, pulse, noise=0.001, rng=0, boundary="zero")
    >>> found = sd.nnls(seen.y, seen.A, num_iter=2000)
    >>> float(found.min()), [int(i) for i in np.flatnonzero(found > 0.3)]
    (0.0, [20, 24])
    """
    at_least("accuracy", accuracy)
    check_real(y, A)
    xp = namespace(y)

    def prox(v: Array, step: float) -> Array:
        return xp.clip(v, min=0)

    reason: list[StopReason] = []
    steps = fista(y, A, prox, prox(first_estimate(start, y, A), 1.0))
    ended = until_slow(steps, y, accuracy, reason)
    return Iteration(ended, ended=lambda: reason[0] if reason else None)
