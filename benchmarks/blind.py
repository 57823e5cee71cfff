"""Kernels of no family, from one picture or from several: shaken photographs, and what is refused.

    python benchmarks/blind.py [PART ...] [--few]

Parts: shake, quiet, unseen, baseline, sharp, frames, signals. shake: four photographs x eight
random-walk kernels of 13 to 27 samples, 1 % noise, size given as true + 6; quiet: the same with
0.2 %; unseen: six photographs that no constant was looked at on; baseline: blind Richardson-Lucy.
The error ratio is the squared error of `hyper_laplacian` with the estimated kernel over that with
the true one, shift removed, 15 samples off the border. C is the correlation of the kernels.
--few takes every fourth case.
"""

import sys
import time
import warnings

import numpy as np
from scipy.ndimage import gaussian_filter, shift
from scipy.signal import fftconvolve
from skimage import color, data, transform

import sigdeconv as sd

SIZES = (13, 15, 17, 19, 21, 23, 25, 27)
SEEN = ("camera", "astronaut", "coffee", "rocket")
UNSEEN = ("chelsea", "page", "hubble_deep_field", "coins", "moon", "brick")
BORDER, MARGIN = 15, 32


def scene(name: str) -> np.ndarray:
    """Return a photograph of 320 x 320 in [0, 1]."""
    x = np.asarray(getattr(data, name)(), float) / 255
    x = color.rgb2gray(x[..., :3]) if x.ndim == 3 else x
    n = min(x.shape)
    x = x[(x.shape[0] - n) // 2 :, (x.shape[1] - n) // 2 :][:n, :n]
    x = transform.resize(x, (320, 320), anti_aliasing=True)
    return (x - x.min()) / (x.max() - x.min())


def shake(size: int, seed: int) -> np.ndarray:
    """Return a path of 400 steps of one speed with inertia, jerks and a pull to the centre."""
    rng = np.random.default_rng(seed)
    place, way, half = np.zeros(2), rng.standard_normal(2), (size - 1) / 2
    places = np.empty((400, 2))
    for k in range(400):
        if rng.random() < 0.01:
            way = rng.standard_normal(2)
        way = way + 0.15 * rng.standard_normal(2) - 0.02 * place / half
        way /= np.linalg.norm(way)
        place = place + way * size / 60
        places[k] = place
    places -= places.mean(axis=0)
    places *= (half - 1) / np.abs(places).max()
    kernel = np.zeros((size, size))
    for y, x in places + half:
        i, j = int(y), int(x)
        square = np.outer([1 - y + i, y - i], [1 - x + j, x - j])
        kernel[i : i + 2, j : j + 2] += square[: size - i, : size - j]
    kernel = gaussian_filter(kernel, 0.5, mode="constant")
    return kernel / kernel.sum()


def window(x: np.ndarray) -> np.ndarray:
    return x[MARGIN:-MARGIN, MARGIN:-MARGIN]


def blurred(x: np.ndarray, kernel: np.ndarray, noise: float, seed: int) -> np.ndarray:
    y = window(fftconvolve(x, kernel, mode="same"))
    return y + noise * np.random.default_rng(seed).standard_normal(y.shape)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Return the largest correlation of two kernels over whole shifts."""
    both = fftconvolve(a, b[::-1, ::-1])
    return float(both.max() / np.linalg.norm(a) / np.linalg.norm(b))


def error(truth: np.ndarray, x: np.ndarray) -> float:
    """Return the squared error off the border, at the best shift of a quarter of a sample."""
    inner = (slice(BORDER, -BORDER),) * 2
    t = truth[inner] - truth[inner].mean()
    cross = np.fft.ifft2(np.fft.fft2(t) * np.conj(np.fft.fft2(x[inner] - x[inner].mean()))).real
    whole = np.array(np.unravel_index(cross.argmax(), cross.shape))
    whole = np.where(whole > np.array(t.shape) // 2, whole - t.shape, whole)

    def at(move: np.ndarray) -> float:
        return float(np.sum((shift(x, whole + move, mode="nearest")[inner] - truth[inner]) ** 2))

    best = np.zeros(2)
    for step in (1.0, 0.5, 0.25):
        tries = [best + step * (np.array(m) - 1) for m in np.ndindex(3, 3)]
        best = min(tries, key=at)
    return at(best)


def decibels(squares: float, truth: np.ndarray) -> float:
    return -10 * np.log10(squares / (truth.shape[0] - 2 * BORDER) ** 2)


def one(name: str, size: int, seed: int, noise: float, title: str) -> tuple:
    x = scene(name)
    kernel = shake(size, 100 + seed)
    truth, y = window(x), blurred(x, kernel, noise, 1000 + seed)
    began = time.process_time()
    found = sd.psf.free_kernel(y, size=size + 6)
    seconds = time.process_time() - began
    best = found.candidates[0]
    true = error(truth, sd.hyper_laplacian(y, kernel, centre="middle"))
    estimated = error(truth, sd.hyper_laplacian(y, best, centre="middle"))
    level = decibels(estimated, truth), decibels(error(truth, y), truth)
    ratio, same = estimated / true, correlation(best, kernel)
    print(
        f"{title:>7} {name:>18} {size:>3}: ratio {ratio:6.2f}, C {same:.3f}, PSNR "
        f"{decibels(true, truth):.1f} / {level[0]:.1f} / {level[1]:.1f}, gain {found.gain:+.3f}, "
        f"agreement {found.agreement:.3f}, {found.verdict}, {seconds:.1f} s",
        flush=True,
    )
    return ratio, same, level[0] - level[1], found.psf is None, seconds


def table(rows: list[tuple], title: str) -> None:
    """Print the summary of some cases."""
    ratio, same, above, refused, seconds = (np.array(column) for column in zip(*rows, strict=True))
    bad = (ratio > 3) | (same < 0.7)
    shares = ", ".join(
        f"<= {most:g}: {100 * np.mean(ratio <= most):.0f} %" for most in (1.5, 2, 3, 5)
    )
    print(
        f"{title}, {len(rows)} cases: ratio median {np.median(ratio):.2f} ({shares}); C mean "
        f"{same.mean():.3f}, median {np.median(same):.3f}; below the blurred PSNR "
        f"{np.sum((above < 0) & ~refused)}; bad refused {np.sum(bad & refused)} of {bad.sum()}, "
        f"good refused {np.sum(~bad & refused)} of {np.sum(~bad)}; {np.median(seconds):.1f} s",
        flush=True,
    )


def single(title: str, names: tuple[str, ...], seeds: range, noise: float, step: int) -> None:
    cases = [(name, seed) for name in names for seed in seeds][::step]
    table([one(name, SIZES[seed % 8], seed, noise, title) for name, seed in cases], title)


def baseline(step: int) -> None:
    """Print blind Richardson-Lucy from a flat kernel, 20 rounds."""
    for name, seed in [(name, seed) for name in SEEN for seed in (0, 4)][::step]:
        x, kernel = scene(name), shake(SIZES[seed], 100 + seed)
        truth, y = window(x), blurred(x, kernel, 0.01, 1000 + seed)
        flat = np.full((SIZES[seed] + 6,) * 2, (SIZES[seed] + 6.0) ** -2)
        found = sd.deconvolve(y, flat, method="blind_richardson_lucy", num_iter=20)
        levels = [decibels(error(truth, z), truth) for z in (found.x, y)]
        same = correlation(found.parameters["psf"], kernel)
        print(f"baseline {name:>18} {SIZES[seed]:>3}: C {same:.3f}, PSNR {levels[0]:.1f}, data "
              f"{levels[1]:.1f}", flush=True)  # fmt: skip


def sharp(step: int) -> None:
    """Print the verdict on photographs as they are, with 1 % noise."""
    for k, name in enumerate((*SEEN, *UNSEEN)[::step]):
        x = window(scene(name))
        y = x + 0.01 * np.random.default_rng(k).standard_normal(x.shape)
        found = sd.psf.free_kernel(y, size=21)
        print(f"  sharp {name:>18}: gain {found.gain:+.3f}, {found.verdict}", flush=True)


def frames(step: int) -> None:
    """Print four frames of each photograph, restored together (Wiener, every frame alike)."""
    rows = []
    for name in SEEN[::step]:
        x = scene(name)
        kernels = [shake(size, 200 + k) for k, size in enumerate((13, 15, 17, 21))]
        ys = [blurred(x, kernel, 0.01, 2000 + k) for k, kernel in enumerate(kernels)]
        found = sd.psf.free_kernels(ys, size=27)
        truth = window(x)
        errors = [error(truth, sd.hyper_laplacian(ys[0], k, centre="middle")) for k in
                  (kernels[0], found[0])]  # fmt: skip
        joint = [error(truth, together(ys, k)) for k in (kernels, found)]
        same = [correlation(a, b) for a, b in zip(found, kernels, strict=True)]
        rows.append((joint[1] / joint[0], errors[1] / errors[0], *same))
        print(f" frames {name:>18}: ratio {rows[-1][0]:.2f} (first alone {rows[-1][1]:.2f}), C "
              + ", ".join(f"{c:.3f}" for c in same), flush=True)  # fmt: skip
    values = np.array(rows)
    print(f"frames: ratio median {np.median(values[:, 0]):.2f}, largest {values[:, 0].max():.2f}; "
          f"C mean {values[:, 2:].mean():.3f}")  # fmt: skip


def together(ys: list[np.ndarray], kernels: list[np.ndarray]) -> np.ndarray:
    """Return a Wiener estimate from all frames, continued periodically."""
    from sigdeconv.psf import psf2otf

    pad = 40
    wide = [np.pad(y, pad, mode="symmetric") for y in ys]
    ramp = np.hanning(2 * pad + 1)[:pad]
    for axis in range(2):
        edge = np.ones(wide[0].shape[axis])
        edge[:pad], edge[-pad:] = ramp, ramp[::-1]
        edge = edge.reshape((-1, 1) if axis == 0 else (1, -1))
        wide = [y.mean() + edge * (y - y.mean()) for y in wide]
    transfers = [psf2otf(k, wide[0].shape) for k in kernels]
    f = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in wide[0].shape), indexing="ij"))
    power = np.maximum(f, 0.004) ** -2.2
    level = 1e-4 * power.mean() / (np.var(ys[0]) * power)  # noise over the scene's power
    top = sum(np.conj(h) * np.fft.fft2(y) for h, y in zip(transfers, wide, strict=True))
    x = np.fft.ifft2(top / (sum(np.abs(h) ** 2 for h in transfers) + level)).real
    return x[pad:-pad, pad:-pad]


def signals(step: int) -> None:
    """Print two and four microphones in a room: error of the responses after the best factor."""
    for count in (2, 4):
        for noise in (0.001, 0.01, 0.05)[::step]:
            errors = []
            for seed in range(5):
                rng = np.random.default_rng(seed)
                k = rng.standard_normal((count, 41)) * np.exp(-np.arange(41) / 12)
                source = rng.standard_normal(4000)
                ys = [np.convolve(source, one, "valid") for one in k]
                ys = [y + noise * y.std() * rng.standard_normal(y.size) for y in ys]
                found = np.array(sd.psf.free_kernels(ys, size=41))
                found *= np.sum(found * k) / np.sum(found**2)
                errors.append(np.linalg.norm(found - k) / np.linalg.norm(k))
            print(
                f"signals, {count} channels, noise {noise:g}: error median {np.median(errors):.3f}"
            )


def main() -> None:
    """Run the parts that are named, or all."""
    warnings.simplefilter("ignore")
    given = [word for word in sys.argv[1:] if not word.startswith("-")]
    step = 4 if "--few" in sys.argv else 1
    parts = {
        "shake": lambda: single("shake", SEEN, range(8), 0.01, step),
        "quiet": lambda: single("quiet", SEEN, range(8), 0.002, step),
        "unseen": lambda: single("unseen", UNSEEN, range(9, 15, 2), 0.01, step),
        "baseline": lambda: baseline(step),
        "sharp": lambda: sharp(step),
        "frames": lambda: frames(step),
        "signals": lambda: signals(1),
    }
    for name in given or parts:
        parts[name]()


if __name__ == "__main__":
    main()
