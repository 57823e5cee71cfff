"""Richardson-Lucy that stops by itself, and with total variation whose weight comes from the data.

Windowed scenes (4 images x Gaussian, box, disk x Poisson peaks 30, 300, 3000), whole frame. The
constants of the rules were chosen on the first set; "fresh" has other images and noise, and showed
where a penalty does harm; on the third nothing was chosen.
Usage: python benchmarks/richardson_lucy_quality.py [first | fresh | third] [stop] [tv]

stop  The iteration at which ``stop="auto"`` stops, the best one, and what that loses in dB, for
      each acceleration.
tv    The automatic weight of the total variation, the iterations, and the gain in dB over the best
      iteration of plain Richardson-Lucy: for fifty iterations, and for what `deconvolve` does by
      itself, which ends by ``stop="auto"`` and goes without a penalty that would do harm.
"""

import itertools
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
THIRD = {
    "cell": (slice(200, 392), slice(200, 392)),
    "retina": (slice(300, 492), slice(300, 492)),
    "brick": (slice(0, 192), slice(0, 192)),
    "moon": (slice(200, 392), slice(200, 392)),
}
SETS = {"first": (FIRST, 0), "fresh": (FRESH, 11), "third": (THIRD, 23)}
KERNELS = {"gaussian": sd.psf.gaussian(1.6), "box": sd.psf.box(7), "disk": sd.psf.disk(4)}
PEAKS = (30, 300, 3000)
TV = {
    "tv, 50 iterations": {"acceleration": "heavy-ball", "num_iter": 50},
    "tv, heavy-ball": {"acceleration": "heavy-ball"},
    "tv": {},
}
MOST = {"none": 400, "biggs-andrews": 60, "heavy-ball": 60, "squarem": 80}


def psnrs(obs, acceleration):
    """Return the PSNR after every iteration, until well past the best."""
    found = [sd.metrics.psnr(obs.truth_window, np.full_like(obs.y, obs.y.mean()))]

    def record(k, x):
        found.append(sd.metrics.psnr(obs.truth_window, x[obs.A.window]))
        return k > 1.5 * int(np.argmax(found)) + 8

    sd.deconvolve(
        obs,
        method="richardson_lucy",
        acceleration=acceleration,
        num_iter=MOST[acceleration],
        callback=record,
        history=False,
    )
    return np.array(found)


def stopped(obs, plain):
    """Return texts and losses of ``stop="auto"`` for each acceleration."""
    texts, losses = [], []
    for name in MOST:
        curve = plain if name == "none" else psnrs(obs, name)
        auto = sd.deconvolve(obs, method="richardson_lucy", acceleration=name, stop="auto")
        losses.append(curve.max() - sd.metrics.psnr(obs.truth_window, auto.x))
        texts.append(f"{auto.num_iter} / {curve.argmax()}: {losses[-1]:.2f}")
    return texts, losses


def penalised(obs, plain):
    """Return texts and gains of the total variation, the weight from the data."""
    texts, gains = [], []
    for options in TV.values():
        found = sd.deconvolve(obs, method="richardson_lucy", regularization="tv", **options)
        gains.append(sd.metrics.psnr(obs.truth_window, found.x) - plain.max())
        texts.append(f"{found.parameters['weight']:.4f}, {found.num_iter}: {gains[-1]:+.2f}")
    return texts, gains


def main(chosen: str = "first", *parts: str) -> None:
    """Print one row a scene, then means and extremes."""
    images, seed = SETS[chosen]
    parts = parts or tuple(PARTS)
    names = [name for part in parts for name in PARTS[part][1]]
    found = []
    print(f"{'scene':>28}" + "".join(f"{name:>22}" for name in names))
    for image, crop in images.items():
        scene = getattr(sd.datasets, image)()[crop]
        for kernel, psf in KERNELS.items():
            for peak in PEAKS:
                obs = sd.simulate(scene, psf, noise=f"poisson:{peak}", rng=seed)
                plain = psnrs(obs, "none")
                texts, values = zip(*(PARTS[part][0](obs, plain) for part in parts), strict=True)
                found.append(list(itertools.chain(*values)))
                row = "".join(f"{text:>22}" for text in itertools.chain(*texts))
                print(f"{f'{image}, {kernel}, {peak}':>28}" + row, flush=True)
    for name, values in zip(names, np.transpose(found), strict=True):
        worst = values.min() if name in TV else values.max()
        print(f"{name}: {values.mean():+.3f} dB, {worst:+.3f} at worst")


PARTS = {"stop": (stopped, MOST), "tv": (penalised, TV)}


if __name__ == "__main__":
    main(*sys.argv[1:])
