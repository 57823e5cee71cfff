"""Richardson-Lucy against the FFTs that it cannot do without, and against other packages.

Usage: python benchmarks/richardson_lucy.py [threads] [runs] [speed | memory | quality ...]

speed    Milliseconds an iteration: float32, exact back projector, unknown border, no history. The
         floor is four whole real FFTs on the grid of the problem, with the same threads, by
         scipy.fft and by pyFFTW with measured plans; sigdeconv is set against the floor of the
         library that it uses. Medians of interleaved differences between a long and a short run.
         The row tv has the penalty of total variation, with a weight of the usual size.
memory   Peak of the resident memory during a call, the data included, over that of the data.
quality  PSNR over the whole window and over its interior (a kernel width cut off), each at its best
         iteration; and the time of a whole call that reaches scikit-image's best interior PSNR, and
         0.02 and 0.1 dB less than it, over the time that scikit-image takes to get there. Rows
         with coarse start from sums of neighbouring samples.

Peers take part when they are installed: scikit-image, RedLionfish (3-D), sdeconv, flowdec (3-D).
They restore the window alone; all but flowdec work on its zeros or its other side beyond it.
"""

import importlib
import os
import subprocess
import sys
import time
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy.fft
from skimage import restoration

import sigdeconv as sd

CASES = [((1024, 1024), (25, 25)), ((2048, 2048), (25, 25)), ((64, 256, 256), (17, 31, 31))]
LARGE = ((8192, 8192), (25, 25))
SHORT, LONG = 2, 6
TV_WEIGHT = 0.003
ENGINES = ("scipy", "pyfftw")
LADDER = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
MARGINS = (0.0, 0.02, 0.1)


def ours(y, psf, num_iter, threads=1, **options):
    """Return our estimate, by the engine that SIGDECONV_FFT names."""
    return sd.richardson_lucy(y, psf, num_iter=num_iter, workers=threads, **options)


def scikit_image(y, psf, num_iter, threads=1):
    """Return the estimate of scikit-image, which starts from 0.5: data of one unit suit it."""
    top = y.max()
    with scipy.fft.set_workers(threads):
        return restoration.richardson_lucy(y / top, psf, num_iter=num_iter, clip=False) * top


def redlionfish(y, psf, num_iter, threads=1):
    """Return the estimate of RedLionfish, on the grid of the data alone."""
    module = importlib.import_module("RedLionfishDeconv.RLDeconv3DScipy")
    with scipy.fft.set_workers(threads):
        return module.doRLDeconvolution(y, psf, niter=num_iter)


def sdeconv(y, psf, num_iter, threads=1):
    """Return the estimate of sdeconv, which runs on PyTorch."""
    import torch

    torch.set_num_threads(threads)
    method = importlib.import_module("sdeconv.deconv").SRichardsonLucy
    return method(torch.from_numpy(psf), num_iter)(torch.from_numpy(y)).numpy()


def flowdec(y, psf, num_iter, threads=1):
    """Return the estimate of flowdec, which runs on TensorFlow."""
    module = importlib.import_module("flowdec.restoration")
    obs = importlib.import_module("flowdec.data").Acquisition(data=y, kernel=psf)
    method = module.RichardsonLucyDeconvolver(y.ndim).initialize()
    return method.run(obs, niter=num_iter).data


PEERS = {
    "scikit-image": (scikit_image, "skimage", (2, 3)),
    "RedLionfish": (redlionfish, "RedLionfishDeconv.RLDeconv3DScipy", (3,)),
    "sdeconv": (sdeconv, "sdeconv.deconv", (2, 3)),
    "flowdec": (flowdec, "flowdec.restoration", (3,)),
}


def works(module):
    """Tell whether a module is installed and can be imported."""
    try:
        importlib.import_module(module)
    except (ImportError, RuntimeError, AttributeError):
        return False
    return True


def peers(ndim):
    """Return name -> function of the peers that are here and know so many axes."""
    return {n: f for n, (f, module, axes) in PEERS.items() if ndim in axes and works(module)}


def engines():
    """Return the libraries of FFTs that are here."""
    return [name for name in ENGINES if works(name)]


def seconds(run):
    """Return the wall-clock time of a call."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def problem(shape, kernel):
    """Return data and a kernel without symmetry."""
    rng = np.random.default_rng(0)
    psf = rng.random(kernel, dtype=np.float32)
    y = rng.poisson(100, shape) if np.prod(shape) < 2**24 else 99 + rng.integers(0, 9, shape, "i1")
    return y.astype(np.float32), psf / psf.sum()


# -- speed ----------------------------------------------------------------------------------------


def floor(engine, size, threads):
    """Return a function that times two pairs of whole real transforms, warm like an iteration."""
    x = np.random.default_rng(0).random(size, dtype=np.float32)
    if engine == "scipy":

        def pair():
            spectrum = scipy.fft.rfftn(x, workers=threads)
            scipy.fft.irfftn(spectrum, s=size, workers=threads, overwrite_x=True)

    else:
        import pyfftw

        a = pyfftw.empty_aligned(size, "float32")
        b = pyfftw.empty_aligned((*size[:-1], size[-1] // 2 + 1), "complex64")
        options = {"axes": tuple(range(len(size))), "threads": threads, "flags": ("FFTW_MEASURE",)}
        forth = pyfftw.FFTW(a, b, direction="FFTW_FORWARD", **options)
        back = pyfftw.FFTW(b, a, direction="FFTW_BACKWARD", **options)
        a[...] = x

        def pair():
            forth.execute()
            back.execute()

    def run():
        pair()
        return 2 * float(np.mean([seconds(pair) for _ in range(2 * (LONG - SHORT))]))

    return run


def iteration(function, y, psf, threads, engine="scipy"):
    """Return a function that times an iteration, as the difference of a long and a short run."""

    def run(n):
        os.environ["SIGDECONV_FFT"] = engine
        return seconds(lambda: function(y, psf, n, threads))

    return lambda: (run(LONG) - run(SHORT)) / (LONG - SHORT)


def speed(threads, runs):
    """Print a row a contender and shape."""
    for shape, kernel in CASES:
        y, psf = problem(shape, kernel)
        A = sd.Convolution.for_data(psf, shape, workers=threads)
        size = A.grid.shape
        timed = {}
        for name in engines():
            timed[f"four real FFTs, {name}"] = floor(name, size, threads)
            timed[f"sigdeconv, {name}"] = iteration(ours, y, A, threads, name)
        options = {"regularization": "tv", "weight": TV_WEIGHT}
        timed["sigdeconv, tv"] = iteration(partial(ours, **options), y, A, threads, engines()[-1])
        for name, function in peers(y.ndim).items():
            timed[name] = iteration(function, y, psf, threads)
        taken = {name: [] for name in timed}
        for _ in range(runs):
            for name, run in timed.items():
                taken[name].append(run())
        middle = {name: float(np.median(values)) for name, values in taken.items()}
        head = f"{' x '.join(map(str, shape))} on {' x '.join(map(str, size))}, {threads} thread(s)"
        print(f"{head:44}{'ms':>9}" + "".join(f"{f'/ {name}':>10}" for name in engines()))
        for name, value in middle.items():
            over = [value / middle[f"four real FFTs, {engine}"] for engine in engines()]
            row = "".join(f"{v:10.2f}" for v in over)
            print(f"  {name:42}{1e3 * value:9.1f}{row}", flush=True)


# -- memory ---------------------------------------------------------------------------------------


def peak(name, shape, kernel, threads):
    """Return the peak of the resident memory of a call in a process of its own, over the data."""
    code = f"import richardson_lucy as b; b.measure({name!r}, {shape}, {kernel}, {threads})"
    here = os.path.dirname(os.path.abspath(__file__))
    paths = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", code]
    made = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": paths}, stdout=subprocess.PIPE, check=True
    )
    return float(made.stdout)


def measure(name, shape, kernel, threads):
    """Print the peak during a call beyond what was there before the data, over the data."""
    engine = name.removeprefix("sigdeconv, ")
    if engine in ENGINES:
        os.environ["SIGDECONV_FFT"] = engine
    function = ours if engine in ENGINES else PEERS[name][0]
    function(*problem((16,) * len(shape), (3,) * len(shape)), 1, threads)  # loads what it needs
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # the peak counts from here
    before = status("VmRSS")
    y, psf = problem(shape, kernel)
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # not that of making the data
    function(y, psf, 3, threads)
    print((status("VmHWM") - before) / y.nbytes)


def status(key):
    """Return an entry of the kernel's book about this process, in bytes."""
    with open("/proc/self/status", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return 1024 * int(lines[key].split()[0])


def memory(threads, runs):
    """Print the peak memory of each contender; of ours for a large image too."""
    if not os.path.exists("/proc/self/clear_refs"):
        print("peak memory is measured on Linux only")
        return
    for shape, kernel in [*CASES[1:], LARGE]:
        print(f"{' x '.join(map(str, shape))}, peak memory over the data, {threads} thread(s)")
        names = [f"sigdeconv, {engine}" for engine in engines()]
        names += peers(len(shape)) if shape != LARGE[0] else ()
        for name in names:
            print(f"  {name:42}{peak(name, shape, kernel, threads):9.2f}", flush=True)


# -- quality --------------------------------------------------------------------------------------


def scenes():
    """Yield a name and an observation: four photographs in a square, and beads."""
    four = [getattr(sd.datasets, name)() for name in ("camera", "astronaut", "brick", "moon")]
    psf = sd.psf.gaussian(3.0)
    room = [(n // 2, n // 2) for n in psf.shape]
    photographs = np.pad(np.block([four[:2], four[2:]]), room, mode="reflect")
    for peak in (1000, 10000):
        obs = sd.simulate(photographs, psf, noise=f"poisson:{peak}", rng=0)
        yield f"photographs, peak {peak}", obs
    psf = sd.psf.gaussian((2.5, 1.5, 1.5))
    beads = sd.datasets.beads((48, 160, 160), count=300)
    yield "beads, peak 1000", sd.simulate(beads, psf, noise="poisson:1000", rng=0)


def quality(threads, runs):
    """Print PSNR and time to scikit-image's best interior PSNR, a row a contender."""
    for name, obs in scenes():
        psf = obs.A.psf.astype(np.float32)
        y, truth = obs.y.astype(np.float32), obs.truth_window
        inside = tuple(
            slice(min(k, n // 4), -min(k, n // 4)) for k, n in zip(psf.shape, y.shape, strict=True)
        )
        shape = " x ".join(map(str, y.shape))

        def both(x, truth=truth, inside=inside):
            return sd.metrics.psnr(truth, x), sd.metrics.psnr(truth[inside], x[inside])

        frame, interior = both(y)
        print(f"{name}, {shape}, {threads} thread(s): data {frame:.2f} dB, interior {interior:.2f}")
        goals = "".join(f"{f'best - {m}':>13}{'s':>8}{'faster':>8}" for m in MARGINS)
        print(f"  {'':28}{'frame, at':>14}{'interior, at':>14}{goals}")
        found, calls = {}, {}
        for peer, function in peers(y.ndim).items():
            found[peer] = climb(
                lambda k, f=function, y=y, h=psf, both=both: both(f(y, h, k, threads))
            )
            calls[peer] = lambda k, f=function, y=y, h=psf: f(y, h, k, threads)
        starts = [(name, None) for name in ("none", "biggs-andrews", "heavy-ball", "squarem")]
        starts += [(name, "coarse") for name in ("none", "heavy-ball", "squarem")]
        for acceleration, start in starts:
            row = f"sigdeconv, {acceleration}" + (f", {start}" if start else "")
            curve = found[row] = {}
            window = sd.Convolution.for_data(psf, y.shape).window

            def record(k, x, curve=curve, window=window, both=both):
                curve[k] = both(x[window])

            options = {"acceleration": acceleration, "start": start}
            most = 64 if acceleration == "none" else 40
            ours(y, psf, most, threads, callback=record, **options)
            calls[row] = lambda k, y=y, h=psf, o=options: ours(y, h, k, threads, **o)
        race(found, calls, runs)


def climb(quality):
    """Return the quality after some numbers of iterations, until past the best by both measures."""
    found = {}
    for k in LADDER:
        found[k] = quality(k)
        best = [max(value[which] for value in found.values()) for which in (0, 1)]
        if all(found[k][which] < best[which] - 0.05 for which in (0, 1)):
            break
    return found


def race(found, calls, runs):
    """Print the best of each, and the time to near scikit-image's best interior PSNR."""
    best = max(value[1] for value in found["scikit-image"].values())
    count = {
        (name, margin): next((k for k, value in curve.items() if value[1] >= best - margin), None)
        for name, curve in found.items()
        for margin in MARGINS
    }
    taken = {key: [] for key in count}
    for _ in range(runs):
        for (name, margin), k in count.items():
            if k is not None:
                taken[name, margin].append(seconds(lambda name=name, k=k: calls[name](k)))
    for name, curve in found.items():
        row = f"  {name:28}"
        for which in (0, 1):
            at = max(curve, key=lambda k: curve[k][which])
            row += f"{f'{curve[at][which]:.2f}, {at}':>14}"
        for margin in MARGINS:
            if count[name, margin] is None:
                row += f"{'not reached':>13}{'':16}"
                continue
            middle = np.median(taken[name, margin])
            ratio = np.median(taken["scikit-image", margin]) / middle
            row += f"{count[name, margin]:>13}{middle:8.2f}{ratio:8.1f}"
        print(row, flush=True)


PARTS = {"speed": speed, "memory": memory, "quality": quality}


def main(threads="1", runs="5", *parts):
    """Print the parts asked for; all by default."""
    for part in parts or PARTS:
        PARTS[part](int(threads), int(runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
