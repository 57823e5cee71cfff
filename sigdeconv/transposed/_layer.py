"""The layer behind `conv` and `conv_transpose`: checked arrays, one geometry, a form to compute.

Both stand on the sizes of `sigdeconv.geometry`, as the operators do.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np

from sigdeconv._array import Array, ArrayLike, as_float, check_finite, is_complex, like, namespace
from sigdeconv._checks import integer, one_of
from sigdeconv.geometry import ConvGeometry, Padding, Sizes
from sigdeconv.geometry.axes import axis_integers
from sigdeconv.transposed import _forms, _kernels
from sigdeconv.transposed._memory import check_memory, largest_setting

__all__ = [
    "LAYER_FORMS",
    "check_divides",
    "check_weight",
    "convolve",
    "convolved_geometry",
    "itemsize",
    "transpose",
]

LayerForm = Literal["fast", "matrix", "stuff", "scatter"]
LAYER_FORMS: tuple[LayerForm, ...] = get_args(LayerForm)


def convolve(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    *,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Array:
    """Return the convolution layer; see `conv`."""
    groups = integer("groups", groups, least=1)
    data, kernels, single = _checked(x, weight)
    outputs, channels = kernels.shape[:2]
    check_divides(groups, outputs, "weight.shape[0], the output channels,")
    if data.shape[1] != channels * groups:
        raise ValueError(
            f"x has {data.shape[1]} channels; expected {channels * groups}: weight.shape[1] = "
            f"{channels} times groups = {groups}"
        )
    g = convolved_geometry(kernels, stride, padding, dilation)
    offset = _bias(bias, outputs, data)
    xp = namespace(data)
    batch, size, bytes_each = data.shape[0], tuple(data.shape[2:]), itemsize(data)
    out = g.output_size(size)
    padded = [n + sum(pads) for n, pads in zip(size, g.padding, strict=True)]
    check_memory((*data.shape[:2], *padded), bytes_each, "padding", padding)
    check_memory((batch, outputs, *out), bytes_each, "weight.shape", tuple(kernels.shape))
    data = xp.reshape(data, (batch, groups, channels, *size))
    kernels = xp.reshape(kernels, (groups, outputs // groups, channels, *g.kernel))
    compute = _kernels.gather
    if math.prod(g.stride) == 1 and _kernels.spectra_pay(
        batch, groups, channels, outputs // groups, size, math.prod(g.kernel)
    ):
        compute = _forms.spectral
    y = xp.reshape(compute(data, kernels, g), (batch, outputs, *out))
    return _finish(y, offset, single)


def transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    output_padding: Sizes | None = None,
    output_size: Sizes | None = None,
    dilation: Sizes = 1,
    groups: int = 1,
    form: LayerForm = "fast",
) -> Array:
    """Return the transposed layer, in PyTorch's words; see `conv_transpose`."""
    one_of("form", form, LAYER_FORMS)
    groups = integer("groups", groups, least=1)
    data, kernels, single = _checked(x, weight)
    channels = kernels.shape[0]
    check_divides(groups, channels, "weight.shape[0], the input channels,")
    if data.shape[1] != channels:
        raise ValueError(f"x has {data.shape[1]} channels; expected weight.shape[0] = {channels}")
    g = _transposed_geometry(data, kernels, stride, padding, dilation, output_padding, output_size)
    outputs = kernels.shape[1] * groups
    offset = _bias(bias, outputs, data)
    size = tuple(data.shape[2:])
    out = g.transposed_size(size)
    largest = largest_setting(g.axes, size)
    check_memory((data.shape[0], outputs, *out), itemsize(data), largest, getattr(g, largest))
    return _finish(_compute(data, kernels, g, groups, form, out), offset, single)


def convolved_geometry(
    weight: Array, stride: Sizes, padding: Padding, dilation: Sizes
) -> ConvGeometry:
    """Return the geometry of a convolution layer; padding by name needs stride 1."""
    g = ConvGeometry(tuple(weight.shape[2:]), stride, padding, dilation)
    if isinstance(padding, str) and padding == "same" and any(s > 1 for s in g.stride):
        raise ValueError(
            f"padding='same' needs stride 1, since frameworks disagree beyond; got stride "
            f"{g.stride}. Give numbers (here {g.padding} would give ceil(size / stride))"
        )
    return g


def _transposed_geometry(
    x: Array,
    weight: Array,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    extra: Sizes | None,
    wanted: Sizes | None,
) -> ConvGeometry:
    if isinstance(padding, str) and padding == "same":
        raise ValueError(
            "padding='same' is ambiguous for a transposed layer; give numbers, or say whose with "
            "convention='keras', 'tf', 'onnx' or 'jax'"
        )
    kernel, size = tuple(weight.shape[2:]), tuple(x.shape[2:])
    if wanted is None:
        return ConvGeometry(kernel, stride, padding, dilation, 0 if extra is None else extra)
    if extra is not None:
        raise ValueError(
            f"output_size={wanted} and output_padding={extra} say the same thing; give one of them"
        )
    g = ConvGeometry(kernel, stride, padding, dilation)
    extra = g.output_padding_for(axis_integers("output_size", wanted, g.ndim, least=1), size)
    return ConvGeometry(kernel, stride, padding, dilation, extra)


def _compute(
    x: Array, weight: Array, g: ConvGeometry, groups: int, form: str, out: tuple[int, ...]
) -> Array:
    """Compute the checked layer of size `out`; `x` (N, C, ...), `weight` (C, O / groups, ...)."""
    xp = namespace(x)
    size = tuple(x.shape[2:])
    channels, outputs = weight.shape[0] // groups, weight.shape[1]
    x = xp.reshape(x, (x.shape[0], groups, channels, *size))
    weight = xp.reshape(weight, (groups, channels, outputs, *g.kernel))
    forms = {"matrix": _forms.matrix, "stuff": _forms.stuff, "scatter": _forms.scatter}
    compute = forms.get(form, _kernels.gather_transposed)
    # Each phase has its share of the taps: as many a sample as K / S.
    share = math.prod(g.kernel) // math.prod(g.stride)
    if form == "fast" and _kernels.spectra_pay(x.shape[0], groups, channels, outputs, out, share):
        compute = _kernels.spectral_transposed
    return xp.reshape(compute(x, weight, g), (x.shape[0], groups * outputs, *out))


def check_weight(weight: Array) -> None:
    """Raise unless `weight` has two axes of channels and one to three of space."""
    if not 3 <= weight.ndim <= 5:
        raise ValueError(
            f"weight has shape {tuple(weight.shape)}; expected two channel axes and one, two or "
            f"three spatial ones. Add axes of length 1 for channels that are missing"
        )
    if 0 in weight.shape:
        raise ValueError(f"weight has shape {tuple(weight.shape)}; expected no axis of length 0")


def check_divides(groups: int, channels: int, what: str, name: str = "groups") -> None:
    """Raise unless so many `groups`, an argument called `name`, share the channels evenly."""
    if channels % groups:
        fit = max(n for n in range(1, min(groups, channels) + 1) if channels % n == 0)
        raise ValueError(f"{name}={groups} must divide {what} {channels}; the nearest is {fit}")


def _checked(x: ArrayLike, weight: ArrayLike) -> tuple[Array, Array, bool]:
    """Return batched data, weights of the same kind, and whether the batch axis was added."""
    _one_kind(x, weight)
    xp = namespace(x, weight)
    data, kernels = as_float(x, "x", xp=xp), as_float(weight, "weight", xp=xp)
    check_finite(data, "x")
    check_finite(kernels, "weight")
    check_weight(kernels)
    single = data.ndim == kernels.ndim - 1
    if not single and data.ndim != kernels.ndim:
        raise ValueError(
            f"x has shape {tuple(data.shape)}; expected {kernels.ndim} axes (N, C, ...) or "
            f"{kernels.ndim - 1} without N, since weight has shape {tuple(kernels.shape)}"
        )
    data = data[None, ...] if single else data
    if 0 in data.shape[1:]:
        raise ValueError(
            f"x has shape {tuple(data.shape)}; expected no axis of length 0 but the first"
        )
    if data.dtype != kernels.dtype:
        if is_complex(kernels) and not is_complex(data):
            data = xp.astype(data, xp.result_type(data.dtype, kernels.dtype))
        kernels = like(kernels, data)
        kernels = kernels if kernels.dtype == data.dtype else xp.astype(kernels, data.dtype)
    return data, kernels, single


def _one_kind(x: ArrayLike, weight: ArrayLike) -> None:
    """Raise for an array of NumPy beside one of another library: neither moves by itself."""
    if (namespace(x) is np) != (namespace(weight) is np):
        raise TypeError(
            f"x is a {type(x).__name__} and weight a {type(weight).__name__}; expected arrays of "
            f"one library. Convert one of them"
        )


def _bias(bias: ArrayLike | None, outputs: int, x: Array) -> Array | None:
    if bias is None:
        return None
    offset = as_float(bias, "bias")
    if tuple(offset.shape) != (outputs,):
        raise ValueError(
            f"bias has shape {tuple(offset.shape)}; expected ({outputs},), one an output channel"
        )
    if is_complex(offset) and not is_complex(x):
        raise TypeError("bias is complex while x and weight are real; make x complex too")
    return namespace(x).astype(like(offset, x), x.dtype)


def _finish(y: Array, bias: Array | None, single: bool) -> Array:
    if bias is not None:
        y += namespace(y).reshape(bias, (1, -1) + (1,) * (y.ndim - 2))
    return y[0, ...] if single else y


def itemsize(x: Array) -> int:
    """Return the bytes of one sample."""
    return int(namespace(x).finfo(x.dtype).bits) // (4 if is_complex(x) else 8)
