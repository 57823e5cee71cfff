"""Block matching plugged in: the schedule for a denoiser whose inside is known.

    u = argmin |A u - y|^2 + w (s / sigma)^2 |u - v|^2,     v = threshold(u, sigma)

A general denoiser (`plug_in`) is told less and less noise until that of the data. Here sigma stops
at a few hundredths of the contrast, and the weight w of the prior is what counts: with a threshold
t sigma the fixed points are those of a penalty w t^2 / 2 for each coefficient kept, in units of the
noise variance s^2, whatever sigma. So w is no free parameter: it is the least one with which the
data step lets through so little noise that the threshold removes it,

    s^2 mean(P / (P + rho)^2) <= (level sigma)^2,     P = |H|^2,   rho = w (s / sigma)^2

within bounds. The grid of blocks is moved at random (with a fixed seed) whenever groups are
searched anew, so that no border of a block is seen twice at one place. The whole is done twice,
with noise of opposite sign added to the data (`antithetic`). Three endings are mixed such that the
predicted error is least: the mean of the last estimates; a data step of a smaller weight, for
textures that the threshold has dropped, and a Wiener filter with that mean as its pilot; and one of
still less weight, whose pilot is what the threshold leaves of it, for scenes full of texture. The
filters are told the noise that their data step lets through, the last one a little more.
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
from sigdeconv.solvers.variational.antithetic import AntitheticPair, Several, mean_of
from sigdeconv.solvers.variational.grid import VariationalGrid
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
        Iterations with falling sigma, and with the last one, whose mean is taken but for the first.
    renewed : int
        Iterations from one search of groups to the next.
    least, most : float
        Bounds of the weight of the prior. With 1/4 even the noisiest frequency stays at sigma.
    level : float
        Noise that the data step may let through, in units of sigma.
    smooth, rough : float
        Weight of the data step before each of the two endings, in units of that before.
    told : float
        Noise that the rough ending is told, in units of that which is let through: it is not white.
    last_count : int
        Blocks in a group of the endings.
    tau : float
        Noise that is added to the data and taken from them, in units of theirs. From 0.2 to 0.4
        results differ by 0.02 dB; less feels the jumps of the threshold, more costs resolution. 0:
        all is done once, and the rough ending is the only one.
    """

    contrast: float = 0.7
    end: float = 0.05
    falling: int = 14
    staying: int = 6
    renewed: int = 2
    least: float = 0.25
    most: float = 0.45
    level: float = 0.4
    smooth: float = 0.25
    rough: float = 0.05
    told: float = 1.4
    last_count: int = 32
    tau: float = 0.4


SCHEDULE = BlockSchedule()
# Lines and stacks have fewer blocks that are alike, and their smallest details are lost in more
# noise. Lines gain by more and smaller steps.
ONCE = dataclasses.replace(
    SCHEDULE, falling=16, staying=8, least=0.2, most=0.4, rough=0.35, told=1.0, tau=0.0
)
BY_AXES = {
    1: dataclasses.replace(ONCE, falling=24, staying=16, renewed=1, rough=1.0),
    3: ONCE,
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

    def weight(self, sigma: float, plan: BlockSchedule = SCHEDULE) -> float:
        """Return the least weight that lets through no more than the threshold removes."""
        least, most = plan.least, plan.most
        unit = (self.std / sigma) ** 2
        if self.noise(least * unit) <= plan.level * sigma:
            return least
        if self.noise(most * unit) > plan.level * sigma:
            return most
        for _ in range(12):  # bisection
            middle = (least + most) / 2
            enough = self.noise(middle * unit) <= plan.level * sigma
            least, most = (least, middle) if enough else (middle, most)
        return most


@final
class GridBlocks:
    """The filter for signals on a grid: of the domain alone; several signals share the groups.

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

    def channels(self, u: Array) -> NumpyArray:
        """Return the domain of a signal, with one axis of channels."""
        return to_numpy(self.grid.domain_of(u)).reshape(-1, *self.grid.A.shape)

    def regroup(self, us: Several, count: int | None = None) -> None:
        """Search the groups in the mean of all channels, at random offsets of the grid."""
        shift = tuple(int(self.rng.integers(s)) for s in self.filter.step)
        mean = np.concatenate([self.channels(u) for u in us]).mean(axis=0)
        self.filter.regroup(mean, shift, count)

    def threshold(self, us: Several, sigma: float) -> Several:
        """Return signals without small coefficients."""
        return tuple(
            self.on_grid([self.filter.threshold(a, sigma) for a in self.channels(u)], u) for u in us
        )

    def wiener(self, us: Several, sigma: float, pilots: Several) -> Several:
        """Return signals shrunk by the power of others."""

        def shrunk(u: Array, pilot: Array) -> Array:
            parts = zip(self.channels(u), self.channels(pilot), strict=True)
            return self.on_grid([self.filter.wiener(a, sigma, b) for a, b in parts], u)

        return tuple(shrunk(u, pilot) for u, pilot in zip(us, pilots, strict=True))

    def on_grid(self, channels: list[NumpyArray], u: Array) -> Array:
        """Return channels on the grid; what lies beyond the domain stays that of `u`."""
        domain = self.grid.domain_of(u)
        found = like(np.stack(channels).reshape(tuple(domain.shape)), u)
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
    step, blocks, pair = DataStep(grid, std), GridBlocks(grid), AntitheticPair(admm, std, plan.tau)
    end = max(plan.end * spread, step.std * step.norm)
    first = max(plan.contrast * spread, end)
    falls = np.arange(plan.falling) / (plan.falling - 1)
    sigmas = [float(s) for s in first * (end / first) ** falls] + [end] * plan.staying
    wanted = [step.weight(s, plan) if weight is None else weight for s in sigmas]
    rhos = [w * (step.std / s) ** 2 for w, s in zip(wanted, sigmas, strict=True)]
    scale = mean_weight(grid.A) * grid.size**2
    u = pair.solve(rhos[0] * scale, pair.estimates)
    yield pair.show()
    v, late = u, list[Several]()
    for k, (sigma, rho) in enumerate(zip(sigmas, [*rhos[1:], rhos[-1]], strict=True)):
        if k % plan.renewed == 0:
            blocks.regroup(u if k < plan.falling else v)
        v = blocks.threshold(u, sigma)
        late = [*late, v] if k > plan.falling else []
        u = pair.solve(rho * scale, v)
        yield pair.show()
    kept = tuple(mean_of(us) for us in zip(*late, strict=True)) if plan.tau > 0 else v
    yield _ended(pair, blocks, step, plan, kept, rhos[-1])


def _ended(
    pair: AntitheticPair, blocks: GridBlocks, step: DataStep, plan: BlockSchedule, kept: Several,
    rho: float,
) -> tuple[Array, Array]:  # fmt: skip
    """Return the estimate and its data after the endings, from what the threshold kept."""
    grid = pair.admm.grid
    size, scale = grid.size**2, mean_weight(grid.A) * grid.size**2
    blocks.regroup(kept, plan.last_count if plan.tau > 0 else None)
    found = []
    if plan.tau > 0:
        u = pair.solve(plan.smooth * rho * scale, kept)
        found = [kept, blocks.wiener(u, step.noise(plan.smooth * rho), kept)]
    u = pair.solve(plan.rough * rho * scale, kept)
    told = plan.told * step.noise(plan.rough * rho)
    pilots = blocks.threshold(u, told)
    if plan.tau == 0:
        blocks.regroup(pilots, plan.last_count)
    found.append(blocks.wiener(u, told, pilots))
    pair.admm.replace(pair.mixture(found, rho * size) if plan.tau > 0 else found[0][0])
    return pair.admm.u, pair.admm.Hu
