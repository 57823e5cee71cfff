"""One transposed layer told in the words of PyTorch, Keras, TensorFlow, ONNX and JAX.

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
from typing import Any

from sigdeconv._array import Array, as_float, namespace
from sigdeconv.geometry import ConvGeometry
from sigdeconv.transposed._check import Pair, ints, no_groups, one_of
from sigdeconv.transposed._kernels import window
from sigdeconv.transposed._words import _jax, _keras, _onnx, _tf, _torch
from sigdeconv.transposed.layers import conv_transpose

__all__ = ["CONVENTIONS", "Layer", "run"]

CONVENTIONS = ("torch", "onnx", "keras", "tf", "jax")


@dataclasses.dataclass(frozen=True)
class Layer:
    """A transposed convolution layer, whoever's words described it.

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

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    cut: tuple[Pair, ...]
    groups: int = 1
    channels: str = "first"
    layout: str = "io..."
    flipped: bool = False

    @property
    def span(self) -> tuple[int, ...]:
        """Width l(K-1)+1 of the dilated kernel."""
        return ConvGeometry(self.kernel, dilation=self.dilation).span

    def output_size(self, size: int | tuple[int, ...]) -> tuple[int, ...]:
        """Return the spatial size of the output for an input of spatial `size`."""
        if isinstance(size, (tuple, list)) and len(size) != len(self.kernel):
            raise ValueError(
                f"size {tuple(size)} has {len(size)} axes and the layer has {len(self.kernel)}; "
                f"describe it with one kernel size an axis, such as {self.kernel[:1] * len(size)}"
            )
        sizes = ints(size, "size", len(self.kernel), 1)
        axes = zip(sizes, self.stride, self.span, self.cut, strict=True)
        output = tuple((n - 1) * s + span - sum(cut) for n, s, span, cut in axes)
        if any(n < 1 for n in output):
            raise ValueError(f"size {sizes} gives output {output}; expected 1 or more: cut less")
        return output

    # One file a framework in `_words`, with the reader and the writer of its words.
    from_torch = classmethod(_torch.from_torch)
    to_torch = _torch.to_torch
    from_onnx = classmethod(_onnx.from_onnx)
    to_onnx = _onnx.to_onnx
    from_keras = classmethod(_keras.from_keras)
    to_keras = _keras.to_keras
    from_tf = classmethod(_tf.from_tf)
    to_tf = _tf.to_tf
    from_jax = classmethod(_jax.from_jax)
    to_jax = _jax.to_jax

    def convert_weight(self, weight: Array, convention: str) -> Array:
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
        self, x: Array, weight: Array, bias: Array | None = None, *, form: str = "fast"
    ) -> Array:
        """Compute the layer on data and weights in its own layout."""
        xp = namespace(x, weight)
        x, weight = as_float(x, "x", xp=xp), self._to_io(as_float(weight, "weight", xp=xp))
        if self.channels == "last":
            x = xp.moveaxis(x, -1, -1 - len(self.kernel))
        size = tuple(x.shape[-len(self.kernel) :])
        output = self.output_size(size)
        told: dict[str, Any] = {"stride": self.stride, "dilation": self.dilation}
        told |= {"groups": self.groups, "form": form}
        limit = [max(pair) for pair in zip(self.stride, self.dilation, strict=True)]
        if all(p >= 0 and -q < m for (p, q), m in zip(self.cut, limit, strict=True)):
            told["padding"] = [(p, max(q, 0)) for p, q in self.cut]
            told["output_padding"] = tuple(max(-q, 0) for _, q in self.cut)
            y = conv_transpose(x, weight, bias, **told)
        else:  # samples are added where no tap reaches: they hold the bias alone
            full = conv_transpose(x, weight, None, **told)
            y = window(full, [(p, p + n) for (p, _), n in zip(self.cut, output, strict=True)])
            if bias is not None:
                y = y + xp.reshape(xp.asarray(bias, dtype=y.dtype), (-1, *[1] * len(output)))
        return xp.moveaxis(y, -1 - len(output), -1) if self.channels == "last" else y


def run(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    convention: str,
    form: str = "fast",
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
    x, weight = as_float(x, "x"), as_float(weight, "weight")
    ndim, shape = weight.ndim - 2, tuple(weight.shape)
    kernel = shape[2:] if convention in ("torch", "onnx") else shape[:-2]
    told = words.pop("kernel_shape" if convention == "onnx" else "kernel_size", kernel)
    if ints(told, "kernel_shape", ndim, 1) != kernel:
        raise ValueError(f"kernel_shape {told} differs from that of weight, {kernel}")
    if convention in ("onnx", "tf"):
        last = convention == "tf" and str(words.get("data_format", "NHWC")).endswith("C")
        data = tuple(x.shape)
        words["input_size"] = data[-ndim - 1 : -1] if last else data[-ndim:]
    if convention == "onnx":
        words = {name: tuple(v) if isinstance(v, list) else v for name, v in words.items()}
    reader = getattr(Layer, f"from_{convention}")
    try:
        layer = reader(kernel, **words)
    except TypeError as error:
        if "unexpected keyword" not in str(error) and "missing" not in str(error):
            raise
        text = str(error).split("() ")[-1]
        raise TypeError(f"{convention} in conv_transpose: {text}") from None
    result: Array = layer(x, weight, bias, form=form)
    return result
