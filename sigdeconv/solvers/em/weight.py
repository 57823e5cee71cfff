"""A weight for a penalty of Richardson-Lucy, from data held out.

The data are split into two independent parts (`sigdeconv.stopping.split`); the method runs on the
first with rising and falling weights, each run from where the last one ended, and the weight whose
estimate predicts the second part best is taken, between the tried ones by a parabola. The search
starts from the weight that noise of standard deviation s in data of mean m asks for, c s / m: the
slope of the penalty against that of the likelihood. The first part has more noise than the whole
data, so the weight found is multiplied by the root of its share of the light. A weight has no unit,
so that of large data is found on the part of them that varies most.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import final

import numpy as np

from sigdeconv._array import Array, namespace
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.em.acceleration import HeavyBall
from sigdeconv.solvers.em.part import on_part, telling_part
from sigdeconv.solvers.em.run import em_iteration
from sigdeconv.solvers.em.settings import EMSettings, Views
from sigdeconv.stopping import FRACTION, mismatch, split

__all__ = ["find_em_weight"]


@final
@dataclasses.dataclass(frozen=True)
class HeldOutSearch:
    """Constants of the search; benchmarks/richardson_lucy_quality.py is what they were chosen on.

    Attributes
    ----------
    factor : float
        Between weights that are tried.
    reach : int
        Factors away from the first weight, at most.
    steps : int
        Iterations of a trial.
    most_samples : int
        Samples from which on a part is enough.
    """

    factor: float = 2.0
    reach: int = 10
    steps: int = 30
    most_samples: int = 2**19


HELD_OUT = HeldOutSearch()


def find_em_weight(views: Views, settings: EMSettings) -> float:
    """Return the weight with which data held out are predicted best.

    Parameters
    ----------
    views : list of (data, operator)
        Observations of one scene; their number stays, the first is split.
    settings : EMSettings
        Of the run, with its penalty but for the weight; the trials are accelerated.
    """
    penalty = settings.regularization
    assert penalty is not None
    settings = dataclasses.replace(settings, acceleration=HeavyBall(), start=None)
    part = telling_part(views, HELD_OUT.most_samples, HELD_OUT.most_samples)
    views, settings = on_part(views, settings, part)
    y, A = views[0]
    xp = namespace(y)
    first_part, held_out = split(y, FRACTION, 0)
    difference = A.weigh(first_part - held_out)
    variance = FRACTION * (1 - FRACTION) * float(xp.mean(difference**2))
    mean = float(xp.mean(A.weigh(y)))
    if variance <= 0 or mean <= 0:
        return 0.0  # no noise, no penalty
    others = [(split(z, FRACTION, k)[0], B) for k, (z, B) in enumerate(views[1:], 1)]
    trials = _Trials(
        [(first_part, A), *others],
        A.weigh(held_out),
        settings,
        penalty.first_weight * math.sqrt(variance / FRACTION) / mean,
    )
    return trials.best() * math.sqrt(FRACTION)


@final
class _Trials:
    """Runs with rising and falling weights, each from where the last one ended."""

    def __init__(self, views: Views, held_out: Array, settings: EMSettings, first: float) -> None:
        self.views, self.held_out, self.settings, self.first = views, held_out, settings, first
        self.found: dict[int, float] = {}
        self._last: Array | None = None

    def misfit(self, k: int) -> float:
        """Return how badly the weight k factors from the first predicts the data held out."""
        if k not in self.found:
            weight = self.first * HELD_OUT.factor**k
            settings = dataclasses.replace(self.settings, weight=weight, start=self._last)
            steps = em_iteration(self.views, settings)
            x, Ax = next(itertools.islice(steps, HELD_OUT.steps, None))
            A = self.views[0][1]
            kernel = A.psf if isinstance(A, Convolution) else np.ones((1,) * len(A.out_shape))
            self.found[k] = mismatch(self.held_out, Ax, kernel)
            self._last = x
        return self.found[k]

    def best(self) -> float:
        """Return the weight of the least misfit, between the tried ones by a parabola."""
        at = 0
        for direction in (1, -1):
            while abs(at) < HELD_OUT.reach and self.misfit(at + direction) < self.misfit(at):
                at += direction
            if at:
                break
        low, middle, high = (self.misfit(at + k) for k in (-1, 0, 1))
        bend = low - 2 * middle + high
        offset = float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5)) if bend > 0 else 0.0
        return float(self.first * HELD_OUT.factor ** (at + offset))
