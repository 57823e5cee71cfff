"""Arguments of a convolution as the user gives them, checked and made one entry an axis."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import (
    Array,
    NumpyArray,
    as_float,
    check_finite,
    is_complex,
    namespace,
    to_numpy,
)
from sigdeconv._checks import integer, integers, one_of
from sigdeconv.geometry import ConvGeometry, Pair, axis_index, axis_pairs

__all__ = [
    "centre_of",
    "kernel_of",
    "mask_of",
    "out_shape_of",
    "owned",
    "padding_of",
    "sizes_of",
    "wider_domain",
    "workers_of",
]


def owned(a: Array, given: Any) -> Array:
    """Return `a`, made of what was `given`, such that the giver can change it no more.

    It is copied where it may share its numbers with `given`, and read-only where NumPy has it.
    """
    if not isinstance(a, np.ndarray):
        return namespace(a).astype(a, a.dtype, copy=True)
    if not a.flags.owndata or (a is given and a.flags.writeable):
        a = np.array(a)
    a.flags.writeable = False
    return a


def kernel_of(psf: Any) -> NumpyArray:
    """Return the kernel in NumPy, checked and owned."""
    kernel = to_numpy(as_float(psf, "psf"))
    if kernel.ndim == 0 or kernel.size == 0:
        raise ValueError(f"psf must have at least one axis and one sample; got {kernel.shape}")
    check_finite(kernel, "psf")
    return cast("NumpyArray", owned(kernel, psf))


def sizes_of(kernel: NumpyArray, **sizes: Any) -> list[tuple[int, ...]]:
    """Return each of `sizes`, of at least 1 and given by name, with one entry an axis."""
    of = "axes of the psf"
    return [integers(name, n, kernel.ndim, least=1, of=of) for name, n in sizes.items()]


def wider_domain(
    data: tuple[int, ...], span: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[Pair, ...]]:
    """Return the domain of an unknown border, fast to transform, and the padding it needs."""
    least = [n + k - 1 for n, k in zip(data, span, strict=True)]
    domain = tuple(_fft.next_fast_len(n) for n in least)
    # The spare samples would be data too; a negative padding at the end takes them off.
    return domain, tuple((0, m - n) for n, m in zip(domain, least, strict=True))


def centre_of(centre: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of the kernel's centre on each axis; ``K // 2`` by default."""
    if centre is None:
        return tuple(k // 2 for k in shape)
    return axis_index("centre", centre, len(shape))


def workers_of(workers: Any) -> int | None:
    """Return the number of FFT threads, negative to count from all; None for SciPy's own."""
    if workers is None:
        return None
    number = integer("workers", workers, instead="None")
    if number == 0:
        raise ValueError("workers must be None or a whole number of threads, not 0; got 0")
    return number


def padding_of(
    padding: Any, span: tuple[int, ...], shift: tuple[int, ...], boundary: str
) -> tuple[Pair, ...]:
    """Return the samples added before and after on each axis.

    `span` is the width of the dilated kernel, `shift` the place of its centre.
    """
    if padding is None:
        padding = "valid" if boundary == "unknown" else "same"
    words = ("same", "valid", "full")
    if not isinstance(padding, str):
        pairs = axis_pairs("padding", padding, len(span), words=words)
    else:
        pairs = {
            "same": tuple((n - 1 - c, c) for n, c in zip(span, shift, strict=True)),
            "full": tuple((n - 1, n - 1) for n in span),
            "valid": ((0, 0),) * len(span),
        }[one_of("padding", padding, words)]
    if boundary == "unknown" and any(a > 0 or b > 0 for a, b in pairs):
        raise ValueError(
            f"padding={padding!r} adds samples, but boundary='unknown' knows none to add; "
            "use padding='valid', or a boundary such as 'reflect'"
        )
    return pairs


def mask_of(mask: Array | None, shape: tuple[int, ...]) -> NumpyArray | None:
    """Return the weights of data of `shape`, checked and owned, in NumPy."""
    if mask is None:
        return None
    weights = to_numpy(as_float(mask, "mask"))
    if weights.shape != shape:
        raise ValueError(f"mask has shape {weights.shape}; expected {shape}, that of the data")
    if is_complex(weights):
        raise TypeError("mask is complex; expected real weights, one for each sample")
    check_finite(weights, "mask")
    least, most = float(weights.min()), float(weights.max())
    if least < 0 or most < 1e-100:
        raise ValueError(
            f"mask must hold weights from 0 to 1, some above 0; they go from {least:.3g} to "
            f"{most:.3g}"
        )
    if most > 1:
        raise ValueError(
            f"mask must hold weights from 0 to 1; they go from {least:.3g} to {most:.3g}. Divide "
            f"it by its maximum: mask / {most:.3g}"
        )
    return cast("NumpyArray", owned(weights, mask))


def out_shape_of(geometry: ConvGeometry, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the data; raise where the kernel does not fit once."""
    for n, (axis, size) in enumerate(zip(geometry.axes, shape, strict=True)):
        if axis.steps(size) < 0:
            raise ValueError(
                f"shape[{n}] = {size} with padding {(axis.before, axis.after)} is shorter than the "
                f"kernel's span {axis.span}: there is no output sample. Expected at least "
                f"{size - axis.steps(size)}, or padding='same'"
            )
    return geometry.output_size(shape)
