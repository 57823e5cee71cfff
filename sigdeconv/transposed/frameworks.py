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
from collections.abc import Sequence
from typing import Any

from sigdeconv._array import Array, as_float, namespace
from sigdeconv.transposed import _rules
from sigdeconv.transposed._check import Pair, ints, pairs
from sigdeconv.transposed._kernels import window
from sigdeconv.transposed.arithmetic import ConvGeometry
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
        sizes = ints(size, "size", len(self.kernel), 1)
        axes = zip(sizes, self.stride, self.span, self.cut, strict=True)
        output = tuple((n - 1) * s + span - sum(cut) for n, s, span, cut in axes)
        if any(n < 1 for n in output):
            raise ValueError(f"size {sizes} gives output {output}; expected 1 or more: cut less")
        return output

    @classmethod
    def from_torch(
        cls,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Layer:
        """Read the words of ``torch.nn.ConvTranspose2d``; pairs (before, after) are read too."""
        g = ConvGeometry(kernel_size, stride, padding, dilation, output_padding)
        axes = zip(g.padding, g.output_padding, strict=True)
        cut = tuple((before, after - extra) for (before, after), extra in axes)
        return cls(g.kernel, g.stride, g.dilation, cut, groups)

    def to_torch(self) -> dict[str, Any]:
        """Return the arguments of ``torch.nn.ConvTranspose2d``.

        Raises
        ------
        ValueError
            If the cut is not symmetric but for an output_padding below max(stride, dilation).
        """
        for n, (before, after) in enumerate(self.cut):
            limit = max(self.stride[n], self.dilation[n])
            if before < 0 or not 0 <= before - after < limit:
                raise ValueError(
                    f"torch cannot express this layer: axis {n} cuts {before} samples before and "
                    f"{after} after; expected as many after, or less by an output_padding of at "
                    f"most {limit - 1}. Compute more and slice the output"
                )
        return {
            "stride": self.stride,
            "padding": tuple(before for before, _ in self.cut),
            "output_padding": tuple(before - after for before, after in self.cut),
            "dilation": self.dilation,
            "groups": self.groups,
        }

    @classmethod
    def from_keras(
        cls,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
    ) -> Layer:
        """Read the words of ``keras.layers.Conv2DTranspose``; `output_padding` below `strides`."""
        _one_of("padding", padding, ("valid", "same"))
        _one_of("data_format", data_format, ("channels_last", "channels_first"))
        g = ConvGeometry(kernel_size, strides, 0, dilation_rate)
        extra: tuple[int | None, ...] = (None,) * g.ndim
        if output_padding is not None:
            extra = ints(output_padding, "output_padding", g.ndim, 0)
            if any(a >= s for a, s in zip(extra, g.stride, strict=True) if a is not None):
                raise ValueError(f"output_padding must be below strides {g.stride}; got {extra}")
        axes = zip(g.span, g.stride, extra, strict=True)
        cut = tuple(_rules.keras(span, s, padding, a) for span, s, a in axes)
        return cls(g.kernel, g.stride, g.dilation, cut, 1, data_format[9:], "...oi")

    def to_keras(self) -> dict[str, Any]:
        """Return the arguments of ``keras.layers.Conv2DTranspose``.

        Raises
        ------
        ValueError
            If there are groups, or neither "same" nor "valid" makes this cut.
        """
        self._no_groups("keras")
        axes = list(zip(self.span, self.stride, self.cut, strict=True))
        for padding in ("valid", "same"):
            words = {"strides": self.stride, "padding": padding, "dilation_rate": self.dilation}
            if all(_rules.keras(span, s, padding, None) == cut for span, s, cut in axes):
                return words | {"output_padding": None}
            options = [
                [a for a in range(s) if _rules.keras(span, s, padding, a) == cut]
                for span, s, cut in axes
            ]
            if all(options):
                return words | {"output_padding": tuple(some[0] for some in options)}
        raise ValueError(
            f"keras cannot express this layer: neither padding='valid' nor 'same' with any "
            f"output_padding below strides {self.stride} cuts {self.cut}. Take 'valid' and slice"
        )

    @classmethod
    def from_tf(
        cls,
        kernel_size: Any,
        input_size: Any,
        output_shape: Sequence[int],
        strides: Any = 1,
        padding: Any = "SAME",
        data_format: str = "NHWC",
        dilations: Any = 1,
    ) -> Layer:
        """Read the words of ``tf.nn.conv2d_transpose``; sizes with or without batch and channels.

        `padding` is "SAME", "VALID" or one pair (before, after) a spatial axis.
        """
        g = ConvGeometry(kernel_size, strides, 0, dilations)
        last = data_format.endswith("C")
        _one_of("data_format", data_format, ("NWC", "NHWC", "NDHWC", "NCW", "NCHW", "NCDHW"))
        size = ints(input_size, "input_size", g.ndim, 1)
        output = tuple(output_shape)
        if len(output) == g.ndim + 2:
            output = output[1:-1] if last else output[2:]
        output = ints(output, "output_shape", g.ndim, 1)
        if isinstance(padding, str):
            _one_of("padding", padding, ("SAME", "VALID"))
        each: list[Any] = (
            [padding] * g.ndim if isinstance(padding, str) else list(pairs(padding, g.kernel))
        )
        axes = zip(g.span, g.stride, size, output, each, strict=True)
        found = [_rules.tf(*axis) for axis in axes]
        cut = tuple(c for c in found if c is not None)
        if len(cut) < g.ndim:
            raise ValueError(
                f"output_shape {output} does not fit: a convolution with padding {padding} and "
                f"strides {g.stride} does not take it to the input size {size}"
            )
        return cls(g.kernel, g.stride, g.dilation, cut, 1, "last" if last else "first", "...oi")

    def to_tf(self, input_size: Any) -> dict[str, Any]:
        """Return the arguments of ``tf.nn.conv2d_transpose`` for data of spatial `input_size`.

        `output_shape` is spatial: put batch and channels around it. Explicit padding is one pair an
        axis.

        Raises
        ------
        ValueError
            If there are groups, or samples are added that no convolution of stride S drops.
        """
        self._no_groups("tf")
        size = ints(input_size, "input_size", len(self.kernel), 1)
        output = self.output_size(size)
        axes = list(zip(self.span, self.stride, size, output, strict=True))
        explicit = [(before, max(after, 0)) for before, after in self.cut]
        for padding in ("VALID", "SAME", explicit):
            each: list[Any] = [padding] * len(axes) if isinstance(padding, str) else padding
            if any(min(p) < 0 for p in each if not isinstance(p, str)):
                continue
            cut = tuple(_rules.tf(*a, p) for a, p in zip(axes, each, strict=True))
            if cut == self.cut:
                words = {"strides": self.stride, "padding": padding, "dilations": self.dilation}
                return {"output_shape": output} | words
        raise ValueError(
            f"tf cannot express this layer: no convolution of stride {self.stride} takes "
            f"{output} to {size} with the padding {self.cut}"
        )

    @classmethod
    def from_onnx(
        cls,
        kernel_shape: Any,
        input_size: Any = None,
        *,
        strides: Any = 1,
        pads: Sequence[int] | None = None,
        auto_pad: str = "NOTSET",
        output_shape: Sequence[int] | None = None,
        output_padding: Any = 0,
        dilations: Any = 1,
        group: int = 1,
    ) -> Layer:
        """Read the attributes of the ONNX operator ConvTranspose.

        `pads` are all befores, then all afters. `output_shape` (spatial, or with batch and
        channels) overrides `pads` and needs `input_size`.
        """
        _one_of("auto_pad", auto_pad, ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"))
        g = ConvGeometry(kernel_shape, strides, 0, dilations, output_padding)
        upper = auto_pad == "SAME_UPPER"
        if pads is not None and auto_pad != "NOTSET":
            raise ValueError(f"pads={pads} needs auto_pad='NOTSET'; got auto_pad={auto_pad!r}")
        if output_shape is not None:
            if input_size is None:
                raise ValueError("output_shape needs input_size; give the spatial size of the data")
            size = ints(input_size, "input_size", g.ndim, 1)
            output = ints(tuple(output_shape)[-g.ndim :], "output_shape", g.ndim, 1)
            each = zip(g.span, g.stride, size, g.output_padding, output, strict=True)
            ends = tuple(_rules.split(_rules.onnx_total(*axis), upper) for axis in each)
        elif auto_pad.startswith("SAME"):  # the output has H S samples
            axes = zip(g.span, g.stride, g.output_padding, strict=True)
            ends = tuple(_rules.split(span + a - s, upper) for span, s, a in axes)
        else:
            flat = (0,) * (2 * g.ndim) if pads is None else ints(tuple(pads), "pads", 2 * g.ndim, 0)
            ends = tuple(zip(flat[: g.ndim], flat[g.ndim :], strict=True))
        cuts = zip(ends, g.output_padding, strict=True)
        cut = tuple((before, after - a) for (before, after), a in cuts)
        return cls(g.kernel, g.stride, g.dilation, cut, group)

    def to_onnx(self) -> dict[str, Any]:
        """Return the attributes of the ONNX operator ConvTranspose.

        Raises
        ------
        ValueError
            If samples are added at the front, or max(stride, dilation) or more at the end.
        """
        for n, (before, after) in enumerate(self.cut):
            if before < 0 or -after >= max(self.stride[n], self.dilation[n]):
                raise ValueError(
                    f"onnx cannot express this layer: axis {n} adds samples ({before} cut before, "
                    f"{after} after) beyond an output_padding below max(strides, dilations)"
                )
        pads = [before for before, _ in self.cut] + [max(after, 0) for _, after in self.cut]
        return {
            "kernel_shape": list(self.kernel),
            "strides": list(self.stride),
            "pads": pads,
            "output_padding": [max(-after, 0) for _, after in self.cut],
            "dilations": list(self.dilation),
            "group": self.groups,
        }

    @classmethod
    def from_jax(
        cls,
        kernel_size: Any,
        strides: Any,
        padding: Any,
        rhs_dilation: Any = 1,
        transpose_kernel: bool = False,
        use_consistent_padding: bool = False,
    ) -> Layer:
        """Read the words of ``jax.lax.conv_transpose``.

        Numbers in `padding` frame the stuffed input. With `use_consistent_padding`, which pull
        request 32268 added, they are the padding of the convolution that is transposed.
        """
        g = ConvGeometry(kernel_size, 1 if strides is None else strides, 0, rhs_dilation or 1)
        if isinstance(padding, str):
            _one_of("padding", padding, ("SAME", "VALID"))
        each: list[Any] = (
            [padding] * g.ndim if isinstance(padding, str) else [tuple(p) for p in padding]
        )
        if len(each) != g.ndim or any(not isinstance(p, str) and len(p) != 2 for p in each):
            raise ValueError(f"padding must be one pair for each of {g.ndim} axes; got {padding!r}")
        axes = zip(g.span, g.stride, each, strict=True)
        cut = tuple(_rules.jax(span, s, p, use_consistent_padding) for span, s, p in axes)
        layout = "...oi" if transpose_kernel else "...io"
        return cls(g.kernel, g.stride, g.dilation, cut, 1, "last", layout, not transpose_kernel)

    def to_jax(self, *, use_consistent_padding: bool = False) -> dict[str, Any]:
        """Return the arguments of ``jax.lax.conv_transpose``, with ``transpose_kernel=True``.

        Raises
        ------
        ValueError
            If there are groups.
        """
        self._no_groups("jax")
        axes = zip(self.span, self.cut, strict=True)
        frame = tuple((span - 1 - before, span - 1 - after) for span, (before, after) in axes)
        return {
            "strides": self.stride,
            "padding": self.cut if use_consistent_padding else frame,
            "rhs_dilation": self.dilation,
            "transpose_kernel": True,
            "use_consistent_padding": use_consistent_padding,
        }

    def _no_groups(self, name: str) -> None:
        if self.groups != 1:
            raise ValueError(
                f"{name} cannot express this layer: its transposed convolution has no groups, and "
                f"this one has {self.groups}. Split the channels and make {self.groups} layers"
            )

    def convert_weight(self, weight: Array, convention: str) -> Array:
        """Return `weight`, stored as this layer stores it, in another convention's layout.

        For ``"jax"`` the result is that of ``transpose_kernel=True``.
        """
        _one_of("convention", convention, CONVENTIONS)
        weight = self._to_io(as_float(weight, "weight"))
        if convention in ("torch", "onnx"):
            return weight
        self._no_groups(convention)
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
    _one_of("convention", convention, CONVENTIONS)
    ndim = namespace(weight).asarray(weight).ndim - 2
    shape = tuple(namespace(weight).asarray(weight).shape)
    kernel = shape[2:] if convention in ("torch", "onnx") else shape[:-2]
    told = words.pop("kernel_shape" if convention == "onnx" else "kernel_size", kernel)
    if ints(told, "kernel_shape", ndim, 1) != kernel:
        raise ValueError(f"kernel_shape {told} differs from that of weight, {kernel}")
    if convention in ("onnx", "tf"):
        last = convention == "tf" and str(words.get("data_format", "NHWC")).endswith("C")
        data = tuple(namespace(x).asarray(x).shape)
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


def _one_of(name: str, value: Any, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")
