"""Spikes found by `sparse`, told nothing: 60 in 1000 samples under a Ricker wavelet at 20 dB.

A spike above twice the noise is found when the estimate exceeds twice the noise, with its sign,
within one sample of it; what exceeds it farther from every spike is false.
"""

import numpy as np

import sigdeconv as sd


def main(seeds=range(24)) -> None:
    """Print a row a seed and the extremes."""
    rows = []
    for seed in seeds:
        x, pulse = sd.datasets.spikes(1000, 60, seed), sd.psf.ricker(0.2)
        obs = sd.simulate(x, pulse, noise="gaussian:bsnr=20", rng=seed, boundary="zero")
        limit = 2 * float(obs.noise.sigma_of(obs.A(x)))
        e = sd.sparse(obs.y, pulse)
        found, strong, spikes = (np.flatnonzero(a) for a in (abs(e) > limit, abs(x) > limit, x))
        hit = np.mean([np.any((abs(found - i) <= 1) & (e[found] * x[i] > 0)) for i in strong])
        false = np.mean([not np.any(abs(spikes - j) <= 1) for j in found])
        rows.append((100 * hit, 100 * false))
        print(f"seed {seed:2d}: {rows[-1][0]:5.1f} % found, {rows[-1][1]:4.1f} % false", flush=True)
    (least, _), (_, most), mean = np.min(rows, 0), np.max(rows, 0), np.mean(rows, 0)
    print(f"mean:    {mean[0]:5.1f} % found, {mean[1]:4.1f} % false")
    print(f"worst:   {least:5.1f} % found, {most:4.1f} % false")


if __name__ == "__main__":
    main()
