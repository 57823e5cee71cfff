"""What the signal is beyond its border: `pad`, and its exact adjoint, `fold`.

The names are those that `scipy.ndimage` gives its modes: ``zero`` (its constant), ``periodic``
(wrap), ``reflect`` (d c b a | a b c d | d c b a), ``mirror`` (d c b | a b c d | c b a) and
``nearest``. Padding an axis copies a list of runs of samples; folding adds the same runs back, so
<pad x, z> = <x, fold z> holds exactly, for any width, also one wider than the signal.
A negative width crops, and its adjoint puts zeros back.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from sigdeconv._array import Array, namespace, refuse_lazy, zeros
from sigdeconv.geometry import Boundary, Pair
from sigdeconv.geometry.borders import BoundaryWord, Ends, ends_of

__all__ = ["fold", "pad"]

Widths = Sequence[Pair]
Runs = tuple[int, int, int, int]


@functools.lru_cache(maxsize=512)
def _runs(n: int, before: int, after: int, ends: Ends) -> tuple[Runs, ...]:
    """Return (start, stop, source, step): padded[start:stop] copies x from `source` by `step`.

    A step of 0 repeats one sample. Positions covered by no run are zero.
    """
    if ends[0] == ends[1] or n == 0:
        return _runs_of_one(n, before, after, ends[0])
    left = _runs_of_one(n, before, 0, ends[0]) if before > 0 else ()
    right = _runs_of_one(n, 0, after, ends[1]) if after > 0 else ()
    start, stop = max(before, 0), min(before + n, n + before + after)
    inside = ((start, stop, start - before, 1),) if stop > start else ()
    late = tuple(
        (max(a, n) + before, b + before, source + step * (max(a, n) - a), step)
        for a, b, source, step in right
        if b > n
    )
    return (*(run for run in left if run[1] <= before), *inside, *late)


def _runs_of_one(n: int, before: int, after: int, boundary: BoundaryWord) -> tuple[Runs, ...]:
    """Return the runs where both ends follow one rule."""
    total = n + before + after
    if boundary in ("zero", "unknown") or n == 0:
        start, stop = max(before, 0), min(before + n, total)
        return ((start, stop, start - before, 1),) if stop > start else ()
    period = {"periodic": n, "reflect": 2 * n, "mirror": max(2 * n - 2, 1), "nearest": n}[boundary]
    runs = []
    start = 0
    while start < total:
        at = start - before
        if boundary == "nearest" and not 0 <= at < n:
            stop, source, step = (min(before, total), 0, 0) if at < 0 else (total, n - 1, 0)
        else:
            phase = at % period
            if phase < n and not (boundary == "mirror" and phase == n - 1 and n > 1):
                last = n - 1 if boundary == "mirror" and n > 1 else n
                source, step, length = phase, 1, last - phase
            elif boundary == "reflect":
                source, step, length = 2 * n - 1 - phase, -1, 2 * n - phase
            else:  # mirror, on the way back: sample n-1 belongs to this run
                source, step, length = 2 * n - 2 - phase, -1, 2 * n - 2 - phase
            stop = min(start + length, total)
        runs.append((start, stop, source, step))
        start = stop
    return tuple(runs)


def _ends(boundary: Boundary, ndim: int) -> tuple[Ends, ...]:
    """Return the two ends of each of the last axes; leading ones, of channels, are never padded."""
    ends = ends_of(boundary, ndim)
    return (("zero", "zero"),) * (ndim - len(ends)) + ends


def _at(ndim: int, axis: int, start: int, stop: int) -> tuple[slice, ...]:
    return (slice(None),) * axis + (slice(start, stop),) + (slice(None),) * (ndim - axis - 1)


def _source(source: int, step: int, length: int) -> tuple[int, int]:
    """Return the ascending slice that a run reads (or adds to)."""
    if step == 0:
        return source, source + 1
    return (source, source + length) if step > 0 else (source - length + 1, source + 1)


def pad(x: Array, widths: Widths, boundary: Boundary) -> Array:
    """Extend the last axes of `x` by `widths` samples before and after, following `boundary`.

    Parameters
    ----------
    x : array
        The signal; leading axes beyond ``len(widths)`` are left alone.
    widths : sequence of (int, int)
        Samples before and after on each axis; a negative width crops.
    boundary : str, or a pair an axis
        One of `BOUNDARIES`, or one for each end; ``unknown`` pads with zeros (there is nothing to
        copy).

    Returns
    -------
    array
        The padded signal, `x` itself when there is nothing to do.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators import pad
    >>> pad(np.array([1.0, 2.0, 3.0]), [(2, 1)], "reflect")
    array([2., 1., 1., 2., 3., 3.])
    """
    refuse_lazy(x, "x")
    xp = namespace(x)
    first, ends = x.ndim - len(widths), _ends(boundary, len(widths))
    for axis, (before, after) in enumerate(widths, start=first):
        if not (before or after):
            continue
        n = x.shape[axis]
        shape = (*x.shape[:axis], n + before + after, *x.shape[axis + 1 :])
        runs = _runs(n, before, after, ends[axis - first])
        if len(runs) == 1 and runs[0][1] - runs[0][0] == shape[axis] and runs[0][3] == 1:
            x = x[_at(x.ndim, axis, runs[0][2], runs[0][2] + shape[axis])]
            continue
        z = zeros(shape, x)
        for start, stop, source, step in runs:
            part = x[_at(x.ndim, axis, *_source(source, step, stop - start))]
            z[_at(x.ndim, axis, start, stop)] = xp.flip(part, axis=axis) if step < 0 else part
        x = z
    return x


def fold(z: Array, widths: Widths, boundary: Boundary) -> Array:
    """Return the adjoint of `pad`: every padded sample is added to the one it was copied from.

    Parameters
    ----------
    z : array
        An array of the padded shape.
    widths : sequence of (int, int)
        The widths that `pad` was given.
    boundary : str
        The boundary that `pad` was given.

    Returns
    -------
    array
        An array of the shape before padding.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators import fold
    >>> fold(np.array([20.0, 10.0, 1.0, 2.0, 3.0, 30.0]), [(2, 1)], "reflect")
    array([11., 22., 33.])
    """
    refuse_lazy(z, "z")
    xp = namespace(z)
    first, ends = z.ndim - len(widths), _ends(boundary, len(widths))
    for axis in reversed(range(first, z.ndim)):
        before, after = widths[axis - first]
        if not (before or after):
            continue
        n = z.shape[axis] - before - after
        runs = _runs(n, before, after, ends[axis - first])
        if len(runs) == 1 and runs[0][1] - runs[0][0] == n and runs[0][3] == 1:
            z = z[_at(z.ndim, axis, runs[0][0], runs[0][1])]
            continue
        x = zeros((*z.shape[:axis], n, *z.shape[axis + 1 :]), z)
        for start, stop, source, step in runs:
            part = z[_at(z.ndim, axis, start, stop)]
            if step == 0:
                part = xp.sum(part, axis=axis, keepdims=True)
            elif step < 0:
                part = xp.flip(part, axis=axis)
            x[_at(z.ndim, axis, *_source(source, step, stop - start))] += part
        z = x
    return z
