"""Where a file is, and what is asked for inside it; and writing it whole or not at all.

A path may name what is inside: ``file.h5:/group/data``, ``image.fits:SCI``, ``table.csv:counts``.
``image.fits[SCI]``, as astronomers write it, is read as well.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import pathlib
import re
import shutil
import time
from collections.abc import Iterator, Sequence

from sigdeconv.io._format import registry
from sigdeconv.io._meta import Unreadable

__all__ = ["FilePath", "decoding", "existing", "names_file", "split", "whole_or_not"]

FilePath = str | os.PathLike[str]
BRACKET = re.compile(r"(.+\.(?:fits?|fts|fz|fits\.gz))\[([^\[\]]+)\]", re.IGNORECASE)
TRIES, PAUSE = 20, 0.05  # of taking away a folder into which threads still write; seconds


def split(path: FilePath, suffixes: Sequence[str]) -> tuple[str, str | None]:
    """Return a path and the name of what is inside, None where the path names nothing inside."""
    text = os.fsdecode(path)
    if pathlib.Path(text).exists():
        return text, None
    bracket = BRACKET.fullmatch(text)
    if bracket is not None:
        return bracket[1], bracket[2]
    for k in (k for k, letter in enumerate(text) if letter == ":"):
        if text[:k].lower().endswith(tuple(suffixes)) and text[k + 1 :]:
            return text[:k], text[k + 1 :]
    return text, None


def names_file(text: str) -> bool:
    """Tell whether a text names a file: one that is there, or by its suffix.

    Parameters
    ----------
    text : str
        A path, which may name what is inside: ``scan.h5:/group/data``.

    Returns
    -------
    bool
        True for a file, False for any other word, such as the name of a model.

    Examples
    --------
    >>> from sigdeconv import io
    >>> io.names_file("bead.tif:1"), io.names_file("gaussian:2.5")
    (True, False)
    """
    path = pathlib.Path(split(text, tuple(registry))[0])
    return path.is_file() or path.suffix.lower() in registry


def existing(path: pathlib.Path, *, folder: bool) -> None:
    """Raise for a file that is not there, or a folder in its place.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
    """
    if path.is_file() or (folder and path.is_dir()):
        return
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; expected a file")
    raise FileNotFoundError(f"no such file: {path}{_nearest(path)}")


@contextlib.contextmanager
def decoding(path: pathlib.Path) -> Iterator[None]:
    """Say which file it was that a decoder failed on: every one has errors of its own.

    Raises
    ------
    ValueError
        For any error but those of an argument or of a package that is missing.
    """
    try:
        yield
    except (ImportError, TypeError):
        raise
    except Unreadable as error:
        raise ValueError(str(error)) from None
    except Exception as error:
        raise ValueError(f"{path} cannot be read as {path.suffix}: {error}") from error


def _nearest(path: pathlib.Path) -> str:
    if not path.parent.is_dir():
        return f" (there is no folder {path.parent})"
    near = difflib.get_close_matches(path.name, os.listdir(path.parent), n=1)
    return f"; did you mean {near[0]}?" if near else ""


@contextlib.contextmanager
def whole_or_not(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Give a path beside `path` to write to, and put it in its place when all is written.

    Where writing fails or is killed, what was there stays as it was; and a failure leaves nothing.
    """
    part = path.with_name(f".{os.getpid()}-part-{path.name}")
    try:
        yield part
        if part.is_dir() and path.is_dir():
            old = path.with_name(f".{os.getpid()}-old-{path.name}")
            os.replace(path, old)
            os.replace(part, path)
            shutil.rmtree(old)
        else:
            os.replace(part, path)
    except OSError as error:
        _remove(part)
        why = error.strerror or str(error)
        raise OSError(
            f"{path} was not written: {why}. Nothing is left of it, and what was there is as it was"
        ) from error
    except BaseException:
        _remove(part)
        raise


def _remove(part: pathlib.Path) -> None:
    if part.is_dir():
        for _ in range(TRIES):
            shutil.rmtree(part, ignore_errors=True)
            time.sleep(PAUSE)
            if not part.exists():
                break
    else:
        part.unlink(missing_ok=True)
