"""Settings of a layer as the user gives them, checked and made one entry an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Padding", "Pair", "Sizes", "axes_of", "ints", "is_int", "no_groups", "one_of", "pairs"]

Pair = tuple[int, int]
Sizes = int | Sequence[int]
Padding = str | int | Sequence[int] | Sequence[Pair]


def is_int(value: Any) -> bool:
    """Tell whether `value` is a whole number, and no truth value."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def axes_of(**settings: Any) -> int:
    """Return the number of axes that the `settings` speak of: the length of the longest one."""
    return max((len(v) for v in settings.values() if isinstance(v, (tuple, list))), default=1)


def ints(value: Any, name: str, ndim: int, low: int) -> tuple[int, ...]:
    """Return `value` as `ndim` ints of at least `low`; one int serves every axis."""
    values = (value,) if is_int(value) else value
    if not isinstance(values, (tuple, list)) or not all(is_int(v) for v in values):
        raise TypeError(f"{name} must be an int or {ndim} ints; got {value!r}")
    if len(values) == 1:
        values = tuple(values) * ndim
    if len(values) != ndim:
        raise ValueError(
            f"{name} has {len(values)} entries {tuple(values)}; expected {ndim}, one an axis"
        )
    if any(v < low for v in values):
        kind = "positive" if low == 1 else "zero or more"
        raise ValueError(
            f"{name} must be {kind} on every axis; got {value!r}; the nearest is "
            f"{tuple(max(int(v), low) for v in values)}"
        )
    return tuple(int(v) for v in values)


def pairs(padding: Any, reach: tuple[int, ...]) -> tuple[Pair, ...]:
    """Return `padding` as (before, after) on each axis; `reach` is l(K-1), for ``"same"``."""
    ndim = len(reach)
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(f"padding must be 'same', 'valid' or numbers; got {padding!r}")
        whole = reach if padding == "same" else (0,) * ndim
        return tuple((r // 2, r - r // 2) for r in whole)
    entries = [padding] if is_int(padding) else padding
    try:
        split = [(p, p) if is_int(p) else tuple(p) for p in entries]
    except TypeError:
        split = [()]
    if not all(len(p) == 2 and all(is_int(v) for v in p) for p in split):
        raise TypeError(
            f"padding must be an int, {ndim} ints, {ndim} pairs (before, after), 'same' or "
            f"'valid'; got {padding!r}"
        )
    if len(split) == 1:
        split = split * ndim
    if len(split) != ndim:
        raise ValueError(f"padding has {len(split)} entries; expected {ndim}, one an axis")
    if any(v < 0 for p in split for v in p):
        raise ValueError(
            f"padding must be zero or more; got {padding!r}. To widen the output of a transposed "
            f"layer use output_padding; to crop the input of a convolution slice it"
        )
    return tuple((int(before), int(after)) for before, after in split)


def one_of(name: str, value: Any, allowed: Sequence[str]) -> None:
    """Raise unless `value` is one of the `allowed` words."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")


def no_groups(groups: int, name: str) -> None:
    """Raise if there are `groups` of channels, for which the framework `name` has no word."""
    if groups != 1:
        raise ValueError(
            f"{name} cannot express this layer: its transposed convolution has no groups, and "
            f"this one has {groups}. Split the channels and make {groups} layers"
        )
