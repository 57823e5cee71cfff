"""The layer behind `conv` and `conv_transpose`: checked arrays, one geometry, a form to compute.

Both stand on the sizes of `sigdeconv.geometry`, as the operators do.
"""

from __future__ import annotations

import math

import numpy as np

from sigdeconv._array import Array, as_float, check_finite, is_complex, like, namespace
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

LAYER_FORMS = ("fast", "matrix", "stuff", "scatter")


def convolve(
    x: Array,
    weight: Array,
    bias: Array | None,
    *,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Array:
    """Return the convolution layer; see `conv`."""
    groups = integer("groups", groups, least=1)
    x, weight, single = _checked(x, weight)
    outputs, channels = weight.shape[:2]
    check_divides(groups, outputs, "weight.shape[0], the output channels,")
    if x.shape[1] != channels * groups:
        raise ValueError(
            f"x has {x.shape[1]} channels; expected {channels * groups}: weight.shape[1] = "
            f"{channels} times groups = {groups}"
        )
    g = convolved_geometry(weight, stride, padding, dilation)
    bias = _bias(bias, outputs, x)
    xp = namespace(x)
    size = tuple(x.shape[2:])
    out = g.output_size(size)
    padded = [n + sum(pads) for n, pads in zip(size, g.padding, strict=True)]
    check_memory((*x.shape[:2], *padded), itemsize(x), "padding", padding)
    check_memory((x.shape[0], outputs, *out), itemsize(x), "weight.shape", tuple(weight.shape))
    x = xp.reshape(x, (x.shape[0], groups, channels, *size))
    weight = xp.reshape(weight, (groups, outputs // groups, channels, *g.kernel))
    compute = _kernels.gather
    if math.prod(g.stride) == 1 and _kernels.spectra_pay(
        x.shape[0], groups, channels, outputs // groups, size, math.prod(g.kernel)
    ):
        compute = _forms.spectral
    y = xp.reshape(compute(x, weight, g), (x.shape[0], outputs, *out))
    return _finish(y, bias, single)


def transpose(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    output_padding: Sizes | None = None,
    output_size: Sizes | None = None,
    dilation: Sizes = 1,
    groups: int = 1,
    form: str = "fast",
) -> Array:
    """Return the transposed layer, in PyTorch's words; see `conv_transpose`."""
    one_of("form", form, LAYER_FORMS)
    groups = integer("groups", groups, least=1)
    x, weight, single = _checked(x, weight)
    channels = weight.shape[0]
    check_divides(groups, channels, "weight.shape[0], the input channels,")
    if x.shape[1] != channels:
        raise ValueError(f"x has {x.shape[1]} channels; expected weight.shape[0] = {channels}")
    g = _transposed_geometry(x, weight, stride, padding, dilation, output_padding, output_size)
    outputs = weight.shape[1] * groups
    bias = _bias(bias, outputs, x)
    size = tuple(x.shape[2:])
    out = g.transposed_size(size)
    largest = largest_setting(g.axes, size)
    check_memory((x.shape[0], outputs, *out), itemsize(x), largest, getattr(g, largest))
    return _finish(_compute(x, weight, g, groups, form, out), bias, single)


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


def _checked(x: Array, weight: Array) -> tuple[Array, Array, bool]:
    """Return batched data, weights of the same kind, and whether the batch axis was added."""
    _one_kind(x, weight)
    xp = namespace(x, weight)
    x, weight = as_float(x, "x", xp=xp), as_float(weight, "weight", xp=xp)
    check_finite(x, "x")
    check_finite(weight, "weight")
    check_weight(weight)
    single = x.ndim == weight.ndim - 1
    if not single and x.ndim != weight.ndim:
        raise ValueError(
            f"x has shape {tuple(x.shape)}; expected {weight.ndim} axes (N, C, ...) or "
            f"{weight.ndim - 1} without N, since weight has shape {tuple(weight.shape)}"
        )
    x = x[None, ...] if single else x
    if 0 in x.shape[1:]:
        raise ValueError(
            f"x has shape {tuple(x.shape)}; expected no axis of length 0 but the first"
        )
    if x.dtype != weight.dtype:
        if is_complex(weight) and not is_complex(x):
            x = xp.astype(x, xp.result_type(x.dtype, weight.dtype))
        weight = like(weight, x)
        weight = weight if weight.dtype == x.dtype else xp.astype(weight, x.dtype)
    return x, weight, single


def _one_kind(x: Array, weight: Array) -> None:
    """Raise for an array of NumPy beside one of another library: neither moves by itself."""
    if (namespace(x) is np) != (namespace(weight) is np):
        raise TypeError(
            f"x is a {type(x).__name__} and weight a {type(weight).__name__}; expected arrays of "
            f"one library. Convert one of them"
        )


def _bias(bias: Array | None, outputs: int, x: Array) -> Array | None:
    if bias is None:
        return None
    bias = as_float(bias, "bias")
    if tuple(bias.shape) != (outputs,):
        raise ValueError(
            f"bias has shape {tuple(bias.shape)}; expected ({outputs},), one an output channel"
        )
    if is_complex(bias) and not is_complex(x):
        raise TypeError("bias is complex while x and weight are real; make x complex too")
    return namespace(x).astype(like(bias, x), x.dtype)


def _finish(y: Array, bias: Array | None, single: bool) -> Array:
    if bias is not None:
        y += namespace(y).reshape(bias, (1, -1) + (1,) * (y.ndim - 2))
    return y[0, ...] if single else y


def itemsize(x: Array) -> int:
    """Return the bytes of one sample."""
    return int(namespace(x).finfo(x.dtype).bits) // (4 if is_complex(x) else 8)
