"""Two solutions whose data differ by noise of opposite sign: their mean, and its predicted error.

    u+ = f(y + d),   u- = f(y - d),   d = tau s z,     z white, of variance one

Their mean is the estimate. What is linear in f loses the noise d again, and what is not (which
coefficients are above a threshold) is averaged, which makes it better (bagging, Breiman 1996,
doi:10.1007/BF00058655). And their difference tells how f follows the noise, by Stein's lemma

    E <B n, A u> = s^2 tr(B A du/dy) = s / (2 tau) E <B z, A (u+ - u-)>,     B symmetric,

for the whole iteration with all its searches and thresholds (Stein 1981,
doi:10.1214/aos/1176345632; Ramani, Blu & Unser 2008, doi:10.1109/TIP.2008.2001404). So the error
of a mixture of several estimates is predicted, and the best mixture is known without the truth.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import final

import numpy as np

from sigdeconv._array import Array, NumpyArray, like, namespace, zeros
from sigdeconv.solvers.variational.admm import Admm
from sigdeconv.solvers.variational.half_quadratic import DENOISED, settle

__all__ = ["AntitheticPair", "Several", "best_shares", "mean_of"]

Several = tuple[Array, ...]  # two, or one where nothing is added

LEAST_WEIGHT = 1e-2  # of a sample, for the noise that is added to it


@final
class AntitheticPair:
    """Two solvers of one problem, with noise added to the data and taken from them.

    Parameters
    ----------
    admm : Admm
        The solver, whose first term is the identity; its estimate becomes the mean of the two.
    std : float
        Standard deviation of the noise.
    tau : float
        Noise that is added, in units of `std`; with 0 there is one solver, and nothing to mix.
    """

    def __init__(self, admm: Admm, std: float, tau: float) -> None:
        self.admm, self.std, self.tau = admm, std, tau
        y, m = admm.data.y, admm.data.m
        self.z = like(np.random.default_rng(1).standard_normal(tuple(y.shape)), y)
        self.root = None if m is None else namespace(y).sqrt(m)
        if self.root is None:
            d = tau * std * self.z
        else:  # noise of a sample goes as the inverse root of its weight
            at_least = namespace(y).clip(self.root, min=LEAST_WEIGHT**0.5)
            d = tau * std * self.z / at_least
            self.z = self.z * self.root / at_least
        added = (d, -d) if tau > 0 else (d,)
        self.solvers = [_with_data(admm, y + a) for a in added]

    @property
    def estimates(self) -> Several:
        """The estimates."""
        return tuple(solver.u for solver in self.solvers)

    def solve(self, rho: float, near: Several) -> Several:
        """Return the estimates nearest to the data and, by `rho`, to `near`."""
        for solver, z in zip(self.solvers, near, strict=True):
            settle(solver, rho, z[None, ...], self.std, DENOISED)
        return self.estimates

    def show(self) -> tuple[Array, Array]:
        """Return the mean of the estimates, and of their data, as those of the solver."""
        self.admm.u = mean_of(self.estimates)
        self.admm.Hu = mean_of([solver.Hu for solver in self.solvers])
        return self.admm.u, self.admm.Hu

    def mixture(self, found: list[Several], rho: float) -> Array:
        """Return the mixture of the means of estimates that has the least predicted error.

        The error is that of A u in the norm <r, r / (|H|^2 + rho)>: of u, where the data tell
        something of it. Shares are at least 0, and add up to 1.
        """
        power = namespace(self.admm.u).abs(self.admm.otf) ** 2 + rho
        inner = self.admm.grid.periodic.inner
        means = [mean_of(us) for us in found]
        first, *others = (self._predicted(m) for m in means)
        off = [f - first for f in others]
        apart, *others = (self._predicted(a - b) for a, b in found)
        spans = [f - apart for f in others]
        residual = (self._on_grid(self._weighted(self.admm.data.y)) - first) / power
        z = self._on_grid(self.z) / power
        step = self.std / (2 * self.tau)
        gram = np.array([[inner(a, b / power) for b in off] for a in off])
        right = [inner(a, residual) - step * inner(b, z) for a, b in zip(off, spans, strict=True)]
        total = 0 * means[0]
        for share, mean in zip(best_shares(gram, np.array(right)), means, strict=True):
            total = total + float(share) * mean
        return total

    def _weighted(self, y: Array) -> Array:
        return y if self.root is None else y * self.root

    def _on_grid(self, y: Array) -> Array:
        """Return the spectrum of data on the grid, zero beside them."""
        whole = zeros(tuple(self.admm.u.shape), self.admm.u)
        whole[self.admm.grid.window] = y
        return self.admm.grid.to_spectrum(whole)

    def _predicted(self, u: Array) -> Array:
        """Return the spectrum of the weighted data of an estimate."""
        grid = self.admm.grid
        Hu = grid.to_signal(grid.to_spectrum(u) * self.admm.otf)
        return self._on_grid(self._weighted(Hu[grid.window]))


def mean_of(us: Sequence[Array]) -> Array:
    """Return the mean of arrays."""
    return sum(us[1:], us[0]) / len(us)


def _with_data(admm: Admm, y: Array) -> Admm:
    """Return a solver of the same problem for other data, with the same estimate."""
    terms = [dataclasses.replace(term, z=None, d=None) for term in admm.terms]
    data = dataclasses.replace(admm.data, y=y)
    return Admm(admm.grid, data, terms, admm.u + 0, admm.rho / data.curvature, admm.unit)


def best_shares(gram: NumpyArray, right: NumpyArray) -> NumpyArray:
    """Return the shares, at least 0 and of sum 1, with the least a.gram.a - 2 right.a.

    `a` are the shares but the first. Few, so that every set of those that are not 0 is tried.
    """
    n = len(right) + 1
    scale = float(np.trace(gram)) or 1.0  # beside the ones of the constraint
    G = np.zeros((n, n))
    G[1:, 1:] = gram / scale
    b = np.array([0.0, *right]) / scale
    best: NumpyArray = np.eye(n)[0]
    least = 0.0
    for size in range(1, n + 1):
        for chosen in itertools.combinations(range(n), size):
            at = np.array(chosen)
            system = np.ones((size + 1, size + 1))
            system[:size, :size], system[size, size] = G[np.ix_(at, at)], 0.0
            found = np.linalg.lstsq(system, np.append(b[at], 1.0), rcond=1e-12)[0][:size]
            if found.min() < 0 or abs(found.sum() - 1) > 1e-6:
                continue
            shares = np.zeros(n)
            shares[at] = found
            value = float(shares @ G @ shares - 2 * b @ shares)
            if value < least:
                best, least = shares, value
    return np.asarray(best)
