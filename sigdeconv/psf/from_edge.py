"""The kernel from an edge: edge spread, line spread and transfer by ISO 12233, and what is behind.

A picture of a straight edge, tilted by a few degrees against the rows or columns of samples, shows
the response at many fractions of a sample. Its profile is the edge spread function, the slope of it
the line spread function, and the modulus of that one's transform the modulation transfer function
along the normal of the edge, beyond the frequency up to which the samples alone would tell it.
"""

from __future__ import annotations

import dataclasses
import math
import os
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _display
from sigdeconv._array import ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import integer
from sigdeconv.psf._edge import SLANT, Profile, profile_of
from sigdeconv.psf._edge_line import Line, line_of
from sigdeconv.psf._edge_mtf import Transfer, isotropic, transfer_of

__all__ = ["EdgePSF", "from_edge"]

EdgeCurve = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class EdgePSF:
    """A kernel found from an edge; each curve is a position, a value and its standard deviation.

    Attributes
    ----------
    psf : ndarray of float64
        The kernel, non-negative, sum one, centre at ``n // 2``. In 2-D that of an isotropic optics.
    mtf : tuple of ndarray
        The modulation transfer function along the normal of the edge, with the sample's own: cycles
        a sample, value, standard deviation.
    esf : tuple of ndarray
        The edge spread function, from 0 to 1: distance in samples, value, standard deviation.
    lsf : tuple of ndarray
        The line spread function, with an area of one, in the same form.
    angle : float
        Angle between the edge and the nearest axis in degrees; 0 in 1-D.
    contrast : float
        Height of the edge over the noise of one sample.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> rows, columns = np.mgrid[:120, :120]
    >>> scene = (columns - 60 > 0.1 * (rows - 60)).astype(float)
    >>> seen = sd.simulate(scene, sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> found = sd.psf.from_edge(seen.y)
    >>> round(found.angle, 1), bool(0.11 < found.mtf50 < 0.14)
    (5.7, True)
    """

    psf: NDArray[np.float64]
    mtf: EdgeCurve
    esf: EdgeCurve
    lsf: EdgeCurve
    angle: float
    contrast: float

    @property
    def mtf50(self) -> float:
        """Frequency at which the transfer is a half, in cycles a sample; nan if it never is."""
        frequency, value, _ = self.mtf
        below = np.flatnonzero(value < 0.5)
        if not len(below):
            return math.nan
        k = int(below[0])
        part = (value[k - 1] - 0.5) / (value[k - 1] - value[k])
        return float(frequency[k - 1] + part * (frequency[k] - frequency[k - 1]))

    def __str__(self) -> str:
        tilt = f"at {self.angle:.3g} degrees, " if self.psf.ndim > 1 else ""
        return (
            f"edge {tilt}{self.contrast:.3g} times the noise: transfer 0.5 at {self.mtf50:.4g} "
            f"cycles a sample"
        )

    def __repr__(self) -> str:
        size = " x ".join(str(n) for n in self.psf.shape)
        return f"EdgePSF({size}, angle={self.angle:.4g}, mtf50={self.mtf50:.4g})"

    def plot(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Any:
        """Return a figure: edge and line spread, the transfer with its error, and the kernel."""
        return _display.draw(self, path, **options)


def from_edge(y: ArrayLike, *, size: int | None = None, oversampling: int = 4) -> EdgePSF:
    """Return the kernel that an edge in the data shows.

    Parameters
    ----------
    y : array, shape (N,) or (M, N)
        In 2-D a window with one straight edge between two level sides, tilted by about 3 to 10
        degrees against the rows or columns; linear in the light (no gamma). In 1-D a step, up or
        down.
    size : int, optional
        Size of the kernel in samples, odd; by default what the profile fills.
    oversampling : int
        Bins of the profile in one sample; 4 in the standard. 1-D data have no more than they have.

    Returns
    -------
    EdgePSF
        The kernel, edge and line spread, and the transfer with its error.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind; if there is no edge, more than one, or one that lies
        along the samples.

    Notes
    -----
    The edge may be bent a little: a curve up to the third degree is fitted to it. The kernel in 2-D
    is that of an isotropic optics behind square samples; of another one it is right along the
    normal of the edge only, and edges of other directions show others. Where the transfer is below
    its noise it is taken for none. A scene whose edge is not sharp itself makes the kernel wider.

    In 1-D the centre is where the step is half done; the transfer ends at half a cycle a sample.

    References
    ----------
    .. [1] ISO 12233:2023, Digital cameras - Resolution and spatial frequency responses.
    .. [2] P. D. Burns, "Slanted-edge MTF for digital camera and scanner analysis", Proc. IS&T PICS,
       135 (2000).

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> step = np.repeat([2.0, 5.0], 40)
    >>> y = sd.simulate(step, sd.psf.gaussian(2.0, ndim=1), noise=0.01, rng=0).y
    >>> found = sd.psf.from_edge(y)
    >>> true = sd.psf.gaussian(2.0, shape=found.psf.shape, ndim=1)
    >>> bool(np.abs(found.psf - true).sum() < 0.1)
    True
    """
    values = to_numpy(as_float(y, "y"))
    if np.iscomplexobj(values) or values.ndim not in (1, 2) or min(values.shape) < SLANT.least:
        raise ValueError(
            f"y must be real, 1-D or 2-D, with at least {SLANT.least} samples on each axis; got "
            f"shape {values.shape}, dtype {values.dtype}"
        )
    check_finite(values, "y")
    values = values.astype(np.float64)
    fine = integer("oversampling", oversampling, least=1, most=16)
    if size is not None:
        size = integer("size", size, least=1, most=min(values.shape))
        if size % 2 == 0:
            raise ValueError(f"size must be odd; got {size}; the nearest is {size + 1}")
    profile = _step(values) if values.ndim == 1 else profile_of(values, fine)
    highest = 0.5 if values.ndim == 1 else fine / 2
    line = line_of(profile)
    found = transfer_of(profile, line, np.linspace(0.0, highest, round(256 * highest) + 1))
    if values.ndim == 1:
        kernel = _taps(line, size)
    else:
        n = size or 2 * math.ceil(line.half) + 1
        kernel = isotropic(found, line.half, profile.angle, n)
    return _record(profile, line, found, kernel)


def _step(values: NDArray[np.float64]) -> Profile:
    """Return a step in time as a profile, a bin a sample."""
    rising = values if values[-3:].mean() >= values[:3].mean() else -values
    few = max(SLANT.outside, len(rising) // 5)
    low, high = float(np.median(rising[:few])), float(np.median(rising[-few:]))
    rough = np.concatenate([np.diff(rising[:few], 2), np.diff(rising[-few:], 2)])
    noise = math.sqrt(float(np.mean(rough**2)) / 6)  # sum of the squares of 1, -2, 1
    if high - low <= SLANT.seen * noise or high <= low:
        raise ValueError(
            f"y has no step: its ends are at {low:.4g} and {high:.4g}, and the noise is "
            f"{noise:.3g}; expected one step between two level ends"
        )
    part = (rising - low) / (high - low)
    above = int(np.argmax(np.diff(np.cumsum(part > 0.5)) > 0))
    at = np.arange(len(part), dtype=np.float64) - above - 0.5
    variance = np.full(len(part), (noise / (high - low)) ** 2)
    none = np.zeros(0), np.zeros(0, np.intp)
    return Profile(at, part, variance, 1.0, 0.0, none, low, high, (noise, noise))


def _taps(line: Line, size: int | None) -> NDArray[np.float64]:
    """Return the kernel of a step: its differences, half of the rise on either side."""
    top = int(np.argmin(np.abs(line.at)))
    used = np.flatnonzero(np.abs(line.at) <= line.half)
    half = int(np.max(np.abs(used - top))) if size is None else size // 2
    psf = np.pad(line.values, half)[top : top + 2 * half + 1]
    return np.asarray(psf / psf.sum())


def _record(profile: Profile, line: Line, found: Transfer, psf: NDArray[np.float64]) -> EdgePSF:
    """Return the curves and the kernel."""
    low, height = line.levels[0], line.levels[1] - line.levels[0]
    esf = profile.at, (profile.values - low) / height, np.sqrt(profile.variance) / height
    lsf = line.at, line.values, np.sqrt(np.maximum(np.diag(line.covariance), 0.0))
    mtf = found.frequency, np.abs(found.value), np.sqrt(found.variance)
    noise = max(profile.noise)
    contrast = (profile.high - profile.low) / noise if noise > 0 else math.inf
    return EdgePSF(psf, mtf, esf, lsf, abs(profile.angle), contrast)
