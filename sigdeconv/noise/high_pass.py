"""What is left of data when the scene is taken away, sample by sample, and where it is calm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["averages", "changes", "high_pass", "scene_axes", "that_differ"]

AVERAGED = 3  # samples an axis, an odd number: what is steep over more is seen over these
# Samples around constant areas that are left out: wider than the answer to a lone edge.
HIGH_PASS_MARGIN = 5


def _order(axes: tuple[int, ...]) -> int:
    return 4 if len(axes) == 1 else 2


def scene_axes(axes: Sequence[int] | int | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the axes of the scene that are long enough."""
    ndim = len(shape)
    wanted: Any = range(ndim) if axes is None else axes if np.ndim(axes) else (axes,)
    for axis in wanted:
        whole = isinstance(axis, (int, np.integer)) and not isinstance(axis, bool)
        if not whole or not -ndim <= axis < ndim:
            raise ValueError(f"axes must be axes of y, which has shape {shape}; got {axes!r}")
    use = tuple(sorted({int(a) % ndim for a in wanted}))
    use = tuple(a for a in use if shape[a] >= 3)
    if not use or (len(use) == 1 and shape[use[0]] < 5):
        raise ValueError(
            f"y must have an axis of at least 5 samples, or two of 3; got shape {shape}, "
            f"axes {axes!r}"
        )
    return use


def high_pass(values: NDArray[np.float64], axes: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the product of second differences along the axes, scaled to unit noise gain.

    In one dimension it is the fourth difference.
    """
    order = _order(axes)
    for axis in axes:
        values = np.diff(values, n=order, axis=axis)
    return values / math.sqrt(math.comb(2 * order, order)) ** len(axes)  # sum of squared binomials


def changes(values: NDArray[np.float64], axes: tuple[int, ...]) -> NDArray[np.float64]:
    """Return how much the averaged data change around each coefficient, squared.

    The average over `AVERAGED` samples an axis and the coefficients of the high-pass are next to
    uncorrelated, so that noise does not choose among itself.
    """
    from scipy.ndimage import uniform_filter1d

    smooth = values
    for axis in axes:
        smooth = uniform_filter1d(smooth, AVERAGED, axis=axis, mode="nearest")
    change = np.zeros(values.shape)
    step = AVERAGED // 2 + 1
    for axis in axes:
        change += (_moved(smooth, -step, axis) - _moved(smooth, step, axis)) ** 2
    margin = _order(axes) // 2
    cut = (
        slice(margin, n - margin) if k in axes else slice(None) for k, n in enumerate(values.shape)
    )
    return change[tuple(cut)]


def _moved(a: NDArray[Any], step: int, axis: int) -> NDArray[Any]:
    """Return an array moved along an axis, its border repeated."""
    index = np.clip(np.arange(a.shape[axis]) - step, 0, a.shape[axis] - 1)
    return np.take(a, index, axis=axis)


def averages(values: NDArray[np.float64], axes: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the mean of the samples that each coefficient reads."""
    for axis in axes:
        values = _windows(values, axis, _order(axes) + 1, np.mean)
    return values


def that_differ(values: NDArray[np.float64], axes: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell which coefficients of the high-pass are not in or beside an area that is constant."""
    live = _live(values, axes, _order(axes) + 1)
    return live if live.all() else _eroded(live, axes)


def _live(values: NDArray[np.float64], axes: tuple[int, ...], width: int) -> NDArray[np.bool_]:
    """Tell for each high-pass coefficient whether the samples it reads differ."""
    low = high = values
    for axis in axes:
        low, high = _windows(low, axis, width, np.min), _windows(high, axis, width, np.max)
    return np.asarray(high > low)


def _eroded(live: NDArray[np.bool_], axes: tuple[int, ...]) -> NDArray[np.bool_]:
    width = HIGH_PASS_MARGIN
    for axis in axes:
        pad = [(width // 2,) * 2 if a == axis else (0, 0) for a in range(live.ndim)]
        live = _windows(np.pad(live, pad, constant_values=True), axis, width, np.all)
    return live


def _windows(a: NDArray[Any], axis: int, width: int, reduce: Any) -> NDArray[Any]:
    return np.asarray(
        reduce(np.lib.stride_tricks.sliding_window_view(a, width, axis=axis), axis=-1)
    )
