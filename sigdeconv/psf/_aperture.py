"""The pupil of a telescope, its optical transfer function and the atmosphere's.

The pupil is a grid of cells, each with the area of the aperture inside it, so that its edges are
where they are. Its autocorrelation, from one FFT, is the transfer function; at the lag u (in
metres) it belongs to the frequency ``u / wavelength`` in cycles per radian.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sigdeconv._fft import fftn, frequencies
from sigdeconv.psf._model import centred
from sigdeconv.psf.disk import covered

__all__ = ["annulus", "at_lags", "atmosphere", "autocorrelation", "vane", "wavefront"]


def annulus(n: int, diameter: float, obstruction: float) -> NDArray[np.float64]:
    """Return the area of an annulus inside each of `n` x `n` cells; `diameter` in cells."""
    cells = covered(np.asarray(diameter / 2), (n, n))
    if obstruction > 0:
        cells = cells - covered(np.asarray(obstruction * diameter / 2), (n, n))
    return cells


def vane(n: int, width: float, angle: float) -> NDArray[np.float64]:
    """Return the share of each cell inside a half-strip from the centre outwards.

    `width` is in cells, `angle` in degrees counter-clockwise from the right, rows running down.
    """
    x, y = centred(n)[None, :], -centred(n)[:, None]
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    across, along = cos * y - sin * x, cos * x + sin * y
    strip = _below(width / 2 - across, sin, cos) - _below(-width / 2 - across, sin, cos)
    return strip * _below(along, cos, sin)


def _below(distance: NDArray[np.float64], a: float, b: float) -> NDArray[np.float64]:
    """Return the share of a unit cell where ``a u + b v`` is below `distance`."""
    a, b = sorted((abs(a) / 2, abs(b) / 2))
    if a < 1e-6:
        return np.clip((distance + b) / (2 * b), 0.0, 1.0)

    def ramp(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(t, 0.0) ** 2 / 2

    parts = ramp(distance + a + b) - ramp(distance + a - b)
    parts = parts - ramp(distance - a + b) + ramp(distance - a - b)
    return np.asarray(np.clip(parts / (4 * a * b), 0.0, 1.0))


def wavefront(n: int, diameter: float, terms: Mapping[int, float]) -> NDArray[np.float64]:
    """Return the sum of Zernike polynomials (Noll's order, unit variance on the full circle)."""
    x, y = centred(n)[None, :], -centred(n)[:, None]
    rho, theta = np.hypot(x, y) / (diameter / 2), np.arctan2(y, x)
    total = np.zeros((n, n))
    for term, size in terms.items():
        total += size * _zernike(term, rho, theta)
    return total


def _zernike(j: int, rho: NDArray[np.float64], theta: NDArray[np.float64]) -> NDArray[np.float64]:
    order = math.ceil((math.sqrt(8 * j + 1) - 3) / 2 - 1e-12)
    rest = j - order * (order + 1) // 2 - 1
    m = 2 * ((rest + 1) // 2) if order % 2 == 0 else 2 * (rest // 2) + 1
    radial = np.zeros_like(rho)
    for k in range((order - m) // 2 + 1):
        size = math.factorial(order - k) / (
            math.factorial(k)
            * math.factorial((order + m) // 2 - k)
            * math.factorial((order - m) // 2 - k)
        )
        radial += (-1) ** k * size * rho ** (order - 2 * k)
    if m == 0:
        return math.sqrt(order + 1) * radial
    turn = np.cos(m * theta) if j % 2 == 0 else np.sin(m * theta)
    return np.asarray(math.sqrt(2 * (order + 1)) * radial * turn)


def autocorrelation(pupil: NDArray[np.generic], size: int) -> NDArray[np.complex128]:
    """Return the spectrum of the intensity of `pupil`, padded to `size` cells each way."""
    intensity = np.abs(fftn(pupil, (size, size))) ** 2
    # A cell is not a point: its own pattern is divided out.
    cell = np.sinc(frequencies(size, half=False)) ** 2
    return np.asarray(fftn(intensity / cell[:, None] / cell[None, :], (size, size)))


def at_lags(spectrum: NDArray[np.complex128], lags: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Return a transfer function at the pairs of `lags`, in cells, by a cubic spline."""
    from scipy.ndimage import map_coordinates

    around = math.ceil(float(np.max(lags))) + 8
    near = np.arange(-around, around + 1)
    window = spectrum[np.ix_(near, near)]
    places = np.meshgrid(lags + around, lags + around, indexing="ij")
    parts = (map_coordinates(part, places, order=3) for part in (window.real, window.imag))
    real, imaginary = parts
    return np.asarray(real + 1j * imaginary)


def atmosphere(
    lag: NDArray[np.float64], r0: float, outer_scale: float | None
) -> NDArray[np.float64]:
    """Return the long-exposure transfer function at the lag u: exp(-D(u) / 2), all in metres.

    Kolmogorov: ``D = 6.88 (u / r0)^(5/3)``; with an outer scale L (von Karman), with the same limit
    for small lags, ``D = c (1 - 2^(1/6) / Gamma(5/6) v^(5/6) K_5/6(v))``, ``v = 2 pi u / L``.
    """
    if outer_scale is None:
        return np.exp(-3.44 * (lag / r0) ** (5 / 3))
    from scipy.special import gamma, kv

    v = 2 * math.pi * np.maximum(lag, 1e-9 * outer_scale) / outer_scale
    # For small v the bracket is -Gamma(-5/6) / Gamma(5/6) (v / 2)^(5/3).
    limit = -gamma(-5 / 6) / gamma(5 / 6) * (math.pi / outer_scale) ** (5 / 3)
    bracket = 1 - 2 ** (1 / 6) / gamma(5 / 6) * v ** (5 / 6) * kv(5 / 6, v)
    return np.asarray(np.exp(-3.44 * r0 ** (-5 / 3) / limit * bracket))
