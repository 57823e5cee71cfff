"""A sample of a large source, and what it says of the whole: noise, spectra, a part like the whole.

The windows of the sample lie on a grid. Their periodograms are averaged (Welch 1967,
doi:10.1109/TAU.1967.1161901), so that noise and spectra are those of the whole; weights and numbers
of iterations are found on the window that is as rough as all of them together.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from typing import final

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.problem import Observation
from sigdeconv.solvers.noise_level import periodogram_of, share_spectra, spectra_of
from sigdeconv.tiles.limits import TILING

__all__ = ["TileSample", "broad_places", "sample_of", "window_places"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class TileSample:
    """Windows of a source.

    Attributes
    ----------
    windows : list of Observation
        All of them.
    usual : Observation
        The one that stands for the whole, with the spectra of all in what it keeps.
    roughest : Observation
        The one with the largest differences between neighbours.
    values : float
        Range of the data in the windows.
    """

    windows: list[Observation]
    usual: Observation
    roughest: Observation
    spread: float


def window_places(
    shape: tuple[int, ...], span: tuple[int, ...], apart: tuple[int, ...] = ()
) -> list[tuple[slice, ...]]:
    """Return where the windows of a sample lie.

    Parameters
    ----------
    shape : tuple of int
        Shape of the source.
    span : tuple of int
        Length of the kernel along each axis that is not apart.
    apart : tuple of int
        Axes along which every sample is a signal of its own.
    """
    axes = [a for a in range(len(shape)) if a not in apart]
    ratio = (TILING.samples / math.prod(shape[a] for a in axes)) ** (1 / len(axes))
    size = [1] * len(shape)
    for a, k in zip(axes, span, strict=True):
        size[a] = min(shape[a], max(round(shape[a] * ratio), TILING.kernels * k, TILING.shortest))
    if math.prod(size) >= math.prod(shape[a] for a in axes) / 4:
        for a in axes:  # most of it is looked at in any case
            size[a] = shape[a]
    each = TILING.places if len(shape) < 3 else TILING.places_3d
    starts = []
    for n, w in zip(shape, size, strict=True):
        parts = np.linspace(0, n - w, each).round().astype(int)
        starts.append(sorted(set(map(int, parts))))
    corners = list(itertools.product(*starts))
    most = max(TILING.most // math.prod(size), 1)
    corners = corners[:: -(-len(corners) // most)]
    return [tuple(slice(s, s + w) for s, w in zip(c, size, strict=True)) for c in corners]


def broad_places(
    shape: tuple[int, ...], most: float, apart: tuple[int, ...] = ()
) -> list[tuple[slice, ...]]:
    """Return where spectra are taken: the whole of a source, or up to four large parts of it.

    A fitted spectrum hangs on the lowest frequencies, which small windows do not have.

    Parameters
    ----------
    shape : tuple of int
        Shape of the source.
    most : float
        Samples of all together.
    apart : tuple of int
        Axes along which every sample is a signal of its own.
    """
    axes = sorted((a for a in range(len(shape)) if a not in apart), key=lambda a: -shape[a])
    total = math.prod(shape[a] for a in axes)
    counts = {a: 1 for a in range(len(shape))}
    size = [1 if a in apart else n for a, n in enumerate(shape)]
    if total > most:
        shrink = (most / 4 / total) ** (1 / len(axes))
        size = [s if a in apart else max(round(s * shrink), 1) for a, s in enumerate(size)]
        counts |= dict.fromkeys(axes[:2], 2) if len(axes) > 1 else {axes[0]: 4}
    starts = []
    for a, (n, w) in enumerate(zip(shape, size, strict=True)):
        ends = (0, n - w) if counts[a] > 1 else ((n - w) // 2, (n - w) // 2)
        starts.append(np.linspace(*ends, counts[a]).round().astype(int).tolist())
    return [
        tuple(slice(s, s + w) for s, w in zip(corner, size, strict=True))
        for corner in itertools.product(*starts)
    ]


def sample_of(
    places: list[tuple[slice, ...]],
    observe_at: Callable[[tuple[slice, ...]], Observation],
    broad: list[tuple[slice, ...]],
) -> TileSample:
    """Read the windows and return the sample, with the spectra of the `broad` parts.

    Raises
    ------
    ValueError
        As `observe`, for windows that hold NaN or infinity.
    """
    windows = [observe_at(place) for place in places]
    rough = [_roughness(np.asarray(obs.y)) for obs in windows]
    wide = [observe_at(place) for place in broad] if len(windows) > 1 else []
    all_over = [_roughness(np.asarray(obs.y)) for obs in wide] or rough
    mean = max(float(np.mean(all_over)), 1e-300)
    strange = [round(abs(math.log(max(r, 1e-300) / mean)), 9) for r in rough]
    usual = windows[int(np.argmin(strange))]
    if len(windows) > 1 and usual.is_convolution:
        _keep_spectra(usual, wide or windows)
    del wide
    low = min(float(np.min(np.asarray(obs.y).real)) for obs in windows)
    high = max(float(np.max(np.asarray(obs.y).real)) for obs in windows)
    return TileSample(windows, usual, windows[int(np.argmax(rough))], high - low)


def _roughness(y: NumpyArray) -> float:
    """Return the mean difference of neighbours."""
    parts = [float(np.mean(np.abs(np.diff(y, axis=a)))) for a in range(y.ndim) if y.shape[a] > 1]
    return sum(parts)


def _keep_spectra(usual: Observation, windows: list[Observation]) -> None:
    """Give a window the mean periodogram of all, and the spectra that it makes likely."""
    if len(windows) > 1:
        share_spectra(usual, windows)
        return
    usual.kept["periodogram"] = periodogram_of(windows[0])
    usual.kept["spectra"] = spectra_of(windows[0])
