"""Block matching plugged in, told nothing but data and kernel: photographs, counts, axes, speed.

circular   the six scenarios of the literature, blurred periodically; noise estimated.
windowed   scenarios 1, 3 and 5 of a larger scene, border unknown; the share of the frame of 8
           samples in the squared error, over its share of the area.
counts     Poisson noise of peaks 30, 255, 1000 under a box and a Gaussian.
told       the noise told right, 10 % too large and 10 % too small: what the latter two cost.
axes       a trace of lines, and a stack of beads.
speed      seconds of processor at 256^2, of the parts and of a whole; memory at 1024^2.

The constants come from classic photographs that the package does not have, the cameraman and the
boat, and from the camera, the astronaut and the cat here. Brick, coffee and coins were not tuned
on, though figures of coffee and coins were seen before the last constants were settled. The
best published classical method (Danielyan, Katkovnik & Egiazarian 2012,
doi:10.1109/TIP.2011.2176954) gives 8.9, 7.1, 10.5, 4.0, 4.3, 4.9 dB on the cameraman.

Gains over the data in dB. Usage: python benchmarks/blocks.py [section ...] [image=a,b] [method=a,b]
"""

import resource
import sys
import time
import warnings

import numpy as np
from variational import COUNTED, PEAKS, scenarios

import sigdeconv as sd

SIZE, FRAME = 256, 8
LOOKED_AT, FRESH = ("camera", "astronaut", "cat"), ("coffee", "coins", "brick")
CORNERS = {"camera": (0, 100), "astronaut": (16, 100), "cat": (20, 90), "coffee": (60, 150)}


def photograph(name, size=SIZE, **options):
    """Return a part of a photograph."""
    row, column = CORNERS.get(name, (0, 0))
    return getattr(sd.datasets, name)(**options)[row : row + size, column : column + size]


def restored(obs, method, **options):
    """Return the estimate, its gain over the data in decibels, and its seconds of processor."""
    began = time.process_time()
    x = sd.deconvolve(obs, method=method, history=False, **options).x
    taken = time.process_time() - began
    truth = obs.truth_window
    return x, sd.metrics.psnr(truth, x) - sd.metrics.psnr(truth, obs.y), taken


def frame_share(obs, x):
    """Return the share of the frame in the squared error, over its share of the area."""
    error = np.square(x - obs.truth_window)
    frame = np.ones(error.shape, bool)
    frame[FRAME:-FRAME, FRAME:-FRAME] = False
    return error[frame].sum() / error.sum() / frame.mean()


def table(title, images, methods, cases):
    """Print the gain of every method in every case of every image; ``cases(image)`` yields them."""
    print(title)
    for method in methods:
        rows = []
        for image in images:
            gains, text = [], ""
            for obs in cases(image):
                x, gain, taken = restored(obs, method)
                gains.append(gain)
                text += f"{gain:7.2f} ({frame_share(obs, x):.2f})"
            rows.append(gains)
            mean = f"{np.mean(gains):7.2f} in the mean, {taken:5.1f} s"
            print(f"{method:>14} {image:>10}{text}{mean}", flush=True)
        print(f"{method:>14} {'mean':>10}" + "".join(f"{g:14.2f}" for g in np.mean(rows, axis=0)))


def circular(images, methods):
    """Print the six scenarios."""

    def cases(image):
        for psf, noise in scenarios():
            scene = 255 * photograph(image)
            yield sd.simulate(scene, psf, noise=noise, rng=0, boundary="periodic")

    table("circular: scenarios 1 .. 6, gain (share of the frame)", images, methods, cases)


def windowed(images, methods):
    """Print scenarios 1, 3 and 5 with an unknown border."""

    def cases(image):
        for psf, noise in scenarios()[::2]:
            yield sd.simulate(255 * photograph(image), psf, noise=noise, rng=0)

    table("windowed: scenarios 1, 3, 5, gain (share of the frame)", images, methods, cases)


def counts(images, methods):
    """Print counts."""

    def cases(image):
        for psf in COUNTED.values():
            for peak in PEAKS:
                yield sd.simulate(photograph(image), psf, noise=f"poisson:{peak}", rng=0)

    table(f"counts: {', '.join(COUNTED)} x peaks {PEAKS}", images, methods, cases)


def told(images, methods):
    """Print what a wrong noise costs."""
    del methods
    print("noise told right; cost of 10 % too much and too little, circular 1 .. 6")
    for image in images:
        for number, (psf, noise) in enumerate(scenarios(), 1):
            obs = sd.simulate(255 * photograph(image), psf, noise=noise, rng=0, boundary="periodic")
            clean = obs.A(obs.truth)
            std = float(np.std(obs.y - clean))
            right, more, less = (
                restored(obs, "plug_and_play", noise=factor * std)[1] for factor in (1, 1.1, 0.9)
            )
            print(f"{image:>10} {number}{right:8.2f}{right - more:8.2f}{right - less:8.2f}")


def axes(images, methods):
    """Print a trace and a stack."""
    del images
    trace = sd.psf.gaussian(3.0, ndim=1)
    stack = sd.psf.gaussian((2.0, 1.5, 1.5))
    for seed in range(3):
        cases = {
            "spectrum": sd.simulate(sd.datasets.spectrum(rng=seed), trace, noise=0.01, rng=seed),
            "beads": sd.simulate(sd.datasets.beads(rng=seed), stack, noise=0.02, rng=seed),
            "steps": sd.simulate(
                np.repeat(np.random.default_rng(seed).uniform(0, 1, 40), 25), trace,
                noise=0.02, rng=seed,
            ),
        }  # fmt: skip
        for name, obs in cases.items():
            text = "".join(f"  {m} {restored(obs, m)[1]:.2f}" for m in methods)
            print(f"{name:>10} {seed}{text}", flush=True)


def speed(images, methods):
    """Print seconds of processor, and memory."""
    from sigdeconv.priors.block_matching import BlockFilter

    scene = 255 * photograph(images[0])
    blocks = BlockFilter(scene.shape)
    for name, call in {
        "search": lambda: blocks.regroup(scene),
        "threshold": lambda: blocks.threshold(scene, 10.0),
        "wiener": lambda: blocks.wiener(scene, 10.0, scene),
    }.items():
        took = []
        for _ in range(3):
            began = time.process_time()
            call()
            took.append(time.process_time() - began)
        print(f"{name:>12} {min(took):.3f} s")
    psf, noise = scenarios()[0]
    for method in methods:
        for boundary in ("periodic", "unknown"):
            obs = sd.simulate(scene, psf, noise=noise, rng=0, boundary=boundary)
            print(f"{method:>14}, {boundary}: {restored(obs, method)[2]:.1f} s at 256^2")
    obs = sd.simulate(np.tile(scene, (4, 4)), psf, noise=noise, rng=0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _, _, taken = restored(obs, "plug_and_play")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"1024^2: {taken:.0f} s, {after / 1024:.0f} MiB in all, {before / 1024:.0f} before")


SECTIONS = (circular, windowed, counts, told, axes, speed)


def main(arguments) -> None:
    """Print the sections named, all by default."""
    warnings.simplefilter("ignore", sd.sanity.SanityWarning)
    named = dict(a.split("=") for a in arguments if "=" in a)
    images = named["image"].split(",") if "image" in named else [*LOOKED_AT, *FRESH]
    methods = named.get("method", "plug_and_play").split(",")
    wanted = [a for a in arguments if "=" not in a]
    for section in SECTIONS:
        if not wanted or section.__name__ in wanted:
            section(images, methods)


if __name__ == "__main__":
    main(sys.argv[1:])
