"""Spectra fitted to an estimate, where those fitted to the data left signal behind."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, to_numpy
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers.grid import Frequencies
from sigdeconv.solvers.spectra import FIT, BinnedPeriodogram, Spectra

__all__ = ["refit"]


def refit(x: Array, A: Convolution, law: Spectra) -> Spectra:
    """Return the signal's spectrum fitted to an estimate `x` that was made with `law`.

    One step of expectation and maximisation (Dempster, Laird & Rubin 1977,
    doi:10.1111/j.2517-6161.1977.tb01600.x): the expected power of the signal, given the data, is
    that of the estimate and its posterior variance, noise / (|H|^2 + noise / S). The mirrored
    estimate has no border, so what stands there counts as much as the middle.
    """
    x = to_numpy(x)
    size = tuple(2 * n for n in x.shape)
    full_spectrum = np.iscomplexobj(x) or np.iscomplexobj(A.psf)
    mirrored = np.pad(x, [(0, n) for n in x.shape], "symmetric")
    transform = _fft.fftn if full_spectrum else _fft.rfftn
    power = np.abs(transform(mirrored, size)) ** 2 / math.prod(size)
    f = np.broadcast_to(Frequencies(size, not full_spectrum).radius, power.shape)
    keep = f > 0
    power, f = power[keep], f[keep]
    if power.size == 0 or law.noise == 0:
        return law
    otf = A.circular_transfer(size, mirrored, full_spectrum=full_spectrum)
    gain = np.abs(otf[keep]) ** 2
    noise = law.noise * law.colour(f)
    power = power + noise / np.maximum(gain + law.ratio(f), np.finfo(float).tiny)
    span = max(math.log(f.max() / f.min()), 1e-9)
    where = (FIT.bins / span * np.log(f / f.min())).astype(np.intp)
    count = np.bincount(where).astype(float)
    used = count > 0
    power, f = (np.bincount(where, weights=a)[used] / count[used] for a in (power, np.log(f)))
    # Four mirrored copies hold as much as one.
    count = count[used] / 2**x.ndim
    bins = BinnedPeriodogram(power, np.exp(f)[:, None], np.ones((power.size, 1)), count, 0.0)
    found = bins.fit(noise=1e-12 * float(np.max(power)))
    return dataclasses.replace(found, noise=law.noise, width=law.width, level=law.level)
