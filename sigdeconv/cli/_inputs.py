"""What the user typed, as values: numbers, methods, kernels, files, data sets."""

from __future__ import annotations

import argparse
import itertools
import pathlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import datasets, io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._axes import Apart, split_apart
from sigdeconv.cli._tell import BadUse, note

if TYPE_CHECKING:
    from sigdeconv.io import Meta
    from sigdeconv.method import Method


__all__ = [
    "as_centre",
    "as_choice",
    "as_dtype",
    "as_level",
    "as_method",
    "as_steps",
    "at_least",
    "load_mask",
    "load_signal",
    "number_or_file",
    "number_or_noise",
    "number_or_text",
    "one_channel",
]

# Formats in which NaN stands for a sample that is not there.
UNKNOWN_AS_NAN = (".fits", ".fit", ".fts", ".fz", ".gz")
MASK_WORDS = ("finite", "saturated", "outliers")  # of --mask


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


def as_boundary(text: str) -> Any:
    """Return a word for the border, or a pair of them for the two ends of an axis."""
    from sigdeconv.geometry import BOUNDARIES

    words = text.split(",")
    if len(words) > 2 or not all(word in BOUNDARIES for word in words):
        raise argparse.ArgumentTypeError(
            f"must be one of {', '.join(BOUNDARIES)}, or two of them for the start and the end of "
            f"an axis, such as zero,unknown; got {text!r}"
        )
    return words[0] if len(words) == 1 else tuple(words)


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
    if text == "auto":  # of a background
        return text
    try:
        return _number(text)
    except ValueError:
        if not pathlib.Path(text).is_file():
            raise argparse.ArgumentTypeError(f"must be a number or a file; got {text!r}") from None
    return sigdeconv.io.load(text)


# Columns of a table beside its abscissa, at most: with more of them it is an image.
FEW_COLUMNS = 16
TABLES = (".csv", ".txt")


def load_signal(
    name: str, column: str | None = None, axes: str | None = None
) -> tuple[NumpyArray, Meta | None]:
    """Return the values of a file or of an embedded data set, and the file's metadata."""
    if not (io.names_file(name) or pathlib.Path(name).exists() or pathlib.Path(name).suffix):
        try:
            return datasets.load(name), None
        except ValueError as error:
            raise ValueError(f"there is no file {name!r}, and as a data set its {error}") from error
    y, meta = io.read(name if column is None else f"{name}:{column}")
    if y.size == 0 or y.ndim == 0:
        raise BadUse(f"{name} holds no signal: its shape is {y.shape}")
    if meta.contents:
        note(
            f"{name} holds {len(meta.contents)} images; the first is read, and "
            f"{name}:{meta.contents[1]} names the next one ({', '.join(meta.contents)})"
        )
    if axes is None and column is None and _is_table(y, meta):
        names = meta.columns or tuple(map(str, range(1, y.shape[1] + 1)))
        raise BadUse(
            f"{name} has the columns {', '.join(names)}: --column NAME takes one of them "
            f"as the signal over the first; --axes YX takes the table as an image"
        )
    if meta.uncertainty is not None:
        which = "the third column is" if meta.suffix in TABLES else "the column of errors is"
        column = "2" if meta.suffix in TABLES or meta.columns is None else meta.columns[-1]
        note(f"{name}: {which} taken as the uncertainty; --column {column} leaves it out")
    return y, meta


def _is_table(y: NumpyArray, meta: Meta) -> bool:
    """Tell whether an array is a table of several signals over its first column."""
    if meta.suffix not in TABLES or y.ndim != 2 or y.shape[1] < 3:
        return False
    few = y.shape[1] <= FEW_COLUMNS and y.shape[1] < y.shape[0]
    step = np.diff(y[:, 0])
    rises = bool((step > 0).all() or (step < 0).all())
    return rises and (meta.columns is not None or few)


def one_channel(x: NumpyArray, meta: Meta | None) -> NumpyArray:
    """Return the luminance of colours, the mean of other channels; a comparison is of one."""
    apart = split_apart(x, meta, None, quiet=True)
    if not apart.axes:
        return x
    frames = [k for k in apart.axes if apart.letters[k] == "T"]
    if frames:
        raise ValueError(
            "the file holds a time series, and a comparison is of one signal; save one frame"
        )
    x = np.moveaxis(apart.y, apart.axes, range(-len(apart.axes), 0))
    x = x.reshape(*x.shape[: x.ndim - len(apart.axes)], -1)
    if x.shape[-1] == 3 and "S" in apart.letters:
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


def load_mask(
    name: str | None, apart: Apart, psf: NumpyArray, meta: Meta | None
) -> NumpyArray | None:
    """Return the weights of a file, or those of the samples that words leave, or of a table."""
    y = apart.y
    if name is None:
        sigma = None if meta is None else meta.uncertainty
        if meta is not None and meta.suffix in UNKNOWN_AS_NAN and not np.isfinite(y).all():
            count = int(np.count_nonzero(~np.isfinite(y)))
            many = f"{count} samples are NaN, which are unknown, and"
            note(f"{'1 sample is NaN, which is unknown, and' if count == 1 else many} left out")
            return np.isfinite(y).astype(np.float64)
        return None if sigma is None or y.ndim != 1 else _weights(sigma)
    words = name.split(",")
    if not set(words) <= set(MASK_WORDS):
        if not io.names_file(name):
            raise BadUse(f"--mask {name}: must be a file, or of {', '.join(MASK_WORDS)}, by commas")
        mask = io.load(name)
        return mask if mask.dtype.kind == "f" else (mask != 0).astype(np.float64)
    good = np.isfinite(y)
    if "saturated" in words:
        good &= ~_saturated(y, good, meta)
    if "outliers" in words:
        good &= ~_outliers(apart, psf, good)
    return good.astype(np.float64)


def _weights(sigma: NumpyArray) -> NumpyArray:
    """Return the weight of each sample, that of the surest one."""
    known = sigma > 0
    least = float(sigma[known].min()) if known.any() else 1.0
    return np.where(known, least / np.where(known, sigma, 1.0), 1.0)


def _saturated(y: NumpyArray, good: NumpyArray, meta: Meta | None) -> NumpyArray:
    """Return which samples are at the ceiling: of the type, of its bits, or where many are.

    Data of both signs have a floor as well, where many are.
    """
    top = y[good].max() if good.any() else 0
    bits = None if meta is None or meta.bits is None else 2**meta.bits - 1
    full = good & (y >= top)
    ceiling = y.dtype.kind in "iu" and top in (bits, np.iinfo(y.dtype).max)
    count = int(np.count_nonzero(full))
    if not ceiling and count < 2:
        note("no samples are saturated: the largest value is there once, and below the type's")
        return np.zeros(y.shape, bool)
    note(f"{count} samples at the ceiling of {float(top):.6g} are left out")
    low = y[good].min()
    floor = good & (y == low)
    if low < 0 < top and np.count_nonzero(floor) > 1:
        note(f"{np.count_nonzero(floor)} samples at the floor of {float(low):.6g} are left out")
        return full | floor
    return full


def _outliers(apart: Apart, psf: NumpyArray, good: NumpyArray) -> NumpyArray:
    """Return which samples the kernel cannot have made, of each signal by itself."""
    y, found = apart.y, np.zeros(apart.y.shape, bool)
    for place in itertools.product(*(range(y.shape[axis]) for axis in apart.axes)):
        at: list[Any] = [slice(None)] * y.ndim
        for axis, k in zip(apart.axes, place, strict=True):
            at[axis] = k
        of = tuple(at)
        kernel = psf
        if psf.ndim == y.ndim and apart.axes:  # one for each
            kernel = psf[tuple(0 if n == 1 else a for a, n in zip(of, psf.shape, strict=True))]
        found[of] = sigdeconv.sanity.outliers(y[of], kernel, mask=good[of])
    note(f"{np.count_nonzero(found)} samples that stand out are left out")
    return found
