"""A denoiser plugged in: what it takes for noise is not believed.

    u = argmin |A u - y|^2 + weight (noise / sigma)^2 |u - z|^2,     z = denoise(u, sigma)

with sigma falling from the contrast of the data to the level of their noise. So the denoiser works
on what deblurring makes of the noise, and the data have the say where the kernel lets them through.
Block matching has a schedule of its own: `sigdeconv.solvers.variational.blocks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from sigdeconv._array import Array, ArrayLike
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, Strength, iterative
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.priors import Denoiser, DenoiserName
from sigdeconv.problem import Observation
from sigdeconv.result import Iteration
from sigdeconv.solvers.checks import noise_std, weight_or_auto
from sigdeconv.solvers.variational.problem import VariationalProblem
from sigdeconv.solvers.variational.run import minimise
from sigdeconv.solvers.variational.stages import iterates_of
from sigdeconv.stopping import Rule

__all__ = ["plug_and_play"]

USUAL_WEIGHT = 0.25  # lets through at most sigma of the noise at any frequency


def plug_and_play(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    denoiser: Callable[[Any, float], Any] | DenoiserName = "block_matching",
    weight: float | Literal["auto"] = "auto",
    noise: Noise | float | None = None,
    num_iter: int = 42,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callback | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Plug-and-play restoration with any denoiser, by half-quadratic splitting.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    denoiser : callable or str
        ``denoiser(x, sigma)``, or ``block_matching`` (similar blocks are filtered together; nothing
        to install), ``nl_means``, ``tv_chambolle``, ``wavelet`` (of scikit-image); see
        `sigdeconv.priors.Denoiser`.
    weight : float or "auto"
        Weight of the denoised estimate against the data, above 0, without unit: more follows the
        denoiser more closely, and is smoother. ``auto`` is 0.25, and for block matching the least
        from 0.25 to 0.45 with which little enough noise gets through. See Notes.
    noise : Noise or float, optional
        Standard deviation of the noise, or a noise model; estimated by default.
    num_iter : int
        Number of iterations, at most: block matching takes 22, in
        space 26, on a line 42; other denoisers 13.
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
        If a number is out of range, or the denoiser returns something else than finite values of
        the shape that it was given. Also if shapes do not fit, a word is not known, a weight of
        `mask` is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If data or kernel are complex, or the denoiser is neither a name nor callable; or an
        argument is of the wrong type.

    See Also
    --------
    priors.Denoiser : The denoiser as a prior.
    tv : A penalty with a weight.

    Notes
    -----
    Each stage denoises the estimate x and fits the data near the result z::

        z = denoiser(x, sigma_(k-1))
        x <- argmin |A x - y|^2 + weight (s / sigma_k)^2 |x - z|^2

    with s the standard deviation of the noise, and sigma_k falling from the contrast of the data
    to s. Block matching drops the coefficients of groups below 2.5 sigma_k, which falls to 0.05 of
    the contrast; groups are searched anew every second iteration, on a grid of blocks that is moved
    at random with a fixed seed. Then the weight stands for a penalty on each coefficient that is
    kept. All of it is done twice, with a little noise added to the data and taken from them: the
    difference predicts the error by Stein's lemma, and of three endings (the mean of the last
    estimates, and two data steps of less weight with a Wiener filter) the mixture that has the
    least predicted error is returned. On lines and in space it is done once, with one ending.

    The number of stages is fixed and both steps are bounded where the denoiser is, so it cannot
    diverge. Fewer iterations leave the estimate smoother.

    References
    ----------
    .. [1] S. V. Venkatakrishnan, C. A. Bouman, B. Wohlberg, "Plug-and-play priors for model based
           reconstruction", IEEE GlobalSIP, 2013, :doi:`10.1109/GlobalSIP.2013.6737048`.
    .. [2] K. Zhang, Y. Li, W. Zuo, L. Zhang, L. Van Gool, R. Timofte, "Plug-and-play image
           restoration with deep denoiser prior", IEEE Trans. Pattern Anal. Mach. Intell. 44, 2022,
           :doi:`10.1109/TPAMI.2021.3088914`.
    .. [3] A. Danielyan, V. Katkovnik, K. Egiazarian, "BM3D frames and variational image
           deblurring", IEEE Trans. Image Process. 21, 2012,
           :doi:`10.1109/TIP.2011.2176954`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.phantom(96), sd.psf.box(5), noise=0.01, rng=0)
    >>> x = sd.plug_and_play(seen.y, sd.psf.box(5))
    >>> gain = sd.metrics.psnr(seen.truth_window, x) - sd.metrics.psnr(seen.truth_window, seen.y)
    >>> bool(gain > 6)
    True
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation,
    *,
    denoiser: Callable[[Any, float], Any] | DenoiserName,
    weight: float | Literal["auto"],
    noise: Noise | float | None,
) -> Iteration:
    """Return the iteration: stages of falling noise."""
    given = weight_or_auto(weight)
    prior = Denoiser(denoiser)
    iterates = iterates_of(prior, obs.A, own_weight=given is None)
    problem = VariationalProblem(prior, iterates=iterates)
    return minimise(obs, problem, given or USUAL_WEIGHT, noise=noise_std(noise, obs))


METHOD = iterative(
    plug_and_play,
    iterate,
    matrix_free=iterate,
    strength=Strength("weight", usual=(0.01, 10.0)),
    candidate="best",
    belief="parts that resemble each other (block matching)",
)
