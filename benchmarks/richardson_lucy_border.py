"""Richardson-Lucy on a window of a larger scene, against scikit-image at every iteration count.

Camera, Gaussian kernel of standard deviation 2, Poisson noise with a peak of 1000 counts; PSNR over
the whole frame and over its interior (a kernel width cut off).
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from skimage.restoration import richardson_lucy as peer

import sigdeconv as sd


def main() -> None:
    """Print one row an iteration count, and the best of the peer."""
    psf = sd.psf.gaussian(2.0)
    obs = sd.simulate(sd.datasets.camera(), psf, noise="poisson:1000", rng=0)
    truth, y = obs.truth_window, obs.y
    inside = tuple(slice(k, -k) for k in psf.shape)

    def both(x: np.ndarray) -> tuple[float, float]:
        return sd.metrics.psnr(truth, x), sd.metrics.psnr(truth[inside], x[inside])

    print(f"window {y.shape} of scene {obs.truth.shape}; data {both(y)[0]:.2f} dB")
    print("iterations  peer frame  inside   sigdeconv  inside")
    best = (-np.inf, 0)
    for k in (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100):
        theirs = both(peer(y / y.max(), psf, num_iter=k, clip=False) * y.max())
        ours = both(sd.richardson_lucy(y, psf, num_iter=k))
        best = max(best, (theirs[0], k))
        print(f"{k:>10}  {theirs[0]:10.2f}  {theirs[1]:6.2f}  {ours[0]:10.2f}  {ours[1]:6.2f}")
    print(f"scikit-image's best whole frame: {best[0]:.2f} dB at {best[1]} iterations")


if __name__ == "__main__":
    main()
