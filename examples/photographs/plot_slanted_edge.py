"""
A slanted edge: how sharp is it, and sharper
============================================

A sheet of paper on a dark table, tilted by a few degrees, is all that it takes to measure a lens:
every row of samples meets its edge at another fraction of a sample. The profile across the edge
gives the transfer with its error bar, and the kernel of an optics that is alike in all directions.
That kernel then restores the photograph.
"""

import os

import numpy as np

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"

# A photograph, and a sheet of paper lying in front of it, three times as fine as the samples of the
# camera; then the lens out of focus, and the samples, each the mean of what falls on it.
fine = 3
scene = np.kron(sd.datasets.astronaut()[40:256, 100:330], np.ones((fine, fine)))
rows, columns = np.mgrid[: scene.shape[0], : scene.shape[1]] / fine
border = 140 + np.tan(np.radians(6.0)) * (rows - 100)
scene = np.where(columns > border, 0.9, np.where(columns > border - 40, 0.1, scene))


def sampled(a):
    """Return means over the samples of the camera."""
    m, n = (k // fine for k in a.shape)
    return a[: m * fine, : n * fine].reshape(m, fine, n, fine).mean(axis=(1, 3))


blur, width = 3.3, 9  # radius of the disk in samples; what its frame takes off the border
seen = sd.simulate(scene, sd.psf.disk(blur * fine, shape=(2 * width * fine + 1,) * 2))
y = sampled(seen.y) + 0.01 * np.random.default_rng(0).standard_normal(sampled(seen.y).shape)
truth = sampled(seen.truth_window)

# %%
# The window holds the edge and nothing else.

found = sd.psf.from_edge(y[20:180, 118:170])
print(found)
error = np.abs(found.psf - sd.psf.disk(blur, shape=found.psf.shape)).sum()
print(f"kernel {found.psf.shape}, L1 distance from the true one {error:.3f}")
figure = found.plot()

# %%
# The photograph, restored with the kernel that the edge has shown.

part = (slice(0, 96), slice(0, 90)) if small else (slice(0, 216), slice(0, 140))
method = "wiener" if small else "hyper_laplacian"
kernels = {"a Gaussian of its width": sd.psf.gaussian(1.6), "from the edge": found.psf}
restored = {
    name: sd.deconvolve(y[part], k, method=method).x
    for name, k in (kernels | {"the true one": sd.psf.disk(blur)}).items()
}
for name, image in restored.items():
    print(f"{name:24} {sd.metrics.psnr(truth[part], image):5.1f} dB")
pictures = sd.plots.images({"data": y[part]} | restored, truth=truth[part], columns=4)
