"""Richardson-Lucy, total variation and Wiener on a device, over its own Fourier transforms.

Usage: python benchmarks/gpu.py [--device cuda]

An iteration of Richardson-Lucy is four transforms at least, one of total variation two, a Wiener
filter with a given ratio two; the device's own time of those, on the grid of the method, is the
floor. Single precision, 25^2 kernel at 1024^2 and 2048^2, 13 x 25 x 25 at 64 x 512 x 512. With
--device cpu it runs anywhere. One line, and nothing else, where there is no such device.
"""

import argparse
import time

import numpy as np

import sigdeconv as sd

SCENES = {
    "1024^2": ((1024, 1024), (25, 25)),
    "2048^2": ((2048, 2048), (25, 25)),
    "64 x 512^2": ((64, 512, 512), (13, 25, 25)),
}
SMALL = {"128^2": ((128, 128), (9, 9))}
STEPS = 20


def seconds(torch, device, run, turns=5):
    """Return the least seconds of a call, all of the device's work done."""
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    times = []
    for _ in range(turns + 1):
        wait()
        began = time.perf_counter()
        run()
        wait()
        times.append(time.perf_counter() - began)
    return min(times[1:])


def measure(torch, device, shape, kernel):
    """Print method -> seconds of an iteration over those of its transforms."""
    rng = np.random.default_rng(0)
    y = torch.tensor(rng.poisson(100.0, shape).astype("f4"), device=device)
    psf = sd.psf.gaussian([k / 8 for k in kernel], shape=kernel).astype("f4")
    grid = sd.Convolution.for_data(psf, shape).grid.shape
    a = torch.zeros(grid, dtype=torch.float32, device=device)
    axes = tuple(range(len(grid)))
    pair = seconds(torch, device, lambda: torch.fft.irfftn(torch.fft.rfftn(a), s=grid, dim=axes))

    def each(run):
        """Return the seconds of a step: those of many steps less those of few."""
        many, few = (seconds(torch, device, lambda n=n: run(n), 3) for n in (STEPS + 4, 4))
        return (many - few) / STEPS

    costs = {
        "richardson_lucy": (each(lambda n: sd.richardson_lucy(y, psf, num_iter=n)), 2 * pair),
        "tv": (each(lambda n: sd.tv(y, psf, weight=0.1, num_iter=n, accuracy=0.0)), pair),
        "wiener": (seconds(torch, device, lambda: sd.wiener(y, psf, nsr=0.01)), pair),
    }
    for name, (own, floor) in costs.items():
        print(f"  {name:16} {1e3 * own:8.2f} ms, floor {1e3 * floor:8.2f} ms: {own / floor:5.1f} x")


def main():
    """Print the costs on the device, or that there is none."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="one small scene")
    args = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("skipped: PyTorch is not installed")
        return
    if args.device.startswith("cuda") and not torch.cuda.is_available():
        print("skipped: no CUDA device")
        return
    for name, (shape, kernel) in (SMALL if args.small else SCENES).items():
        print(name, flush=True)
        measure(torch, args.device, shape, kernel)


if __name__ == "__main__":
    main()
