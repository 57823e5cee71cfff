"""What is said on standard error, and how a size is written."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["BadUse", "for_the_shell", "note", "size_text", "warned"]

# Arguments in the texts of the library, and the flags that do the same.
FLAGS = {
    r"clip=True, limits=\(low, high\)": "--clip",
    r"limits=\(0, 1\) to stretch them, or ": "",
    r"give meta=Meta\(rate=44100\), or use": "use",
    r"dtype='(\w+)'": r"--dtype \1",
    r"centre='(\w+)'": r"--centre \1",
    r"centre=(\([-\d, ]+\))": r"--centre \1",
    r"mask=\(y < [^)]*\)": "--mask saturated",
    r"mask=~sd\.sanity\.outliers\(y, psf\)": "--mask outliers",
    r"mask=n(?:um)?py?\.isfinite\(y\)": "--mask finite",
    r"psf\.measured\(\.\.\., background='border'\) takes it away, or (--psf-background border) "
    r"on the command line": r"\1 takes it away",
}


class BadUse(Exception):
    """A mistake in the command itself: exit code 2."""


def note(text: str) -> None:
    print(f"sigdeconv: {text}", file=sys.stderr)


def warned(message: Warning | str, *where: Any, **more: Any) -> None:
    note(f"warning: {for_the_shell(str(message))}")


def for_the_shell(text: str) -> str:
    """Return a text of the library with its arguments as flags, where the command has them."""
    for argument, flag in FLAGS.items():
        text = re.sub(argument, flag, text)
    return re.sub(r"--centre \(([^)]*)\)", lambda m: _indices(m[1]), text)


def _indices(inside: str) -> str:
    return f"--centre {','.join(part.strip() for part in inside.split(',') if part.strip())}"


def size_text(shape: Sequence[int]) -> str:
    return " x ".join(str(n) for n in shape) + (" samples" if len(shape) == 1 else "")
