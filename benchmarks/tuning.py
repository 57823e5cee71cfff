"""How good the rules are: loss in dB to the best strength, and gain over scikit-image's Wiener.

Windowed scenes (4 images x Gaussian, box, disk, motion x BSNR 20, 30, 40 dB), whole frame. First
table: how much each rule of `tune` loses to the oracle, in the mean and at worst. Second: the
automatic `wiener` and `tikhonov` beside scikit-image's `wiener` with its balance tuned against the
truth, and `unsupervised_wiener`. Names of methods as arguments leave out the others.
"""

import sys
import warnings

import numpy as np
from skimage import restoration

import sigdeconv as sd

KERNELS = {
    "gaussian": sd.psf.gaussian(2.0),
    "box": sd.psf.box(9),
    "disk": sd.psf.disk(4),
    "motion": sd.psf.motion(15, 30),
}
IMAGES = {
    "camera": (slice(0, 256), slice(100, 356)),
    "astronaut": (slice(16, 272), slice(100, 356)),
    "coins": (slice(0, 256), slice(0, 256)),
    "page": (slice(0, 191), slice(0, 256)),
}
LEVELS = (20, 30, 40)
METHODS = ("tikhonov", "wiener", "inverse", "cgls", "landweber")
BALANCES = 10.0 ** np.arange(-5, 1.01, 0.25)


def scikit_image(y, psf, truth):
    """Return the PSNR of scikit-image's Wiener with its best balance, and of the unsupervised."""
    top = float(np.max(y))
    tuned = max(
        sd.metrics.psnr(truth, top * restoration.wiener(y / top, psf, balance, clip=False))
        for balance in BALANCES
    )
    alone, _ = restoration.unsupervised_wiener(y / top, psf, clip=False, rng=0)
    return tuned, sd.metrics.psnr(truth, top * alone)


def main(methods=METHODS) -> None:
    """Print both tables."""
    warnings.simplefilter("ignore")
    losses = {method: {} for method in methods}
    rows = []
    print(f"{'scene':>26} {'data':>6} {'tikhonov':>9} {'wiener':>7} {'skimage':>8} {'unsup.':>7}")
    for image, crop in IMAGES.items():
        scene = getattr(sd.datasets, image)()[crop]
        for kernel, psf in KERNELS.items():
            for level in LEVELS:
                obs = sd.simulate(scene, psf, noise=f"gaussian:bsnr={level}", rng=0)
                truth = obs.truth_window
                for method in methods:
                    curve = sd.tune(obs, method=method)
                    for rule, value in curve.best.items():
                        if np.isfinite(value):
                            losses[method].setdefault(rule, []).append(curve.loss(rule))
                row = [sd.metrics.psnr(truth, obs.y)]
                row += [
                    sd.metrics.psnr(truth, function(obs.y, psf))
                    for function in (sd.tikhonov, sd.wiener)
                ]
                row += scikit_image(obs.y, psf, truth)
                rows.append(row)
                name = f"{image}, {kernel}, {level} dB"
                print(f"{name:>26} " + " ".join(f"{value:7.2f}" for value in row), flush=True)
    data, tikhonov, wiener, tuned, alone = np.array(rows).T
    print(f"{'mean':>26} " + " ".join(f"{v:7.2f}" for v in np.mean(rows, axis=0)))
    for name, mine in (("tikhonov", tikhonov), ("wiener", wiener)):
        print(
            f"{name}: over the data at least {np.min(mine - data):+.2f} dB; over scikit-image's "
            f"wiener {np.mean(mine - tuned):+.2f} in the mean, {np.min(mine - tuned):+.2f} at "
            f"least; over unsupervised_wiener {np.min(mine - alone):+.2f} at least"
        )
    print("\nloss to the best strength, dB: mean (worst)")
    rules = list(losses[methods[0]])
    print(f"{'':>12}" + "".join(f"{rule:>15}" for rule in rules))
    for method in methods:
        cells = [losses[method].get(rule) for rule in rules]
        text = [f"{np.mean(c):.2f} ({np.max(c):.2f})" if c else "-" for c in cells]
        print(f"{method:>12}" + "".join(f"{cell:>15}" for cell in text))


if __name__ == "__main__":
    main(*([tuple(sys.argv[1:])] if sys.argv[1:] else []))
