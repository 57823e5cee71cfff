"""tf.nn: the shape of the output, and the padding of the convolution that is transposed.

Source: the documentation of tf.nn.conv2d_transpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sigdeconv.geometry import ConvGeometry
from sigdeconv.transposed._check import Pair, ints, no_groups, one_of, pairs

if TYPE_CHECKING:
    from sigdeconv.transposed.frameworks import Layer

__all__ = ["from_tf", "to_tf"]


def from_tf(
    cls: type[Layer],
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
    one_of("data_format", data_format, ("NWC", "NHWC", "NDHWC", "NCW", "NCHW", "NCDHW"))
    size = ints(input_size, "input_size", g.ndim, 1)
    output = tuple(output_shape)
    if len(output) == g.ndim + 2:
        output = output[1:-1] if last else output[2:]
    output = ints(output, "output_shape", g.ndim, 1)
    if isinstance(padding, str):
        one_of("padding", padding, ("SAME", "VALID"))
    each: list[Any] = (
        [padding] * g.ndim if isinstance(padding, str) else list(pairs(padding, g.kernel))
    )
    axes = zip(g.span, g.stride, size, output, each, strict=True)
    found = [_ends(*axis) for axis in axes]
    cut = tuple(c for c in found if c is not None)
    if len(cut) < g.ndim:
        raise ValueError(
            f"output_shape {output} does not fit: a convolution with padding {padding} and "
            f"strides {g.stride} does not take it to the input size {size}"
        )
    return cls(g.kernel, g.stride, g.dilation, cut, 1, "last" if last else "first", "...oi")


def to_tf(layer: Layer, input_size: Any) -> dict[str, Any]:
    """Return the arguments of ``tf.nn.conv2d_transpose`` for data of spatial `input_size`.

    `output_shape` is spatial: put batch and channels around it. Explicit padding is one pair an
    axis.

    Raises
    ------
    ValueError
        If there are groups, or samples are added that no convolution of stride S drops.
    """
    no_groups(layer.groups, "tf")
    size = ints(input_size, "input_size", len(layer.kernel), 1)
    output = layer.output_size(size)
    axes = list(zip(layer.span, layer.stride, size, output, strict=True))
    explicit = [(before, max(after, 0)) for before, after in layer.cut]
    for padding in ("VALID", "SAME", explicit):
        each: list[Any] = [padding] * len(axes) if isinstance(padding, str) else padding
        if any(min(p) < 0 for p in each if not isinstance(p, str)):
            continue
        cut = tuple(_ends(*a, p) for a, p in zip(axes, each, strict=True))
        if cut == layer.cut:
            words = {"strides": layer.stride, "padding": padding, "dilations": layer.dilation}
            return {"output_shape": output} | words
    raise ValueError(
        f"tf cannot express this layer: no convolution of stride {layer.stride} takes "
        f"{output} to {size} with the padding {layer.cut}"
    )


def _ends(span: int, stride: int, size: int, output: int, padding: str | Pair) -> Pair | None:
    """tf.nn: the gradient of the convolution that takes `output` to `size`; None if it does not."""
    full = (size - 1) * stride + span
    if padding == "SAME":
        before = max(full - output, 0) // 2
        return (before, full - output - before) if -(-output // stride) == size else None
    before, after = (0, 0) if isinstance(padding, str) else padding
    room = output + before + after - span
    reached = room >= 0 and room // stride + 1 == size
    return (before, full - output - before) if reached else None
