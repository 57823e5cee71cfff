"""The focus of a high aperture behind layers: scalar and vectorial diffraction integrals.

A plane wave leaves the pupil at ``s = n sin(theta)``, the same in every layer. Its field in the
sample at radius r and height z is::

    U_m(r, z) = integral_0^NA f_m(s) exp(i k W(s, z)) J_m(k s r) s ds
    W(s, z) = sum_j t_j g_j(s) - (z + ni sum_j t_j / n_j) g_i(s),   g_j(s) = sqrt(n_j^2 - s^2)

with the layers of thickness t_j and index n_j between the design and the actual path (Gibson and
Lanni 1991), the root in the upper half plane (beyond s = n_j the wave decays), and z = 0 at the
paraxial focus. Apodisation and transmission, f_m, are those of the model::

    gibson-lanni   f_0 = 1
    scalar         f_0 = 1 / sqrt(cos)                          aplanatic, cos = g_i / ni
    vectorial      f_0, f_1, f_2 = (ts + tp cs, tp ss, ts - tp cs) / sqrt(cos)

where cs and ss are cosine and sine in the sample, ts and tp Fresnel's coefficients from the
immersion into it. The intensity is ``|U_0|^2 + 2 |U_1|^2 + |U_2|^2``: unpolarised light into a
focus, and by reciprocity the light of freely turning dipoles.

References
----------
S. F. Gibson, F. Lanni, JOSA A 8, 1601 (1991), doi:10.1364/JOSAA.8.001601.
B. Richards, E. Wolf, Proc. R. Soc. A 253, 358 (1959), doi:10.1098/rspa.1959.0200.
P. Torok, P. Varga, Appl. Opt. 36, 2305 (1997), doi:10.1364/AO.36.002305.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv.psf._model import gauss

__all__ = ["Lens", "Model"]

Model: TypeAlias = Literal["scalar", "vectorial", "gibson-lanni"]
Complexes: TypeAlias = NDArray[np.complex128]
Reals: TypeAlias = NDArray[np.float64]


@final
@dataclasses.dataclass(frozen=True)
class Quadrature:
    """Constants of the integral over the pupil and of the search for its focus.

    Attributes
    ----------
    least : int
        Gauss-Legendre nodes of a panel, at least.
    nodes : float
        Further nodes per radian of the steepest phase over half the panel; 0.5 is exact for a
        linear phase.
    probes : int
        Points where the slope of the phase is looked at.
    rim : float
        Part of the critical ``s`` up to which rays are followed to the axis in search of the focus.
    depth_steps : float
        Heights tried within ``n wavelength / NA^2``, the depth of field.
    """

    least: int = 24
    nodes: float = 0.75
    probes: int = 129
    rim: float = 0.95
    depth_steps: float = 6.0


QUADRATURE = Quadrature()


@final
@dataclasses.dataclass(frozen=True)
class Lens:
    """An objective, its light and the layers it looks through; lengths in one unit.

    Attributes
    ----------
    na, wavelength : float
        Numerical aperture, and the wavelength in vacuum.
    index, sample_index : float
        Refractive index of the immersion and around the emitter.
    layers : tuple of (thickness, index)
        What the light passes more (or, with a negative thickness, less) than by design.
    model : {"scalar", "vectorial", "gibson-lanni"}
        See the module.
    """

    na: float
    wavelength: float
    index: float
    sample_index: float
    layers: tuple[tuple[float, float], ...]
    model: Model

    @property
    def wavenumber(self) -> float:
        """Radians per length in vacuum."""
        return 2 * math.pi / self.wavelength

    @property
    def paraxial(self) -> float:
        """Height of the paraxial focus, counted in immersion."""
        return self.index * sum(t / n for t, n in self.layers)

    def intensity(self, radii: Reals, heights: Reals) -> Reals:
        """Return the intensity, shape ``(radii, heights)``, heights from the paraxial focus."""
        s, w = self._nodes(float(radii[-1]), float(np.max(np.abs(heights))))
        wave = self._path(s) * w
        focus = np.exp(-1j * self.wavenumber * np.multiply.outer(_root(self.index, s), heights))
        argument = self.wavenumber * np.multiply.outer(radii, s)
        total = np.zeros((radii.size, heights.size))
        for factor, bessel, share in zip(
            self._factors(s), _bessels(argument, self.model), (1, 2, 1), strict=False
        ):
            field = (factor * wave)[:, None] * focus
            total += share * ((bessel @ field.real) ** 2 + (bessel @ field.imag) ** 2)
        return total

    def power(self) -> float:
        """Return the integral of the intensity over a plane, whatever its height (Parseval)."""
        s, w = self._nodes(0.0, 0.0)
        wave = np.abs(self._path(s)) ** 2 * w
        parts = zip(self._factors(s), (1, 2, 1), strict=False)
        total = sum(share * float(np.abs(factor) ** 2 @ wave) for factor, share in parts)
        return 2 * math.pi / self.wavenumber**2 * total

    def brightest(self) -> float:
        """Return the height of greatest intensity on the axis, from the paraxial focus."""
        from scipy.optimize import minimize_scalar

        if not any(t for t, _ in self.layers):
            return 0.0
        edge = min([self.na, *(QUADRATURE.rim * n for _, n in self.layers)])
        s = np.linspace(0.0, edge, QUADRATURE.probes)
        # Where the ray of s meets the axis: the stationary point of the phase.
        root = np.real(_root(self.index, s))
        meets = sum(t * root / np.real(_root(n, s)) for t, n in self.layers) - self.paraxial
        step = self.index * self.wavelength / self.na**2 / QUADRATURE.depth_steps
        low, high = float(np.min(meets)), float(np.max(meets))
        heights = np.arange(low - 12 * step, high + 12 * step, step)
        on_axis = self.intensity(np.zeros(1), heights)[0]
        best = float(heights[int(np.argmax(on_axis))])
        found = minimize_scalar(
            lambda z: -self.intensity(np.zeros(1), np.asarray([z]))[0, 0],
            bounds=(best - step, best + step),
            method="bounded",
            options={"xatol": 1e-6 * step},
        )
        return float(found.x)

    def _factors(self, s: Reals) -> Sequence[Complexes]:
        cos = _root(self.index, s) / self.index
        if self.model == "gibson-lanni":
            return [np.ones(s.shape, complex)]
        if self.model == "scalar":
            return [np.asarray(1 / np.sqrt(cos))]
        inside, ss = _root(self.sample_index, s) / self.sample_index, s / self.sample_index
        ni, ns = self.index, self.sample_index
        ts = 2 * ni * cos / (ni * cos + ns * inside)
        tp = 2 * ni * cos / (ns * cos + ni * inside)
        parts = (ts + tp * inside, tp * ss, ts - tp * inside)
        return [part / np.sqrt(cos) for part in parts]

    def _path(self, s: Reals) -> Complexes:
        """Return ``exp(i k W)`` at height zero."""
        ways = sum((t * _root(n, s) for t, n in self.layers), np.zeros(s.shape, complex))
        return np.exp(1j * self.wavenumber * (ways - self.paraxial * _root(self.index, s)))

    def _nodes(self, radius: float, height: float) -> tuple[Reals, Reals]:
        """Return nodes in s and weights of ``s ds``, up to `radius` and to `height` either way.

        With ``s = n sin(u)`` up to the critical index, and ``n cosh(v)`` beyond, the roots are
        smooth in the variable.
        """
        critical = min([self.index, self.sample_index, *(n for _, n in self.layers)])
        turn = math.asin(min(self.na / critical, 1.0))
        x, w = self._panel(lambda u: critical * np.sin(u), turn, radius, height)
        s, weight = critical * np.sin(x), critical**2 * np.sin(x) * np.cos(x) * w
        if self.na > critical:
            end = math.acosh(self.na / critical)
            x, w = self._panel(lambda v: critical * np.cosh(v), end, radius, height)
            s = np.concatenate([s, critical * np.cosh(x)])
            weight = np.concatenate([weight, critical**2 * np.cosh(x) * np.sinh(x) * w])
        return s, weight

    def _panel(
        self, to_s: Callable[[Reals], Reals], end: float, radius: float, height: float
    ) -> tuple[Reals, Reals]:
        probes = to_s(np.linspace(0.0, end, QUADRATURE.probes))
        root = _root(self.index, probes)
        ways = sum((t * _root(n, probes) for t, n in self.layers), np.zeros(probes.shape, complex))
        ways = ways - self.paraxial * root
        slope = np.max(np.abs(np.diff(ways)) + height * np.abs(np.diff(root)))
        slope = self.wavenumber * (slope + radius * np.max(np.diff(probes)))
        count = QUADRATURE.least + math.ceil(QUADRATURE.nodes * slope * (QUADRATURE.probes - 1) / 2)
        x, w = gauss(count)
        return (x + 1) * end / 2, w * end / 2


def _root(index: float, s: Reals) -> Complexes:
    """Return ``sqrt(index^2 - s^2)``, imaginary and positive beyond the index."""
    return np.asarray(np.sqrt((index**2 - s**2).astype(complex)))


def _bessels(argument: Reals, model: Model) -> list[Reals]:
    from scipy.special import j0, j1

    zero: Reals = j0(argument)
    if model != "vectorial":
        return [zero]
    one = j1(argument)
    # J2 = 2 J1 / x - J0 loses digits near zero, where it is x^2 / 8.
    two = 2 * one / np.maximum(argument, 1e-30) - zero
    small = argument < 1e-3
    two[small] = argument[small] ** 2 / 8
    return [zero, one, two]
