"""A denoiser as a prior: what it leaves alone is plausible (Venkatakrishnan et al. 2013).

Its penalty is not written down, but its proximal map is the denoiser itself, for noise of the
deviation sqrt(step). Any function ``denoise(x, sigma)`` serves; some have names.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Literal, final

import numpy as np

from sigdeconv._array import Array, NumpyArray, like, to_numpy
from sigdeconv.priors._prior import Prior, register
from sigdeconv.priors.block_matching import block_matching

__all__ = ["DENOISERS", "Denoiser", "DenoiserName"]


def _nl_means(x: NumpyArray, sigma: float) -> NumpyArray:
    from skimage.restoration import denoise_nl_means

    found = denoise_nl_means(
        x, patch_size=5, patch_distance=7, h=0.6 * sigma, sigma=sigma, fast_mode=True
    )
    return np.asarray(found)


def _tv_chambolle(x: NumpyArray, sigma: float) -> NumpyArray:
    from skimage.restoration import denoise_tv_chambolle

    return np.asarray(denoise_tv_chambolle(x, weight=0.7 * sigma))


def _wavelet(x: NumpyArray, sigma: float) -> NumpyArray:
    try:
        import pywt  # noqa: F401
        from skimage.restoration import denoise_wavelet
    except ImportError:
        raise ValueError("denoiser 'wavelet' needs PyWavelets: pip install PyWavelets") from None
    low, span = float(x.min()), float(np.ptp(x)) or 1.0
    unit = (x - low) / span  # it takes data from 0 to 1
    return np.asarray(denoise_wavelet(unit, sigma=sigma / span, rescale_sigma=True)) * span + low


DenoiserName = Literal["block_matching", "nl_means", "tv_chambolle", "wavelet"]
DENOISERS: dict[DenoiserName, Callable[[NumpyArray, float], NumpyArray]] = {
    "block_matching": block_matching,
    "nl_means": _nl_means,
    "tv_chambolle": _tv_chambolle,
    "wavelet": _wavelet,
}


@register("denoiser")
@final
@dataclasses.dataclass(frozen=True)
class Denoiser(Prior):
    """A denoiser in the place of a proximal map.

    Parameters
    ----------
    denoise : callable or str
        ``denoise(x, sigma)``: an array of the shape of `x`, a NumPy array of one, two or three
        axes, without noise of standard deviation `sigma`, in the same units. Or a name:
        ``block_matching`` (similar blocks together, the best), and scikit-image's ``nl_means``,
        ``tv_chambolle`` and ``wavelet`` (needs PyWavelets).

    Raises
    ------
    ValueError
        If the name is not known, or what comes back has another shape or is not finite.
    TypeError
        If it is neither a name nor callable.

    References
    ----------
    .. [1] S. V. Venkatakrishnan, C. A. Bouman, B. Wohlberg, "Plug-and-play priors for model based
           reconstruction", IEEE GlobalSIP, 2013, :doi:`10.1109/GlobalSIP.2013.6737048`.
    .. [2] K. Dabov, A. Foi, V. Katkovnik, K. Egiazarian, "Image denoising by sparse 3-D
           transform-domain collaborative filtering", IEEE Trans. Image Process. 16, 2007,
           :doi:`10.1109/TIP.2007.901238`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.priors import Denoiser
    >>> shrink = Denoiser(lambda x, sigma: x / (1 + sigma**2))
    >>> shrink.prox(np.array([[4.0, 2.0]]), 1.0)  # one part, two samples
    array([[2., 1.]])
    """

    denoise: Callable[[NumpyArray, float], NumpyArray] | DenoiserName = "block_matching"
    convex = False

    def __post_init__(self) -> None:
        if isinstance(self.denoise, str):
            if self.denoise not in DENOISERS:
                known = ", ".join(DENOISERS)
                raise ValueError(f"denoiser must be callable or one of {known}; got {self.denoise}")
        elif not callable(self.denoise):
            raise TypeError(f"denoiser must be callable or a name; got {self.denoise!r:.60}")

    def prox(self, c: Array, step: float) -> Array:
        """Return the parts without noise of standard deviation sqrt(step), one by one."""
        function = DENOISERS[self.denoise] if isinstance(self.denoise, str) else self.denoise
        given = to_numpy(c)
        made = np.empty_like(given)
        for k, part in enumerate(given):
            found = np.asarray(function(part, math.sqrt(step)))
            if found.shape != part.shape or not np.all(np.isfinite(found)):
                raise ValueError(
                    f"denoiser must return {part.shape} finite values; got shape {found.shape}"
                    + ("" if found.shape != part.shape else ", not all finite")
                )
            made[k] = found
        return like(made, c)
