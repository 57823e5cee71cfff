"""
A photograph: the inverse beside the transposed convolution
===========================================================

A camera sees a window of a blurred scene, with noise. The transposed convolution gives an array of
the scene's shape, and a picture that is blurred once more. The inverses bring the values back, as
far as the noise lets them; the plain division shows why "as far as" matters.
"""

import os

import sigdeconv as sd

small = os.environ.get("SIGDECONV_EXAMPLE_SIZE") == "small"
scene = sd.datasets.camera()[: 160 if small else None]
psf = sd.psf.gaussian(2.0)
obs = sd.simulate(scene, psf, noise="poisson:1000", rng=0)
print(obs)

# %%
# Each method gets the same data. Nothing is tuned: the Wiener filter finds the spectra of noise and
# signal by itself.

methods = {
    "adjoint": {},
    "inverse_filter": {},
    "wiener": {},
    "richardson_lucy": {"num_iter": 20},
}
comparison = sd.compare(obs, methods=methods)
print(comparison)

# %%
# One colour range for all pictures, one diverging range for all errors.

figure = comparison.plot("photograph.png")
