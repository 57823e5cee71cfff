"""Photographs: gradients with tails heavier than Laplace's.

    minimise over x   |A x - y|^2 / 2 + weight sum |grad x|^p,   p < 1

(Krishnan & Fergus 2009.) The penalty on a strong edge hardly
grows with its height, so edges keep their contrast, which total variation lowers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sigdeconv._array import Array, ArrayLike
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, Strength, iterative
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.priors import HyperLaplacian, PowerKind
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.checks import noise_std, weight_or_auto
from sigdeconv.solvers.variational.problem import VariationalProblem
from sigdeconv.solvers.variational.run import minimise
from sigdeconv.solvers.variational.stages import iterates_of
from sigdeconv.stopping import Rule

__all__ = ["hyper_laplacian"]


def hyper_laplacian(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    weight: float | Literal["auto"] = "auto",
    exponent: float = 0.8,
    kind: PowerKind = "isotropic",
    spacing: Sequence[float] | None = None,
    noise: Noise | float | None = None,
    num_iter: int = 20,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callback | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Hyper-Laplacian gradients: edges of full contrast, by half-quadratic splitting.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    weight : float or "auto"
        Weight of the gradients, above 0, with the unit that Notes say; ``auto`` finds it in the
        data.
    exponent : float
        Power of the differences, above 0 and at most 1; 1/2 to 4/5 describe photographs.
    kind : {"isotropic", "anisotropic"}
        The power is of the length of the gradient, or of its components.
    spacing : sequence of float, optional
        Sample distance on each axis, in any unit: only the ratios count.
    noise : Noise or float, optional
        Standard deviation of the noise, or a noise model; estimated by default.
    num_iter : int
        Number of iterations, at most.
    tol : float, optional
        Stop when an iteration changes the estimate by less than this fraction.
    stop : Rule or "auto", optional
        A rule of `sigdeconv.stopping`, beside `num_iter` and `tol`; ``auto`` stops where samples
        left out are predicted best (cross-validation).
    callback : callable, optional
        ``callback(k, x)`` after each iteration; a true return value stops.
    boundary : str, optional
        What lies beyond the border, see `Convolution`; ``unknown`` by default: the data are a
        window of a larger scene.
    centre : {"middle", "start", "peak"}, int or sequence of int or str, optional
        The kernel sample that stands for zero displacement, by name or index: ``middle``, the
        default, is ``K // 2``; a response in time begins at ``start``. See `Convolution`.
    mask : array of the shape of `y`, optional
        Weight of each sample in [0, 1]: 0 for a dead one, 1 for a good one.
    axis : int or sequence of int, optional
        The axes of `y` along which the kernel acts, in its order. All others hold signals of one
        kind, such as traces or spectra, restored together: one noise, one strength for all. By
        default the kernel acts along all axes.
    workers : int, optional
        Threads; by default the cores that the process may use, for large arrays.

    Returns
    -------
    x : array of the shape of `y`
        The estimate on the window of the data, in its namespace, units and precision.

    Raises
    ------
    ValueError
        If a number is out of range. Also if shapes do not fit, a word is not known, a weight of
        `mask` is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    tv : The convex relative.
    plug_and_play : A denoiser in the place of the penalty.

    Notes
    -----
    The estimate is a local minimum of::

        |A x - y|^2 / 2 + weight sum |grad x|^exponent

    with first differences over `spacing` for the gradient. Where x has the unit u, `weight` has the
    unit of y squared over u to the power of `exponent`.

    The penalty is not convex. Twenty stages, from smooth to sharp, lead to a good minimum, not the
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
    return METHOD.restore(**locals())


def iterate(
    obs: Observation,
    *,
    weight: float | Literal["auto"],
    exponent: float,
    kind: PowerKind,
    spacing: Sequence[float] | None,
    noise: Noise | float | None,
) -> Iteration:
    """Return the iteration: stages from smooth to sharp."""
    prior = HyperLaplacian(exponent, obs.spacing if spacing is None else spacing, kind)
    problem = VariationalProblem(prior, iterates=iterates_of(prior, obs.A))
    return minimise(obs, problem, weight_or_auto(weight), noise=noise_std(noise, obs))


METHOD = iterative(
    hyper_laplacian,
    iterate,
    matrix_free=iterate,
    strength=Strength("weight"),
    candidate="best",
    belief="the gradients of photographs (hyper-Laplacian)",
)
