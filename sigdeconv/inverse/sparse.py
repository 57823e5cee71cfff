"""Spikes: few samples differ from zero (reflections, lines, stars).

    minimise over x   |A x - y|^2 / 2 + sum price |x|

All samples have one price at first, that which white noise alone would hardly ever pay: the noise
level times the kernel's length times the root of 2 log n (Donoho & Johnstone 1994). Then, in a few
rounds, the price of a sample falls with its height (Candes, Wakin & Boyd 2008), so high spikes are
not pulled down, and what was a doubtful neighbour of one goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sigdeconv._array import Array, namespace
from sigdeconv.inverse._arguments import check_noise, check_real, check_weight
from sigdeconv.inverse._fista import fista, until_slow
from sigdeconv.inverse._variational import spread_of, unmasked
from sigdeconv.inverse._weight import noise_level
from sigdeconv.method import Iteration, iterative
from sigdeconv.operators.convolution import Convolution
from sigdeconv.priors.l1 import soft
from sigdeconv.stopping import StopReason
from sigdeconv.stopping._rule import at_least

__all__ = ["sparse"]

RULE = "the price that noise alone would hardly ever pay (universal threshold)"


@iterative(num_iter=3000)
def sparse(
    y: Array,
    A: Convolution,
    *,
    weight: float | str = "auto",
    rounds: int = 2,
    nonnegative: bool = False,
    noise: float | None = None,
    accuracy: float = 1e-4,
) -> Iteration:
    """Sparse spikes, of either sign or nonnegative, by accelerated proximal gradients.

    Parameters
    ----------
    weight : float or "auto"
        Price of the magnitudes, above 0, in units of `y` times those of the kernel; ``auto`` takes
        it from the level of the noise.
    rounds : int
        How often the prices follow the heights, after a first solution with one price for all; 0
        for the plain L1 norm.
    nonnegative : bool
        Keep the estimate at zero or above.
    noise : float, optional
        Standard deviation of the noise, for ``auto``; estimated by default.
    accuracy : float
        Stop when ten iterations in a row change the predicted data by less than this fraction of
        the residual.

    Raises
    ------
    ValueError
        If a number is out of range.
    TypeError
        If the data or the kernel are complex.

    Notes
    -----
    With w the weight and e the kernel's energy, a price w lowers a spike that stands alone by
    ``s = w / e``; so the price of a sample of height h becomes ``w s / (h + s)``. The
    weight is meant for scenes that are sparse: it breaks others up. The history records the
    ``objective`` with the prices of the moment.

    References
    ----------
    .. [1] A. Beck and M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear
           inverse problems", SIAM J. Imaging Sci. 2, 2009, :doi:`10.1137/080716542`.
    .. [2] D. L. Donoho and I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage",
           Biometrika 81, 1994, :doi:`10.1093/biomet/81.3.425`.
    .. [3] E. J. Candes, M. B. Wakin, S. P. Boyd, "Enhancing sparsity by reweighted l1
           minimization", J. Fourier Anal. Appl. 14, 2008, :doi:`10.1007/s00041-008-9045-x`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> x = np.zeros(200)
    >>> x[[40, 90, 97]] = 1.0, -0.6, 0.8
    >>> pulse = sd.psf.ricker(0.15)
    >>> seen = sd.simulate(x, pulse, noise=0.02, rng=0, boundary="zero")
    >>> found = sd.sparse(seen.y, seen.A)
    >>> [int(i) for i in np.flatnonzero(abs(found) > 0.2)]
    [40, 90, 97]
    """
    at_least("accuracy", accuracy)
    check_noise(noise)
    if isinstance(rounds, bool) or not isinstance(rounds, (int, np.integer)) or rounds < 0:
        raise ValueError(f"rounds must be an int of at least 0; got {rounds!r}")
    price = check_weight(weight)
    check_real(y, A)
    energy = float(np.sum(np.abs(A.psf) ** 2))
    found: dict[str, Any] = {}
    if price is None:
        std = noise_level(unmasked(y, A), A) if noise is None else noise
        std = max(std, 1e-6 * spread_of(y))
        samples = math.prod(tuple(y.shape))
        price = std * math.sqrt(2 * energy * math.log(max(samples, 2)))
        found = {"weight": price, "noise_std": std, "rule": RULE}
    reason: list[StopReason] = []
    prices: list[Any] = [price]
    xp = namespace(y)

    def objective(x: Array, Ax: Array) -> float:
        r = Ax - y
        return float(xp.sum(r * r)) / 2 + float(xp.sum(prices[-1] * xp.abs(x)))

    def shrink(v: Array, step: float) -> Array:
        cut = prices[-1] * step
        if nonnegative:
            return xp.clip(v - cut, min=0)
        return soft(v, cut)

    def steps(w: float, scale: float) -> Iterator[tuple[Array, Array]]:
        x: Array | None = None
        for _ in range(rounds + 1):
            reason.clear()
            going = until_slow(fista(y, A, shrink, x), y, accuracy, reason)
            for x, Ax in going:
                yield x, Ax
            prices.append(w * scale / (xp.abs(x) + scale))

    return Iteration(
        steps(price, price / energy),
        found,
        {"objective": objective},
        lambda: reason[0] if reason else None,
    )
