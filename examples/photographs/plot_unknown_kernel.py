"""
A photograph out of focus, and nobody knows by how much
=======================================================

The blur multiplies the spectrum of the scene. What scenes have in common, a spectrum that falls
off as a power of frequency, is enough to find the radius of the disk from the picture alone.
"""

import warnings

import numpy as np

import sigdeconv as sd

warnings.simplefilter("ignore", sd.sanity.SanityWarning)  # wrong kernels are made on purpose below
scene = sd.datasets.camera()[60:316, 120:376]
obs = sd.simulate(scene, sd.psf.disk(3.6), noise=0.005, rng=0)

# %%
# The family of kernels is not given either. The result says how well the radius is known.

found = sd.psf.estimate(obs.y)
print(found)
figure = found.plot()

# %%
# The restoration, beside the one with the true kernel and those with a wrong one.

radius = found.parameters.get("radius", 3.6)
kernels = {
    "true kernel": sd.psf.disk(3.6),
    "from the data": found.psf,
    "radius 20 % too large": sd.psf.disk(1.2 * radius),
    "radius 20 % too small": sd.psf.disk(0.8 * radius),
}
shown = {"data": obs.y} | {name: sd.wiener(obs.y, psf) for name, psf in kernels.items()}
for name, image in shown.items():
    print(f"{name:24} {sd.metrics.psnr(obs.truth_window, image):5.1f} dB")
restored = sd.plots.images(shown, truth=obs.truth_window, columns=3)

# %%
# A sharp picture is told from a blurred one. The warning is what a user sees.

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    noisy = scene + 0.005 * np.random.default_rng(0).standard_normal(scene.shape)
    sd.deconvolve(noisy, "auto", method="wiener")
print(said[0].message)
