"""
A shaken photograph: the kernel that nobody gave
================================================

The camera moved during the exposure, along a path that no family of shapes describes. Picture and
kernel are estimated by turns, from coarse to fine; what comes out is a kernel, or the reason why
there is none.
"""

import os

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

import sigdeconv as sd

size = 64 if os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small" else 256
path = np.zeros((13, 13))
path[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 9], [2, 2, 3, 3, 4, 6, 7, 8, 8, 8, 9, 10]] = 1
psf = gaussian_filter(path, 0.6)
psf /= psf.sum()
scene = sd.datasets.astronaut()[:400, 60:460].reshape(200, 2, 200, 2).mean(axis=(1, 3))
scene = scene[: size + 12, : size + 12]
obs = sd.simulate(scene, psf, noise=0.005, rng=0)
truth = obs.truth_window

# %%
# Nothing is given but a size that is large enough. The verdict says whether the runs agree, and
# whether the spectrum of the data looks blurred at all; where not, ``psf`` is None.

found = sd.psf.free_kernel(obs.y, size=19)
print(f"{found.verdict}; agreement of the runs {found.agreement:.2f}, gain {found.gain:.2f}")
kernel = found.candidates[0]

# %%
# The mean of the data is kept: the kernel sums to one. Where the kernel stands cannot be told, so
# its centre of mass is in the middle, and the picture may be a sample or two aside.

options = {"centre": "middle"}
restored = {
    "true kernel": sd.hyper_laplacian(obs.y, psf, **options),
    "estimated kernel": sd.hyper_laplacian(obs.y, kernel, **options),
}
figure = sd.plots.images(
    {"scene": truth, "data": obs.y, **restored}, "shaken.png", truth=truth, columns=2
)

# %%
# The two kernels. A wrong one is easier to see in itself than in the picture.

wide = np.pad(psf, 3)
shown = {"true": wide / wide.max(), "estimated": kernel / kernel.max()}
kernels = sd.plots.images({name: zoom(k, 4, order=0) for name, k in shown.items()}, "kernels.png")

# %%
# A sharp picture is refused.

sharp = truth + 0.005 * np.random.default_rng(1).standard_normal(truth.shape)
print(sd.psf.free_kernel(sharp, size=9).verdict)
