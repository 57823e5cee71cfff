"""The core of a measured kernel: what belongs to the point, and the level and noise around it.

Of a bead on a camera's offset most samples hold the offset and its noise alone. Subtracting the
level leaves that noise, and where negative values are set to zero its upper half, which can hold as
much as the point itself. The core is where the point stands out: the samples that a light smoothing
leaves above three standard deviations of the border's noise, as far as they hang together with the
peak, and a shell around them in which the smoothed values fade to zero.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import NORMAL_MEDIAN, as_float, check_finite, to_numpy

__all__ = ["Core", "core"]


@final
@dataclasses.dataclass(frozen=True)
class CoreLimits:
    """Constants of the core.

    Attributes
    ----------
    clip : float
        Standard deviations about the median within which border samples count for the level.
    above : float
        Standard deviations of the smoothed noise that the core stands above.
    clear : float
        Standard deviations of a sample's noise above which it is kept as it is; below it is
        replaced by the smoothed one, whose noise is less.
    smoothing : float
        Standard deviation of the Gaussian that smooths, in samples.
    shell : int
        Width of the shell, in samples.
    rough : float
        Part of the border's spread that must be rough, from sample to sample, to be noise: tails of
        a smooth kernel spread as well.
    least : int
        Differences from which on a noise can be estimated.
    """

    clip: float = 3.0
    above: float = 3.0
    clear: float = 2.0
    smoothing: float = 0.8
    shell: int = 1
    rough: float = 0.3
    least: int = 16


CORE = CoreLimits()


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Core:
    """The core of a measured kernel.

    Attributes
    ----------
    values : ndarray of float64
        The kernel less its level; where there is noise, zero beyond the core and its shell.
    level : float
        Level of the outermost samples.
    noise : float
        Standard deviation of their noise; 0 where they are smooth.
    share : float
        Part of the sum of the array that the level holds.
    radius : tuple of int
        Distance from the peak to the farthest sample that is not zero, on each axis.
    energy : float
        Part of what is above the level that was kept.

    Examples
    --------
    >>> import numpy as np, sigdeconv.psf as psf
    >>> bead = 100 + 2000 * psf.gaussian(2.0, shape=(41, 41)) / psf.gaussian(2.0).max()
    >>> found = psf.core(np.random.default_rng(0).poisson(bead))
    >>> round(found.level), 8 < found.noise < 12, 0.97 < found.energy < 1.03
    (100, True, True)
    """

    values: NDArray[np.float64]
    level: float
    noise: float
    share: float
    radius: tuple[int, ...]
    energy: float


def core(array: Any) -> Core:
    """Return the core of a measured kernel.

    Parameters
    ----------
    array : array_like, any shape
        The measured values, real.

    Returns
    -------
    Core
        The values without their level and what is noise alone, and what was found.

    Raises
    ------
    TypeError, ValueError
        If `array` is empty, complex or not finite.

    Examples
    --------
    >>> import numpy as np, sigdeconv.psf as psf
    >>> bead = 100 + 2000 * psf.gaussian(2.0, shape=(41, 41))
    >>> found = psf.core(bead + np.random.default_rng(0).standard_normal(bead.shape))
    >>> found.values.shape, float(found.values[0, 0]), abs(found.level - 100) < 0.2
    ((41, 41), 0.0, True)
    """
    values = to_numpy(as_float(array, "array"))
    if np.iscomplexobj(values) or values.ndim == 0 or values.size == 0:
        raise ValueError(
            f"array must be real with at least one axis and one value; got shape {values.shape}, "
            f"dtype {values.dtype}"
        )
    check_finite(values, "array")
    values = values.astype(np.float64)
    border = _border(values.shape)
    level, spread = _level(values[border])
    noise = _noise(values, border) if spread > 0 else 0.0
    noise = noise if noise > CORE.rough * spread else 0.0
    total = float(values.sum())
    above = values - level
    kept = _kept(above, noise) if noise > 0 else above
    peak = np.unravel_index(int(np.argmax(kept)), kept.shape)
    used = np.nonzero(kept)
    radius = tuple(int(np.max(np.abs(at - p), initial=0)) for at, p in zip(used, peak, strict=True))
    whole = float(above.sum())
    return Core(
        kept,
        level,
        noise,
        level * values.size / total if total else math.inf,
        radius,
        float(kept.sum()) / whole if whole else 1.0,
    )


def _border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which samples are outermost: on one axis an eighth of them at each end."""
    width = max(shape[0] // 8, 1) if len(shape) == 1 else 1
    inner = np.ones(shape, bool)
    # On an axis with nothing but ends all samples are outermost, and none would be left.
    inner[tuple(slice(width, -width) if n > 2 * width else slice(None) for n in shape)] = False
    return inner if inner.any() else np.ones(shape, bool)


def _level(outer: NDArray[np.float64]) -> tuple[float, float]:
    """Return level and spread of the outermost samples, without those that stand out."""
    middle = float(np.median(outer))
    spread = float(np.median(np.abs(outer - middle))) / NORMAL_MEDIAN
    if spread == 0 and np.array_equal(outer, np.round(outer)):
        spread = float(np.std(outer))  # few counts: most samples have none
    near = outer[np.abs(outer - middle) <= CORE.clip * spread]
    if near.size < CORE.least:
        return middle, spread
    return float(near.mean()), spread


def _noise(values: NDArray[np.float64], border: NDArray[np.bool_]) -> float:
    """Return the standard deviation from sample to sample along the border."""
    found = []
    for axis, n in enumerate(values.shape):
        if n < 5:
            continue
        inside = (slice(None),) * axis + (slice(1, -1),)
        rough = np.abs(np.diff(values, 2, axis=axis))
        along = rough[border[inside]]
        along = along if along.size >= CORE.least else rough.ravel()
        if along.size < CORE.least:
            continue
        middle, mean = float(np.median(along)), float(np.mean(along))
        scale = middle / NORMAL_MEDIAN or mean * math.sqrt(math.pi / 2)
        found.append(scale / math.sqrt(6))  # sum of squares of 1, -2, 1
    return min(found, default=0.0)


def _kept(above: NDArray[np.float64], noise: float) -> NDArray[np.float64]:
    """Return the core and its shell, and zero beyond."""
    from scipy.ndimage import binary_dilation, gaussian_filter, label

    widths = [CORE.smoothing if n >= 5 else 0.0 for n in above.shape]
    smooth = np.asarray(gaussian_filter(above, widths, mode="nearest"))
    taps = np.exp(-0.5 * (np.arange(-4, 5) / CORE.smoothing) ** 2)
    gain = math.sqrt(float(np.sum(taps**2))) / float(taps.sum())
    reduced = noise * gain ** sum(width > 0 for width in widths)
    parts, _ = label(smooth > CORE.above * reduced)
    peak = np.unravel_index(int(np.argmax(smooth)), smooth.shape)
    core = parts == parts[peak] if parts[peak] else smooth == smooth[peak]
    kept = np.where(smooth > CORE.clear * noise, above, smooth) * core
    grown = core
    for k in range(CORE.shell):
        wider = binary_dilation(grown)
        fade = 1 - (k + 1) / (CORE.shell + 1)
        kept += np.maximum(smooth, 0) * fade * (wider & ~grown)
        grown = wider
    return np.asarray(kept)
