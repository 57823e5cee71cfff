"""Richardson-Lucy with dead and saturated samples, and on a stack that noise does not limit.

First: a window with 2 % dead pixels and a star that saturates, both masked, against the same window
without them; PSNR outside the mask. The star is 80 or 1000 times as bright as white, its mask what
saturates or two samples wider on each side. By number of iterations, of the scaled heavy ball;
and by itself: what `deconvolve` does when told nothing but the method, in brackets after how many
iterations. Then: a stack of 64^3 samples under an even, off-centre kernel
without symmetry and without noise, whose error has to fall at each of 400 iterations.
"""

import numpy as np
from scipy.ndimage import binary_dilation

import sigdeconv as sd

PSF = sd.psf.moffat(4.0, beta=3.0)


def scenes():
    """Yield name, observation, data with bad samples, and which are bad."""
    for name, crop in (("hubble", np.s_[300:580, 300:580]), ("camera", np.s_[60:340, 120:400])):
        for star, wider in ((80, 0), (80, 2), (1000, 0), (1000, 2)):
            for peak in (300, 3000):
                scene = getattr(sd.datasets, name)()[crop].copy()
                scene[150, 140] += star  # 80: three times as bright as white once it is blurred
                level = peak / scene[:140].max()
                obs = sd.simulate(scene * level, PSF, noise="poisson:gain=1", rng=0)
                full = 1.2 * peak
                dead = np.random.default_rng(1).random(obs.y.shape) < 0.02
                high = obs.y >= full
                bad = dead | (binary_dilation(high, iterations=wider) if wider else high)
                y = np.where(dead, 0.0, np.minimum(obs.y, full))
                yield f"{name}, star {star}, mask + {wider}, {peak} counts", obs, y, bad


def masked() -> None:
    """Print the PSNR outside the mask, with and without bad samples."""
    print(f"{'PSNR outside the mask':42}{'':>14}{'clean':>14}{'bad':>14}{'loss':>8}")
    for name, obs, y, bad in scenes():
        good = ~bad
        for num_iter in (10, 20, 40, None):
            options = {"num_iter": num_iter, "acceleration": "heavy-ball"} if num_iter else {}
            options |= {"method": "richardson_lucy", "history": False}
            pair = [
                sd.deconvolve(obs.y, PSF, **options),
                sd.deconvolve(y, PSF, mask=1.0 * good, **options),
            ]
            psnr = [sd.metrics.psnr(obs.truth_window[good], r.x[good]) for r in pair]
            steps = [f" ({r.num_iter})" if num_iter is None else "" for r in pair]
            told = [f"{p:.2f}{k}" for p, k in zip(psnr, steps, strict=True)]
            row = f"{name:42}{num_iter or 'by itself':>14}{told[0]:>14}{told[1]:>14}"
            print(row + f"{psnr[0] - psnr[1]:8.2f}", flush=True)


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
