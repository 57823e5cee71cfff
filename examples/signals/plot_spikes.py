"""
A layered ground: spikes from a seismic trace
=============================================

Each boundary between two layers returns the pulse that was sent down, scaled by how much the rock
changes there. The trace is the sum of all echoes, and noise. Where pulses overlap, the eye finds
neither their number nor their place.

``sparse`` asks for few echoes; its weight is set by the noise, which it estimates. A quadratic
method, here Tikhonov's, has no sharp answer: the frequencies that the pulse lacks stay away.
"""

import os

import numpy as np

import sigdeconv as sd

n = 300 if os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small" else 1000
ground = sd.datasets.spikes(n, 60 * n // 1000, rng=3)
pulse = sd.psf.ricker(50.0, dt=0.004)  # 50 Hz, sampled every 4 ms
obs = sd.simulate(ground, pulse, noise="gaussian:bsnr=20", rng=3, boundary="zero")

echoes = sd.sparse(obs.y, pulse)
smooth = sd.tikhonov(obs.y, pulse, order=0)
limit = 2 * float(obs.noise.sigma_of(obs.A(ground)))
print(f"{np.sum(abs(echoes) > limit)} echoes found, {np.count_nonzero(ground)} are there")

# %%
with sd.plots.style.context():
    figure = sd.plots.style.figure(4.2)
    rows = {"trace": obs.y, "tikhonov": smooth, "sparse, and what is there (circles)": echoes}
    seconds = 0.004 * np.arange(n)
    here = seconds < 1.2
    for axes, (title, values) in zip(figure.subplots(3, 1, sharex=True), rows.items(), strict=True):
        if values is echoes:
            at = here & (ground != 0)
            axes.plot(seconds[at], ground[at], "o", mfc="none", color="0.5", ms=5)
            axes.vlines(seconds[here], 0, values[here])
        else:
            axes.plot(seconds[here], values[here])
        axes.axhline(0, color="0.7", lw=0.5)
        axes.set_title(title)
    axes.set_xlabel("two-way time (s)")
figure
