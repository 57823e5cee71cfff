"""Total variation: edges stay sharp, noise does not.

    minimise over x   loss(A x, y) + weight sum |grad x|

(Rudin, Osher & Fatemi 1992.) The weight comes from the data: it is the one whose prediction of the
data has the least error, by cross-validation, or by Stein's estimate for noise that is given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from sigdeconv._array import Array, ArrayLike
from sigdeconv._checks import flag
from sigdeconv.geometry import Boundary
from sigdeconv.losses import Loss, LossName, as_loss
from sigdeconv.method import Callback, Strength, iterative
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.priors import TV, TVKind
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.checks import noise_std, weight_or_auto
from sigdeconv.solvers.variational.problem import VariationalProblem
from sigdeconv.solvers.variational.run import minimise
from sigdeconv.stopping import Rule

__all__ = ["tv"]


def tv(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    weight: float | Literal["auto"] = "auto",
    loss: Loss | LossName = "gaussian",
    kind: TVKind = "isotropic",
    edge: float = 0.0,
    spacing: Sequence[float] | None = None,
    nonnegative: bool = False,
    background: float | ArrayLike = 0.0,
    delta: float | None = None,
    noise: Noise | float | None = None,
    accuracy: float = 0.05,
    joint: bool = True,
    num_iter: int = 300,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callback | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Total variation: sharp edges and flat areas, by the alternating direction method.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    weight : float or "auto"
        Weight of the total variation, above 0, in units of the data term over those of `y`;
        ``auto`` finds it in the data.
    loss : {"gaussian", "poisson", "huber", "l1"} or Loss
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
    noise : Noise or float, optional
        Standard deviation of the noise, or a noise model, for ``auto``; estimated by default.
    accuracy : float
        Stop when an iteration changes the estimate by less than this fraction of the residual.
    joint : bool
        Colours (``channel_axis`` of `deconvolve`) have their edges at the same places: one length
        of the gradient over all of them. False restores each by itself.
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
        If a number is out of range, or data are negative with loss ``poisson``. Also if shapes do
        not fit, a word is not known, a weight of `mask` is outside [0, 1], or data or kernel hold
        NaN or infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    hyper_laplacian : Sharper edges, by a penalty that is not convex.
    wavelet_l1 : Few wavelet coefficients in the place of few edges.
    variational : Any prior and loss.

    Notes
    -----
    The estimate minimises::

        sum loss(A x, y) + weight sum |grad x|

    with first differences over `spacing` for the gradient. The loss of a sample is half the squared
    residual (``gaussian``), z + b - y log(z + b) with the background b (``poisson``), r^2 / 2 up to
    |r| = delta and delta |r| - delta^2 / 2 beyond (``huber``), or |r| (``l1``). So `weight` has the
    unit of y with ``gaussian``, and none with ``poisson`` and ``l1``, for a kernel of sum one.
    `mask` weighs the residual of ``gaussian`` before it is squared, and the value of other losses.

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
    return METHOD.restore(**locals())


def iterate(
    obs: Observation,
    *,
    weight: float | Literal["auto"],
    noise: Noise | float | None,
    accuracy: float,
    **parts: Any,
) -> Iteration:
    """Return the iteration that minimises the objective."""
    number = weight_or_auto(weight)
    std = noise_std(noise, obs)
    return minimise(obs, problem(obs, **parts), number, noise=std, accuracy=accuracy)


def problem(
    obs: Observation,
    *,
    loss: Loss | LossName,
    kind: TVKind,
    edge: float,
    spacing: Sequence[float] | None,
    nonnegative: bool,
    background: float | ArrayLike,
    delta: float | None,
    joint: bool,
) -> VariationalProblem:
    """Return the problem but for its weight."""
    flag("joint", joint)
    spacing = obs.spacing if spacing is None else spacing
    return VariationalProblem(
        TV(kind, edge, spacing, joint=int(joint and obs.has_channels)),
        as_loss(loss, background=background, delta=delta),
        low=0.0 if flag("nonnegative", nonnegative) else -math.inf,
    )


METHOD = iterative(
    tv,
    iterate,
    matrix_free=iterate,
    strength=Strength("weight", "variational", problem),
    candidate="auto",
    belief="edges (total variation)",
)
