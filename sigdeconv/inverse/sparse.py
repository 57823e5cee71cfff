"""Spikes: few samples differ from zero (reflections, lines, stars).

    minimise over x   |A x - y|^2 / 2 + sum_i w_i |x_i|

All samples have one weight at first, at which white noise alone hardly ever leaves one: the noise
level times the kernel's length times the root of 2 log n (Donoho & Johnstone 1994). Then, in a few
rounds, the weight of a sample falls with its height (Candes, Wakin & Boyd 2008), so high spikes are
not pulled down, and what was a doubtful neighbour of one goes.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal, final

from sigdeconv._array import Array, ArrayLike, namespace
from sigdeconv._checks import flag, integer, number
from sigdeconv.alike import plain_ground
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, Strength, iterative
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.priors.l1 import soft
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.background import Background, BackgroundWord, background_of
from sigdeconv.solvers.checks import check_real, noise_std, weight_or_auto
from sigdeconv.solvers.grid import column_energy, mean_weight
from sigdeconv.solvers.noise_level import noise_level
from sigdeconv.solvers.proximal_gradient import fista, until_slow
from sigdeconv.solvers.shape import has_few
from sigdeconv.solvers.variational.problem import spread_of
from sigdeconv.stopping import Rule, StopReason

__all__ = ["sparse"]

UNIVERSAL_RULE = "the weight that noise alone would hardly ever reach (universal threshold)"


def sparse(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    weight: float | Literal["auto"] = "auto",
    rounds: int = 2,
    nonnegative: bool = False,
    background: float | ArrayLike | BackgroundWord = 0.0,
    noise: Noise | float | None = None,
    accuracy: float = 0.0001,
    num_iter: int = 3000,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callback | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Sparse spikes, of either sign or nonnegative, by accelerated proximal gradients.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    weight : float or "auto"
        Weight of the magnitudes, above 0, in units of `y` times those of the kernel; ``auto`` takes
        it from the level of the noise.
    rounds : int
        How often the weights follow the heights, after a first solution with one weight for all; 0
        for the plain L1 norm.
    nonnegative : bool
        Keep the estimate at zero or above.
    background : float, array of the shape of `y` or str
        Known light from elsewhere, or a smooth one that is estimated together with the estimate:
        ``constant``, ``linear``, ``quadratic``, ``cubic``, or ``auto``, which finds the degree in
        the lower samples of the data. `Result.parameters` has what was found.
    noise : Noise or float, optional
        Standard deviation of the noise, or a noise model, for ``auto``; estimated by default.
    accuracy : float
        Stop when ten iterations in a row change the predicted data by less than this fraction of
        the residual.
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
        If a number is out of range, or `background` is of another shape. Also if shapes do not fit,
        a word is not known, a weight of `mask` is outside [0, 1], or data or kernel hold NaN or
        infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    nnls : Values at least zero, without a penalty.
    wavelet_l1 : Few wavelet coefficients.

    Notes
    -----
    The estimate minimises::

        |A x + b - y|^2 / 2 + sum_i w_i |x_i|

    over x, and the background b if it is not known, with all w_i equal to `weight` at first.

    With w the weight and e the kernel's energy, the penalty lowers a spike that stands alone by
    ``s = w / e``; so the weight of a sample of height h becomes ``w s / (h + s)``. The
    weight is meant for scenes that are sparse: it breaks others up. The history records the
    ``objective`` with the weights of the moment.

    References
    ----------
    .. [1] A. Beck and M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear
           inverse problems", SIAM J. Imaging Sci. 2, 2009, :doi:`10.1137/080716542`.
    .. [2] D. L. Donoho and I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage",
           Biometrika 81, 1994, :doi:`10.1093/biomet/81.3.425`.
    .. [3] E. J. Candes, M. B. Wakin, S. P. Boyd, "Enhancing sparsity by reweighted l1
           minimization", J. Fourier Anal. Appl. 14, 2008, :doi:`10.1007/s00041-008-9045-x`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigdeconv as sd
    >>> x = np.zeros(200)
    >>> x[[40, 90, 97]] = 1.0, -0.6, 0.8
    >>> pulse = sd.psf.ricker(0.15)
    >>> seen = sd.simulate(x, pulse, noise=0.02, rng=0, boundary="zero")
    >>> found = sd.sparse(seen.y, seen.A)
    >>> [int(i) for i in np.flatnonzero(abs(found) > 0.2)]
    [40, 90, 97]
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation,
    *,
    weight: float | Literal["auto"],
    rounds: int,
    nonnegative: bool,
    background: float | ArrayLike | BackgroundWord,
    noise: Noise | float | None,
    accuracy: float,
) -> Iteration:
    """Return the iteration: rounds of proximal gradients, each with weights from the last."""
    number("accuracy", accuracy, least=0)
    integer("rounds", rounds, least=0)
    flag("nonnegative", nonnegative)
    level = weight_or_auto(weight)
    y, A = obs.weighted, obs.A
    check_real(y, A)
    std = noise_std(noise, obs)
    energy = column_energy(A) * mean_weight(A)
    found: dict[str, Any] = {}
    if level is None:
        std = max(noise_level(obs) if std is None else std, 1e-6 * spread_of(y))
        samples = math.prod(tuple(y.shape))
        level = std * math.sqrt(2 * energy * mean_weight(A) * math.log(max(samples, 2)))
        found = {"weight": level, "noise_std": std, "rule": UNIVERSAL_RULE}
    under = background_of(obs, background)
    found |= {} if under is None else under.found
    run = _Reweighted(obs, level, level / energy, nonnegative, under)
    reason: list[StopReason] = []
    return Iteration(
        run.steps(rounds, accuracy, reason),
        found,
        {"objective": run.objective},
        lambda: reason[0] if reason else None,
    )


@final
@dataclasses.dataclass(eq=False)
class _Reweighted:
    """The problem, whose weights change from round to round.

    Attributes
    ----------
    weight : float
        Of the first round, the same for all samples.
    height : float
        By how much it lowers a spike that stands alone.
    under : Background or None
        The problem without a background.
    """

    obs: Observation
    weight: float
    height: float
    nonnegative: bool
    under: Background | None = None

    def __post_init__(self) -> None:
        self.weights: Any = self.weight

    def objective(self, x: Array, Ax: Array) -> float:
        """Return |A x - y|^2 / 2 + sum weights |x|."""
        xp = namespace(x)
        r = Ax - self.obs.weighted
        return float(xp.sum(r * r)) / 2 + float(xp.sum(self.weights * xp.abs(x)))

    def shrink(self, v: Array, step: float) -> Array:
        """Return the proximal map of the weighted magnitudes, and of the bound."""
        cut = self.weights * step
        return namespace(v).clip(v - cut, min=0) if self.nonnegative else soft(v, cut)

    def steps(
        self, rounds: int, accuracy: float, reason: list[StopReason]
    ) -> Iterator[tuple[Array, Array]]:
        """Yield estimates and their data, round by round."""
        last: Any = None
        y, A = self.obs.weighted, self.obs.A
        under = self.under
        for _ in range(rounds + 1):
            reason.clear()
            if under is None:
                some = until_slow(fista(y, A, self.shrink, last), y, accuracy, reason)
            else:
                own = fista(under.y, under.A, self.shrink, last)
                some = under.restored(until_slow(own, under.y, accuracy, reason), A, y)
            for x, Ax in some:
                yield x, Ax
                last = x
            self.weights = self.weight * self.height / (abs(last) + self.height)


METHOD = iterative(
    sparse,
    iterate,
    needs="adjoint",
    strength=Strength("weight"),
    candidate="auto",
    suits=has_few,
    belief="few spikes (reweighted L1)",
    samplewise=plain_ground,
)
