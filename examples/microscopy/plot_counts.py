"""
Counts: how many photons a detail costs
=======================================

In a dark microscope the noise is that of counting: its variance is the expected count. The same
beads and filaments at three exposures, restored by a filter that knows nothing of counts (Wiener)
and by maximum likelihood for counts (Richardson-Lucy). The latter stops by itself: at the iteration
that would best predict samples left out.
"""

import os

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
scene = 0.02 + sd.datasets.beads((80, 90) if small else (160, 220), count=40, rng=3)
psf = sd.psf.airy(4.0)
shown = {}
for peak in (20, 200, 20000):
    obs = sd.simulate(scene, psf, noise=f"poisson:{peak}", rng=0)
    lucy = sd.deconvolve(obs, method="richardson_lucy", stop="auto")
    images = {
        f"data, at most {peak} counts": obs.y,
        "Wiener": sd.wiener(obs.y, psf),
        f"Richardson-Lucy, {lucy.num_iter} steps": lucy.x,
    }
    unit = obs.truth.max() / scene.max()  # counts for a brightness of one
    for name, image in images.items():
        key = name if name not in shown else f"{name}{' ' * len(shown)}"
        shown[key] = image / unit
    truth = obs.truth_window / unit

# %%
for name, image in shown.items():
    print(f"{name:32} {sd.metrics.psnr(truth, image):5.1f} dB")
figure = sd.plots.images(shown, truth=truth, columns=3)
