"""
A page of print, and a hand that moved
======================================

A camera moved by fifteen pixels while it took a page. The blur has zeros in its spectrum, on lines
across the direction of motion. The transposed convolution blurs the letters once more along the
motion; the inverses bring them back, but for those lines.
"""

import numpy as np

import sigdeconv as sd

page = sd.datasets.page()[:, :300]
psf = sd.psf.motion(15.0, angle=20.0)
obs = sd.simulate(page, psf, noise=0.003, rng=0)
truth = obs.truth_window

# %%
shown = {
    "truth": truth,
    "data, moved by 15 pixels": obs.y,
    "transposed convolution": sd.adjoint(obs.y, psf),
    "divided, |H| > 0.05": sd.inverse_filter(obs.y, psf, threshold=0.05),
    "Wiener": sd.wiener(obs.y, psf),
    "Richardson-Lucy, 100 steps": sd.richardson_lucy(obs.y, psf, num_iter=100),
}
for name, image in shown.items():
    sure = np.mean((image < 0.45) == (truth < 0.45))
    print(f"{name:32} {sd.metrics.psnr(truth, image):5.1f} dB, ink right: {sure:.1%}")

# %%
figure = sd.plots.images(shown, truth=truth, columns=3)
