"""
The Wiener filter: how much to believe each frequency
=====================================================

Wiener's filter is the division Y / H times a factor from 0 to 1, ``|H|² / (|H|² + N / S)``: how far
each frequency of the data can be believed, given the spectra N of the noise and S of the signal.
``sd.wiener(y, psf)`` fits both to the data, so there is nothing to tune.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd

scene = sd.datasets.retina()[520:840, 480:800]
obs = sd.simulate(scene, sd.psf.gaussian(2.0), noise=0.01, rng=0)
best = sd.deconvolve(obs, method="wiener")
print(best)

# %%
# What it fitted: a power law that levels off for the signal, a constant for the noise.

n, parameters = obs.y.shape[0], best.parameters
f = np.arange(1, n // 2) / n
signal = parameters["signal_amplitude"] * (f**2 + parameters["signal_knee"] ** 2) ** (
    -parameters["signal_exponent"] / 2
)
noise = np.full_like(f, parameters["noise_std"] ** 2)
gain = np.abs(sd.psf2otf(obs.A.psf, obs.y.shape)[0, 1 : n // 2]) ** 2
taper = np.outer(*[np.hanning(n) / np.sqrt(np.mean(np.hanning(n) ** 2))] * 2)
power = np.abs(np.fft.fft2(taper * (obs.y - obs.y.mean()))) ** 2 / n**2
ring = np.rint(n * np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n))).astype(int).ravel()
power = (np.bincount(ring, power.ravel()) / np.bincount(ring))[1 : n // 2]

# %%
# The same filter with a hundredth of the noise, and with a hundred times as much.

shown = {"data": obs.y, "noise taken as 1/100": sd.wiener(obs.y, obs.A, weight=0.01)}
shown |= {"as fitted": best.x, "noise taken as 100×": sd.wiener(obs.y, obs.A, weight=100.0)}
with sd.plots.style.context():
    figure = plt.figure(figsize=(8.4, 4.8), layout="constrained")
    grid = figure.add_gridspec(2, 4, height_ratios=(1, 1.05))
    truth = obs.truth_window
    for k, (name, image) in enumerate(shown.items()):
        ax = figure.add_subplot(grid[0, k])
        ax.imshow(image, "gray", vmin=truth.min(), vmax=truth.max())
        ax.set_title(f"{name}\n{sd.metrics.psnr(truth, image):.1f} dB")
        ax.axis("off")
    left, right = figure.add_subplot(grid[1, :2]), figure.add_subplot(grid[1, 2:])
    for line, label, look in ((power, "data", "C7-"), (signal, "S, the signal", "C0-"),
                              (noise, "N, the noise", "C3-"), (gain * signal + noise,
                              "|H|² S + N", "k--")):  # fmt: skip
        left.loglog(f, line, look, label=label)
    left.set(xlabel="cycles a pixel", title="spectra fitted to the data", ylim=(1e-6, 1e2))
    for factor, look in ((0.01, "C1-"), (1, "k-"), (100, "C2-")):
        right.plot(f, gain / (gain + factor * noise / signal), look, label=f"N × {factor:g}")
    right.set(xlabel="cycles a pixel", title="how much each frequency is believed")
    for ax in (left, right):
        ax.legend()
plt.show()
