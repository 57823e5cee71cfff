"""
Richardson-Lucy: the border, the speed, and when to stop
========================================================

With zeros beyond the border, as most programs have it, the picture spoils from the edge inwards and
is best after two steps. With nothing assumed it gets better for twenty times as long; acceleration
gets there sooner and past it as fast. ``stop="auto"`` stops where samples
left out are predicted best. Total variation, its weight from data held out, needs no such care.
"""

import os

import numpy as np
from skimage import restoration

import sigdeconv as sd

psf, size = sd.psf.gaussian(2.5), 100 if "SIGDECONV_EXAMPLE_SIZE" in os.environ else 220
obs = sd.simulate(sd.datasets.camera()[40:, 110:][:size, :size], psf, noise="poisson:1000", rng=0)
y, truth, top, most = obs.y, obs.truth_window, obs.y.max(), 80
steps = np.unique(np.geomspace(1, most, 12).astype(int))


def peer(k):
    """Return scikit-image's estimate after `k` iterations."""
    return restoration.richardson_lucy(y / top, psf, num_iter=k, clip=False) * top


curves = {"zero border (scikit-image)": (steps, [sd.metrics.psnr(truth, peer(k)) for k in steps])}
stopped = {}
for name in ("none", "squarem", "biggs-andrews", "heavy-ball"):
    curve, options = [], {"method": "richardson_lucy", "acceleration": name}
    watch = {"callback": lambda k, x, c=curve: c.append(sd.metrics.psnr(truth, x[obs.A.window]))}
    sd.deconvolve(obs, num_iter=most, history=False, **watch, **options)
    curves[label := f"nothing assumed, acceleration {name}"] = (np.arange(1, most + 1), curve)
    result = stopped[label] = sd.deconvolve(obs, **options)
    print(f"{name:14} stops at {result.num_iter}, best at {np.argmax(curve) + 1}")

# %%
shown = {
    "data": y,
    "zero border, 40 steps": peer(40),
    "nothing assumed, stops by itself": result.x,
    "total variation": sd.richardson_lucy(y, psf, regularization="tv", acceleration="heavy-ball"),
}
with sd.plots.style.context():
    figure = sd.plots.style.figure(4.6)
    above, below = figure.subfigures(2, height_ratios=(1.1, 1))
    ax = above.subplots(subplot_kw={"xscale": "log", "xlabel": "steps", "ylabel": "PSNR (dB)"})
    for name, (k, values) in curves.items():
        (line,) = ax.plot(k, values, "--" if "zero" in name else "-", label=name)
        if name in stopped:
            n = stopped[name].num_iter
            ax.plot(n, values[n - 1], "o", color=line.get_color(), mec="white")
    ax.legend(title="a dot: where it stops", loc="lower left")
    for ax, (name, image) in zip(below.subplots(1, 4), shown.items(), strict=True):
        ax.imshow(image, "gray", vmin=truth.min(), vmax=truth.max())
        ax.set_title(f"{name}\n{sd.metrics.psnr(truth, image):.1f} dB")
        ax.axis("off")
figure
