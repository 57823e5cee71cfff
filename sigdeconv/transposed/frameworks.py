"""One transposed layer in the words of PyTorch, Keras, TensorFlow, ONNX and JAX.

All of them compute the same thing: the full output of (H - 1) S + l(K-1) + 1 samples, of which some
are cut off at either end (or added). They differ in how the cut is said, in where the channels are
and in the order of the kernel's axes:

    torch   padding, output_padding          (N, C, ...)  kernel (in, out / groups, ...)
    onnx    pads, auto_pad, output_shape     (N, C, ...)  kernel (in, out / group, ...)
    keras   "same" or "valid", output_padding (N, ..., C) kernel (..., out, in)
    tf.nn   output_shape                     (N, ..., C)  kernel (..., out, in)
    jax     "SAME", "VALID" or numbers       (N, ..., C)  kernel (..., in, out), not flipped

`Layer` holds the cut; ``from_*`` reads one framework's words and ``to_*`` writes another's, or says
why that one has no words for it. (Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`.)
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, final, get_args

from sigdeconv._array import Array, ArrayLike, as_float, namespace
from sigdeconv._checks import integers, one_of
from sigdeconv.geometry import ConvGeometry
from sigdeconv.geometry.axes import count_axes
from sigdeconv.transposed._kernels import window
from sigdeconv.transposed._layer import LayerForm, check_divides, check_weight, itemsize, transpose
from sigdeconv.transposed._memory import check_memory, largest_setting
from sigdeconv.transposed._words._jax import JaxWords
from sigdeconv.transposed._words._keras import KerasWords
from sigdeconv.transposed._words._onnx import OnnxWords
from sigdeconv.transposed._words._settings import no_groups
from sigdeconv.transposed._words._tf import TfWords
from sigdeconv.transposed._words._torch import TorchWords

__all__ = ["CONVENTIONS", "Layer", "run"]

Convention = Literal["torch", "onnx", "keras", "tf", "jax"]
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)

# What each framework calls the settings of `ConvGeometry`, where it has another name.
NAMES = {
    "torch": {"kernel": "kernel_size"},
    "onnx": {
        "kernel": "kernel_shape", "stride": "strides", "dilation": "dilations", "padding": "pads"
    },
    "keras": {"kernel": "kernel_size", "stride": "strides", "dilation": "dilation_rate"},
    "tf": {"kernel": "kernel_size", "stride": "strides", "dilation": "dilations"},
    "jax": {"kernel": "kernel_size", "stride": "strides", "dilation": "rhs_dilation"},
}  # fmt: skip


@final
@dataclasses.dataclass(frozen=True)
class Layer(TorchWords, OnnxWords, KerasWords, TfWords, JaxWords):
    """A transposed convolution layer, whichever framework's words described it.

    Parameters
    ----------
    kernel, stride, dilation : tuple of int
        Taps K, step S and tap spacing l on each axis.
    cut : tuple of pairs (before, after)
        Samples removed from the full output of (H - 1) S + l(K-1) + 1; negative ones are added.
    groups : int, default: 1
        Number of groups of channels.
    channels : {"first", "last"}
        Where the channels of the data are.
    layout : {"io...", "...oi", "...io"}
        Order of the kernel's axes: input channels, output channels, space.
    flipped : bool, default: False
        Whether the kernel is stored flipped, as ``jax.lax.conv_transpose`` reads it by default.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> layer = Layer.from_keras(kernel_size=4, strides=2, padding="same")
    >>> layer.to_torch()
    {'stride': (2,), 'padding': (1,), 'output_padding': (0,), 'dilation': (1,), 'groups': 1}
    >>> layer.output_size(16)
    (32,)
    >>> Layer.from_keras(kernel_size=3, strides=2, padding="same").to_torch()
    Traceback (most recent call last):
    ...
    ValueError: torch cannot express this layer: axis 0 cuts 0 samples before and 1 after; ...
    """

    def convert_weight(self, weight: Array, convention: Convention) -> Array:
        """Return `weight`, stored as this layer stores it, in another convention's layout.

        For ``"jax"`` the result is that of ``transpose_kernel=True``.
        """
        one_of("convention", convention, CONVENTIONS)
        weight = self._to_io(as_float(weight, "weight"))
        if convention in ("torch", "onnx"):
            return weight
        no_groups(self.groups, convention)
        return namespace(weight).permute_dims(weight, (*range(2, weight.ndim), 1, 0))

    def _to_io(self, weight: Array) -> Array:
        """Return `weight` as PyTorch has it: (in, out / groups, ...), not flipped."""
        xp = namespace(weight)
        if self.layout != "io...":
            first = (-1, -2) if self.layout == "...oi" else (-2, -1)
            axes = tuple(weight.ndim + n for n in first)
            weight = xp.permute_dims(weight, (*axes, *range(weight.ndim - 2)))
        return xp.flip(weight, axis=tuple(range(2, weight.ndim))) if self.flipped else weight

    def __call__(
        self,
        x: ArrayLike,
        weight: ArrayLike,
        bias: ArrayLike | None = None,
        *,
        form: LayerForm = "fast",
    ) -> Array:
        """Compute the layer on data and weights in its own layout."""
        xp = namespace(x, weight)
        x, weight = as_float(x, "x", xp=xp), self._to_io(as_float(weight, "weight", xp=xp))
        size = _spatial_size(x, len(self.kernel), self.channels)
        output = self.output_size(size)
        lead = x.shape[: x.ndim - len(size) - 1]
        channels = weight.shape[1] * self.groups
        check_memory((*lead, channels, *output), itemsize(x), "cut", self.cut)
        if self.channels == "last":
            x = xp.moveaxis(x, -1, -1 - len(self.kernel))
        settings: dict[str, Any] = {"stride": self.stride, "dilation": self.dilation}
        settings |= {"groups": self.groups, "form": form}
        limit = [max(pair) for pair in zip(self.stride, self.dilation, strict=True)]
        if all(p >= 0 and -q < m for (p, q), m in zip(self.cut, limit, strict=True)):
            settings["padding"] = [(p, max(q, 0)) for p, q in self.cut]
            settings["output_padding"] = tuple(max(-q, 0) for _, q in self.cut)
            y = transpose(x, weight, bias, **settings)
        else:  # samples are added where no tap reaches: they hold the bias alone
            full = transpose(x, weight, None, **settings)
            y = window(full, [(p, p + n) for (p, _), n in zip(self.cut, output, strict=True)])
            if bias is not None:
                y = y + xp.reshape(xp.asarray(bias, dtype=y.dtype), (-1, *[1] * len(output)))
        return xp.moveaxis(y, -1 - len(output), -1) if self.channels == "last" else y


def _spatial_size(x: Array, ndim: int, channels: str) -> tuple[int, ...]:
    """Return the size of `x` in space; raise where it has other axes, or none of some."""
    shape = tuple(x.shape)
    where = "C, ..." if channels == "first" else "..., C"
    if len(shape) not in (ndim + 1, ndim + 2):
        raise ValueError(
            f"x has shape {shape}; expected {ndim + 2} axes (N, {where}) or {ndim + 1} without N"
        )
    if 0 in shape[len(shape) - ndim - 1 :]:
        raise ValueError(f"x has shape {shape}; expected no axis of length 0 but the first")
    return shape[-ndim:] if channels == "first" else shape[-ndim - 1 : -1]


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
    convention : {"torch", "onnx", "keras", "tf", "jax"}
        Whose words these are.
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
    kernel = shape[2:] if convention in ("torch", "onnx") else shape[:-2]
    names = NAMES[convention]
    given = words.pop(names["kernel"], kernel)
    if integers(names["kernel"], given, ndim, least=1) != kernel:
        raise ValueError(f"{names['kernel']} {given} differs from that of weight, {kernel}")
    layer = _read(convention, kernel, x, weight, words)
    if convention == "onnx":
        check_divides(layer.groups, shape[0], "weight.shape[0], the input channels,", "group")
    size = _spatial_size(x, ndim, layer.channels)
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


def _read(
    convention: Convention, kernel: tuple[int, ...], x: Array, weight: Array, words: dict[str, Any]
) -> Layer:
    """Return the layer that the `words` of a framework describe for the data `x`."""
    ndim = len(kernel)
    words = dict(words)
    if convention == "onnx":
        words["input_size"] = _spatial_size(x, ndim, "first")
    if convention == "tf":
        last = str(words.get("data_format", "NHWC")).endswith("C")
        words["input_size"] = _spatial_size(x, ndim, "last" if last else "first")
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
