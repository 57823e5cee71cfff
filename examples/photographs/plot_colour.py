"""
Colours that share their edges
==============================

An edge of a scene is an edge in all its colours. Total variation may take one length of the
gradient over the three of them, and then each colour helps to find the edges of the others; or it
may restore each by itself, which leaves coloured fringes. Every channel has its own noise here, and
red the most, as in warm light filtered blue: the weights of the channels come from the data too.
"""

import os

import numpy as np

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
side = 80 if small else 250
scene = sd.datasets.astronaut(colour=True)[10 : 10 + side, 100 : 100 + side]
psf = sd.psf.box(9)
obs = [
    sd.simulate(scene[..., channel], psf, noise=sd.Gaussian(sigma), rng=channel)
    for channel, sigma in enumerate((0.03, 0.01, 0.01))
]
y = np.stack([part.y for part in obs], axis=-1)
truth = np.stack([part.truth_window for part in obs], axis=-1)

# %%
together = sd.deconvolve(y, psf, method="tv", channel_axis=-1)
alone = sd.deconvolve(y, psf, method="tv", channel_axis=-1, joint=False)
print("noise found in red, green, blue:", *np.round(together.parameters["noise_stds"], 4))
for name, result in (("together", together), ("one by one", alone)):
    levels = [
        f"{sd.metrics.psnr(truth[..., c], result.x[..., c], data_range=1):.1f}" for c in range(3)
    ]
    print(f"{name:>10}: red {levels[0]}, green {levels[1]}, blue {levels[2]} dB")

# %%
# The face, enlarged: one by one, red ends elsewhere than green and blue, along the jaw above all.
face = (slice(80, 150), slice(95, 165))
figure = sd.plots.images(
    {"truth": truth, "data": y, "one by one": alone.x, "together": together.x},
    truth=truth,
    limits=(0, 1),
    detail=None if small else face,
)
