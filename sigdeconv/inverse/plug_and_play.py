"""A denoiser plugged in: what it takes for noise is not believed.

    u = argmin |A u - y|^2 + weight (noise / sigma)^2 |u - z|^2,     z = denoise(u, sigma)

with sigma falling from the contrast of the data to the level of their noise. So the denoiser works
on what deblurring makes of the noise, and the data have the say where the kernel lets them through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sigdeconv._array import Array
from sigdeconv.inverse._admm import Admm
from sigdeconv.inverse._arguments import check_weight
from sigdeconv.inverse._half_quadratic import plug_in
from sigdeconv.inverse._variational import Setting, minimise, spread_of
from sigdeconv.method import Iteration, iterative
from sigdeconv.operators.convolution import Convolution
from sigdeconv.priors import Denoiser

__all__ = ["plug_and_play"]

CONTRAST = 0.7  # of the data's spread: what the denoiser is first told to remove


@iterative(num_iter=13)
def plug_and_play(
    y: Array,
    A: Convolution,
    *,
    denoiser: Callable[[Any, float], Any] | str = "collaborative",
    weight: float = 0.25,
    noise: float | None = None,
) -> Iteration:
    """Plug-and-play restoration with any denoiser, by half-quadratic splitting.

    Parameters
    ----------
    denoiser : callable or str
        ``denoiser(x, sigma)``, or ``collaborative`` (similar blocks are filtered together; nothing
        to install), ``nl_means``, ``tv_chambolle``, ``wavelet`` (of scikit-image); see
        `sigdeconv.priors.Denoiser`.
    weight : float
        Trust in the denoiser, above 0, without unit: 1 takes what is left of the noise after it for
        as large as what it was told to remove.
    noise : float, optional
        Standard deviation of the noise; estimated by default.

    Raises
    ------
    ValueError
        If a number is out of range, a name is not known, or the denoiser returns something else
        than finite values of the shape that it got.
    TypeError
        If the data or the kernel are complex, or the denoiser is not callable.

    Notes
    -----
    The number of stages is fixed and both steps are bounded where the denoiser is, so it cannot
    diverge. Fewer iterations than thirteen leave the estimate smoother.

    References
    ----------
    .. [1] S. V. Venkatakrishnan, C. A. Bouman, B. Wohlberg, "Plug-and-play priors for model based
           reconstruction", IEEE GlobalSIP, 2013, :doi:`10.1109/GlobalSIP.2013.6737048`.
    .. [2] K. Zhang, Y. Li, W. Zuo, L. Zhang, L. Van Gool, R. Timofte, "Plug-and-play image
           restoration with deep denoiser prior", IEEE Trans. Pattern Anal. Mach. Intell. 44, 2022,
           :doi:`10.1109/TPAMI.2021.3088914`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.phantom(96), sd.psf.box(5), noise=0.01, rng=0)
    >>> x = sd.plug_and_play(seen.y, sd.psf.box(5))
    >>> gain = sd.metrics.psnr(seen.truth_window, x) - sd.metrics.psnr(seen.truth_window, seen.y)
    >>> bool(gain > 6)
    True
    """
    if check_weight(weight) is None:
        raise ValueError("weight must be a number above 0: plug_and_play has no rule to find it")
    prior = Denoiser(denoiser)

    def moves(admm: Admm, trust: float, std: float) -> Iterator[tuple[Array, Array]]:
        return plug_in(admm, prior.prox, trust, CONTRAST * spread_of(admm.loss.y), std)

    return minimise(y, A, Setting(prior, moves=moves), weight, noise=noise)
