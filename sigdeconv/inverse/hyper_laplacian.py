"""Photographs: gradients with tails heavier than Laplace's.

    minimise over x   |A x - y|^2 / 2 + weight sum |grad x|^p,   p < 1

(Krishnan & Fergus 2009.) The price of a strong edge hardly
grows with its height, so edges keep their contrast, which total variation lowers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sigdeconv._array import Array
from sigdeconv.inverse._admm import Admm
from sigdeconv.inverse._half_quadratic import anneal
from sigdeconv.inverse._variational import Setting, minimise, spread_of
from sigdeconv.method import Iteration, iterative
from sigdeconv.operators.convolution import Convolution
from sigdeconv.priors import HyperLaplacian

__all__ = ["hyper_laplacian"]


@iterative(num_iter=20)
def hyper_laplacian(
    y: Array,
    A: Convolution,
    *,
    weight: float | str = "auto",
    exponent: float = 0.8,
    kind: str = "isotropic",
    spacing: Sequence[float] | None = None,
    noise: float | None = None,
) -> Iteration:
    """Hyper-Laplacian gradients: edges of full contrast, by half-quadratic splitting.

    Parameters
    ----------
    weight : float or "auto"
        Price of the gradients, above 0; ``auto`` finds it in the data.
    exponent : float
        Power of the differences, above 0 and at most 1; 1/2 to 4/5 describe photographs.
    kind : {"isotropic", "anisotropic"}
        The power is of the length of the gradient, or of its components.
    spacing : sequence of float, optional
        Sample distance on each axis, in any unit: only the ratios count.
    noise : float, optional
        Standard deviation of the noise; estimated by default.

    Raises
    ------
    ValueError
        If a number is out of range or a name is not known.
    TypeError
        If the data or the kernel are complex.

    Notes
    -----
    The price is not convex. Twenty stages, from smooth to sharp, lead to a good minimum, not to the
    least; fewer iterations leave the estimate smoother. Deviations from [1]_: the length of the
    gradient instead of its components, a weight from the data, and a border that is unknown.

    References
    ----------
    .. [1] D. Krishnan and R. Fergus, "Fast image deconvolution using hyper-Laplacian priors",
           Advances in Neural Information Processing Systems 22, 2009.
    .. [2] M. S. C. Almeida and M. A. T. Figueiredo, "Deconvolving images with unknown boundaries
           using the alternating direction method of multipliers", IEEE Trans. Image Process. 22,
           2013, :doi:`10.1109/TIP.2013.2258354`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.phantom(96), sd.psf.box(5), noise=0.01, rng=0)
    >>> x = sd.hyper_laplacian(seen.y, sd.psf.box(5), exponent=0.5)
    >>> gain = sd.metrics.psnr(seen.truth_window, x) - sd.metrics.psnr(seen.truth_window, seen.y)
    >>> bool(gain > 8)
    True
    """
    prior = HyperLaplacian(exponent, spacing, kind)

    def moves(admm: Admm, price: float, std: float) -> Iterator[tuple[Array, Array]]:
        return anneal(admm, prior.prox, price, prior.exponent, spread_of(admm.loss.y), std)

    return minimise(y, A, Setting(prior, moves=moves), weight, noise=noise)
