"""Richardson-Lucy, seconds an iteration, over the four real FFTs that it cannot do without.

float32, exact back projector, unknown border, no history. The floor is scipy.fft on the grid of
the problem, with the same threads; scikit-image works on the window alone, with zeros beyond.
Medians of interleaved differences between a long and a short run.
Usage: python benchmarks/richardson_lucy.py [runs] [threads]
"""

import importlib.util
import os
import sys
import time

import numpy as np
import scipy.fft
from skimage import restoration

import sigdeconv as sd

CASES = [((1024, 1024), (25, 25)), ((2048, 2048), (25, 25)), ((64, 256, 256), (17, 31, 31))]
SHORT, LONG = 2, 6


def seconds(run):
    """Return the wall-clock time of a call."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def contenders(shape, kernel, threads):
    """Return name -> function that returns the seconds of one iteration."""
    rng = np.random.default_rng(0)
    y = rng.poisson(100, shape).astype(np.float32)
    psf = rng.random(kernel).astype(np.float32)
    psf /= psf.sum()
    A = sd.Convolution.for_data(psf, shape, workers=threads)
    size = A._grid()[0]
    x = rng.random(size, dtype=np.float32)

    def floor():
        def pair():
            spectrum = scipy.fft.rfftn(x, workers=threads)
            scipy.fft.irfftn(spectrum, s=size, workers=threads, overwrite_x=True)

        return 2 * seconds(pair)

    def ours(engine):
        def run(n):
            os.environ["SIGDECONV_FFT"] = engine
            return seconds(lambda: sd.richardson_lucy(y, A, num_iter=n))

        return lambda: (run(LONG) - run(SHORT)) / (LONG - SHORT)

    def theirs():
        def run(n):
            return seconds(lambda: restoration.richardson_lucy(y, psf, num_iter=n, clip=False))

        return run(3) - run(2)

    found = {"four real FFTs, scipy": floor, "sigdeconv, scipy": ours("scipy")}
    if importlib.util.find_spec("pyfftw"):
        found["sigdeconv, pyfftw"] = ours("pyfftw")
    return found | {"scikit-image": theirs}


def main(runs=5, threads=1):
    """Print a row a contender and shape."""
    for shape, kernel in CASES:
        found = contenders(shape, kernel, threads)
        times = {name: [] for name in found}
        for _ in range(runs):
            for name, run in found.items():
                times[name].append(run())
        floor = np.median(times["four real FFTs, scipy"])
        print(f"{' x '.join(map(str, shape))}, {threads} thread(s)", flush=True)
        for name, taken in times.items():
            print(f"  {name:22}{1e3 * np.median(taken):9.1f} ms{np.median(taken) / floor:7.2f}")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
