"""Every method with its defaults on problems drawn at random: is it ever worse than the data?

A problem is a scene (photograph, spots, stars, edges, blocks, spikes, curves, texture, mixtures) of
one, two or three axes, a kernel of any family, sum and centre, noise, and the awkward things that
data bring: offsets, units, masks, strides, types of few bits, outliers. A seed draws them all.

The error of an estimate and that of the data are root mean squares against the truth, in the window
that the data cover and where their mask is not zero; the data are divided by the kernel's sum and,
with a stride, interpolated. A result is bad when its error is above 1.02 times that of the data. It
is bad in silence when nothing was said of the result (a note in `Result.doubts`, which is also a
warning) or of outliers in the data; warnings about the kernel and its centre do not count, as they
say nothing of the result.

Usage: python benchmarks/field.py [--seed 0] [--number 300] [--first 0] [--methods wiener tv ...]
                                  [--dims 1 2 3] [--largest 512] [--each]

Prints a line a method: problems taken, share bad, share bad in silence, worst ratio to the data of
those in silence, seconds; and, where `auto` and others were run, the ratio of the error of `auto`
to that of the best single method: median, 95 %, worst. ``--each`` prints every bad result.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
import warnings
from typing import Any

import numpy as np
from scipy import ndimage

import sigdeconv as sd
from sigdeconv.catalogue import registry

SCENES = ("photograph", "spots", "stars", "edges", "blocks", "spikes", "curves", "texture", "mix")
NOISES = ("gaussian", "gaussian", "poisson", "poisson", "mixed", "coloured", "hardly any")
TYPES = ("float64", "float64", "float32", "uint8", "uint16")
WORSE = 1.02  # times the error of the data


@dataclasses.dataclass(frozen=True)
class Problem:
    """Data, their operator, and the truth on the window."""

    y: np.ndarray
    A: sd.Convolution
    truth: np.ndarray
    good: np.ndarray
    words: str

    def error(self, x: np.ndarray) -> float:
        """Return the root mean square error of an estimate on the window."""
        return float(np.sqrt(np.mean((np.asarray(x, float) - self.truth)[self.good] ** 2)))

    def data_error(self) -> float:
        """Return that of the data."""
        y = self.y / self.A.psf.sum(dtype=float)
        at = np.indices(self.truth.shape) / np.reshape(self.A.stride, (-1, *(1,) * y.ndim))
        return self.error(ndimage.map_coordinates(y, at, order=1, mode="nearest"))


# -- scenes, from about 0 to 1 ---------------------------------------------------------------------


def photograph(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return a part of a photograph; a row of one; in 3-D smooth random matter."""
    if len(shape) == 3:
        return matter(rng, shape, 2.0)
    image = getattr(sd.datasets, str(rng.choice(sd.datasets.names())))()
    image = np.asarray(image, float)
    rows = (1, *shape) if len(shape) == 1 else shape
    while any(n > m for n, m in zip(rows, image.shape, strict=True)):
        image = np.pad(image, [(0, m) for m in image.shape], mode="symmetric")
    at = [int(rng.integers(m - n + 1)) for n, m in zip(rows, image.shape, strict=True)]
    return image[tuple(slice(a, a + n) for a, n in zip(at, rows, strict=True))].reshape(shape)


def matter(rng: Any, shape: tuple[int, ...], exponent: float) -> np.ndarray:
    """Return a random field with a power spectrum of |f| to minus an exponent."""
    f = np.sqrt(sum(g**2 for g in np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij")))
    f.flat[0] = 1.0
    power = f ** (-exponent / 2)
    power.flat[0] = 0.0
    x = np.fft.ifftn(np.fft.fftn(rng.standard_normal(shape)) * power).real
    return (x - x.min()) / (np.ptp(x) or 1.0)


def spots(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return soft round things of a few samples on a ground."""
    x = np.zeros(shape)
    for _ in range(int(rng.integers(3, 40))):
        centre = [rng.uniform(0, n) for n in shape]
        x += rng.uniform(0.2, 1) * blob(shape, centre, rng.uniform(0.7, 3.0))
    return x + rng.choice([0.0, 0.05, 0.5])


def blob(shape: tuple[int, ...], centre: list[float], sigma: float) -> np.ndarray:
    """Return a Gaussian of height 1."""
    parts = [np.exp(-0.5 * ((np.arange(n) - c) / sigma) ** 2)
             for n, c in zip(shape, centre, strict=True)]  # fmt: skip
    x = parts[0]
    for part in parts[1:]:
        x = x[..., None] * part
    return x


def stars(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return single bright samples, few of them very bright, on a sky of any level."""
    x = np.full(shape, rng.choice([0.001, 0.01, 0.1]))
    count = max(3, int(rng.uniform(0.001, 0.02) * x.size))
    at = rng.integers(x.size, size=count)
    x.flat[at] += np.minimum(0.05 * rng.pareto(1.2, count) + 0.02, 1.0) * 10
    return x


def edges(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return areas between straight edges."""
    x = np.zeros(shape)
    grid = np.indices(shape)
    for _ in range(int(rng.integers(2, 9))):
        normal = rng.standard_normal(len(shape))
        middle = [rng.uniform(0, n) for n in shape]
        side = sum(k * (g - m) for k, g, m in zip(normal, grid, middle, strict=True))
        x += rng.uniform(-1, 1) * (side > 0)
    return (x - x.min()) / (np.ptp(x) or 1.0)


def blocks(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return boxes of constant values."""
    x = np.zeros(shape)
    for _ in range(int(rng.integers(3, 20))):
        size = [max(2, int(rng.uniform(0.03, 0.4) * n)) for n in shape]
        at = [int(rng.integers(n - m + 1)) for n, m in zip(shape, size, strict=True)]
        box = tuple(slice(a, a + m) for a, m in zip(at, size, strict=True))
        x[box] = rng.uniform(0, 1)
    return x


def spikes(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return few samples of either sign, or of one, on zero."""
    x = np.zeros(shape)
    count = max(3, int(rng.uniform(0.002, 0.03) * x.size))
    signs = rng.choice([-1.0, 1.0], count) if rng.random() < 0.5 else 1.0
    x.flat[rng.integers(x.size, size=count)] = signs * rng.uniform(0.3, 1.0, count)
    return x


def curves(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return wide smooth humps."""
    x = np.zeros(shape)
    for _ in range(int(rng.integers(2, 8))):
        sigma = rng.uniform(0.05, 0.25) * min(shape)
        x += rng.uniform(-1, 1) * blob(shape, [rng.uniform(0, n) for n in shape], sigma)
    return (x - x.min()) / (np.ptp(x) or 1.0)


def texture(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return rough matter, or waves."""
    if rng.random() < 0.5:
        return matter(rng, shape, rng.uniform(0.5, 1.5))
    f = rng.uniform(0.02, 0.15, len(shape))
    phase = sum(2 * np.pi * k * g for k, g in zip(f, np.indices(shape), strict=True))
    return 0.5 + 0.5 * np.sin(phase) * (0.3 + 0.7 * matter(rng, shape, 3.0))


def mix(rng: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return one scene on another."""
    first, second = rng.choice(SCENES[:-1], 2, replace=False)
    return 0.5 * globals()[first](rng, shape) + 0.5 * globals()[second](rng, shape)


# -- kernels, of sum one ---------------------------------------------------------------------------


def kernel(rng: Any, shape: tuple[int, ...]) -> tuple[str, np.ndarray, Any]:
    """Return a family, a kernel no wider than a third of the data, and its centre."""
    n = len(shape)
    width = float(rng.uniform(0.6, min(5.0, min(shape) / 12)))
    families = ["gaussian", "box", "even", "asymmetric", "narrow"]
    families += {1: ["exponential", "lorentzian", "voigt", "causal", "causal"],
                 2: ["disk", "airy", "moffat", "motion"],
                 3: ["ball", "causal"]}[n]  # fmt: skip
    family = str(rng.choice(families))
    centre: Any = "middle"
    odd = 2 * max(1, round(width)) + 1
    if family == "gaussian":
        h = sd.psf.gaussian(tuple(width * rng.uniform(0.6, 1.4, n)))
    elif family == "narrow":
        h = sd.psf.gaussian(0.4, ndim=n)
    elif family == "box":
        h = sd.psf.box(odd, ndim=n)
    elif family == "even":
        h = np.ones((odd + 1,) * n)
    elif family in ("asymmetric", "causal"):
        h = np.ones(())
        for _ in range(n):
            t = np.arange(int(5 * width) + 2)
            h = h[..., None] * (t + 0.3) ** rng.uniform(0, 2) * np.exp(-t / (0.7 * width))
        centre = "start" if family == "causal" else "peak"
    elif family in ("exponential", "lorentzian"):
        h = getattr(sd.psf, family)(width, truncate=6.0)
    elif family == "voigt":
        h = sd.psf.voigt(width, 0.5 * width, truncate=6.0)
    elif family == "moffat":
        h = sd.psf.moffat(1.5 * width)
    elif family == "motion":
        h = sd.psf.motion(2 * width + 1, float(rng.uniform(0, 180)))
    else:
        h = getattr(sd.psf, family)(width)
    h = np.asarray(h, float)
    if centre == "middle":
        most = (max(3, m // 3) for m in shape)
        cut = [(k - min(k, m)) // 2 for k, m in zip(h.shape, most, strict=True)]
        h = h[tuple(slice(c, k - c) for c, k in zip(cut, h.shape, strict=True))]
    return family, h / h.sum(), centre


# -- data ------------------------------------------------------------------------------------------


def draw(seed: int, number: int, dims: tuple[int, ...] = (1, 2, 3), largest: int = 512) -> Problem:
    """Return a problem of a seed."""
    rng = np.random.default_rng([seed, number])
    n = int(rng.choice(dims))
    low, high = (12, 48) if n == 3 else (48, largest)
    shape = tuple(int(np.exp(rng.uniform(np.log(low), np.log(high)))) for _ in range(n))
    family, h, centre = kernel(rng, shape)
    stride = int(rng.choice([1, 1, 1, 1, 1, 1, 1, 2])) if n < 3 else 1
    name = str(rng.choice(SCENES))
    domain = tuple(m + k - 1 for m, k in zip(shape, h.shape, strict=True))
    scene = globals()[name](rng, domain)
    total = float(10 ** rng.uniform(-3, 3)) if rng.random() < 0.5 else 1.0
    A = sd.Convolution(h, domain, "unknown", centre=centre, stride=stride)
    y, factor, noise = noisy(rng, A(scene))
    y, factor, offset, kind = as_stored(rng, y, factor)
    told = sd.Convolution(total * h, domain, "unknown", centre=centre, stride=stride)
    truth = ((scene * factor + offset) / total)[told.window]
    y, mask, words = spoiled(rng, y)
    if mask is not None:
        told = sd.Convolution(told.psf, domain, "unknown", centre=centre, stride=stride, mask=mask)
    good = np.ones(truth.shape, bool)
    if mask is not None:
        good[tuple(slice(None, None, stride) for _ in truth.shape)] = mask > 0
    words = f"{shape} {name}, {family} {h.shape} sum {total:.2g}, {noise}, {kind}{words}"
    return Problem(y, told, truth, good, words + (", stride 2" if stride > 1 else ""))


def noisy(rng: Any, clean: np.ndarray) -> tuple[np.ndarray, float, str]:
    """Return noisy data, what the scene was multiplied by, and the noise in words."""
    kind = str(rng.choice(NOISES))
    spread = float(np.ptp(clean)) or 1.0
    if kind in ("poisson", "mixed"):
        peak = float(10 ** rng.uniform(1, 4))
        factor = peak / float(np.max(np.abs(clean)))
        mean = np.maximum(clean * factor, 0)  # a scene below zero sends no light there
        y = rng.poisson(mean) + np.minimum(clean * factor, 0)
        if kind == "mixed":
            y = y + rng.normal(0, rng.uniform(0.5, 5), y.shape)
        return y, factor, f"{kind} {peak:.0f}"
    level = float(10 ** rng.uniform(-3, -1)) if kind != "hardly any" else 1e-5
    e = rng.standard_normal(clean.shape)
    if kind == "coloured":
        e = ndimage.gaussian_filter(e, 0.6, mode="wrap")
        e /= e.std()
    return clean + level * spread * e, 1.0, f"{kind} {level:.2g}"


def as_stored(rng: Any, y: np.ndarray, factor: float) -> tuple[np.ndarray, float, float, str]:
    """Return the data in a type of number, with the factor and the offset that this took."""
    kind = str(rng.choice(TYPES))
    if kind.startswith("uint"):
        top = {"uint8": 250.0, "uint16": 60000.0}[kind] * rng.uniform(0.2, 1)
        low = float(min(y.min(), 0.0))
        unit = 1.0 if kind == "uint16" and 100 < y.max() - low < 6e4 else top / (y.max() - low)
        stored = np.round((y - low) * unit).astype(kind)
        return stored, factor * unit, -low * unit, kind
    unit = float(10 ** rng.uniform(-9, 6)) if rng.random() < 0.4 else 1.0
    offset = unit * float(np.std(y)) * rng.choice([0.0, 0.0, 0.0, 1.0, 10.0])
    return (
        (y * unit + offset).astype(kind),
        factor * unit,
        offset,
        f"{kind} unit {unit:.1g}" + (f" offset {offset:.1g}" if offset else ""),
    )


def spoiled(rng: Any, y: np.ndarray) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Return the data with outliers, the mask, and both in words."""
    mask, words = None, ""
    if rng.random() < 0.15:
        grey = rng.random() < 0.5
        mask = rng.uniform(0.2, 1, y.shape) if grey else (rng.random(y.shape) > 0.08).astype(float)
        words = ", grey mask" if grey else ", binary mask"
    if rng.random() < 0.12:
        at = rng.random(y.shape) < 2e-3
        at.flat[int(rng.integers(y.size))] = True
        told = rng.random() < 0.5
        top = np.iinfo(y.dtype).max if y.dtype.kind == "u" else np.inf
        high = np.minimum(y + (1 + 3 * rng.random(y.shape)) * np.ptp(y), top).astype(y.dtype)
        y = np.where(at, high, y)
        if told:
            mask = np.where(at, 0.0, 1.0 if mask is None else mask)
        words += f", {int(at.sum())} outliers {'in the mask' if told else 'not told'}"
    return y, mask, words


# -- runs ------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Row:
    """What a method did on a problem: error over that of the data, what was said, seconds."""

    ratio: float
    said: str
    seconds: float
    took: str = ""


def said(texts: list[str], result: sd.Result) -> str:
    """Return what was said of the result, or of outliers; nothing else counts."""
    doubts = getattr(result, "doubts", ())
    heard = [t for t in texts if t.split(" of y ")[-1].startswith("stand")]
    return "; ".join([*doubts, *heard])


def run(problem: Problem, method: str) -> Row:
    """Return what a method does with its defaults, or that it refuses the data."""
    began = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = sd.deconvolve(problem.y, problem.A, method=method)
        except (ValueError, TypeError) as error:
            return Row(0.0, f"refused: {error}", time.perf_counter() - began)
    ratio = problem.error(result.x) / problem.data_error()
    texts = [str(w.message) for w in caught]
    return Row(ratio, said(texts, result), time.perf_counter() - began, result.method)


def table(rows: dict[str, list[Row]]) -> None:
    """Print a line a method."""
    head = ("method", "taken", "bad", "silent", "worst of those", "seconds")
    print(f"{head[0]:>16}{head[1]:>8}{head[2]:>9}{head[3]:>9}{head[4]:>17}{head[5]:>10}")
    for name, found in rows.items():
        taken = [r for r in found if not r.said.startswith("refused")]
        bad = [r for r in taken if not r.ratio <= WORSE]
        silent = [r for r in bad if not r.said]
        worst = f"{max(r.ratio for r in silent):.3g}" if silent else "-"
        n = max(len(taken), 1)
        seconds = sum(r.seconds for r in found)
        print(f"{name:>16}{len(taken):>8}{len(bad) / n:>9.1%}{len(silent) / n:>9.1%}"
              f"{worst:>17}{seconds:>10.1f}")  # fmt: skip


def choice(rows: dict[str, list[Row]], name: str) -> None:
    """Print how far an automatic choice is from the best single method."""
    single = [found for other, found in rows.items() if other not in ("auto", "best")]
    ratios = []
    for k, row in enumerate(rows[name]):
        others = [found[k].ratio for found in single if not found[k].said.startswith("refused")]
        if others and not row.said.startswith("refused"):
            ratios.append(row.ratio / min(others))
    if ratios:
        median, most = np.quantile(ratios, [0.5, 0.95])
        print(f"{name} over the best single method: median {median:.3f}, 95 % {most:.3f}, "
              f"worst {max(ratios):.3f}")  # fmt: skip


def main() -> None:
    """Run the problems and print the tables."""
    names = [name for name in registry if registry.get(name).kind == "inverse"]
    parser = argparse.ArgumentParser(description="Methods on random problems.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--number", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--methods", nargs="*", default=["auto", *names])
    parser.add_argument("--dims", type=int, nargs="*", default=(1, 2, 3))
    parser.add_argument("--largest", type=int, default=512)
    parser.add_argument("--each", action="store_true", help="print every bad result")
    given = parser.parse_args()
    rows: dict[str, list[Row]] = {name: [] for name in given.methods}
    for number in range(given.first, given.first + given.number):
        problem = draw(given.seed, number, tuple(given.dims), given.largest)
        for name in given.methods:
            row = run(problem, name)
            rows[name].append(row)
            if given.each and not row.ratio <= WORSE:
                print(f"{number} {name} {row.ratio:.3g} {row.took}: {problem.words}"
                      f" | {row.said[:60] or 'silent'}", flush=True)  # fmt: skip
        best = min((n for n in rows if n not in ("auto", "best")), default=None,
                   key=lambda n: rows[n][-1].ratio or np.inf)  # fmt: skip
        if given.each and best and "auto" in rows:
            auto, other = rows["auto"][-1], rows[best][-1]
            if auto.ratio > 1.15 * other.ratio > 0:
                print(f"{number} auto took {auto.took} {auto.ratio:.3g}, {best} has "
                      f"{other.ratio:.3g}: {problem.words}", flush=True)  # fmt: skip
    table(rows)
    for name in ("auto", "best"):
        if name in rows:
            choice(rows, name)


if __name__ == "__main__":
    main()
