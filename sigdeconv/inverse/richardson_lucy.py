"""Richardson-Lucy: the most likely non-negative signal under Poisson noise, step by step.

    x <- x / (A^T 1) * A^T( y / (A x + b) )         (Richardson 1972, Lucy 1974)

It is expectation maximisation: the likelihood never falls, x stays non-negative, and with no
background sum(A^T 1 x) = sum(y) at every step. With boundary ``unknown`` A^T 1 falls off beyond
the border, which is what lets the scene outside explain the light that it sent in (Bertero &
Boccacci 2005, doi:10.1051/0004-6361:20052717).

The parts are in rooms of their own: the likelihood in `_poisson`, the penalties in `_penalty`, the
acceleration in `_acceleration`, other back projectors in `_back_projector`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import (
    Array,
    as_like,
    namespace,
    zeros,
)
from sigdeconv.inverse._acceleration import Steps, iterates
from sigdeconv.inverse._auto_weight import auto_weight, cut, smaller
from sigdeconv.inverse._back_projector import wiener_butterworth
from sigdeconv.inverse._behind_mask import brighten
from sigdeconv.inverse._blocks import Blocks
from sigdeconv.inverse._coarse_start import coarse_start
from sigdeconv.inverse._observed import data_of, others
from sigdeconv.inverse._penalty import PENALTIES, Entropy, Penalty, Quadratic
from sigdeconv.inverse._poisson import EM, SEEN, View
from sigdeconv.inverse._projector import Projector, make_projector
from sigdeconv.inverse._total_variation import TotalVariation
from sigdeconv.inverse.landweber import first_estimate
from sigdeconv.method import Iteration, iterative, registry
from sigdeconv.operators.convolution import Convolution
from sigdeconv.stopping import FRACTION, split

__all__ = ["richardson_lucy"]

BACK_PROJECTORS = ("exact", "wiener-butterworth")
LEAST_LIGHT = 1e-2  # part of the light that the scene has at the start, whatever the background


@iterative(num_iter=50)
def richardson_lucy(
    y: Array,
    A: Convolution,
    *,
    background: float | Array = 0.0,
    readout_noise: float | Array = 0.0,
    damping: float = 0.0,
    regularization: str = "none",
    weight: float | str = "auto",
    acceleration: str = "none",
    back_projector: str = "exact",
    start: Array | str | None = None,
    views: Sequence[tuple[Array, Array | Convolution]] = (),
) -> Iteration:
    """Poisson maximum likelihood by multiplicative steps.

    Parameters
    ----------
    background : float or array of the data's shape
        Known light that did not come from the scene, in the units of `y`; at least 0.
    readout_noise : float or array of the data's shape
        Standard deviation of Gaussian noise beside the counting noise, in counts, which `y` then
        has to be in; at least 0.
    damping : float
        Deviations of less than this many standard deviations of the counts count as noise and are
        left alone [3]_; `y` has to be in counts. 0 for none; 2 to 4 is usual.
    regularization : {"none", "tv", "tikhonov-miller", "entropy"}
        Penalty: total variation [4]_, the squared gradient, or x log x.
    weight : float or "auto"
        Price of the penalty, at least 0; with ``auto`` the one that predicts held-out data best.
    acceleration : {"none", "biggs-andrews", "heavy-ball", "squarem"}
        How to get on faster [5]_, [6]_, [7]_. A step that would lower the likelihood is taken back.
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
        for the price of three plain ones. `Result.parameters` says ``flat`` where kernel or noise
        do not allow it.
    views : sequence of (array, kernel or Convolution)
        More observations of the same scene and window, each with its kernel; or with an operator
        that has the domain of the first. The widest kernel comes first, with `y`.

    Raises
    ------
    ValueError
        If the kernel, the mask, `background`, `readout_noise`, `damping`, `weight`, `start` or the
        sum of the data are negative, a name is not known, or a view has another domain.
    TypeError
        If the data or the kernel are complex.

    Notes
    -----
    Nothing is rescaled: RL(c y) = c RL(y), and counts come back as counts (but `readout_noise` and
    `damping` know the size of a count). `mask` weighs the likelihood of each sample; where it hides
    all that a sample of the scene reaches, the start is kept. Data that noise or a subtracted dark
    level made negative are taken as they are; only the estimate is held at x >= 0. The history
    records the ``divergence``, minus the log-likelihood plus the penalty.

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
    _check_names(regularization, back_projector)
    damping = _number("damping", damping)
    known = isinstance(weight, str) and weight == "auto"
    price = math.nan if known else _number("weight", weight, "or 'auto'")
    blocks = Blocks(_fft.threads(A.workers))
    matched = back_projector == "exact"
    seen = [(y, A), *others(views, A, y)]
    made: list[View] = []
    for data, operator in seen:
        back = None if matched else wiener_butterworth(operator, y)
        projector = make_projector(operator, y, blocks, back)
        made.append(
            View(data_of(data, operator, background, readout_noise, damping, blocks), projector)
        )
    found: dict[str, Any] = {}
    levels = {"background": background, "readout_noise": readout_noise}
    if isinstance(start, str):
        if start not in ("coarse", "flat"):
            raise ValueError(f"start must be an array, 'coarse' or 'flat'; got {start!r}")
        start = coarse_start(y, A, levels, damping) if start == "coarse" else None
        found["start"] = "flat" if start is None else "coarse"
    gain = _sum_of_gains(made, y)
    # Flat, with the light of the data that came from the scene: sum(gain x) = sum(y - background).
    bright = float(namespace(y).sum(gain))
    level = sum(_light(view) for view in made) / bright if bright > 0 else 0.0
    if known and regularization != "none":
        options: dict[str, Any] = {"regularization": regularization, "damping": damping}
        options |= {"acceleration": "heavy-ball", "back_projector": back_projector}
        price = found["weight"] = _best_weight(seen, levels, options)
    penalty = _penalty(regularization, price, level, blocks)
    x = _start(start, y, A, level)
    hidden = None if penalty is not None else _hide(x, gain, A)
    masked = start is None and any(operator.mask is not None for _, operator in seen)
    em = EM(made, gain + 0 if masked else gain, penalty)  # which may use it up
    if masked:
        x = brighten(x, em, [operator for _, operator in seen], gain)
    del gain
    steps = iterates(acceleration, em, x)
    del x
    return Iteration(
        _told(steps, hidden, made[0].data.shift), found, {"divergence": _measure(em)}, endless=True
    )


def _measure(em: EM) -> Callable[[Array, Array], float]:
    """Return the objective of the map for the data that `_told` tells."""
    shift = em.views[0].data.shift
    return em.objective if shift is None else lambda x, Ax: em.objective(x, Ax + shift)


def _told(steps: Steps, hidden: tuple[Array, Array] | None, shift: Array | None) -> Steps:
    """Yield what a run tells: the start where nothing is seen, and A x without read-out variance.

    So stopping rules compare with the data as they came.
    """
    if hidden is None and shift is None:
        return steps

    def told() -> Steps:
        for x, Ax in steps:
            if hidden is not None:
                x = namespace(x).where(hidden[0], hidden[1], x)
            yield x, Ax if shift is None else Ax - shift

    return told()


def _check_names(regularization: str, back_projector: str) -> None:
    for name, value, known in (
        ("regularization", regularization, PENALTIES),
        ("back_projector", back_projector, BACK_PROJECTORS),
    ):
        if value not in known:
            raise ValueError(f"{name} must be one of {', '.join(known)}; got {value!r}")


def _number(name: str, value: Any, other: str = "") -> float:
    fits = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not fits or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a finite number of at least 0 {other}; got {value!r}")
    return float(value)


def _best_weight(
    seen: list[tuple[Array, Convolution]], levels: dict[str, Any], options: dict[str, Any]
) -> float:
    """Return the weight that predicts held-out data best, on a part where the data are large."""
    part = cut(seen)
    if part is not None:
        seen = smaller(seen, part)
        levels = {n: as_like(v, seen[0][0], n) for n, v in levels.items()}
        levels = {n: v[part] if v.ndim else v for n, v in levels.items()}
    y, A = seen[0]
    views = [(split(z, FRACTION, k)[0], B) for k, (z, B) in enumerate(seen[1:], 1)]

    def path(data: Array, weight: float, start: Array | None) -> Iteration:
        steps: Iteration = registry.get("richardson_lucy").rule(
            data, A, weight=weight, start=start, views=views, **levels, **options
        )
        return steps

    return auto_weight(y, A, options["regularization"], path)


def _light(view: View) -> float:
    """Return the light of the scene in the data of a view, at least a part of all light."""
    total = namespace(view.data.y).sum
    whole = float(total(view.data.y))
    known = 0.0 if view.data.light is None else float(total(view.data.light))
    return max(whole - known, LEAST_LIGHT * whole)


def _sum_of_gains(views: list[View], y: Array) -> Array:
    """Return the sum of A^T 1."""
    total: Array | None = None
    for view in views:
        A = view.projector.A
        ones = zeros(A.out_shape, y)
        ones += 1
        exact = Projector(A, view.data.blocks)
        gain = view.projector.adjoint(ones) if view.projector.back is None else exact.adjoint(ones)
        total = gain if total is None else total + gain
    return total


def _penalty(name: str, weight: float, level: float, blocks: Blocks) -> Penalty | None:
    if name == "none" or weight == 0 or level <= 0:
        return None
    if name == "entropy":
        return Entropy(weight, level, blocks)
    kind = TotalVariation if name == "tv" else Quadratic
    return kind(weight, level, blocks)


def _start(start: Array | None, y: Array, A: Convolution, level: float) -> Array:
    """Return the first estimate, a new array."""
    if start is None:
        x = zeros(A.shape, y)
        x += level
        return x
    x = first_estimate(start, y, A)
    low = float(namespace(y).min(x))
    if not low >= 0:
        raise ValueError(f"start must be at least 0 everywhere; its least value is {low!r}")
    return x + 0


def _hide(x: Array, gain: Array, A: Convolution) -> tuple[Array, Array] | None:
    """Make `x` zero where nothing is seen; return where that is, and what was there.

    None if it is all beyond the window of the data.
    """
    xp = namespace(x)
    unseen = gain <= SEEN * float(xp.max(gain))
    found = (unseen, x + 0) if bool(xp.any(unseen[A.window])) else None
    x[unseen] = 0
    return found
