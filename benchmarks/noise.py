"""The level of the noise that is found, and what the automatic weights lose to the best ones.

Scenes of every kind (photographs, textures, stars, beads in a stack, smooth bumps, steps and lines
in one dimension) x kernels x noise (white, counts, counts and read-out, outliers, quantised, a
stride), all windowed. A row gives the level found over the true one (the root of the mean variance,
outliers left out), then for each method PSNR, and the loss in dB to its own best weight.
Usage: python benchmarks/noise.py [first | kept] [scene=a,b] [kernel=..] [noise=..] [method=..]

The rules were made on the set "first"; "kept" has other photographs and other seeds.
"""

import dataclasses
import sys
import warnings

import numpy as np
from variational import oracle

import sigdeconv as sd

PHOTOGRAPHS = {
    "first": {
        "camera": (slice(100, 212), slice(180, 292)),
        "coins": (slice(20, 132), slice(60, 172)),
        "brick": (slice(0, 112), slice(0, 112)),
        "cell": (slice(200, 312), slice(200, 312)),
    },
    "kept": {
        "astronaut": (slice(60, 172), slice(170, 282)),
        "page": (slice(20, 132), slice(60, 172)),
        "grass": (slice(0, 112), slice(0, 112)),
        "hubble": (slice(300, 412), slice(300, 412)),
    },
}
SEEDS = {"first": 0, "kept": 100}
MADE = ("stars", "beads", "smooth", "steps", "lines")
KERNELS = ("delta", "gaussian", "box")
NOISES = {
    "faint": "gaussian:relative=0.002",
    "white": "gaussian:relative=0.02",
    "strong": "gaussian:relative=0.08",
    "few counts": "poisson:30",
    "counts": "poisson:1000",
    "read-out": "poisson:200+gaussian:3",
    "outliers": "gaussian:relative=0.02",
    "quantised": "gaussian:relative=0.001",
    "stride 2": "gaussian:relative=0.01",
}
METHODS = ("tikhonov", "wiener", "tv", "wavelet_l1")


def scene_of(name, chosen):
    """Return a scene of a kind; made ones are drawn from the set's seed."""
    if name in PHOTOGRAPHS[chosen]:
        return getattr(sd.datasets, name)()[PHOTOGRAPHS[chosen][name]]
    rng = np.random.default_rng(SEEDS[chosen] + 7)
    if name == "stars":
        x = np.zeros((112, 112))
        x[tuple(rng.integers(0, 112, (2, 50)))] = 10 ** rng.uniform(0, 1.5, 50)
        return x + 0.02
    if name == "beads":
        x = np.zeros((20, 56, 56))
        for centre in rng.uniform(0, 1, (30, 3)) * x.shape:
            r2 = sum((g - c) ** 2 for g, c in zip(np.indices(x.shape), centre, strict=True))
            x += rng.uniform(0.3, 1) * (r2 < 6)
        return x + 0.02
    if name == "smooth":
        i, j = np.mgrid[:112, :112]
        bumps = zip(
            rng.uniform(0, 112, 8), rng.uniform(0, 112, 8), rng.uniform(8, 25, 8), strict=True
        )
        return sum(np.exp(-((i - a) ** 2 + (j - b) ** 2) / (2 * s * s)) for a, b, s in bumps)
    if name == "steps":
        return np.repeat(rng.uniform(0, 1, 26), rng.integers(8, 40, 26))
    t = np.arange(600.0)
    heights, places = rng.uniform(0.2, 1, 12), rng.uniform(0, 600, 12)
    return 0.05 + sum(h / (1 + ((t - c) / 3) ** 2) for h, c in zip(heights, places, strict=True))


def kernel_of(name, ndim):
    """Return a kernel with `ndim` axes."""
    if name == "delta":
        return sd.psf.gaussian((0.4,) * ndim)
    if name == "gaussian":
        return sd.psf.gaussian((1.6,) * ndim)
    box = np.full((5 if ndim == 3 else 7,) * ndim, 1.0)
    return box / box.sum()


def main(*arguments: str) -> None:
    """Print one row a scene, kernel and noise, then means and extremes."""
    chosen = next((a for a in arguments if a in PHOTOGRAPHS), "first")
    told = dict(a.split("=", 1) for a in arguments if "=" in a)

    def wanted(name, all_of_them):
        return [
            one for one in all_of_them if one in told.get(name, ",".join(all_of_them)).split(",")
        ]

    methods = wanted("method", METHODS)
    warnings.simplefilter("ignore")
    rows = {}
    print(f"{'':>32} {'level':>7}" + "".join(f"{m:>18}" for m in methods))
    for name in wanted("scene", (*PHOTOGRAPHS[chosen], *MADE)):
        scene = scene_of(name, chosen)
        for kind in wanted("kernel", KERNELS):
            psf = kernel_of(kind, scene.ndim)
            for noise in wanted("noise", NOISES):
                ratio, found = _row(scene, psf, noise, SEEDS[chosen], methods)
                rows[name, kind, noise] = [ratio, *(loss for _, loss in found)]
                cells = "".join(f"{psnr:11.2f} {loss:6.2f}" for psnr, loss in found)
                print(f"{f'{name}, {kind}, {noise}':>32} {ratio:7.2f}{cells}", flush=True)
    _summary(rows, methods)


def _row(scene, psf, noise, seed, methods):
    """Return the ratio of levels, and PSNR and loss of each method."""
    obs, level = _observed(scene, psf, noise, seed)
    found, ratio = [], np.nan
    for method in methods:
        loss = {"loss": "huber"} if noise == "outliers" and method in ("tv", "wavelet_l1") else {}
        auto = sd.deconvolve(obs.y, obs.A, method=method, **loss)
        truth = obs.truth_window

        def quality(weight, method=method, loss=loss):
            x = sd.deconvolve(obs.y, obs.A, method=method, weight=weight, **loss).x
            return sd.metrics.psnr(obs.truth_window, x)

        mine = sd.metrics.psnr(truth, auto.x)
        _, best = oracle(quality, auto.parameters["weight"], 4.0)
        found.append((mine, max(best - mine, 0.0)))
        if not np.isfinite(ratio):
            ratio = auto.parameters["noise_std"] / level
    return ratio, found


def _observed(scene, psf, noise, seed):
    """Return an observation and the true level of its noise."""
    stride = 2 if noise == "stride 2" else 1
    clean = sd.simulate(scene, psf, stride=stride)
    obs = sd.simulate(scene, psf, noise=NOISES[noise], rng=seed, stride=stride)
    factor = float(np.max(obs.truth) / np.max(scene))
    level = float(np.sqrt(np.mean((obs.y - clean.y * factor) ** 2)))
    y = np.array(obs.y)
    if noise == "outliers":
        rng = np.random.default_rng(seed)
        y[rng.random(y.shape) < 0.02] += 0.7 * np.ptp(clean.y)
    if noise == "quantised":
        y = np.round(y / np.ptp(y) * 255)
        factor, level = factor * 255 / np.ptp(obs.y), level * 255 / np.ptp(obs.y)
        level = float(np.sqrt(np.mean((y - clean.y * factor) ** 2)))
    return dataclasses.replace(obs, y=y, truth=scene * factor), level


def _summary(rows, methods) -> None:
    """Print for each kind of noise and of scene the spread of the levels, and the losses."""
    for place, what in enumerate(("scene", "kernel", "noise", "all")):
        print(f"\n{what:>20}  level/true: least median most;  loss mean (worst) of {methods}")
        for kind in dict.fromkeys((*key, "")[place] for key in rows):
            values = np.array([row for key, row in rows.items() if (*key, "")[place] == kind])
            level = values[:, 0]
            cells = "".join(f"{v.mean():8.2f} ({v.max():5.2f})" for v in values[:, 1:].T)
            print(
                f"{kind:>20} {level.min():6.2f} {np.median(level):6.2f} {level.max():6.2f} {cells}"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
