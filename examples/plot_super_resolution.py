"""
Super-resolution: what a strided convolution keeps, and what nobody gets back
=============================================================================

A coarse sensor blurs the scene and keeps every fourth pixel on each axis: y = decimate(blur(x)).
The transposed layer of the same geometry has the right shape, and blurs again. The regularised
inverse restores the values as far as they were measured; so does a transposed layer whose weights
were fitted by least squares. The rest lies in the null space of the measurement, and is a guess.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd
from sigdeconv.transposed import centred_geometry, learn_kernel

n, S, K = 256, 4, 21
inside = (slice(24, -24),) * 2


def scene(name):
    """Return 256 x 256 pixels of a photograph, two by two averaged where it is large enough."""
    x = sd.datasets.load(name)
    return x[: 2 * n, : 2 * n].reshape(n, 2, n, 2).mean((1, 3))


x = scene("camera")
A = sd.Convolution(sd.psf.gaussian(1.5), x.shape, "periodic", stride=S)
noise = 0.005 * np.random.default_rng(0).standard_normal((4, *A.out_shape))
y = A(x) + noise[0]

# %%
# The three ways up. The layer learns on other photographs. The border is left out of the figures: a
# layer pads with zeros, while this blur is periodic.

others = [scene(name) for name in ("astronaut", "brick", "gravel")]
pairs = np.stack([A(other) + e for other, e in zip(others, noise[1:], strict=True)])
layer = learn_kernel(pairs, np.stack(others), centred_geometry((K, K), A.out_shape, stride=S))
back = A.T(y)
ways = {
    "transposed layer, scaled": back * sd.metrics.scale_fit(x, back).slope,
    f"learned {K}×{K} layer": layer(y),
    "regularised inverse": sd.tikhonov(y, A, weight=0.005),
}
for name, estimate in ways.items():
    print(f"{name:25} {sd.metrics.psnr(x[inside], estimate[inside]):.2f} dB")

# %%
# CGLS from zero converges to the part of the scene that the measurement sees; the blur of what is
# left is zero at every sample that was kept. The grid in it is the alias of the smooth areas: the
# data alone do not tell them from dots.

seen = sd.cgls(A(x), A, num_iter=300)
lost = x - seen
share = np.sum(lost**2) / np.sum((x - x.mean()) ** 2)
print(f"null space: {x.size - y.size} of {x.size} dimensions, {share:.1%} of the energy")
print(f"largest sample that the lost part leaves in the data: {np.abs(A(lost)).max():.0e}")

# %%
with sd.plots.style.context():
    figure, axes = plt.subplots(2, 4, figsize=(9.6, 5.1), layout="constrained")
    data = np.kron(y, np.ones((S, S)))
    shown = {f"data, {y.shape[0]}×{y.shape[1]} samples": data, **ways, "truth": x}
    shown["what was measured of it"] = seen
    for ax, (name, image) in zip(axes.flat, shown.items(), strict=False):
        ax.imshow(image[inside], "gray", vmin=0, vmax=1)
        told = f"{sd.metrics.psnr(x[inside], image[inside]):.1f} dB" if name in ways else ""
        ax.set_title(f"{name}\n{told}")
        ax.axis("off")
    axes[1, 0].set_title(f"truth\n{x.size} pixels")
    axes[1, 1].set_title(f"what the data hold of it\n{y.size} dimensions")
    axes[1, 2].imshow(lost[inside], "RdBu_r", vmin=-0.3, vmax=0.3)
    axes[1, 2].set_title(f"in the null space\n{share:.1%} of the energy about the mean")
    axes[1, 2].axis("off")
    ring = np.rint(n * np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n))).astype(int)
    colours, f = sd.plots.style.COLOURS, np.arange(1, n // 2) / n
    curves = {"truth": (x, "k"), "inverse": (shown["regularised inverse"], colours[3])}
    for name, (image, colour) in (curves | {"null space": (lost, colours[0])}).items():
        power = np.abs(np.fft.fft2(image)).ravel() ** 2
        mean = np.bincount(ring.ravel(), power) / np.bincount(ring.ravel())
        axes[1, 3].semilogy(f, np.sqrt(mean[1 : n // 2]), color=colour, label=name)
    axes[1, 3].axvline(0.5 / S, color="0.5", ls="--", label="half the kept rate")
    axes[1, 3].set(title="amplitude by frequency", xlabel="cycles a pixel", xlim=(0, 0.5))
    axes[1, 3].legend(frameon=True, edgecolor="none", framealpha=1)
plt.show()
