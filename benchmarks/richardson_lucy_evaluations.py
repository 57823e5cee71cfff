"""Evaluations of the Richardson-Lucy map to reach the likelihood of 100 plain iterations.

Three windows with Poisson noise: a photograph and a star field under Gaussian kernels, and a stack
of beads under an elongated one. What counts is how often data are predicted, so a step that is
taken back, half an evaluation, counts as a whole one.
"""

import sigdeconv as sd
from sigdeconv.solvers.em.acceleration import ACCELERATIONS
from sigdeconv.solvers.em.map import EM

SCENES = {
    "photograph": (sd.datasets.camera()[60:316, 120:376], sd.psf.gaussian(2.0), 1000),
    "star field": (sd.datasets.star_field(), sd.psf.gaussian(2.0), 1000),
    "beads, 3-D": (sd.datasets.beads(), sd.psf.gaussian((2.5, 1.5, 1.5)), 300),
}
PLAIN = 100


def likelihoods(obs, acceleration):
    """Return the I-divergence after each iteration, and the evaluations that it took."""
    count = 0
    predict = EM.predict

    def counted(em, x):
        nonlocal count
        count += 1
        return predict(em, x)

    spent = [0]
    EM.predict = counted
    try:
        found = sd.deconvolve(
            obs,
            method="richardson_lucy",
            acceleration=acceleration,
            num_iter=PLAIN,
            callback=lambda k, x: spent.append(count - 1),
        )
    finally:
        EM.predict = predict
    return found.history["divergence"], spent


def main() -> None:
    """Print a row a scene."""
    print(f"{'':12}" + "".join(f"{name:>16}" for name in ACCELERATIONS))
    for name, (scene, psf, peak) in SCENES.items():
        obs = sd.simulate(scene, psf, noise=f"poisson:{peak}", rng=0)
        goal = likelihoods(obs, "none")[0][PLAIN]
        row = f"{name:12}"
        for acceleration in ACCELERATIONS:
            pairs = zip(*likelihoods(obs, acceleration), strict=True)
            row += f"{next(spent for value, spent in pairs if value <= goal):>16}"
        print(row, flush=True)


if __name__ == "__main__":
    main()
