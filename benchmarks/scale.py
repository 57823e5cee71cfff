"""Cost per sample over sizes, memory of each method, and tiles against the whole.

Usage: python benchmarks/scale.py [sizes] [memory] [tiles] [large] [--most N]

sizes   Richardson-Lucy, Wiener and Tikhonov: seconds and processor time per million samples, from
        256^2 to --most^2 (4096), float32; the largest over the smallest.
memory  Peak memory of each method as a multiple of the data, float32, 512^2, as NumPy allocates it.
tiles   Richardson-Lucy of 20 iterations at 4096^2: processor time of tiles over that of the whole,
        for three sizes of memory; and the deviation.
large   16384^2 float32 from .npy to .npy within 4 GiB, and from Zarr to Zarr at 1/64 of its
        size, 8 MiB at least: peak memory of the process.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import tracemalloc

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import sigdeconv as sd

PSF = sd.psf.gaussian(3.0).astype(np.float32)


def scene(n):
    """Return a photograph that is repeated, blurred and noisy, n x n in single precision."""
    part = sd.datasets.camera()
    y = np.tile(part, (-(-n // part.shape[0]), -(-n // part.shape[1])))[:n, :n]
    rng = np.random.default_rng(0)
    return (y + 0.01 * rng.standard_normal(y.shape)).astype(np.float32)


def timed(call):
    """Return seconds of the wall and of the processor, and the result."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = call()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def sizes(most):
    methods = {
        "richardson_lucy, 10": lambda y: sd.richardson_lucy(y, PSF, num_iter=10),
        "wiener": lambda y: sd.wiener(y, PSF),
        "tikhonov, weight 0.01": lambda y: sd.tikhonov(y, PSF, weight=0.01),
    }
    print("processor seconds per million samples")
    ns = [n for n in (256, 512, 1024, 2048, 4096, 8192, 16384) if n <= most]
    print(f"{'':24}" + "".join(f"{n:>9}" for n in ns) + "   largest / smallest, over N log N")
    for name, method in methods.items():
        costs = []
        method(scene(256))  # imports and first transforms
        for n in ns:
            y = scene(n)
            costs.append(timed(lambda y=y, m=method: m(y))[1] / (n / 1e3) ** 2)
        flat = [c / np.log(n) for c, n in zip(costs, ns, strict=True)]
        print(f"{name:24}" + "".join(f"{c:9.3f}" for c in costs)
              + f"   {max(costs) / min(costs):.2f}, {max(flat) / min(flat):.2f}")  # fmt: skip


def memory():
    y = scene(512)
    own = {"wavelet_l1": {"levels": 2}, "plug_and_play": {}}
    print("peak memory over that of the data, float32, 512^2")
    for name in ("richardson_lucy", "wiener", "tikhonov", "landweber", "cgls", "nnls", "tv",
                 "wavelet_l1"):  # fmt: skip
        tracemalloc.start()
        sd.deconvolve(y, PSF, method=name, num_iter=3, **own.get(name, {}))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"{name:24}{peak / y.nbytes:6.1f}")


def tiles(most):
    y = scene(most)
    run = {"method": "richardson_lucy", "num_iter": 20}
    _, whole, x = timed(lambda: sd.richardson_lucy(y, PSF, num_iter=20))
    print(f"richardson_lucy, 20 iterations, {most}^2: {whole:.1f} s of the processor as a whole")
    for size in ("512 MiB", "128 MiB", "32 MiB"):
        _, first, plan = timed(lambda s=size: sd.tiles.make_plan(y, PSF, memory=s, **run))
        _, second, parts = timed(lambda p=plan: sd.tiled(y, PSF, plan=p, workers=1))
        off = float(np.max(np.abs(parts - x)) / np.ptp(x))
        print(f"{size:>8}: tiles {plan.tile}, halo {plan.halo[0]}, plan {first:.1f} s, tiles "
              f"{second / whole:.2f} x the whole, deviation {off:.1e} of the range")  # fmt: skip


ONE = """
import re, sys, time
import numpy as np, sigdeconv as sd
psf = sd.psf.gaussian(3.0).astype("f4")
peak_now = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
before = peak_now()  # Linux; what getrusage says is that of the parent too
began = time.perf_counter()
sd.tiled(sys.argv[1], psf, out=sys.argv[2], memory=sys.argv[3], workers=1, overwrite=True,
         method="richardson_lucy", num_iter=2)
peak = peak_now()
print(f"{sys.argv[3]:>8}: peak {peak / 2**10:.0f} MiB, {before / 2**10:.0f} of it before, "
      f"{time.perf_counter() - began:.0f} s")
"""


def large(most):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for suffix, size in (
            (".npy", "4 GiB"),
            (".zarr", f"{max(most**2 * 4 / 64 / 2**20, 8):.0f} MiB"),
        ):
            y = sd.io.create_parts(root / f"y{suffix}", (most, most), "float32")
            part = scene(min(1024, most))
            step = part.shape[0]
            for i in range(0, most, step):
                for j in range(0, most, step):
                    y[i : i + step, j : j + step] = part
            del y
            print(f"{most}^2, {suffix}", end=" ", flush=True)
            names = [str(root / f"{n}{suffix}") for n in "yx"]
            subprocess.run([sys.executable, "-c", ONE, *names, size], check=True)
            for name in names:
                subprocess.run(["rm", "-r", name], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="*", default=["sizes", "memory", "tiles", "large"])
    parser.add_argument("--most", type=int, default=4096)
    args = parser.parse_args()
    for name in args.what:
        {"sizes": sizes, "tiles": tiles, "large": large}.get(name, lambda _: memory())(args.most)


if __name__ == "__main__":
    main()
