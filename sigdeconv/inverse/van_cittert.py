"""Van Cittert's iteration: the residual itself is added to the estimate, not its adjoint.

Each step is x <- x + step / |A| (y - A x) (van Cittert 1931, doi:10.1007/BF01391351). It is the
oldest of the iterations, and the plainest: where the real part of the transfer function is negative
(a disk, a motion) it moves away from the solution. Landweber's iteration blurs the residual once
more and converges for every kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from sigdeconv._array import Array, ArrayLike, namespace
from sigdeconv._checks import flag, number
from sigdeconv.alike import always
from sigdeconv.geometry import Boundary
from sigdeconv.method import Callback, Strength, iterative, until_noise
from sigdeconv.operators.boundary import pad
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.operators.sampled import Sampled
from sigdeconv.problem import Observation
from sigdeconv.solvers.grid import unweighted
from sigdeconv.solvers.start import first_estimate
from sigdeconv.stopping import Rule, norm

__all__ = ["van_cittert"]

# Part of the least residual so far that a residual may grow to, before it is said to run away.
RUNAWAY = 1.02


def van_cittert(
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
    """Add the residual to the estimate; the oldest iteration, for kernels of positive spectrum.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    step : float
        Step length in units of 1 / |A|, above 0 and below 2.
    start : array, optional
        First estimate, on the window of the data or the domain of the operator; zero by default,
        or flat where the iteration stops by itself.
    nonnegative : bool
        Project on x >= 0 after every step (Jansson).
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
        If `step` is not between 0 and 2, or the data are no picture of the scene: strided, or of an
        operator that is not square. Also if shapes do not fit, a word is not known, a weight of
        `mask` is outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If an argument is of the wrong type.

    See Also
    --------
    landweber : With the adjoint, which a kernel of any shape allows.

    Notes
    -----
    Each step is::

        x <- x + step / |A| (y - A x)

    with |A| the norm of the operator, and the residual beyond the border that of the nearest datum.
    It converges where the transfer function has a positive real part, as that of a Gaussian; for
    others the residual grows again, and there the iteration ends.

    References
    ----------
    .. [1] P. H. van Cittert, "Zum Einfluss der Spaltbreite auf die Intensitätsverteilung in
           Spektrallinien II", Z. Phys. 69, 1931, :doi:`10.1007/BF01391351`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.van_cittert([0.0, 2.0, 0.0], [1.0], num_iter=1)
    array([0., 2., 0.])
    """
    return METHOD.restore(**locals())


def iterate(
    obs: Observation, *, step: float, start: ArrayLike | None, nonnegative: bool
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates and their data, until the residual grows."""
    step = number("step", step, above=0, below=2)
    flag("nonnegative", nonnegative)
    why = refuses(obs)
    if why:
        raise ValueError(f"van_cittert needs data that are a picture of the scene; {why}")
    y, A = obs.weighted, obs.A
    xp = namespace(y)
    size = A.unmasked.norm()
    widths = [(w.start, n - w.stop) for w, n in zip(A.window, A.shape, strict=True)]
    x = first_estimate(start, y, A)
    least = float("inf")
    while True:
        Ax = A.forward(x)
        rest = y - Ax
        now = norm(rest)
        if now > RUNAWAY * least:
            return
        least = min(least, now)
        yield x, Ax
        if size == 0:
            return
        x = x + (step / size) * pad(unweighted(rest, A.mask), widths, "nearest")
        if nonnegative:
            x = xp.clip(x, min=0)


def refuses(obs: Observation) -> str:
    """Return why the data are no picture of the scene, or nothing."""
    if isinstance(obs.A, Sampled):
        return "they lie on a grid of their own"
    seen = tuple(w.stop - w.start for w in obs.A.window)
    if seen == obs.A.out_shape:
        return ""
    return f"they have shape {obs.A.out_shape}, and the scene {seen}"


METHOD = iterative(
    van_cittert,
    iterate,
    needs="adjoint",
    default_run=until_noise,
    strength=Strength("num_iter", "iterations", usual=(1, 300)),
    refuses=refuses,
    samplewise=always,
)
