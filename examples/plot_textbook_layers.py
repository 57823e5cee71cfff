"""
The textbook's transposed convolutions, number by number
========================================================

Chapter 14.10 of *Dive into Deep Learning* (https://d2l.ai) introduces the transposed convolution
with examples small enough to do by hand: the basic operation, padding, stride, channels, and the
link to the transposed matrix. Here are the same inputs, kernels and results.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd

X = K = np.array([[0.0, 1.0], [2.0, 3.0]])


def up(x, weight, **geometry):
    """Return the transposed layer for one channel."""
    return sd.conv_transpose(x[None, None], weight[None, None], **geometry)[0, 0]


# %%
# Each sample of the input lays down one weighted copy of the kernel; the copies add up. Padding
# takes samples away from the border of the output, a stride moves the copies apart.

pieces = [up(np.where(np.arange(4).reshape(2, 2) == k, X, 0), K) for k in range(4)]
basic, padded, strided = up(X, K), up(X, K, padding=1), up(X, K, stride=2)
assert np.array_equal(basic, [[0, 0, 1], [0, 4, 6], [4, 12, 9]])
assert np.array_equal(padded, [[4]])
assert np.array_equal(strided, [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]])

# %%
# With channels, the layer of the same geometry brings back the shape; but not of every input.

g = sd.ConvGeometry((5, 5), stride=3, padding=2)
features = sd.conv(np.ones((1, 10, 16, 16)), np.ones((20, 10, 5, 5)), stride=3, padding=2)
back = sd.conv_transpose(features, np.ones((20, 10, 5, 5)), stride=3, padding=2)
print(features.shape, back.shape, "inputs that give 6:", g.input_sizes(6)[0])

# %%
# A convolution is a matrix product, and the transposed convolution that of the transposed matrix.

image, weight = np.arange(9.0).reshape(3, 3), np.array([[1.0, 2.0], [3.0, 4.0]])
W = sd.transposed.conv_matrix(weight[None, None], (3, 3)).toarray()
Y = sd.conv(image[None, None], weight[None, None])[0, 0]
Z = up(Y, weight)
assert np.array_equal(Y.ravel(), W @ image.ravel()) and np.array_equal(Z.ravel(), W.T @ Y.ravel())

# %%
BLUE, SAND, PALE, TEAL = "#9ecae1", "#e8dcc0", "#dff1ec", "#66c2a4"


def draw(axes, left, top, values, colour, title, sign=""):
    """Draw a numbered grid whose top left corner is at (left, top); return its right edge."""
    rows, columns = values.shape
    for (r, c), v in np.ndenumerate(values):
        box = {"fc": colour if v or colour != PALE else "white", "ec": "0.35", "lw": 0.7}
        axes.add_patch(plt.Rectangle((left + c, top + r), 1, 1, **box))
        axes.text(left + c + 0.5, top + r + 0.52, f"{v:.0f}", ha="center", va="center", size=6.5)
    axes.text(left + columns / 2, top - 0.2, title, ha="center", va="bottom", size=7)
    axes.text(left - 0.7, top + rows / 2, sign, ha="center", va="center", size=10)
    return left + columns + 1.4


with sd.plots.style.context():
    figure, axes = plt.subplots(figsize=(7.2, 5.5), layout="constrained")
    right = draw(axes, 0, 0.5, X, BLUE, "input")
    right = draw(axes, right, 0.5, K, SAND, "kernel", "∗ᵀ")
    for k, piece in enumerate(pieces):
        right = draw(axes, right, 0, piece, PALE, f"{X.flat[k]:.0f} × kernel", "+" if k else "=")
    draw(axes, right, 0, basic, TEAL, "output", "=")
    right = draw(axes, 0, 6, X, BLUE, "input")
    right = draw(axes, right, 6, K, SAND, "kernel", "∗ᵀ")
    right = draw(axes, right, 5, strided, TEAL, "stride 2", "=")
    right = draw(axes, right, 6.5, padded, TEAL, "padding 1", "or")
    shapes = "×".join(map(str, features.shape[1:])), "×".join(map(str, back.shape[1:]))
    text = f"channels: kernel 5, stride 3, padding 2\n10×16×16 → {shapes[0]} → {shapes[1]}\n"
    sizes = ", ".join(map(str, g.input_sizes(6)[0]))
    text += f"but {sizes} all give 6: the shape\ncomes back only for {back.shape[-1]}"
    axes.text(right + 0.2, 7, text, va="center", size=8, linespacing=1.5)
    right = draw(axes, 0, 11.5, W.T, SAND, "transposed matrix")
    right = draw(axes, right, 14, Y.reshape(4, 1), BLUE, "input", "·")
    right = draw(axes, right, 11.5, Z.reshape(9, 1), TEAL, "output", "=")
    axes.text(right - 0.4, 16, "the same as", va="center", size=8)
    right = draw(axes, right + 4.5, 15, Y, BLUE, "input")
    right = draw(axes, right, 15, weight, SAND, "kernel", "∗ᵀ")
    draw(axes, right, 14.5, Z, TEAL, "output", "=")
    axes.set(xlim=(-0.3, 27.5), ylim=(20.8, -1.0), aspect="equal")
    axes.axis("off")
plt.show()
