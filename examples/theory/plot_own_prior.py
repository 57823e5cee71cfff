"""
A prior of your own in ten lines
================================

Most of a page is paper: few samples differ from its level, and none is brighter. That is a record
with a value and a proximal map; weight, engine and noise are the package's. Priors add up, so
that total variation can hold the strokes of the letters together.
"""

import dataclasses

import numpy as np

import sigdeconv as sd
from sigdeconv.priors import TV, Prior


@dataclasses.dataclass(frozen=True)
class Paper(Prior):
    """Few samples differ from a level, and none is above it."""

    level: float = 1.0

    def value(self, c):
        return float(np.sum(np.abs(self.level - c)))

    def prox(self, c, step):
        return np.minimum(c + step, self.level)


# %%
page = np.clip(sd.datasets.page()[60:124, 40:136] / 0.75, 0, 1)
obs = sd.simulate(page, sd.psf.gaussian(1.4), noise=0.02, rng=0)
shown = {"data": obs.y}
shown["total variation"] = sd.variational(obs.y, obs.A, prior=TV())
shown["and paper"] = sd.variational(obs.y, obs.A, prior=TV() + 0.3 * Paper())
shown["truth"] = obs.truth_window

# %%
figure = sd.plots.images(shown, truth=obs.truth_window, limits=(0, 1), columns=4)
figure
