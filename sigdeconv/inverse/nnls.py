"""Least squares without negative values: the plainest way to say that light is not negative.

minimise over x >= 0   |A x - y|^2 / 2
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from sigdeconv._array import Array, ArrayLike, namespace
from sigdeconv._checks import number
from sigdeconv.alike import plain_ground
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, DefaultRun, iterative, until_noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.background import BackgroundWord, background_of, smooth_background
from sigdeconv.solvers.checks import check_real
from sigdeconv.solvers.proximal_gradient import fista, until_slow
from sigdeconv.solvers.shape import is_dark
from sigdeconv.solvers.start import first_estimate
from sigdeconv.stopping import Rule, StopReason

__all__ = ["nnls"]


def nnls(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    background: float | ArrayLike | BackgroundWord = 0.0,
    start: ArrayLike | None = None,
    accuracy: float = 0.002,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callback | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Nonnegative least squares by accelerated projected gradients.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    background : float, array of the shape of `y` or str
        Known light from elsewhere, or a smooth one that is estimated together with the estimate:
        ``constant``, ``linear``, ``quadratic``, ``cubic``, or ``auto``, which finds the degree in
        the lower samples of the data. `Result.parameters` has what was found.
    start : array, optional
        First estimate, on the window of the data or the domain of the operator; zero by default,
        or flat where the iteration stops by itself. Negative values become zero.
    accuracy : float
        Stop when ten iterations in a row change the predicted data by less than this fraction of
        the residual; 0 for never.
    num_iter : int, optional
        Number of iterations, at most. Without `num_iter`, `tol` and `stop` the iteration ends when
        the residual is that of the noise.
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
        If `accuracy` is negative, or `background` is of another shape. Also if shapes do not fit, a
        word is not known, a weight of `mask` is outside [0, 1], or data or kernel hold NaN or
        infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    richardson_lucy : Values at least zero, for counts.
    sparse : Few spikes.
    landweber : One step at a time.

    Notes
    -----
    The estimate minimises::

        |A x + b - y|^2 / 2    over x >= 0, and b if it is not known

    Samples are weighted by `mask` before they are squared.

    Dark areas are restored well, for most of their samples are bound at zero; elsewhere nothing
    holds the noise but the number of iterations.

    References
    ----------
    .. [1] C. L. Lawson and R. J. Hanson, "Solving least squares problems", SIAM, 1995,
           :doi:`10.1137/1.9781611971217`.
    .. [2] A. Beck and M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear
           inverse problems", SIAM J. Imaging Sci. 2, 2009, :doi:`10.1137/080716542`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> x = np.zeros(60)
    >>> x[[20, 24]] = 1.0, 0.5
    >>> pulse = sd.psf.gaussian(1.5, ndim=1)
    >>> seen = sd.simulate(x, pulse, noise=0.001, rng=0, boundary="zero")
    >>> found = sd.nnls(seen.y, seen.A, num_iter=2000)
    >>> float(found.min()), [int(i) for i in np.flatnonzero(found > 0.3)]
    (0.0, [20, 24])
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation,
    *,
    background: float | ArrayLike | BackgroundWord,
    start: ArrayLike | None,
    accuracy: float,
) -> Iteration:
    """Return the iteration, which ends when it has become slow."""
    number("accuracy", accuracy, least=0)
    y, A = obs.weighted, obs.A
    check_real(y, A)
    xp = namespace(y)

    def prox(v: Array, step: float) -> Array:
        return xp.clip(v, min=0)

    reason: list[StopReason] = []
    first = prox(first_estimate(start, y, A), 1.0)
    told: dict[str, Any] = {}
    if isinstance(background, str):
        told = smooth_background(obs, background)
        background = told["background"]
    under = background_of(obs, background)
    if under is None:
        steps = until_slow(fista(y, A, prox, first), y, accuracy, reason)
        return Iteration(steps, stop_reason=lambda: reason[0] if reason else None)
    steps = until_slow(fista(under.y, under.A, prox, first), under.y, accuracy, reason)
    steps = under.restored(steps, A, y)
    return Iteration(steps, told, stop_reason=lambda: reason[0] if reason else None)


def default_run(obs: Observation, parameters: dict[str, Any]) -> DefaultRun:
    """Run until the noise; without a flat start where a background holds the level."""
    plan = until_noise(obs, parameters)
    if isinstance(parameters["background"], str):
        return dataclasses.replace(plan, parameters={})
    return plan


METHOD = iterative(
    nnls,
    iterate,
    needs="adjoint",
    default_run=default_run,
    candidate="auto",
    suits=is_dark,
    belief="values that are nowhere negative (least squares)",
    samplewise=plain_ground,
)
