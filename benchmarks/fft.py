"""Which FFT wins: a filter (forward, product, inverse) in float32, milliseconds and ratio.

Whole transforms of scipy.fft and of pyFFTW with measured plans, and the three passes over blocks
that iterations use (`sigdeconv._fft.Passes`) by either. Medians of interleaved runs.
Usage: python benchmarks/fft.py [runs] [threads]
"""

import importlib.util
import os
import sys
import time

import numpy as np
import scipy.fft

import sigdeconv as sd
from sigdeconv.solvers.em.blocks import Blocks
from sigdeconv.solvers.em.projector import make_projector

CASES = [((1024, 1024), (25, 25)), ((2048, 2048), (25, 25)), ((64, 256, 256), (17, 31, 31))]


def contenders(shape, kernel, threads):
    """Return name -> one filter of an array on the grid of the problem."""
    psf = np.ones(kernel) / np.prod(kernel)
    A = sd.Convolution.for_data(psf, shape, workers=threads)
    size = A.grid.shape
    x = np.random.default_rng(0).random(A.shape, dtype=np.float32)
    otf = scipy.fft.rfftn(np.zeros(size, np.float32), workers=threads)

    def whole():
        spectrum = scipy.fft.rfftn(x, s=size, workers=threads)
        spectrum *= otf
        scipy.fft.irfftn(spectrum, s=size, workers=threads, overwrite_x=True)

    found = {"scipy.fft, whole": whole}
    engines = ["scipy"]
    if importlib.util.find_spec("pyfftw"):
        import pyfftw

        a, b = pyfftw.zeros_aligned(size, "float32"), pyfftw.zeros_aligned(otf.shape, "complex64")
        axes = tuple(range(len(size)))
        forth = pyfftw.FFTW(a, b, axes=axes, threads=threads)
        back = pyfftw.FFTW(b, a, axes=axes, threads=threads, direction="FFTW_BACKWARD")

        def planned():
            a[tuple(slice(0, n) for n in x.shape)] = x
            forth.execute()
            np.multiply(b, otf, out=b)
            back.execute()

        found["pyFFTW, whole"] = planned
        engines.append("pyfftw")
    for engine in engines:
        os.environ["SIGDECONV_FFT"] = engine
        projector = make_projector(A, x, Blocks(threads), None)
        projector.forward(x)  # makes the plans, with this engine
        found[f"{engine}, in passes"] = lambda projector=projector: projector.forward(x)
    return found


def main(runs=9, threads=1):
    """Print a row a contender and shape."""
    for shape, kernel in CASES:
        found = contenders(shape, kernel, threads)
        times = {name: [] for name in found}
        for _ in range(runs):
            for name, run in found.items():
                began = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - began)
        floor = np.median(times["scipy.fft, whole"])
        print(f"{' x '.join(map(str, shape))}, {threads} thread(s)")
        for name, seconds in times.items():
            middle = np.median(seconds)
            print(f"  {name:18}{1e3 * middle:9.1f} ms{middle / floor:7.2f}")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
