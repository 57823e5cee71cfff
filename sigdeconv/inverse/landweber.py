"""Landweber iteration: gradient descent on |A x - y|^2, stopped before it fits the noise.

Each step is x <- x + step / |A|^2 A^H (y - A x) (Landweber 1951, doi:10.2307/2372313).
"""

from __future__ import annotations

from collections.abc import Iterator

from sigdeconv._array import Array, as_like, namespace, zeros
from sigdeconv.method import iterative
from sigdeconv.operators.convolution import Convolution

__all__ = ["landweber"]


@iterative(num_iter=100)
def landweber(
    y: Array,
    A: Convolution,
    *,
    step: float = 1.0,
    start: Array | None = None,
    nonnegative: bool = False,
) -> Iterator[tuple[Array, Array]]:
    """Gradient descent on the misfit; the number of iterations is the regularisation.

    Parameters
    ----------
    step : float
        Step length in units of 1 / |A|^2; between 0 and 2 it converges.
    start : array of the operator's domain, optional
        First estimate; zero by default.
    nonnegative : bool
        Project on x >= 0 after every step.

    Raises
    ------
    ValueError
        If `step` is not between 0 and 2.

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
    if not isinstance(step, (int, float)) or not 0 < step < 2:
        raise ValueError(f"step must be between 0 and 2; got {step!r}")
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


def first_estimate(start: Array | None, y: Array, A: Convolution) -> Array:
    """Return `start` like `y`, or zeros; a start on the window is put into the middle of it."""
    if start is None:
        return zeros(A.shape, y)
    start = as_like(start, y, "start")
    if tuple(start.shape) == A.shape:
        return start
    x = zeros(A.shape, y)
    if start.shape != x[A.window].shape:
        raise ValueError(
            f"start has shape {tuple(start.shape)}; expected {A.shape}, the operator's domain, or "
            f"{tuple(x[A.window].shape)}, the window of the data"
        )
    x = x + float(namespace(y).mean(namespace(y).real(start))) if start.ndim else x
    x[A.window] = start
    return x
