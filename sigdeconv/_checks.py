"""Arguments as users give them: one number, one whole number, one name, one entry an axis.

Every checker takes the argument's name first, returns the value as the package computes with it,
and raises an error that says what was given, what was expected, and the nearest fix. NumPy scalars
and 0-d arrays are numbers; truth values are not.
"""

from __future__ import annotations

import difflib
import math
import operator
import os
import pathlib
from collections.abc import Sequence
from numbers import Real
from typing import Any, TypeVar, cast

import numpy as np

__all__ = [
    "axes_of",
    "file_path",
    "flag",
    "integer",
    "integers",
    "number",
    "numbers",
    "one_of",
    "worker_count",
    "writable",
]

Word = TypeVar("Word", bound=str)


def number(
    name: str,
    value: Any,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
    instead: str = "",
) -> float:
    """Return `value` as a finite float within its limits.

    Parameters
    ----------
    name : str
        The argument.
    value : object
        What was given.
    least, above, most, below : float, optional
        Limits that the number may reach (`least`, `most`) or not (`above`, `below`).
    instead : str
        What else the argument may be, such as ``"'auto'"``, for the message.

    Raises
    ------
    TypeError
        If `value` is no real number.
    ValueError
        If it is not finite or outside the limits, or a word where another word may be given.
    """
    given = _scalar(value)
    if isinstance(given, (bool, np.bool_)) or not isinstance(given, Real):
        hint = f"; write {name}={given}" if isinstance(given, str) and _is_number(given) else ""
        expected = _expected(name, instead, "finite number", least, above, most, below)
        kind = ValueError if isinstance(given, str) and "'" in instead else TypeError
        raise kind(f"{expected}; got {value!r:.80} of type {type(value).__name__}{hint}")
    result = float(given)

    def inside(value: float) -> bool:
        return (
            math.isfinite(value)
            and (least is None or value >= least)
            and (above is None or value > above)
            and (most is None or value <= most)
            and (below is None or value < below)
        )

    if not inside(result):
        hint = f"; did you mean {-result:g}?" if result < 0 and inside(-result) else ""
        expected = _expected(name, instead, "finite number", least, above, most, below)
        raise ValueError(f"{expected}; got {result!r}{hint}")
    return result


def integer(
    name: str, value: Any, *, least: int | None = None, most: int | None = None, instead: str = ""
) -> int:
    """Return `value` as an int from `least` to `most`; see `number` for the rest."""
    given = _scalar(value)
    try:
        if isinstance(given, (bool, np.bool_)):
            raise TypeError
        result = operator.index(given)
    except TypeError:
        whole = isinstance(given, float) and given.is_integer()
        hint = f"; write {int(given)}" if whole else ""
        expected = _expected(name, instead, "whole number", least, None, most, None)
        raise TypeError(
            f"{expected}; got {value!r:.80} of type {type(value).__name__}{hint}"
        ) from None
    for limit, outside in ((least, operator.lt), (most, operator.gt)):
        if limit is not None and outside(result, limit):
            expected = _expected(name, instead, "whole number", least, None, most, None)
            raise ValueError(f"{expected}; got {result}; the nearest is {limit}")
    return result


def integers(
    name: str, value: Any, ndim: int, *, least: int | None = None, of: str = "axes"
) -> tuple[int, ...]:
    """Return `value` as `ndim` ints: one int serves every axis, a sequence has one for each."""
    return tuple(
        integer(entry, v, least=least)
        for entry, v in _entries(name, value, ndim, "a whole number", of)
    )


def numbers(
    name: str, value: Any, ndim: int, *, of: str = "axes", **limits: Any
) -> tuple[float, ...]:
    """Return `value` as `ndim` floats: one number serves every axis, a sequence has one each."""
    return tuple(
        number(entry, v, **limits) for entry, v in _entries(name, value, ndim, "a number", of)
    )


def _entries(name: str, value: Any, ndim: int, kind: str, of: str) -> list[tuple[str, Any]]:
    """Return the name and the value of each entry."""
    value = _scalar(value)
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if not isinstance(value, (list, tuple, range)):
        return [(name, value)] * ndim
    if len(value) != ndim:
        raise ValueError(
            f"{name} has {len(value)} entries {tuple(value)!r:.80}; expected {kind} or {ndim}, "
            f"one for each of the {of}"
        )
    return [(f"{name}[{k}]", v) for k, v in enumerate(value)]


def axes_of(name: str, value: Any, ndim: int, *, of: str = "y") -> tuple[int, ...]:
    """Return `value`, one axis or several of `ndim`, as different axes counted from the first."""
    given = value if isinstance(value, (tuple, list, range)) else (value,)
    found = tuple(integer(name, a) for a in given)
    for a in found:
        if not -ndim <= a < ndim:
            raise ValueError(f"{name} must be one of the {ndim} axes of {of}; got {a}")
    axes = tuple(a % ndim for a in found)
    if not axes or len(set(axes)) != len(axes):
        raise ValueError(f"{name} must name different axes of {of}; got {value!r}")
    return axes


def worker_count(workers: Any) -> int | None:
    """Return the number of threads, negative to count from all; None for the default."""
    if workers is None:
        return None
    number = integer("workers", workers, instead="None")
    if number == 0:
        raise ValueError("workers must be None or a whole number of threads, not 0; got 0")
    return number


def one_of(name: str, value: Any, allowed: Sequence[Word]) -> Word:
    """Return `value` if it is one of the `allowed` words."""
    if isinstance(value, str) and value in allowed:
        return cast("Word", value)
    near = difflib.get_close_matches(value, allowed, n=1) if isinstance(value, str) else []
    hint = f"; did you mean {near[0]!r}?" if near else ""
    kind = ValueError if isinstance(value, str) else TypeError
    raise kind(f"{name} must be one of {', '.join(allowed)}; got {value!r:.80}{hint}")


def flag(name: str, value: Any) -> bool:
    """Return `value` as a bool if it is a truth value."""
    value = _scalar(value)
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False; got {value!r:.80}")
    return bool(value)


def file_path(name: str, value: Any, suffixes: Sequence[str]) -> pathlib.Path:
    """Return `value` as a path; its suffix, in lower case and with its dot, is one of `suffixes`.

    Raises
    ------
    TypeError
        If it is no path.
    ValueError
        If the suffix is another.
    """
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path; got {value!r:.80} of type {type(value).__name__}")
    path = pathlib.Path(os.fsdecode(value))
    if path.suffix.lower() not in suffixes:
        raise ValueError(
            f"{name} {str(path)!r} has the suffix {path.suffix!r}; expected {_either(suffixes)}"
        )
    return path


def writable(name: str, value: Any, suffixes: Sequence[str]) -> pathlib.Path:
    """Return the path of a file that can be made; as `file_path`, and its directory exists.

    Raises
    ------
    FileNotFoundError
        If the directory does not exist.
    """
    path = file_path(name, value, suffixes)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"{name} {str(path)!r}: the directory {str(path.parent)!r} does not exist; create it"
        )
    return path


def _either(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _scalar(value: Any) -> Any:
    """Return the number in a 0-d array, and anything else as it is."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _expected(
    name: str,
    instead: str,
    kind: str,
    least: float | None,
    above: float | None,
    most: float | None,
    below: float | None,
) -> str:
    """Return what was expected, in words."""
    limits = (("of at least", least), ("above", above), ("at most", most), ("below", below))
    words = [f"{word} {value:g}" for word, value in limits if value is not None]
    also = f"{instead} or a" if instead else "a"
    return f"{name} must be {also} {kind}{' ' if words else ''}{' and '.join(words)}"
