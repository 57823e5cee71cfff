"""One solver: the alternating direction method of multipliers with its Fourier step.

    minimise over u on a periodic grid   f(W H u) + sum_i w_i phi_i(L_i u)

Each term gets a copy of what it looks at, z0 = H u and z_i = L_i u, which its proximal map handles
sample by sample; so the window W, masks, and any likelihood cost nothing but a slice. What binds
the copies is quadratic, and diagonal in the Fourier basis:

    (rho_0 |H|^2 + sum rho_i |L_i|^2) U = rho_0 H* F(z0 - d0) + sum rho_i L_i* F(z_i - d_i)

with scaled multipliers d. This is the masked split of Almeida & Figueiredo (2013,
doi:10.1109/TIP.2013.2258354) for the unknown border; over-relaxed (Eckstein & Bertsekas 1992,
doi:10.1007/BF01581204); the rho balance the relative primal and dual residuals of each split
(Wohlberg 2017, arXiv:1704.06209). Where the window is the whole grid and the data term is
quadratic no copy z0 is needed, which halves the transforms. With corners in both terms the iterates
spiral around the solution; restarts from their average (Applegate, Hinder, Lu & Lubin 2023,
doi:10.1007/s10107-022-01901-9) take them there.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, final

import numpy as np

from sigdeconv._array import Array, like, namespace
from sigdeconv.losses import Absolute, DataTerm, LeastSquares
from sigdeconv.priors.maps import LinearMap
from sigdeconv.solvers.variational.grid import VariationalGrid

__all__ = ["Admm", "Term"]

RELAXATION = 1.8
BALANCE_EVERY, BALANCE_LAST = 10, 100  # iterations: residuals measured; the last change of a rho

LEAST_RESIDUAL = 1e-4
AVERAGE = 100  # iterations, after the last change of a rho, of the first average


@final
@dataclasses.dataclass(eq=False)
class Term:
    """One split: z = L u, with the proximal map of what acts on z.

    Attributes
    ----------
    map : LinearMap
        L.
    prox : callable
        ``prox(v, rho)``: the minimiser of the term plus rho |z - v|^2 / 2.
    rho : float
        Penalty parameter of the split.
    keep : array or None
        Coefficients that the term acts on; the others are free.
    value : callable, optional
        ``value(z)``: the term itself.
    unit : float
        Size of a coefficient, for relative residuals; 0 for that of the coefficients themselves,
        which is no measure where they hold the level of the scene.
    held : bool
        True when the copy is set from outside: then the term is rho |z - L u|^2 / 2.
    free : tuple of index
        Parts of the grid whose coefficients cost nothing: those between opposite borders.
    """

    map: LinearMap
    prox: Callable[[Array, float], Array]
    rho: float
    keep: Array | None = None
    value: Callable[[Array], float] | None = None
    unit: float = 0.0
    held: bool = False
    free: tuple[Any, ...] = ()
    z: Any = None
    d: Any = None

    def prepare(self, u: Array, spectrum: Array) -> None:
        """Start from the estimate `u`, unless there is a copy from before."""
        if self.z is None:
            self.z = self.map.forward(spectrum if self.map.in_spectrum else u)
            if not self.map.in_spectrum:
                self.z = self.z + 0  # the identity gives a view
            self.d = namespace(u).zeros_like(self.z)

    def pull(self) -> Array:
        """Return L*(z - d), in space or as a spectrum."""
        return self.map.adjoint(self.z - self.d)

    def update(self, Lu: Array, measure: bool) -> tuple[float, float] | None:
        """Take the proximal step; return the relative primal and dual residuals if asked."""
        xp = namespace(Lu)
        before, plain = (self.z, Lu + 0) if measure else (self.z, Lu)
        v = _relaxed(self.z, Lu, self.d, measure)
        if self.keep is None:
            z = self.released(self.prox(v, self.rho), v)
        else:  # a free part must not count in a norm that binds several
            z = xp.where(self.keep, self.prox(xp.where(self.keep, v, 0 * v), self.rho), v)
        v -= z
        self.z, self.d = z, v
        if not measure:
            return None
        whole = self.unit * math.prod(z.shape) ** 0.5 or max(_norm(plain), _norm(z), 1e-37)
        primal = _norm(plain - z) / whole
        dual = _norm(z - before) / max(_norm(self.d), 1e-37)
        return primal, dual

    def released(self, z: Array, v: Array) -> Array:
        """Return `z` with the free coefficients those of `v`; it is changed."""
        for at in self.free:
            z[at] = v[at]
        return z

    def counted(self, c: Array) -> Array:
        """Return coefficients, those that the term does not act on being zero."""
        xp = namespace(c)
        if self.keep is not None:
            c = xp.where(self.keep, c, xp.zeros_like(c))
        return self.released(c + 0, xp.zeros_like(c)) if self.free else c

    def rescale(self, factor: float) -> None:
        """Multiply rho, and keep the multiplier."""
        self.rho *= factor
        self.d /= factor


def _relaxed(z: Array, new: Array, d: Array, keep: bool) -> Array:
    """Return a new + (1 - a) z + d, in the memory of `d`."""
    if keep:
        return RELAXATION * new + (1 - RELAXATION) * z + d
    z *= 1 - RELAXATION
    d += z
    d += RELAXATION * new
    return d


def _norm(a: Array) -> float:
    xp = namespace(a)
    if xp is np:
        flat = np.ravel(a)
        return math.sqrt(float(np.dot(flat, flat)))
    return math.sqrt(float(xp.sum(a * a, dtype=xp.float64)))


@final
@dataclasses.dataclass(frozen=True)
class AdmmPace:
    """Penalty parameters of an iteration that are balanced, for data of the same kind.

    Attributes
    ----------
    spread : float
        Size of the data beside their level.
    data : float
        Of the data term.
    terms : tuple of float
        Of the priors, in their order.
    """

    spread: float
    data: float
    terms: tuple[float, ...]


@final
class Admm:
    """The iteration; its state stays, so that a change of weights goes on from where it was.

    Parameters
    ----------
    grid : VariationalGrid
        The grid.
    data : DataTerm
        The loss with the data.
    terms : list of Term
        Priors and constraints.
    u : array
        Start, on the grid.
    rho : float
        Penalty parameter of the data term, in units of its curvature.
    unit : float
        Size of the data beside their level, for relative residuals.
    """

    def __init__(
        self, grid: VariationalGrid, data: DataTerm, terms: list[Term], u: Array,
        rho: float = 1.0, unit: float = 1.0,
    ) -> None:  # fmt: skip
        self.grid, self.data, self.terms, self.u, self.unit = grid, data, terms, u, unit
        periodic = grid.periodic
        self.direct = (
            not grid.constrained
            and periodic.is_whole
            and periodic.decimation == 1
            and isinstance(data.loss, LeastSquares)
            and data.m is None
        )
        self.otf = periodic.otf
        self.rho = 1.0 if self.direct else rho * data.curvature
        self.num_iter = 0
        self.residuals: tuple[float, float] = (math.inf, math.inf)
        self._total: list[Array] = []  # sum of the states since the last restart
        self._last = BALANCE_LAST
        self._held = False
        xp = namespace(u)
        spectrum = grid.to_spectrum(u)
        for term in terms:
            term.prepare(u, spectrum)
        self.Hu = grid.to_signal(spectrum * self.otf)
        self.z = self.Hu + 0
        self.d = xp.zeros_like(self.z)
        if self.direct:
            self._spectrum = grid.to_spectrum(data.y) * xp.conj(self.otf)
        self.prepare()

    @property
    def pace(self) -> AdmmPace:
        """The penalty parameters as they are now."""
        return AdmmPace(self.unit, self.rho, tuple(term.rho for term in self.terms))

    def hold(self, pace: AdmmPace) -> None:
        """Take penalty parameters that are balanced, and keep them; at the start."""
        self.rho = pace.data
        for term, rho in zip(self.terms, pace.terms, strict=False):
            term.rho = rho
        self._held = True
        self.prepare()

    def prepare(self) -> None:
        """Make the filters of the Fourier step; to be called when a rho has changed."""
        xp, otf = namespace(self.u), self.otf
        power = xp.real(otf) ** 2 + xp.imag(otf) ** 2
        total = self.rho * power
        for term in self.terms:
            total = total + like(term.rho * term.map.gain, power)
        floor = 1e-14 * (float(xp.max(total)) or 1.0)
        # A frequency that no term sees stays what it was: zero in the multiplier of all.
        safe = xp.where(total > floor, total, xp.ones_like(total))
        self._inverse = xp.where(total > floor, 1 / safe, xp.zeros_like(total))
        self._back = self.rho * xp.conj(otf) * self._inverse
        if self.direct:
            self._fixed = self._spectrum * self._inverse

    def step(self) -> tuple[Array, Array]:
        """Do one iteration; return the estimate and its data, on the grid."""
        grid = self.grid
        if self.direct:
            spectrum = self._fixed + 0
        else:
            spectrum = grid.to_spectrum(self.z - self.d)
            spectrum *= self._back
        space: Array | None = None
        others: Array | None = None
        for term in self.terms:
            pulled = term.pull()
            pulled = pulled * term.rho
            if term.map.in_spectrum:
                others = pulled if others is None else others + pulled
            else:
                space = pulled if space is None else space + pulled
        if space is not None:
            sent = grid.to_spectrum(space)
            others = sent if others is None else others + sent
        if others is not None:
            others *= self._inverse
            spectrum += others
        self.num_iter += 1
        measure = self.num_iter % BALANCE_EVERY == 0
        through = spectrum * self.otf
        needed = any(term.map.in_spectrum for term in self.terms)
        kept = spectrum + 0 if needed else spectrum
        self.u = grid.to_signal(spectrum)
        self.Hu = grid.to_signal(through)
        found: list[Any] = [None] * len(self.terms)
        for k, term in enumerate(self.terms):
            if not term.held:
                seen = kept + 0 if term.map.in_spectrum else self.u
                found[k] = term.update(term.map.forward(seen), measure)
        own = None if self.direct else self._update_data(measure)
        if measure:
            self._balance(own, found)
        if isinstance(self.data.loss, Absolute) and self.num_iter > BALANCE_LAST:
            self._average()
        return self.u, self.Hu

    def replace(self, u: Array) -> None:
        """Go on from another estimate, made one that the boundary allows."""
        self.u = self.grid.project(u) if self.grid.constrained else u
        self.Hu = self.grid.to_signal(self.grid.to_spectrum(self.u) * self.otf)

    def _average(self) -> None:
        """Restart from the average state, after ever more iterations."""
        holders: list[Any] = [self, *self.terms]
        state = [a for holder in holders for a in (holder.z, holder.d)]
        if not self._total:
            self._total = [a + 0 for a in state]
            return
        for total, a in zip(self._total, state, strict=True):
            total += a
        count = self.num_iter - self._last
        if count < max(AVERAGE, self._last - BALANCE_LAST):
            return
        for k, holder in enumerate(holders):
            holder.z, holder.d = (total / count for total in self._total[2 * k : 2 * k + 2])
        self._total, self._last = [], self.num_iter

    def _update_data(self, measure: bool) -> tuple[float, float] | None:
        """Take the proximal step of the data term, on the window; elsewhere z is free."""
        before = self.z if measure else None
        v = _relaxed(self.z, self.Hu, self.d, measure)
        z = v + 0
        where = self.grid.window
        z[where] = self.data.prox(v[where], self.rho)
        v -= z
        self.z, self.d = z, v
        if before is None:
            return None
        primal = _norm(self.Hu[where] - z[where]) / (self.unit * math.prod(z[where].shape) ** 0.5)
        dual = _norm(z[where] - before[where]) / max(_norm(self.d), 1e-37)
        return primal, dual

    def _balance(self, own: Any, found: list[Any]) -> None:
        """Let the rho of each split balance its two residuals."""
        changed = False
        pairs = [p for p in (own, *found) if p is not None]
        if not pairs:
            return
        self.residuals = max(p for p, _ in pairs), max(d for _, d in pairs)
        if self.num_iter > BALANCE_LAST or self._held:
            return
        for term, pair in zip(self.terms, found, strict=True):
            factor = 1.0 if pair is None else _factor(pair)
            if factor != 1:
                term.rescale(factor)
                changed = True
        if own is not None:
            factor = _factor(own)
            if factor != 1:
                self.rho *= factor
                self.d /= factor
                changed = True
        if changed:
            self.prepare()

    def value(self) -> float:
        """Return the objective at the estimate."""
        total = self.data.value(self.Hu[self.grid.window])
        for term in self.terms:
            if term.value is not None:
                seen = self.grid.to_spectrum(self.u) if term.map.in_spectrum else self.u
                total += term.value(term.counted(term.map.forward(seen)))
        return total


def _factor(pair: tuple[float, float]) -> float:
    # Residuals this small are as good as none, and in single precision rounding.
    primal, dual = (max(size, LEAST_RESIDUAL) for size in pair)
    ratio = math.sqrt(primal / dual)
    return 1.0 if 1 / 2 < ratio < 2 else min(max(ratio, 0.2), 5.0)
