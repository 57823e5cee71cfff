"""Kernels computed from the optics against quadrature and closed forms: error, light, time.

Widefield: each integral over the pupil with 1500 nodes a panel, 8 x 8 Gauss points a pixel, at
pixels of seven planes; NA 1.4 in oil, 600 nm, 100 nm pixels. Telescope: the annular Airy pattern,
and the long exposure exp(-3.44 (f / r0)^(5/3)), over the pixel. Errors are parts of the peak;
seconds are of this process on one core, the second call. Of psfmodels and poppy, where they are
installed, the difference follows: they sum 3 x 3 samples a pixel, or oversample the detector.
"""

import importlib.util
import pathlib
import sys
import time

import numpy as np

import sigdeconv as sd

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from tests.psf import test_microscope as scope
from tests.psf import test_telescope as sky

PLACES = np.array([[0, 0], [0, 1], [1, 1], [-3, 2], [5, -4], [-12, 0], [9, 24], [-20, -20]])
PLANES = np.array([30, 27, 33, 20, 45, 0, 60])


def microscopes() -> None:
    """Print a row a model, depth and parity."""
    print(f"{'51 x 51 x 61 (even: 50)':>34}{'error':>9}{'centroid':>10}{'in frame':>10}{'s':>7}")
    for name, (optics, model, depth, index) in scope.CASES.items():
        for size in (51, 50):
            given = {
                **optics, "model": model, "depth": depth, "sample_index": index, "details": True,
                "spacing": (200e-9, 100e-9, 100e-9), "shape": (61, size, size),
            }  # fmt: skip
            sd.psf.microscope(**given)
            began = time.process_time()
            found = sd.psf.microscope(**given)
            seconds = time.process_time() - began
            z = (PLANES - 30) * 200e-9 + found.focus
            expected = scope.over_pixels(
                lambda r, z=z, o=optics, m=model, d=depth, n=index: scope.intensity(
                    r, z, sample_index=n, layers=((d, n),), model=m, **o
                ),
                PLACES, 100e-9,
            )  # fmt: skip
            got = np.array([found.psf[(PLANES, *place)] for place in PLACES + size // 2])
            scale = (got * expected).sum() / (expected**2).sum()
            error = np.abs(got - scale * expected).max() / found.psf.max()
            # The part that is symmetric about the centre has its centroid there.
            part = found.psf[:, 1 - size % 2 :, 1 - size % 2 :].sum(axis=(0, 1))
            centre = np.arange(part.size) - part.size // 2
            off = abs((part * centre).sum() / part.sum())
            label = f"{name}, {size}"
            print(f"{label:>34}{error:9.1e}{off:10.1e}{found.energy_in_frame:10.3f}{seconds:7.2f}")


def telescopes() -> None:
    """Print a row a pupil."""
    print(f"\n{'telescope, 51 and 50 pixels':>34}{'error':>9}{'s':>7}")
    for obstruction in (0.0, 0.33):
        for size in (51, 50):
            began = time.process_time()
            psf = sd.psf.telescope(**sky.HUBBLE, obstruction=obstruction, shape=size)
            seconds = time.process_time() - began
            expected = sky.over_pixels(sky.annular(obstruction), (size, size), sky.PIXEL)
            expected /= expected.sum()
            error = np.abs(psf - expected).max() / expected.max()
            print(f"{f'obstruction {obstruction:g}, {size}':>34}{error:9.1e}{seconds:7.2f}")
    began = time.process_time()
    psf, expected = sky.seeing_pair()
    error = np.abs(psf - expected).max() / expected.max()
    print(f"{'seeing, 40 r0, 41 x 40':>34}{error:9.1e}{time.process_time() - began:7.2f}")


def peers() -> None:
    """Print the difference of what is installed."""
    if importlib.util.find_spec("psfmodels"):
        import psfmodels

        # Its kernel is sampled by 3 x 3 sums, its focus is shifted and its even frames are off.
        other = psfmodels.make_psf(
            z=np.arange(-30, 31) * 0.2, nx=51, dxy=0.1, NA=1.4, wvl=0.6, ns=1.515, ni=1.515,
            model="vectorial",
        )  # fmt: skip
        ours = sd.psf.microscope(**scope.OIL, spacing=(2e-7, 1e-7, 1e-7), shape=(61, 51, 51))
        error = np.abs(other / other.max() - ours / ours.max()).max()
        print(f"{'psfmodels, depth 0':>34}{error:9.1e}")
    if importlib.util.find_spec("poppy"):
        import poppy

        optics = poppy.OpticalSystem(oversample=4)
        optics.add_pupil(poppy.CircularAperture(radius=1.2))
        optics.add_pupil(poppy.SecondaryObscuration(secondary_radius=1.2 * 0.33, n_supports=0))
        optics.add_detector(pixelscale=0.02, fov_pixels=51)
        other = optics.calc_psf(wavelength=1e-6)[1].data
        expected = sky.over_pixels(sky.annular(0.33), (51, 51), sky.PIXEL)
        error = np.abs(other / other.sum() - expected / expected.sum()).max() * expected.sum()
        print(f"{'poppy, 4 x oversampled':>34}{error / expected.max():9.1e}")


if __name__ == "__main__":
    microscopes()
    telescopes()
    peers()
