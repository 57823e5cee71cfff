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

from sigdeconv._checks import writable
from sigdeconv.io import Meta, create_parts, registry
from sigdeconv.tiles.plan import TilePlan

__all__ = ["Journal", "check_out", "digest", "grain_of", "open_again", "open_out", "writing"]

STORED, STORED_3D = 256, 64  # samples of a stored piece along an axis, of pictures and of stacks


def open_out(out: Any, plan: TilePlan, shape: tuple[int, ...], meta: Meta, *, go_on: bool) -> Any:
    """Return the array that tiles are written to.

    Parameters
    ----------
    out : None, array or path
        An array that takes parts; a path to make one; None for an array in memory.
    plan : TilePlan
        The plan: type of the result, and the tiles, which are whole pieces of it.
    shape : tuple of int
        Shape of the result.
    meta : Meta
        What is known of the source beside its values.
    go_on : bool
        Keep what is in a file that exists.

    Raises
    ------
    ValueError
        If it exists with another shape or type, or cannot be made.
    """
    if out is None:
        return np.empty(shape, plan.dtype)
    if isinstance(out, (str, os.PathLike)):
        with writing(f"out {os.fsdecode(out)!r}"):
            found = open_again(out) if go_on else None
            if found is not None and tuple(found.shape) == shape and found.dtype == plan.dtype:
                return found
            return create_parts(out, shape, plan.dtype, meta, chunks=pieces_of(plan, shape))
    return out


def check_out(out: Any, shape: tuple[int, ...]) -> None:
    """Raise for an output that cannot be, before anything is done.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        The message says what was expected.
    """
    if out is None:
        return
    if isinstance(out, (str, os.PathLike)):
        can = [s for s in registry if registry.get(s).create is not None]
        writable("out", out, can)
        return
    _check_array(out, shape)


def open_again(out: str | os.PathLike[str]) -> Any:
    """Open an output that is there, to go on."""
    path = pathlib.Path(os.fsdecode(out))
    if path.suffix.lower() == ".npy":
        return np.lib.format.open_memmap(path, mode="r+")
    import zarr

    return zarr.open_array(f"{path}/0", mode="r+")


def pieces_of(plan: TilePlan, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return pieces in which an output is stored: a tile has whole ones of them."""
    found = []
    for a, (c, n) in enumerate(zip(plan.tile, shape, strict=True)):
        usual = min(n, STORED if len(shape) - len(plan.apart) < 3 else STORED_3D)
        found.append(1 if a in plan.apart else usual if c % usual == 0 else _part(c, usual))
    return tuple(found)


def _part(tile: int, usual: int) -> int:
    """Return the largest part of a tile that is not much larger than usual."""
    return -(-tile // -(-tile // usual)) if tile % -(-tile // usual) == 0 else tile


def _check_array(out: Any, shape: tuple[int, ...]) -> None:
    """Raise for an array that cannot be written to."""
    if not hasattr(out, "__setitem__") or not hasattr(out, "shape"):
        raise TypeError(f"out must be None, an array or a path; got {type(out).__name__}")
    if tuple(out.shape) != shape:
        raise ValueError(f"out has shape {tuple(out.shape)}; expected {shape}, that of the source")
    kind = np.dtype(out.dtype)
    if kind.kind != "f":
        raise ValueError(
            f"out holds {kind}, which would round and cut what is restored; expected "
            "float32 or float64"
        )
    locked = isinstance(out, np.ndarray) and not out.flags.writeable
    if locked or getattr(out, "read_only", False):
        raise ValueError("out is read-only; expected an array that can be written")


def grain_of(array: Any) -> tuple[int, ...] | None:
    """Return the pieces in which an array is written: shards, or chunks."""
    found = getattr(array, "shards", None) or getattr(array, "chunks", None)
    if found is None:
        return None
    return tuple(int(c[0] if isinstance(c, tuple) else c) for c in found)


@contextlib.contextmanager
def writing(name: str) -> Iterator[None]:
    """Say where it was that writing failed."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # it says where it was
            raise
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
