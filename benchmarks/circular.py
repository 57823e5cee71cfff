"""The six classic circular scenarios on two photographs: gain over the data (ISNR) in dB.

Each method is told nothing; `best` is what ``deconvolve(seen, method="best")`` chose among them by
the predicted error. Scenarios: (1, 2) kernel 1 / (1 + i^2 + j^2), noise variance 2 and 8; (3) box
of 9, BSNR 40 dB; (4) binomial of 5, variance 49; (5, 6) Gaussian of 1.6 and 0.4, variance 4 and 64,
on intensities from 0 to 255.
"""

import time
import warnings

import numpy as np

import sigdeconv as sd

METHODS = ("wiener", "tv", "wavelet_l1", "hyper_laplacian")
IMAGES = {
    "camera": (slice(20, 276), slice(100, 356)),
    "astronaut": (slice(0, 256), slice(96, 352)),
}


def scenarios():
    """Yield kernel and noise of each scenario."""
    i = np.arange(-7, 8)
    hill = 1 / (1 + i[:, None] ** 2 + i**2)
    hill /= hill.sum()
    binomial = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    yield hill, sd.Gaussian(2**0.5)
    yield hill, sd.Gaussian(8**0.5)
    yield sd.psf.box(9), "gaussian:bsnr=40"
    yield np.outer(binomial, binomial), sd.Gaussian(7.0)
    yield sd.psf.gaussian(1.6), sd.Gaussian(2.0)
    yield sd.psf.gaussian(0.4), sd.Gaussian(8.0)


def main() -> None:
    """Print a row a scenario and the means."""
    warnings.simplefilter("ignore")
    names = (*METHODS, "best")
    print(f"{'scene':>12}" + "".join(f"{name:>16}" for name in names) + "  chosen")
    rows, seconds = [], dict.fromkeys(names, 0.0)
    for image, crop in IMAGES.items():
        scene = 255 * getattr(sd.datasets, image)()[crop]
        for k, (psf, noise) in enumerate(scenarios(), 1):
            seen = sd.simulate(scene, psf, noise=noise, rng=k, boundary="periodic")
            before = sd.metrics.psnr(seen.truth_window, seen.y)
            row = []
            for name in names:
                began = time.perf_counter()
                result = sd.deconvolve(seen, method=name)
                seconds[name] += time.perf_counter() - began
                row.append(sd.metrics.psnr(seen.truth_window, result.x) - before)
            rows.append(row)
            text = "".join(f"{gain:16.2f}" for gain in row)
            print(f"{f'{image} {k}':>12}{text}  {result.method}", flush=True)
    mean = dict(zip(names, np.mean(rows, axis=0), strict=True))
    print(f"{'mean':>12}" + "".join(f"{mean[name]:16.2f}" for name in names))
    print(f"{'seconds':>12}" + "".join(f"{seconds[name] / len(rows):16.2f}" for name in names))
    print(f"best, chosen by the library: {mean['best'] - mean['tv']:+.2f} dB beside tv in the mean")


if __name__ == "__main__":
    main()
