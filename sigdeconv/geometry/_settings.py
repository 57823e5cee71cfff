"""Settings of a convolution as users give them: one entry an axis, or one for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np

from sigdeconv._checks import integer, integers

__all__ = ["Padding", "Pair", "Sizes", "axis_index", "axis_integers", "axis_pairs", "count_axes"]

Pair = tuple[int, int]  # samples (before, after) on one axis
Sizes = SupportsIndex | Sequence[SupportsIndex]
Padding = str | Sizes | Sequence[Sequence[SupportsIndex]]


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
    try:
        integer("value", value)
    except TypeError:
        return False
    return True
