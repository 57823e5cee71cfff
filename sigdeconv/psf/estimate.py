"""The kernel that nobody gave: from the data alone, for families of few parameters.

A blur multiplies the power spectrum of a scene by the squared modulus of its transfer function. The
scene's own spectrum is not known, but it is alike for most scenes: a power law with smooth
deviations. The kernel is the one that makes the measured spectrum most likely, the scene
marginalised; see `_marginal` for the model. The data are tapered, so that what lies beyond the
border does not matter. A spectrum has no phase: only symmetric kernels can be found in this way.
"""

from __future__ import annotations

import dataclasses
import math
import os
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _display
from sigdeconv._array import ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import flag, one_of
from sigdeconv.psf._families import Family, Found, families, power_at, scan, search
from sigdeconv.psf._marginal import Likelihood
from sigdeconv.psf._spectra import LEAST

__all__ = ["KernelEstimate", "estimate"]

FamilyName = Literal["auto", "gaussian", "disk", "motion", "moffat", "airy"]
Verdict = Literal["blur seen", "no blur seen", "not identifiable"]
ROUND: dict[int, tuple[FamilyName, ...]] = {
    1: ("gaussian", "motion", "moffat"),
    2: ("gaussian", "disk", "airy", "moffat", "motion"),
}


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
        Standard deviation of the best Gaussian in samples, up to which only a motion is tried besides:
        across the motion a picture stays sharp.
    motion : float
        Log likelihood by which it is better then at least.
    rough : float
        Log likelihood that a family may lack on the coarse grid, to be looked at closely.
    margin : tuple of (str, float)
        Log likelihood by which a family beats the Gaussian at least, to be chosen.
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
    margin: tuple[tuple[str, float], ...] = (
        ("disk", 5.0), ("motion", 8.0), ("airy", 5.0), ("moffat", 8.0),
    )  # fmt: skip
    wide: float = 0.35
    floor: float = 0.006
    turn: float = 0.4


LIMITS = EstimateLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class KernelEstimate:
    """A kernel found from data, and how well it is known.

    Attributes
    ----------
    psf : ndarray of float64
        The kernel, sum one, centre at ``n // 2``; a single one where no blur is seen.
    family : str
        The family.
    parameters : dict of str to float
        Its parameters, in samples and degrees.
    interval : dict of str to (float, float)
        The range of each in which it lies with a probability of 68 per cent.
    verdict : str
        ``blur seen``, ``no blur seen``, or ``not identifiable``.
    why : str
        The reason, one sentence.
    gain : float
        Log likelihood gained over no blur.
    curve : tuple of ndarray
        Values of the first parameter, and the negative log likelihood less its least value.
    spectrum : tuple of ndarray
        Frequency in cycles a sample, the measured power and what the estimate expects there.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins(), sd.psf.disk(4.0), noise=0.01, rng=0)
    >>> found = sd.psf.estimate(seen.y, family="disk")
    >>> found.verdict, 3.9 < found.parameters["radius"] < 4.1
    ('blur seen', True)
    """

    psf: NDArray[np.float64]
    family: str
    parameters: dict[str, float]
    interval: dict[str, tuple[float, float]]
    verdict: Verdict
    why: str
    gain: float
    curve: tuple[NDArray[np.float64], NDArray[np.float64]]
    spectrum: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

    def rows(self) -> list[tuple[str, str]]:
        """Return what it shows of itself: the name and the text of each line."""
        rows = [("verdict", self.verdict), ("family", self.family)]
        for name, value in self.parameters.items():
            low, high = self.interval[name]
            rows.append((name, f"{value:.4g} ({low:.4g} to {high:.4g})"))
        return [*rows, ("why", self.why)]

    def __str__(self) -> str:
        return "\n".join(f"{name:>12}  {text}" for name, text in self.rows())

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value:.4g}" for name, value in self.parameters.items())
        return f"KernelEstimate({self.verdict}: {self.family}, {given})"

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Return a figure: the kernel, the likelihood along its width, and the spectrum."""
        return _display.draw(self, path)


def estimate(
    y: ArrayLike, family: FamilyName = "auto", *, anisotropic: bool | None = None
) -> KernelEstimate:
    """Return the kernel that blurred the data, found from the data alone.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data: a window of a blurred scene with white noise, in any units.
    family : str
        ``gaussian``, ``disk`` (out of focus), ``motion`` (a straight line at constant speed, up to
        2-D), ``moffat`` (a star through the air), ``airy`` (a perfect lens, 2-D), or ``auto``,
        which takes the Gaussian unless another is clearly more likely.
    anisotropic : bool, optional
        Whether a Gaussian has a width of its own on each axis, and in 2-D an angle. By default from
        3-D on, where the axes of a stack differ; a photograph differs from axis to axis by itself.

    Returns
    -------
    KernelEstimate
        The kernel, its parameters with an interval, and a verdict. With the verdict ``no blur
        seen`` the kernel is a single one; with ``not identifiable`` it is the best guess, not to be
        relied on.

    Raises
    ------
    TypeError, ValueError
        If `y` is not real, not finite, has fewer than 32 samples on an axis (16 from 3-D on), or is
        constant; if `family` is not known or not made for that number of axes.

    Notes
    -----
    The scene is taken for one like photographs, whose spectra follow a power law. A page of text, a
    brick wall or a field of stars does not, and the interval does not know. It covers the noise and
    the usual variation of scenes. Blur of less than about 0.7 samples is not told from the own one of
    sharp pictures.

    References
    ----------
    .. [1] A. Levin, Y. Weiss, F. Durand, W. T. Freeman, "Understanding blind deconvolution
       algorithms", IEEE Trans. Pattern Anal. Mach. Intell. 33, 2354 (2011),
       :doi:`10.1109/TPAMI.2011.148`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins(), sd.psf.gaussian(2.0), noise=0.01, rng=0)
    >>> found = sd.psf.estimate(seen.y)
    >>> found.family, 1.9 < found.parameters["sigma"] < 2.1
    ('gaussian', True)
    """
    values = _data(y)
    wide = values.ndim > 2 if anisotropic is None else flag("anisotropic", anisotropic)
    allowed = ("gaussian",) if values.ndim > 2 else ROUND[values.ndim]
    allowed = (*allowed, "disk") if values.ndim != 2 else allowed
    one_of("family", family, ("auto", "gaussian", "disk", "motion", "moffat", "airy"))
    if family not in ("auto", *allowed):
        raise ValueError(
            f"family {family!r} is not made for {values.ndim}-D data; expected one of auto, "
            f"{', '.join(allowed)}"
        )
    if anisotropic and family not in ("auto", "gaussian"):
        raise ValueError(
            f"anisotropic is for a Gaussian; got family={family!r}. Leave it out, or use 'gaussian'"
        )
    if family == "auto":
        found = _chosen(values, wide)
    else:
        found = search(values, families(family, values.shape, wide))
    return _report(found, values.ndim)


def _data(y: ArrayLike) -> NDArray[np.float64]:
    """Return the data, checked."""
    values = to_numpy(as_float(y, "y"))
    if np.iscomplexobj(values):
        raise ValueError("y is complex; expected real data, such as its modulus")
    least = LEAST[min(values.ndim, 3)]
    if values.ndim == 0 or min(values.shape) < least:
        raise ValueError(
            f"y has the shape {values.shape}; expected at least {least} samples on each axis. A "
            f"kernel is not found from fewer; give it, or pass one channel or line of a larger array"
        )
    check_finite(values, "y")
    values = values.astype(np.float64)
    spread = float(np.ptp(values))
    if spread <= 1e-12 * max(float(np.max(np.abs(values))), 1e-300):
        raise ValueError(
            f"y is constant ({float(values.flat[0]):g}); expected a scene with detail, which a "
            f"constant has not: every kernel gives the same"
        )
    return np.asarray((values - values.min()) / spread)


def _chosen(values: NDArray[np.float64], anisotropic: bool) -> Found:
    """Return the most likely family: the Gaussian, unless another is clearly better."""
    shape = values.shape
    plain = search(values, families("gaussian", shape, anisotropic))
    if values.ndim > 2 or anisotropic:
        return plain
    sharp = plain.values[0] < LIMITS.clearly_sharp
    best, most = plain, 0.0
    for name in ("motion",) if sharp else ROUND[values.ndim][1:]:
        family = families(name, shape, False)
        scanned = scan(values, family)
        margin = LIMITS.motion if sharp else dict(LIMITS.margin).get(name, 0.0)
        if _gain(scanned.pooled, family, scanned.best, plain) < most - LIMITS.rough:
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


def _report(found: Found, ndim: int) -> KernelEstimate:
    """Return what was found, with its interval and the verdict."""
    family, values = found.family, found.values
    psf = family.make(values, 2 * max(found.spectra.cells.shape))
    parameters, interval = {}, {}
    for name, kind, value, spread, place in zip(
        family.parameters, family.kinds, values, found.spread, family.place(values), strict=True
    ):
        own = math.hypot(spread, LIMITS.floor) if kind != "angle" else max(spread, LIMITS.turn / 50)
        at = family.place(values)
        k = family.parameters.index(name)
        ends = [family.values((*at[:k], place + s * min(own, 5.0), *at[k + 1 :]))[k] for s in (-1, 1)]
        lift = ndim / 2 if kind == "exponent" else 0.0  # the search is over what is above that
        parameters[name], interval[name] = value + lift, (float(ends[0]) + lift, float(ends[1]) + lift)
    verdict, why = _verdict(found, psf, ndim)
    if verdict == "no blur seen":
        psf = np.ones((1,) * ndim)
    return KernelEstimate(psf, family.name, parameters, interval, verdict, why,
                          found.flat - found.value, found.curve, _spectrum(found))  # fmt: skip


def _verdict(found: Found, psf: NDArray[np.float64], ndim: int) -> tuple[Verdict, str]:
    """Return the verdict and its reason."""
    gain = found.flat - found.value
    width = _width(psf)
    if gain < LIMITS.gain or width < LIMITS.sharp:
        return "no blur seen", (
            f"the spectrum is that of a sharp scene: the best kernel has a standard deviation of "
            f"{width:.2g} samples and gains {max(gain, 0.0):.3g} in log likelihood"
        )
    loose = [n for n, k, s in zip(found.family.parameters, found.family.kinds, found.spread, strict=True)
             if s > LIMITS.wide and k == "width"]  # fmt: skip
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


def _spectrum(found: Found) -> tuple[NDArray[np.float64], ...]:
    """Return frequency, measured power and what the estimate expects."""
    cells, kernel = found.spectra.cells, found.family.make(found.values, min(found.spectra.cells.shape))
    expected, _ = found.likelihood.spectrum(cells.power(kernel))
    measured = found.spectra.power.mean(axis=0)
    order = np.argsort(cells.frequency)
    return cells.frequency[order], (measured * found.spectra.scale)[order], (expected * found.spectra.scale)[order]
