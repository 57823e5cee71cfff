"""What every automatic choice costs, over the run that it chose.

Usage: python benchmarks/automatic.py [names] [--turns N]

For each method that finds something in the data by itself (weight, end, spectra), and for `auto`:
processor time of `deconvolve` with its defaults, checks of data and result among it, over that of
the bare run with what was found given. Blocks and points with counts, single precision, one
thread, in 1-D (4096 samples), 2-D (384^2) and 3-D (32 x 96 x 96); the least of some turns. The last
line has the median and the worst.
"""

import argparse
import os
import statistics
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import sigdeconv as sd
from sigdeconv.catalogue import registry
from sigdeconv.problem import observe
from sigdeconv.tiles.freeze import freeze, thawed

SCENES = {
    "1-D": ((4096,), 3.0),
    "2-D": ((384, 384), 2.0),
    "3-D": ((32, 96, 96), (1.0, 2.0, 2.0)),
}
CHOICES = {
    "richardson_lucy": {},
    'richardson_lucy, stop="auto"': {"stop": "auto"},
    "wiener": {},
    "tikhonov": {},
    "tv": {},
    "hyper_laplacian": {},
    "sparse": {},
    "landweber": {},
    "nnls": {},
    "wavelet_l1": {},
    "auto": {},
}


def scene(shape, sigma):
    """Return counts of blocks and points, and the kernel, in single precision."""
    rng = np.random.default_rng(0)
    x = np.full(shape, 20.0)
    for _ in range(40):
        corner = [int(rng.integers(0, n)) for n in shape]
        size = [int(rng.integers(2, max(n // 8, 3))) for n in shape]
        box = tuple(slice(c, c + s) for c, s in zip(corner, size, strict=True))
        x[box] += rng.uniform(20, 200)
    x[tuple(rng.integers(0, n, 60) for n in shape)] += 1000.0
    psf = sd.psf.gaussian(sigma, ndim=len(shape))
    y = sd.simulate(x, psf, noise=sd.Poisson(gain=1.0), rng=0).y
    return y.astype("f4"), psf.astype("f4")


def least(run, turns):
    """Return the least processor time of some calls."""
    times = []
    for _ in range(turns):
        began = time.process_time()
        run()
        times.append(time.process_time() - began)
    return min(times)


def ratio(y, psf, name, options, turns):
    """Return seconds by itself, seconds with what was found, and what that is."""
    obs = observe(y, psf)
    found = freeze(obs, [obs], name, options, {})
    entry = registry.get(found.method)
    own = thawed(found.parameters, y.shape, y.dtype)
    run = {} if found.num_iter is None else {"num_iter": found.num_iter}

    def given():
        entry.solve(observe(y, psf), history=False, **run, **own)

    def by_itself():
        sd.deconvolve(y, psf, method=name, history=False, **options)

    given(), by_itself()  # imports and plans
    bare = least(given, turns)
    return least(by_itself, turns if bare < 2 else 1), bare, found


def main():
    """Print a row a method, with its cost in one, two and three dimensions."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=list(CHOICES))
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    made = {name: scene(*one) for name, one in SCENES.items()}
    ratios = {}
    for name in args.names:
        for size, (y, psf) in made.items():
            try:
                own, bare, found = ratio(y, psf, name.partition(",")[0], CHOICES[name], args.turns)
            except (ValueError, TypeError) as error:
                print(f"{name:30} {size}  does not run: {error}")
                continue
            ratios[name, size] = own / bare
            steps = "" if found.num_iter is None else f", {found.num_iter} iterations"
            print(f"{name:30} {size}  {own:7.3f} s by itself, {bare:7.3f} s given "
                  f"({found.method}{steps}): {own / bare:5.1f} x", flush=True)  # fmt: skip
    if ratios:
        worst = max(ratios, key=ratios.get)
        print(f"median {statistics.median(ratios.values()):.1f} x, "
              f"worst {ratios[worst]:.1f} x ({', '.join(worst)})")  # fmt: skip


if __name__ == "__main__":
    main()
