"""Wiener filter: the linear estimate of least mean square error, on the window that was seen.

    X = conj(H) Y / (|H|^2 + N / S)

with N and S the power spectra of noise and signal (Wiener 1949). By default both come from the
data: a power law with a knee for the signal, white noise, fitted under the known transfer function.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, to_numpy
from sigdeconv.inverse._posterior import with_error_bars
from sigdeconv.inverse._quadratic import (
    BY_RESIDUAL,
    Penalty,
    priced_mean,
    solve_consistent,
    solve_quadratic,
)
from sigdeconv.inverse._spectrum import Spectra, bin_spectrum, refit
from sigdeconv.method import Estimate, method
from sigdeconv.operators.convolution import Convolution

__all__ = ["automatic", "spectral_penalty", "wiener"]

# Least ratio of noise to signal that is believed at any frequency of a windowed scene.
LEAST_RATIO = 1e-5

BY_ESTIMATE = "spectra fitted to a first estimate (those of the data left signal in the residual)"

Spectrum = float | Array | Callable[[Any], Any]


@method()
def wiener(
    y: Array,
    A: Convolution,
    *,
    nsr: float | None = None,
    noise: Spectrum | None = None,
    signal: Spectrum | None = None,
    weight: float | str = "auto",
    num_iter: int = 200,
    tol: float = 0.003,
) -> Estimate:
    """Wiener filter with the spectra of noise and signal estimated from the data.

    Parameters
    ----------
    nsr : float, optional
        Ratio of noise to signal power, one number for all frequencies. Excludes `noise` and
        `signal`.
    noise : float, callable or array, optional
        Noise power spectrum: the variance of white noise; a function of |f| in cycles a sample; or
        an array on the FFT grid of the data. White noise of the level that the data show by
        default. The signal's spectrum is fitted beside the noise that is given.
    signal : float, callable or array, optional
        Signal power spectrum, likewise. A power law with a knee is fitted by default.
    weight : float or "auto"
        Factor on the ratio of noise to signal: 1 is the Wiener filter, more is smoother. ``"auto"``
        is 1 unless spectra found from the data leave signal in the residual; they are fitted again
        to the estimate then, and the factor is lowered if that does not do.
    num_iter : int
        Most conjugate gradient iterations, where the window is not the whole grid.
    tol : float
        Error they may leave, as a fraction of the noise.

    Raises
    ------
    ValueError
        If `nsr` comes with a spectrum, a spectrum is negative or has the wrong shape, or `weight`
        is neither "auto" nor a number of at least 0.

    Notes
    -----
    Minimises |A x - y|^2 + sum_f N(f)/S(f) |X(f)|^2 over the window, on a grid wider than it. Power
    spectra are per sample: white noise of standard deviation s has N = s^2 at every frequency.
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
    auto = isinstance(weight, str) and weight == "auto"
    if not auto and not (isinstance(weight, (int, float)) and 0 <= weight < np.inf):
        raise ValueError(f"weight must be 'auto' or a finite number of at least 0; got {weight!r}")
    factor = 1.0 if auto else float(weight)
    ratio, found, law = spectral_penalty(y, A, nsr, noise, signal)

    def penalty(f: Any, shape: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
        found = ratio(f, shape, half)
        return found if factor == 1 else np.asarray(factor * found)

    if not auto or "rule" not in found:
        std = found.get("noise_std")
        level = None if std is None else std**2
        estimate = solve_quadratic(y, A, penalty, tol=tol, num_iter=num_iter, noise=level)
        return with_error_bars(estimate, found, y, A, penalty, level)
    chosen = automatic(y, A, ratio, found, law, tol=tol, num_iter=num_iter)
    factor, ratio = chosen.factor, chosen.penalty
    level = found["noise_std"] ** 2
    return with_error_bars(chosen.estimate, chosen.found, y, A, penalty, level)


@dataclasses.dataclass(frozen=True, eq=False)
class Chosen:
    """The automatic filter: the estimate, its price and the factor on it, and what was found."""

    estimate: Estimate
    penalty: Penalty
    factor: float
    found: dict[str, Any]


def automatic(
    y: Array,
    A: Convolution,
    penalty: Penalty,
    found: dict[str, Any],
    law: Spectra | None,
    *,
    tol: float,
    num_iter: int,
) -> Chosen:
    """Return the filter for fitted spectra, fitted again or lowered where they left signal."""
    told = dict(found)

    def again(x: Array) -> Penalty:
        assert law is not None
        better = refit(x, A, law)
        told.update(_story(better) | {"rule": BY_ESTIMATE})
        return _price(better, A)

    estimate, factor, price = solve_consistent(
        y, A, penalty, tol=tol, num_iter=num_iter, noise=found["noise_std"] ** 2,
        again=again if law else None,
    )  # fmt: skip
    told["weight"] = factor
    if factor != 1:
        told["rule"] = BY_RESIDUAL
    return Chosen(estimate, price, factor, told)


def spectral_penalty(
    y: Array,
    A: Convolution,
    nsr: float | None = None,
    noise: Spectrum | None = None,
    signal: Spectrum | None = None,
) -> tuple[Penalty, dict[str, Any], Spectra | None]:
    """Return noise over signal as a penalty, what was found to get it, and the law behind it."""
    if nsr is not None:
        if noise is not None or signal is not None:
            raise ValueError("nsr is noise over signal; give either nsr, or noise and signal")
        if not isinstance(nsr, (int, float, np.number)) or not (np.isfinite(nsr) and nsr >= 0):
            raise ValueError(f"nsr must be a finite number of at least 0; got {nsr!r}")
        level = float(nsr)
        return (lambda f, shape, half: np.broadcast_to(level, np.shape(f))), {"nsr": level}, None
    shape = tuple(y.shape)
    noise_of = None if noise is None else _spectrum(noise, "noise", shape)
    signal_of = None if signal is None else _spectrum(signal, "signal", shape)
    white = float(noise) if isinstance(noise, (int, float, np.number)) else None
    if noise_of is not None and signal_of is not None:
        given = {} if white is None else {"noise_std": white**0.5}
        return (lambda f, g, h: _over(noise_of(f, g, h), signal_of(f, g, h))), given, None
    bins = bin_spectrum(y, A, noise_of if white is None else None)
    law = bins.fit(noise=white if bins.level is None else bins.level)
    found = _story(law) | {"rule": "spectra of noise and signal most likely for the data"}
    if signal_of is not None:
        return (lambda f, grid, half: _over(law.noise, signal_of(f, grid, half))), found, None
    if noise_of is not None and white is None:

        def coloured(f: Any, grid: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
            return np.asarray(noise_of(f, grid, half) * law.ratio(f) / (law.noise or 1.0))

        return priced_mean(coloured, A), found, None
    return _price(law, A), found, law


def _story(law: Spectra) -> dict[str, Any]:
    """Return what to tell of the fitted spectra."""
    return {
        "noise_std": float(np.sqrt(law.noise)),
        "signal_exponent": law.exponent,
        "signal_knee": law.knee,
        "signal_amplitude": law.amplitude,
    }


def _price(law: Spectra, A: Convolution) -> Penalty:
    """Return noise over signal as a penalty."""
    # On a window the border is never known to better than this; a lower price on a frequency that
    # the kernel stops would have the border's error amplified, and the iteration slow.
    floor = 0.0 if A.boundary == "periodic" else LEAST_RATIO * float(np.sum(np.abs(A.psf))) ** 2

    def fitted(f: Any, grid: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
        ratio = law.ratio(f)
        if floor > 0:
            np.maximum(ratio, floor, out=ratio, where=np.asarray(f) > 0)
        return ratio if np.max(ratio) < 1e30 else _bounded(ratio)

    return priced_mean(fitted, A)


def _over(noise: Any, signal: Any) -> np.ndarray[Any, Any]:
    """Return noise / signal, bounded where there is no signal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.asarray(noise) == 0, 0.0, np.asarray(noise) / np.asarray(signal))
    return _bounded(ratio)


def _bounded(ratio: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    # An infinite penalty switches a frequency off; 1e30 does too, and stays finite in float32.
    return np.asarray(np.minimum(np.nan_to_num(ratio, nan=1e30, posinf=1e30), 1e30))


def _spectrum(
    value: Spectrum, name: str, shape: tuple[int, ...]
) -> Callable[[Any, tuple[int, ...], bool], np.ndarray[Any, Any]]:
    """Return a power spectrum as a function of the frequency grid."""
    if callable(value):
        return lambda f, grid, half: np.broadcast_to(_valid(value(f), name), np.shape(f))
    power = _valid(to_numpy(np.asarray(value) if np.isscalar(value) else value), name)
    if power.ndim == 0:
        return lambda f, grid, half: np.full(np.shape(f), float(power))
    if power.shape != shape:
        raise ValueError(
            f"{name} has shape {power.shape}; expected a number, a function of |f|, or an array of "
            f"shape {shape}, the FFT grid of the data"
        )

    def resampled(f: Any, grid: tuple[int, ...], half: bool) -> np.ndarray[Any, Any]:
        last = len(grid) - 1
        axes = [
            _fft.frequencies(n, half and axis == last) * m
            for axis, (n, m) in enumerate(zip(grid, shape, strict=True))
        ]
        if grid == shape:
            return power[..., : grid[-1] // 2 + 1] if half else power
        from scipy.ndimage import map_coordinates

        points = np.meshgrid(*axes, indexing="ij")
        return np.asarray(map_coordinates(power, points, order=1, mode="grid-wrap"))

    return resampled


def _valid(power: Any, name: str) -> np.ndarray[Any, Any]:
    power = np.asarray(power)
    if power.dtype.kind not in "fiu" or not np.all(np.isfinite(power)) or np.any(power < 0):
        raise ValueError(f"{name} must be a power spectrum: finite real numbers of at least 0")
    return np.asarray(power, dtype=float)
