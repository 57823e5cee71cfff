"""Blind Richardson-Lucy: scene and kernel by turns, each the most likely under Poisson noise.

    k <- k / (X^T 1) * X^T( y / (k * x) ),     x <- x / (A^T 1) * A^T( y / (k * x) )

(Fish, Brinicombe, Pike and Walker 1995.) The likelihood never falls, and that is all: of the many
pairs that explain the data nothing prefers the true one, and noise goes into both. It stands here
as the baseline that it is in papers; `sigdeconv.psf.free_kernel` estimates a kernel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from sigdeconv._array import Array, ArrayLike, namespace, to_numpy
from sigdeconv._checks import integer
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, iterative
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.checks import check_real
from sigdeconv.solvers.em.map import VISIBLE
from sigdeconv.solvers.start import first_estimate, flat_estimate
from sigdeconv.stopping import Rule

__all__ = ["blind_richardson_lucy"]


def blind_richardson_lucy(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    kernel_steps: int = 1,
    scene_steps: int = 5,
    start: ArrayLike | None = None,
    num_iter: int = 4,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callback | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Richardson-Lucy steps on scene and kernel by turns: a baseline that often fails.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        Where the kernel begins: nonnegative; what is zero stays zero. Its sum is kept.
    kernel_steps : int
        Steps on the kernel in an iteration, after those on the scene; at least 0.
    scene_steps : int
        Steps on the scene in an iteration; at least 1.
    start : array, optional
        First estimate of the scene, positive; flat by default.
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
        If the kernel has negative values, or a number of steps is too small. Also if shapes do not
        fit, a word is not known, a weight of `mask` is outside [0, 1], or data or kernel hold NaN
        or infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    richardson_lucy : With a known kernel.
    psf.estimate : A kernel of a family, from the data.
    psf.free_kernel : A kernel of any shape, from the data.

    Notes
    -----
    It goes down minus the log-likelihood of counts, over scene and kernel::

        sum (k * x - y log(k * x))    over x >= 0 and k >= 0 of the sum of `psf`

    ``deconvolve(y, psf, method="blind_richardson_lucy").parameters["psf"]`` is the kernel where it
    ended. From a flat kernel on shaken photographs with 1 % noise the result is worse than the data
    (``benchmarks/blind.py``). Values of the data below zero count as zero.

    References
    ----------
    .. [1] D. A. Fish, A. M. Brinicombe, E. R. Pike, J. G. Walker, "Blind deconvolution by means of
           the Richardson-Lucy algorithm", JOSA A 12, 1995, :doi:`10.1364/JOSAA.12.000058`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> y = np.convolve([0, 0, 1.0, 0, 0, 0, 2.0, 0, 0], [0.2, 0.5, 0.3], "same")
    >>> result = sd.deconvolve(y, np.full(3, 1 / 3), method="blind_richardson_lucy")
    >>> result.parameters["psf"].shape, bool(result.x.min() >= 0)
    ((3,), True)
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation, *, kernel_steps: int, scene_steps: int, start: ArrayLike | None
) -> Iteration:
    """Return the iteration; the kernel of the last estimate is among the parameters."""
    kernel_steps = integer("kernel_steps", kernel_steps, least=0)
    scene_steps = integer("scene_steps", scene_steps, least=1)
    y, A = obs.weighted, obs.convolution
    check_real(y, A)
    if np.min(A.psf) < 0:
        raise ValueError(
            f"psf must be nonnegative; its least value is {np.min(A.psf):g}. Clip it, or use wiener"
        )
    found: dict[str, Any] = {"psf": A.psf}
    xp = namespace(y)
    y = xp.clip(y, min=0)
    x = flat_estimate(y, A) if start is None else None
    x = first_estimate(start, y, A) if x is None else x
    return Iteration(_steps(x, y, A, (kernel_steps, scene_steps), found), parameters=found)


def _steps(
    x: Array, y: Array, A: Convolution, counts: tuple[int, int], found: dict[str, Any]
) -> Iterator[tuple[Array, Array]]:
    ones = namespace(y).ones_like(y)
    while True:
        yield x, A.forward(x)
        gain = A.adjoint(ones)
        for _ in range(counts[1]):
            x = x * _ratio(A.adjoint(_ratio(y, A.forward(x))), gain, VISIBLE)
        for _ in range(counts[0]):
            in_kernel = A.in_kernel(x)
            back = _ratio(in_kernel.adjoint(_ratio(y, A.forward(x))), in_kernel.adjoint(ones))
            psf = A.psf * np.asarray(to_numpy(back))
            if not psf.sum() > 0:
                return
            A = dataclasses.replace(A, psf=psf * (A.psf.sum() / psf.sum()))
            found["psf"] = A.psf


def _ratio(above: Array, below: Array, least: float = 0.0) -> Array:
    """Return a quotient, zero where below is at most a part `least` of its maximum."""
    xp = namespace(above)
    lit = below > least * xp.max(below)
    return xp.where(lit, above / xp.where(lit, below, xp.ones_like(below)), xp.zeros_like(above))


METHOD = iterative(blind_richardson_lucy, iterate, needs="spectrum")
