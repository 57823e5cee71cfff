"""Any prior with any loss: the parts are values.

    minimise over x   loss(A x, y) + weight phi(L x)      subject to bounds

`tv`, `wavelet_l1` and `hyper_laplacian` are this with one prior each. The weight comes from the
data: it is the one whose prediction of them has the least error, by Stein's estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from sigdeconv._array import Array, ArrayLike
from sigdeconv._checks import flag, number
from sigdeconv.geometry import Boundary
from sigdeconv.losses import Loss, LossName, as_loss
from sigdeconv.method import Callback, Strength, iterative
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.priors import Prior, as_prior
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.checks import noise_std, weight_or_auto
from sigdeconv.solvers.variational.problem import VariationalProblem
from sigdeconv.solvers.variational.run import minimise
from sigdeconv.solvers.variational.stages import iterates_of
from sigdeconv.stopping import Rule

__all__ = ["variational"]


def variational(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    prior: Prior | str = "tv",
    loss: Loss | LossName = "gaussian",
    weight: float | Literal["auto"] = "auto",
    nonnegative: bool = False,
    upper: float | None = None,
    noise: Noise | float | None = None,
    accuracy: float = 0.05,
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
    """Any prior with any loss, with bounds and an automatic weight.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or operator
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator of any kind.
    prior : Prior or str
        A record of `sigdeconv.priors` or its name; a sum such as ``TV() + 0.5 * L1()``; or your
        own, with a proximal map.
    loss : Loss or {"gaussian", "poisson", "huber", "l1", "cauchy"}
        A record of `sigdeconv.losses`, such as ``KullbackLeibler(background)``, or its name.
    weight : float or "auto"
        Weight of the prior, above 0, in units of the data term over those of the prior; ``auto``
        finds it in the data.
    nonnegative : bool
        Keep the estimate at zero or above.
    upper : float, optional
        Keep the estimate at that or below, in units of `y`.
    noise : Noise or float, optional
        Standard deviation of the noise, or a noise model, for ``auto``; estimated by default.
    accuracy : float
        Stop when an iteration changes the estimate by less than this fraction of the residual.
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
        The estimate on the window of the data, in its namespace, units and precision; for an
        operator that is no convolution on its domain.

    Raises
    ------
    ValueError
        If a number is out of range, a word is not known, or a prior that is not convex has bounds,
        is part of a sum, or has another loss than ``gaussian``. Also if shapes do not fit or values
        are not finite.
    TypeError
        If data or operator are complex, or an argument is of the wrong type.

    See Also
    --------
    tv : Total variation, ready made.
    priors.Prior : What a prior of your own has to say.

    Notes
    -----
    The estimate minimises ``loss(A x, y) + weight * prior(x)``. A convolution is solved by
    alternating directions with a Fourier step [1]_; any other operator, and a prior with auxiliary
    unknowns (`sigdeconv.priors.TGV`), by proximal gradients or the primal-dual method [2]_.

    References
    ----------
    .. [1] M. S. C. Almeida and M. A. T. Figueiredo, "Deconvolving images with unknown boundaries
           using the alternating direction method of multipliers", IEEE Trans. Image Process. 22,
           2013, :doi:`10.1109/TIP.2013.2258354`.
    .. [2] A. Chambolle and T. Pock, "A first-order primal-dual algorithm for convex problems",
           J. Math. Imaging Vis. 40, 2011, :doi:`10.1007/s10851-010-0251-1`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> x = sd.variational(obs.y, obs.A, prior=sd.priors.HessianSchatten(), upper=1.0)
    >>> sd.metrics.psnr(obs.truth_window, x) > sd.metrics.psnr(obs.truth_window, obs.y)
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
    std = noise_std(noise, obs)
    made = problem(obs, **parts)
    return minimise(obs, made, weight_or_auto(weight), noise=std, accuracy=accuracy)


def problem(
    obs: Observation,
    *,
    prior: Prior | str,
    loss: Loss | LossName,
    nonnegative: bool,
    upper: float | None,
) -> VariationalProblem:
    """Return the problem but for its weight."""
    phi, term = as_prior(prior), as_loss(loss)
    low = 0.0 if flag("nonnegative", nonnegative) else -math.inf
    high = math.inf if upper is None else number("upper", upper, above=low if low == 0 else None)
    if not phi.convex:
        if len(phi.parts) > 1:
            raise ValueError("prior is not convex, and such a prior stands alone, not in a sum")
        if low == 0 or high < math.inf or term != as_loss("gaussian"):
            raise ValueError(
                f"prior {type(phi).__name__} is not convex: it takes loss='gaussian' and no bounds"
            )
    return VariationalProblem(phi, term, low, high, iterates=iterates_of(phi, obs.A))


METHOD = iterative(
    variational,
    iterate,
    matrix_free=iterate,
    strength=Strength("weight", "variational", problem),
)
