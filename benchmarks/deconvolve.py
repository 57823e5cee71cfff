"""`deconvolve(y, psf)` beside every single method, each told nothing: whole-frame PSNR in dB.

Windowed scenes (4 images x Gaussian, box, disk, motion x BSNR 20, 30, 40 dB). Then the share of the
truth within 1 and 1.96 posterior standard deviations, on signals drawn from the model.
"""

import warnings

import numpy as np
from tuning import IMAGES, KERNELS, LEVELS

import sigdeconv as sd

METHODS = ("wiener", "tikhonov", "cgls", "landweber", "tv")


def coverage(seeds=range(8)):
    """Print how often the error bars hold, with spectra given and found."""
    f = np.hypot(np.fft.fftfreq(160)[:, None], np.fft.fftfreq(160))

    def spectrum(f):
        return 1 / (1 + (f / 0.05) ** 2) ** 1.5

    rows = []
    for seed in seeds:
        white = np.random.default_rng(seed).standard_normal((160, 160))
        x = np.fft.ifft2(np.fft.fft2(white) * np.sqrt(spectrum(f))).real[:120, :130]
        obs = sd.simulate(x, sd.psf.gaussian(1.5), noise=sd.Gaussian(0.05), rng=100 + seed)
        row = []
        for given in ({"noise": 0.05, "signal_spectrum": spectrum}, {}):
            result = sd.deconvolve(obs, method="wiener", **given)
            z = np.abs(result.x - obs.truth_window) / result.std
            row += [np.mean(z < 1), np.mean(z < 1.96)]
        rows.append(row)
    given, found = np.split(100 * np.mean(rows, axis=0), 2)
    print(f"error bars, spectra given: 68 % holds {given[0]:.1f} %, 95 % holds {given[1]:.1f} %")
    print(f"error bars, spectra found: 68 % holds {found[0]:.1f} %, 95 % holds {found[1]:.1f} %")


def main() -> None:
    """Print a row a scene, the means, and the coverage."""
    warnings.simplefilter("ignore")
    names = ("auto", *METHODS)
    rows = []
    print(f"{'scene':>26} {'data':>9}" + "".join(f"{name:>10}" for name in names))
    for image, crop in IMAGES.items():
        scene = getattr(sd.datasets, image)()[crop]
        for kernel, psf in KERNELS.items():
            for level in LEVELS:
                obs = sd.simulate(scene, psf, noise=f"gaussian:bsnr={level}", rng=0)
                found = [obs.y, *(sd.deconvolve(obs.y, psf, method=n).x for n in names)]
                rows.append([sd.metrics.psnr(obs.truth_window, x) for x in found])
                text = "".join(f"{value:10.2f}" for value in rows[-1])
                print(f"{f'{image}, {kernel}, {level} dB':>26}{text}", flush=True)
    mean = np.mean(rows, axis=0)
    print(f"{'mean':>26}" + "".join(f"{value:10.2f}" for value in mean))
    gain = np.array(rows)[:, 1] - np.array(rows)[:, 0]
    print(f"auto: {gain.min():+.2f} dB over the data at least; {mean[1] - mean[2:].max():+.2f} dB")
    print("beside the mean of the best single method")
    coverage()


if __name__ == "__main__":
    main()
