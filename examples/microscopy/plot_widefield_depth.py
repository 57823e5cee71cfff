"""
A widefield stack through twenty micrometres of water
=====================================================

An oil objective looks into a watery sample. The deeper the focus, the longer the kernel's tail on
one side: spherical aberration. A kernel computed for the cover glass does not fit there; the one
for the depth does.
"""

import os
import warnings

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
optics = {
    "na": 1.4, "index": 1.515, "sample_index": 1.33, "wavelength": "520 nm",
    "spacing": ("200 nm", "100 nm", "100 nm"), "shape": (21, 21, 21) if small else (41, 31, 31),
}  # fmt: skip
deep = sd.psf.microscope(**optics, depth="20 um", details=True)
shallow = sd.psf.microscope(**optics)
print(f"brightest {1e6 * deep.focus:.2f} um beyond the paraxial focus")
print(f"{deep.energy_in_frame:.0%} of the light of these planes is inside the frame")

# %%
# Along the optical axis, in the middle: symmetric at the cover glass, drawn out at depth.

figure = sd.plots.images(
    {"at the cover glass": shallow / shallow.max(), "20 um deep": deep.psf / deep.psf.max()},
    "kernels.png",
    limits=(0, 0.3),
    spacing=(2, 1, 1),
)

# %%
# Beads at that depth, counted photons, and the two kernels. Every plane of a widefield kernel holds
# the same light, so that it never fits a frame, which the package remarks.

warnings.simplefilter("ignore", sd.sanity.SanityWarning)
scene = 0.02 + sd.datasets.beads((24, 40, 40) if small else (40, 64, 64), count=8, rng=3)
obs = sd.simulate(scene, deep.psf, noise="poisson:2000", rng=0, boundary="reflect")
steps = {"num_iter": 20 if small else 60, "acceleration": "heavy-ball"}
restored = {
    "kernel of the cover glass": sd.richardson_lucy(obs.y, shallow, **steps),
    "kernel of the depth": sd.richardson_lucy(obs.y, deep.psf, **steps),
}
for name, x in restored.items():
    print(f"{name:26} {sd.metrics.psnr(obs.truth_window, x):.1f} dB")
stack = sd.plots.images(
    {"scene": obs.truth_window, "data": obs.y, **restored},
    "stack.png",
    truth=obs.truth_window,
    spacing=(2, 1, 1),
)
