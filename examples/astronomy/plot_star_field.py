"""
A star field: the kernel from its own stars, and the field restored
====================================================================

Nobody has measured the seeing of this exposure, but every star is a picture of it. ``from_points``
finds the stars, leaves out those that touch others or the border, fits one kernel to all the rest
with their centres to a fraction of a sample, and Richardson-Lucy separates what the air has merged.
"""

import os

import numpy as np
from scipy.ndimage import gaussian_filter

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
side, number = (160, 30) if small else (288, 60)

# Stars of all brightnesses at random, some of them pairs; an elliptical seeing; counts and a sky.
rng = np.random.default_rng(4)
scene = np.full((side, side), 2.0)
places = rng.integers(14, side - 14, (number, 2))
places[: number // 5] = places[-(number // 5) :] + rng.integers(2, 4, (number // 5, 2))
np.add.at(scene, tuple(places.T), 10 ** rng.uniform(3.4, 5.0, number))
seeing = sd.psf.gaussian((2.3, 1.7), angle=30.0, shape=(25, 25)) * 0.7 + 0.3 * sd.psf.moffat(
    4.0, shape=(25, 25)
)
obs = sd.simulate(scene, seeing, noise=sd.Poisson(gain=1.0), rng=1)

# %%
# The kernel, what it was made of, and how far it is from the true one.

found = sd.psf.from_points(obs.y, size=25)
print(found)
print(f"L1 distance from the true kernel: {np.abs(found.psf - seeing).sum():.3f}")
figure = found.plot()

# %%
# The field, restored; a corner, with the root of the brightness so that faint stars are seen.
kernel = sd.psf.measured(found.psf, normalize=True, centre="middle", nonnegative=True)
num_iter = 40 if small else 100
restored = {
    "a round Gaussian": sd.richardson_lucy(obs.y, sd.psf.gaussian(2.0), num_iter=num_iter),
    "from the stars": sd.richardson_lucy(obs.y, kernel, num_iter=num_iter),
    "the true kernel": sd.richardson_lucy(obs.y, seeing, num_iter=num_iter),
}
corner = (slice(20, 180), slice(20, 180))


def shown(image):
    """Return a corner of a field of stars: a little wider than points, they can be seen."""
    return np.sqrt(np.maximum(gaussian_filter(image, 0.7)[corner], 0))


panels = {name: shown(image) for name, image in ({"data": obs.y} | restored).items()}
reference = shown(obs.truth_window)
for name, image in panels.items():
    print(f"{name:18} {sd.metrics.psnr(reference, image):5.1f} dB")
pictures = sd.plots.images(panels | {"truth": reference}, truth=reference, columns=5)
