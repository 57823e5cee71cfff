"""Error bars: the standard deviation of the error of a quadratic estimate.

For signals of power spectrum S and noise of variance N, the filter with penalty q errs by

    (q / (|H|^2 + q))^2 S + |H|^2 / (|H|^2 + q)^2 N        at each frequency.

With q = N / S, the Wiener filter, that is N / (|H|^2 + q), and the error bars are those of a
Gaussian posterior: the minimiser of |A x - y|^2 + x^H Q x is its mean and N (A^H A + Q)^-1 its
covariance. A penalty that is not the signal's own, as of Tikhonov, says how the estimate is made
and not what to expect of it; its error is that for the spectrum fitted to the data. Where the
operator is diagonal the variance is one number. Elsewhere it is estimated by what it means: draw a
signal of this spectrum, measure it, restore it, and look at the error (Papandreou & Yuille 2010,
"Gaussian sampling by local perturbations"). The same draws restored from the whole torus, whose
variance is known, take most of the randomness out of it away from the border.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
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
    signal: Callable[[Numbers], Numbers] | None = None,
    draws: int = 32,
    rng: int | np.random.Generator | None = 0,
) -> Array:
    """Return the standard deviation of the error on the operator's domain.

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
    signal : callable, optional
        Power spectrum of the signal at |f| > 0; by default the one that the penalty stands for.
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
    if signal is None:  # a frequency that costs nothing is free, whatever is drawn: draw nothing
        power = np.divide(noise, q, out=np.zeros_like(q), where=q > 0)
    else:
        f = np.broadcast_to(frequency(shape, half), q.shape)
        power = np.zeros_like(q)
        power[f > 0] = signal(f[f > 0])
    error = (q * spread) ** 2 * power + gain * spread**2 * noise
    known = float(np.sum(count * error)) / math.prod(shape)
    xp = namespace(y)
    if free and torus.complete:
        return like(np.full(A.shape, math.sqrt(known)), xp.real(y))
    root = like(np.sqrt(power), y)
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
            d = A._masked(d)
            x = torus.on_domain(x, A.shape)
        else:
            mirrored = pad(white(A.shape), widths, "reflect")
            x = (
                fold(torus.to_signal(torus.to_spectrum(mirrored) * root), widths, "reflect")
                / copies
            )
            d = A.forward(x)  # with the mask, if there is one
            e = sigma * white(tuple(d.shape))
            d = d + A._masked(e)
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
    *,
    own: bool = True,
) -> Estimate:
    """Return the estimate with what was `found` on the way and with its error bars to come.

    Unless the penalty is the signal's `own` they are those for the spectrum fitted to the data.
    """

    def std() -> Array:
        law = bin_spectrum(y, A).fit(noise=noise) if noise is None or not own else None
        variance = law.noise if noise is None and law is not None else noise or 0.0
        signal = None if own or law is None else law.signal
        return posterior_std(y, A, penalty, variance, signal=signal)

    parameters = found | estimate.parameters
    return dataclasses.replace(estimate, parameters=parameters, std=std)


def _square(a: Array) -> Numbers:
    return np.asarray(np.abs(to_numpy(a)).astype(float) ** 2)
