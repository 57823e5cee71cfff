"""
The textbook's transposed convolutions, number by number
========================================================

Chapter 14.10 of *Dive into Deep Learning* (https://d2l.ai) introduces the transposed convolution
with examples small enough to do by hand: the basic operation, padding, stride, channels, and the
link to the transposed matrix. Here are the same inputs, kernels and results.
"""

import numpy as np

import sigdeconv as sd


def up(x, weight, **geometry):
    """Return the transposed layer for one channel."""
    return sd.conv_transpose(x[None, None], weight[None, None], **geometry)[0, 0]


# %%
# Each sample of the input lays down one weighted copy of the kernel; the copies add up. A stride
# moves the copies apart, padding takes samples away from the border of the output.

X = K = np.array([[0.0, 1.0], [2.0, 3.0]])
pieces = [up(np.where(np.arange(4).reshape(2, 2) == k, X, 0), K) for k in range(4)]
basic, padded, strided = up(X, K), up(X, K, padding=1), up(X, K, stride=2)
assert np.array_equal(basic, [[0, 0, 1], [0, 4, 6], [4, 12, 9]])
assert np.array_equal(padded, [[4]])
assert np.array_equal(strided, [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]])
terms = [part for n in range(4) for part in ("+" if n else "=", (f"{n} × kernel", pieces[n]))]

# %%
# With channels, the layer of the same geometry brings back the shape; but not of every input.

g = sd.ConvGeometry((5, 5), stride=3, padding=2)
features = sd.conv(np.ones((1, 10, 16, 16)), np.ones((20, 10, 5, 5)), stride=3, padding=2)
back = sd.conv_transpose(features, np.ones((20, 10, 5, 5)), stride=3, padding=2)
sizes = ", ".join(map(str, g.input_sizes(6)[0]))
text = f"10 channels of 16×16 → {features.shape[1]} of 6×6\n→ {back.shape[1]} of 16×16; "
text += f"but inputs\n{sizes} all give 6"

# %%
# A convolution is a matrix product, and the transposed convolution that of the transposed matrix.

image, weight = np.arange(9.0).reshape(3, 3), np.array([[1.0, 2.0], [3.0, 4.0]])
W = sd.transposed.conv_matrix(weight[None, None], (3, 3)).toarray()
Y = sd.conv(image[None, None], weight[None, None])[0, 0]
Z = up(Y, weight)
assert np.array_equal(Y.ravel(), W @ image.ravel()) and np.array_equal(Z.ravel(), W.T @ Y.ravel())

layer = [("input", X), "∗ᵀ", ("kernel", K), "=", ("stride 2 output", strided), "or"]
product = [("transposed matrix", W.T), "·", ("input", Y.reshape(4, 1)), "="]
product += [("output", Z.reshape(9, 1)), "the same\nas", ("input", Y), "∗ᵀ", ("kernel", weight)]
figure = sd.plots.numbers(
    [
        [("input", X), "∗ᵀ", ("kernel", K), *terms, "=", ("output", basic)],
        [*layer, ("padding 1 output", padded), text],
        [*product, "=", ("output", Z)],
    ]
)
