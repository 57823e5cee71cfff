"""
Why dividing the spectra explodes
=================================

"Deconvolution is division in the Fourier domain." It is, for data without noise. A blur leaves next
to nothing of the high frequencies; whatever else is there, if only the rounding of the file format,
is divided by next to nothing too.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd

warnings.simplefilter("ignore", sd.sanity.ResultWarning)  # they explode on purpose
x = sd.datasets.coins()[40:296, 64:320]
A = sd.Convolution(sd.psf.gaussian(1.2), x.shape, "periodic")
clean = A(x)
rng = np.random.default_rng(0)
data = {
    "double precision": clean,
    "16-bit file": np.round(clean * 65535) / 65535,
    "8-bit file": np.round(clean * 255) / 255,
    "noise of 1 %": clean + 0.01 * rng.standard_normal(x.shape),
}

# %%
# The same division each time, and beside it the Wiener filter, which divides where there is signal.

results = {name: (y, sd.inverse_filter(y, A), sd.wiener(y, A)) for name, y in data.items()}
for name, images in results.items():
    print(f"{name:17}", *(f"{sd.metrics.psnr(x, image):7.1f} dB" for image in images))

# %%
with sd.plots.style.context():
    figure, axes = plt.subplots(3, 4, figsize=(8.4, 6.6), layout="constrained")
    for (top, middle, below), (name, images) in zip(axes.T, results.items(), strict=True):
        for ax, image, method in zip((top, middle), images[1:], ("divided", "Wiener"), strict=True):
            ax.imshow(image, "gray", vmin=0, vmax=1)
            ax.set_title(f"{method}: {sd.metrics.psnr(x, image):.1f} dB".replace("-", "−"))
            ax.axis("off")
        top.set_title(f"{name}\n{top.get_title()}")
        f = np.arange(x.shape[0] // 2 + 1) / x.shape[0]
        lines = [np.abs(np.fft.fft2(image))[: f.size, :8].mean(1) for image in (clean, *images[:2])]
        for line, label, look in zip(
            lines, ("blurred scene", "data", "divided"), ("k-", "C7-", "C3-"), strict=True
        ):
            below.semilogy(f, line, look, lw=1, label=label)
        below.set(xlabel="cycles a pixel", ylim=(3e-3, 1e5), xlim=(0, 0.5))
    axes[2, 0].set_ylabel("amplitude of the spectrum")
    axes[2, 0].legend(loc="upper right")
plt.show()
