"""Speed of `tv` on 512 x 512 samples in single precision, one thread, the border unknown.

First table: iterations from which on the estimate at a given weight stays within 0.02 dB of what it
converges to, and where `tv` stops by itself. Second: seconds of an iteration over those of the real
transforms that it makes, counted while it runs; and what the automatic weight costs, in solutions
at a given weight. Processor time of this process, medians of interleaved runs.
"""

import time

import numpy as np
import scipy.fft
from _timing import seconds
from variational import KERNELS, LEVELS

import sigdeconv as sd
from sigdeconv import _fft
from sigdeconv.catalogue import registry
from sigdeconv.solvers.grid import make_periodic_grid

CLOSE = 0.02  # dB
CONVERGED = 600  # iterations


def observed(name, psf, level):
    """Return 512 x 512 data of a photograph that was continued by mirrors, in single precision."""
    around = [(k // 2, k - 1 - k // 2) for k in psf.shape]
    scene = np.pad(getattr(sd.datasets, name)()[:512, :512], around, mode="symmetric")
    return sd.simulate(scene.astype(np.float32), psf, noise=f"gaussian:bsnr={level}", rng=0)


def iterations():
    """Print how many iterations are enough."""
    print("iterations to within 0.02 dB of the converged result; where tv stops; what it misses")
    worst = []
    for image in ("camera", "astronaut"):
        for kernel, psf in KERNELS.items():
            for level in LEVELS:
                obs = observed(image, psf, level)
                auto = sd.deconvolve(obs, method="tv", history=False)
                path = []

                def look(k, x, obs=obs, path=path):
                    path.append(sd.metrics.psnr(obs.truth_window, x[obs.A.window]))

                run = {"weight": auto.parameters["weight"], "method": "tv", "history": False}
                sd.deconvolve(obs, callback=look, num_iter=CONVERGED, accuracy=0, **run)
                off = np.abs(np.array(path) - path[-1])
                needed = int(np.max(np.flatnonzero(off > CLOSE), initial=-1)) + 2
                found = sd.deconvolve(obs, **run)
                missed = path[-1] - sd.metrics.psnr(obs.truth_window, found.x)
                worst.append(needed)
                name = f"{image}, {kernel}, {level}"
                stopped = f"{found.num_iter:6d} {found.stop.name}, {missed:+.3f} dB"
                print(f"{name:>28}{path[-1]:8.2f} dB{needed:6d};{stopped}", flush=True)
    print(f"at most {max(worst)} iterations, {np.median(worst):.0f} in the median")


def _seconds(run):
    return seconds(run, time.process_time)


def _transforms(run):
    """Return how many real transforms a call makes."""
    count = [0]
    kept = _fft.rfftn, _fft.irfftn

    def counted(transform):
        def wrapper(x, shape, *args, **options):
            count[0] += int(np.prod(x.shape[: x.ndim - len(shape)], dtype=int))
            return transform(x, shape, *args, **options)

        return wrapper

    _fft.rfftn, _fft.irfftn = (counted(transform) for transform in kept)
    try:
        run()
    finally:
        _fft.rfftn, _fft.irfftn = kept
    return count[0]


def an_iteration(runs=7):
    """Print the seconds of an iteration and of the automatic weight."""
    psf = KERNELS["box 9"]
    obs = observed("camera", psf, 30)
    weight = sd.deconvolve(obs, method="tv").parameters["weight"]
    entry = registry.get("tv")

    def run(n):
        return lambda: entry.solve(obs, history=False, weight=weight, accuracy=0, num_iter=n)

    count = (_transforms(run(20)) - _transforms(run(10))) / 10
    grid = make_periodic_grid(obs.A, obs.y).shape
    noise = np.random.default_rng(0).random(grid, dtype=np.float32)

    def pairs():
        for _ in range(5):
            spectrum = scipy.fft.rfftn(noise, workers=1)
            scipy.fft.irfftn(spectrum, s=grid, workers=1, overwrite_x=True)

    times = {"pair": [], "iteration": [], "given": [], "auto": []}
    for _ in range(runs):
        times["pair"].append(_seconds(pairs) / 5)
        times["iteration"].append((_seconds(run(50)) - _seconds(run(10))) / 40)
        for name, value in (("given", weight), ("auto", "auto")):
            solve = lambda value=value: entry.solve(obs, history=False, weight=value)  # noqa: E731
            times[name].append(_seconds(solve))
    found = {name: float(np.median(values)) for name, values in times.items()}
    floor = count / 2 * found["pair"]
    taken = found["iteration"]
    print(f"grid {grid[0]} x {grid[1]}, {count:g} transforms an iteration: {1e3 * floor:.2f} ms")
    print(f"an iteration {1e3 * taken:.2f} ms, {taken / floor:.2f} x the floor")
    extra = (found["auto"] - found["given"]) / found["given"]
    print(
        f"a solution at a given weight {found['given']:.2f} s; with the automatic weight "
        f"{found['auto']:.2f} s: the weight costs {extra:.2f} solutions"
    )


def main():
    """Print both tables."""
    with scipy.fft.set_workers(1):
        iterations()
        an_iteration()


if __name__ == "__main__":
    main()
