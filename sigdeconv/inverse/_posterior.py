"""Error bars: the posterior standard deviation of a quadratic estimate.

The minimiser of |A x - y|^2 + x^H Q x is the mean of a Gaussian posterior with covariance
s^2 (A^H A + Q)^-1, s^2 being the noise variance and s^2 Q^-1 the prior's covariance. Where the
operator is diagonal its diagonal is one number. Elsewhere it is estimated by what it means: draw a
signal from the prior, measure it, restore it, and look at the error (Papandreou & Yuille 2010,
"Gaussian sampling by local perturbations"). The same draws restored from the whole torus, whose
variance is known, take most of the randomness out of it away from the border.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sigdeconv._array import Array, is_complex, like, namespace, to_numpy
from sigdeconv.inverse._quadratic import Penalty, solve_quadratic
from sigdeconv.inverse._spectrum import bin_spectrum
from sigdeconv.inverse._torus import frequency, make_torus
from sigdeconv.method import Estimate
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.operators.convolution import Convolution

__all__ = ["posterior_std", "with_error_bars"]

Numbers = np.ndarray[Any, Any]


def posterior_std(
    y: Array,
    A: Convolution,
    penalty: Penalty,
    noise: float,
    *,
    draws: int = 32,
    rng: int | np.random.Generator | None = 0,
) -> Array:
    """Return the posterior standard deviation on the operator's domain.

    Parameters
    ----------
    y : array
        The data; only their shape and kind matter.
    A : Convolution
        The operator.
    penalty : callable
        The price that was paid, weight included.
    noise : float
        Variance of the noise.
    draws : int
        Number of signals to draw where the operator is not diagonal.
    rng : int or Generator
        Seed of the draws.
    """
    free = A.boundary in ("unknown", "periodic") and all(A._implicit)
    wide = is_complex(y)
    draw = np.random.default_rng(rng)

    def white(shape: tuple[int, ...]) -> Array:
        a = draw.standard_normal(shape)
        return like((a + 1j * draw.standard_normal(shape)) / math.sqrt(2) if wide else a, y)

    if free:
        torus = make_torus(A, y, tight=True)
    else:
        size = tuple(2 * n for n in A.shape)
        torus = make_torus(Convolution(A.psf, size, "periodic", A.centre, dilation=A.dilation), y)
    shape = torus.shape
    half = not torus.wide
    q = np.broadcast_to(penalty(frequency(shape, half), shape, half), tuple(torus.otf.shape))
    gain = np.abs(to_numpy(torus.otf)).astype(float) ** 2
    total = gain + q
    spread = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    count = np.ones(q.shape)
    if half:
        count[..., 1 : (shape[-1] + 1) // 2] = 2.0
    known = noise * float(np.sum(count * spread)) / math.prod(shape)
    xp = namespace(y)
    if free and torus.complete:
        return like(np.full(A.shape, math.sqrt(known)), xp.real(y))
    # A frequency that costs nothing is free, whatever is drawn for it: draw nothing.
    root = like(np.divide(math.sqrt(noise), np.sqrt(q), out=np.zeros_like(q), where=q > 0), y)
    widths = [(0, n) for n in A.shape]
    copies = 2 ** len(A.shape)
    sigma = math.sqrt(noise)
    sum_of, plain = np.zeros(A.shape), np.zeros(A.shape)
    for _ in range(draws):
        if free:
            x = torus.to_signal(torus.to_spectrum(white(shape)) * root)
            seen_all = torus.to_signal(torus.to_spectrum(x) * torus.otf) + sigma * white(shape)
            spectrum = torus.to_spectrum(seen_all) * xp.conj(torus.otf) * like(spread, torus.otf)
            plain += _square(torus.on_domain(torus.to_signal(spectrum) - x, A.shape))
            d = seen_all[torus.A._slices]
            d = d if A.mask is None else d * like(A.mask, d)
            x = torus.on_domain(x, A.shape)
        else:
            mirrored = pad(white(A.shape), widths, "reflect")
            x = (
                fold(torus.to_signal(torus.to_spectrum(mirrored) * root), widths, "reflect")
                / copies
            )
            d = A.forward(x)  # with the mask, if there is one
            e = sigma * white(tuple(d.shape))
            d = d + (e if A.mask is None else e * like(A.mask, e))
        found = solve_quadratic(d, A, penalty, tol=0.02, num_iter=200, noise=noise).x
        sum_of += _square(found - x)
    variance = sum_of / draws
    if free:
        variance = known + variance - plain / draws
    from scipy.ndimage import gaussian_filter

    variance = gaussian_filter(variance, 1.5, mode="nearest")
    return like(np.sqrt(np.maximum(variance, 0.25 * known)), xp.real(y))


def with_error_bars(
    estimate: Estimate,
    found: dict[str, Any],
    y: Array,
    A: Convolution,
    penalty: Penalty,
    noise: float | None,
) -> Estimate:
    """Return the estimate with what was `found` on the way and with its error bars to come."""

    def std() -> Array:
        variance = bin_spectrum(y, A).fit().noise if noise is None else noise
        return posterior_std(y, A, penalty, variance)

    parameters = found | estimate.parameters
    return dataclasses.replace(estimate, parameters=parameters, std=std)


def _square(a: Array) -> Numbers:
    return np.asarray(np.abs(to_numpy(a)).astype(float) ** 2)
