"""Convolution layers with batch, channels and groups, and their transpose, in equal forms.

    conv            y[n,o,m] = bias[o] + sum_{c,k} weight[o,c,k] xp[n,c, m S + l k]
    conv_transpose  y[n,o,i] = bias[o] + sum_{c,k,m : m S + l k - P = i} weight[c,o,k] x[n,c,m]

Deep learning's "convolution" is a correlation: the kernel is not flipped. With the same weights the
two are adjoint, <conv(x), y> = <x, conv_transpose(y)>. Both use the weights as given; for complex
weights the adjoint has their conjugate. Shapes and refusals are PyTorch's.
(Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`.)
"""

from __future__ import annotations

from typing import Any, Literal, Unpack, overload

from sigdeconv._array import Array, ArrayLike
from sigdeconv.geometry import Padding, Sizes
from sigdeconv.transposed import _layer
from sigdeconv.transposed._layer import LAYER_FORMS, LayerForm
from sigdeconv.transposed._run import run
from sigdeconv.transposed._words._flax import FlaxArguments
from sigdeconv.transposed._words._jax import JaxArguments
from sigdeconv.transposed._words._keras import KerasArguments
from sigdeconv.transposed._words._mlx import MlxArguments
from sigdeconv.transposed._words._onnx import OnnxArguments
from sigdeconv.transposed._words._paddle import PaddleArguments
from sigdeconv.transposed._words._tf import TfArguments
from sigdeconv.transposed._words._tinygrad import TinygradArguments
from sigdeconv.transposed.frameworks import Convention

__all__ = ["LAYER_FORMS", "conv", "conv_transpose"]


def conv(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Array:
    """Return the convolution layer of deep learning: a correlation summed over input channels.

    Parameters
    ----------
    x : array, shape (N, C, ...) or (C, ...)
        Data with one, two or three spatial axes; N may be zero.
    weight : array, shape (O, C / groups, ...)
        Kernels.
    bias : array, shape (O,), optional
        Added to each output channel.
    stride : int or tuple of int, default: 1
        Step S.
    padding : int, tuple of int, tuple of pairs (before, after), "same" or "valid", default: 0
        Zeros around `x`; ``"same"`` keeps the size and needs stride 1.
    dilation : int or tuple of int, default: 1
        Tap spacing l.
    groups : int, default: 1
        Number of groups of channels that do not see each other.

    Returns
    -------
    y : array, shape (N, O, ...) or (O, ...)
        In the namespace and the precision of `x`; complex when `x` or `weight` is.

    Raises
    ------
    TypeError, ValueError
        If shapes or numbers do not fit; the message names the argument.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> conv([[1.0, 2.0, 4.0]], [[[1.0, -1.0]]])
    array([[-1., -2.]])
    """
    return _layer.convolve(
        x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


@overload
def conv_transpose(
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
    convention: Literal["torch"] = "torch",
) -> Array: ...
@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    form: LayerForm = "fast",
    convention: Literal["onnx"],
    **words: Unpack[OnnxArguments],
) -> Array: ...
@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    form: LayerForm = "fast",
    convention: Literal["keras"],
    **words: Unpack[KerasArguments],
) -> Array: ...
@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    form: LayerForm = "fast",
    convention: Literal["tf"],
    **words: Unpack[TfArguments],
) -> Array: ...
@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    form: LayerForm = "fast",
    convention: Literal["jax"],
    **words: Unpack[JaxArguments],
) -> Array: ...
@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    form: LayerForm = "fast",
    convention: Literal["flax"],
    **words: Unpack[FlaxArguments],
) -> Array: ...
@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    form: LayerForm = "fast",
    convention: Literal["mlx"],
    **words: Unpack[MlxArguments],
) -> Array: ...
@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    form: LayerForm = "fast",
    convention: Literal["tinygrad"],
    **words: Unpack[TinygradArguments],
) -> Array: ...
@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    form: LayerForm = "fast",
    convention: Literal["paddle"],
    **words: Unpack[PaddleArguments],
) -> Array: ...
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: Sizes = 1,
    padding: Padding | str = 0,
    output_padding: Sizes | None = None,
    output_size: Sizes | None = None,
    dilation: Sizes = 1,
    groups: int = 1,
    form: LayerForm = "fast",
    convention: Convention = "torch",
    **words: Any,
) -> Array:
    """Return the transposed convolution layer: the adjoint of `conv` with the same arguments.

    Parameters
    ----------
    x : array, shape (N, C, ...) or (C, ...)
        Data with one, two or three spatial axes; N may be zero.
    weight : array, shape (C, O / groups, ...)
        Kernels, in the layout of the convolution that is transposed.
    bias : array, shape (O,), optional
        Added to each output channel.
    stride : int or tuple of int, default: 1
        Step S.
    padding : int, tuple of int, tuple of pairs (before, after) or "valid", default: 0
        Padding of the convolution that is transposed; so many samples are removed here.
    output_padding : int or tuple of int, default: 0
        Samples to add at the far end; below max(stride, dilation). They are computed, not zero.
    output_size : int or tuple of int, optional
        Wanted spatial size, in place of `output_padding`.
    dilation : int or tuple of int, default: 1
        Tap spacing l.
    groups : int, default: 1
        Number of groups of channels that do not see each other.
    form : {"fast", "matrix", "stuff", "scatter"}
        How to compute it; all give equal numbers. ``"matrix"``: the transpose of the layer's sparse
        matrix. ``"stuff"``: S-1 zeros between the samples, a frame of l(K-1)-P, then a unit-stride
        convolution with the flipped kernel. ``"scatter"``: add a weighted kernel at every S-th
        place. ``"fast"``: phases and matrix products, or spectra for large kernels.
    convention : {"torch", "onnx", "keras", "tf", "jax", "flax", "mlx", "tinygrad", "paddle"}
        Whose words, layouts and rules the call uses; see `sigdeconv.transposed.frameworks`.
    **words
        The other framework's arguments, such as ``auto_pad`` or ``strides``.

    Returns
    -------
    y : array, shape (N, O, ...) or (O, ...)
        In the namespace and the precision of `x`; complex when `x` or `weight` is.

    Raises
    ------
    TypeError, ValueError
        If shapes or numbers do not fit; the message names the argument.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> conv_transpose([[1.0, 2.0, 3.0]], [[[1.0]]], stride=2)
    array([[1., 0., 2., 0., 3.]])
    >>> conv_transpose([[1.0, 2.0, 3.0]], [[[1.0, 2.0, 1.0]]], stride=2, padding=1, form="stuff")
    array([[2., 3., 4., 5., 6.]])
    """
    # What still is the default was not given, whatever it means in the other framework's words.
    given: dict[str, Any] = {
        name: value
        for name, value, default in (
            ("stride", stride, 1),
            ("padding", padding, 0),
            ("output_padding", output_padding, None),
            ("output_size", output_size, None),
            ("dilation", dilation, 1),
            ("groups", groups, 1),
        )
        if value is not default
    }
    if convention != "torch":
        return run(x, weight, bias, convention=convention, form=form, **given, **words)
    if words:
        raise TypeError(
            f"conv_transpose has no argument {next(iter(words))!r} in torch's words, which are "
            f"stride, padding, output_padding, output_size, dilation, groups; convention= takes "
            f"those of another framework"
        )
    return _layer.transpose(x, weight, bias, form=form, **given)
