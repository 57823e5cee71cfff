"""
The border: why the frame goes dark, or rings
=============================================

A camera sees a window. The light near its border came in part from outside, and what a method
assumes about the outside decides what it makes of the inside: darkness (zero), the opposite side
(periodic), a mirror (reflect), or nothing (unknown, the default here). Most programs assume zero or
periodic, and do not say so.
"""

import os

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd

psf = sd.psf.gaussian(4.0)
small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
scene = sd.datasets.coins()[:120] if small else sd.datasets.coins()
obs = sd.simulate(scene, psf, noise="poisson:3000", rng=0)
y, truth = obs.y, obs.truth_window
assumptions = ("zero", "periodic", "reflect", "unknown")
restored = {
    "Richardson-Lucy": [sd.richardson_lucy(y, psf, boundary=b, num_iter=40) for b in assumptions],
    "Wiener": [sd.wiener(y, psf, boundary=b) for b in assumptions],
}

# %%
# The error in the frame, the outer sixteen pixels, and in the rest. A mirror can be lucky where the
# scene is smooth at the border; to assume nothing needs no luck.

rest = (slice(16, -16), slice(16, -16))
frame = np.ones(truth.shape, bool)
frame[rest] = False


def psnr(image, where):
    error = np.mean((image - truth)[where] ** 2)
    return 10 * np.log10(np.ptp(truth) ** 2 / error)


for method, images in restored.items():
    for boundary, image in zip(assumptions, images, strict=True):
        text = f"frame {psnr(image, frame):5.1f} dB, rest {psnr(image, rest):5.1f} dB"
        print(f"{method:15} {boundary:8} {text}")

# %%
with sd.plots.style.context():
    figure, axes = plt.subplots(2, 5, figsize=(9.5, 3.7), layout="constrained")
    for row, (method, images) in zip(axes, restored.items(), strict=True):
        names = ("data", *(f"{method}, {b}" for b in assumptions))
        for ax, name, image in zip(row, names, (y, *images), strict=True):
            ax.imshow(image, "gray", vmin=truth.min(), vmax=truth.max())
            ax.set_title(f"{name}\nframe {psnr(image, frame):.1f} dB")
            ax.axis("off")
    axes[1, 0].imshow(truth, "gray", vmin=truth.min(), vmax=truth.max())
    axes[1, 0].set_title("truth\n")
plt.show()
