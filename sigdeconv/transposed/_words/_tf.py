"""tf.nn: the shape of the output, and the padding of the convolution that is transposed.

Source: the documentation of tf.nn.conv2d_transpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Required, Self, TypedDict

from sigdeconv._checks import integers, one_of
from sigdeconv.geometry import Pair, Sizes
from sigdeconv.geometry.axes import axis_pairs, count_axes
from sigdeconv.transposed._words._settings import (
    LayerSettings,
    exact_geometry,
)

__all__ = ["TfArguments", "TfWords"]


class TfArguments(TypedDict, total=False):
    """What ``conv_transpose(..., convention="tf")`` takes."""

    kernel_size: Sizes
    output_shape: Required[Sizes]
    strides: Sizes
    padding: Literal["SAME", "VALID"] | Sequence[Sequence[int]]
    data_format: Literal["NWC", "NHWC", "NDHWC", "NCW", "NCHW", "NCDHW"]
    dilations: Sizes


class TfWords(LayerSettings):
    """The words of TensorFlow for a layer."""

    @classmethod
    def from_tf(
        cls,
        kernel_size: Sizes,
        input_size: Sizes,
        output_shape: Sizes,
        strides: Sizes = 1,
        padding: Literal["SAME", "VALID"] | Sequence[Sequence[int]] = "SAME",
        data_format: Literal["NWC", "NHWC", "NDHWC", "NCW", "NCHW", "NCDHW"] = "NHWC",
        dilations: Sizes = 1,
    ) -> Self:
        """Read the words of ``tf.nn.conv2d_transpose``; sizes with or without batch and channels.

        `padding` is "SAME", "VALID" or one pair (before, after) a spatial axis.
        """
        one_of("data_format", data_format, ("NWC", "NHWC", "NDHWC", "NCW", "NCHW", "NCDHW"))
        last = data_format.endswith("C")
        g = exact_geometry(
            ("kernel_size", kernel_size), ("strides", strides), ("dilations", dilations)
        )
        size = integers("input_size", input_size, g.ndim, least=1)
        if count_axes(output_shape) == g.ndim + 2:
            whole = integers("output_shape", output_shape, g.ndim + 2, least=0)
            output_shape = whole[1:-1] if last else whole[2:]
        output = integers("output_shape", output_shape, g.ndim, least=1)
        each: Sequence[str | Pair] = (
            [one_of("padding", padding, ("SAME", "VALID"))] * g.ndim
            if isinstance(padding, str)
            else axis_pairs("padding", padding, g.ndim, least=0, words=("SAME", "VALID"))
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

    def to_tf(self, input_size: Sizes) -> dict[str, Any]:
        """Return the arguments of ``tf.nn.conv2d_transpose`` for data of spatial `input_size`.

        `output_shape` is spatial: put batch and channels around it. Explicit padding is one pair an
        axis.

        Raises
        ------
        ValueError
            If there are groups, or samples are added that no convolution of stride S drops.
        """
        self.same_groups("tf", input_size)
        size = integers("input_size", input_size, len(self.kernel), least=1)
        output = self.output_size(size)
        axes = list(zip(self.span, self.stride, size, output, strict=True))
        explicit = [(before, max(after, 0)) for before, after in self.cut]
        for padding in ("VALID", "SAME", explicit):
            each: list[Any] = [padding] * len(axes) if isinstance(padding, str) else padding
            if any(min(p) < 0 for p in each if not isinstance(p, str)):
                continue
            cut = tuple(_ends(*a, p) for a, p in zip(axes, each, strict=True))
            if cut == self.cut:
                words = {"strides": self.stride, "padding": padding, "dilations": self.dilation}
                return {"output_shape": output} | words
        self.refuse(
            "tf",
            f"no convolution of stride {self.stride} takes {output} to {size} with the padding "
            f"{self.cut}",
            input_size,
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
