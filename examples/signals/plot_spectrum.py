"""
A spectrum: lines behind a wide slit
====================================

A spectrometer's slit and optics smear each line into a Voigt profile. The counts are Poisson. The
adjoint smears once more; Wiener and Richardson-Lucy bring the lines back, and Richardson-Lucy keeps
them positive.
"""

import sigdeconv as sd

scene = sd.datasets.spectrum()
psf = sd.psf.voigt(4.0, 1.5)
obs = sd.simulate(scene, psf, noise="poisson:2000", rng=1)

# %%
# The recorded trace is shorter than the spectrum by the kernel: what lies beyond is unknown, and no
# method is told.

comparison = sd.compare(
    obs, methods={"adjoint": {}, "wiener": {}, "richardson_lucy": {"num_iter": 60}}
)
print(comparison)

# %%
figure = comparison.plot("spectrum.png")
