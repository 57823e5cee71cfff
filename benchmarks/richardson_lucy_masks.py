"""Richardson-Lucy with dead and saturated samples, and on a stack that noise does not limit.

First: a window with 2 % dead pixels and a star that saturates, both masked, against the same window
without them; PSNR outside the mask. Then: a stack of 64^3 samples under an even, off-centre kernel
without symmetry and without noise, whose error has to fall at each of 400 iterations.
"""

import numpy as np

import sigdeconv as sd


def masked() -> None:
    """Print the PSNR outside the mask, with and without bad samples."""
    psf = sd.psf.moffat(4.0, beta=3.0)
    print(f"{'PSNR outside the mask':34}{'clean':>8}{'bad':>8}{'loss':>8}")
    for name, crop in (("hubble", np.s_[300:580, 300:580]), ("camera", np.s_[60:340, 120:400])):
        scene = getattr(sd.datasets, name)()[crop].copy()
        scene[150, 140] += 80.0  # the star, some three times as bright as white once it is blurred
        for peak in (300, 3000):
            level = peak / scene[:140].max()
            seen = sd.simulate(scene * level, psf, noise="poisson:gain=1", rng=0)
            full = 1.2 * peak
            dead = np.random.default_rng(1).random(seen.y.shape) < 0.02
            bad = dead | (seen.y >= full)
            y = np.where(dead, 0.0, np.minimum(seen.y, full))
            truth = seen.truth_window
            for num_iter in (10, 20, 40):
                options = {"num_iter": num_iter, "acceleration": "heavy-ball"}
                clean = sd.richardson_lucy(seen.y, psf, **options)
                found = sd.richardson_lucy(y, psf, mask=1.0 - bad, **options)
                pair = [sd.metrics.psnr(truth[~bad], x[~bad]) for x in (clean, found)]
                row = f"{name}, {peak} counts, {num_iter} iterations"
                print(f"{row:34}{pair[0]:8.2f}{pair[1]:8.2f}{pair[0] - pair[1]:8.2f}")
        print(f"{int((bad & ~dead).sum())} saturated, {int(dead.sum())} dead samples", flush=True)


def stack(n: int = 64, num_iter: int = 400) -> None:
    """Print how the error of a stack falls."""
    rng = np.random.default_rng(0)
    truth = np.zeros((n, n, n))
    inside = truth[n // 4 : n // 2, n // 5 : n // 2, n // 3 : n // 2]
    inside[...] = rng.random(inside.shape)
    psf = rng.random((4, 6, 8))
    A = sd.Convolution(psf / psf.sum(), truth.shape, "zero", centre=(1, 2, 5))
    error = []
    sd.richardson_lucy(
        A(truth).clip(0),
        A,
        num_iter=num_iter,
        callback=lambda k, x: error.append(np.linalg.norm(x - truth) / np.linalg.norm(truth)),
    )
    rises = int(np.sum(np.diff(error) >= 0))
    told = ", ".join(f"{k}: {error[k - 1]:.4f}" for k in (1, 10, 100, num_iter))
    print(f"{n}^3, relative error after {told}; {rises} rises in {num_iter} iterations")


if __name__ == "__main__":
    masked()
    stack()
