"""Few wavelets make a picture: textures and soft edges stay, and there are no staircases.

    minimise over x   loss(A x, y) + weight sum |W x|

over the details W x of an undecimated frame, in analysis form (Cai, Osher & Shen 2009).
"""

from __future__ import annotations

from sigdeconv._array import Array
from sigdeconv.inverse._variational import Setting, minimise
from sigdeconv.method import Iteration, iterative
from sigdeconv.operators.convolution import Convolution
from sigdeconv.priors import WaveletFrame

__all__ = ["wavelet_l1"]


@iterative(num_iter=150)
def wavelet_l1(
    y: Array,
    A: Convolution,
    *,
    weight: float | str = "auto",
    wavelet: str = "linear",
    levels: int = 2,
    loss: str = "gaussian",
    nonnegative: bool = False,
    background: float | Array = 0.0,
    delta: float | None = None,
    noise: float | None = None,
    accuracy: float = 0.05,
) -> Iteration:
    """Sparse wavelets: an undecimated frame in analysis form, by alternating directions.

    Parameters
    ----------
    weight : float or "auto"
        Price of the coefficients, above 0; ``auto`` finds it in the data.
    wavelet : str
        ``linear`` or ``cubic`` (spline framelets), ``haar`` (three times faster), ``db2``, or an
        orthogonal wavelet of PyWavelets, where that is installed.
    levels : int
        Number of scales, at least 1.
    loss : {"gaussian", "poisson", "huber", "l1"}
        Data term, see `tv`.
    nonnegative : bool
        Keep the estimate at zero or above.
    background : float or array of the data's shape
        For loss ``poisson``: known light that did not come from the scene.
    delta : float, optional
        For loss ``huber``: 1.345 standard deviations of the noise by default.
    noise : float, optional
        Standard deviation of the noise, for ``auto``; estimated by default.
    accuracy : float
        Stop when an iteration changes the estimate by less than this fraction of the residual.

    Raises
    ------
    ValueError
        If a number is out of range, a name is not known, or data for loss ``poisson`` are negative.
    TypeError
        If the data or the kernel are complex.

    Notes
    -----
    The coarse band costs nothing; all bands together are a Parseval frame, W^T W = 1.

    References
    ----------
    .. [1] J.-F. Cai, S. Osher, Z. Shen, "Split Bregman methods and frame based image restoration",
           Multiscale Model. Simul. 8, 2009, :doi:`10.1137/090753504`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.phantom(96), sd.psf.box(5), noise=0.01, rng=0)
    >>> x = sd.wavelet_l1(seen.y, sd.psf.box(5))
    >>> gain = sd.metrics.psnr(seen.truth_window, x) - sd.metrics.psnr(seen.truth_window, seen.y)
    >>> bool(gain > 6)
    True
    """
    setting = Setting(
        WaveletFrame(wavelet, levels),
        loss,
        background,
        delta,
        low=0.0 if nonnegative else -float("inf"),
    )
    return minimise(y, A, setting, weight, noise=noise, accuracy=accuracy)
