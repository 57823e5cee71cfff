"""The kernel that the command line names: a file or a model, on the grid of the data.

`sigdeconv psf` and `sigdeconv restore` both come here, so that what is shown is what is used.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.choice import kernel_of_data
from sigdeconv.cli._axes import Apart
from sigdeconv.cli._grid import (
    even,
    evened,
    known_steps,
    on_grid,
    short,
    steps_of_kernel,
    uneven,
)
from sigdeconv.cli._tell import BadUse, note

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = ["Target", "find_kernel"]


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


def find_kernel(
    text: str, arguments: argparse.Namespace, target: Target | None
) -> tuple[NumpyArray, Any]:
    """Return the kernel, and its centre as it was given or as it is from then on."""
    ndim = None if target is None else target.ndim
    given = _measured_flags(arguments)
    centre = arguments.centre
    if not io.names_file(text):
        if given:
            raise BadUse(
                f"--psf-background and --psf-step are for a kernel from a file; got {text}"
            )
        if text.rpartition(":")[2] == "auto":
            return _estimated(text, target), "middle"
        psf = _model(text, ndim)
        if centre == "centroid":
            return sigdeconv.psf.measured(psf, normalize=False, centre=centre), "middle"
        return psf, centre
    kernel, meta = io.read(text)
    kernel, letters = _without_ones(kernel, meta)
    if target is not None:
        if target.meta is not None and target.ndim == 1 and uneven(target.meta):
            target = dataclasses.replace(target, meta=evened(target.meta))
        kernel, letters = _in_order(text, kernel, letters, target)
        kernel, own = _arranged(text, kernel, letters, target)
        kernel, meta = _on_an_even_grid(text, kernel, meta, target)
        if "step" not in given:
            of = letters if own else "".join(a for a in letters if a not in io.APART)
            steps = steps_of_kernel(
                (short(text), known_steps(meta, of)),
                (short(target.name), known_steps(target.meta, target.apart.signal)),
            )
            given |= {} if steps is None else {"step": steps}
    if given:
        given = {"centre": "middle"} | given
    if centre is not None and (given or centre == "centroid"):
        given |= {"centre": centre}
        centre = "middle"
    return _each(text, kernel, target, given, arguments.psf_sum), centre


def _measured_flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the flags say of a kernel from a file, as `sigdeconv.psf.measured` takes it."""
    given: dict[str, Any] = {}
    if arguments.psf_background is not None:
        given |= {"background": arguments.psf_background, "nonnegative": True}
    if arguments.psf_step is not None and set(arguments.psf_step) != {1.0}:
        given["step"] = arguments.psf_step
    elif arguments.psf_step is not None:
        given["step"] = (1.0,)
    return given


def _estimated(text: str, target: Target | None) -> NumpyArray:
    """Return the kernel that the data show, and say what it is."""
    if target is None:
        raise BadUse(f"{text} is found in data; name them by --data FILE")
    y = target.apart.y
    y = y.mean(axis=target.apart.axes) if target.apart.axes else y
    found = kernel_of_data(np.where(np.isfinite(y), y, np.nanmean(y)), text)
    given = ", ".join(f"{name} {text}" for name, text in found.rows()[2:-1])
    note(f"--psf {text}: {found.verdict}, {found.family}, {given}; {found.why}")
    return found.psf


def _model(text: str, ndim: int | None) -> NumpyArray:
    """Return the kernel of a model; one without axes takes those of the data."""
    from sigdeconv.psf import from_spec, registry

    try:
        kernel = np.asarray(from_spec(text))
        if ndim is not None and kernel.ndim != ndim and "ndim" not in text:
            model = registry.get(text.partition(":")[0].strip())
            if "ndim" not in inspect.signature(model).parameters:
                raise BadUse(f"--psf {text} is a model of {kernel.ndim} axes; the data have {ndim}")
            kernel = np.asarray(from_spec(f"{text}:ndim={ndim}"))
    except (ValueError, TypeError) as error:
        name = "MODEL" if ndim is None else "--psf"
        raise BadUse(f"{name} {text}: {str(error).removeprefix('text ')}") from error
    return kernel


def _without_ones(kernel: NumpyArray, meta: Meta) -> tuple[NumpyArray, str]:
    """Return the kernel without times and channels of which there is one, and its letters."""
    known = meta.axes is not None and len(meta.axes) == kernel.ndim
    letters = meta.axes if known and meta.axes else "?" * kernel.ndim
    ones = tuple(
        k for k, a in enumerate(letters) if a in io.APART and kernel.shape[k] == 1 < kernel.ndim
    )
    kept = "".join(a for k, a in enumerate(letters) if k not in ones)
    return np.squeeze(kernel, ones), kept


def _in_order(
    text: str, kernel: NumpyArray, letters: str, target: Target
) -> tuple[NumpyArray, str]:
    """Return the kernel with its axes of space in the order of the data's, by their letters.

    Raises
    ------
    BadUse
        If the data do not say which axis is which, and the order of the kernel's is unusual.
    """
    own = "".join(a for a in letters if a in "ZYX")
    signal = target.apart.signal
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


def _arranged(
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


def _on_an_even_grid(
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


def _each(
    text: str, kernel: NumpyArray, target: Target | None, given: Mapping[str, Any], total: str
) -> NumpyArray:
    """Return the kernel as it was measured and scaled; of several each by itself."""
    if target is None or kernel.ndim == target.ndim:
        return _finished(text, kernel, given, total)
    axes = target.apart.axes
    first = np.moveaxis(kernel, axes, range(len(axes)))
    lengths = first.shape[: len(axes)]
    flat = first.reshape(-1, *first.shape[len(axes) :])
    done = np.stack([_finished(text, one, given, total) for one in flat])
    return np.moveaxis(done.reshape(*lengths, *done.shape[1:]), range(len(axes)), axes)


def _finished(text: str, kernel: NumpyArray, given: Mapping[str, Any], total: str) -> NumpyArray:
    if given:
        if given.get("background") == "border":
            found = sigdeconv.psf.core(kernel)
            radius = ", ".join(map(str, found.radius))
            note(
                f"--psf {text} stands on {found.level:.4g}; kept: {100 * found.energy:.3g} % of "
                f"what is above, within {radius} samples of its peak"
            )
        step = given.get("step", (1.0,))
        if len(step) not in (1, kernel.ndim):
            raise BadUse(f"--psf-step has {len(step)} numbers; the kernel has {kernel.ndim} axes")
        steps = step * (kernel.ndim if len(step) == 1 else 1)
        kernel = sigdeconv.psf.measured(kernel, normalize=False, **{**given, "step": steps})
    if total == "one" and not np.iscomplexobj(kernel):
        scale = float(kernel.sum())
        if not scale > 0:
            raise ValueError(f"--psf {text} sums to {scale:g}; keep it by --psf-sum keep")
        if abs(scale - 1) > 1e-6:
            note(f"--psf {text} was divided by its sum, {scale:g}; --psf-sum keep leaves it")
        kernel = kernel / scale
    return kernel
