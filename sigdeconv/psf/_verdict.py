"""Which family of kernels the data ask for, and whether they show a blur at all."""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv.psf._families import TURN, Family, families
from sigdeconv.psf._marginal import Likelihood
from sigdeconv.psf._search import Found, near, power_at, scan, search, settled
from sigdeconv.psf.kernel_estimate import KernelEstimate, Verdict

__all__ = ["OTHERS", "chosen", "report"]

# What is tried beside the Gaussian, by the number of axes.
OTHERS = {1: ("motion", "moffat"), 2: ("motion", "disk", "airy", "moffat")}


@final
@dataclasses.dataclass(frozen=True)
class EstimateLimits:
    """Constants of the verdict and of the choice of a family; see ``benchmarks/psf.py``.

    Attributes
    ----------
    gain : float
        Log likelihood that a kernel gains over no blur at least, for a blur to be seen.
    sharp : float
        Standard deviation of a kernel in samples up to which none is seen: pictures that are taken
        for sharp have as much.
    clearly_sharp : float
        Standard deviation of the best Gaussian in samples, up to which only a disk and a
        motion are tried besides: a Gaussian may miss them, and across a motion all stays sharp.
    motion : float
        Log likelihood by which one of them is better then at least.
    rough, close : float
        Log likelihood that a family may lack on the mean spectrum, to be looked at closely: on the
        coarse grid, and at the best place, both families at theirs.
    margin : tuple of (str, float)
        Log likelihood by which a family beats the Gaussian at least, to be chosen.
    flat : float
        Power at low frequencies over that at high ones, up to which data are noise.
    wide : float
        Standard deviation of the logarithm of a width from which on it is not identifiable.
    floor : float
        Part of a width that its standard deviation is at least: the error of the model.
    turn : float
        Degrees that the standard deviation of an angle is at least.
    """

    gain: float = 6.0
    sharp: float = 0.72
    clearly_sharp: float = 0.6
    motion: float = 40.0
    rough: float = 10.0
    close: float = 4.0
    margin: tuple[tuple[str, float], ...] = (
        ("disk", 5.0), ("motion", 8.0), ("airy", 8.0), ("moffat", 8.0),
    )  # fmt: skip
    flat: float = 1.5
    wide: float = 0.35
    floor: float = 0.006
    turn: float = 0.4


ESTIMATE = EstimateLimits()


def chosen(values: NDArray[np.float64], anisotropic: bool) -> Found:
    """Return the most likely family: the Gaussian, unless another is clearly better."""
    shape = values.shape
    plain = search(values, families("gaussian", shape, anisotropic))
    if values.ndim > 2 or anisotropic:
        return plain
    sharp = plain.values[0] < ESTIMATE.clearly_sharp
    best, most = plain, 0.0
    for name in OTHERS[values.ndim]:
        if sharp and name not in ("disk", "motion"):
            continue
        family = families(name, shape, False)
        scanned = scan(values, family, plain)
        margin = ESTIMATE.motion if sharp else dict(ESTIMATE.margin).get(name, 0.0)
        if _gain(scanned.pooled, family, scanned.best, plain) < most - ESTIMATE.rough:
            continue
        scanned = settled(scanned)
        fair = near(scanned.pooled, plain)
        if _gain(scanned.pooled, family, scanned.best, fair) - margin < most - ESTIMATE.close:
            continue
        other = search(values, family, scanned)
        gain = _gain(other.likelihood, family, family.place(other.values), plain) - margin
        if gain > most:
            best, most = other, gain
    return best


def _gain(by: Likelihood, family: Family, at: tuple[float, ...], plain: Found) -> float:
    """Return the log likelihood that a kernel gains over the Gaussian, on the same spectra."""
    fresh = Likelihood(by.spectra)
    cells = by.spectra.cells
    value = fresh(power_at(family, at, fresh))
    return fresh(cells.power(plain.family.make(plain.values, min(cells.shape)))) - value


def report(found: Found, ndim: int) -> KernelEstimate:
    """Return what was found, with its interval and the verdict."""
    family, values = found.family, found.values
    psf = family.make(values, 2 * max(found.spectra.cells.shape))
    place = family.place(values)
    parameters, interval = {}, {}
    for k, (name, kind) in enumerate(zip(family.parameters, family.kinds, strict=True)):
        spread = math.hypot(found.spread[k], ESTIMATE.floor)
        if kind == "angle":
            spread = max(found.spread[k], ESTIMATE.turn / TURN)
        moved = [place[k] + sign * min(spread, 5.0) for sign in (-1, 1)]
        low, high = (family.values((*place[:k], at, *place[k + 1 :]))[k] for at in moved)
        lift = ndim / 2 if kind == "exponent" else 0.0  # the search is over what is above that
        parameters[name] = values[k] + lift
        interval[name] = float(low) + lift, float(high) + lift
    verdict, why = _verdict(found, psf, ndim)
    if verdict == "no blur seen":
        psf = np.ones((1,) * ndim)
    return KernelEstimate(psf, family.name, parameters, interval, verdict, why,
                          found.flat - found.value, found.curve, _spectrum(found))  # fmt: skip


def _verdict(found: Found, psf: NDArray[np.float64], ndim: int) -> tuple[Verdict, str]:
    """Return the verdict and its reason."""
    gain = found.flat - found.value
    width = _width(psf)
    if _is_noise(found):
        return "not identifiable", "the data look like white noise: their spectrum is flat"
    if gain < ESTIMATE.gain or width < ESTIMATE.sharp:
        return "no blur seen", (
            f"the spectrum is that of a sharp scene: the best kernel has a standard deviation of "
            f"{width:.2g} samples and gains {max(gain, 0.0):.3g} in log likelihood"
        )
    family = found.family
    rows = zip(family.parameters, family.kinds, found.spread, strict=True)
    loose = [name for name, kind, spread in rows if kind == "width" and spread > ESTIMATE.wide]
    if loose:
        return "not identifiable", (
            f"the data do not tell {loose[0]}: too much noise, too few samples, or a scene without "
            f"fine detail"
        )
    if _at_end(found.family, found.values):
        return "not identifiable", (
            f"{found.family.parameters[0]} is as large as the search goes; the spectrum falls off "
            f"for another reason, such as a scene without detail"
        )
    return "blur seen", f"the kernel gains {gain:.3g} in log likelihood over no blur"


def _is_noise(found: Found) -> bool:
    """Tell whether low frequencies have no more power than high ones."""
    order = np.argsort(found.spectra.cells.frequency)
    power = found.spectra.power.mean(axis=0)[order]
    weight = found.spectra.cells.ordinates[order]
    part = max(order.size // 8, 3)
    low = float(np.average(power[:part], weights=weight[:part]))
    return low < ESTIMATE.flat * float(np.average(power[-part:], weights=weight[-part:]))


def _at_end(family: Family, values: tuple[float, ...]) -> bool:
    largest = max(start[0] for start in family.starts)
    return values[0] > 1.05 * largest


def _width(psf: NDArray[np.float64]) -> float:
    """Return the root of the mean variance of a kernel over its axes, less that of a pixel."""
    total = 0.0
    for axis in range(psf.ndim):
        line = psf.sum(axis=tuple(k for k in range(psf.ndim) if k != axis))
        x = np.arange(line.size) - float(line @ np.arange(line.size)) / float(line.sum())
        total += float(line @ x**2) / float(line.sum())
    return math.sqrt(max(total / psf.ndim - 1 / 12, 0.0))


def _spectrum(
    found: Found,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return frequency, measured power and what the estimate expects."""
    cells, scale = found.spectra.cells, found.spectra.scale
    kernel = found.family.make(found.values, min(cells.shape))
    expected, _ = found.likelihood.spectrum(cells.power(kernel))
    measured = found.spectra.power.mean(axis=0)
    order = np.argsort(cells.frequency)
    return cells.frequency[order], (scale * measured)[order], (scale * expected)[order]
