"""The tables of the benchmark page: quality, time and memory beside scikit-image, small and whole.

Three photographs of 256 x 256 samples and a Gaussian (sigma 2), a disk (radius 3) and a motion (9
samples), Gaussian noise of 30 dB below the blurred scene. Each peer gets what favours it: its
parameter is the one with the highest PSNR against the truth, from a grid; ours are told data and
kernel and nothing else. Once the data are a window of a larger scene, as cameras take them, and
once the scene is periodic, as the FFT has it. Time is the median of five calls by turns, memory the
peak that NumPy allocates in one.

Usage: python benchmarks/page.py [--out docs/benchmarks.rst]

Writes the page with its date, versions and this command.
"""

from __future__ import annotations

import argparse
import datetime
import pathlib
import statistics
import tracemalloc
import warnings

import numpy as np
import skimage
from _timing import by_turns
from skimage import restoration

import sigdeconv as sd

SIZE, DECIBEL = 256, 30.0
IMAGES = ("camera", "coins", "astronaut")
KERNELS = {
    "Gaussian": sd.psf.gaussian(2.0), "disk": sd.psf.disk(3.0), "motion": sd.psf.motion(9.0, 30.0),
}  # fmt: skip
OURS = {
    "sigdeconv: deconvolve": lambda y, psf, b: sd.deconvolve(y, psf, boundary=b).x,
    "sigdeconv: wiener": lambda y, psf, b: sd.wiener(y, psf, boundary=b),
    "sigdeconv: tv": lambda y, psf, b: sd.tv(y, psf, boundary=b),
    "sigdeconv: richardson_lucy": lambda y, psf, b: sd.richardson_lucy(y, psf, boundary=b),
}
PEERS = {
    "scikit-image: wiener, best balance": (
        lambda y, psf, balance: restoration.wiener(y, psf, balance, clip=False),
        np.geomspace(1e-4, 1.0, 13),
    ),
    "scikit-image: unsupervised_wiener": (
        lambda y, psf, _: restoration.unsupervised_wiener(y, psf, clip=False, rng=0)[0], (None,),
    ),
    "scikit-image: richardson_lucy, best number": (
        lambda y, psf, n: restoration.richardson_lucy(y, psf, num_iter=n, clip=False),
        (5, 10, 15, 20, 30, 50, 80),
    ),
}  # fmt: skip


def scenes():
    """Yield each problem: boundary, name of the kernel, data, kernel, truth on the window."""
    for image in IMAGES:
        x = sd.datasets.load(image)
        x = (x if x.ndim == 2 else x.mean(axis=-1))[:512, :512][-SIZE - 40 :, 60 : SIZE + 100]
        for name, psf in KERNELS.items():
            for boundary in ("unknown", "periodic"):
                size = SIZE + 40 if boundary == "unknown" else SIZE
                scene = x[:size, :size]
                clean = sd.simulate(scene, psf, boundary=boundary)
                sigma = float(np.std(clean.y)) * 10 ** (-DECIBEL / 20)
                obs = sd.simulate(scene, psf, noise=sd.Gaussian(sigma), rng=0, boundary=boundary)
                yield boundary, name, obs.y, psf, obs.A, obs.truth_window


def inner(x, A):
    """Return the window of the data of an estimate on the domain."""
    return x[A.window] if x.shape == A.shape else x


def quality():
    """Return the mean gain in dB over the data, by boundary and method."""
    gains = {}
    for boundary, _, y, psf, A, truth in scenes():
        before = sd.metrics.psnr(truth, y)
        for name, run in OURS.items():
            x = np.asarray(run(y, psf, boundary))
            gains.setdefault((boundary, name), []).append(
                sd.metrics.psnr(truth, inner(x, A)) - before
            )
        for name, (run, grid) in PEERS.items():
            best = max(sd.metrics.psnr(truth, run(y, psf, value)) for value in grid)
            gains.setdefault((boundary, name), []).append(best - before)
    return {key: (statistics.mean(each), min(each)) for key, each in gains.items()}


def cost():
    """Return seconds and megabytes of one call on 512 x 512 samples."""
    x = sd.datasets.camera()
    psf = KERNELS["Gaussian"]
    y = sd.simulate(x, psf, noise=0.01, rng=0).y
    runs = {
        "sigdeconv: wiener": lambda: sd.wiener(y, psf),
        "sigdeconv: wiener, periodic, nsr given": lambda: sd.wiener(
            y, psf, nsr=1e-2, boundary="periodic"
        ),
        "scikit-image: wiener, balance given": lambda: restoration.wiener(y, psf, 1e-2, clip=False),
        "scikit-image: unsupervised_wiener": lambda: restoration.unsupervised_wiener(
            y, psf, clip=False, rng=0
        ),
        "sigdeconv: richardson_lucy, 20 iterations": lambda: sd.richardson_lucy(
            y, psf, num_iter=20
        ),
        "scikit-image: richardson_lucy, 20 iterations": lambda: restoration.richardson_lucy(
            y, psf, num_iter=20, clip=False
        ),
        "sigdeconv: tv": lambda: sd.tv(y, psf),
    }
    found = {}
    times = by_turns(runs, 5, warm=True)
    for name, run in runs.items():
        tracemalloc.start()
        run()
        found[name] = statistics.median(times[name]), tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    return found


def page(gains, costs):
    """Return the page as reStructuredText."""
    versions = (
        f"sigdeconv {sd.__version__}, scikit-image {skimage.__version__}, NumPy {np.__version__}"
    )
    tried = f"{len(IMAGES)} photographs and {len(KERNELS)} kernels ({SIZE} × {SIZE} samples"
    quality_rows = [
        (name, *(_signed(v) for b in ("unknown", "periodic") for v in gains[b, name]))
        for name in (*OURS, *PEERS)
    ]
    cost_rows = [(name, f"{t:.3f}", f"{memory:.0f}") for name, (t, memory) in costs.items()]
    lines = [
        "Benchmarks",
        "==========",
        "",
        f"Made on {datetime.date.today().isoformat()} by ``python benchmarks/page.py`` with",
        f"{versions}, on one thread of a shared machine.",
        "",
        "Quality",
        "-------",
        "",
        f"Gain over the data in dB, mean and worst of {tried},",
        f"noise {DECIBEL:g} dB below the blurred scene). What is ours is told data and kernel;",
        "what is not has the parameter that the truth prefers. *Window*: the data are part of a",
        "larger scene, as a camera takes them. *Periodic*: the scene is as the FFT has it, and",
        "ours are told so. scikit-image's filters take the scene for periodic, its Richardson-Lucy",
        "takes zeros beyond the border.",
        "",
        *table(("method", "window: mean", "worst", "periodic: mean", "worst"), quality_rows),
        "Time and memory",
        "---------------",
        "",
        "Of one call on 512 × 512 samples in double precision: median of five by turns, and the",
        "peak that NumPy allocates.",
        "",
        *table(("call", "seconds", "MB"), cost_rows),
        "More",
        "----",
        "",
        "The other scripts in ``benchmarks/`` compare with more peers where these are installed:",
        "weights, kernels that nobody gave, tiles, operators. Each says its command.",
    ]
    return "\n".join(lines) + "\n"


def _signed(value):
    return f"{value:+.2f}".replace("-", "−")


def table(head, rows):
    """Return a table as lines."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (head, *rows):
        lines += [f"   {'*' if k == 0 else ' '} - {cell}" for k, cell in enumerate(row)]
    return [*lines, ""]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", default=pathlib.Path(__file__).parents[1] / "docs/benchmarks.rst")
    out = pathlib.Path(parser.parse_args().out)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out.write_text(page(quality(), cost()), encoding="utf-8")
    print(out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
