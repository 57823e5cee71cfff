"""What a file format is: a reader and a writer for a suffix, and the types that it holds."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Any, final

from sigdeconv._array import NumpyArray
from sigdeconv._registry import Registry
from sigdeconv.io._meta import Meta

__all__ = ["Format", "Reader", "Writer", "register", "registry"]

Reader = Callable[..., tuple[NumpyArray, Meta]]
Writer = Callable[[pathlib.Path, NumpyArray, Meta], None]


@final
@dataclasses.dataclass(frozen=True)
class Format:
    """A registered format.

    Attributes
    ----------
    read : callable
        ``read(path)`` returns the values as they are in the file, and their `Meta`.
    write : callable
        ``write(path, values, meta)`` gets values of a type that the format holds; None for a
        format that is read only.
    holds : tuple of str
        Names of these types; none for a format that holds any.
    picture : bool
        Values from 0 to 1 without an integer type are black to white, in 8 bits.
    typed : bool
        The file says which type its values have; False for text.
    inside : bool
        The file may hold several arrays: ``read(path, name)`` returns the one of that name, which
        a user asks for by ``file:name``.
    refuse : callable, optional
        ``refuse(path, values, meta)`` raises for values that `write` would refuse, looking at
        their shape and type only; it is asked before long work.
    keeps : bool
        The file has a place for what made it; otherwise that goes into a file beside it.
    folder : bool
        What is read and written is a folder.
    bare : bool
        The file holds values and nothing else: axes and distances go into a file beside it.
    regions : bool
        ``read(path, name, region)`` reads no more than a region.
    parts : callable, optional
        ``parts(path, name)`` returns an array of which parts are read, and its `Meta`.
    create : callable, optional
        ``create(path, shape, dtype, chunks, meta)`` makes a file and returns an array of which
        parts are written.
    """

    read: Reader
    write: Writer | None
    holds: tuple[str, ...] = ()
    picture: bool = False
    typed: bool = True
    inside: bool = False
    refuse: Writer | None = None
    keeps: bool = False
    folder: bool = False
    bare: bool = False
    regions: bool = False
    parts: Callable[..., Any] | None = None
    create: Callable[..., Any] | None = None


registry: Registry[Format] = Registry("suffix")


def register(
    suffix: str,
    read: Reader,
    write: Writer | None,
    *,
    holds: Sequence[str] = (),
    picture: bool = False,
    typed: bool = True,
    inside: bool = False,
    refuse: Writer | None = None,
    keeps: bool = False,
    folder: bool = False,
    bare: bool = False,
    regions: bool = False,
    parts: Callable[..., Any] | None = None,
    create: Callable[..., Any] | None = None,
) -> None:
    """Let `read` and `write` know the files of a suffix.

    Parameters
    ----------
    suffix : str
        With its dot, in lower case.
    read : callable
        ``read(path)`` returns the values as they are in the file, and a `Meta`.
    write : callable
        ``write(path, values, meta)`` gets values of a type that the format holds; None for a
        format that is read only.
    holds : sequence of str
        Names of these types, the most usual first; none for a format that holds any.
    picture : bool
        Values from 0 to 1 without an integer type are black to white, in 8 bits.
    typed : bool
        The file says which type its values have; False for text.
    inside : bool
        The file may hold several arrays: ``read(path, name)`` returns the one of that name, and
        the first one where the name is None.
    refuse : callable, optional
        ``refuse(path, values, meta)`` raises for values that `write` would refuse, looking at
        their shape and type only.
    keeps : bool
        `write` stores ``meta.provenance``; otherwise it goes into a JSON file beside.
    folder : bool
        What is read and written is a folder.
    bare : bool
        The file holds values and nothing else: axes and distances go into a file beside it.
    regions : bool
        ``read(path, name, region)`` reads no more than a tuple of slices, where it is not None.
    parts : callable, optional
        ``parts(path, name)`` returns an array of which parts are read, and its `Meta`.
    create : callable, optional
        ``create(path, shape, dtype, chunks, meta)`` makes a file and returns an array of which
        parts are written.

    Raises
    ------
    ValueError
        If another module has registered the suffix.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from sigdeconv import io
    >>> path = pathlib.Path(tempfile.mkdtemp(), "x.raw")
    >>> with io.registry.scoped():  # only for this example
    ...     io.register(
    ...         ".raw",
    ...         lambda path: (np.fromfile(path, "float32"), io.Meta()),
    ...         lambda path, values, meta: values.tofile(path),
    ...         holds=["float32"],
    ...     )
    ...     io.write(path, [1.0, 2.0], dtype="float32")
    ...     io.load(path)
    array([1., 2.], dtype=float32)
    """
    entry = Format(
        read, write, tuple(holds), picture, typed, inside, refuse, keeps, folder, bare,
        regions, parts, create,
    )  # fmt: skip
    registry.add(suffix, entry, owner=read.__module__)
