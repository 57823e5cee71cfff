"""Convolution layers with batch, channels and groups, and their transpose, in equal forms.

    conv            y[n,o,m] = bias[o] + sum_{c,k} weight[o,c,k] xp[n,c, m S + l k]
    conv_transpose  y[n,o,i] = bias[o] + sum_{c,k,m : m S + l k - P = i} weight[c,o,k] x[n,c,m]

Deep learning's "convolution" is a correlation: the kernel is not flipped. With the same weights the
two are adjoint, <conv(x), y> = <x, conv_transpose(y)>. Both use the weights as given; for complex
weights the adjoint has their conjugate. Shapes and refusals are PyTorch's.
(Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sigdeconv._array import Array, as_float, check_finite, is_complex, like, namespace
from sigdeconv.geometry import ConvGeometry
from sigdeconv.transposed import _forms, _kernels
from sigdeconv.transposed._check import Padding, Sizes, ints, is_int

__all__ = ["conv", "conv_matrix", "conv_transpose"]

FORMS = ("fast", "matrix", "stuff", "scatter")


def conv(
    x: Array,
    weight: Array,
    bias: Array | None = None,
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
    stride, dilation : int or tuple of int, default: 1
        Step S and tap spacing l.
    padding : int, tuple of int, tuple of pairs (before, after), "same" or "valid", default: 0
        Zeros around `x`; ``"same"`` keeps the size and needs stride 1.
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
    x, weight, single = _layer(x, weight, groups)
    outputs, channels = weight.shape[:2]
    _divides(groups, outputs, "weight.shape[0], the output channels,")
    if x.shape[1] != channels * groups:
        raise ValueError(
            f"x has {x.shape[1]} channels; expected {channels * groups}: weight.shape[1] = "
            f"{channels} times groups = {groups}"
        )
    g = ConvGeometry(tuple(weight.shape[2:]), stride, padding, dilation)
    _same_needs_unit_stride(padding, g)
    bias = _bias(bias, outputs, x)
    xp = namespace(x)
    size = tuple(x.shape[2:])
    out = g.output_size(size)
    x = xp.reshape(x, (x.shape[0], groups, channels, *size))
    weight = xp.reshape(weight, (groups, outputs // groups, channels, *g.kernel))
    compute = _kernels.gather
    if math.prod(g.stride) == 1 and _kernels.spectra_pay(
        x.shape[0], groups, channels, outputs // groups, size, math.prod(g.kernel)
    ):
        compute = _forms.spectral
    y = xp.reshape(compute(x, weight, g), (x.shape[0], outputs, *out))
    return _finish(y, bias, single)


def conv_transpose(
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
    convention: str = "torch",
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
    stride, dilation : int or tuple of int, default: 1
        Step S and tap spacing l.
    padding : int, tuple of int, tuple of pairs (before, after) or "valid", default: 0
        Padding of the convolution that is transposed; so many samples are removed here.
    output_padding : int or tuple of int, default: 0
        Samples to add at the far end; below max(stride, dilation). They are computed, not zero.
    output_size : int or tuple of int, optional
        Wanted spatial size, in place of `output_padding`.
    groups : int, default: 1
        Number of groups of channels that do not see each other.
    form : {"fast", "matrix", "stuff", "scatter"}
        How to compute it; all give equal numbers. ``"matrix"``: the transpose of the layer's sparse
        matrix. ``"stuff"``: S-1 zeros between the samples, a frame of l(K-1)-P, then a unit-stride
        convolution with the flipped kernel. ``"scatter"``: add a weighted kernel at every S-th
        place. ``"fast"``: phases and matrix products, or spectra for large kernels.
    convention : {"torch", "keras", "tf", "onnx", "jax"}
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
    if convention != "torch":
        from sigdeconv.transposed.frameworks import run

        given: dict[str, tuple[Any, Any]] = {
            "stride": (stride, 1),
            "padding": (padding, 0),
            "output_padding": (output_padding, None),
            "output_size": (output_size, None),
            "dilation": (dilation, 1),
            "groups": (groups, 1),
        }
        told = {name: value for name, (value, default) in given.items() if value != default}
        return run(x, weight, bias, convention=convention, form=form, **told, **words)
    if words:
        raise TypeError(
            f"conv_transpose has no argument {next(iter(words))!r} in torch's words, which are "
            f"stride, padding, output_padding, output_size, dilation, groups; convention= takes "
            f"those of another framework"
        )
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}; got {form!r}")
    x, weight, single = _layer(x, weight, groups)
    channels = weight.shape[0]
    _divides(groups, channels, "weight.shape[0], the input channels,")
    if x.shape[1] != channels:
        raise ValueError(f"x has {x.shape[1]} channels; expected weight.shape[0] = {channels}")
    g = _transposed_geometry(x, weight, stride, padding, dilation, output_padding, output_size)
    outputs = weight.shape[1] * groups
    bias = _bias(bias, outputs, x)
    y = _compute(x, weight, g, groups, form)
    return _finish(y, bias, single)


def _transposed_geometry(
    x: Array, weight: Array, stride: Any, padding: Any, dilation: Any, extra: Any, wanted: Any
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
    extra = g.output_padding_for(ints(wanted, "output_size", g.ndim, 1), size)
    return ConvGeometry(kernel, stride, padding, dilation, extra)


def _compute(x: Array, weight: Array, g: ConvGeometry, groups: int, form: str) -> Array:
    """Compute the checked layer; `x` (N, C, ...), `weight` (C, O / groups, ...)."""
    xp = namespace(x)
    size = tuple(x.shape[2:])
    out = g.transposed_size(size)
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


def conv_matrix(
    weight: Array,
    size: Sizes,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """Return the sparse matrix of `conv`; its transpose is the matrix of `conv_transpose`.

    Parameters
    ----------
    weight : array, shape (O, C / groups, ...)
        Kernels, as `conv` takes them.
    size : int or tuple of int
        Spatial size of the input.
    stride, padding, dilation, groups
        As in `conv`.

    Returns
    -------
    C : scipy.sparse.csr_array, shape (O * prod(output size), C * prod(size))
        Acts on flattened (C, ...) arrays in C order.

    Raises
    ------
    TypeError, ValueError
        If shapes or numbers do not fit.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> C = conv_matrix([[[1.0, 2.0, 3.0]]], 5, stride=2)
    >>> C.toarray()
    array([[1., 2., 3., 0., 0.],
           [0., 0., 1., 2., 3.]])
    >>> C.T @ [1.0, 10.0]
    array([ 1.,  2., 13., 20., 30.])
    """
    weight = as_float(weight, "weight")
    _axes(weight)
    _groups(groups)
    _divides(groups, weight.shape[0], "weight.shape[0], the output channels,")
    g = ConvGeometry(tuple(weight.shape[2:]), stride, padding, dilation)
    _same_needs_unit_stride(padding, g)
    return _forms.sparse(weight, g, size, groups)


def _axes(weight: Array) -> None:
    if not 3 <= weight.ndim <= 5:
        raise ValueError(
            f"weight has shape {tuple(weight.shape)}; expected two channel axes and one, two or "
            f"three spatial ones. Add axes of length 1 for channels that are missing"
        )
    if 0 in weight.shape:
        raise ValueError(f"weight has shape {tuple(weight.shape)}; expected no axis of length 0")


def _groups(groups: Any) -> None:
    if not is_int(groups):
        raise TypeError(f"groups must be an int; got {groups!r}")
    if groups < 1:
        raise ValueError(f"groups must be positive; got {groups}; the nearest is 1")


def _divides(groups: int, channels: int, what: str) -> None:
    if channels % groups:
        fit = max(n for n in range(1, min(groups, channels) + 1) if channels % n == 0)
        raise ValueError(f"groups={groups} must divide {what} {channels}; the nearest is {fit}")


def _same_needs_unit_stride(padding: Any, g: ConvGeometry) -> None:
    if isinstance(padding, str) and padding == "same" and any(s > 1 for s in g.stride):
        raise ValueError(
            f"padding='same' needs stride 1, since frameworks disagree beyond; got stride "
            f"{g.stride}. Give numbers (here {g.padding} would give ceil(size / stride))"
        )


def _layer(x: Array, weight: Array, groups: int) -> tuple[Array, Array, bool]:
    """Return batched data, weights of the same kind, and whether the batch axis was added."""
    _groups(groups)
    _one_kind(x, weight)
    xp = namespace(x, weight)
    x, weight = as_float(x, "x", xp=xp), as_float(weight, "weight", xp=xp)
    check_finite(x, "x")
    check_finite(weight, "weight")
    _axes(weight)
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
