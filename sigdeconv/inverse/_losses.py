"""Data terms: how badly the blurred estimate z explains the data, sample by sample.

    gaussian   m (z - y)^2 / 2
    poisson    m (z + b - y log(z + b))              Kullback-Leibler, background b
    huber      m h(z - y), quadratic up to `delta`, linear beyond
    l1         m |z - y|

with a weight m of each sample; 0 for one that is dead. A solver uses the proximal map, in closed
form for each: argmin over z of loss(z) + rho (z - v)^2 / 2.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from typing import final

from sigdeconv._array import Array, namespace

__all__ = ["LOSSES", "Absolute", "Huber", "KullbackLeibler", "LeastSquares", "Loss"]

LOSSES = ("gaussian", "poisson", "huber", "l1")


@dataclasses.dataclass(frozen=True, eq=False)
class Loss(abc.ABC):
    """A data term.

    Attributes
    ----------
    y : array
        The data.
    m : array or None
        Weight of each sample; None for one everywhere.
    """

    y: Array
    m: Array | None

    @abc.abstractmethod
    def value(self, z: Array) -> float:
        """Return the sum over the samples."""

    @abc.abstractmethod
    def prox(self, v: Array, rho: float) -> Array:
        """Return the proximal map at `v`."""

    @property
    @abc.abstractmethod
    def curvature(self) -> float:
        """A typical second derivative: a good penalty parameter for the solver."""

    def weighted(self, total: Array) -> float:
        """Return the weighted sum of one number a sample."""
        xp = namespace(total)
        return float(xp.sum(total if self.m is None else total * self.m, dtype=xp.float64))


@final
@dataclasses.dataclass(frozen=True, eq=False)
class LeastSquares(Loss):
    """Half the squared residual: white Gaussian noise."""

    def value(self, z: Array) -> float:
        """Return the sum over the samples."""
        return self.weighted((z - self.y) ** 2) / 2

    def prox(self, v: Array, rho: float) -> Array:
        """Return the mean of data and `v`, weighted by m and rho."""
        if self.m is None:
            z = v * rho
            z += self.y
            z *= 1 / (1 + rho)
            return z
        return (self.m * self.y + rho * v) / (self.m + rho)

    @property
    def curvature(self) -> float:
        """The mean weight of samples that have one."""
        if self.m is None:
            return 1.0
        xp = namespace(self.m)
        live = float(xp.sum(xp.astype(self.m > 0, self.m.dtype)))
        return float(xp.sum(self.m)) / live if live > 0 else 1.0

    def gradient(self, z: Array) -> Array:
        """Return the derivative at `z`."""
        r = z - self.y
        return r if self.m is None else r * self.m


@final
@dataclasses.dataclass(frozen=True, eq=False)
class KullbackLeibler(Loss):
    """Minus the log-likelihood of counts y with the mean z + background, up to a constant."""

    background: Array | float = 0.0

    def value(self, z: Array) -> float:
        """Return the I-divergence, zero where the mean is the data."""
        xp = namespace(z)
        mean = z + self.background
        lit = self.y > 0
        light = xp.where(lit, self.y, xp.ones_like(self.y))
        bright = xp.clip(mean, min=1e-30)
        terms = xp.where(lit, mean - self.y + light * xp.log(light / bright), mean)
        return self.weighted(terms)

    def prox(self, v: Array, rho: float) -> Array:
        """Return the positive root of a quadratic equation."""
        xp = namespace(v)
        m = 1.0 if self.m is None else self.m
        h = (v + self.background - m * (1 / rho)) / 2
        # Below zero there are no counts, but `_weight` moves zeros a little to see what follows.
        root = xp.sqrt(xp.clip(h * h + m * (1 / rho) * self.y, min=0))
        # Where h < 0 the sum would cancel; the other form of the root does not.
        safe = xp.where(root > h, root - h, xp.ones_like(root))
        mean = xp.where(h > 0, h + root, (m * (1 / rho)) * self.y / safe)
        return mean - self.background

    @property
    def curvature(self) -> float:
        """One over the mean of the data: that of a count as large as they are."""
        xp = namespace(self.y)
        level = float(xp.mean(self.y))
        return 1 / level if level > 0 else 1.0


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Huber(Loss):
    """Quadratic for residuals up to `delta`, linear beyond: Gaussian noise with outliers."""

    delta: float = 1.0

    def value(self, z: Array) -> float:
        """Return the sum over the samples."""
        xp = namespace(z)
        r = xp.abs(z - self.y)
        return self.weighted(
            xp.where(r < self.delta, r * r / 2, self.delta * r - self.delta**2 / 2)
        )

    def prox(self, v: Array, rho: float) -> Array:
        """Return the mean of data and `v`, or `v` pulled by the slope of the linear part."""
        xp = namespace(v)
        m = 1.0 if self.m is None else self.m
        r = v - self.y
        near = r / (1 + m * (1 / rho))
        pull = m * (self.delta / rho)
        return self.y + xp.where(xp.abs(near) <= self.delta, near, r - xp.sign(r) * pull)

    @property
    def curvature(self) -> float:
        """One."""
        return 1.0


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Absolute(Loss):
    """The magnitude of the residual: noise with many outliers, such as salt and pepper."""

    def value(self, z: Array) -> float:
        """Return the sum over the samples."""
        return self.weighted(namespace(z).abs(z - self.y))

    def prox(self, v: Array, rho: float) -> Array:
        """Return the residual shortened by m / rho, added to the data."""
        xp = namespace(v)
        m = 1.0 if self.m is None else self.m
        r = v - self.y
        return self.y + xp.sign(r) * xp.clip(xp.abs(r) - m * (1 / rho), min=0)

    @property
    def curvature(self) -> float:
        """One over a tenth of the spread of the data."""
        xp = namespace(self.y)
        spread = math.sqrt(float(xp.mean((self.y - xp.mean(self.y)) ** 2)))
        return 10 / spread if spread > 0 else 1.0
