"""ONNX: pads, or a shape of the output from which they follow.

Source: the ConvTranspose page of the ONNX operators (version 22).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sigdeconv.geometry import ConvGeometry
from sigdeconv.transposed._check import Pair, ints, one_of

if TYPE_CHECKING:
    from sigdeconv.transposed.frameworks import Layer

__all__ = ["from_onnx", "to_onnx"]


def from_onnx(
    cls: type[Layer],
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
    one_of("auto_pad", auto_pad, ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"))
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
        ends = tuple(_split(_total(*axis), upper) for axis in each)
    elif auto_pad.startswith("SAME"):  # the output has H S samples
        axes = zip(g.span, g.stride, g.output_padding, strict=True)
        ends = tuple(_split(span + a - s, upper) for span, s, a in axes)
    else:
        flat = (0,) * (2 * g.ndim) if pads is None else ints(tuple(pads), "pads", 2 * g.ndim, 0)
        ends = tuple(zip(flat[: g.ndim], flat[g.ndim :], strict=True))
    cuts = zip(ends, g.output_padding, strict=True)
    cut = tuple((before, after - a) for (before, after), a in cuts)
    return cls(g.kernel, g.stride, g.dilation, cut, group)


def to_onnx(layer: Layer) -> dict[str, Any]:
    """Return the attributes of the ONNX operator ConvTranspose.

    Raises
    ------
    ValueError
        If samples are added at the front, or max(stride, dilation) or more at the end.
    """
    for n, (before, after) in enumerate(layer.cut):
        if before < 0 or -after >= max(layer.stride[n], layer.dilation[n]):
            raise ValueError(
                f"onnx cannot express this layer: axis {n} adds samples ({before} cut before, "
                f"{after} after) beyond an output_padding below max(strides, dilations)"
            )
    pads = [before for before, _ in layer.cut] + [max(after, 0) for _, after in layer.cut]
    return {
        "kernel_shape": list(layer.kernel),
        "strides": list(layer.stride),
        "pads": pads,
        "output_padding": [max(-after, 0) for _, after in layer.cut],
        "dilations": list(layer.dilation),
        "group": layer.groups,
    }


def _split(total: int, upper: bool) -> Pair:
    """ONNX: halves of the total padding, the larger one at the end when `upper`.

    A negative total is samples to add; the operator's own test cases add them at the end.
    """
    if total < 0:
        return 0, total
    small = total // 2
    return (small, total - small) if upper else (total - small, small)


def _total(span: int, stride: int, size: int, extra: int, output: int) -> int:
    """ONNX: the total padding that makes `output` samples."""
    return stride * (size - 1) + extra + span - output
