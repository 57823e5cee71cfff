"""
A segmentation decoder: how checkerboards come and go
=====================================================

A segmentation network ends with coarse class scores, and transposed layers bring them to image
size. Nothing is inverted: the layer interpolates, well or badly, as its kernel says. Where the
stride does not divide the kernel, a box reaches some pixels more often than others: a checkerboard.
A bilinear kernel has none, and the kernel of least squares finds weights almost without one.
"""

import numpy as np
from matplotlib.colors import to_rgb

import sigdeconv as sd
from sigdeconv.transposed import learn_kernel

# Label maps of four classes, the largest of four smooth random fields; the last map is for testing.
S, n, classes = 4, 96, 4
rng, smooth = np.random.default_rng(7), sd.Convolution(sd.psf.gaussian(7.0), (n, n), "periodic")
labels = np.stack(
    [np.argmax([smooth(rng.standard_normal((n, n))) for _ in range(classes)], 0) for _ in range(7)]
)
fine = np.stack([labels == k for k in range(classes)], 1).astype(float)
coarse = fine.reshape(7, classes, n // S, S, n // S, S).mean((3, 5))  # scores of an ideal encoder
x, y = fine[:6].reshape(-1, n, n), coarse[:6].reshape(-1, n // S, n // S)

# %%
# Every kernel sits centred on its cell: padding (K - S) / 2 on both sides.

centred = {k: sd.ConvGeometry((k, k), stride=S, padding=(k - S) // 2) for k in (4, 6, 8, 12)}
triangle = 1 - np.abs(np.arange(8) - 3.5) / S
kernels = {
    "delta": np.pad([[1.0]], ((1, 2), (1, 2))),
    "box 6": np.full((6, 6), S**2 / 36),
    "box 4": np.ones((4, 4)),
    "bilinear 8": np.outer(triangle, triangle),
    "learned 6": learn_kernel(y, x, centred[6]).kernel,
    "learned 12": learn_kernel(y, x, centred[12]).kernel,
}

# %%
# Ripple is the spread of the layer's answer to a constant map over its mean: the checkerboard as a
# number. The largest score does not notice a checkerboard that all classes share; a threshold
# would, and so does the error of the scores.

part = slice(8, 72)
palette = np.array([to_rgb(sd.plots.style.COLOURS[k]) for k in (3, 1, 4, 2)])
above, below = {"score of a class": coarse[6, 1, 2:18, 2:18]}, {"labels": palette[labels[6]]}
for name, kernel in kernels.items():
    options = {"stride": S, "padding": (len(kernel) - S) // 2}
    scores = sd.conv_transpose(coarse[6][:, None], kernel[None, None], **options)[:, 0]
    flat = sd.conv_transpose(np.ones((1, 1, 9, 9)), kernel[None, None], **options)[0, 0, 8:-8, 8:-8]
    right, error = np.argmax(scores, 0) == labels[6], np.sqrt(np.mean((scores - fine[6]) ** 2))
    above[f"{name}\nripple {np.std(flat) / np.mean(flat):.2f}"] = scores[1, part, part]
    below[f"{right.mean():.1%} right\nerror {error:.2f}"] = palette[np.argmax(scores, 0)]
below = {name: image[part, part] for name, image in below.items()}
figure = sd.plots.images(above | below, columns=7, limits=(0, 1))
