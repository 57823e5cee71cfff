"""
A deconvolution network inverts nothing
=======================================

Zeiler and Fergus (2014, doi:10.1007/978-3-319-10590-1_53) show what a feature looks at by sending
it back to the pixels: unpooling with switches, rectification, flipped filters. That is the adjoint
with a rectifier in it. Beside it stands an inverse of the same small filter bank, from exactly the
same pooled numbers: the regularised least squares image that explains them.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse.linalg import lsqr

import sigdeconv as sd

# One smooth filter and eight oriented ones: an edge in each direction.
n, K = 128, 7
image = sd.datasets.camera()[40:296, 110:366].reshape(n, 2, n, 2).mean((1, 3))
u, v = np.meshgrid(*[np.arange(K) - K // 2] * 2)
envelope = np.exp(-(u**2 + v**2) / 6)
turns = np.arange(8) * np.pi / 4
waves = [np.sin(1.3 * (u * np.cos(turn) + v * np.sin(turn))) for turn in turns]
bank = envelope * np.stack([np.ones((K, K)), *waves])
weight = (bank / np.linalg.norm(bank, axis=(1, 2), keepdims=True))[:, None]

# %%
# Forward: convolve, rectify, keep the largest of each block and where it was (the switch).

features = np.maximum(sd.conv(image[None], weight, padding=K // 2), 0)
C = sd.transposed.conv_matrix(weight, (n, n), padding=K // 2)


def back(pool):
    """Return what is kept, the deconvnet's image and the inverse, for blocks of `pool` pixels."""
    blocks = features.reshape(9, n // pool, pool, n // pool, pool)
    switch = (blocks == blocks.max((2, 4), keepdims=True)) & (blocks > 0)
    # Put each maximum where it was, rectify, apply the flipped filters.
    unpooled = np.maximum(np.where(switch, blocks, 0).reshape(features.shape), 0)
    projected = sd.conv_transpose(unpooled, weight, padding=K // 2)[0]
    # The inverse solves those rows of the same convolution at which the switches point.
    rows = np.flatnonzero(switch)
    solved = lsqr(C[rows], unpooled.ravel()[rows], damp=0.02, iter_lim=120)[0]
    return unpooled, projected, solved.reshape(n, n)


def title(name, x):
    """Return PSNR and correlation; the deconvnet gets its best scale for free."""
    scaled = x * sd.metrics.scale_fit(image, x).slope if "scaled" in name else x
    psnr, correlation = sd.metrics.psnr(image, scaled), sd.metrics.correlation(image, x)
    return f"{name}\n{psnr:.1f} dB, correlation {correlation:.3f}", scaled


# %%
with sd.plots.style.context():
    figure, axes = plt.subplots(2, 4, figsize=(9, 5.1), layout="constrained")
    montage = np.pad(weight[:, 0], ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    montage = montage.reshape(3, 3, K + 2, K + 2).transpose(0, 2, 1, 3).reshape(3 * (K + 2), -1)
    axes[0, 0].imshow(image, "gray", vmin=0, vmax=1)
    axes[0, 0].set_title(f"image\n{image.size} pixels")
    axes[1, 0].imshow(montage, "RdBu_r", vmin=-0.5, vmax=0.5)
    axes[1, 0].set_title("filter bank\n9 filters of 7×7")
    for row, pool in zip(axes, (2, 4), strict=True):
        unpooled, *images = back(pool)
        row[1].imshow(unpooled[1:].max(0), "magma", vmin=0, vmax=1, interpolation="nearest")
        row[1].set_title(
            f"maxima of {pool}×{pool} blocks\n{np.count_nonzero(unpooled)} numbers kept"
        )
        for ax, name, x in zip(row[2:], ("deconvnet, scaled", "inverse"), images, strict=True):
            text, x = title(name, x)
            print(pool, text.replace("\n", " "))
            ax.imshow(x, "gray", vmin=0, vmax=1)
            ax.set_title(text)
    for ax in axes.flat:
        ax.axis("off")
plt.show()
