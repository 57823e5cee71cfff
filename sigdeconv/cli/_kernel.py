"""The kernel that the command line names: a file or a model, on the grid of the data.

`sigdeconv psf` and `sigdeconv restore` both come here, so that what is shown is what is used.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

import sigdeconv
from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.choice import kernel_of_data
from sigdeconv.cli._grid import evened, known_steps, short, steps_of_kernel, uneven
from sigdeconv.cli._kernel_axes import (
    Target,
    arranged,
    in_order,
    on_an_even_grid,
    own_zero,
    without_ones,
)
from sigdeconv.cli._tell import BadUse, note

__all__ = ["Target", "find_kernel"]


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
    if meta.suffix == ".wav" and meta.axes is not None:  # the only axis of a signal
        meta = dataclasses.replace(meta, axes=meta.axes.replace("T", "X"))
    kernel, letters = without_ones(kernel, meta)
    if target is not None:
        if target.meta is not None and target.ndim == 1 and uneven(target.meta):
            target = dataclasses.replace(target, meta=evened(target.meta))
        kernel, letters = in_order(text, kernel, letters, target)
        kernel, own = arranged(text, kernel, letters, target)
        kernel, meta = on_an_even_grid(text, kernel, meta, target)
        zero = own_zero(text, kernel, meta) if centre is None else None
        given |= {} if zero is None else {"centre": zero}
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
