"""What the user typed, as values: numbers, methods, kernels, files, data sets."""

from __future__ import annotations

import argparse
import inspect
import pathlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import datasets, io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._tell import note

if TYPE_CHECKING:
    from sigdeconv.io import Meta
    from sigdeconv.method import Method


__all__ = [
    "BadUse",
    "as_centre",
    "as_choice",
    "as_dtype",
    "as_level",
    "as_method",
    "as_steps",
    "at_least",
    "load_kernel",
    "load_mask",
    "load_signal",
    "measured_flags",
    "number_or_file",
    "number_or_noise",
    "number_or_text",
    "one_channel",
    "split_colours",
]


class BadUse(Exception):
    """A mistake in the command itself: exit code 2."""


def as_method(name: str) -> Method:
    from sigdeconv.catalogue import registry

    try:
        return registry.get(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def as_choice(name: str) -> Method | str:
    """Return a method, or the word that lets the data choose one."""
    return name if name in ("auto", "best") else as_method(name)


def at_least(least: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not re.fullmatch(r"[+-]?\d+", text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}; got {text!r}")
        return int(text)

    return whole


def as_dtype(text: str) -> np.dtype[Any]:
    try:
        return np.dtype(text)
    except TypeError:
        raise argparse.ArgumentTypeError(f"must be a type such as float32; got {text!r}") from None


def as_centre(text: str) -> tuple[int | str, ...] | str:
    """Return a word for the centre of a kernel, or an entry an axis, each a word or an index."""
    words = ("start", "peak", "middle")
    if text in (*words, "centroid"):
        return text
    parts = text.split(",")
    if all(part in words or re.fullmatch(r"[+-]?\d+", part) for part in parts):
        return tuple(part if part in words else int(part) for part in parts)
    raise argparse.ArgumentTypeError(
        f"must be indices such as 4,4, or start, peak, centroid, middle; got {text!r}"
    )


def _number(text: str) -> Any:
    """Return a number, or a tuple of those that commas part."""
    if "," in text:
        return tuple(_number(part) for part in text.split(","))
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def number_or_text(text: str) -> Any:
    try:
        return _number(text)
    except ValueError:
        return text


def number_or_noise(text: str) -> Any:
    """Return a standard deviation, or the noise model that a text such as poisson:1000 names."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return sigdeconv.noise.as_noise(text)
    except (ValueError, TypeError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def number_or_file(text: str) -> Any:
    try:
        return _number(text)
    except ValueError:
        if not pathlib.Path(text).is_file():
            raise argparse.ArgumentTypeError(f"must be a number or a file; got {text!r}") from None
    return sigdeconv.io.load(text)


def load_signal(name: str) -> tuple[NumpyArray, Meta | None]:
    """Return the values of a file or of an embedded data set, and the file's metadata."""
    if pathlib.Path(name).exists() or pathlib.Path(name).suffix:
        return io.read(name)
    try:
        return datasets.load(name), None
    except ValueError as error:
        raise ValueError(f"there is no file {name!r}, and as a data set its {error}") from error


def _channel_axis(y: NumpyArray, meta: Meta | None) -> int | None:
    """Return the axis of the colours of an image or of the channels of a sound."""
    if meta is None:
        return None
    if meta.axes is not None and len(meta.axes) == y.ndim:
        axis = max(meta.axes.find("S"), meta.axes.find("C"))
        return None if axis < 0 else axis
    stereo = meta.suffix == ".wav" and y.ndim == 2
    picture = meta.suffix in io.suffixes(pictures=True) and y.ndim == 3
    return y.ndim - 1 if stereo or picture else None


def split_colours(
    y: NumpyArray, meta: Meta | None, axis: int | None
) -> tuple[NumpyArray, int | None, NumpyArray | None]:
    """Return what is restored, the axis of its channels, and a PNG's opacity, which is not."""
    if axis is not None or (axis := _channel_axis(y, meta)) is None:
        return y, axis, None
    alpha = None
    if meta is not None and meta.suffix == ".png" and y.shape[axis] in (2, 4):
        y, alpha = y[..., :-1], y[..., -1:]
    kept = "" if alpha is None else "; the opacity is kept as it is"
    kind = "channels of sound" if meta is not None and meta.suffix == ".wav" else "colour channels"
    note(f"{y.shape[axis]} {kind} (axis {axis}), one kernel for all{kept}")
    return y, axis, alpha


def one_channel(x: NumpyArray, meta: Meta | None) -> NumpyArray:
    """Return the luminance of colours, the mean of other channels; a comparison is of one."""
    axis = _channel_axis(x, meta)
    if axis is None:
        return x
    x = np.moveaxis(x, axis, -1)
    if meta is not None and meta.suffix == ".png" and x.shape[-1] in (2, 4):
        x = x[..., :-1]
    if x.shape[-1] == 3:
        note("the luminance of the colours is compared")
        return np.asarray(x @ datasets.LUMINANCE)
    if x.shape[-1] > 1:
        note(f"the mean of the {x.shape[-1]} channels is compared")
    return np.asarray(x.mean(axis=-1))


def as_level(text: str) -> float | str:
    try:
        return text if text == "border" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number or border; got {text!r}") from None


def as_steps(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be numbers, such as 0.25; got {text!r}") from None


def measured_flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the flags say of a kernel from a file, as `sigdeconv.psf.measured` takes it."""
    given: dict[str, Any] = {}
    if arguments.psf_background is not None:
        given |= {"background": arguments.psf_background, "nonnegative": True}
    if arguments.psf_step is not None:
        given["step"] = arguments.psf_step
    return {"centre": "middle"} | given if given else {}


def load_kernel(
    text: str, ndim: int | None, total: str, given: Mapping[str, Any] | None = None
) -> NumpyArray:
    """Return the kernel of a file or a model; a model without axes takes those of the data.

    With `given`, arguments of `sigdeconv.psf.measured`, that of a file goes through it.
    """
    from sigdeconv.psf import from_spec, registry

    path = pathlib.Path(text)
    if path.is_file() or path.suffix.lower() in io.suffixes():
        kernel = io.load(text)
        if ndim is not None and kernel.ndim != ndim:
            hint = "; --channel-axis names an axis of colours or independent signals"
            if path.suffix.lower() in io.suffixes(pictures=True):
                hint = "; save it in grey"
            raise ValueError(f"--psf {text} has {kernel.ndim} axes; the data have {ndim}{hint}")
        if given:
            kernel = _measured(text, kernel, given)
        if total == "one" and not np.iscomplexobj(kernel):
            scale = float(kernel.sum())
            if not scale > 0:
                raise ValueError(f"--psf {text} sums to {scale:g}; keep it by --psf-sum keep")
            if abs(scale - 1) > 1e-6:
                note(f"--psf {text} was divided by its sum, {scale:g}; --psf-sum keep leaves it")
            kernel = kernel / scale
        return kernel
    if given:
        raise BadUse(f"--psf-background and --psf-step are for a kernel from a file; got {text}")
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


def _measured(text: str, kernel: NumpyArray, given: Mapping[str, Any]) -> NumpyArray:
    """Return a kernel from a file as the flags say it was measured."""
    if given.get("background") == "border":
        found = sigdeconv.psf.core(kernel)
        radius = ", ".join(map(str, found.radius))
        note(
            f"--psf {text} stands on {found.level:.4g}; kept: {100 * found.energy:.3g} % of what "
            f"is above, within {radius} samples of its peak"
        )
    return sigdeconv.psf.measured(kernel, normalize=False, **_on_each_axis(given, kernel))


def _on_each_axis(given: Mapping[str, Any], kernel: NumpyArray) -> dict[str, Any]:
    """Return the arguments, one step made one an axis."""
    step = given.get("step", (1.0,))
    if len(step) not in (1, kernel.ndim):
        raise BadUse(f"--psf-step has {len(step)} numbers; the kernel has {kernel.ndim} axes")
    return {**given, "step": step * (kernel.ndim if len(step) == 1 else 1)}


def load_mask(
    name: str | None, y: NumpyArray, psf: NumpyArray, axis: int | None
) -> NumpyArray | None:
    """Return the weights of a file, or those of the finite samples, or of all but outliers."""
    if name is None:
        return None
    if name not in ("finite", "outliers"):
        mask = sigdeconv.io.load(name)
        return mask if mask.dtype.kind == "f" else (mask != 0).astype(np.float64)
    good = np.isfinite(y)
    if name == "outliers":
        parts = (
            [(y, good)]
            if axis is None
            else zip(np.moveaxis(y, axis, 0), np.moveaxis(good, axis, 0), strict=True)
        )
        found = [sigdeconv.sanity.outliers(part, psf, mask=seen) for part, seen in parts]
        stand_out = found[0] if axis is None else np.stack(found, axis)
        note(f"{np.count_nonzero(stand_out)} samples that stand out are left out")
        good &= ~stand_out
    return good.astype(np.float64)
