"""Name to function by discovery: a module put into a folder is found, and nothing else is edited.

A `Registry` is told which packages to search, by those packages or from above them, so that no file
names what lies above itself. It imports their public modules the first time it is asked, and every
module registers what it defines.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """An ordered mapping from name to `T`, filled by importing the modules of packages."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._unsearched: list[str] = []
        self._items: dict[str, T] = {}
        self._owners: dict[str, str] = {}

    def search(self, *packages: str) -> None:
        """Name packages that have items; they are imported when the first item is asked for."""
        self._unsearched.extend(packages)

    def add(self, name: str, item: T, *, owner: str | None = None) -> T:
        """Register `item` under `name`; a name taken by another module is a ValueError.

        The `owner` is the module that `item` belongs to, its own by default.
        """
        owner = getattr(item, "__module__", "") if owner is None else owner
        if self._owners.setdefault(name, owner) != owner:
            raise ValueError(f"{self.kind} {name!r} is registered twice; choose another name")
        self._items[name] = item
        return item

    def discover(self) -> None:
        """Import every public module of the packages once."""
        while self._unsearched:
            package = self._unsearched[0]
            for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
                if not info.name.startswith("_"):
                    importlib.import_module(f"{package}.{info.name}")
            self._unsearched = [other for other in self._unsearched if other != package]

    def get(self, name: str) -> T:
        """Return the item called `name`.

        Raises
        ------
        ValueError
            If there is none; the message lists the nearest names.
        TypeError
            If `name` is no text.
        """
        self.discover()
        if not isinstance(name, str):
            raise TypeError(f"{self.kind} must be a name, a str; got {name!r}")
        if name in self._items:
            return self._items[name]
        near = difflib.get_close_matches(str(name), self._items, n=3) or sorted(self._items)
        raise ValueError(
            f"{self.kind} must be one of the registered names; got {name!r}. "
            f"Nearest: {', '.join(near)}"
        )

    def __iter__(self) -> Iterator[str]:
        self.discover()
        return iter(sorted(self._items))

    def __len__(self) -> int:
        self.discover()
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        self.discover()
        return name in self._items

    @contextlib.contextmanager
    def scoped(self) -> Iterator[None]:
        """Forget at the end of a ``with`` block what was registered in it: for tests and examples.

        Examples
        --------
        >>> from sigdeconv._registry import Registry
        >>> numbers = Registry("number")
        >>> with numbers.scoped():
        ...     _ = numbers.add("one", 1)
        ...     list(numbers)
        ['one']
        >>> list(numbers)
        []
        """
        self.discover()  # what is found meanwhile stays
        items, owners = dict(self._items), dict(self._owners)
        try:
            yield
        finally:
            self._items, self._owners = items, owners
