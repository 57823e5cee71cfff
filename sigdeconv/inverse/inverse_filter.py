"""The inverse filter: divide the spectra, X = Y / H, and three ways to survive the zeros.

Dividing restores the values exactly when H has no zero, the border is known and there is no noise,
and explodes otherwise. ``threshold`` makes it usable: frequencies with |H| below it are dropped
(truncated, the spectral pseudo-inverse), or divided by the threshold instead (water level).
(Clayton & Wiggins 1976, doi:10.1111/j.1365-246X.1976.tb01267.x, for the water level.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from sigdeconv._array import Array, ArrayLike, namespace
from sigdeconv._checks import number, one_of
from sigdeconv.geometry import Boundary
from sigdeconv.method import Strength, closed_form
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.result import Estimate
from sigdeconv.solvers.grid import PeriodicGrid, make_periodic_grid
from sigdeconv.solvers.least_error import least_threshold
from sigdeconv.solvers.noise_level import periodogram_of, spectra_of
from sigdeconv.solvers.quadratic.seam import make_seam
from sigdeconv.solvers.spectra import BY_SPECTRA

__all__ = ["inverse_filter"]

BelowThreshold = Literal["truncated", "water-level"]
FORMS: tuple[BelowThreshold, ...] = get_args(BelowThreshold)


def inverse_filter(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    threshold: float | Literal["auto"] | None = None,
    form: BelowThreshold = "truncated",
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """FFT division, plain or with a threshold (truncated or water-level).

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    threshold : float or "auto", optional
        Smallest |H| to divide by, as a fraction of the largest. None divides by everything that is
        not zero to rounding: the plain division, which shows what noise does to it. ``"auto"``
        finds it from the data: the threshold with the least expected error, of this `form`, for
        the spectra of signal and noise that are most likely.
    form : {"truncated", "water-level"}
        What to do below the threshold: drop the frequency, or divide by the threshold and keep the
        phase.
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
        If `threshold` is not in [0, 1], or the operator has a stride or a mask, where there is no
        spectrum to divide. Also if shapes do not fit, a word is not known, a weight of `mask` is
        outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If an argument is of the wrong type.

    See Also
    --------
    wiener : The same division, as far as the noise allows.
    tikhonov : A smooth cut in the place of a threshold.
    polynomial_division : Exact division of a full convolution.

    Notes
    -----
    With boundary ``periodic`` this is the exact inverse. For any other boundary the data are
    continued smoothly around a wider periodic grid before the division; with a threshold without
    the step between opposite borders, which is put back afterwards.

    References
    ----------
    .. [1] R. W. Clayton and R. A. Wiggins, "Source shape estimation and deconvolution of
           teleseismic bodywaves", Geophys. J. Int. 47, 1976,
           :doi:`10.1111/j.1365-246X.1976.tb01267.x`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> x = np.array([0.0, 1.0, 5.0, 2.0, 0.0])
    >>> A = sd.Convolution([1.0, 4.0, 2.0], x.shape, "periodic")
    >>> np.round(sd.inverse_filter(A(x), A), 12) + 0.0
    array([0., 1., 5., 2., 0.])
    """
    return METHOD.restore(**locals())


def estimate(
    obs: Observation, *, threshold: float | Literal["auto"] | None, form: BelowThreshold
) -> Estimate:
    """Return the quotient of the spectra."""
    one_of("form", form, FORMS)
    fraction: float | None = None
    found: dict[str, Any] = {}
    if isinstance(threshold, str) and threshold == "auto":
        law = spectra_of(obs)
        fraction = least_threshold(periodogram_of(obs), law, form)
        found = {"threshold": fraction, "noise_std": law.noise**0.5, "rule": BY_SPECTRA}
    elif threshold is not None:
        fraction = number("threshold", threshold, least=0, most=1, instead="'auto', None")
    if why := refuses(obs):
        raise ValueError(f"psf: the inverse filter cannot take these data: {why}")
    A = obs.convolution
    grid = make_periodic_grid(A if A.boundary == "periodic" else _with_free_border(A), obs.y)
    seam = make_seam(obs.y, grid) if fraction else None  # plain division is division alone
    y = obs.y if seam is None else seam.taken_off(obs.y)
    x, low = _divided(grid, grid.to_spectrum(grid.continued(y)), fraction, form)
    domain = grid.to_signal(x)[tuple(slice(0, n) for n in grid.A.shape)]
    domain = domain if seam is None else seam.put_back(domain)
    if A.boundary not in ("periodic", "unknown"):
        domain = domain[grid.A.window]
    return Estimate(domain, parameters=found | {"below_threshold": low})


def _divided(
    grid: PeriodicGrid, spectrum: Array, threshold: float | None, form: BelowThreshold
) -> tuple[Array, float]:
    """Return the quotient, and the part of the frequencies below the threshold."""
    xp = namespace(spectrum)
    gain = xp.abs(grid.otf)
    top = float(xp.max(gain))
    # Below the rounding of the transfer function itself there is nothing to divide by.
    rounding = 4 * float(xp.finfo(gain.dtype).eps)
    level = max(threshold or 0.0, rounding) * top
    low = gain < level
    if form == "water-level" and threshold is not None:
        phase = grid.otf / xp.where(gain > 0, gain, xp.ones_like(gain))
        phase = xp.where(gain > 0, phase, xp.ones_like(phase))
        x = spectrum / xp.where(low, phase * level, grid.otf)
    else:
        divided = spectrum / xp.where(low, xp.ones_like(spectrum), grid.otf)
        x = xp.where(low, xp.zeros_like(spectrum), divided)
    return x, float(xp.mean(xp.astype(low, gain.dtype)))


def refuses(obs: Observation) -> str:
    """Say why some data cannot be divided, or nothing."""
    A = obs.convolution
    if A.mask is not None or any(s != 1 for s in A.stride):
        return "it needs every sample, and the data have a mask or a stride; use tikhonov or cgls"
    if A.out_shape != A.shape and A.boundary != "unknown":
        return (
            f"it needs as many data as samples, and the operator makes {A.out_shape} of {A.shape}; "
            "use boundary='unknown', tikhonov or cgls"
        )
    return ""


def _with_free_border(A: Convolution) -> Convolution:
    """Return `A`, or its like with an unknown border: division knows no mirrored samples."""
    if A.boundary == "unknown":
        return A
    return Convolution.for_data(
        A.psf, A.out_shape, centre=A.centre, dilation=A.dilation, workers=A.workers
    )


METHOD = closed_form(
    inverse_filter,
    estimate,
    strength=Strength("threshold", "truncated", usual=(1e-4, 1.0)),
    refuses=refuses,
    compared=True,
)
