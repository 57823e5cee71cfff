"""The axes of a convolution and of its transpose, in plain numbers, and their settings.

One output sample of a convolution reads the window of span l(K - 1) + 1 that starts at i S - P:

    y[i] = sum_k w[k] xp[i S + l k]                      xp: x with P zeros around it
    H_out = floor((H_in + Pt + Pb - [l(K-1)+1]) / S) + 1                                  (eq. 1)

The transpose puts the same window back, and its size is the smallest H_in of eq. 1 plus the
remainder that the floor dropped, which it cannot know and is given as output_padding a:

    H_out = (H_in - 1) S - Pt - Pb + [l(K-1)+1] + a                                       (eq. 3)

It is also a convolution of stride one: put S - 1 zeros between the samples, frame them by
l(K-1) - P zeros (a crop when negative) and a more at the end, and correlate with the flipped,
l-dilated kernel. (Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`, who stop before
dilation.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, SupportsIndex

import numpy as np

from sigdeconv._checks import integer, integers

__all__ = [
    "Axis",
    "Padding",
    "Pair",
    "Sizes",
    "axis_index",
    "axis_integers",
    "axis_pairs",
    "count_axes",
    "out_shape_of",
    "samples_of",
    "window_of",
]

Pair = tuple[int, int]  # samples (before, after) on one axis
Sizes = SupportsIndex | Sequence[SupportsIndex]
Padding = Literal["same", "valid"] | Sizes | Sequence[Sequence[SupportsIndex]]


class Axis(NamedTuple):
    """Settings of one axis, checked, and what follows for sizes that fit.

    Parameters
    ----------
    kernel, stride, dilation : int
        Taps K, step S and tap spacing l.
    before, after : int
        Padding Pt and Pb; negative numbers crop.
    extra : int
        Output padding a of the transpose.

    Examples
    --------
    >>> Axis(kernel=5, stride=3, dilation=1, before=2, after=2, extra=0).output_size(16)
    6
    """

    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    extra: int

    @property
    def span(self) -> int:
        """Width l(K-1)+1 of the dilated kernel."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def frame(self) -> tuple[int, int]:
        """Zeros l(K-1)-P around the upsampled input of the transpose; a crop when negative."""
        return self.span - 1 - self.before, self.span - 1 - self.after

    @property
    def overlap_is_even(self) -> bool:
        """Whether each sample away from the border receives equally many taps."""
        return self.kernel % self.stride == 0 and math.gcd(self.stride, self.dilation) == 1

    def steps(self, size: int) -> int:
        """Return how far the kernel can move over an input of `size`; negative if it is wider."""
        return size + self.before + self.after - self.span

    def output_size(self, size: int) -> int:
        """Return H_out of the convolution (eq. 1)."""
        return self.steps(size) // self.stride + 1

    def remainder(self, size: int) -> int:
        """Return the samples at the end that the convolution of `size` does not read."""
        return self.steps(size) % self.stride

    def smallest_input(self, output: int) -> int:
        """Return the smallest H_in of eq. 1 that gives `output`: eq. 3 without a."""
        return (output - 1) * self.stride - self.before - self.after + self.span

    def input_sizes(self, output: int) -> range:
        """Return all H_in that give `output`: S of them, fewer where some would be below 1."""
        first = self.smallest_input(output)
        return range(max(first, 1), first + self.stride)

    def overlap(self, size: int) -> tuple[int, ...]:
        """Return how many taps reach each output sample of the transpose of `size` samples."""
        count = [0] * (self.smallest_input(size) + self.extra)
        for i, k in itertools.product(range(size), range(self.kernel)):
            place = i * self.stride + k * self.dilation - self.before
            if 0 <= place < len(count):
                count[place] += 1
        return tuple(count)


def count_axes(*settings: Any) -> int:
    """Return the number of axes that the `settings` speak of: entries of the longest, or 0."""
    return max((len(v) for v in map(_listed, settings) if isinstance(v, (tuple, list))), default=0)


def axis_integers(
    name: str, value: Any, ndim: int, *, least: int | None = None, of: str = "axes"
) -> tuple[int, ...]:
    """Return `value` as `ndim` ints: `integers`, and a single entry serves every axis too."""
    value = _listed(value)
    if isinstance(value, (tuple, list)) and len(value) == 1:
        return (integer(f"{name}[0]", value[0], least=least),) * ndim
    return integers(name, value, ndim, least=least, of=of)


def axis_index(name: str, value: Any, ndim: int, *, least: int | None = None) -> tuple[int, ...]:
    """Return `value` as the index of a sample of a kernel with `ndim` axes."""
    if ndim > 1 and count_axes(value) == 0 and _is_integer(value):
        raise ValueError(
            f"{name} must have {ndim} entries, one for each of the axes of the psf; got {value!r}. "
            f"Write {(value,) * ndim}"
        )
    return integers(name, value, ndim, least=least, of="axes of the psf")


def axis_pairs(
    name: str, value: Any, ndim: int, *, least: int | None = None, words: Sequence[str] = ()
) -> tuple[Pair, ...]:
    """Return `value` as (before, after) on each axis.

    Parameters
    ----------
    name : str
        The argument.
    value : int, sequence of int or sequence of (int, int)
        What was given; a single entry serves every axis, one int both sides.
    ndim : int
        Number of axes.
    least : int, optional
        Smallest value allowed.
    words : sequence of str
        The words that the argument takes in place of numbers, for the message.

    Raises
    ------
    TypeError, ValueError
        If it is anything else, or smaller than `least`.
    """
    value = _listed(value)
    entries = value if isinstance(value, (tuple, list)) else [value]
    split = [_listed(entry) for entry in entries]
    if not all(_is_pair(p) or _is_integer(p) for p in split):
        quoted = "".join(f"{word!r}, " for word in words)
        raise TypeError(
            f"{name} must be {quoted}a whole number, {ndim} of them, or {ndim} pairs (before, "
            f"after), one for each of the axes; got {value!r:.80}"
        )
    if len(split) not in (1, ndim):
        hint = ""
        if ndim == 1 and len(split) == 2 and all(_is_integer(p) for p in split):
            before, after = (integer(name, p) for p in split)
            hint = f"; the pair (before, after) of one axis is written (({before}, {after}),)"
        raise ValueError(
            f"{name} has {len(split)} entries {value!r:.80}; expected {ndim}, one for each of the "
            f"axes{hint}"
        )
    pairs = []
    for n, entry in enumerate(split):
        sides = entry if isinstance(entry, (tuple, list)) else (entry, entry)
        label = name if value is not entries else f"{name}[{n}]"
        before, after = (integer(label, side, least=least) for side in sides)
        pairs.append((before, after))
    return tuple(pairs * ndim if len(pairs) == 1 else pairs)


def _listed(value: Any) -> Any:
    """Return an array or a range as nested lists, and anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.tolist() if value.ndim else value[()]
    return list(value) if isinstance(value, range) else value


def _is_pair(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and len(value) == 2 and all(map(_is_integer, value))


def _is_integer(value: Any) -> bool:
    whole = isinstance(value, (int, np.integer)) or hasattr(value, "__index__")
    return whole and not isinstance(value, (bool, np.bool_, str))


def out_shape_of(axes: tuple[Axis, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the data; raise where the kernel does not fit once."""
    for n, (axis, size) in enumerate(zip(axes, shape, strict=True)):
        if axis.steps(size) < 0:
            raise ValueError(
                f"shape[{n}] = {size} with padding {(axis.before, axis.after)} is shorter than the "
                f"kernel's span {axis.span}: there is no output sample. Expected at least "
                f"{size - axis.steps(size)}, or padding='same'"
            )
    return tuple(axis.output_size(size) for axis, size in zip(axes, shape, strict=True))


def samples_of(out_shape: Sequence[int], stride: Sequence[int]) -> tuple[slice, ...]:
    """Return the slices that take data of `out_shape` out of the full-resolution grid."""
    return tuple(slice(0, (m - 1) * s + 1, s) for m, s in zip(out_shape, stride, strict=True))


def window_of(
    axes: Sequence[Axis],
    centre: Sequence[int],
    shape: Sequence[int],
    out_shape: Sequence[int],
) -> tuple[slice, ...]:
    """Return where the kernel's centre stands in a signal of `shape`, from first to last sample."""
    slices = []
    for axis, c, n, m in zip(axes, centre, shape, out_shape, strict=True):
        looks = axis.span - 1 - axis.dilation * c
        start = min(max(looks - axis.before, 0), n)
        slices.append(slice(start, min(start + m * axis.stride, n)))
    return tuple(slices)
