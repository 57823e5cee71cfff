"""
A segmentation decoder: how checkerboards come and go
=====================================================

A segmentation network ends with coarse class scores, and transposed layers bring them to image
size. Nothing is inverted: the layer interpolates, well or badly, as its kernel says. Where the
stride does not divide the kernel, a box reaches some pixels more often than others: a checkerboard.
A bilinear kernel has none, and the kernel of least squares finds weights almost without one.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

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


def layer(size):
    return sd.ConvGeometry((size, size), stride=S, padding=(size - S) // 2)


def triangle(size):
    return 1 - np.abs(np.arange(size) - (size - 1) / 2) / S


kernels = {
    "delta": np.pad([[1.0]], ((1, 2), (1, 2))),
    "box 6": np.full((6, 6), S**2 / 36),
    "box 4": np.ones((4, 4)),
    "bilinear 8": np.outer(triangle(8), triangle(8)),
    "learned 6": learn_kernel(y, x, layer(6)).kernel,
    "learned 12": learn_kernel(y, x, layer(12)).kernel,
}

# %%
# Ripple is the spread of the layer's answer to a constant map over its mean: the checkerboard as a
# number. The taps are counted, those that are zero left out. The largest score does not notice a
# checkerboard that all classes share; a threshold would, and so does the error of the scores.

shown = {}
for name, kernel in kernels.items():
    g = layer(len(kernel))
    options = {"stride": S, "padding": g.padding}
    scores = sd.conv_transpose(coarse[6][:, None], kernel[None, None], **options)[:, 0]
    flat = sd.conv_transpose(np.ones((1, 1, 9, 9)), kernel[None, None], **options)[0, 0, 8:-8, 8:-8]
    taps = sd.conv_transpose(np.ones((1, 1, 9, 9)), (kernel[None, None] != 0) * 1.0, **options)
    right, ripple = np.mean(np.argmax(scores, 0) == labels[6]), np.std(flat) / np.mean(flat)
    error = np.sqrt(np.mean((scores - fine[6]) ** 2))
    shown[name] = scores, ripple, error, right, taps[0, 0, 13:22, 13:22].astype(int)
    print(f"{name:11} ripple {ripple:.3f}, score error {error:.3f}, {right:.1%} right")

# %%
look = ListedColormap([sd.plots.style.COLOURS[k] for k in (3, 1, 4, 2)])
part = slice(8, 72)
with sd.plots.style.context():
    figure, axes = plt.subplots(3, 7, figsize=(10.5, 5.0), layout="constrained")
    axes[0, 0].imshow(coarse[6, 1][2:18, 2:18], "gray", vmin=0, vmax=1)
    axes[0, 0].set(title=f"coarse score\n{n // S}×{n // S} cells", ylabel="score of a class")
    axes[1, 0].imshow(labels[6, part, part], look, vmin=0, vmax=3, interpolation="nearest")
    axes[1, 0].set(title="true labels", ylabel="largest score")
    axes[2, 0].axis("off")
    for column, name in zip(axes.T[1:], shown, strict=True):
        scores, ripple, error, right, tile = shown[name]
        column[0].imshow(scores[1, part, part], "gray", vmin=0, vmax=1, interpolation="nearest")
        column[0].set_title(f"{name}\nripple {ripple:.2f}")
        picture = np.argmax(scores, 0)[part, part]
        column[1].imshow(picture, look, vmin=0, vmax=3, interpolation="nearest")
        column[1].set_title(f"score error {error:.2f}\n{right:.1%} of pixels right")
        column[2].imshow(tile, "YlGnBu", vmin=0, vmax=12)
        for (r, c), v in np.ndenumerate(tile):
            column[2].text(c, r, v, ha="center", va="center", size=6, color="w" if v > 6 else "k")
        many = f" to {tile.max()}" if np.ptp(tile) else ""
        column[2].set_title(f"taps on a pixel: {tile.min()}{many}")
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
plt.show()
