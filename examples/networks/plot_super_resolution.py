"""
Super-resolution: what a strided convolution keeps, and what nobody gets back
=============================================================================

A coarse sensor blurs the scene and keeps every fourth pixel on each axis: y = decimate(blur(x)).
The transposed layer of the same geometry has the right shape, and blurs again. The regularised
inverse restores the values as far as they were measured; so does a transposed layer whose weights
were fitted by least squares. The rest lies in the null space of the measurement, and is a guess.
"""

import numpy as np

import sigdeconv as sd
from sigdeconv.transposed import centred_geometry, learn_kernel

n, S, K = 256, 4, 21
inside = (slice(24, -24),) * 2


def scene(name):
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

# %%
# CGLS from zero converges to the part of the scene that the measurement sees; the blur of what is
# left is zero at every sample that was kept. The grid in it is the alias of the smooth areas: the
# data alone do not tell them from dots.

obs = sd.cgls(A(x), A, num_iter=300)
lost = x - obs
share = np.sum(lost**2) / np.sum((x - x.mean()) ** 2)
print(f"null space: {x.size - y.size} of {x.size} dimensions, {share:.1%} of the energy")
print(f"largest sample that the lost part leaves in the data: {np.abs(A(lost)).max():.0e}")

# %%
shown = {f"data, {len(y)}×{len(y)} samples": np.kron(y, np.ones((S, S)))} | ways | {"truth": x}
cut = {name: image[inside] for name, image in shown.items()}
figure = sd.plots.images(cut, truth=x[inside], limits=(0, 1), columns=5)
parts = {"what the data hold of it": obs - obs.mean(), f"null space: {share:.1%}": lost}
split = sd.plots.images({name: part[inside] for name, part in parts.items()}, limits=(-0.5, 0.5))
