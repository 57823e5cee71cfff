"""One transposed layer in the words of nine frameworks.

All of them compute the same thing: the full output of (H - 1) S + l(K-1) + 1 samples, of which some
are cut off at either end (or added). They differ in how the cut is said, in where the channels are
and in the order of the kernel's axes:

    torch   padding, output_padding          (N, C, ...)  kernel (in, out / groups, ...)
    onnx    pads, auto_pad, output_shape     (N, C, ...)  kernel (in, out / group, ...)
    keras   "same" or "valid", output_padding (N, ..., C) kernel (..., out, in)
    tf.nn   output_shape                     (N, ..., C)  kernel (..., out, in)
    jax     "SAME", "VALID" or numbers       (N, ..., C)  kernel (..., in, out), not flipped
    flax    as jax                           (N, ..., C)  kernel (..., in, out), not flipped
    mlx     padding, output_padding          (N, ..., C)  kernel (out, ..., in)
    tinygrad padding of both ends, the last axis first (N, C, ...)  kernel (in, out / groups, ...)
    paddle  padding of both ends             (N, C, ...)  kernel (in, out / groups, ...)

`Layer` holds the cut; ``from_*`` reads one framework's words or its layer, and ``to_*`` writes
another's, or says why that one has no words for it and which layer is nearest.
(Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`.)
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, Self, final, get_args

from sigdeconv import _display
from sigdeconv._array import Array, ArrayLike, as_float, namespace
from sigdeconv._checks import one_of
from sigdeconv.geometry import ConvGeometry, Sizes
from sigdeconv.transposed._data import spatial_size
from sigdeconv.transposed._kernels import window
from sigdeconv.transposed._layer import LayerForm, itemsize, transpose
from sigdeconv.transposed._memory import check_memory
from sigdeconv.transposed._words import _nearest
from sigdeconv.transposed._words._flax import FlaxWords
from sigdeconv.transposed._words._keras import KerasWords
from sigdeconv.transposed._words._mlx import MlxWords
from sigdeconv.transposed._words._nearest import Nearest
from sigdeconv.transposed._words._objects import framework_of
from sigdeconv.transposed._words._onnx import OnnxWords
from sigdeconv.transposed._words._paddle import PaddleWords
from sigdeconv.transposed._words._tf import TfWords
from sigdeconv.transposed._words._tinygrad import TinygradWords
from sigdeconv.transposed._words._torch import TorchWords

__all__ = ["CONVENTIONS", "Convention", "Layer", "Nearest"]

Convention = Literal["torch", "onnx", "keras", "tf", "jax", "flax", "mlx", "tinygrad", "paddle"]
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
AS_TORCH = ("torch", "onnx", "tinygrad", "paddle")  # kernels (in, out / groups, ...)


@final
@dataclasses.dataclass(frozen=True)
class Layer(
    TorchWords, OnnxWords, KerasWords, TfWords, FlaxWords, MlxWords, TinygradWords, PaddleWords
):
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
    layout : {"io...", "...oi", "...io", "o...i"}
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
    >>> print(Layer.from_keras(kernel_size=3, strides=2, padding="same").code("torch"))
    y = torch.nn.ConvTranspose1d(in_channels, out_channels, 3, stride=2, padding=0)(x)
    y = y[..., :-1]
    """

    @classmethod
    def from_layer(cls, layer: Any, input_size: Sizes | None = None) -> Self:
        """Read a layer object of any framework, a configuration of Keras or an ONNX node.

        Parameters
        ----------
        layer : object
            A module of PyTorch, Flax, MLX, tinygrad or PaddlePaddle, a layer of Keras or its
            configuration, or an ONNX node. Nothing of the framework is imported.
        input_size : int or tuple of int, optional
            Spatial size of the data, which an ONNX node with ``output_shape`` needs.

        Raises
        ------
        TypeError
            If it is nothing of that, or not transposed.
        """
        framework = framework_of(layer)
        if framework is None:
            raise TypeError(
                f"layer must be a transposed layer of one of {', '.join(CONVENTIONS)}; got "
                f"{layer!r:.80} of type {type(layer).__name__}"
            )
        sized = {"input_size": input_size} if framework == "onnx" else {}
        read: Self = getattr(cls, f"from_{framework}")(layer, **sized)
        return read

    @property
    def geometry(self) -> ConvGeometry:
        """The convolution of which this layer is the transpose; what is added is output padding.

        Raises
        ------
        ValueError
            If samples are added at the front, or more than an output padding at the end.
        """
        for before, after in self.cut:
            if before < 0 or -after >= max(*self.stride, *self.dilation):
                raise ValueError(
                    f"the layer adds samples that no padding or output_padding makes (it cuts "
                    f"{self.cut}); expected none at the front, fewer than max(stride, dilation) "
                    f"at the end"
                )
        padding = [(before, max(after, 0)) for before, after in self.cut]
        extra = tuple(max(-after, 0) for _, after in self.cut)
        return ConvGeometry(self.kernel, self.stride, padding, self.dilation, extra)

    def explain(self, size: Sizes) -> str:
        """Return the derivation of the output's size, with its numbers, for data of `size`.

        Examples
        --------
        >>> print(Layer.from_torch(3, stride=2, padding=1).explain(4).splitlines()[0])
        kernel K=3, stride S=2, padding P=1+1, dilation l=1, output_padding a=0
        """
        return self.geometry.explain(self.output_size(size))

    def code(self, framework: Convention, input_size: Sizes | None = None) -> str:
        """Return Python of `framework` that makes this layer, with the slice where it needs one.

        Parameters
        ----------
        framework : str
            One of `sigdeconv.transposed.frameworks.CONVENTIONS`.
        input_size : int or tuple of int, optional
            Spatial size of the data, which ``"tf"`` needs.

        Examples
        --------
        >>> print(Layer.from_torch(3, stride=2, dilation=2).code("keras"))
        v = numpy.zeros((5,) + w.shape[1:])
        v[::2, ...] = w  # the kernel of the layer below, with its gaps
        y = keras.layers.Conv1DTranspose(filters, 5, strides=2, padding="valid")(x)
        """
        return _nearest.code(self.nearest(framework, input_size), framework)

    def nearest(self, framework: Convention, input_size: Sizes | None = None) -> Nearest:
        """Return the layer that `framework` can express, and what has to be done around it."""
        one_of("framework", framework, CONVENTIONS)
        if framework == "tf" and input_size is None:
            raise ValueError(
                "input_size must be given for tf, whose layer is told its output_shape"
            )
        return _nearest.nearest(self, framework, input_size)

    def _repr_html_(self) -> str:
        return _display.html(self)

    def convert_weight(self, weight: Array, convention: Convention) -> Array:
        """Return `weight`, stored as this layer stores it, in another convention's layout.

        For ``"jax"`` and ``"flax"`` the result is that of ``transpose_kernel=True``.
        """
        one_of("convention", convention, CONVENTIONS)
        weight = self._to_io(as_float(weight, "weight"))
        xp = namespace(weight)
        if convention in AS_TORCH:
            return weight
        if convention == "mlx":
            return xp.permute_dims(weight, (1, *range(2, weight.ndim), 0))
        self.same_groups(convention, (1,) * len(self.kernel))
        return xp.permute_dims(weight, (*range(2, weight.ndim), 1, 0))

    def _to_io(self, weight: Array) -> Array:
        """Return `weight` as PyTorch has it: (in, out / groups, ...), not flipped."""
        xp = namespace(weight)
        n = weight.ndim
        if self.layout == "o...i":
            weight = xp.permute_dims(weight, (n - 1, 0, *range(1, n - 1)))
        elif self.layout != "io...":
            first = (-1, -2) if self.layout == "...oi" else (-2, -1)
            weight = xp.permute_dims(weight, (*(n + k for k in first), *range(n - 2)))
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
        size = spatial_size(x, len(self.kernel), self.channels)
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
