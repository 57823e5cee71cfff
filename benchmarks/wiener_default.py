"""`wiener(y, psf)` with nothing else, on every embedded image: gain over the blurred data in dB.

Windowed scenes; four kernels; Gaussian noise of 0.1, 1 and 5 % of the blurred scene's range. The
last line is the worst case: it must be above zero.
"""

import sigdeconv as sd

KERNELS = {
    "gaussian": sd.psf.gaussian(2.0),
    "box": sd.psf.box(9),
    "disk": sd.psf.disk(4),
    "motion": sd.psf.motion(15, 30),
}
LEVELS = (0.001, 0.01, 0.05)


def main() -> None:
    """Print one row an image and kernel, one column a noise level."""
    worst = (float("inf"), "")
    print(f"{'image':>16} {'kernel':>9}" + "".join(f"{100 * level:>9g} %" for level in LEVELS))
    for image in sd.datasets.names():
        scene = getattr(sd.datasets, image)()
        scene = scene[tuple(slice(0, 600) for _ in range(2))]
        for kernel, psf in KERNELS.items():
            gains = []
            for level in LEVELS:
                obs = sd.simulate(scene, psf, noise=level, rng=0)
                truth = obs.truth_window
                before = sd.metrics.psnr(truth, obs.y)
                gains.append(sd.metrics.psnr(truth, sd.wiener(obs.y, psf)) - before)
                worst = min(worst, (gains[-1], f"{image}, {kernel}, {100 * level:g} %"))
            print(f"{image:>16} {kernel:>9}" + "".join(f"{gain:+11.2f}" for gain in gains))
    print(f"worst: {worst[0]:+.2f} dB ({worst[1]})")


if __name__ == "__main__":
    main()
