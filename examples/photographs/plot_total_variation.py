"""
Edges or smoothness: total variation beside Wiener
==================================================

A window of a larger scene under a 9 x 9 box blur, which takes whole frequencies away. Wiener gives
each frequency the weight that the spectra of signal and noise deserve; total variation asks for few
and sharp edges. Neither is given a strength, and neither knows what lies beyond the border.
scikit-image's Wiener filter gets the best of thirty balances, chosen against the truth.

Edges win on the photograph, smoothness on the cell. ``deconvolve`` sees it from the data alone: it
compares Stein's estimates of the error of either.
"""

import os

import numpy as np
from skimage import restoration

import sigdeconv as sd

psf = sd.psf.box(9)
small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
n = 100 if small else 256
photograph, cell = sd.datasets.camera()[20:, 100:][:n, :n], sd.datasets.cell()[:n, :n]


def peer(y, truth):
    """Return scikit-image's estimate with the balance that is best against the truth."""
    span = np.ptp(y)
    tried = [
        restoration.wiener((y - y.min()) / span, psf, balance, clip=False) * span + y.min()
        for balance in np.geomspace(1e-5, 10, 30)
    ]
    return max(tried, key=lambda x: sd.metrics.psnr(truth, x))


# %%
with sd.plots.style.context():
    figure = sd.plots.style.figure(3.3)
    for row, scene in zip(figure.subplots(2, 5), (photograph, cell), strict=True):
        obs = sd.simulate(scene, psf, noise="gaussian:bsnr=30", rng=0)
        truth, y = obs.truth_window, obs.y
        best = sd.deconvolve(y, psf)
        print(f"deconvolve took {best.method}: {best.parameters['why']}")
        shown = {
            "truth": truth,
            "data": y,
            "scikit-image, best": peer(y, truth),
            "wiener": sd.wiener(y, psf),
            "tv": sd.tv(y, psf),
        }
        for axes, (title, image) in zip(row, shown.items(), strict=True):
            axes.imshow(image, cmap="gray", vmin=truth.min(), vmax=truth.max())
            caption = "" if image is truth else f"{sd.metrics.psnr(truth, image):.1f} dB"
            axes.set_title(f"{title}{', chosen' if title == best.method else ''}\n{caption}")
            axes.axis("off")
figure
