"""
Four shifted frames: super-resolution as the inverse of a strided convolution
=============================================================================

A camera whose pixels are too large takes four frames, half a pixel apart. Each sees other aliases
of the scene, so that the joint operator has an inverse where that of one frame has none. The
shifts are found in the frames. Drizzle and the transposed layer put the same data on the same
fine grid by sums, and leave the blur in.
"""

import os

import numpy as np

import sigdeconv as sd

n = 40 if os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small" else 96
psf = sd.psf.gaussian(1.5)
places = np.array([[0, 0], [0.5, 0], [0, 0.5], [0.5, 0.5]])
A = sd.frames.frame_operator((n, n), [psf] * 4, places, (2, 2))
scene = 1500 * sd.datasets.camera()[60 : 60 + A.shape[0], 140 : 140 + A.shape[1]]
frames = np.random.default_rng(0).poisson(A(scene)).astype(float)
truth = scene[A.window]

# %%
result = sd.multiframe(frames, psf, factor=2, method="richardson_lucy", num_iter=40)
found = result.parameters["shifts"]
print("shifts found:", found.round(3).tolist(), f"largest error {np.abs(found - places).max():.3f}")

# %%
shown = {
    "one frame": np.kron(frames[0], np.ones((2, 2))),
    "drizzle": sd.frames.drizzle(frames, found),
    "transposed layer": sd.frames.drizzle(frames, found, kernel=psf),
    "four frames, inverse": result.x,
    "truth": truth,
}
figure = sd.plots.images(shown, truth=truth, columns=5)
figure
