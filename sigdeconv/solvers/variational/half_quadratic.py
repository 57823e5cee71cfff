"""Half-quadratic splitting, for penalties that are not convex and for denoisers.

    minimise over u, z   |m (W H u - y)|^2 / 2 + w phi(z) + rho |L u - z|^2 / 2,     rho growing

In turn: z by the proximal map at L u, u by the quadratic problem with z held (Geman & Yang 1995,
doi:10.1109/83.392335; for gradients of photographs Krishnan & Fergus 2009). A small rho keeps the
problem smooth and blind to detail, a large one ties z to the estimate; growing fast enough, it
leads past the poor minima near the data, into which the alternating direction method falls. The
stages are few and their number is fixed, so nothing can diverge.

The quadratic problem is diagonal where the window is the whole grid. Where the signal beyond the
window is free, preconditioned conjugate gradients go on from the stage before; where a boundary
ties it, a few alternating directions do.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import final

from sigdeconv._array import Array, like, namespace, real_dtype, zeros
from sigdeconv.solvers.conjugate_gradients import conjugate_gradients
from sigdeconv.solvers.variational.admm import Admm
from sigdeconv.solvers.variational.grid import with_mean

__all__ = ["DENOISED", "Accuracy", "Shrink", "anneal", "half_quadratic", "plug_in", "settle"]


@final
@dataclasses.dataclass(frozen=True)
class Accuracy:
    """Where conjugate gradients stop in a stage.

    Attributes
    ----------
    error : float
        Error that they may leave, as a fraction of the noise.
    num_iter : int
        Most of them: a guard, seldom reached.
    """

    error: float
    num_iter: int


# What is left is a mean over the grid, but it sits in the outermost samples, which a kernel with a
# long tail barely sees, and a denoiser takes them for true: so its stages are solved further. See
# the windowed scenes of benchmarks/blocks.py.
DENOISED = Accuracy(0.002, 400)


@final
@dataclasses.dataclass(frozen=True)
class HalfQuadraticStages:
    """Constants of the stages, each chosen by eye.

    benchmarks/variational.py (circular) measures what comes of them together.

    Attributes
    ----------
    stages : int
        Of a prior that is not convex.
    fall : float
        Of the threshold from one stage to the next.
    denoisings : int
        Stages of a denoiser.
    directions : int
        Alternating directions in a stage, for a constrained boundary.
    num_iter : int
        Most conjugate gradients in a stage of a prior that is not convex: a guard, seldom reached.
    error : float
        Error that they may leave, as a fraction of the noise.
    """

    stages: int = 20
    fall: float = 1.4
    denoisings: int = 12
    directions: int = 6
    num_iter: int = 80
    error: float = 0.012


STAGES = HalfQuadraticStages()

Shrink = Callable[[Array], Array]


def half_quadratic(
    admm: Admm,
    stages: Iterable[tuple[float, Shrink]],
    noise: float,
    accuracy: Accuracy | None = None,
) -> Iterator[tuple[Array, Array]]:
    """Yield the estimate and its data, on the grid, after every stage.

    Parameters
    ----------
    admm : Admm
        The solver, whose first term has the map L; it goes on from its estimate.
    stages : iterable of (rho, callable)
        The penalty of each stage, and what turns L u into z.
    noise : float
        Standard deviation of the noise.
    accuracy : Accuracy, optional
        Of conjugate gradients; by default that of priors that are not convex.
    """
    term, grid = admm.terms[0], admm.grid
    accuracy = accuracy or Accuracy(STAGES.error, STAGES.num_iter)
    for rho, shrink in stages:
        u = grid.to_spectrum(admm.u) if term.map.in_spectrum else admm.u
        Lu = term.map.forward(u)
        settle(admm, rho, term.released(shrink(Lu), Lu), noise, accuracy)
        yield admm.u, admm.Hu


def settle(admm: Admm, rho: float, z: Array, noise: float, accuracy: Accuracy) -> None:
    """Minimise over u with the copy `z` of the first term held, at the penalty `rho`."""
    term, constrained = admm.terms[0], admm.grid.constrained
    term.held, term.z, term.d, term.rho = True, z, 0 * z, rho
    if admm.direct or constrained:
        admm.prepare()
        for _ in range(STAGES.directions if constrained else 1):
            admm.step()
    else:
        _solve(admm, noise, accuracy)


def _solve(admm: Admm, noise: float, accuracy: Accuracy) -> None:
    """Minimise over u with z held, by conjugate gradients in Fourier coordinates."""
    grid, term, data = admm.grid, admm.terms[0], admm.data
    xp, otf = namespace(admm.u), admm.otf
    back = xp.conj(otf)
    gain = like(term.rho * with_mean(grid.A, term.map.gain), xp.real(otf))
    mean = 1.0 if data.m is None else float(xp.sum(data.m)) / max(float(xp.sum(data.m > 0)), 1.0)
    total = mean * xp.real(otf * back) + gain
    inverse = 1 / xp.clip(total, min=1e-12 * float(xp.max(total)))

    def window(y: Array) -> Array:
        """Return H* of weighted data."""
        whole = zeros(tuple(admm.u.shape), admm.u)
        whole[grid.window] = y if data.m is None else y * data.m
        return grid.to_spectrum(whole) * back

    def normal(s: Array) -> Array:
        return window(grid.to_signal(s * otf)[grid.window]) + gain * s

    pulled = term.pull()
    pulled = pulled if term.map.in_spectrum else grid.to_spectrum(pulled)
    right = window(data.y) + term.rho * pulled
    eps = float(xp.finfo(real_dtype(admm.u)).eps)
    level = mean * (noise**2 + eps**2 * float(xp.mean(data.y**2)))
    scale = level * math.prod(data.y.shape) * math.prod(grid.shape)  # transforms are not unitary
    start = grid.to_spectrum(admm.u)
    found = conjugate_gradients(
        normal, right - normal(start), start, lambda r: r * inverse, grid.periodic.inner,
        scale, accuracy.error, accuracy.num_iter,
    )  # fmt: skip
    admm.Hu = grid.to_signal(found.x * otf)
    admm.u = grid.to_signal(found.x)


def _at(prox: Callable[[Array, float], Array], step: float) -> Shrink:
    """Return a proximal map of one step."""
    return lambda v: prox(v, step)


def anneal(
    admm: Admm, prox: Callable[[Array, float], Array], weight: float, exponent: float,
    largest: float, noise: float,
) -> Iterator[tuple[Array, Array]]:  # fmt: skip
    """Yield estimates for the penalty w |d|^p, whose proximal map zeroes |d| below a threshold.

    The threshold is of the size (w / rho)^(1 / (2 - p)). It falls from `largest` to a thousandth.
    """

    def stages() -> Iterator[tuple[float, Shrink]]:
        for k in range(STAGES.stages):
            threshold = max(largest * STAGES.fall**-k, 1e-30)  # single precision ends at 1e-38
            rho = weight * threshold ** (exponent - 2)
            yield rho, _at(prox, weight / rho)

    return half_quadratic(admm, stages(), noise)


def plug_in(
    admm: Admm, denoise: Callable[[Array, float], Array], weight: float, largest: float,
    noise: float,
) -> Iterator[tuple[Array, Array]]:  # fmt: skip
    """Yield estimates with a denoiser, ``denoise(v, variance)``, in the place of a proximal map.

    The deviation that it is told falls from `largest` to that of the noise, in the units of the
    estimate; the last of its results is the last estimate.
    """
    size = admm.grid.size
    std = max(noise / size, 1e-3 * largest, 1e-15)  # its square is a number in single precision
    ratio = min(std / largest, 1.0) if largest > 0 else 1.0
    sigmas = [std * ratio ** (k / (STAGES.denoisings - 1) - 1) for k in range(STAGES.denoisings)]

    def stages() -> Iterator[tuple[float, Shrink]]:
        # What a stage lets through of the noise, the next one is told to remove.
        for told, sigma in itertools.pairwise([sigmas[0], *sigmas]):
            rho = weight * (size * std / sigma) ** 2
            yield rho, _at(denoise, told**2)

    yield from half_quadratic(admm, stages(), size * std, DENOISED)
    admm.replace(denoise(admm.u[None, ...], std**2)[0, ...])
    yield admm.u, admm.Hu
