"""
A point spread function: measure it, centre it, use it
======================================================

A star, or a bead smaller than the resolution, is a picture of the point spread function. Twenty of
them, moved onto one another and averaged, make one with little noise. It must lose its pedestal,
sum to one, and have its centre where the program looks for it.
"""

import warnings

import numpy as np
from scipy.ndimage import shift

import sigdeconv as sd

# A coma: an asymmetric kernel that no formula of the package has.
true = sd.psf.gaussian((2.2, 1.4), angle=35.0, shape=(17, 17))
true = true + 0.5 * np.roll(sd.psf.gaussian(2.5, ndim=2, shape=(17, 17)), (2, 1), (0, 1))
true /= true.sum()

# %%
# Beads at places that are no whole pixels, on a pedestal, in counts. Each is cut out, moved to its
# centre of gravity, and added.

rng, mean = np.random.default_rng(0), np.zeros((17, 17))
for _ in range(20):
    bead = shift(np.pad(true, 8), rng.uniform(-3, 3, 2), order=3)
    bead = rng.poisson(50 + 20000 * np.maximum(bead, 0)) - 50.0
    light = np.maximum(bead - 15, 0)
    middle = [np.sum(g * light) / light.sum() for g in np.indices(bead.shape)]
    mean += shift(bead, 16 - np.array(middle), order=3)[8:-8, 8:-8] / 20
psf = sd.psf.measured(np.maximum(mean, 0), normalize=True, centre="centroid")
print(f"measured {psf.shape}, error {sd.metrics.nrmse(true, mean / mean.sum()):.3f}")

# %%
# What is wrong with a kernel shows in the result. The package warns of the pedestal and of the
# centre; here both are made on purpose.

warnings.simplefilter("ignore", sd.sanity.SanityWarning)
scene = sd.datasets.astronaut()[:160, 120:300]
obs = sd.simulate(scene, true, noise="poisson:3000", rng=0)
tail = np.pad(psf + 0.002, 4, mode="edge")
wrong = {
    "measured": psf,
    "a formula of its width": sd.psf.gaussian(2.3, ndim=2),
    "pedestal left in": tail / tail.sum(),
    "centre off by (2, 2)": np.pad(psf, ((0, 4), (0, 4))),
    "true": true,
}
shown = {"data": obs.y} | {name: sd.wiener(obs.y, k) for name, k in wrong.items()}
for name, image in shown.items():
    print(f"{name:24} {sd.metrics.psnr(obs.truth_window, image):5.1f} dB")

# %%
kernels = {name: k / k.max() for name, k in wrong.items()}
figure = sd.plots.images(kernels, columns=5, title="kernels")
restored = sd.plots.images(shown, truth=obs.truth_window, columns=3)
