"""Wiener filter: the linear estimate of least mean square error, on the window that was seen.

    X = conj(H) Y / (|H|^2 + N / S)

with N and S the power spectra of noise and signal (Wiener 1949). By default both come from the
data: a power law with a knee for the signal, white noise, fitted under the known transfer function.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from sigdeconv._array import Array, ArrayLike
from sigdeconv._checks import integer, number
from sigdeconv.geometry import Boundary
from sigdeconv.method import Strength, closed_form
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.result import Estimate
from sigdeconv.solvers.checks import noise_std
from sigdeconv.solvers.grid import FrequencyFunction, mean_weight
from sigdeconv.solvers.noise_level import periodogram_of, spectra_of
from sigdeconv.solvers.periodogram import bin_periodogram
from sigdeconv.solvers.power_spectrum import White, as_power_spectrum
from sigdeconv.solvers.quadratic.error_bars import Posterior
from sigdeconv.solvers.quadratic.penalty import (
    ColouredNoise,
    CurveParts,
    Flat,
    SpectrumRatio,
    local,
)
from sigdeconv.solvers.quadratic.problem import BY_RESIDUAL, quadratic_problem, solve_consistent
from sigdeconv.solvers.refit import refit
from sigdeconv.solvers.spectra import Spectra, SpectraRatio

__all__ = ["wiener"]

# Least ratio of noise to signal that is believed at any frequency of a windowed scene.
LEAST_RATIO = 1e-5

BY_LIKELIHOOD = "spectra of noise and signal most likely for the data"
BY_ESTIMATE = "spectra fitted to a first estimate (those of the data left signal in the residual)"

SPECTRA = ("nsr", "noise", "noise_spectrum", "signal_spectrum")
SpectrumLike = float | ArrayLike | Callable[[Any], Any]


def wiener(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    nsr: float | None = None,
    noise: Noise | float | None = None,
    noise_spectrum: SpectrumLike | None = None,
    signal_spectrum: SpectrumLike | None = None,
    weight: float | Literal["auto"] = "auto",
    num_iter: int = 200,
    tol: float = 0.003,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    axis: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> Array:
    """Wiener filter with the spectra of noise and signal estimated from the data.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array with as many axes as `y`, or Convolution
        The kernel, in the order of a convolution (flipped, as light takes it); a complex transfer
        function on the grid of `y`; or a ready operator.
    nsr : float, optional
        Ratio of noise to signal power, one number for all frequencies but zero: the mean is fixed
        by the data alone. It excludes the three below.
    noise : Noise or float, optional
        Standard deviation of white noise, in the units of `y`, or a noise model; that of the data
        is estimated by default. The signal's spectrum is fitted beside it.
    noise_spectrum : callable, array or float, optional
        Power spectrum of coloured noise, per sample: a function of |f| in cycles a sample, an array
        on the FFT grid of the data, or the variance of white noise.
    signal_spectrum : callable, array or float, optional
        Power spectrum of the signal, likewise. A power law with a knee is fitted by default.
    weight : float or "auto"
        Factor on the ratio of noise to signal, at least 0: 1 is the Wiener filter, more is
        smoother. ``"auto"`` begins with 1. Where spectra that were found from the data leave
        signal in the residual, they are fitted to the estimate instead; where the residual is
        still larger than the noise then, the factor is lowered until it is not.
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
        If `nsr` comes with a spectrum, a spectrum is negative or has the wrong shape, or a number
        is out of range. Also if shapes do not fit, a word is not known, a weight of `mask` is
        outside [0, 1], or data or kernel hold NaN or infinity.
    TypeError
        If an argument is of the wrong type.

    See Also
    --------
    tikhonov : A penalty on the estimate or its differences instead of two spectra.
    tv : Keeps edges, where Wiener smooths them.
    deconvolve : Any method by name, with the whole result.

    Notes
    -----
    Minimises |A x - y|^2 + sum_f N(f)/S(f) |X(f)|^2 over the window, on a grid wider than it. Power
    spectra are per sample: white noise of standard deviation s has N = s^2 at every frequency.
    With an unknown border the smooth step between opposite borders costs nothing, for beyond one
    border is not what is beyond the other; and a ratio that is the same at all frequencies leaves
    the local mean alone, over a third of the kernel's span or eight samples, so that it stays.
    White noise that was smoothed (by demosaicing, compression or resampling) is seen by the spectra
    where the kernel stops the scene, and told as ``noise_width`` in `Result.parameters`: the
    standard deviation, in samples, of the Gaussian that it looks smoothed with.
    For coloured noise this is the Wiener filter when the boundary is periodic, and an approximation
    at the border otherwise.

    References
    ----------
    .. [1] N. Wiener, "Extrapolation, Interpolation, and Smoothing of Stationary Time Series",
           MIT Press, 1949, :doi:`10.7551/mitpress/2946.001.0001`.
    .. [2] P. Whittle, "Estimation and information in stationary time series", Arkiv foer Matematik
           2, 1953, :doi:`10.1007/BF02590998`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> scene = sd.datasets.coins()[:128, :128]
    >>> seen = sd.simulate(scene, sd.psf.gaussian(2.0), noise=0.01, rng=0)
    >>> x = sd.wiener(seen.y, sd.psf.gaussian(2.0))
    >>> gain = sd.metrics.psnr(seen.truth_window, x) - sd.metrics.psnr(seen.truth_window, seen.y)
    >>> bool(gain > 1)
    True
    """
    return METHOD.restore(**locals())


def estimate(
    obs: Observation,
    *,
    nsr: float | None,
    noise: Noise | float | None,
    noise_spectrum: SpectrumLike | None,
    signal_spectrum: SpectrumLike | None,
    weight: float | Literal["auto"],
    num_iter: int,
    tol: float,
) -> Estimate:
    """Return the filtered data."""
    auto = isinstance(weight, str) and weight == "auto"
    factor = 1.0 if auto else number("weight", weight, least=0, instead="'auto'")
    run: dict[str, Any] = {
        "num_iter": integer("num_iter", num_iter, least=0),
        "tol": number("tol", tol, least=0),
    }
    penalty, found, law = penalty_of(
        obs, nsr=nsr, noise=noise, noise_spectrum=noise_spectrum, signal_spectrum=signal_spectrum
    )
    std = found.get("noise_std")
    variance = None if std is None else std**2
    problem = quadratic_problem(obs.convolution, obs.y, penalty)
    if auto and variance is not None and "rule" in found:
        better: list[Spectra] = []

        def again(x: Array) -> FrequencyFunction:
            assert law is not None
            better.append(refit(x, obs.convolution, law))
            return _of_spectra(better[0], obs.convolution)

        solution, factor, problem = solve_consistent(
            problem, obs.y, noise=variance, refit=again if law is not None else None, **run
        )
        found["weight"] = factor
        if better:
            found |= _reported(better[0]) | {"rule": BY_ESTIMATE}
        if factor != 1:
            found["rule"] = BY_RESIDUAL
    else:
        problem = problem.scaled(factor)
        solution = problem.solve(obs.y, noise=variance, **run)
    colour = None if law is None else law.tint
    posterior = Posterior(obs, problem, variance, own=True, colour=colour)
    if solution.num_iter:
        found["gap"] = solution.gap
    return Estimate(solution.x, solution.num_iter, solution.stop, found, posterior)


def curve_parts(obs: Observation, *, noise: float | None, **own: Any) -> CurveParts:
    """Return the penalty at factor 1, the automatic factor, and what holds along a curve.

    Parameters
    ----------
    obs : Observation
        The data.
    noise : float or None
        Standard deviation of the noise, if it was given.
    **own
        The method's own parameters, but for its weight.
    """
    held: dict[str, Any] = {}
    if noise is not None and "nsr" not in own:
        held = {"noise": noise}
    result = METHOD.solve(obs, **own, **held)
    assert isinstance(result.posterior, Posterior)
    penalty = result.posterior.problem.penalty
    fitted, _, _ = penalty_of(obs, **{n: v for n, v in (own | held).items() if n in SPECTRA})
    if penalty != fitted:  # the spectra were fitted again, to the estimate
        held = {"noise_spectrum": penalty, "signal_spectrum": 1.0}
    return CurveParts(penalty, result.parameters.get("weight", 1.0), held)


def penalty_of(
    obs: Observation,
    *,
    nsr: float | None = None,
    noise: Noise | float | None = None,
    noise_spectrum: SpectrumLike | None = None,
    signal_spectrum: SpectrumLike | None = None,
) -> tuple[FrequencyFunction, dict[str, Any], Spectra | None]:
    """Return noise over signal as a penalty, what was found to get it, and the fitted spectra.

    There are none where the signal's spectrum, or the colour of the noise, was given.
    """
    given = {"noise": noise, "noise_spectrum": noise_spectrum, "signal_spectrum": signal_spectrum}
    if nsr is not None:
        if beside := [name for name, value in given.items() if value is not None]:
            raise ValueError(f"nsr is noise over signal; it excludes {beside[0]}")
        ratio = number("nsr", nsr, least=0)
        return local(Flat(ratio), obs.convolution), {"nsr": ratio}, None
    if noise is not None and noise_spectrum is not None:
        raise ValueError("noise_spectrum says how strong the noise is; it excludes noise")
    shape = tuple(obs.convolution.out_shape)
    std = None if noise is None else noise_std(noise, obs)
    power: FrequencyFunction | None = None if std is None else White(std**2)
    if noise_spectrum is not None:
        power = as_power_spectrum(noise_spectrum, "noise_spectrum", shape)
        std = math.sqrt(power.power) if isinstance(power, White) else None
    signal = None
    if signal_spectrum is not None:
        signal = as_power_spectrum(signal_spectrum, "signal_spectrum", shape)
    if power is not None and signal is not None:
        told = {} if std is None else {"noise_std": std}
        return _given_ratio(power, signal, obs.convolution), told, None
    if power is None:
        law = spectra_of(obs)
    elif isinstance(power, White):
        law = periodogram_of(obs).fit(noise=power.power)
    else:
        bins = bin_periodogram(obs.y, obs.convolution, power)
        law = bins.fit(noise=bins.level)
    found = _reported(law) | {"rule": BY_LIKELIHOOD}
    if law.width > 0:
        found["noise_width"] = law.width
    if signal is not None:
        mean = White(law.noise * mean_weight(obs.convolution))
        return _given_ratio(mean, signal, obs.convolution), found, None
    if power is not None and not isinstance(power, White):
        return ColouredNoise(power, law), found, None
    return _of_spectra(law, obs.convolution), found, law


def _given_ratio(
    noise: FrequencyFunction, signal: FrequencyFunction, A: Convolution
) -> FrequencyFunction:
    """Return noise over signal as a penalty, which leaves the level alone where both are flat."""
    ratio = SpectrumRatio(noise, signal)
    flat = isinstance(noise, White) and isinstance(signal, White)
    return local(ratio, A) if flat else ratio


def _reported(law: Spectra) -> dict[str, Any]:
    """Return what to report of the fitted spectra."""
    return {
        "noise_std": math.sqrt(law.noise),
        "signal_exponent": law.exponent,
        "signal_knee": law.knee,
        "signal_amplitude": law.amplitude,
    }


def _of_spectra(law: Spectra, A: Convolution) -> FrequencyFunction:
    """Return noise over signal as a penalty."""
    law = dataclasses.replace(law, noise=law.noise * mean_weight(A))
    # On a window the border is never known to better than this; a lower penalty on a frequency
    # that the kernel stops would have the border's error amplified, and the iteration slow.
    floor = LEAST_RATIO * float(np.sum(np.abs(A.psf))) ** 2 * mean_weight(A)
    floor = 0.0 if A.boundary == "periodic" else floor
    return SpectraRatio(law, floor)


METHOD = closed_form(
    wiener,
    estimate,
    strength=Strength("weight", "quadratic", curve_parts),
    candidate="auto",
    belief="smoothness (the data's own spectra)",
    compared=True,
)
