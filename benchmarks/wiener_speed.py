"""Wiener filter against the bare FFTs: time as a multiple of one forward and one inverse transform.

2048 x 2048, float32, one thread. First the filter with its spectra given, on a periodic grid, the
kernel's transform included; then `wiener(y, psf)` with nothing else (spectra from the data, unknown
border), at three noise levels. Runs are interleaved with the transforms, and the median of the
ratios is printed. Last, `deconvolve` beside one such solve.
"""

import statistics
import sys

import scipy.fft
from _timing import seconds

import sigdeconv as sd

KERNELS = {
    "gaussian": sd.psf.gaussian(2.0),
    "box": sd.psf.box(9),
    "disk": sd.psf.disk(4),
    "motion": sd.psf.motion(15, 30),
}


def ratio(y, repeats, function, *args, **options):
    """Return the median time of a call over that of the transforms beside it."""
    shape = y.shape

    def floor():
        scipy.fft.irfft2(scipy.fft.rfft2(y), shape)

    found = []
    floor()
    for _ in range(repeats):
        before = seconds(floor)
        taken = seconds(lambda: function(*args, **options))
        found.append(taken / min(before, seconds(floor)))
    return statistics.median(found)


def main(n=2048, repeats=5):
    """Print the ratios."""
    scene = sd.datasets.camera()
    factor = -(-(n + 32) // scene.shape[0])
    scene = scene.repeat(factor, 0).repeat(factor, 1)[: n + 32, : n + 32].astype("float32")
    for name, psf in KERNELS.items():
        obs = sd.simulate(scene, psf, noise="gaussian:bsnr=40", rng=0)
        y = obs.y[:n, :n]
        taken = ratio(y, 3 * repeats, sd.wiener, y, psf, boundary="periodic", nsr=0.01)
        print(f"{name:>9}, spectra given, periodic: {taken:6.2f}")
        for level in (20, 30, 40):
            y = sd.simulate(scene, psf, noise=f"gaussian:bsnr={level}", rng=0).y[:n, :n]
            steps = sd.deconvolve(y, psf, method="wiener").num_iter
            taken = ratio(y, repeats, sd.wiener, y, psf)
            print(f"{name:>9}, nothing given, {level} dB: {taken:6.1f} ({steps} iterations)")
    one_call(y, psf)


def one_call(y, psf):
    """Print the time of `deconvolve` over that of one Wiener solve, on the last data."""

    def signal(f):
        return 1 / (1e-4 + f**2)

    for method in ("wiener", "tikhonov", "auto"):
        pairs = [
            (
                seconds(lambda method=method: sd.deconvolve(y, psf, method=method)),
                seconds(lambda: sd.wiener(y, psf, noise_spectrum=1e-4, signal_spectrum=signal)),
            )
            for _ in range(3)
        ]
        chosen = sd.deconvolve(y, psf, method=method).method
        share = statistics.median(a / b for a, b in pairs)
        print(f"deconvolve(y, psf, method={method!r}), which took {chosen}: {share:.1f} solves")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
