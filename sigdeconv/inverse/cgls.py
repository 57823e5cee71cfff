"""CGLS: conjugate gradients on the normal equations, the fastest way down |A x - y|^2.

The k-th iterate minimises the misfit over the Krylov space of A^H A, so it is the smooth part of
the solution first and the noise last: stop early. (Hestenes & Stiefel 1952,
doi:10.6028/jres.049.044; Bjoerck 1996, doi:10.1137/1.9781611971484, for this form.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from sigdeconv._array import Array, ArrayLike, is_complex, namespace
from sigdeconv._checks import number
from sigdeconv.alike import always
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, DefaultRun, Strength, iterative, until_noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.solvers.start import first_estimate
from sigdeconv.stopping import Rule

__all__ = ["cgls"]

WEIGHTED_ITER = 20  # iterations by default with a weight, which does without an early stop


def cgls(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    weight: float = 0.0,
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
    """Conjugate gradients for least squares, with an optional Tikhonov weight.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    weight : float
        Weight of |x|^2, at least 0; 0 leaves the regularisation to the number of iterations.
    start : array, optional
        First estimate, on the window of the data or the domain of the operator; zero by default,
        which leads to the solution of least norm, or flat where the iteration stops by itself.
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
        If `weight` is negative. Also if shapes do not fit, a word is not known, a weight of `mask`
        is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If an argument is of the wrong type.

    See Also
    --------
    landweber : One step at a time.
    tikhonov : A penalty in the place of stopping early.

    Notes
    -----
    The k-th iterate minimises::

        |A x - y|^2 + weight |x|^2

    over `start` plus the Krylov space of k directions of A^H A: smooth parts of the scene come
    first, noise comes last. Samples are weighted by `mask` before they are squared.

    References
    ----------
    .. [1] M. R. Hestenes and E. Stiefel, "Methods of conjugate gradients for solving linear
           systems", J. Res. NBS 49, 1952, :doi:`10.6028/jres.049.044`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.cgls([0.0, 2.0, 0.0], [1.0], num_iter=1)
    array([0., 2., 0.])
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation, *, weight: float, start: ArrayLike | None
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates and their data."""
    weight = number("weight", weight, least=0)
    y, A = obs.weighted, obs.A
    xp = namespace(y)

    def energy(a: Array) -> float:
        return float(xp.sum(xp.abs(a) ** 2))

    def kept(a: Array) -> object:
        return xp.complex64 if is_complex(a) else xp.float32

    single = y.dtype in (xp.float32, xp.complex64)
    # Conjugacy is lost exponentially fast in single precision: within 20 iterations the estimate
    # would be wrong in the second digit. So the recurrence runs in double.
    double = xp.complex128 if is_complex(y) else xp.float64
    y = xp.astype(y, double) if single else y
    x = first_estimate(start, y, A)
    Ax = A.forward(x)
    r = y - Ax
    s = A.adjoint(r) - weight * x
    p, gamma = s, energy(s)
    first = gamma
    while True:
        yield (xp.astype(x, kept(x)), xp.astype(Ax, kept(Ax))) if single else (x, Ax)
        # Below the rounding of the first gradient nothing is left to gain.
        if gamma <= first * float(xp.finfo(xp.real(x).dtype).eps) ** 2:
            return
        Ap = A.forward(p)
        curvature = energy(Ap) + weight * energy(p)
        if curvature == 0:
            return
        step = gamma / curvature
        x = x + step * p
        Ax = Ax + step * Ap
        r = r - step * Ap
        s = A.adjoint(r) - weight * x
        gamma, before = energy(s), gamma
        p = s + (gamma / before) * p


def default_run(obs: Observation, parameters: dict[str, Any]) -> DefaultRun:
    """Return twenty iterations where a weight holds the noise; else until the noise is left."""
    return DefaultRun(WEIGHTED_ITER) if parameters["weight"] else until_noise(obs, parameters)


METHOD = iterative(
    cgls,
    iterate,
    needs="adjoint",
    default_run=default_run,
    strength=Strength("num_iter", "iterations", usual=(1, 60)),
    samplewise=always,
)
