"""Which axes of a file are signals of their own: what it says, and what the user says of it.

A kernel never acts along time, channels or the samples of a colour, unless nothing else is there.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._tell import BadUse, note

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = ["Apart", "as_axes", "as_channel_axis", "relabelled", "split_apart", "whole"]

MEAN = {"T": ("frame", "frames"), "C": ("channel", "channels"), "S": ("colour", "colours")}


@dataclasses.dataclass(frozen=True)
class Apart:
    """The data to restore, and the axes of signals of their own.

    Attributes
    ----------
    y : array
        The data, without an opacity.
    axes : tuple of int
        Axes along which the kernel does not act.
    letters : str
        One letter for each axis of `y`, ``?`` for one that nobody named.
    alpha : array, optional
        The opacity of a picture, which is kept as it is.
    """

    y: NumpyArray
    axes: tuple[int, ...]
    letters: str
    alpha: NumpyArray | None = None

    @property
    def signal(self) -> str:
        """Letters of the axes along which the kernel acts."""
        return "".join(a for k, a in enumerate(self.letters) if k not in self.axes)

    @property
    def colours(self) -> bool:
        """Tell whether the one axis apart may be restored together: colours, or channels."""
        return len(self.axes) == 1 and self.letters[self.axes[0]] != "T"


def as_axes(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]+", text) or len(set(text.upper())) != len(text):
        raise argparse.ArgumentTypeError(
            f"must be one letter an axis, such as ZYX, TCYX or YXS; got {text!r}"
        )
    return text.upper()


def as_channel_axis(text: str) -> tuple[int | str, ...]:
    """Return axes by number or letter; none of them for ``none``."""
    if text.lower() == "none":
        return ()
    parts = text.split(",")
    if not all(re.fullmatch(r"[+-]?\d+|[A-Za-z]", part) for part in parts):
        raise argparse.ArgumentTypeError(
            f"must be none, or axes by number or letter, such as 0, or T,C; got {text!r}"
        )
    return tuple(part.upper() if part.isalpha() else int(part) for part in parts)


def relabelled(y: NumpyArray, meta: Meta | None, axes: str | None, name: str) -> Meta | None:
    """Return the metadata with the axes that the user names."""
    if axes is None:
        return meta
    if len(axes) != y.ndim:
        raise BadUse(f"--axes {axes} names {len(axes)} axes; {name} has {y.ndim}: {y.shape}")
    meta = io.Meta() if meta is None else meta
    known = meta.axes is not None and len(meta.axes) == len(axes)
    spacing, units = (meta.spacing, meta.units) if known else (None, None)
    # A distance of slices is none of frames, and the other way round.
    keep = [
        known and meta.axes is not None and (old == new or {old, new} <= set("ZYX"))
        for old, new in zip(meta.axes or axes, axes, strict=False)
    ]
    spacing = spacing and tuple(s if k else None for s, k in zip(spacing, keep, strict=True))
    if isinstance(units, tuple):
        units = tuple(u if k else None for u, k in zip(units, keep, strict=True))
    return dataclasses.replace(meta, axes=axes, spacing=spacing, units=units, channels=None)


def split_apart(
    y: NumpyArray, meta: Meta | None, given: tuple[int | str, ...] | None, quiet: bool = False
) -> Apart:
    """Return what is restored, and along which axes the kernel does not act."""
    known = meta is not None and meta.axes is not None and len(meta.axes) == y.ndim
    letters = meta.axes if known and meta is not None and meta.axes else "?" * y.ndim
    if given is not None:
        return Apart(y, _named(given, letters), letters)
    axes = tuple(k for k, letter in enumerate(letters) if letter in io.APART)
    if len(axes) == y.ndim:  # a sound: time is all that there is
        axes = axes[1:] if letters[0] == "T" else axes[:-1]
    elif meta is not None and meta.suffix == ".wav":
        axes = (y.ndim - 1,)
    alpha = None
    if meta is not None and meta.suffix == ".png" and axes and y.shape[axes[-1]] in (2, 4):
        y, alpha = y[..., :-1], y[..., -1:]
    apart = Apart(y, axes, letters, alpha)
    if axes and not quiet:
        note(_told(apart, meta))
    return apart


def _named(given: tuple[int | str, ...], letters: str) -> tuple[int, ...]:
    """Return the axes that the user names, from the first."""
    found = []
    for axis in given:
        if isinstance(axis, str):
            if axis not in letters:
                raise BadUse(f"--channel-axis {axis}: the axes are {letters}; --axes names them")
            found.append(letters.index(axis))
        elif not -len(letters) <= axis < len(letters):
            raise BadUse(f"--channel-axis {axis}: the data have {len(letters)} axes")
        else:
            found.append(axis % len(letters))
    return tuple(sorted(set(found)))


def _told(apart: Apart, meta: Meta | None) -> str:
    """Say which signals are restored each by itself."""
    parts = []
    for axis in apart.axes:
        n, letter = apart.y.shape[axis], apart.letters[axis]
        one, many = MEAN.get(letter, ("signal", "signals"))
        if letter == "S":
            many, one = "colour channels", "colour channel"
        if meta is not None and meta.suffix == ".wav":
            many = "channels of sound"
        parts.append(f"{n} {one if n == 1 else many} (axis {axis})")
    kept = "" if apart.alpha is None else "; the opacity is kept as it is"
    return f"{' x '.join(parts)}, one kernel for all{kept}"


def whole(apart: Apart, x: NumpyArray) -> NumpyArray:
    """Return the estimate with the opacity that was left out."""
    return x if apart.alpha is None else np.concatenate([x, apart.alpha], axis=-1)
