"""Convolution layers with batch, channels and groups, and their transpose, in three equal forms.

    conv            y[n, o, m] = sum_{c, k} weight[o, c, k] xp[n, c, m S + l k] + bias[o]
    conv_transpose  x[n, o, i] = sum_{c, k} weight[c, o, k] y[n, c, m] + bias[o], m S + l k - P = i

Deep learning's "convolution" is a correlation: the kernel is not flipped. The transpose uses the
weights as they are; for complex data the adjoint has their conjugate. Layouts are PyTorch's.
(Dumoulin & Visin 2016, doi:10.48550/arXiv.1603.07285.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import Array, as_float, is_complex, like, namespace, zeros
from sigdeconv.transposed.arithmetic import ConvGeometry

__all__ = ["conv", "conv_transpose"]

FORMS = ("fast", "scatter", "stuff", "matrix")


def conv(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Return the convolution layer of deep learning: correlation, summed over input channels.

    Parameters
    ----------
    x : array, shape (N, C, ...) or (C, ...)
        One, two or three spatial axes.
    weight : array, shape (O, C / groups, ...)
        The kernels.
    bias : array, shape (O,), optional
        Added to each output channel.
    stride, padding, dilation
        See `ConvGeometry`.
    groups : int
        Number of groups that do not see each other.

    Returns
    -------
    array, shape (N, O, ...) or (O, ...)
        In the namespace and precision of `x`.

    Raises
    ------
    ValueError, TypeError
        If shapes or numbers do not fit; the message names the argument.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.transposed import conv
    >>> conv(np.array([[1.0, 2.0, 4.0]]), np.array([[[1.0, -1.0]]]))
    array([[-1., -2.]])
    """
    x, weight, single = _layer(x, weight, groups)
    xp = namespace(x)
    if x.shape[1] != weight.shape[1] * groups:
        raise ValueError(
            f"x has {x.shape[1]} channels; expected {weight.shape[1] * groups}, weight.shape[1] "
            f"times groups={groups}"
        )
    if weight.shape[0] % groups:
        raise ValueError(f"groups={groups} must divide weight.shape[0] = {weight.shape[0]}")
    g = _geometry(tuple(weight.shape[2:]), stride, padding, dilation, 0)
    out = g.output_size(tuple(x.shape[2:]))
    pads = g.padding
    padded = zeros(
        (*x.shape[:2], *(n + a + b for n, (a, b) in zip(x.shape[2:], pads, strict=True))), x
    )
    padded[(..., *(slice(a, a + n) for n, (a, _) in zip(x.shape[2:], pads, strict=True)))] = x
    N, C, O = x.shape[0], weight.shape[1], weight.shape[0] // groups
    y = zeros((N, groups, O, math.prod(out)), padded)
    grouped = xp.reshape(weight, (1, groups, O, C, -1))
    for k, where in enumerate(_taps(g, out)):
        part = xp.reshape(padded[(..., *where)], (N, groups, C, -1))
        y = y + xp.matmul(grouped[..., k], part)
    return _finish(xp.reshape(y, (N, groups * O, *out)), bias, single)


def conv_transpose(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    output_size: Sequence[int] | int | None = None,
    dilation: Any = 1,
    groups: int = 1,
    form: str = "fast",
) -> Array:
    """Return the transposed convolution layer: the adjoint of `conv` with the same arguments.

    Parameters
    ----------
    x : array, shape (N, C, ...) or (C, ...)
        One, two or three spatial axes.
    weight : array, shape (C, O / groups, ...)
        The kernels, in the layout of the layer that is transposed.
    bias : array, shape (O,), optional
        Added to each output channel.
    stride, padding, output_padding, dilation
        See `ConvGeometry`.
    output_size : int or sequence of int, optional
        Spatial size wanted, in place of `output_padding`.
    groups : int
        Number of groups that do not see each other.
    form : {"fast", "scatter", "stuff", "matrix"}
        How to compute it: kernels scattered by S; zeros stuffed, flipped kernel, unit stride; the
        transposed sparse matrix. ``fast`` takes scatter, or the FFT for large kernels.

    Returns
    -------
    array, shape (N, O, ...) or (O, ...)
        In the namespace and precision of `x`.

    Raises
    ------
    ValueError, TypeError
        If shapes or numbers do not fit; the message names the argument.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.transposed import conv_transpose
    >>> conv_transpose(np.array([[1.0, 2.0, 3.0]]), np.array([[[1.0]]]), stride=2)
    array([[1., 0., 2., 0., 3.]])
    """
    x, weight, single = _layer(x, weight, groups)
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}; got {form!r}")
    if x.shape[1] != weight.shape[0]:
        raise ValueError(
            f"x has {x.shape[1]} channels; expected weight.shape[0] = {weight.shape[0]}"
        )
    if x.shape[1] % groups:
        raise ValueError(f"groups={groups} must divide the {x.shape[1]} channels of x")
    kernel = tuple(weight.shape[2:])
    g = _geometry(kernel, stride, padding, dilation, output_padding)
    if padding == "same":
        raise ValueError("padding='same' is ambiguous for a transposed layer; give numbers")
    size = tuple(x.shape[2:])
    if output_size is not None:
        g = ConvGeometry(kernel, stride, padding, dilation, g.output_padding_for(output_size, size))
    out = g.transposed_size(size)
    compute = {"scatter": _scatter, "stuff": _stuff, "matrix": _matrix}.get(form)
    if compute is None:
        pairs = math.prod(weight.shape[:2])
        compute = _by_fft if math.prod(kernel) > 100 * pairs else _scatter
    return _finish(compute(x, weight, g, out, groups), bias, single)


def _layer(x: Array, weight: Array, groups: int) -> tuple[Array, Array, bool]:
    """Return batched data, weights of the same kind, and whether the batch was added."""
    x = as_float(x, "x")
    weight = as_float(weight, "weight")
    if not 3 <= weight.ndim <= 5:
        raise ValueError(f"weight has shape {tuple(weight.shape)}; expected 3 to 5 axes")
    if isinstance(groups, bool) or not isinstance(groups, (int, np.integer)):
        raise TypeError(f"groups must be an int; got {groups!r}")
    if groups < 1:
        raise ValueError(f"groups must be at least 1; got {groups}")
    single = x.ndim == weight.ndim - 1
    if not single and x.ndim != weight.ndim:
        raise ValueError(
            f"x has {x.ndim} axes; expected {weight.ndim} (batched) or {weight.ndim - 1}, as "
            f"weight has {weight.ndim}"
        )
    x = x[None, ...] if single else x
    if 0 in x.shape[1:] or 0 in weight.shape:
        raise ValueError(f"x has shape {tuple(x.shape)} and weight {tuple(weight.shape)}: empty")
    if is_complex(weight) and not is_complex(x):
        x = x + 0j
    return x, like(weight, x), single


def _geometry(
    kernel: tuple[int, ...], stride: Any, padding: Any, dilation: Any, output_padding: Any
) -> ConvGeometry:
    """Return the geometry; a setting with more axes than the kernel is refused by its name."""
    settings = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "output_padding": output_padding,
    }
    for name, value in settings.items():
        if isinstance(value, (tuple, list)) and len(value) not in (1, len(kernel)):
            raise ValueError(
                f"{name} has {len(value)} entries; expected {len(kernel)}, one a spatial axis"
            )
    return ConvGeometry(kernel, **settings)


def _finish(y: Array, bias: Array | None, single: bool) -> Array:
    if bias is not None:
        bias = like(bias, y)
        if tuple(bias.shape) != (y.shape[1],):
            raise ValueError(f"bias has shape {tuple(bias.shape)}; expected ({y.shape[1]},)")
        y = y + namespace(y).reshape(bias, (1, -1) + (1,) * (y.ndim - 2))
    return y[0, ...] if single else y


def _taps(g: ConvGeometry, out: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Return the slice of the padded signal that each tap sees, in the order of the weights."""
    return [
        tuple(
            slice(d * k, d * k + (m - 1) * s + 1, s)
            for k, d, s, m in zip(index, g.dilation, g.stride, out, strict=True)
        )
        for index in itertools.product(*(range(k) for k in g.kernel))
    ]


def _scatter(x: Array, weight: Array, g: ConvGeometry, out: tuple[int, ...], groups: int) -> Array:
    """Put one weighted kernel at every S-th place and add."""
    xp = namespace(x)
    size = tuple(x.shape[2:])
    N, C, O = x.shape[0], x.shape[1] // groups, weight.shape[1]
    taps = _taps(g, size)
    flat = xp.reshape(x, (N, groups, C, -1))
    kernels = xp.reshape(weight, (groups, C, O * len(taps)))
    kernels = xp.permute_dims(kernels, (0, 2, 1))[None, ...]
    parts = xp.reshape(xp.matmul(kernels, flat), (N, groups * O, len(taps), *size))
    pads = g.padding
    whole = zeros((N, groups * O, *(n + a + b for n, (a, b) in zip(out, pads, strict=True))), parts)
    for k, where in enumerate(taps):
        whole[(..., *where)] += parts[:, :, k, ...]
    return whole[(..., *(slice(a, a + n) for n, (a, _) in zip(out, pads, strict=True)))]


def _stuff(x: Array, weight: Array, g: ConvGeometry, out: tuple[int, ...], groups: int) -> Array:
    """Zeros in between, a frame, then one unit-stride pass with the flipped, dilated kernel."""
    xp = namespace(x)
    size = tuple(x.shape[2:])
    N, C, O = x.shape[0], x.shape[1], weight.shape[1]
    margin = tuple(span - 1 for span in g.span)
    frame = tuple(
        (n - 1) * s + 1 + 2 * m + e
        for n, s, m, e in zip(size, g.stride, margin, g.output_padding, strict=True)
    )
    stuffed = zeros((N, C, *frame), x)
    places = (
        slice(m, m + (n - 1) * s + 1, s) for n, s, m in zip(size, g.stride, margin, strict=True)
    )
    stuffed[(..., *places)] = x
    flipped = xp.flip(weight, axis=tuple(range(2, weight.ndim)))
    grouped = xp.reshape(flipped, (groups, C // groups, O, *g.kernel))
    swapped = xp.permute_dims(grouped, (0, 2, 1, *range(3, 3 + g.ndim)))
    swapped = xp.reshape(swapped, (groups * O, C // groups, *g.kernel))
    whole = conv(stuffed, swapped, dilation=g.dilation, groups=groups)
    crop = (slice(a, a + n) for n, (a, _) in zip(out, g.padding, strict=True))
    return whole[(..., *crop)]


def _matrix(x: Array, weight: Array, g: ConvGeometry, out: tuple[int, ...], groups: int) -> Array:
    """Multiply by the transpose of the layer's sparse matrix."""
    from scipy.sparse import coo_array

    from sigdeconv._array import to_numpy

    size = tuple(x.shape[2:])
    N, C, O = x.shape[0], x.shape[1], weight.shape[1]
    signal, w = to_numpy(x), to_numpy(weight).reshape(C, O, -1)
    places = np.indices(size).reshape(g.ndim, -1)
    shift = np.asarray([a for a, _ in g.padding])[:, None]
    stride = np.asarray(g.stride)[:, None]
    y = np.zeros((N, groups, O, math.prod(out)), dtype=signal.dtype)
    for k, index in enumerate(itertools.product(*(range(n) for n in g.kernel))):
        at = places * stride + np.asarray(index)[:, None] * np.asarray(g.dilation)[:, None] - shift
        inside = np.all((at >= 0) & (at < np.asarray(out)[:, None]), axis=0)
        rows = np.ravel_multi_index(tuple(at[:, inside]), out)
        S = coo_array(
            (np.ones(rows.size, signal.real.dtype), (rows, np.flatnonzero(inside))),
            shape=(math.prod(out), math.prod(size)),
        ).tocsr()
        mixed = np.einsum(
            "gco,ngcm->ngom",
            w[:, :, k].reshape(groups, C // groups, O),
            signal.reshape(N, groups, C // groups, -1),
        )
        y += (S @ mixed.reshape(-1, math.prod(size)).T).T.reshape(y.shape)
    return like(y.reshape(N, groups * O, *out), x)


def _by_fft(x: Array, weight: Array, g: ConvGeometry, out: tuple[int, ...], groups: int) -> Array:
    """Multiply spectra: for large kernels between few channels."""
    xp = namespace(x)
    size, axes = tuple(x.shape[2:]), tuple(range(-g.ndim, 0))
    N, C, O = x.shape[0], x.shape[1] // groups, weight.shape[1]
    extent = tuple((n - 1) * s + span for n, s, span in zip(size, g.stride, g.span, strict=True))
    grid = tuple(_fft.next_fast_len(n) for n in extent)
    stuffed = zeros(
        (N, groups, C, *((n - 1) * s + 1 for n, s in zip(size, g.stride, strict=True))), x
    )
    stuffed[(..., *(slice(None, None, s) for s in g.stride))] = xp.reshape(x, (N, groups, C, *size))
    kernel = zeros((groups, C, O, *g.span), x)
    kernel[(..., *(slice(None, None, d) for d in g.dilation))] = xp.reshape(
        weight, (groups, C, O, *g.kernel)
    )
    wide = is_complex(x)
    transform, back = (_fft.fftn, _fft.ifftn) if wide else (_fft.rfftn, _fft.irfftn)
    product = xp.sum(
        transform(stuffed, grid, axes)[:, :, :, None, ...]
        * transform(kernel, grid, axes)[None, ...],
        axis=2,
    )
    whole = xp.reshape(back(product, grid, axes), (N, groups * O, *grid))
    pads = g.padding
    y = zeros((N, groups * O, *out), x)
    have = tuple(min(n, e - a) for n, e, (a, _) in zip(out, extent, pads, strict=True))
    y[(..., *(slice(0, h) for h in have))] = whole[
        (..., *(slice(a, a + h) for h, (a, _) in zip(have, pads, strict=True)))
    ]
    return y
