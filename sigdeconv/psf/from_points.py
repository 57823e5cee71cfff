"""The kernel from points: stars in a field, beads in a stack.

Points are found where they stand out of the noise. Those at the border, saturated, crowded or of
another shape are dropped, each with its reason, and none is fatal. One kernel is fitted to all the
others at once, with their centres to a fraction of a sample: an average of crops centred on whole
samples would widen it by up to half a sample. A bead is no point: a given diameter is divided out.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _display
from sigdeconv._array import ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import integer, integers, number, numbers
from sigdeconv.psf._points_find import POINTS, Sky, detected, full_width, refused, sky_of
from sigdeconv.psf._points_fit import PointFit

__all__ = ["PointsPSF", "from_points"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class PointsPSF:
    """A kernel from points, and how well each of them fits.

    Attributes
    ----------
    psf : ndarray of float64
        The kernel at the samples of the data, sum one, centre at ``n // 2``.
    fine : ndarray of float64
        The same `oversampling` times as finely, sum one; its values are those of the kernel at
        fractions of a sample, not integrals over smaller ones.
    error : ndarray of float64
        Standard deviation of `psf`.
    points : ndarray, shape (number, ndim)
        Centres of the points used, in samples.
    flux : ndarray, shape (number,)
        Sum of each in the units of the data.
    misfit : ndarray, shape (number,)
        Mean squared residual of each over the noise: about one.
    residuals : ndarray, shape ``(number, *psf.shape)``
        Data less fit around each.
    dropped : list of (tuple of float, str)
        Points that were not used: where, and why.
    background : float
        Level between the points.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> stars = sd.datasets.star_field()
    >>> y = sd.simulate(stars, sd.psf.moffat(3.0), noise=1e-3, rng=0).y
    >>> found = sd.psf.from_points(y, size=15)
    >>> found.psf.shape, len(found.points) > 3, "centre" in found.table()
    ((15, 15), True, True)
    """

    psf: NDArray[np.float64]
    fine: NDArray[np.float64]
    error: NDArray[np.float64]
    points: NDArray[np.float64]
    flux: NDArray[np.float64]
    misfit: NDArray[np.float64]
    residuals: NDArray[np.float64]
    dropped: list[tuple[tuple[float, ...], str]]
    background: float

    def table(self) -> str:
        """Return a line for each point: centre, flux, misfit; then what was dropped, and why."""
        lines = ["centre                    flux      misfit"]
        for place, flux, misfit in zip(self.points, self.flux, self.misfit, strict=True):
            lines.append(f"{', '.join(f'{p:.2f}' for p in place):24}  {flux:<8.4g}  {misfit:.2f}")
        for at, why in self.dropped:
            lines.append(f"{', '.join(f'{p:.0f}' for p in at):24}  dropped: {why}")
        return "\n".join(lines)

    def __str__(self) -> str:
        size = " x ".join(str(n) for n in self.psf.shape)
        return f"kernel {size} from {len(self.points)} points, {len(self.dropped)} dropped"

    def __repr__(self) -> str:
        return f"PointsPSF({len(self.points)} points, {len(self.dropped)} dropped)"

    def plot(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Any:
        """Return a figure: the kernel, its error, and the mean of the residuals."""
        return _display.draw(self, path, **options)


def from_points(
    y: ArrayLike,
    points: ArrayLike | None = None,
    *,
    size: int | Sequence[int] | None = None,
    oversampling: int = 1,
    bead: float | None = None,
    spacing: float | Sequence[float] = 1.0,
    saturation: float | None = None,
) -> PointsPSF:
    """Return the kernel that points in the data show.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        Peaks, stars or beads, narrower than the kernel, on a level background.
    points : array of float, shape (number, ndim), optional
        Where the points are, to about a sample; by default they are found.
    size : int or sequence of int, optional
        Size of the kernel in samples, odd; by default 7.5 full widths at half maximum,
        3.2 of them from 3-D on.
    oversampling : int
        Samples of `fine` in one of the data, on each axis. More than one needs many points.
    bead : float, optional
        Diameter of the beads, in the unit of `spacing`: a ball of it is divided out.
    spacing : float or sequence of float
        Distance of the samples on each axis; only `bead` depends on it.
    saturation : float, optional
        Value from which on data are saturated; by default equal samples at the largest value tell.

    Returns
    -------
    PointsPSF
        The kernel, the points with their centres and fluxes, and those that were dropped.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or does not fit; if no point is found, or none of those
        can be used: the message says why for each kind.

    Notes
    -----
    The kernel is free but for its size: nothing but the points says what it is like, and its values
    may be below zero by their noise. `measured(found.psf, normalize=True, centre="middle",
    nonnegative=True)` is for Richardson-Lucy.

    References
    ----------
    .. [1] J. Anderson, I. R. King, "Toward high-precision astrometry with WFPC2. I. Deriving an
       accurate point-spread function", Publ. Astron. Soc. Pac. 112, 1360 (2000),
       :doi:`10.1086/316632`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> rng = np.random.default_rng(0)
    >>> sky = np.zeros((160, 160))
    >>> sky[tuple(rng.integers(15, 145, (2, 20)))] = rng.uniform(2e3, 2e4, 20)
    >>> true = sd.psf.moffat(3.0, shape=(23, 23))
    >>> y = sd.simulate(sky, true, boundary="periodic").y + rng.normal(50, 2, sky.shape)
    >>> found = sd.psf.from_points(y, size=23)
    >>> float(np.abs(found.psf - true).sum()) < 0.05
    True
    """
    values = to_numpy(as_float(y, "y"))
    if np.iscomplexobj(values) or values.ndim < 1 or min(values.shape) < 5:
        raise ValueError(
            f"y must be real with at least 5 samples on each axis; got shape {values.shape}, dtype "
            f"{values.dtype}"
        )
    check_finite(values, "y")
    values = values.astype(np.float64)
    ndim = values.ndim
    oversampling = integer("oversampling", oversampling, least=1, most=8)
    steps = numbers("spacing", spacing, ndim, above=0)
    sky = sky_of(values)
    at = detected(values, sky) if points is None else _given(points, values)
    if len(at) == 0:
        raise ValueError(
            f"y has no point that stands {POINTS.above:g} standard deviations above the noise "
            f"({sky.noise:.3g}); expected stars or beads. Name them by points, or add up more data"
        )
    width = full_width(values, sky, at)
    half = _half(size, width, values.shape)
    limit = None if saturation is None else number("saturation", saturation)
    why = refused(values, sky, at, half, limit)
    diameter = None if bead is None else number("bead", bead, above=0)
    fit = _fitted(values, sky, at, why, half, width, oversampling)
    return _result(fit, at, why, diameter, steps)


def _given(points: ArrayLike, values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return given points as the highest samples beside them."""
    at = to_numpy(as_float(points, "points"))
    if at.ndim != 2 or at.shape[1] != values.ndim:
        raise ValueError(
            f"points must have the shape (number, {values.ndim}), a row for each point; got "
            f"{at.shape}"
        )
    check_finite(at, "points")
    index = np.round(at).astype(np.intp)
    if len(index) and (index.min() < 0 or np.any(index >= np.array(values.shape))):
        raise ValueError(
            f"points must lie inside y of shape {values.shape}; got {at.tolist()!r:.80}"
        )
    for row in index:
        near = tuple(slice(max(p - 1, 0), p + 2) for p in row)
        best = np.unravel_index(int(np.argmax(values[near])), values[near].shape)
        row += np.array(best) - np.minimum(row, 1)
    return np.unique(index, axis=0)


def _half(
    size: int | Sequence[int] | None, width: Sequence[float], shape: Sequence[int]
) -> tuple[int, ...]:
    """Return half the size of the kernel on each axis."""
    if size is None:
        wanted = [math.ceil(POINTS.reach[len(shape) > 2] * w) for w in width]
        return tuple(min(h, (n - 1) // 2) for h, n in zip(wanted, shape, strict=True))
    sizes = integers("size", size, len(shape), least=3)
    for n, most in zip(sizes, shape, strict=True):
        if n % 2 == 0:
            raise ValueError(f"size must be odd on each axis; got {sizes}; the nearest is {n + 1}")
        if n > most:
            raise ValueError(f"size must be at most the shape of y, {tuple(shape)}; got {sizes}")
    return tuple(n // 2 for n in sizes)


def _fitted(
    values: NDArray[np.float64],
    sky: Sky,
    at: NDArray[np.intp],
    why: list[str],
    half: tuple[int, ...],
    width: Sequence[float],
    fine: int,
) -> PointFit:
    """Return the fit; what does not fit the others is dropped, and the fit repeated."""
    kept = np.array([not w.startswith("saturated") for w in why])
    while True:
        used = np.array([not w for w in why])
        if not used.any():
            kinds = sorted({w.partition(":")[0] for w in why})
            raise ValueError(
                f"y has {len(why)} points, and none can be used: {', '.join(kinds)}. Give a "
                f"smaller size, or data with points that stand alone"
            )
        fit = PointFit(values, sky, at[kept], used[kept], half, width, fine)
        fit.run()
        own = np.full(len(at), np.nan)
        own[kept] = fit.misfit
        limit = POINTS.misfit * max(float(np.median(own[used])), 1.0)
        bad = np.flatnonzero(used & (own > limit))
        if bad.size == 0 or 2 * bad.size > used.sum():
            return fit
        for k in bad:
            why[k] = f"another shape: its residual is {own[k]:.3g} times the noise"


def _result(
    fit: PointFit,
    at: NDArray[np.intp],
    why: list[str],
    bead: float | None,
    steps: tuple[float, ...],
) -> PointsPSF:
    """Return what was found, the bead divided out."""
    used = fit.used
    shapes, _ = fit.shapes(slice(None))
    residuals = fit.residuals(shapes)[used]
    flux = fit.flux[used]
    shape = fit.kernel()
    weight = [float(np.sum(flux**2 / (fit.sky.noise**2 + fit.slope * flux * max(v, 0.0) + 1e-300)))
              for v in shape.ravel()]  # fmt: skip
    error = 1 / np.sqrt(np.array(weight)).reshape(shape.shape)
    otf = fit.otf
    if bead is not None:
        otf = _without_bead(fit, bead, steps, float(np.mean(error**2)) * error.size)
    fine = fit.fine_kernel(otf)
    fit.otf = otf
    psf = fit.kernel()
    sure = fit.trusted(psf, error)
    psf = psf * sure
    if fit.fine == 1:
        fine = psf
    total = float(psf.sum())
    dropped = [(tuple(map(float, p)), w) for p, w in zip(at, why, strict=True) if w]
    return PointsPSF(
        psf / total, fine / float(fine.sum()), error / abs(total),
        fit.at[used] + fit.shift[used], flux, fit.misfit[used], residuals, dropped, fit.level,
    )  # fmt: skip


def _without_bead(
    fit: PointFit, bead: float, steps: tuple[float, ...], noise: float
) -> NDArray[np.complex128]:
    """Return the spectrum divided by that of a ball, where it stands above the noise."""
    squares = [(f * bead / s) ** 2 for f, s in zip(fit.frequency, steps, strict=True)]
    q = np.maximum(np.pi * np.sqrt(np.sum(squares, axis=0)), 1e-4)
    ball = 3 * (np.sin(q) - q * np.cos(q)) / q**3
    ratio = noise / fit.prior**2
    return np.asarray(fit.otf * ball / (ball**2 + ratio) * (1 + ratio[0, 0]))
