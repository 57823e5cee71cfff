"""Least squares within bounds (Stark & Parker), stopped before it fits the noise.

    minimise |A x - y|^2    over low <= x <= high

The bounds are all that is known of the scene: its values are not negative, or no larger than full
light. Stark and Parker's algorithm holds samples at a bound and solves for the others, one active
set after the other; here the others go by conjugate gradients, since a picture has too many.
(P. B. Stark, R. L. Parker, "Bounded-variable least-squares: an algorithm and applications", Comput.
Stat. 10, 1995, 129-141.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from sigdeconv._array import Array, ArrayLike
from sigdeconv._checks import number
from sigdeconv.alike import always
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, Strength, iterative, until_noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.solvers.bounded_gradients import bounded_steps
from sigdeconv.solvers.checks import check_real
from sigdeconv.solvers.start import first_estimate
from sigdeconv.stopping import Rule

__all__ = ["stark_parker"]


def stark_parker(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    low: float | None = 0.0,
    high: float | None = None,
    start: ArrayLike | None = None,
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
    """Least squares within bounds; the number of iterations is the regularisation.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    low : float, optional
        Least value of the estimate, in its own unit; None for no bound.
    high : float, optional
        Largest value, likewise.
    start : array, optional
        First estimate, on the window of the data or the domain of the operator; zero by default,
        or flat where the iteration stops by itself.
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
        If `low` is not below `high`. Also if shapes do not fit, a word is not known, a weight of
        `mask` is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    nnls : A lower bound alone.

    Notes
    -----
    The estimate goes towards the minimum of::

        |A x - y|^2    over low <= x <= high

    Samples are weighted by `mask` before they are squared.

    References
    ----------
    .. [1] R. Fletcher and C. M. Reeves, "Function minimization by conjugate gradients", Comput. J.
           7, 1964, :doi:`10.1093/comjnl/7.2.149`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.stark_parker([-1.0, 2.0, 5.0], [1.0], high=4.0, num_iter=1)
    array([0., 2., 4.])
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation, *, low: float | None, high: float | None, start: ArrayLike | None
) -> Iterator[tuple[Array, Array]]:
    """Return the iteration."""
    least = -math.inf if low is None else number("low", low)
    most = math.inf if high is None else number("high", high)
    if least >= most:
        raise ValueError(f"low must be below high; got {low!r} and {high!r}")
    y, A = obs.weighted, obs.A
    check_real(y, A)
    return bounded_steps(y, A, first_estimate(start, y, A), (least, most))


METHOD = iterative(
    stark_parker,
    iterate,
    needs="adjoint",
    default_run=until_noise,
    strength=Strength("num_iter", "iterations", usual=(1, 100)),
    samplewise=always,
)
