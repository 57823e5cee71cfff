"""Richardson-Lucy: the most likely non-negative signal under Poisson noise, step by step.

    x <- x / (A^T 1) * A^T( y / (A x + b) )         (Richardson 1972, Lucy 1974)

It is expectation maximisation: the likelihood never falls, x stays non-negative, and with no
background sum(A^T 1 x) = sum(y) at every step. With boundary ``unknown`` A^T 1 falls off beyond
the border, which is what lets the scene outside explain the light that it sent in (Bertero &
Boccacci 2005, doi:10.1051/0004-6361:20052717).

The parts are in `sigdeconv.solvers.em`: the likelihood, the map, the penalties, the acceleration,
other back projectors, starts, and the search for a weight.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from sigdeconv._array import Array, ArrayLike, is_complex, namespace, to_numpy
from sigdeconv._checks import number, one_of
from sigdeconv.alike import plain_ground
from sigdeconv.geometry import Boundary
from sigdeconv.method import AUTO_ITER, Callback, DefaultRun, iterative
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.background import BackgroundWord, smooth_background
from sigdeconv.solvers.em.acceleration import Acceleration, AccelerationName, as_acceleration
from sigdeconv.solvers.em.gain import gain_of_penalty
from sigdeconv.solvers.em.penalties import EMPenalty, Entropy, SquaredGradient
from sigdeconv.solvers.em.run import em_iteration
from sigdeconv.solvers.em.settings import EMSettings
from sigdeconv.solvers.em.shift import shift_of
from sigdeconv.solvers.em.start_coarse import coarse_start
from sigdeconv.solvers.em.total_variation import TotalVariation
from sigdeconv.solvers.em.views import least_and_most, other_views
from sigdeconv.solvers.em.weight import find_em_weight
from sigdeconv.solvers.grid import filled
from sigdeconv.solvers.noise_level import noise_level
from sigdeconv.solvers.shape import of_light
from sigdeconv.stopping import Rule

__all__ = ["richardson_lucy"]

BackProjector = Literal["exact", "wiener-butterworth"]
BACK_PROJECTORS: tuple[BackProjector, ...] = get_args(BackProjector)
Start = Literal["coarse", "flat"]
STARTS: tuple[Start, ...] = get_args(Start)
Regularization = Literal["none", "tv", "quadratic", "entropy"]
REGULARIZATIONS: dict[Regularization, type[EMPenalty] | None] = {
    "none": None,
    "tv": TotalVariation,
    "quadratic": SquaredGradient,
    "entropy": Entropy,
}
HARM = 0.1  # decibels that a penalty has to lose on coarser copies of the data to be dropped
# Iterations by default: with several views; and with a penalty, where they converge, and samples
# left out may be predicted ever better.
VIEWS_ITER, PENALISED_ITER = 50, 200
# Part of the light that may be negative, beyond so many standard deviations of the noise, before
# data are no intensities.
MOST_NEGATIVE, NOISE_BELOW = 0.1, 3.0


def richardson_lucy(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    background: float | ArrayLike | BackgroundWord = 0.0,
    readout_noise: float | ArrayLike = 0.0,
    damping: float = 0.0,
    regularization: Regularization | type[EMPenalty] = "none",
    weight: float | Literal["auto"] = "auto",
    acceleration: Acceleration | AccelerationName | Literal["auto"] = "auto",
    back_projector: BackProjector = "exact",
    start: ArrayLike | Start | None = None,
    views: Sequence[tuple[ArrayLike, ArrayLike | OperatorLike]] = (),
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
    """Poisson maximum likelihood by multiplicative steps.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    background : float, array of the data's shape or str
        Light that did not come from the scene, in the units of `y`; at least 0. Known, or a smooth
        one that is estimated together with a scene that is nowhere negative: ``constant``,
        ``linear``, ``quadratic``, ``cubic``, or ``auto``, which finds the degree in the lower
        samples of the data. `Result.parameters` has what was found.
    readout_noise : float or array of the data's shape
        Standard deviation of Gaussian noise beside the counting noise, in counts, which `y` then
        has to be in; at least 0.
    damping : float
        Deviations of less than this many standard deviations of the counts count as noise and are
        left alone [3]_; `y` has to be in counts. 0 for none; 2 to 4 is usual.
    regularization : {"none", "tv", "quadratic", "entropy"}
        Penalty: total variation [4]_, the squared gradient, or x log x.
    weight : float or "auto"
        Weight of the penalty, at least 0; with ``auto`` the one that predicts held-out data best,
        or none where coarser copies of the data come out worse with the penalty (stars under
        ``tv``) and nothing says when to stop.
    acceleration : {"auto", "none", "biggs-andrews", "heavy-ball", "squarem"} or Acceleration
        How to get on faster [5]_, [6]_, [7]_. A step that would lower the likelihood is taken back.
        ``auto`` is ``heavy-ball`` where the iteration stops by itself, and ``none`` where it is
        told when to stop, so that a number of iterations means what it means elsewhere.
    back_projector : {"exact", "wiener-butterworth"}
        The adjoint; or a filter that reaches in a few iterations what takes the adjoint tens [8]_,
        without its guarantee that the likelihood rises, and for data without a stride. It sees the
        ratio of data and prediction continued beyond the border; with boundary ``zero`` the scene
        has to fade there.
    start : array, "flat" or "coarse"
        First estimate, on the domain of the operator or the window of the data; strictly positive
        where the scene may have light. ``flat``, the default, is flat but for stars that a mask
        hides. ``coarse`` is what up to five accelerated steps make of sums of neighbouring samples,
        along the axes where the kernel is smooth: as near as five such steps on all samples get,
        at the cost of three plain ones. `Result.parameters` says ``flat`` where kernel or noise
        do not allow it.
    views : sequence of (array, kernel or Convolution)
        More observations of the same scene and window, each with its kernel; or with an operator
        that has the domain of the first. The widest kernel comes first, with `y`.
    num_iter : int, optional
        Number of iterations, at most. Without `num_iter`, `tol` and `stop` the iteration ends where
        samples left out are predicted best.
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
        If the kernel, `background`, `readout_noise`, `damping`, `weight`, `start` or the sum of the
        data are negative, or a view has another domain. Also if shapes do not fit, a word is not
        known, a weight of `mask` is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    nnls : Values at least zero, for noise that is the same everywhere.
    blind_richardson_lucy : The kernel as well.
    stopping.CrossValidation : The rule that stops it by itself.

    Notes
    -----
    Each step is::

        x <- x / (A^T 1) A^T( y / (A x + background) )

    and goes down minus the log-likelihood of counts plus the penalty::

        sum (A x + b - y log(A x + b)) + weight penalty(x)

    with b the background. The penalty is sum |grad x| (``tv``), sum |grad x|^2 / (2 c)
    (``quadratic``) or sum x log(x / c) - x + c (``entropy``), with c the mean level of the scene.

    Nothing is rescaled: RL(c y) = c RL(y), and counts come back as counts (but `readout_noise` and
    `damping` know the size of a count). `mask` weighs the likelihood of each sample; where it hides
    all that a sample of the scene reaches, the start is kept. Data may be
    negative where noise or a subtracted level made them so; only the estimate is held at x >= 0.
    Where one in twenty is, the ground is dark, and a constant is added to the data and to their
    prediction, as for `readout_noise`: the variance of the noise without light, or ten of its
    standard deviations where it is the same everywhere. The scene stays as it is, and
    `Result.parameters` names the constant as ``shift``. A level that is known is better given back,
    and passed as `background`. The history records the ``divergence``, minus the log-likelihood
    plus the penalty.

    References
    ----------
    .. [1] W. H. Richardson, "Bayesian-based iterative method of image restoration", J. Opt. Soc.
           Am. 62, 1972, :doi:`10.1364/JOSA.62.000055`.
    .. [2] L. B. Lucy, "An iterative technique for the rectification of observed distributions",
           Astron. J. 79, 1974, :doi:`10.1086/111605`.
    .. [3] R. L. White, "Image restoration using the damped Richardson-Lucy method", Proc. SPIE
           2198, 1994, :doi:`10.1117/12.176819`.
    .. [4] N. Dey et al., "Richardson-Lucy algorithm with total variation regularization for 3D
           confocal microscope deconvolution", Microsc. Res. Tech. 69, 2006,
           :doi:`10.1002/jemt.20294`.
    .. [5] D. S. C. Biggs and M. Andrews, "Acceleration of iterative image restoration algorithms",
           Appl. Opt. 36, 1997, :doi:`10.1364/AO.36.001766`.
    .. [6] H. Wang and P. C. Miller, "Scaled heavy-ball acceleration of the Richardson-Lucy
           algorithm for 3D microscopy image restoration", IEEE Trans. Image Process. 23, 2014,
           :doi:`10.1109/TIP.2013.2291324`.
    .. [7] R. Varadhan and C. Roland, "Simple and globally convergent methods for accelerating the
           convergence of any EM algorithm", Scand. J. Stat. 35, 2008,
           :doi:`10.1111/j.1467-9469.2007.00585.x`.
    .. [8] M. Guo et al., "Rapid image deconvolution and multiview fusion for optical microscopy",
           Nat. Biotechnol. 38, 2020, :doi:`10.1038/s41587-020-0560-x`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.richardson_lucy([1.0, 65535.0, 1.0], [1.0], num_iter=3)
    array([1.0000e+00, 6.5535e+04, 1.0000e+00])
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation,
    *,
    background: float | ArrayLike | BackgroundWord,
    readout_noise: float | ArrayLike,
    damping: float,
    regularization: Regularization | type[EMPenalty],
    weight: float | Literal["auto"],
    acceleration: Acceleration | AccelerationName | Literal["auto"],
    back_projector: BackProjector,
    start: ArrayLike | Start | None,
    views: Sequence[tuple[ArrayLike, ArrayLike | OperatorLike]],
) -> Iteration:
    """Return the iteration, with the weight and the start from the data where they are asked."""
    told: dict[str, Any] = {}
    if isinstance(background, str):
        told = smooth_background(obs, background)
        background = _light(told)
        told = told | {"background": background}
    settings = settings_of(
        background, readout_noise, damping, regularization, weight, acceleration, back_projector
    )
    settings, found = _shifted(obs, settings)
    observations = [(filled(obs), obs.A), *other_views(views, obs.A, obs.y)]
    if isinstance(start, str):
        if start not in STARTS:
            raise ValueError(f"start must be an array, 'coarse' or 'flat'; got {start!r:.80}")
        start = coarse_start(obs.y, obs.convolution, settings) if start == "coarse" else None
        found["start"] = "flat" if start is None else "coarse"
    if _is_auto(weight) and settings.regularization is not None:
        found["weight"] = find_em_weight(observations, settings)
        settings = dataclasses.replace(settings, weight=found["weight"])
    steps = em_iteration(observations, dataclasses.replace(settings, start=start))
    return dataclasses.replace(steps, parameters=found | told)


def _light(found: dict[str, Any]) -> Array:
    """Return a background that was found, at least zero everywhere."""
    level = found["background"]
    return namespace(level).clip(level, min=0)


def _shifted(obs: Observation, settings: EMSettings) -> tuple[EMSettings, dict[str, Any]]:
    """Return the settings for data that are below zero by more than noise, and what was found."""
    readout = settings.readout_noise
    given = not isinstance(readout, (int, float, np.number)) or readout != 0
    if given or is_complex(obs.y) or obs.A.makes_complex or least_and_most(obs.A)[0] < 0:
        return settings, {}
    shift = shift_of(filled(obs), obs.A)
    if shift == 0:
        return settings, {}
    return dataclasses.replace(settings, readout_noise=math.sqrt(shift)), {"shift": shift}


def settings_of(
    background: float | ArrayLike,
    readout_noise: float | ArrayLike,
    damping: float,
    regularization: Regularization | type[EMPenalty],
    weight: float | Literal["auto"],
    acceleration: Acceleration | AccelerationName | Literal["auto"],
    back_projector: BackProjector,
) -> EMSettings:
    """Return checked settings, with a weight of zero where it is to be found."""
    least = 0.0 if _is_auto(weight) else number("weight", weight, least=0, instead="'auto'")
    return EMSettings(
        background=background,
        readout_noise=readout_noise,
        damping=number("damping", damping, least=0),
        regularization=_penalty(regularization),
        weight=least,
        acceleration=as_acceleration("none" if acceleration == "auto" else acceleration),
        matched=one_of("back_projector", back_projector, BACK_PROJECTORS) == "exact",
    )


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"


def _penalty(regularization: Regularization | type[EMPenalty]) -> type[EMPenalty] | None:
    """Return the class of the penalty that is given, or that has the name."""
    if isinstance(regularization, type) and issubclass(regularization, EMPenalty):
        return regularization
    return REGULARIZATIONS[one_of("regularization", regularization, list(REGULARIZATIONS))]


def default_run(obs: Observation, parameters: dict[str, Any]) -> DefaultRun:
    """Stop, accelerated, where cross-validation says; several views have a number of iterations.

    Acceleration is as good on photographs, and some decibels better on points, in a fraction of the
    time: without it their optimum is not reached in a thousand iterations. A run that
    stops early needs a penalty less than one that is told to go on: one whose weight was not given
    is left out where coarser copies of the data come out worse with it.
    """
    if not isinstance(parameters["views"], (list, tuple)) or len(parameters["views"]):
        return DefaultRun(VIEWS_ITER)
    if isinstance(parameters["background"], str):
        light = _light(smooth_background(obs, parameters["background"]))
        parameters = parameters | {"background": light}
    names = ("views", "start")
    settings = settings_of(**{n: v for n, v in parameters.items() if n not in names})
    fast = {"acceleration": "heavy-ball"} if _is_auto(parameters["acceleration"]) else {}
    if settings.regularization is None:
        return DefaultRun(AUTO_ITER, "auto", fast, fast)
    if not _is_auto(parameters["weight"]):
        return DefaultRun(PENALISED_ITER, "auto", fast, fast)
    settings, _ = _shifted(obs, settings)
    weight = find_em_weight([(filled(obs), obs.A)], settings)
    found: dict[str, Any] = fast | {"weight": weight}
    if weight > 0 and settings.is_plain and obs.is_convolution:
        gain = gain_of_penalty(obs.y, obs.convolution, dataclasses.replace(settings, weight=weight))
        if gain is not None and gain < -HARM:
            why = f"on coarser copies of the data the penalty loses {-gain:.2f} dB: it is left out"
            found |= {"weight": 0.0, "why": why}
    return DefaultRun(PENALISED_ITER, "auto", fast | {"weight": found["weight"]}, found)


def is_plain(given: Mapping[str, Any]) -> bool:
    """Tell whether no penalty, background to be found or other view ties samples together."""
    free = given.get("regularization", "none") == "none" and not given.get("views", ())
    return free and plain_ground(given)


def refuses(obs: Observation) -> str:
    """Say why some data are no intensities, or nothing."""
    y = to_numpy(obs.y)
    if np.iscomplexobj(y) or obs.A.makes_complex:
        return "it is for intensities, and these values are complex"
    below = np.minimum(y + NOISE_BELOW * noise_level(obs), 0.0)  # noise may go below a dark ground
    if -below.sum() > MOST_NEGATIVE * np.abs(y).sum():
        return "it is for intensities, and these values have both signs"
    if float(y.sum()) < 0:
        return "it is for intensities, and the sum of these values is negative"
    low, high = least_and_most(obs.A)
    if low < -1e-6 * high:
        return "it needs a kernel of at least 0, and this one has both signs"
    return ""


METHOD = iterative(
    richardson_lucy,
    iterate,
    needs="adjoint",
    default_run=default_run,
    refuses=refuses,
    candidate="auto",
    suits=of_light,
    belief="light that is nowhere negative (Richardson-Lucy)",
    compared=True,
    samplewise=is_plain,
)
