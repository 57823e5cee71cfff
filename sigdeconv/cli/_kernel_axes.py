"""The axes of a kernel from a file, brought to those of the data, and where its zero is."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._axes import Apart
from sigdeconv.cli._grid import even, evened, on_grid, short, uneven
from sigdeconv.cli._tell import BadUse, note

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = ["Target", "arranged", "in_order", "on_an_even_grid", "own_zero", "without_ones"]


@dataclasses.dataclass(frozen=True)
class Target:
    """The data that the kernel is for.

    Attributes
    ----------
    name : str
        Of the file.
    apart : Apart
        Values, and the axes of signals of their own.
    meta : Meta, optional
        What the file says.
    """

    name: str
    apart: Apart
    meta: Meta | None

    @property
    def ndim(self) -> int:
        """Axes along which the kernel acts."""
        return len(self.apart.signal)

    @property
    def grid(self) -> Meta:
        """What a kernel on the grid of the data says of its samples."""
        return on_grid(self.meta, self.apart.signal)


def without_ones(kernel: NumpyArray, meta: Meta) -> tuple[NumpyArray, str]:
    """Return the kernel without times and channels of which there is one, and its letters."""
    known = meta.axes is not None and len(meta.axes) == kernel.ndim
    letters = meta.axes if known and meta.axes else "?" * kernel.ndim
    ones = tuple(
        k for k, a in enumerate(letters) if a in io.APART and kernel.shape[k] == 1 < kernel.ndim
    )
    kept = "".join(a for k, a in enumerate(letters) if k not in ones)
    kernel = np.squeeze(kernel, ones)
    if kept.endswith("S") and kernel.shape[-1] in (3, 4) and _is_grey(kernel):
        return kernel[..., 0], kept[:-1]
    return kernel, kept


def _is_grey(kernel: NumpyArray) -> bool:
    """Tell whether a picture in colours has none: red, green and blue are equal."""
    return bool((kernel[..., :3] == kernel[..., :1]).all())


def in_order(text: str, kernel: NumpyArray, letters: str, target: Target) -> tuple[NumpyArray, str]:
    """Return the kernel with its axes of space in the order of the data's, by their letters.

    Raises
    ------
    BadUse
        If the data do not say which axis is which, and the order of the kernel's is unusual.
    """
    signal = target.apart.signal
    single = tuple(k for k, n in enumerate(kernel.shape) if n == 1)
    if kernel.ndim > len(signal) == kernel.ndim - len(single):  # of one slice
        kernel = np.squeeze(kernel, single)
        letters = "".join(a for k, a in enumerate(letters) if k not in single)
    own = "".join(a for a in letters if a in "ZYX")
    if set(own) == set(signal) and len(own) > 1:
        rest = iter(signal)
        order = [letters.index(next(rest) if a in own else a) for a in letters]
        if order != sorted(order):
            note(f"--psf {text} has its axes {letters}: turned to those of the data, {signal}")
        return np.transpose(kernel, order), "".join(letters[k] for k in order)
    if len(own) == len(signal) > 1 and own not in "ZYX" and not set(signal) <= set("ZYX"):
        raise BadUse(
            f"--psf {text} has its axes {own}, and {short(target.name)} does not say what its own "
            f"are: --axes {own} or another order names them"
        )
    return kernel, letters


def arranged(
    text: str, kernel: NumpyArray, letters: str, target: Target
) -> tuple[NumpyArray, bool]:
    """Return the kernel with the axes of the data: as many as the signal has, or one a channel."""
    apart, ndim = target.apart, target.ndim
    if kernel.ndim == ndim:
        return kernel, True
    signal = [a for a in letters if a not in io.APART]
    channels = [a for a in letters if a in io.APART]
    fits = len(signal) == ndim and all(
        a in apart.letters
        and apart.letters.index(a) in apart.axes
        and kernel.shape[letters.index(a)] == apart.y.shape[apart.letters.index(a)]
        for a in channels
    )
    if not (fits and channels):
        hint = _hint(kernel.ndim, target)
        raise ValueError(f"--psf {text} has {kernel.ndim} axes; the data have {ndim}{hint}")
    note(f"--psf {text}: a kernel for each along {', '.join(channels)}")
    order: list[int] = []
    shape: list[int] = []
    rest = iter(k for k, a in enumerate(letters) if a not in io.APART)
    for k, a in enumerate(apart.letters):
        if k in apart.axes and a not in channels:
            shape.append(1)
            continue
        order.append(letters.index(a) if k in apart.axes else next(rest))
        shape.append(kernel.shape[order[-1]])
    return np.transpose(kernel, order).reshape(shape), False


def _hint(ndim: int, target: Target) -> str:
    """Say how the file's axes are overruled, where that would help."""
    apart = target.apart
    if ndim == len(apart.letters) and apart.axes:
        named = ", ".join(f"{k} is {apart.letters[k]}" for k in apart.axes)
        guess = "".join("ZYX"[-len(apart.letters) :]) if len(apart.letters) <= 3 else "TZYX"
        return (
            f", as their axis {named}, of signals of their own; --channel-axis none or --axes "
            f"{guess} overrules the file"
        )
    if target.meta is not None and target.meta.suffix in io.suffixes(pictures=True):
        return "; save it in grey"
    return "; --channel-axis names axes of colours or independent signals, --axes all axes"


def on_an_even_grid(
    text: str, kernel: NumpyArray, meta: Meta, target: Target
) -> tuple[NumpyArray, Meta]:
    """Return a kernel from a table on even samples, in the direction of the data's."""
    if meta.x is None or kernel.ndim != 1:
        return kernel, meta
    x = np.asarray(meta.x, float)
    if uneven(meta):
        kernel, x = even(kernel, x)
        meta = evened(dataclasses.replace(meta, x=x), _unit_of(target))
        step = abs(float(x[1] - x[0]))
        note(f"--psf {text} has uneven samples; taken linearly between them, {step:.4g} apart")
    data = None if target.meta is None else target.meta.x
    if data is not None and (x[-1] > x[0]) != (data[-1] > data[0]):
        kernel, meta = kernel[::-1], dataclasses.replace(meta, x=x[::-1])
        note(f"--psf {text} runs the other way than the data; it was turned round")
    return kernel, meta


def _unit_of(target: Target) -> str | None:
    return None if target.meta is None else target.meta.unit


def own_zero(text: str, kernel: NumpyArray, meta: Meta) -> tuple[int] | None:
    """Return the sample at which the abscissa of a kernel is zero: that of no displacement.

    Where it begins at zero, it may as well count samples, and says nothing.
    """
    if meta.x is None or kernel.ndim != 1 or len(meta.x) != len(kernel):
        return None
    x = np.asarray(meta.x, float)
    if not x.min() < 0 < x.max():
        return None
    at = int(np.argmin(np.abs(x)))
    if at == len(x) // 2:
        return None
    note(f"--psf {text} is zero at its sample {at}, which is its centre; --centre overrules it")
    return (at,)
