"""
The adjoint audit: what an even kernel does to programs
=======================================================

Richardson-Lucy needs the adjoint of the blur. Many programs convolve with the flipped kernel and
crop to the "same" size, which for a kernel with an even number of samples is one sample off. The
estimate drifts with every iteration, and grows without bound. The dot test finds it at once.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import fftconvolve
from skimage.restoration import richardson_lucy as peer

import sigdeconv as sd

x = np.zeros((96, 96))
x[20:76, 20:76] = sd.datasets.coins()[38:94, 30:86] + 0.05  # dark at the border: no border effect
kernels = {"5 × 5 box": np.ones((5, 5)) / 25, "4 × 4 box": np.ones((4, 4)) / 16}

# %%
# The pair of functions that scikit-image's Richardson-Lucy iterates with, and the operator here.

for name, psf in kernels.items():
    pair = sd.dot_test(
        lambda x, psf=psf: fftconvolve(x, psf, mode="same"),
        lambda y, psf=psf: fftconvolve(y, np.flip(psf), mode="same"),
        x.shape,
        x.shape,
    )
    ours = sd.dot_test(sd.Convolution(psf, x.shape))
    print(f"{name}: flipped and cropped {pair.error:.0e}, Convolution {ours.error:.0e}")

# %%
counts, images_of, error = (10, 20, 40, 80, 160), {}, {}
for name, psf in kernels.items():
    y = fftconvolve(x, psf, mode="same")
    middle = {} if psf.size % 2 else {"centre": (1, 1)}  # where mode "same" puts an even kernel's
    for who, run in (
        ("scikit-image", lambda y, psf, k: peer(y, psf, num_iter=k, clip=False)),
        ("sigdeconv", lambda y, psf, k, at=middle: sd.richardson_lucy(y, psf, num_iter=k, **at)),
    ):
        images = [run(np.maximum(y, 0), psf, k) for k in counts]
        images_of[f"{who}, {name}"] = images[-1]
        error[f"{who}, {name}"] = [sd.metrics.nrmse(x, image) for image in images]

# %%
with sd.plots.style.context():
    figure = plt.figure(figsize=(9.4, 2.3), layout="constrained")
    axes = figure.subplots(1, 5, width_ratios=(1, 1, 1, 1, 1.5))
    for ax, (name, image) in zip(axes, images_of.items(), strict=False):
        ax.imshow(image, "gray", vmin=0, vmax=x.max())
        ax.set_title(f"{name.replace(', ', chr(10))}\nerror {error[name][-1]:.3f}")
        ax.axis("off")
    for (name, line), look in zip(error.items(), ("C1--", "k--", "C3-", "k-"), strict=True):
        axes[4].loglog(counts, line, look, label=name)
    axes[4].set(xlabel="iterations", title="relative error")
    axes[4].legend()
plt.show()
