"""
Beads in three dimensions: edges in voxels that are not cubes
=============================================================

A stack of fluorescent beads, filaments and shells, with planes two and a half times as far apart as
the pixels. ``spacing`` tells the total variation so: a step between two planes is a slope over a
longer way. Counts have the Poisson likelihood. Richardson-Lucy, which knows no edges, stops by
itself.
"""

import os

import numpy as np

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
scene = 0.05 + sd.datasets.beads((20, 40, 40) if small else (36, 96, 96), count=24, rng=4)
psf = sd.psf.gaussian((1.6, 1.5, 1.5))
obs = sd.simulate(scene, psf, noise="poisson:200", rng=0)
y, truth = obs.y, obs.truth_window

# %%
counts = {"loss": "poisson", "spacing": (2.5, 1.0, 1.0), "nonnegative": True}
restored = {
    "data": y,
    "Richardson-Lucy": sd.deconvolve(y, psf, method="richardson_lucy", stop="auto").x,
    "total variation": sd.tv(y, psf, **counts),
    "truth": truth,
}
captions = {name: f"\n{sd.metrics.psnr(truth, x):.1f} dB" for name, x in restored.items()}
captions["truth"] = ""

# %%
# Above, the brightest voxel along the axis; below, a cut through the middle with the planes as far
# apart as they are.
middle = int(np.argmax(truth.sum(axis=(0, 2))))
shown = {name + captions[name]: x.max(axis=0) for name, x in restored.items()}
cuts = {f"{name}, cut": np.repeat(x[:, middle], 5, axis=0)[::2] for name, x in restored.items()}
with sd.plots.style.context():
    figure = sd.plots.style.figure(3.9)
    axes = figure.subplots(2, 4, height_ratios=[1, 0.9]).ravel()
    for place, (name, image) in zip(axes, (shown | cuts).items(), strict=True):
        place.imshow(image, cmap="gray", vmin=0, vmax=0.8 * truth.max())
        place.set_title(name)
        place.axis("off")
figure
