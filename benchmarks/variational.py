"""Total variation and its like, told nothing but data and kernel, beside what a truth would choose.

windowed  4 images x box, Gaussian, motion x BSNR 20, 30, 40 dB, the scene larger than the picture:
          `tv` beside Richardson-Lucy at its best iteration, and beside its own best weight.
circular  the six classic scenarios of the literature, blurred periodically, on two photographs:
          every method with a weight of its own choice and, unless oracle=no, with the best one;
          ``best`` and ``auto`` are what `deconvolve` chooses by the predicted error.
poisson   counts: Kullback-Leibler and total variation beside Richardson-Lucy at its best iteration.
rules     what other rules for the weight would lose to the best one: discrepancy, whiteness of the
          residual, and for counts thinning.
speed     see `variational_speed`.

PSNR in dB over the whole window. *Best* is against the truth, which no method sees.
Usage: python benchmarks/variational.py [section ...] [method=a,b] [image=a,b] [oracle=no]
"""

import math
import sys
import time
import warnings

import numpy as np

import sigdeconv as sd

IMAGES = {
    "camera": (slice(0, 256), slice(100, 356)),
    "astronaut": (slice(16, 272), slice(100, 356)),
    "coins": (slice(0, 256), slice(0, 256)),
    "page": (slice(0, 191), slice(0, 256)),
}
KERNELS = {
    "box 9": sd.psf.box(9),
    "Gaussian 1.6": sd.psf.gaussian(1.6),
    "motion 15": sd.psf.motion(15, 30),
}
LEVELS = (20, 30, 40)
COUNTED = {"box 7": sd.psf.box(7), "Gaussian 1.6": sd.psf.gaussian(1.6)}
PEAKS = (30, 255, 1000)
CIRCULAR_METHODS = ("wiener", "tv", "wavelet_l1", "hyper_laplacian", "plug_and_play", "best")
MOST_ITER = 3000  # of Richardson-Lucy


def scenarios():
    """Return the six classic scenarios: kernel and noise, for intensities 0..255."""
    i = np.arange(-7, 8)
    hyperbolic = 1 / (1 + i[:, None] ** 2 + i**2)
    binomial = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    return [
        (hyperbolic / hyperbolic.sum(), f"gaussian:sigma={math.sqrt(2)}"),
        (hyperbolic / hyperbolic.sum(), f"gaussian:sigma={math.sqrt(8)}"),
        (np.full((9, 9), 1 / 81), "gaussian:bsnr=40"),
        (binomial, "gaussian:sigma=7"),
        (sd.psf.gaussian(1.6), "gaussian:sigma=2"),
        (sd.psf.gaussian(0.4), "gaussian:sigma=8"),
    ]


def psnr_of(obs, x):
    """Return the PSNR over the window."""
    return sd.metrics.psnr(obs.truth_window, x)


def richardson_lucy(obs):
    """Return the PSNR of the best iteration, and which it is, looked for until well past it."""
    best = (-math.inf, 0)

    def look(k, x):
        nonlocal best
        if k < 100 or k % (k // 50) == 0:
            best = max(best, (psnr_of(obs, x[obs.A.window]), k))
        return k > 1.5 * best[1] + 20

    sd.deconvolve(obs, method="richardson_lucy", num_iter=MOST_ITER, callback=look, history=False)
    return best


def oracle(quality, start, factor=2.0):
    """Return the best strength and its quality: steps uphill, then smaller ones around the top."""
    found = {start: quality(start)}

    def at(strength):
        if strength not in found:
            found[strength] = quality(strength)
        return found[strength]

    def best():
        return max(found, key=found.get)

    for step in (factor, 1 / factor):
        place = start
        while at(place * step) > found[place]:
            place *= step
    for step in (factor**0.5, factor**0.25):
        middle = best()
        at(middle * step)
        at(middle / step)
    return best(), found[best()]


def with_best_weight(obs, method, found, **options):
    """Return the best weight of a method and its PSNR; NaN for one without a weight."""
    entry = sd.catalogue.registry.get(method)
    name = next((n for n in ("weight", "strength") if n in entry.parameters), None)
    start = found.parameters.get(name) if name else None
    if not isinstance(start, float):
        return math.nan, math.nan

    def quality(strength):
        return psnr_of(obs, entry.solve(obs, history=False, **{name: strength}, **options).x)

    return oracle(quality, start)


def beside_richardson_lucy(obs, **options):
    """Return Richardson-Lucy's best and where; `tv`, its PSNR, its best weight and PSNR there."""
    auto = sd.deconvolve(obs, method="tv", history=False, **options)
    best = with_best_weight(obs, "tv", auto, **options)
    return *richardson_lucy(obs), auto, psnr_of(obs, auto.x), *best


def windowed(images):
    """Print `tv` beside Richardson-Lucy and beside its best weight."""
    print("windowed scenes: PSNR in dB")
    heads = ("data", "RL best", "at", "tv", "tv best", "weight", "best", "weight", "stop")
    print(f"{'':>28}" + "".join(f"{head:>9}" for head in heads))
    rows = []
    for image in images:
        scene = getattr(sd.datasets, image)()[IMAGES[image]]
        for kernel, psf in KERNELS.items():
            for level in LEVELS:
                obs = sd.simulate(scene, psf, noise=f"gaussian:bsnr={level}", rng=0)
                lucy, at, auto, mine, weight, best = beside_richardson_lucy(obs)
                found = auto.parameters["weight"]
                rows.append((psnr_of(obs, obs.y), lucy, mine, max(best, mine)))
                name = f"{image}, {kernel}, {level}"
                print(
                    f"{name:>28}{rows[-1][0]:9.2f}{lucy:9.2f}{at:9d}{mine:9.2f}{best:9.2f}"
                    f"{found:9.2g}{weight / found:8.2f} x {auto.num_iter:4d} {auto.stop.name}",
                    flush=True,
                )
    data, lucy, mine, best = np.array(rows).T
    print(
        f"tv over Richardson-Lucy at its best iteration: {np.mean(mine - lucy):+.2f} dB in the "
        f"mean, {np.min(mine - lucy):+.2f} at least; over the data {np.min(mine - data):+.2f}\n"
        f"tv loses to its own best weight: {np.mean(best - mine):.2f} dB in the mean, "
        f"{np.max(best - mine):.2f} at worst"
    )


def circular(images, methods, oracle):
    """Print the gain over the data of every method, with its own weight and with the best."""
    known = {*sd.methods(), "auto", "best"}
    methods = [name for name in methods if name in known]
    print(f"circular scenarios: gain over the data in dB{', own choice / best weight' * oracle}")
    print(f"{'':>14}" + "".join(f"{name:>22}" for name in methods))
    table = {name: [] for name in methods}
    for image in images:
        scene = 255 * getattr(sd.datasets, image)()[IMAGES[image]]
        for number, (psf, noise) in enumerate(scenarios(), 1):
            obs = sd.simulate(scene, psf, noise=noise, rng=0, boundary="periodic")
            before = psnr_of(obs, obs.y)
            row = f"{f'{image}, {number}':>14}"
            for name in methods:
                began = time.process_time()
                found = sd.deconvolve(obs, method=name, history=False)
                taken = time.process_time() - began
                mine = best = psnr_of(obs, found.x) - before
                chosen = name in ("auto", "best")
                if oracle and not chosen:
                    best = max(with_best_weight(obs, name, found)[1] - before, mine)
                table[name].append((mine, best, taken))
                text = f"{mine:.2f} / {best:.2f}" if oracle else f"{mine:.2f}"
                row += f"{f'{found.method} {mine:.2f}' if chosen else text:>22}"
            print(row, flush=True)
    for name, values in table.items():
        mine, best, seconds = np.array(values).T
        text = f"{name:>16}: {np.mean(mine):.2f} in the mean, {np.mean(seconds):.1f} s of processor"
        if oracle and name not in ("auto", "best"):
            text += f"; loses {np.mean(best - mine):.2f} to its best weight"
            text += f", {np.max(best - mine):.2f} at worst"
        if "tv" in table and name != "tv":
            over = mine - np.array(table["tv"])[:, 0]
            text += f"; over tv {np.mean(over):+.2f}, {np.min(over):+.2f} at least"
        print(text)


def poisson(images):
    """Print Kullback-Leibler and total variation beside Richardson-Lucy."""
    print("counts: PSNR in dB")
    heads = ("data", "RL best", "at", "KL + tv", "best", "weight", "best", "weight")
    print(f"{'':>32}" + "".join(f"{head:>9}" for head in heads))
    rows = []
    for image in images:
        scene = getattr(sd.datasets, image)()[IMAGES[image]]
        for kernel, psf in COUNTED.items():
            for peak in PEAKS:
                obs = sd.simulate(scene, psf, noise=f"poisson:{peak}", rng=0)
                lucy, at, auto, mine, weight, best = beside_richardson_lucy(obs, loss="poisson")
                found = auto.parameters["weight"]
                rows.append((lucy, mine, max(best, mine)))
                name = f"{image}, {kernel}, {peak}"
                print(
                    f"{name:>32}{psnr_of(obs, obs.y):9.2f}{lucy:9.2f}{at:9d}{mine:9.2f}"
                    f"{best:9.2f}{found:9.2g}{weight / found:8.2f} x",
                    flush=True,
                )
    lucy, mine, best = np.array(rows).T
    print(
        f"KL + tv over Richardson-Lucy at its best iteration: {np.mean(mine - lucy):+.2f} dB in "
        f"the mean, {np.min(mine - lucy):+.2f} at least; loses to its own best weight "
        f"{np.mean(best - mine):.2f} in the mean, {np.max(best - mine):.2f} at worst"
    )


def _choices(obs, loss):
    """Return the weight each rule takes, and quality as a function of the weight."""
    auto = sd.deconvolve(obs, method="tv", loss=loss, history=False)
    middle, noise = auto.parameters["weight"], auto.parameters["noise_std"]
    weights = middle * 2.0 ** np.arange(-4, 4.01, 0.5)
    thin = np.random.default_rng(1)
    half = thin.binomial(obs.y.astype(int), 0.5).astype(float) if loss == "poisson" else None
    quality, misfit, white, held = [], [], [], []
    for weight in weights:
        result = sd.deconvolve(obs, method="tv", weight=weight, loss=loss, history=False)
        fit = obs.A(result.domain)
        residual = obs.y - fit
        if loss == "poisson":
            residual = residual / np.sqrt(np.maximum(fit, 0.5))
            # The weight has the unit of one over the estimate's: half the counts, twice the weight.
            part = sd.deconvolve(half, obs.A, method="tv", weight=2 * weight, loss=loss)
            mean = np.maximum(obs.A(part.domain), 1e-3)
            held.append(np.sum(mean - (obs.y - half) * np.log(mean)))
        quality.append(psnr_of(obs, result.x))
        misfit.append(np.mean(residual**2))
        white.append(sd.metrics.whiteness(residual - residual.mean()))
    level = 1.0 if loss == "poisson" else noise**2
    above = np.flatnonzero(np.array(misfit) >= level)
    found = {
        "least predicted error": middle,
        "discrepancy": weights[above[0]] if above.size else weights[-1],
        "whiteness": weights[int(np.argmin(white))],
    }
    if held:
        found["thinning"] = weights[int(np.argmin(held))]
    return found, lambda w: np.interp(math.log(w), np.log(weights), quality), max(quality)


def rules(images):
    """Print what each rule for the weight loses to the best weight of a grid of root two."""
    for loss, kernels, levels in (
        ("gaussian", KERNELS, [f"gaussian:bsnr={level}" for level in LEVELS]),
        ("poisson", COUNTED, [f"poisson:{peak}" for peak in PEAKS]),
    ):
        lost = {}
        for image in images:
            scene = getattr(sd.datasets, image)()[IMAGES[image]]
            for kernel, psf in kernels.items():
                for level in levels:
                    obs = sd.simulate(scene, psf, noise=level, rng=0)
                    found, quality, best = _choices(obs, loss)
                    row = f"{f'{image}, {kernel}, {level}':>40}"
                    for rule, weight in found.items():
                        lost.setdefault(rule, []).append(best - quality(weight))
                        row += f"  {rule} {lost[rule][-1]:.2f}"
                    print(row, flush=True)
        for rule, values in lost.items():
            print(
                f"{loss} noise, {rule}: loses {np.mean(values):.2f} dB in the mean, "
                f"{np.max(values):.2f} at worst"
            )


def main(arguments) -> None:
    """Print the sections named, all by default."""
    warnings.simplefilter("ignore", sd.sanity.SanityWarning)
    sections = [a for a in arguments if "=" not in a]
    named = dict(a.split("=") for a in arguments if "=" in a)
    picked = named["image"].split(",") if "image" in named else None
    methods = named["method"].split(",") if "method" in named else CIRCULAR_METHODS
    if not sections or "windowed" in sections:
        windowed(picked or list(IMAGES))
    if not sections or "circular" in sections:
        circular(picked or ["camera", "astronaut"], methods, named.get("oracle") != "no")
    if not sections or "poisson" in sections:
        poisson(picked or ["camera", "astronaut"])
    if not sections or "rules" in sections:
        rules(picked or list(IMAGES))
    if not sections or "speed" in sections:
        import variational_speed

        variational_speed.main()


if __name__ == "__main__":
    main(sys.argv[1:])
