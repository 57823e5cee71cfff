"""The linear estimate under some spectra, and spectra that would make it noise for the most part.

A power law of |f| is the mean of a signal's spectrum. Layers and thin arrays have theirs along few
axes, and what the taper of a few samples smears over the others looks like signal there. The
estimate then amplifies the noise where nothing is. That shows beside the data: an estimate that has
more noise than they have, and differs from them by little else, restored nothing. Its signal is
taken to be weaker until that is over.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Final, final

import numpy as np

from sigdeconv._array import Array, NumpyArray, is_complex, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.grid import (
    fill_holes,
    free_or_like,
    has_free_grid,
    make_periodic_grid,
    mean_weight,
)
from sigdeconv.solvers.quadratic.problem import quadratic_problem
from sigdeconv.solvers.spectra import MOST_RATIO, BinnedPeriodogram, Spectra, SpectraRatio
from sigdeconv.solvers.start import LEVEL_SUM
from sigdeconv.solvers.variational.part import part_of

__all__ = ["LinearEstimate", "linear_estimate", "with_less_noise"]


@final
@dataclasses.dataclass(frozen=True)
class BeliefLimits:
    """Constants of the linear estimate and of what is believed of it.

    Attributes
    ----------
    border : float
        Samples that the data look at over their own number, from which on the border is solved for.
    gap : float
        What the solver may leave, in units of the noise.
    steps : int
        Iterations for that, at most.
    floor : float
        Least |H|^2 that is divided by, as a part of the largest.
    amplified : float
        Variance of the noise in an estimate over that in the data, by the periodogram's bins, from
        which on it is looked at.
    noise : float
        Part of the squared difference to the data, from which on the noise in the estimate is most
        of it. It was 0.87 to 1.1 in estimates that were worse than the data, at most 0.5 in those
        of photographs, strips and stacks that gained by more than a tenth.
    weaker : float
        Factor on the signal's power in one step.
    attempts : int
        Steps, at most.
    """

    border: float = 1.2
    gap: float = 0.1
    steps: int = 50
    floor: float = 1e-12
    amplified: float = 1.0
    noise: float = 0.55
    weaker: float = 10**-0.5
    attempts: int = 5


BELIEVED: Final = BeliefLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class LinearEstimate:
    """Wiener's estimate for some spectra.

    Attributes
    ----------
    mean : ndarray
        On the window.
    variance : float
        Of the signal about it, a sample.
    noise : float
        Variance of the data's noise in it, a sample.
    """

    mean: NumpyArray
    variance: float
    noise: float


def linear_estimate(y: NumpyArray, A: Convolution, law: Spectra) -> LinearEstimate:
    """Return the estimate, the variance of the signal about it, and that of the noise in it."""
    free = A if has_free_grid(A) else free_or_like(A)
    grid = make_periodic_grid(free, y)
    A = grid.A
    gain = np.abs(to_numpy(grid.otf)) ** 2
    f = grid.frequencies.radius
    ratio = np.minimum(law.ratio(f) * mean_weight(A), MOST_RATIO)
    inverse = 1 / np.maximum(gain + ratio, BELIEVED.floor * float(np.max(gain)))
    if math.prod(A.shape) > BELIEVED.border * y.size and A.mask is None and grid.decimation == 1:
        # Most of the error is that of a border which is only continued, where so much is beyond it.
        problem = quadratic_problem(A, y, SpectraRatio(law))
        mean = to_numpy(problem.solve(y, tol=BELIEVED.gap, num_iter=BELIEVED.steps).x)
    else:
        spectrum = to_numpy(grid.to_spectrum(grid.continued(y)))
        spectrum *= np.conj(to_numpy(grid.otf)) * inverse
        mean = to_numpy(grid.on_domain(grid.to_signal(spectrum)))
    weights = grid.frequencies.multiplicity()
    points = float(np.sum(weights + 0 * inverse))
    expected = inverse * weights * law.colour(f)
    variance = law.noise * float(np.sum(expected)) / points
    noise = law.noise * float(np.sum(expected * gain * inverse)) / points
    return LinearEstimate(mean[A.window], variance, noise)


def with_less_noise(law: Spectra, y: Array, A: Convolution, bins: BinnedPeriodogram) -> Spectra:
    """Return spectra whose linear estimate restores more than it amplifies noise.

    Only arrays of several axes, one of them short for the kernel, are looked at, and a part of
    large ones.
    """
    total = float(np.abs(np.sum(A.psf)))
    if (
        bins.untapered is None
        or y.ndim < 2
        or is_complex(y)
        or np.iscomplexobj(A.psf)
        or law.noise <= 0
        or law.amplitude <= 0
        or total < LEVEL_SUM * float(np.sum(np.abs(A.psf)))
    ):
        return law
    share = bins.gain[:, 0] / (bins.gain[:, 0] + law.ratio(bins.f[:, 0])) ** 2 * total**2
    if float(np.average(share, weights=bins.count)) < BELIEVED.amplified:
        return law
    part, B, _ = part_of(to_numpy(fill_holes(y, A.mask)).astype(np.float64), A)
    for _ in range(BELIEVED.attempts):
        found = linear_estimate(part, B, law)
        difference = float(np.mean((found.mean - part / float(np.sum(A.psf))) ** 2))
        if found.noise < max(BELIEVED.noise * difference, law.noise / total**2):
            break
        law = dataclasses.replace(law, amplitude=law.amplitude * BELIEVED.weaker)
    return law
