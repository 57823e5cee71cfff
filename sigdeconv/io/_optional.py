"""Packages that only some formats need: imported on use, and named with what installs them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ["needed"]


@contextlib.contextmanager
def needed(package: str, extra: str, what: str) -> Iterator[None]:
    """Import an optional package inside; where it is missing, say in one line what to type.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise ImportError(
            f"{what} needs {package}, which is not installed: pip install 'sigdeconv[{extra}]'"
        ) from error
