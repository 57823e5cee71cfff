"""Few wavelets make a picture: textures and soft edges stay, and there are no staircases.

    minimise over x   loss(A x, y) + weight sum |W x|

over the details W x of an undecimated frame, in analysis form (Cai, Osher & Shen 2009).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from sigdeconv._array import Array, ArrayLike
from sigdeconv._checks import flag
from sigdeconv.geometry import Boundary
from sigdeconv.losses import Loss, LossName, as_loss
from sigdeconv.method import Callback, Strength, iterative
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.priors import WaveletFrame
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.checks import noise_std, weight_or_auto
from sigdeconv.solvers.variational.problem import VariationalProblem
from sigdeconv.solvers.variational.run import minimise
from sigdeconv.stopping import Rule

__all__ = ["wavelet_l1"]


def wavelet_l1(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    weight: float | Literal["auto"] = "auto",
    wavelet: str = "linear",
    levels: int = 2,
    loss: Loss | LossName = "gaussian",
    nonnegative: bool = False,
    background: float | ArrayLike = 0.0,
    delta: float | None = None,
    noise: Noise | float | None = None,
    accuracy: float = 0.05,
    num_iter: int = 150,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callback | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Sparse wavelets: an undecimated frame in analysis form, by alternating directions.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    weight : float or "auto"
        Weight of the coefficients, above 0, in the unit of `y` for a kernel of sum one; ``auto``
        finds it in the data.
    wavelet : str
        ``linear`` or ``cubic`` (spline framelets), ``haar`` (three times faster), ``db2``, or an
        orthogonal wavelet of PyWavelets, where that is installed.
    levels : int
        Number of scales, at least 1.
    loss : {"gaussian", "poisson", "huber", "l1"} or Loss
        Data term, see `tv`.
    nonnegative : bool
        Keep the estimate at zero or above.
    background : float or array of the data's shape
        For loss ``poisson``: known light that did not come from the scene.
    delta : float, optional
        For loss ``huber``: 1.345 standard deviations of the noise by default.
    noise : Noise or float, optional
        Standard deviation of the noise, or a noise model, for ``auto``; estimated by default.
    accuracy : float
        Stop when an iteration changes the estimate by less than this fraction of the residual.
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
        If a number is out of range, the wavelet is not orthogonal or needs PyWavelets, or data are
        negative with loss ``poisson``. Also if shapes do not fit, a word is not known, a weight of
        `mask` is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If data or kernel are complex, or an argument is of the wrong type.

    See Also
    --------
    tv : Few edges in the place of few wavelet coefficients.
    sparse : Few samples that are not zero.

    Notes
    -----
    The estimate minimises::

        sum loss(A x, y) + weight sum |W x|

    with the detail bands W of an undecimated frame. The losses are those of `tv`; `weight` has the
    unit of y with ``gaussian``, for a kernel of sum one.

    The coarse band costs nothing; all bands together are a Parseval frame, W^T W = 1.

    References
    ----------
    .. [1] J.-F. Cai, S. Osher, Z. Shen, "Split Bregman methods and frame based image restoration",
           Multiscale Model. Simul. 8, 2009, :doi:`10.1137/090753504`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.phantom(96), sd.psf.box(5), noise=0.01, rng=0)
    >>> x = sd.wavelet_l1(seen.y, sd.psf.box(5))
    >>> gain = sd.metrics.psnr(seen.truth_window, x) - sd.metrics.psnr(seen.truth_window, seen.y)
    >>> bool(gain > 6)
    True
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation,
    *,
    weight: float | Literal["auto"],
    noise: Noise | float | None,
    accuracy: float,
    **parts: Any,
) -> Iteration:
    """Return the iteration that minimises the objective."""
    number = weight_or_auto(weight)
    std = noise_std(noise, obs)
    return minimise(obs, problem(obs, **parts), number, noise=std, accuracy=accuracy)


def problem(
    obs: Observation,
    *,
    wavelet: str,
    levels: int,
    loss: Loss | LossName,
    nonnegative: bool,
    background: float | ArrayLike,
    delta: float | None,
) -> VariationalProblem:
    """Return the problem but for its weight."""
    return VariationalProblem(
        WaveletFrame(wavelet, levels),
        as_loss(loss, background=background, delta=delta),
        low=0.0 if flag("nonnegative", nonnegative) else -math.inf,
    )


METHOD = iterative(
    wavelet_l1,
    iterate,
    matrix_free=iterate,
    strength=Strength("weight", "variational", problem),
    candidate="best",
    belief="few wavelets (L1 of a frame)",
)
