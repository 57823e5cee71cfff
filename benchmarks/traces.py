"""Many traces at once: time over that of their bare transforms, and error over that of one by one.

Usage: python benchmarks/traces.py [--traces 10000] [--samples 1000] [--repeat 5]

Lines of spectra, reflections and steps are drawn, blurred, and restored with ``axis=-1`` and, some
of them, with ``channel_axis=0``, where each finds noise and weight by itself.
"""

import argparse
import time
import warnings

import _timing
import numpy as np
import scipy.fft

import sigdeconv as sd


def scene(kind, traces, samples, rng):
    """Return signals of one kind."""
    if kind == "lines":
        t, x = np.arange(samples), np.zeros((traces, samples))
        for _ in range(5):
            place, width, height = (rng.uniform(a, b, (traces, 1)) for a, b in
                                    ((0, samples), (3, 8), (0.3, 1)))  # fmt: skip
            x += height * np.exp(-(((t - place) / width) ** 2))
        return x
    some = rng.random((traces, samples)) < (0.05 if kind == "reflections" else 0.02)
    x = some * rng.normal(size=(traces, samples))
    return x if kind == "reflections" else np.cumsum(x, axis=1)


def blurred(x, h, rng):
    """Return data on the window and the scene there."""
    n = scipy.fft.next_fast_len(x.shape[1])
    full = scipy.fft.irfft(scipy.fft.rfft(x, n) * scipy.fft.rfft(h, n), n)
    y = full[:, h.size - 1 : x.shape[1]]
    half = h.size // 2
    return y + rng.normal(0, 0.02 * np.ptp(y), y.shape), x[:, half : x.shape[1] - half]


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--traces", type=int, default=10000)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(5)
    h = sd.psf.gaussian(3.0, ndim=1)
    y, _ = blurred(scene("lines", args.traces, args.samples + h.size - 1, rng), h, rng)

    def bare():
        scipy.fft.irfft(scipy.fft.rfft(y), y.shape[1])

    runs = {
        "bare transforms": bare,
        "wiener": lambda: sd.wiener(y, h, axis=-1),
        "tikhonov": lambda: sd.tikhonov(y, h, axis=-1),
    }
    times = {name: [] for name in runs}
    for _ in range(args.repeat):
        for name, run in runs.items():
            began = time.process_time()
            run()
            times[name].append(time.process_time() - began)
    floor = float(np.median(times["bare transforms"]))
    print(f"{args.traces} traces of {args.samples} samples, one thread, processor time")
    for name, spent in times.items():
        print(f"  {name:<16} {np.median(spent):7.3f} s   {np.median(spent) / floor:5.2f} x")
    print("error over that of the data, 40 traces: together, each by itself")
    for kind in ("lines", "reflections", "steps"):
        y, x = blurred(scene(kind, 40, 320, rng), h, rng)
        for method in ("wiener", "tikhonov", "tv", "cgls"):
            found = [
                sd.deconvolve(y, h, method=method, history=False, **how).x
                for how in ({"axis": -1}, {"channel_axis": 0})
            ]
            errors = [np.linalg.norm(a - x) / np.linalg.norm(y - x) for a in found]
            print(f"  {kind:<12} {method:<10} {errors[0]:6.3f} {errors[1]:6.3f}")


if __name__ == "__main__":
    _timing.describe() if hasattr(_timing, "describe") else None
    main()
