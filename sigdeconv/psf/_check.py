"""Checks of the arguments of the blur models: numbers, whole numbers, shapes, values per axis."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

__all__ = ["as_shape", "number", "per_axis", "whole"]


def number(name: str, value: Any, *, zero: bool = False, signed: bool = False) -> float:
    """Return `value` as a finite float: above zero, from zero on (`zero`) or any (`signed`)."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        hint = f"; write {name}={value}" if isinstance(value, str) and _numeric(value) else ""
        raise TypeError(
            f"{name} must be one number; got {value!r} of type {type(value).__name__}{hint}"
        )
    result = float(value)
    kind = "finite" if signed else "finite and at least zero" if zero else "finite and above zero"
    if not math.isfinite(result) or (not signed and (result < 0 or (result == 0 and not zero))):
        hint = f"; did you mean {-result:g}?" if math.isfinite(result) and result < 0 else ""
        raise ValueError(f"{name} must be {kind}; got {result!r}{hint}")
    return result


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def whole(name: str, value: Any, *, low: int = 1) -> int:
    """Return `value` as an int of at least `low`."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        whole = isinstance(value, float) and value.is_integer()
        hint = f"; write {int(value)}" if whole else ""
        raise TypeError(
            f"{name} must be a whole number; got {value!r} of type {type(value).__name__}{hint}"
        ) from None
    if number < low:
        raise ValueError(f"{name} must be at least {low}; got {number}")
    return number


def per_axis(
    name: str, value: Any, ndim: int | None, *, default: int = 2, zero: bool = False
) -> tuple[float, ...]:
    """Return one number per axis from a scalar (repeated `ndim` times) or a sequence."""
    ndim = None if ndim is None else whole("ndim", ndim)
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        value = number(name, value, zero=zero)
        return (value,) * (default if ndim is None else ndim)
    values = tuple(number(f"{name}[{i}]", v, zero=zero) for i, v in enumerate(value))
    if not values or (ndim is not None and len(values) != ndim):
        wanted = "at least one value" if ndim is None else f"{ndim} values (ndim={ndim})"
        raise ValueError(
            f"{name} must have {wanted}, one per axis; got {len(values)}. "
            f"Pass one number for all axes or leave ndim out"
        )
    return values


def as_shape(shape: int | Sequence[int] | None, default: Sequence[int]) -> tuple[int, ...]:
    """Return `shape` as a tuple as long as `default`, which is returned for None."""
    ndim = len(default)
    if shape is None:
        return tuple(default)
    given: Any = shape
    if isinstance(given, np.ndarray) and given.ndim == 1:
        given = given.tolist()
    if not isinstance(given, (list, tuple)):
        return (whole("shape", given),) * ndim
    sizes = tuple(whole(f"shape[{i}]", n) for i, n in enumerate(given))
    if len(sizes) != ndim:
        raise ValueError(
            f"shape must have {ndim} sizes, one per axis of the model; got {len(sizes)}: {sizes}. "
            f"Give {ndim} sizes, or set ndim where the model has it"
        )
    return sizes
