"""
A deconvolution network inverts nothing
=======================================

Zeiler and Fergus (2014, doi:10.1007/978-3-319-10590-1_53) show what a feature looks at by sending
it back to the pixels: unpooling with switches, rectification, flipped filters. That is the adjoint
with a rectifier in it. Beside it stands an inverse of the same small filter bank, from exactly the
same pooled numbers: the regularised least squares image that explains them.
"""

import numpy as np
from scipy.sparse.linalg import lsqr

import sigdeconv as sd

# One smooth filter and eight oriented ones: an edge in each direction.
n, K = 128, 7
image = sd.datasets.camera()[40:296, 110:366].reshape(n, 2, n, 2).mean((1, 3))
u, v = np.meshgrid(*[np.arange(K) - K // 2] * 2)
turns = np.arange(8) * np.pi / 4
waves = [np.sin(1.3 * (u * np.cos(turn) + v * np.sin(turn))) for turn in turns]
bank = np.exp(-(u**2 + v**2) / 6) * np.stack([np.ones((K, K)), *waves])
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
    return blocks[1:].max((0, 2, 4)), projected, solved.reshape(n, n)


# %%
# The deconvnet's image is shown at the scale that suits it best, which no one would know.

montage = np.pad(weight[:, 0] / 2 + 0.5, ((0, 0), (1, 1), (1, 1)), constant_values=1)
montage = montage.reshape(3, 3, K + 2, K + 2).transpose(0, 2, 1, 3).reshape(3 * (K + 2), -1)
panels = {}
for pool, first in ((2, ("image", image)), (4, ("9 filters of 7×7", montage))):
    kept, projected, solved = back(pool)
    scaled = projected * sd.metrics.scale_fit(image, projected).slope
    shown = {f"maxima, {pool}×{pool} blocks": kept, "deconvnet, scaled": scaled, "inverse": solved}
    panels[first[0]] = first[1]
    for name, x in shown.items():
        caption = f", r {sd.metrics.correlation(image, x):.3f}" if x is not kept else ""
        panels[f"{name}{caption}"] = x
figure = sd.plots.images(panels, truth=image, columns=4, limits=(0, 1))
