"""Sizes that no memory holds are refused before the work, by the argument that asks for them."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from sigdeconv.geometry import Axis

__all__ = ["check_memory", "largest_setting"]


def check_memory(shape: Sequence[int], itemsize: int, name: str, value: object) -> None:
    """Raise if an array of `shape` is larger than the memory of this machine.

    Parameters
    ----------
    shape : sequence of int
        What would be allocated.
    itemsize : int
        Bytes of one sample.
    name, value : str, object
        The argument that makes it so large.

    Raises
    ------
    ValueError
        If it does not fit; the message begins with `name`.
    """
    needed, memory = itemsize * math.prod(shape), _memory()
    if needed > memory:
        raise ValueError(
            f"{name} = {value!r:.80} asks for an array of shape {tuple(shape)}, which takes "
            f"{_gibibytes(needed)}; expected at most {_gibibytes(memory)}, the memory of this "
            f"machine. Take a smaller {name}"
        )


def largest_setting(axes: Sequence[Axis], size: Sequence[int]) -> str:
    """Return the setting that does most for the size of the transpose's output."""
    parts = {
        "stride": [(n - 1) * axis.stride for axis, n in zip(axes, size, strict=True)],
        "dilation": [axis.span for axis in axes],
        "padding": [-axis.before - axis.after for axis in axes],
        "output_padding": [axis.extra for axis in axes],
    }
    return max(parts, key=lambda name: max(parts[name]))


def _memory() -> int:
    """Return the bytes of memory of this machine; as good as none where they cannot be read."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 1 << 46


def _gibibytes(count: int) -> str:
    return f"{count / 2**30:.3g} GiB"
