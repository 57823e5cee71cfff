"""Block matching plugged in: the schedule for a denoiser whose inside is known.

    u = argmin |A u - y|^2 + w (s / sigma)^2 |u - v|^2,     v = threshold(u, sigma)

A general denoiser (`plug_in`) is told less and less noise until that of the data. Here sigma stops
at a few hundredths of the contrast, and the weight w of the prior is what counts: with a threshold
t sigma the fixed points are those of a penalty w t^2 / 2 for each coefficient kept, in units of the
noise variance s^2, whatever sigma. So w is no free parameter: it is the least one with which the
data step lets through so little noise that the threshold removes it,

    s^2 mean(P / (P + rho)^2) <= (level sigma)^2,     P = |H|^2,   rho = w (s / sigma)^2

within bounds. The grid of blocks is moved at random (with a fixed seed) whenever groups are
searched anew, so that no border of a block is seen twice at one place. The last data step has a
smaller weight, for textures that the threshold has dropped; both passes of the denoiser, told the
noise that this step lets through, end it.
The idea is that of Danielyan, Katkovnik & Egiazarian (2012, doi:10.1109/TIP.2011.2176954), who
alternate a threshold on fixed groups with the data step; schedule, weight and groups differ.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import final

import numpy as np

from sigdeconv._array import Array, NumpyArray, like, namespace, to_numpy
from sigdeconv.priors.block_matching import BlockFilter
from sigdeconv.solvers.grid import mean_weight
from sigdeconv.solvers.variational.admm import Admm
from sigdeconv.solvers.variational.grid import VariationalGrid
from sigdeconv.solvers.variational.half_quadratic import DENOISED, Shrink, half_quadratic
from sigdeconv.solvers.variational.problem import spread_of

__all__ = ["BlockSchedule", "collaborate"]


@final
@dataclasses.dataclass(frozen=True)
class BlockSchedule:
    """Constants of the iteration, tuned on the photographs that benchmarks/blocks.py names.

    Attributes
    ----------
    contrast : float
        First sigma, in standard deviations of the data.
    end : float
        Last sigma, likewise, at least; what the kernel passes of the noise otherwise.
    falling, staying : int
        Iterations with falling sigma, and with the last one.
    renewed : int
        Iterations from one search of groups to the next.
    least, most : float
        Bounds of the weight of the prior. With 1/4 even the noisiest frequency stays at sigma.
    level : float
        Noise that the data step may let through, in units of sigma.
    last : float
        Weight of the last data step, in units of that before.
    mixed : float
        Share of the Wiener pass whose pilot is that of the stage before.
    last_count : int
        Blocks in a group of the Wiener pass.
    """

    contrast: float = 0.7
    end: float = 0.05
    falling: int = 16
    staying: int = 8
    renewed: int = 2
    least: float = 0.2
    most: float = 0.4
    level: float = 0.4
    last: float = 0.5
    mixed: float = 0.5
    last_count: int = 32


SCHEDULE = BlockSchedule()
# Lines have fewer blocks that are alike, and gain by more and smaller steps.
BY_AXES = {
    1: dataclasses.replace(SCHEDULE, falling=24, staying=16, renewed=1, last=1.0, mixed=0.0),
    3: dataclasses.replace(SCHEDULE, last=0.35, mixed=0.0),
}


@final
class DataStep:
    """What the quadratic step lets through of the noise, in units of the estimate.

    Parameters
    ----------
    grid : VariationalGrid
        The grid.
    std : float
        Standard deviation of the noise in the data.
    """

    def __init__(self, grid: VariationalGrid, std: float) -> None:
        self.periodic, self.size = grid.periodic, grid.size
        otf = grid.periodic.otf / grid.size
        xp = namespace(otf)
        self.power = (xp.real(otf) ** 2 + xp.imag(otf) ** 2) / grid.periodic.decimation
        self.std = std / grid.size
        self.norm = math.sqrt(self._mean(self.power))

    def _mean(self, spectrum: Array) -> float:
        ones = namespace(spectrum).ones_like(spectrum)
        return self.periodic.inner(spectrum, ones) / math.prod(self.periodic.shape)

    def noise(self, rho: float) -> float:
        """Return the standard deviation of the noise in the estimate; `rho` in units of |H|^2."""
        return self.std * math.sqrt(self._mean(self.power / (self.power + rho) ** 2))

    def weight(self, sigma: float) -> float:
        """Return the least weight that lets through no more than the threshold removes."""
        least, most = SCHEDULE.least, SCHEDULE.most
        unit = (self.std / sigma) ** 2
        if self.noise(least * unit) <= SCHEDULE.level * sigma:
            return least
        if self.noise(most * unit) > SCHEDULE.level * sigma:
            return most
        for _ in range(12):  # bisection
            middle = (least + most) / 2
            enough = self.noise(middle * unit) <= SCHEDULE.level * sigma
            least, most = (least, middle) if enough else (middle, most)
        return most


@final
class GridBlocks:
    """The filter for signals on a grid: of the domain alone; several channels share the groups.

    Parameters
    ----------
    grid : VariationalGrid
        The grid.
    """

    def __init__(self, grid: VariationalGrid) -> None:
        self.grid = grid
        # Mirrored for a periodic boundary too: the two ends of a photograph are no neighbours.
        self.filter = BlockFilter(grid.A.shape)
        self.rng = np.random.default_rng(0)
        self.last: NumpyArray | None = None  # what the threshold left

    def channels(self, u: Array) -> NumpyArray:
        """Return the domain of a signal, with one axis of channels."""
        return to_numpy(self.grid.domain_of(u)).reshape(-1, *self.grid.A.shape)

    def regroup(self, x: NumpyArray, count: int | None = None) -> None:
        """Search the groups in the mean of the channels, at random offsets of the grid."""
        shift = tuple(int(self.rng.integers(s)) for s in self.filter.step)
        self.filter.regroup(x.mean(axis=0), shift, count)

    def threshold(self, u: Array, sigma: float, renew: bool, falling: bool) -> Array:
        """Return a signal without small coefficients."""
        x = self.channels(u)
        if renew:
            self.regroup(x if falling or self.last is None else self.last)
        self.last = np.stack([self.filter.threshold(a, sigma) for a in x])
        return self.on_grid(self.last, u)

    def both(self, u: Array, sigma: float, mixed: float) -> Array:
        """Return a signal without noise of deviation `sigma`, by threshold and Wiener filter.

        The part `mixed` of it has the power of what the threshold left in the stage before, which
        is cleaner, and has less texture.
        """
        x = self.channels(u)
        before = x if self.last is None else self.last
        self.regroup(before)
        pilot = np.stack([self.filter.threshold(a, sigma) for a in x])
        total = np.zeros_like(x)
        for share, powers in ((1 - mixed, pilot), (mixed, before)):
            if share > 0:
                self.regroup(powers, SCHEDULE.last_count)
                found = [self.filter.wiener(a, sigma, b) for a, b in zip(x, powers, strict=True)]
                total += share * np.stack(found)
        return self.on_grid(total, u)

    def on_grid(self, x: NumpyArray, u: Array) -> Array:
        """Return channels on the grid; what lies beyond the domain stays that of `u`."""
        domain = self.grid.domain_of(u)
        found = like(x.reshape(tuple(domain.shape)), u)
        if self.grid.constrained:
            return self.grid.extend(found)
        z = u + 0
        self.grid.domain_of(z)[...] = found
        return z


def collaborate(admm: Admm, weight: float | None, noise: float) -> Iterator[tuple[Array, Array]]:
    """Yield estimates with block matching as the prior.

    Parameters
    ----------
    admm : Admm
        The solver, whose first term is the identity; it goes on from its estimate.
    weight : float or None
        Weight of the prior; None for that of the data step.
    noise : float
        Standard deviation of the noise.
    """
    grid = admm.grid
    plan = BY_AXES.get(len(grid.shape), SCHEDULE)
    spread = spread_of(admm.data.y) / grid.size
    std = max(noise, 1e-3 * plan.contrast * spread * grid.size, 1e-15 * grid.size)
    step, blocks = DataStep(grid, std), GridBlocks(grid)
    end = max(plan.end * spread, step.std * step.norm)
    first = max(plan.contrast * spread, end)
    falls = np.arange(plan.falling) / (plan.falling - 1)
    sigmas = [float(s) for s in first * (end / first) ** falls] + [end] * plan.staying
    wanted = [step.weight(s) if weight is None else weight for s in sigmas]
    rhos = [w * (step.std / s) ** 2 for w, s in zip(wanted, sigmas, strict=True)]
    last = plan.last * rhos[-1]

    def shrink(k: int, sigma: float) -> Shrink:
        renew, falling = k % plan.renewed == 0, k < plan.falling
        return lambda v: blocks.threshold(v[0, ...], sigma, renew, falling)[None, ...]

    def stages() -> Iterator[tuple[float, Shrink]]:
        scale = mean_weight(grid.A) * grid.size**2
        yield rhos[0] * scale, lambda v: v + 0
        for k, (sigma, rho) in enumerate(zip(sigmas, [*rhos[1:], last], strict=True)):
            yield rho * scale, shrink(k, sigma)

    yield from half_quadratic(admm, stages(), std, DENOISED)
    admm.replace(blocks.both(admm.u, step.noise(last), plan.mixed))
    yield admm.u, admm.Hu
