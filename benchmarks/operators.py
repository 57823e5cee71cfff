"""Any operator, beside what a truth would choose.

matrices  Hansen's problems x three levels of noise: the error of tikhonov's automatic weight over
          that of the best weight, and of the other rules of the same curve.
variant   a PSF of sigma 1 in the centre to 3 in the corner, counts: few modes beside the dense bank
          and the best single PSF, and what an iteration of Richardson-Lucy costs.
frames    four frames at half-sample shifts: the shifts, known or found; an interpolated mean and
          drizzle's sum, each restored by Wiener with its best ratio; one ruined frame of nine.
stride    tv and tikhonov on one strided picture, their own weight beside the best one.
priors    Hessian-Schatten and TGV beside tv, on smooth scenes and on blocks; robust losses.
speed     pairs of forward and adjoint until a primal-dual run is within 0.02 dB of its end.

PSNR in dB. *Best* is against the truth, which no method sees.
Usage: python benchmarks/operators.py [section ...] [size=96]
"""

import sys
import time
import warnings

import numpy as np
import scipy.ndimage

import sigdeconv as sd

PROBLEMS = ("shaw", "phillips", "gravity", "heat", "deriv2", "baart")
NOISE = (1e-2, 1e-3, 1e-4)
HALF = np.array([[0, 0], [0.5, 0], [0, 0.5], [0.5, 0.5]])


def matrices(size):
    """Line 2: the automatic weight on Hansen's problems."""
    print(f"{'problem':10} {'noise':>7}  auto/best  " + "  ".join(f"{r:>11}" for r in RULES))
    worst = []
    for name in PROBLEMS:
        A, x = sd.datasets.hansen(name, 64)
        for noise in NOISE:
            ratios, rules = [], []
            for seed in range(5):
                obs = sd.simulate(x, A, noise=noise, rng=seed)
                curve = sd.tune(obs, method="tikhonov")
                error = {
                    w: np.linalg.norm(sd.tikhonov(obs.y, A, weight=w) - x)
                    for w in (*curve.strengths, *curve.best.values())
                    if w > 0
                }
                least = min(error.values())
                ratios.append(error[curve.best["auto"]] / least)
                rules.append([error.get(curve.best.get(r), np.nan) / least for r in RULES])
            worst += ratios
            said = "  ".join(f"{v:11.2f}" for v in np.median(rules, axis=0))
            print(f"{name:10} {noise:7.0e}  {np.median(ratios):9.2f}  {said}", flush=True)
    print(
        f"auto over best: median {np.median(worst):.2f}, 90 % {np.quantile(worst, 0.9):.2f}, "
        f"largest {np.max(worst):.2f}; at most 1.3: {np.mean(np.array(worst) <= 1.3):.0%}"
    )


RULES = ("gcv", "sure", "evidence", "discrepancy", "l-curve")


def sigma_at(i, j, size):
    """Return the width of the PSF: 1 in the centre, 3 in the corner."""
    half = (size - 1) / 2
    return 1 + 2 * np.hypot(i - half, j - half) / np.hypot(half, half)


def exact_blur(x, size, pad):
    """Return the blur of a scene, every point by its own Gaussian, without any interpolation."""
    y = np.zeros((size, size))
    u = np.arange(-12, 13)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            s = sigma_at(i - pad, j - pad, size)
            one = np.exp(-(u**2) / (2 * s * s))
            one /= one.sum()
            rows, columns = i - pad + u, j - pad + u
            a, b = (rows >= 0) & (rows < size), (columns >= 0) & (columns < size)
            y[np.ix_(rows[a], columns[b])] += x[i, j] * np.outer(one[a], one[b])
    return y


def best_iteration(y, A, truth, most=60):
    """Return the PSNR of the best iteration of Richardson-Lucy, which it is, and seconds of one."""
    seen = []
    window = A.window if isinstance(A, sd.Operator) else None

    def look(k, x):
        x = x if window is None else x[window]
        seen.append(sd.metrics.psnr(truth, x))

    start = time.perf_counter()
    sd.deconvolve(y, A, method="richardson_lucy", num_iter=most, callback=look, history=False)
    return max(seen), int(np.argmax(seen)) + 1, (time.perf_counter() - start) / most


def variant(size):
    """Line 3: a blur that changes over the field."""
    pad = 12
    for name in ("camera", "coins"):
        x = sd.datasets.load(name)[60 : 60 + size + 2 * pad, 60 : 60 + size + 2 * pad]
        x = 300 * x / x.max()
        y = np.random.default_rng(0).poisson(exact_blur(x, size, pad)).astype(float)
        truth = x[pad:-pad, pad:-pad]
        line = np.linspace(0, size - 1, 5)
        at = np.array([(i, j) for i in line for j in line])
        bank = [sd.psf.gaussian(float(sigma_at(i, j, size)), shape=(25, 25)) for i, j in at]
        print(f"{name}: data {sd.metrics.psnr(truth, y):.2f} dB")
        plain = sd.Convolution.for_data(bank[0], y.shape)
        best_iteration(y, plain, truth, 2)  # plans and imports
        _, _, single = best_iteration(y, plain, truth, 20)
        for modes in (2, 3, 4, 25):
            A = sd.SpaceVariant(bank, at, y.shape, modes=modes)
            psnr, k, seconds = best_iteration(y, A, truth)
            print(
                f"  {modes:2d} modes: {psnr:.2f} dB at {k}, an iteration costs "
                f"{seconds / single:.1f} of one with a single PSF",
                flush=True,
            )
        alone = {}
        for sigma in (1.0, 1.25, 1.5, 1.75, 2.0, 2.5):
            psf = sd.Convolution.for_data(sd.psf.gaussian(sigma), y.shape)
            alone[sigma] = best_iteration(y, psf, truth)[0]
        best = max(alone, key=alone.get)
        print(f"  best single PSF: {alone[best]:.2f} dB, sigma {best}")
        error = sd.dot_test(sd.SpaceVariant(bank, at, y.shape, modes=3)).error
        print(f"  dot test of 3 modes: {error:.1e}")


def pixel_psf():
    """Return a Gaussian of 1.5 samples with a pixel of two by two, centred."""
    box = np.array([0.25, 0.5, 0.25])
    return scipy.ndimage.convolve(np.pad(sd.psf.gaussian(1.5), 1), np.outer(box, box))


def framed(name, at, size, mean, seed=0):
    """Return frames of counts, the truth, and the kernel."""
    psf = pixel_psf()
    A = sd.frames.frame_operator((size, size), [psf] * len(at), np.asarray(at, float), (2, 2))
    x = sd.datasets.load(name)[60 : 60 + A.shape[0], 100 : 100 + A.shape[1]]
    x = x * (mean / x.mean())
    y = np.random.default_rng(seed).poisson(A(x)).astype(float)
    return y, x[A.window], psf


def best_wiener(y, psf, quality):
    """Return the PSNR of Wiener's filter at its best ratio of noise to signal."""
    return max(quality(sd.wiener(y, psf, nsr=r)) for r in np.geomspace(1e-5, 1, 21))


def frames(size):
    """Line 4: several frames."""
    size //= 2
    for name in ("camera", "coins"):
        y, x, psf = framed(name, HALF, size, 400)

        def quality(e, x=x):
            return sd.metrics.psnr(x[8:-8, 8:-8], e[8:-8, 8:-8])

        grid = np.meshgrid(*[np.arange(2 * size) / 2] * 2, indexing="ij")
        mean = np.mean(
            [
                scipy.ndimage.map_coordinates(
                    f, [grid[0] - s[0], grid[1] - s[1]], order=3, mode="nearest"
                )
                for f, s in zip(y, HALF, strict=True)
            ],
            axis=0,
        )
        drop = sd.frames.drizzle(y, HALF, drop=0.5)
        print(
            f"{name}, four frames of {size}^2, SNR 20: interpolated mean {quality(mean):.2f}, "
            f"and best Wiener {best_wiener(mean, psf, quality):.2f}; drizzle "
            f"{quality(drop):.2f}, and best Wiener {best_wiener(drop, psf, quality):.2f}; "
            f"transposed layer {quality(sd.frames.drizzle(y, HALF, kernel=psf)):.2f}"
        )
        for method, own in (("tikhonov", {}), ("richardson_lucy", {}), ("tv", {})):
            made = {
                k: sd.multiframe(y, psf, shifts=s, method=method, **own)
                for k, s in (("known", HALF), ("found", "auto"))
            }
            off = np.abs(made["found"].parameters["shifts"] - HALF).max()
            print(
                f"  {method}: {quality(made['known'].x):.2f} with known shifts, "
                f"{quality(made['found'].x):.2f} with found ones (largest error {off:.3f})",
                flush=True,
            )
    errors = []
    for seed in range(6):
        at = np.concatenate([[[0, 0]], np.random.default_rng(seed).uniform(-3, 3, (3, 2))])
        y, _, psf = framed("camera", at, 96, 400, seed)
        found = sd.frames.align(list(y), [psf] * 4, (2, 2)).shifts
        errors += list(np.abs(found - found[0] - at)[1:].ravel())
    print(
        f"shifts of 96^2 frames at SNR 20: rms {np.sqrt(np.mean(np.square(errors))):.4f}, "
        f"largest of {len(errors)} {max(errors):.4f} samples"
    )
    ruined(size)


def ruined(size):
    """Print what one ruined frame of nine changes."""
    at = [[a / 3, b / 3] for a in range(3) for b in range(3)]
    y, x, psf = framed("camera", at, size, 400)
    rng, n = np.random.default_rng(5), np.arange(size)
    track, shuffled, loud, smeared = (y.copy() for _ in range(4))
    for t in range(3):
        track[4][np.clip(size // 3 + t + n // 2, 0, size - 1), n] += 3000
    shuffled[4] = rng.permutation(y[4].ravel()).reshape(size, size)
    loud[4] += rng.normal(0, 200, (size, size))
    smeared[4] = scipy.ndimage.gaussian_filter(y[4], (0, 6))

    def quality(f):
        return sd.metrics.psnr(x, sd.multiframe(f, psf, method="richardson_lucy", num_iter=10).x)

    nine, eight = quality(y), quality(np.delete(y, 4, axis=0))
    print(f"nine frames {nine:.2f}, the eight others {eight:.2f}")
    for name, f in (("track", track), ("shuffled", shuffled), ("loud", loud),
                    ("smeared", smeared)):  # fmt: skip
        print(f"  one {name}: {quality(f) - nine:+.3f} against nine", flush=True)


def stride(size):
    """Line 4, last part: automatic weights under a stride."""
    for name in ("camera", "coins", "text"):
        x = sd.datasets.load(name)[: 2 * size, 40 : 40 + 2 * size]
        obs = sd.simulate(x, pixel_psf(), noise="poisson:255", rng=0, stride=2)
        for method in ("tikhonov", "tv"):
            result = sd.deconvolve(obs, method=method)
            own = sd.metrics.psnr(obs.truth_window, result.x)
            weights = result.parameters["weight"] * np.geomspace(1 / 30, 30, 13)
            best = max(sd.metrics.psnr(obs.truth_window,
                                       sd.deconvolve(obs, method=method, weight=w).x)
                       for w in weights)  # fmt: skip
            print(
                f"{name}, stride 2, {method}: {own:.2f}, best weight {best:.2f} "
                f"({own - best:+.2f})",
                flush=True,
            )


def smooth_scene(seed, n):
    """Return hills and a shaded slope."""
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[:n, :n] / n
    x = 0.3 * rng.uniform(-1, 1) * i + 0.3 * rng.uniform(-1, 1) * j
    for _ in range(6):
        a, b, s = rng.uniform(0, 1, 3)
        s = 0.08 + 0.15 * s
        x = x + rng.uniform(0.3, 1) * np.exp(-((i - a) ** 2 + (j - b) ** 2) / (2 * s * s))
    return x


def block_scene(seed, n):
    """Return rectangles."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, n))
    for _ in range(12):
        a, b = rng.integers(0, n - n // 4, 2)
        c, d = rng.integers(n // 10, n // 3, 2)
        x[a : a + c, b : b + d] = rng.uniform(0, 1)
    return x


def priors(size):
    """Line 5: priors and losses."""
    rivals = {"Hessian-Schatten": sd.priors.HessianSchatten(), "TGV": sd.priors.TGV()}
    for kind, scene in (("smooth", smooth_scene), ("blocks", block_scene)):
        gain = {name: [] for name in rivals}
        for seed in range(8 if kind == "smooth" else 3):
            obs = sd.simulate(scene(seed, size), sd.psf.gaussian(1.5), noise=0.02, rng=seed)
            base = sd.metrics.psnr(obs.truth_window, sd.tv(obs.y, obs.A))
            for name, prior in rivals.items():
                x = sd.variational(obs.y, obs.A, prior=prior)
                gain[name].append(sd.metrics.psnr(obs.truth_window, x) - base)
        for name, values in gain.items():
            print(
                f"{kind}: {name} beside tv {np.mean(values):+.2f} dB in the mean "
                f"({min(values):+.2f} to {max(values):+.2f})",
                flush=True,
            )
    obs = sd.simulate(sd.datasets.coins()[: size + 8, : size + 8], sd.psf.gaussian(1.5),
                      noise=0.01, rng=0)  # fmt: skip
    rng = np.random.default_rng(1)
    spoilt = obs.y.copy()
    hit = rng.random(spoilt.shape) < 0.02
    spoilt[hit] = rng.choice([0.0, 1.0], int(hit.sum()))
    clean = sd.metrics.psnr(obs.truth_window, sd.tv(obs.y, obs.A))
    for loss in ("gaussian", "huber", "cauchy"):
        x = sd.tv(spoilt, obs.A, loss=loss)
        quality = sd.metrics.psnr(obs.truth_window, x)
        print(f"2 % outliers, {loss}: {quality:.2f}, clean {clean:.2f}", flush=True)


def speed(size):
    """Line 6: pairs until 0.02 dB of the end."""
    x = sd.datasets.camera()[: size + 16, : size + 16]
    for loss in ("gaussian", "l1", "poisson"):
        obs = sd.simulate(x, sd.psf.gaussian(1.5), noise="poisson:255", rng=0)
        weight = sd.deconvolve(obs, method="tv", loss=loss).parameters["weight"]
        A, seen = 1.0 * obs.A, []

        def look(k, x, seen=seen, obs=obs, A=A):
            seen.append(sd.metrics.psnr(obs.truth_window, x[A.window]))

        sd.deconvolve(obs.y, A, method="tv", loss=loss, weight=weight, num_iter=500,
                      accuracy=0.0, history=False, callback=look)  # fmt: skip
        far = np.flatnonzero(np.abs(np.array(seen) - seen[-1]) > 0.02)
        count = int(far[-1]) + 2 if far.size else 1
        print(f"tv, loss {loss}, {obs.y.shape}: {count} pairs to 0.02 dB of {seen[-1]:.2f}",
              flush=True)  # fmt: skip


SECTIONS = {f.__name__: f for f in (matrices, variant, frames, stride, priors, speed)}


def main():
    """Run the sections that are named, or all of them."""
    warnings.simplefilter("ignore")
    words = [a for a in sys.argv[1:] if "=" not in a]
    options = dict(a.split("=") for a in sys.argv[1:] if "=" in a)
    for name in words or SECTIONS:
        print(f"== {name}", flush=True)
        SECTIONS[name](int(options.get("size", 96)))


if __name__ == "__main__":
    main()
