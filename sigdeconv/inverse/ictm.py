"""Iterative constrained Tikhonov-Miller: least squares with roughness, and no negative values.

    minimise |A x - y|^2 + weight |D^p x|^2    over x >= 0

The workhorse of the first deconvolution programs in microscopy (H. T. M. van der Voort, K. C.
Strasters 1995): conjugate gradients, and what is negative set to zero after each step. Here samples
at zero whose slope points below are held, so that it converges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from sigdeconv._array import Array, ArrayLike, zeros
from sigdeconv._checks import integer, number
from sigdeconv.geometry import Boundary
from sigdeconv.inverse.tikhonov import METHOD as TIKHONOV
from sigdeconv.method import Callback, Strength, iterative
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.bounded_gradients import bounded_steps
from sigdeconv.solvers.checks import check_real
from sigdeconv.solvers.matrix_free.roughness import FreeRoughness
from sigdeconv.solvers.start import flat_estimate
from sigdeconv.stopping import Rule

__all__ = ["ictm"]


def ictm(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    weight: float | Literal["auto"] = "auto",
    order: int = 1,
    num_iter: int = 25,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callback | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Iterative constrained Tikhonov-Miller: least squares with a penalty, and no negative values.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    weight : float or "auto"
        Weight of the penalty, at least 0, in the unit of the kernel squared; ``"auto"`` takes that
        of `tikhonov`.
    order : int
        Order of the differences: 0 for the size of the signal, 1 for slopes, 2 for curvature.
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
        If `weight` or `order` is negative. Also if shapes do not fit, a word is not known, a weight
        of `mask` is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    tikhonov : Without the constraint.
    nnls : Without the penalty.

    Notes
    -----
    The estimate goes towards the minimum of::

        |A x - y|^2 + weight |D^order x|^2    over x >= 0

    from a flat scene. Samples are weighted by `mask` before they are squared.

    References
    ----------
    .. [1] G. M. P. van Kempen, L. J. van Vliet, P. J. Verveer and H. T. M. van der Voort, "A
           quantitative comparison of image restoration methods for confocal microscopy", J.
           Microsc. 185, 1997, :doi:`10.1046/j.1365-2818.1997.d01-629.x`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.ictm([-1.0, 2.0, 5.0], [1.0], weight=0.0)
    array([0., 2., 5.])
    """
    return METHOD.restore(**locals())


def iterate(obs: Observation, *, weight: float | Literal["auto"], order: int) -> Iteration:
    """Return the iteration, which begins at a flat scene."""
    check_real(obs.weighted, obs.A)
    auto = isinstance(weight, str) and weight == "auto"
    level = None if auto else number("weight", weight, least=0, instead="'auto'")
    order = integer("order", order, least=0)
    found: dict[str, Any] = {}
    if level is None:
        made = TIKHONOV.solve(obs, order=order, history=False).parameters
        found = {name: made[name] for name in ("weight", "noise_std", "rule")}
        level = float(made["weight"])
    start = flat_estimate(obs.weighted, obs.A)
    start = zeros(obs.A.shape, obs.y) if start is None else start
    penalty = FreeRoughness(obs.A.shape, order)
    steps = bounded_steps(obs.weighted, obs.A, start, (0.0, math.inf), level, penalty)
    return Iteration(steps, found)


METHOD = iterative(
    ictm,
    iterate,
    needs="adjoint",
    strength=Strength("weight"),
)
