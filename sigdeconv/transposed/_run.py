"""A transposed layer computed from one framework's words, in its layouts."""

from __future__ import annotations

from typing import Any

from sigdeconv._array import Array, ArrayLike, as_float, namespace
from sigdeconv._checks import integers, one_of
from sigdeconv.geometry import ConvGeometry
from sigdeconv.geometry.axes import count_axes
from sigdeconv.transposed._data import spatial_size
from sigdeconv.transposed._layer import LayerForm, check_divides, check_weight, itemsize
from sigdeconv.transposed._memory import check_memory, largest_setting
from sigdeconv.transposed.frameworks import AS_TORCH, CONVENTIONS, Convention, Layer

__all__ = ["run"]

# What a framework calls the settings of `ConvGeometry`, where it has another name.
NAMES = {
    "torch": {"kernel": "kernel_size"},
    "onnx": {
        "kernel": "kernel_shape", "stride": "strides", "dilation": "dilations", "padding": "pads"
    },
    "keras": {"kernel": "kernel_size", "stride": "strides", "dilation": "dilation_rate"},
    "tf": {"kernel": "kernel_size", "stride": "strides", "dilation": "dilations"},
    "jax": {"kernel": "kernel_size", "stride": "strides", "dilation": "rhs_dilation"},
    "flax": {"kernel": "kernel_size", "stride": "strides", "dilation": "kernel_dilation"},
}  # fmt: skip


def run(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    convention: Convention,
    form: LayerForm = "fast",
    **words: Any,
) -> Array:
    """Compute a transposed layer from one framework's words, data layout and kernel layout.

    Parameters
    ----------
    x : array, shape (N, C, ...) or (N, ..., C)
        Data, channels where `convention` has them; the batch axis may be missing.
    weight : array
        Kernels, axes in the order of `convention`.
    bias : array, shape (O,), optional
        Added to each output channel.
    convention : str
        Whose words these are, one of `CONVENTIONS`.
    form : {"fast", "matrix", "stuff", "scatter"}
        How to compute it.
    **words
        The arguments of that framework's function; see the ``from_*`` methods of `Layer`.

    Returns
    -------
    y : array
        In the layout of `x`.

    Raises
    ------
    TypeError, ValueError
        If a word is unknown or the numbers do not fit.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.arange(3.0).reshape(1, 1, 3), np.ones((1, 1, 3))
    >>> run(x, w, convention="onnx", auto_pad="SAME_UPPER", strides=[2])
    array([[[0., 0., 1., 1., 3., 2.]]])
    """
    one_of("convention", convention, CONVENTIONS)
    xp = namespace(x, weight)
    x, weight = as_float(x, "x", xp=xp), as_float(weight, "weight", xp=xp)
    check_weight(weight)
    ndim, shape = weight.ndim - 2, tuple(weight.shape)
    kernel = _kernel(shape, convention)
    names = NAMES.get(convention, {"kernel": "kernel_size"})
    given = words.pop(names["kernel"], kernel)
    if integers(names["kernel"], given, ndim, least=1) != kernel:
        raise ValueError(f"{names['kernel']} {given} differs from that of weight, {kernel}")
    layer = _read(convention, kernel, x, weight, words)
    if convention == "onnx":
        check_divides(layer.groups, shape[0], "weight.shape[0], the input channels,", "group")
    size = spatial_size(x, ndim, layer.channels)
    g = ConvGeometry(layer.kernel, layer.stride, layer.cut, layer.dilation, crop=True)
    output = tuple(axis.smallest_input(n) for axis, n in zip(g.axes, size, strict=True))
    if min(output) < 1:
        name = names.get("padding", "padding")
        raise ValueError(
            f"{name} = {words.get(name)!r:.80} leaves nothing of the layer: data of size {size} "
            f"give output {output}; expected 1 or more on every axis"
        )
    name = "output_shape" if "output_shape" in words else largest_setting(g.axes, size)
    name = names.get(name, name)
    check_memory((*x.shape[: -ndim - 1], *output), itemsize(x), name, words.get(name))
    return layer(x, weight, bias, form=form)


def _kernel(shape: tuple[int, ...], convention: Convention) -> tuple[int, ...]:
    """Return the part of the weights' shape that is space."""
    if convention == "mlx":
        return shape[1:-1]
    return shape[2:] if convention in AS_TORCH else shape[:-2]


def _read(
    convention: Convention, kernel: tuple[int, ...], x: Array, weight: Array, words: dict[str, Any]
) -> Layer:
    """Return the layer that the `words` of a framework describe for the data `x`."""
    ndim = len(kernel)
    words = dict(words)
    if convention == "onnx":
        words["input_size"] = spatial_size(x, ndim, "first")
    if convention == "tf":
        last = str(words.get("data_format", "NHWC")).endswith("C")
        words["input_size"] = spatial_size(x, ndim, "last" if last else "first")
    try:
        layer: Layer = getattr(Layer, f"from_{convention}")(kernel, **words)
    except TypeError as error:
        if "unexpected keyword" not in str(error) and "missing" not in str(error):
            raise
        text = str(error).split("() ")[-1]
        raise TypeError(f"{convention} in conv_transpose: {text}") from None
    if convention == "onnx" and count_axes(words.get("output_shape")) == ndim + 2:
        batch = x.shape[0] if x.ndim == ndim + 2 else 1
        expected = (batch, weight.shape[1] * layer.groups)
        if tuple(words["output_shape"][:2]) != expected:
            raise ValueError(
                f"output_shape {words['output_shape']} begins with other than {expected}, the "
                f"batch and the channels of the output; leave these two out"
            )
    return layer
