"""Kernels from edges and from signals that were sent, against their closed forms.

    python benchmarks/psf_signals.py [edges]

Also a part of `benchmarks/psf.py`.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy.special import erf, j1

import sigdeconv as sd


def edge(family, width, angle, size, noise, seed, fine=8):
    """Return an ideal edge through an isotropic optics on square samples, from 0 to 1."""
    rng = np.random.default_rng(seed)
    at = (np.arange(size * fine) + 0.5) / fine - size / 2
    turn = np.radians(angle)
    u = at[None, :] * np.cos(turn) - at[:, None] * np.sin(turn) - rng.uniform(-0.5, 0.5)
    if family == "gaussian":
        y = 0.5 * (1 + erf(u / width / np.sqrt(2)))
    elif family == "disk":
        v = np.clip(u / width, -1, 1)
        y = 0.5 + (v * np.sqrt(1 - v * v) + np.arcsin(v)) / np.pi
    else:  # a line spread that falls exponentially
        y = np.where(u < 0, 0.5 * np.exp(u / width), 1 - 0.5 * np.exp(-u / width))
    y = y.reshape(size, fine, size, fine).mean(axis=(1, 3))
    return y + noise * rng.standard_normal(y.shape)


def transfer(family, width, angle, f):
    """Return the modulus of the transfer along the normal of the edge, with the sample's own."""
    turn, z = np.radians(angle), 2 * np.pi * np.maximum(f, 1e-9) * width
    own = {"gaussian": np.exp(-(z**2) / 2), "disk": 2 * j1(z) / z}.get(family, 1 / (1 + z**2))
    return np.abs(own * np.sinc(f * np.cos(turn)) * np.sinc(f * np.sin(turn)))


CASES = (("gaussian", 0.5), ("gaussian", 1.0), ("gaussian", 2.0), ("disk", 2.0), ("disk", 4.0),
         ("exponential", 0.7))  # fmt: skip


def edges():
    """Slanted edges of 3 to 10 degrees: the largest error of the transfer up to Nyquist."""
    for size in (128, 256):
        for noise in (0.0, 0.01):
            largest, inside, seconds = [], [], []
            for family, width in CASES:
                own = []
                for angle in (3, 5, 7.125, 8, 10):
                    for seed in range(100, 104 if noise else 101):
                        y = edge(family, width, angle, size, noise, seed)
                        start = time.process_time()
                        f, value, error = sd.psf.from_edge(y).mtf
                        seconds.append(time.process_time() - start)
                        off = np.abs(value - transfer(family, width, angle, f))[f <= 0.5]
                        own.append(off.max())
                        inside.append(np.mean(off[1:] <= error[f <= 0.5][1:]))
                largest += own
                print(f"   {family} {width}, {size}^2, noise {noise}: largest error up to Nyquist "
                      f"median {np.median(own):.4f}, worst {max(own):.4f}")  # fmt: skip
            good = np.mean(np.array(largest) <= 0.01)
            print(
                f"edges, {size}^2, noise {noise}: within 0.01 {good:.0%} of {len(largest)}, worst "
                f"{max(largest):.4f}; one standard deviation covers {np.mean(inside):.0%}; "
                f"{np.median(seconds):.2f} s"
            )


PARTS = {f.__name__: f for f in (edges,)}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
