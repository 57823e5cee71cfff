"""
How strong: all rules on one curve
==================================

A restoration has one dial: the weight between trusting the data and trusting that the scene is
smooth. Too little and the noise is amplified, too much and the blur stays. Several rules read the
setting off the data alone. Here they are all on one curve, beside the best setting, which only
someone who knows the truth can tell.
"""

import os

import matplotlib.pyplot as plt

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
n = 80 if small else 200
scene = sd.datasets.camera()[40 : 40 + n, 150 : 150 + n]
psf = sd.psf.disk(3)
obs = sd.simulate(scene, psf, noise="gaussian:bsnr=30", rng=0)

# %%
# The curve: quality against the weight, every rule's choice on it, and what each one minimises.
curve = sd.tune(obs, method="tikhonov")
print(curve)
curve.plot()

# %%
# What the choices look like, beside a weight that is far too small and one that is far too large.
least, most = float(curve.strengths[0]), float(curve.strengths[-1])
images = {"data": obs.y, "too little": sd.tikhonov(obs.y, psf, weight=least)}
for rule in ("auto", "gcv", "discrepancy"):
    images[f"{rule}, {curve.best[rule]:.2g}"] = curve.result(rule).x
images["too much"] = sd.tikhonov(obs.y, psf, weight=most)

fig, axes = plt.subplots(2, 3, figsize=(9, 6.4), layout="constrained")
for ax, (name, x) in zip(axes.flat, images.items(), strict=True):
    ax.imshow(x, cmap="gray", vmin=0, vmax=1)
    ax.set_title(f"{name}: {sd.metrics.psnr(obs.truth_window, x):.1f} dB")
    ax.axis("off")
plt.show()
