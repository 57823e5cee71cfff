"""
Checkerboards: what a transposed layer does to a constant
=========================================================

A transposed convolution lays down a copy of its kernel for every input sample, one stride apart.
Where the stride does not divide the kernel, some pixels get more copies than others: a
checkerboard, in the layer before it has learned anything, and in every picture it makes.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd

photograph = sd.datasets.astronaut()[20:180, 140:300]
small = photograph.reshape(80, 2, 80, 2).mean((1, 3))
geometries = [(2, 2), (3, 2), (4, 2), (5, 2), (5, 3), (6, 3)]

# %%
# A box shows the overlap alone. Random weights, as a layer has them before training, ripple even
# where the overlap is even: each phase of the stride has weights of its own, of another sum. Both
# kernels sum to S², so that the brightness is kept on average.


def layer(image, kernel, S):
    return sd.conv_transpose(image[None, None], kernel[None, None], stride=S)[0, 0]


# %%
with sd.plots.style.context():
    figure, axes = plt.subplots(3, 6, figsize=(10, 5.6), layout="constrained")
    for column, (K, S) in zip(axes.T, geometries, strict=True):
        g = sd.ConvGeometry((K, K), stride=S)
        count = np.outer(*g.overlap((6, 6)))
        box, random = np.full((K, K), S**2 / K**2), np.random.default_rng(1).random((K, K)) + 0.5
        random *= S**2 / random.sum()
        flat, rough = (layer(np.ones((30, 30)), w, S)[9:-9, 9:-9] for w in (box, random))
        up = layer(small, random, S)[K : K + 100, K : K + 100]
        column[0].imshow(count, "YlGnBu", vmin=0, vmax=9)
        for (r, c), v in np.ndenumerate(count[:10, :10]):
            column[0].text(c, r, v, ha="center", va="center", size=5, color="k" if v < 6 else "w")
        column[0].set(xlim=(-0.5, 9.5), ylim=(9.5, -0.5))
        column[0].set_title(f"kernel {K}, stride {S}: {'even' if g.overlap_is_even else 'uneven'}")
        column[1].imshow(flat, "gray", vmin=0, vmax=2)
        column[1].set_title(f"box on a constant\nripple {flat.std() / flat.mean():.2f}")
        column[2].imshow(up, "gray", vmin=0, vmax=1)
        column[2].set_title(f"random kernel\nripple {rough.std() / rough.mean():.2f}")
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    axes[0, 0].set_ylabel("taps on a pixel")
plt.show()
