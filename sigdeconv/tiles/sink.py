"""Where tiles are written to, and what is remembered of those that are finished.

Beside an output that is a file lies a journal, ``NAME.tiles``: the plan, and a line a finished
tile. Whoever calls again with the same arguments goes on where it ended.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import threading
from collections.abc import Iterator
from typing import Any, final

import numpy as np

from sigdeconv.tiles.plan import TilePlan

__all__ = ["Journal", "digest", "open_out", "writing"]


def open_out(out: Any, shape: tuple[int, ...], dtype: str, *, go_on: bool) -> Any:
    """Return the array that tiles are written to.

    Parameters
    ----------
    out : None, array or path
        An array that takes parts; a path to make one; None for an array in memory.
    shape : tuple of int
        Shape of the result.
    dtype : str
        Type of the result.
    go_on : bool
        Keep what is in a file that exists.

    Raises
    ------
    ValueError
        If it exists with another shape or type, or cannot be made.
    """
    if out is None:
        return np.empty(shape, dtype)
    if isinstance(out, (str, os.PathLike)):
        return _open_path(pathlib.Path(os.fsdecode(out)), shape, dtype, go_on)
    if not hasattr(out, "__setitem__") or not hasattr(out, "shape"):
        raise TypeError(f"out must be None, an array or a path; got {type(out).__name__}")
    if tuple(out.shape) != shape:
        raise ValueError(f"out has shape {tuple(out.shape)}; expected {shape}, that of the source")
    kind = np.dtype(out.dtype)
    if kind.kind != "f":
        raise ValueError(
            f"out holds {kind}, which would round and cut what is restored; expected {dtype}"
        )
    if isinstance(out, np.ndarray) and not out.flags.writeable:
        raise ValueError("out is read-only; expected an array that can be written")
    return out


def _open_path(path: pathlib.Path, shape: tuple[int, ...], dtype: str, go_on: bool) -> Any:
    suffix = path.suffix.lower()
    if suffix != ".npy":
        raise ValueError(f"out {str(path)!r} has the suffix {suffix!r}; expected .npy")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"out {str(path)!r}: there is no folder {str(path.parent)!r}")
    with writing(str(path)):
        if go_on:
            return np.lib.format.open_memmap(path, mode="r+")
        return np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=shape)


@contextlib.contextmanager
def writing(name: str) -> Iterator[None]:
    """Say where it was that writing failed."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise type(error)(
            error.errno, f"{name} cannot be written ({reason}); tiles that are finished are kept"
        ) from error


def digest(*parts: Any) -> str:
    """Return a short text that differs where numbers or words differ."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(repr((part.shape, part.dtype.str)).encode())
            found.update(np.ascontiguousarray(part).tobytes())
        else:
            found.update(repr(part).encode())
    return found.hexdigest()[:32]


@final
class Journal:
    """The tiles of an output that are finished, in a file beside it.

    Parameters
    ----------
    out : path
        The output.
    """

    def __init__(self, out: pathlib.Path) -> None:
        self.out = out
        self.path = out.with_name(out.name + ".tiles")
        self._lock = threading.Lock()

    def read(self) -> tuple[str, TilePlan, set[int]] | None:
        """Return what was asked, the plan, and the finished tiles; None where there is nothing."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
            head = json.loads(lines[0])
            plan = TilePlan.from_dict(head["plan"])
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return None
        # The last line may have been cut by a kill: it counts where it is whole.
        return head["asked"], plan, {int(one[:-1]) for one in lines[1:] if one.endswith(".")}

    def begin(self, asked: str, plan: TilePlan) -> None:
        """Write what is asked and the plan."""
        with writing(str(self.path)):
            text = json.dumps({"asked": asked, "plan": plan.as_dict()})
            self.path.write_text(text + "\n", encoding="utf-8")

    def finished(self, index: int) -> None:
        """Remember a tile."""
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(f"{index}.\n")
