"""
A bead stack: measure the kernel of a microscope, restore a cell with it
========================================================================

Twenty beads in gel, planes three times as far apart as the pixels. ``from_points`` finds them in
the stack, fits one kernel, and divides the size of the beads out; the same microscope's picture of
another scene is restored with it.
"""

import os

import numpy as np

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
spacing = (0.3, 0.1, 0.1)  # micrometres
true = sd.psf.gaussian((2.0, 2.2, 1.6), shape=(17, 19, 15))  # wider along rows, as coverslips are

# Beads of 0.2 micrometres: a ball on this grid, much finer than the samples and then added up.
fine = np.indices((3 * 3, 9 * 3, 9 * 3)) - np.array([4, 13, 13])[:, None, None, None]
ball = sum((fine[k] * spacing[k] / 3) ** 2 for k in range(3)) <= 0.1**2
bead = ball.reshape(3, 3, 9, 3, 9, 3).sum(axis=(1, 3, 5)).astype(float)
rng, shape = np.random.default_rng(2), (40, 96, 96) if small else (56, 128, 128)
gel, centres = np.full(shape, 5e-4), []
while len(centres) < (8 if small else 20):
    at = rng.integers((10, 11, 9), np.array(shape) - (10, 11, 9))
    if all(np.any(np.abs(at - other) > (17, 19, 15)) for other in centres) or len(centres) < 1:
        centres.append(at)
        window = tuple(
            slice(p - n // 2, p + n // 2 + 1) for p, n in zip(at, bead.shape, strict=True)
        )
        gel[window] += bead / bead.sum()
beads = sd.simulate(gel * 6e4, true, noise=sd.Poisson(gain=1.0), boundary="reflect", rng=0)

# %%
found = sd.psf.from_points(beads.y, size=(17, 19, 15), bead=0.2, spacing=spacing)
print(found)
print(f"L1 distance from the true kernel: {np.abs(found.psf - true).sum():.3f}")
figure = found.plot()

# %%
# A cell, through the same microscope.

scene = 0.05 + sd.datasets.beads((20, 48, 48) if small else (24, 64, 64), count=24, rng=4)
cell = sd.simulate(scene, true, noise="poisson:300", rng=0)
kernel = sd.psf.measured(found.psf, normalize=True, centre="middle", nonnegative=True)
guess = sd.psf.gaussian((1.0, 1.9, 1.9), shape=(17, 19, 15))
restored = {
    "a guess": sd.deconvolve(cell.y, guess, method="richardson_lucy", num_iter=40).x,
    "from the beads": sd.deconvolve(cell.y, kernel, method="richardson_lucy", num_iter=40).x,
    "the true kernel": sd.deconvolve(cell.y, true, method="richardson_lucy", num_iter=40).x,
}
for name, image in restored.items():
    print(f"{name:18} {sd.metrics.psnr(cell.truth_window, image):5.1f} dB")
pictures = sd.plots.images(
    {"data": cell.y} | restored, truth=cell.truth_window, spacing=spacing, columns=4
)
