"""Tikhonov regularisation: least squares with a penalty on size or on roughness.

    minimise |A x - y|^2 + weight |D^p x|^2

with p = 0 the identity and p >= 1 derivatives of that order, |D^p|^2 being the p-th power of the
sum over the axes of 4 sin^2(pi f), the spectrum of first differences. (Tikhonov 1963;
Phillips 1962, doi:10.1145/321105.321114.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from sigdeconv._array import Array, ArrayLike, NumpyArray
from sigdeconv._checks import integer, number
from sigdeconv.geometry import Boundary
from sigdeconv.method import Strength, closed_form
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.result import Estimate
from sigdeconv.solvers.grid import FrequencyFunction, mean_weight
from sigdeconv.solvers.least_error import least_risk
from sigdeconv.solvers.matrix_free.quadratic import any_tikhonov
from sigdeconv.solvers.noise_level import periodogram_of, spectra_of
from sigdeconv.solvers.quadratic.error_bars import Colour, Posterior
from sigdeconv.solvers.quadratic.penalty import CurveParts, Roughness, local
from sigdeconv.solvers.quadratic.problem import BY_RESIDUAL, quadratic_problem, solve_consistent
from sigdeconv.solvers.spectra import BY_SPECTRA, Spectra

__all__ = ["tikhonov"]


def tikhonov(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    weight: float | Literal["auto"] = "auto",
    order: int = 1,
    num_iter: int = 200,
    tol: float = 0.003,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Least squares with a quadratic penalty: deviations from the mean (order 0), or roughness.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    weight : float or "auto"
        Weight of the penalty, at least 0, in the unit of the kernel squared. ``"auto"`` finds it:
        a spectrum is fitted to the signal and a level to the noise, and the weight is
        the one with the least expected error for these two.
    order : int
        Order of the derivative that is penalised; 0 penalises the deviations from the mean, a local
        one where the border is unknown. The data alone fix it unless the kernel takes it away.
    num_iter : int
        Most conjugate gradient iterations, where the window is not the whole grid.
    tol : float
        Error they may leave, as a fraction of the noise.
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
        If an argument is of the wrong type.

    See Also
    --------
    wiener : The weight of each frequency from the spectra of signal and noise.
    tv : Keeps edges.
    tune : The weight by every rule.

    Notes
    -----
    The estimate minimises::

        |A x - y|^2 + weight |D^order x|^2

    with |D|^2 the sum over the axes of 4 sin^2(pi f), the spectrum of first differences, f in
    cycles a sample. Samples are weighted by `mask` before they are squared.

    The penalty acts on a periodic grid wider than the window (boundary ``unknown``), on the domain
    itself (``periodic``), or on the mirrored signal (all others). With an unknown border it does
    not act on the smooth step between opposite borders, which would bind what has nothing to do
    with each other; and order 0 penalises the deviations from a local mean, over a third of the
    kernel's span or eight samples.

    References
    ----------
    .. [1] D. L. Phillips, "A technique for the numerical solution of certain integral equations of
           the first kind", J. ACM 9, 1962, :doi:`10.1145/321105.321114`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> x = sd.tikhonov([0.0, 3.0, 0.0], [1.0], weight=1.0, order=0, boundary="periodic")
    >>> x.round(12)
    array([0.5, 2. , 0.5])
    """
    return METHOD.restore(**locals())


def estimate(
    obs: Observation, *, weight: float | Literal["auto"], order: int, num_iter: int, tol: float
) -> Estimate:
    """Return the minimiser, with the weight from the data if it is not given."""
    penalty = penalty_of(obs, order=order)
    run: dict[str, Any] = {
        "num_iter": integer("num_iter", num_iter, least=0),
        "tol": number("tol", tol, least=0),
    }
    auto = isinstance(weight, str) and weight == "auto"
    if auto:
        level = _least_risk(obs, spectra_of(obs), order)
    else:
        level = number("weight", weight, least=0, instead="'auto'")
    problem = quadratic_problem(obs.convolution, obs.y, penalty).scaled(level)
    noise: float | None = None
    colour: Colour | None = None
    told: dict[str, Any] = {}
    if not auto:
        found = problem.solve(obs.y, **run)
    else:
        law = spectra_of(obs)
        noise, colour = law.noise, law.tint
        found, factor, problem = solve_consistent(problem, obs.y, noise=noise, **run)
        told = {"weight": level * factor, "noise_std": noise**0.5}
        told["rule"] = BY_SPECTRA if factor == 1 else BY_RESIDUAL
    if found.num_iter:
        told["gap"] = found.gap
    posterior = Posterior(obs, problem, noise, own=False, colour=colour)
    return Estimate(found.x, found.num_iter, found.stop, told, posterior)


def any_estimate(
    obs: Observation, *, weight: float | Literal["auto"], order: int, num_iter: int, tol: float
) -> Estimate:
    """Return the minimiser for an operator that is no convolution."""
    auto = isinstance(weight, str) and weight == "auto"
    level = None if auto else number("weight", weight, least=0, instead="'auto'")
    order = integer("order", order, least=0)
    num_iter, tol = integer("num_iter", num_iter, least=0), number("tol", tol, least=0)
    return any_tikhonov(obs, level, order, num_iter, tol)


def penalty_of(obs: Observation, *, order: int) -> FrequencyFunction:
    """Return |D^order|^2 as a penalty of unit weight."""
    penalty = Roughness(integer("order", order, least=0))
    return penalty if penalty.order else local(penalty, obs.A)


def _least_risk(obs: Observation, law: Spectra, order: int) -> float:
    """Return the weight of least expected error for some spectra of signal and noise."""
    ndim = len(obs.A.shape)
    weight = least_risk(periodogram_of(obs), law, lambda f: mean_roughness(f, ndim) ** order)
    return weight * mean_weight(obs.A)


def mean_roughness(f: NumpyArray, ndim: int) -> NumpyArray:
    """Return the roughness at |f| on the diagonal of the axes, its mean to a few per cent."""
    return np.asarray(4 * ndim * np.sin(np.pi * np.minimum(f / ndim**0.5, 0.5)) ** 2)


def curve_parts(obs: Observation, *, noise: float | None, order: int = 1, **run: Any) -> CurveParts:
    """Return the penalty at weight 1 and the automatic weight.

    Parameters
    ----------
    obs : Observation
        The data.
    noise : float or None
        Standard deviation of the noise, if it was given.
    """
    penalty = penalty_of(obs, order=order)
    if noise is None:
        found = METHOD.solve(obs, order=order, **run).parameters
        return CurveParts(penalty, float(found["weight"]))
    law = periodogram_of(obs).fit(noise=noise**2)
    return CurveParts(penalty, _least_risk(obs, law, order))


METHOD = closed_form(
    tikhonov,
    estimate,
    matrix_free=any_estimate,
    strength=Strength("weight", "quadratic", curve_parts),
    compared=True,
)
