"""
A lens that blurs its corners
=============================

The PSF is one sample wide in the middle of the field and three in its corners. One kernel for all
of it leaves the corners soft or rings in the middle. ``SpaceVariant`` takes PSFs that were seen
at some places, and makes a sum of few convolutions of them, so that Richardson-Lucy costs a few
times as much and is right everywhere.
"""

import os

import numpy as np

import sigdeconv as sd

n = 64 if os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small" else 192
half = (n - 1) / 2
line = np.linspace(0, n - 1, 5)
places = np.array([(i, j) for i in line for j in line])
widths = 1 + 2 * np.hypot(*(places - half).T) / np.hypot(half, half)
psfs = [sd.psf.gaussian(s, shape=(25, 25)) for s in widths]
A = sd.SpaceVariant(psfs, places, (n, n), modes=4)

# %%
# The data are made with all 25 PSFs, and restored with four modes of them.

every = sd.SpaceVariant(psfs, places, (n, n), modes=25)
page = sd.datasets.coins()[60 : 60 + every.shape[0], 40 : 40 + every.shape[1]]
obs = sd.simulate(page, every, noise="poisson:300", rng=0)
kernels = {"one PSF, sigma 1": sd.psf.gaussian(1.0), "one PSF, sigma 2": sd.psf.gaussian(2.0)}
kernels["four modes"] = A
shown = {"data": obs.y}
for name, psf in kernels.items():
    shown[name] = sd.deconvolve(obs.y, psf, method="richardson_lucy", num_iter=25).x
shown["truth"] = obs.truth_window

# %%
truth = obs.truth_window
quality = {k: sd.metrics.psnr(truth, x) for k, x in shown.items() if k != "truth"}
print({k: f"{v:.2f} dB" for k, v in quality.items()})
figure = sd.plots.images(shown, truth=truth, columns=5)
figure
