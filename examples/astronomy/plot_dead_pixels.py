"""
Dead and saturated pixels: say which samples not to believe
===========================================================

A restoring filter spreads every sample over its neighbours, a dead or a clipped one too. With a
mask such samples have no say, and the scene behind them is restored from what their neighbours saw
of it: the blur has put it there.
"""

import warnings

import numpy as np

import sigdeconv as sd

psf = sd.psf.moffat(5.0, 3.0)
obs = sd.simulate(sd.datasets.hubble()[380:660, 620:900], psf, noise="poisson:5000", rng=0)
y, truth, rng = obs.y, obs.truth_window, np.random.default_rng(0)

# %%
# The detector clips the cores of the stars, has two dead columns, and some dead pixels.

ceiling = 0.5 * y.max()
dead = (rng.random(y.shape) < 0.002) | (np.arange(y.shape[1]) % 90 == 45)
data = np.where(dead, 0.0, np.minimum(y, ceiling))
good = ~dead & (data < ceiling)
print(f"dead {np.mean(dead):.1%}, clipped {np.mean(y > ceiling):.2%} of the pixels")

# %%
# A median filter hides the dead pixels, and makes up data that nobody measured. Of the clipped ones
# the package warns; here they are left in to show what they do.

warnings.simplefilter("ignore", sd.sanity.SanityWarning)
around = [np.roll(data, (r, c), (0, 1)) for r in (-1, 0, 1) for c in (-2, -1, 1, 2)]
repaired = np.where(dead, np.median(around, axis=0), data)
shown = {
    "truth": truth,
    "data": data,
    "no mask": sd.richardson_lucy(data, psf, num_iter=30),
    "medians in the gaps": sd.richardson_lucy(repaired, psf, num_iter=30),
    "mask": sd.richardson_lucy(data, psf, mask=good, num_iter=30),
}
for name, image in shown.items():
    light = image[y > ceiling].sum() / truth[y > ceiling].sum()
    print(f"{name:20} light where the data are clipped: {light:.0%}")

# %%
# The square root of the brightness (its PSNR too), or the bright cores would hide all else.

roots = {name: np.sqrt(np.maximum(image, 0)) for name, image in shown.items()}
part = (slice(150, 215), slice(85, 150))
figure = sd.plots.images(roots, truth=roots["truth"], columns=5, detail=part)
