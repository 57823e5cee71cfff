"""ONNX: pads, or a shape of the output from which they follow.

Source: the ConvTranspose page of the ONNX operators (version 22).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self, TypedDict

from sigdeconv._checks import integer, integers, one_of
from sigdeconv.geometry import Pair, Sizes
from sigdeconv.geometry.axes import count_axes
from sigdeconv.transposed._words._objects import is_layer, words_of
from sigdeconv.transposed._words._settings import LayerSettings, exact_geometry

__all__ = ["OnnxArguments", "OnnxWords"]


class OnnxArguments(TypedDict, total=False):
    """What ``conv_transpose(..., convention="onnx")`` takes: the attributes of ConvTranspose."""

    kernel_shape: Sizes
    strides: Sizes
    pads: Sequence[int]
    auto_pad: Literal["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]
    output_shape: Sequence[int]
    output_padding: Sizes
    dilations: Sizes
    group: int


class OnnxWords(LayerSettings):
    """The words of ONNX for a layer."""

    @classmethod
    def from_onnx(
        cls,
        kernel_shape: Sizes | Any,
        input_size: Sizes | None = None,
        *,
        strides: Sizes = 1,
        pads: Sequence[int] | None = None,
        auto_pad: Literal["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"] = "NOTSET",
        output_shape: Sequence[int] | None = None,
        output_padding: Sizes = 0,
        dilations: Sizes = 1,
        group: int = 1,
    ) -> Self:
        """Read the attributes of the ONNX operator ConvTranspose, or such a node.

        `pads` are all befores, then all afters. `output_shape` (spatial, or with batch and
        channels) overrides `pads` and needs `input_size`. Every attribute has one entry an axis of
        space; `pads` has two.
        """
        if is_layer(kernel_shape):
            return cls.from_onnx(input_size=input_size, **words_of(kernel_shape, "onnx"))
        one_of("auto_pad", auto_pad, ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"))
        g = exact_geometry(
            ("kernel_shape", kernel_shape),
            ("strides", strides),
            ("dilations", dilations),
            ("output_padding", output_padding),
        )
        group = integer("group", group, least=1)
        upper = auto_pad == "SAME_UPPER"
        if pads is not None and auto_pad != "NOTSET":
            raise ValueError(f"pads={pads} needs auto_pad='NOTSET'; got auto_pad={auto_pad!r}")
        if output_shape is not None:
            if input_size is None:
                raise ValueError("output_shape needs input_size; give the spatial size of the data")
            size = integers("input_size", input_size, g.ndim, least=1)
            output = _spatial_output(output_shape, g.ndim)
            each = zip(g.span, g.stride, size, g.output_padding, output, strict=True)
            ends = tuple(_split(_total(*axis), upper) for axis in each)
        elif auto_pad.startswith("SAME"):  # the output has H S samples
            axes = zip(g.span, g.stride, g.output_padding, strict=True)
            ends = tuple(_split(span + a - s, upper) for span, s, a in axes)
        else:
            flat = (0,) * (2 * g.ndim) if pads is None else _both_ends(pads, g.ndim)
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
        self.few_added("onnx")
        pads = [before for before, _ in self.cut] + [max(after, 0) for _, after in self.cut]
        return {
            "kernel_shape": list(self.kernel),
            "strides": list(self.stride),
            "pads": pads,
            "output_padding": [max(-after, 0) for _, after in self.cut],
            "dilations": list(self.dilation),
            "group": self.groups,
        }


def _spatial_output(output_shape: Any, ndim: int) -> tuple[int, ...]:
    """Return the entries of ONNX's `output_shape` that are sizes of space."""
    if count_axes(output_shape) == ndim + 2:
        return integers("output_shape", output_shape, ndim + 2, least=1)[2:]
    if count_axes(output_shape) != ndim:
        raise ValueError(
            f"output_shape has {count_axes(output_shape)} entries {output_shape!r:.80}; expected "
            f"{ndim}, one for each of the axes of space, or {ndim + 2} with batch and channels"
        )
    return integers("output_shape", output_shape, ndim, least=1)


def _both_ends(pads: Any, ndim: int) -> tuple[int, ...]:
    """Return ONNX's `pads`: befores, then afters."""
    if count_axes(pads) != 2 * ndim:
        raise ValueError(
            f"pads has {count_axes(pads)} entries {pads!r:.80}; expected {2 * ndim}: one before "
            f"each of the {ndim} axes of space, then one after each"
        )
    return integers("pads", pads, 2 * ndim, least=0, of="ends of the axes")


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
