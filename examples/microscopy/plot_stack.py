"""
A stack of beads: three dimensions, unequal resolution
======================================================

A microscope resolves less along the optical axis than across it. The same call serves three
dimensions: the kernel says everything.
"""

import os

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
scene = sd.datasets.beads((28, 40, 40) if small else (48, 96, 96))
psf = sd.psf.gaussian((2.5, 1.2, 1.2))
obs = sd.simulate(scene, psf, noise="poisson:300", rng=2)
print(obs)

# %%
comparison = sd.compare(
    obs, methods={"adjoint": {}, "wiener": {}, "richardson_lucy": {"num_iter": 40}}
)
print(comparison)

# %%
# Three orthogonal slices of every estimate.

figure = comparison.plot("stack.png")
