"""Total variation: edges stay sharp, noise does not.

    minimise over x   loss(A x, y) + weight sum |grad x|

(Rudin, Osher & Fatemi 1992.) The weight comes from the data: it is the one whose prediction of the
data has the least error, by Stein's estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sigdeconv._array import Array
from sigdeconv.inverse._variational import Setting, minimise
from sigdeconv.method import Iteration, iterative
from sigdeconv.operators.convolution import Convolution
from sigdeconv.priors import TV

__all__ = ["edges", "tv"]


@iterative(num_iter=300)
def tv(
    y: Array,
    A: Convolution,
    *,
    weight: float | str = "auto",
    loss: str = "gaussian",
    kind: str = "isotropic",
    edge: float = 0.0,
    spacing: Sequence[float] | None = None,
    nonnegative: bool = False,
    background: float | Array = 0.0,
    delta: float | None = None,
    noise: float | None = None,
    accuracy: float = 0.05,
    joint: bool = True,
) -> Iteration:
    """Total variation: sharp edges and flat areas, by the alternating direction method.

    Parameters
    ----------
    weight : float or "auto"
        Price of the total variation, above 0, in units of the data term over those of `y`;
        ``auto`` finds it in the data.
    loss : {"gaussian", "poisson", "huber", "l1"}
        Data term: half the squared residual; the Kullback-Leibler divergence of counts; quadratic
        up to `delta` and linear beyond; the magnitude of the residual.
    kind : {"isotropic", "anisotropic", "huber"}
        Norm of the gradient; ``huber`` is quadratic up to `edge` and makes no staircases.
    edge : float
        For kind ``huber``: differences of neighbours below which there is no edge, in units of `y`.
    spacing : sequence of float, optional
        Sample distance on each axis, in any unit: only the ratios count.
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
    joint : bool
        Colours (``channel_axis`` of `deconvolve`) have their edges at the same places: one length
        of the gradient over all of them. False restores each by itself.

    Raises
    ------
    ValueError
        If a number is out of range, a name is not known, or data for loss ``poisson`` are negative.
    TypeError
        If the data or the kernel are complex.

    Notes
    -----
    With boundary ``unknown`` or ``periodic`` the total variation is taken on the
    periodic grid of the solver; with any other, inside the domain. The history records the
    ``objective``.

    References
    ----------
    .. [1] L. I. Rudin, S. Osher, E. Fatemi, "Nonlinear total variation based noise removal
           algorithms", Physica D 60, 1992, :doi:`10.1016/0167-2789(92)90242-F`.
    .. [2] M. S. C. Almeida and M. A. T. Figueiredo, "Deconvolving images with unknown boundaries
           using the alternating direction method of multipliers", IEEE Trans. Image Process. 22,
           2013, :doi:`10.1109/TIP.2013.2258354`.
    .. [3] P. Blomgren and T. F. Chan, "Color TV: total variation methods for restoration of
           vector-valued images", IEEE Trans. Image Process. 7, 1998, :doi:`10.1109/83.661180`.
    .. [4] S. Ramani, T. Blu, M. Unser, "Monte-Carlo SURE", IEEE Trans. Image Process. 17, 2008,
           :doi:`10.1109/TIP.2008.2001404`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.phantom(96), sd.psf.box(5), noise=0.01, rng=0)
    >>> x = sd.tv(seen.y, sd.psf.box(5))
    >>> gain = sd.metrics.psnr(seen.truth_window, x) - sd.metrics.psnr(seen.truth_window, seen.y)
    >>> bool(gain > 6)
    True
    """
    if not isinstance(joint, bool):
        raise ValueError(f"joint must be True or False; got {joint!r}")
    setting = edges(
        y.ndim - len(A.shape),
        loss=loss,
        kind=kind,
        edge=edge,
        spacing=spacing,
        nonnegative=nonnegative,
        background=background,
        delta=delta,
    )
    return minimise(y, A, setting, weight, noise=noise, accuracy=accuracy)


def edges(
    lead: int,
    *,
    loss: str = "gaussian",
    kind: str = "isotropic",
    edge: float = 0.0,
    spacing: Sequence[float] | None = None,
    nonnegative: bool = False,
    background: float | Array = 0.0,
    delta: float | None = None,
) -> Setting:
    """Return the setting of total variation for data with `lead` axes of channels."""
    prior = TV(kind, edge, spacing, joint=lead)
    return Setting(prior, loss, background, delta, low=0.0 if nonnegative else -math.inf)
