"""
Where the noise goes: a map of its amplification
================================================

A restoration is one throw of the dice. Two dozen exposures of one scene, each restored, show how
far the estimate scatters at every pixel: with the light, as counts do, and in Richardson-Lucy more
with every iteration. For the Wiener filter a single exposure already says how far it is off:
``Result.std`` is its error bar.
"""

import os

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd

scene = sd.datasets.coins()[160:270, 20:150]
small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
psf, exposures = sd.psf.gaussian(1.8), 4 if small else 24
obs = [sd.simulate(scene, psf, noise="poisson:200", rng=k) for k in range(exposures)]
truth = obs[0].truth_window
stacks = {"data": np.array([one.y for one in obs])}
stacks["Wiener"] = np.array([sd.wiener(one.y, psf) for one in obs])
for steps in (5, 20, 80):
    images = [sd.richardson_lucy(one.y, psf, num_iter=steps) for one in obs]
    stacks[f"RL, {steps} steps"] = np.array(images)

# %%
# Bias (what averaging many exposures would not mend) and scatter add up to the error.

for name, stack in stacks.items():
    bias = np.sqrt(np.mean((stack.mean(0) - truth) ** 2))
    scatter = np.sqrt(np.mean(stack.var(0)))
    print(f"{name:14} bias {bias:5.1f}, scatter {scatter:5.1f} counts")
bar = sd.deconvolve(obs[0], method="wiener").std
print(f"error bar of the first Wiener estimate: {np.sqrt(np.mean(np.asarray(bar) ** 2)):.1f}")

# %%
with sd.plots.style.context():
    figure, axes = plt.subplots(2, 5, figsize=(9.6, 3.8), layout="constrained")
    for (top, below), (name, stack) in zip(axes.T, stacks.items(), strict=True):
        top.imshow(stack[0], "gray", vmin=truth.min(), vmax=truth.max())
        top.set_title(f"{name}\n{sd.metrics.psnr(truth, stack[0]):.1f} dB")
        shown = below.imshow(stack.std(0), "magma", vmin=0, vmax=40)
        scatter, bias = np.sqrt(np.mean(stack.var(0))), np.std(stack.mean(0) - truth)
        below.set_title(f"scatter {scatter:.0f}, bias {bias:.0f} counts")
        top.axis("off")
        below.axis("off")
    figure.colorbar(shown, ax=axes[1], label="standard deviation", aspect=12)
plt.show()
