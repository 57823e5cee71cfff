"""Landweber iteration: gradient descent on |A x - y|^2, stopped before it fits the noise.

Each step is x <- x + step / |A|^2 A^H (y - A x) (Landweber 1951, doi:10.2307/2372313).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from sigdeconv._array import Array, ArrayLike, namespace
from sigdeconv._checks import flag, number
from sigdeconv.alike import always
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, Strength, iterative, until_noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.solvers.start import first_estimate
from sigdeconv.stopping import Rule

__all__ = ["landweber"]


def landweber(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    step: float = 1.0,
    start: ArrayLike | None = None,
    nonnegative: bool = False,
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
    """Gradient descent on the misfit; the number of iterations is the regularisation.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    step : float
        Step length in units of 1 / |A|^2; between 0 and 2 it converges.
    start : array, optional
        First estimate, on the window of the data or the domain of the operator; zero by default,
        or flat where the iteration stops by itself.
    nonnegative : bool
        Project on x >= 0 after every step.
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
        If `step` is not between 0 and 2. Also if shapes do not fit, a word is not known, a weight
        of `mask` is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If an argument is of the wrong type.

    See Also
    --------
    cgls : The same minimum in fewer steps.
    nnls : The same with values at least zero.

    Notes
    -----
    Each step goes down the gradient of |A x - y|^2 / 2::

        x <- x + step / |A|^2 A^H (y - A x)

    with |A| the norm of the operator. Samples are weighted by `mask` before they are squared.

    References
    ----------
    .. [1] L. Landweber, "An iteration formula for Fredholm integral equations of the first kind",
           Am. J. Math. 73, 1951, :doi:`10.2307/2372313`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.landweber([0.0, 2.0, 0.0], [1.0], num_iter=1)
    array([0., 2., 0.])
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation, *, step: float, start: ArrayLike | None, nonnegative: bool
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates and their data."""
    step = number("step", step, above=0, below=2)
    flag("nonnegative", nonnegative)
    y, A = obs.weighted, obs.A
    xp = namespace(y)
    x = first_estimate(start, y, A)
    squared = A.norm() ** 2
    while True:
        Ax = A.forward(x)
        yield x, Ax
        if squared == 0:
            return
        x = x + (step / squared) * A.adjoint(y - Ax)
        if nonnegative:
            x = xp.clip(x, min=0)


METHOD = iterative(
    landweber,
    iterate,
    needs="adjoint",
    default_run=until_noise,
    strength=Strength("num_iter", "iterations", usual=(1, 300)),
    samplewise=always,
)
