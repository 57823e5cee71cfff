"""Richardson-Lucy that stops by itself, and with total variation whose weight comes from the data.

Windowed scenes (4 images x Gaussian, box, disk x Poisson peaks 30, 300, 3000), whole frame. The
constants of the rule were chosen on the first set; the second has other images and noise.
Usage: python benchmarks/richardson_lucy_quality.py [first | fresh]

First columns: the iteration at which ``stop="auto"`` stops, the best one, and what that loses in
dB, for each acceleration. Last: gain of the total variation with its automatic weight over the
best iteration of plain Richardson-Lucy.
"""

import sys

import numpy as np

import sigdeconv as sd

FIRST = {
    "camera": (slice(60, 252), slice(140, 332)),
    "astronaut": (slice(16, 208), slice(130, 322)),
    "coins": (slice(20, 212), slice(60, 252)),
    "page": (slice(0, 191), slice(60, 252)),
}
FRESH = {
    "cat": (slice(60, 252), slice(120, 312)),
    "coffee": (slice(100, 292), slice(200, 392)),
    "gravel": (slice(0, 192), slice(0, 192)),
    "hubble": (slice(300, 492), slice(300, 492)),
}
SETS = {"first": (FIRST, 0), "fresh": (FRESH, 11)}
KERNELS = {"gaussian": sd.psf.gaussian(1.6), "box": sd.psf.box(7), "disk": sd.psf.disk(4)}
PEAKS = (30, 300, 3000)
MOST = {"none": 400, "biggs-andrews": 60, "heavy-ball": 60, "squarem": 80}


def psnrs(seen, acceleration):
    """Return the PSNR after every iteration, until well past the best."""
    found = [sd.metrics.psnr(seen.truth_window, np.full_like(seen.y, seen.y.mean()))]

    def record(k, x):
        found.append(sd.metrics.psnr(seen.truth_window, x[seen.A.window]))
        return k > 1.5 * int(np.argmax(found)) + 8

    sd.deconvolve(
        seen,
        method="richardson_lucy",
        acceleration=acceleration,
        num_iter=MOST[acceleration],
        callback=record,
        history=False,
    )
    return np.array(found)


def main(chosen: str = "first") -> None:
    """Print one row a scene, then means and extremes."""
    images, seed = SETS[chosen]
    losses = {name: [] for name in MOST}
    gains = []
    print(f"{'scene':>28}" + "".join(f"{name:>22}" for name in MOST) + f"{'tv: weight, gain':>22}")
    for image, crop in images.items():
        scene = getattr(sd.datasets, image)()[crop]
        for kernel, psf in KERNELS.items():
            for peak in PEAKS:
                seen = sd.simulate(scene, psf, noise=f"poisson:{peak}", rng=seed)
                row = f"{f'{image}, {kernel}, {peak}':>28}"
                for name in MOST:
                    curve = psnrs(seen, name)
                    best = curve.max() if name != "none" else (plain := curve.max())
                    auto = sd.deconvolve(
                        seen, method="richardson_lucy", acceleration=name, stop="auto"
                    )
                    loss = best - sd.metrics.psnr(seen.truth_window, auto.x)
                    losses[name].append(loss)
                    row += f"{f'{auto.num_iter} / {curve.argmax()}: {loss:.2f}':>22}"
                options = {"regularization": "tv", "acceleration": "heavy-ball"}
                tv = sd.deconvolve(seen, method="richardson_lucy", **options)
                gains.append(sd.metrics.psnr(seen.truth_window, tv.x) - plain)
                print(row + f"{tv.parameters['weight']:>13.4f} {gains[-1]:+8.2f}", flush=True)
    for name, values in losses.items():
        print(f"stop='auto', {name}: loses {np.mean(values):.3f} dB, {np.max(values):.3f} at worst")
    print(f"total variation, automatic: {np.mean(gains):+.2f} dB, {np.min(gains):+.2f} at worst")


if __name__ == "__main__":
    main(*sys.argv[1:])
