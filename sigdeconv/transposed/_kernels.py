"""How the layers are computed: gathered taps and one matrix product, spectra, or a sparse matrix.

The transposed layer is a set of unit-stride correlations, one for each output phase r = t mod S
(t counts the samples before the padding is removed): the tap k lands on phase r = l k mod S with
the delay q = floor(l k / S), so

    full[m S + r, o] = sum_{k in phase r} sum_c weight[c, o, k] x[m - q(k), c]

Phases that share their delays share the gathered samples, and one matrix product serves them all:
no zero is ever multiplied. (Shi et al. 2016, "Is the deconvolution layer the same as a
convolutional layer?", :doi:`10.48550/arXiv.1609.07009`.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, is_complex, namespace, zeros
from sigdeconv.geometry import Axis, ConvGeometry, Pair

__all__ = ["gather", "gather_transposed", "phases_by_delay", "spectral_transposed", "window"]

# Gathered samples kept at a time, in elements: more than this no longer stays in a cache.
GATHERED = 1 << 22


def empty(shape: tuple[int, ...], model: Array) -> Array:
    """Return an array to be filled; zeros where the namespace has nothing cheaper."""
    return np.empty(shape, model.dtype) if namespace(model) is np else zeros(shape, model)


def window(x: Array, bounds: Sequence[Pair]) -> Array:
    """Return x[start:stop] on the last axes, with zeros where that lies outside."""
    spatial = x.shape[-len(bounds) :]
    if all(a == 0 and b == n for (a, b), n in zip(bounds, spatial, strict=True)):
        return x
    inside = [
        (min(max(a, 0), n), max(min(b, n), 0)) for (a, b), n in zip(bounds, spatial, strict=True)
    ]
    source = tuple(slice(a, max(a, b)) for a, b in inside)
    if all(s.start == a and s.stop == b for s, (a, b) in zip(source, bounds, strict=True)):
        return x[(..., *source)]
    out = zeros((*x.shape[: -len(bounds)], *(b - a for a, b in bounds)), x)
    if all(s.stop > s.start for s in source):
        target = tuple(
            slice(s.start - a, s.stop - a) for s, (a, _) in zip(source, bounds, strict=True)
        )
        out[(..., *target)] = x[(..., *source)]
    return out


def correlate(x: Array, rows: Array, taps: Sequence[tuple[slice, ...]]) -> Array:
    """Return the sum over taps of rows[its columns] @ x[its slice].

    `x` has shape (G, C, ...), `rows` (G, M, T C) for T `taps`, tap by tap; the result (G, M, ...).
    """
    xp = namespace(x)
    groups, channels = x.shape[:2]
    sample = x[(0, 0, *taps[0])]
    shape, points = tuple(sample.shape), math.prod(sample.shape)
    step = max(1, GATHERED // max(1, groups * channels * points))
    total = None
    for first in range(0, len(taps), step):
        last = min(first + step, len(taps))
        some = taps[first:last]
        if len(some) == 1:
            columns = xp.reshape(x[(..., *some[0])], (groups, channels, points))
        else:
            columns = empty((groups, len(some), channels, *shape), x)
            for t, where in enumerate(some):
                columns[:, t, ...] = x[(..., *where)]
            columns = xp.reshape(columns, (groups, len(some) * channels, points))
        part = xp.matmul(rows[:, :, first * channels : last * channels], columns)
        total = part if total is None else total + part
    return xp.reshape(total, (groups, rows.shape[1], *shape))


def gather(x: Array, weight: Array, g: ConvGeometry) -> Array:
    """Return the convolution of `x` (N, G, C, ...) with `weight` (G, O, C, ...)."""
    xp = namespace(x)
    size = tuple(x.shape[3:])
    out = g.output_size(size)
    padded = window(x, [(-p, n + q) for n, (p, q) in zip(size, g.padding, strict=True)])
    taps = [
        tuple(
            slice(l * k, l * k + s * (m - 1) + 1, s)
            for k, l, s, m in zip(index, g.dilation, g.stride, out, strict=True)
        )
        for index in itertools.product(*(range(k) for k in g.kernel))
    ]
    groups, channels = weight.shape[0], weight.shape[2]
    rows = xp.reshape(weight, (groups, weight.shape[1], channels, len(taps)))
    rows = xp.reshape(xp.permute_dims(rows, (0, 1, 3, 2)), (groups, weight.shape[1], -1))
    y = empty((x.shape[0], groups, weight.shape[1], *out), x)
    for n in range(x.shape[0]):
        y[n, ...] = correlate(padded[n, ...], rows, taps)
    return y


def gather_transposed(x: Array, weight: Array, g: ConvGeometry) -> Array:
    """Return the transposed layer of `x` (N, G, C, ...) with `weight` (G, C, O, ...)."""
    out = g.transposed_size(tuple(x.shape[3:]))
    families = [phases_by_delay(axis, m) for axis, m in zip(g.axes, out, strict=True)]
    reached = [sum(p.length for some in axis.values() for p in some) for axis in families]
    groups, outputs = weight.shape[0], weight.shape[2]
    y = (empty if tuple(reached) == out else zeros)((x.shape[0], groups, outputs, *out), x)
    for family in itertools.product(*(axis.items() for axis in families)):
        _family(x, weight, y, family)
    return y


class Phase(NamedTuple):
    """Output samples a stride apart on one axis, and the taps that reach them.

    Parameters
    ----------
    taps : tuple of int
        Indices of the taps, rising.
    first : int
        The m of the first sample in the module's equation.
    places : slice
        Where the samples are in the output.
    length : int
        How many there are.
    """

    taps: tuple[int, ...]
    first: int
    places: slice
    length: int


def phases_by_delay(axis: Axis, length: int) -> dict[tuple[int, ...], list[Phase]]:
    """Return the phases of an axis that a tap reaches, by the delays of their taps.

    There are no more of them than taps, however large the stride is; what belongs to no phase is
    reached by no tap.
    """
    taps_of: dict[int, list[int]] = {}
    for k in range(axis.kernel):
        taps_of.setdefault(axis.dilation * k % axis.stride, []).append(k)
    families: dict[tuple[int, ...], list[Phase]] = {}
    for r, taps in sorted(taps_of.items()):
        first = -((r - axis.before) // axis.stride)  # the smallest m with m S + r >= P
        start = first * axis.stride + r - axis.before
        count = len(range(start, length, axis.stride))
        if count:
            delays = tuple((axis.dilation * k - r) // axis.stride for k in taps)
            phase = Phase(tuple(taps), first, slice(start, length, axis.stride), count)
            families.setdefault(delays, []).append(phase)
    return families


def _family(
    x: Array, weight: Array, y: Array, families: Sequence[tuple[tuple[int, ...], list[Phase]]]
) -> None:
    """Compute all phases that share the delays of `families`, one (delays, phases) an axis."""
    xp = namespace(x)
    delays = [d for d, _ in families]
    together = list(itertools.product(*(list(p) for _, p in families)))
    firsts = [min(p.first for p in some) for _, some in families]
    stops = [max(p.first + p.length for p in some) for _, some in families]
    axes = list(zip(delays, firsts, stops, strict=True))
    source = window(x, [(a - max(d), b - min(d)) for d, a, b in axes])
    taps = [
        tuple(
            slice(max(d) - q, max(d) - q + b - a) for q, (d, a, b) in zip(index, axes, strict=True)
        )
        for index in itertools.product(*delays)
    ]
    groups, channels, outputs = weight.shape[:3]
    # Filled tap by tap, with the outputs last: the read and the written order stay close, and the
    # product takes the transposed view as it is.
    rows = empty((groups, len(taps), channels, len(together), outputs), weight)
    for f, phase in enumerate(together):
        rows[:, :, :, f, :] = _rows(weight, [p.taps for p in phase])
    rows = xp.reshape(rows, (groups, len(taps) * channels, len(together) * outputs))
    rows = xp.permute_dims(rows, (0, 2, 1))
    for n in range(x.shape[0]):
        part = correlate(source[n, ...], rows, taps)
        for f, phase in enumerate(together):
            where = tuple(p.places for p in phase)
            starts = [p.first - a for p, a in zip(phase, firsts, strict=True)]
            own = tuple(slice(s, s + p.length) for p, s in zip(phase, starts, strict=True))
            y[(n, slice(None), slice(None), *where)] = part[
                (slice(None), slice(f * outputs, (f + 1) * outputs), *own)
            ]


def _rows(weight: Array, taps: Sequence[tuple[int, ...]]) -> Array:
    """Return weight[g, c, o, taps] as (g, tap, c, o)."""
    xp = namespace(weight)
    for axis, some in enumerate(taps, start=3):
        step = some[1] - some[0] if len(some) > 1 else 1
        where = (slice(None),) * axis + (slice(some[0], some[-1] + 1, step),)
        weight = weight[where + (slice(None),) * (weight.ndim - axis - 1)]
    flat = xp.reshape(weight, (*weight.shape[:3], -1))
    return xp.permute_dims(flat, (0, 3, 1, 2))


def spectral_transposed(x: Array, weight: Array, g: ConvGeometry) -> Array:
    """Return `gather_transposed` by FFT: for large kernels between few channels."""
    size = tuple(x.shape[3:])
    out = g.transposed_size(size)
    axes = list(zip(size, g.stride, g.span, strict=True))
    extent = tuple((n - 1) * s + span for n, s, span in axes)
    upsampled = stretch(x, g.stride)
    kernel = stretch(weight, g.dilation)
    where = [(p, p + m) for m, (p, _) in zip(out, g.padding, strict=True)]
    return window(multiply_spectra(upsampled, kernel, extent), where)


def stretch(x: Array, step: Sequence[int]) -> Array:
    """Return `x` with step - 1 zeros between its samples on the last axes."""
    if all(s == 1 for s in step):
        return x
    lead, size = tuple(x.shape[: -len(step)]), tuple(x.shape[-len(step) :])
    out = zeros((*lead, *((n - 1) * s + 1 for n, s in zip(size, step, strict=True))), x)
    out[(..., *(slice(None, None, s) for s in step))] = x
    return out


def multiply_spectra(x: Array, weight: Array, extent: tuple[int, ...]) -> Array:
    """Return the full linear convolution of (N, G, C, ...) with (G, C, O, ...), summed over C."""
    xp = namespace(x)
    ndim = len(extent)
    axes = tuple(range(-ndim, 0))
    grid = tuple(_fft.next_fast_len(n) for n in extent)
    full = is_complex(x)
    forward, back = (_fft.fftn, _fft.ifftn) if full else (_fft.rfftn, _fft.irfftn)
    X, W = forward(x, grid, axes), forward(weight, grid, axes)
    product = zeros((*x.shape[:2], weight.shape[2], *X.shape[3:]), X)
    for c in range(x.shape[2]):
        product = product + X[:, :, c, None, ...] * W[None, :, c, ...]
    out = back(product, grid, axes)
    out = out if out.dtype == x.dtype else xp.astype(out, x.dtype)
    return out[(..., *(slice(0, n) for n in extent))]


def spectra_pay(n: int, groups: int, channels: int, outputs: int, extent: Any, taps: int) -> bool:
    """Tell whether spectra are cheaper than gathering `taps` taps (a rough count of seconds)."""
    points = math.prod(extent)
    gathered = n * groups * points * taps * (channels * 1e-9 + channels * outputs * 3e-11)
    transforms = groups * (n * channels + n * outputs + channels * outputs)
    spectra = points * groups * n * channels * outputs * 2e-9
    spectra += transforms * points * math.log2(max(points, 2)) * 1.2e-9 + 1e-4
    return bool(spectra < gathered)
