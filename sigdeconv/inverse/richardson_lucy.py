"""Richardson-Lucy: the most likely non-negative signal under Poisson noise, step by step.

    x <- x / (A^T 1) * A^T( y / (A x + b) )         (Richardson 1972, Lucy 1974)

It is expectation maximisation: the likelihood never falls, x stays non-negative, and with no
background sum(A^T 1 x) = sum(y) at every step. With boundary ``unknown`` A^T 1 falls off beyond
the border, which is what lets the scene outside explain the light that it sent in (Bertero &
Boccacci 2005, doi:10.1051/0004-6361:20052717).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sigdeconv._array import Array, is_complex, like, namespace, zeros
from sigdeconv.inverse.landweber import first_estimate
from sigdeconv.method import iterative
from sigdeconv.operators.convolution import Convolution

__all__ = ["richardson_lucy"]

# Samples that send less than this part of the full sensitivity into the data are held at zero:
# nothing can be said about them, and dividing by their sensitivity would amplify rounding.
SEEN = 1e-3


@iterative(num_iter=50)
def richardson_lucy(
    y: Array,
    A: Convolution,
    *,
    background: float | Array = 0.0,
    start: Array | None = None,
) -> Iterator[tuple[Array, Array]]:
    """Poisson maximum likelihood by multiplicative steps.

    Parameters
    ----------
    background : float or array of the data's shape
        Known light that did not come from the scene, in the units of `y`; at least 0.
    start : array, optional
        First estimate, on the domain of the operator or the window of the data; strictly positive
        where the scene may have light. Flat by default.

    Raises
    ------
    ValueError
        If the kernel, `background`, `start` or the sum of the data are negative.
    TypeError
        If the data or the kernel are complex.

    Notes
    -----
    Nothing is rescaled: RL(c y) = c RL(y), and counts come back as counts. `mask` weighs the
    likelihood of each sample. Data that noise or a subtracted dark level made negative are taken as
    they are; only the estimate is held at x >= 0.

    References
    ----------
    .. [1] W. H. Richardson, "Bayesian-based iterative method of image restoration", J. Opt. Soc.
           Am. 62, 1972, :doi:`10.1364/JOSA.62.000055`.
    .. [2] L. B. Lucy, "An iterative technique for the rectification of observed distributions",
           Astron. J. 79, 1974, :doi:`10.1086/111605`.
    .. [3] M. Bertero and P. Boccacci, "A simple method for the reduction of boundary effects in the
           Richardson-Lucy approach to image deconvolution", Astron. Astrophys. 437, 2005,
           :doi:`10.1051/0004-6361:20052717`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.richardson_lucy([1.0, 65535.0, 1.0], [1.0], num_iter=3)
    array([1.0000e+00, 6.5535e+04, 1.0000e+00])
    """
    xp = namespace(y)
    _check(y, A)
    light = _background(background, y, A)
    ones = zeros(A.out_shape, y) + 1
    gain = A.adjoint(ones)
    seen = gain > SEEN * float(xp.max(gain))
    inverse_gain = xp.where(seen, 1 / xp.where(seen, gain, xp.ones_like(gain)), xp.zeros_like(gain))
    x = xp.where(seen, _start(start, y, A, gain), xp.zeros_like(gain))
    while True:
        Ax = xp.clip(A.forward(x), min=0)  # the FFT may round a zero to a negative
        if light is not None:
            Ax = Ax + light
        yield x, Ax
        # 0 / 0 is a sample that the model and the data agree to be dark.
        lit = Ax > 0
        ratio = xp.where(lit, y / xp.where(lit, Ax, xp.ones_like(Ax)), xp.zeros_like(Ax))
        x = x * xp.clip(A.adjoint(ratio), min=0) * inverse_gain


def _check(y: Array, A: Convolution) -> None:
    xp = namespace(y)
    for name, a in (("y", y), ("psf", like(A.psf, y))):
        if is_complex(a):
            raise TypeError(f"{name} is complex; Richardson-Lucy needs real intensities")
    low, high = float(np.min(A.psf)), float(np.max(A.psf))
    if -low > 1e-6 * high:  # a kernel that went through an FFT has rounding of both signs
        raise ValueError(
            f"psf has negative values (least {low:.4g}); Richardson-Lucy needs a kernel of at "
            "least 0. Use wiener, tikhonov or cgls for such a kernel"
        )
    total = float(xp.sum(y))
    if total < 0:
        raise ValueError(
            f"y has a negative sum ({total:.4g}); Richardson-Lucy needs intensities. Subtract less "
            "dark level, or pass it as background"
        )


def _background(background: float | Array, y: Array, A: Convolution) -> Array | None:
    xp = namespace(y)
    light = like(background, y)
    if light.ndim and tuple(light.shape) != tuple(y.shape):
        raise ValueError(
            f"background has shape {tuple(light.shape)}; expected a number or {tuple(y.shape)}"
        )
    low = float(xp.min(light))
    if not low >= 0:
        raise ValueError(f"background must be at least 0 everywhere; its least value is {low!r}")
    if not float(xp.max(light)) > 0:
        return None
    light = light + zeros(tuple(y.shape), y)
    return light if A.mask is None else light * like(A.mask, y)


def _start(start: Array | None, y: Array, A: Convolution, gain: Array) -> Array:
    xp = namespace(y)
    if start is None:
        # Flat, with the light of the data: sum(gain x) = sum(y).
        total = float(xp.sum(gain))
        return zeros(A.shape, y) + (float(xp.sum(y)) / total if total > 0 else 0.0)
    x = first_estimate(start, y, A)
    low = float(xp.min(x))
    if not low >= 0:
        raise ValueError(f"start must be at least 0 everywhere; its least value is {low!r}")
    return x
