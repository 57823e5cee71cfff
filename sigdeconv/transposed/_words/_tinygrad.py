"""tinygrad: PyTorch's numbers, and a padding of both ends whose last axis comes first.

Source: the documentation of tinygrad.Tensor.conv_transpose2d.
"""

from __future__ import annotations

from typing import Any, Self, TypedDict

from sigdeconv._checks import integer, integers
from sigdeconv.geometry import Sizes
from sigdeconv.geometry.axes import axis_pairs, count_axes
from sigdeconv.transposed._words._objects import check_words, is_layer, words_of
from sigdeconv.transposed._words._settings import LayerSettings, exact_geometry

__all__ = ["TinygradArguments", "TinygradWords"]


class TinygradArguments(TypedDict, total=False):
    """What ``conv_transpose(..., convention="tinygrad")`` takes."""

    kernel_size: Sizes
    groups: int
    stride: Sizes
    dilation: Sizes
    padding: Sizes
    output_padding: Sizes


class TinygradWords(LayerSettings):
    """The words of tinygrad for a layer."""

    @classmethod
    def from_tinygrad(
        cls,
        kernel_size: Sizes | Any,
        groups: int = 1,
        stride: Sizes = 1,
        dilation: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        *,
        ndim: int | None = None,
        **others: Any,
    ) -> Self:
        """Read the words of ``tinygrad.nn.ConvTranspose2d``, or such a layer.

        `padding` is one number, one an axis, or two an axis: (left, right, top, bottom, ...).
        """
        if is_layer(kernel_size):
            return cls.from_tinygrad(**words_of(kernel_size, "tinygrad"))
        check_words("tinygrad", others)
        g = exact_geometry(
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("dilation", dilation),
            ndim=ndim,
        )
        extra = integers("output_padding", output_padding, g.ndim, least=0)
        pairs = axis_pairs("padding", _by_axis(padding, g.ndim), g.ndim)
        axes = zip(pairs, extra, strict=True)
        cut = tuple((before, after - a) for (before, after), a in axes)
        groups = integer("groups", groups, least=1)
        return cls(g.kernel, g.stride, g.dilation, cut, groups)

    def to_tinygrad(self) -> dict[str, Any]:
        """Return the arguments of ``tinygrad.nn.ConvTranspose2d``; it can say every layer."""
        ends = tuple((before, max(after, 0)) for before, after in self.cut)
        flat = tuple(n for pair in ends[::-1] for n in pair)
        even = all(before == after for before, after in ends)
        return {
            "stride": self.stride,
            "dilation": self.dilation,
            "padding": tuple(before for before, _ in ends) if even else flat,
            "output_padding": tuple(max(-after, 0) for _, after in self.cut),
            "groups": self.groups,
        }


def _by_axis(padding: Any, ndim: int) -> Any:
    """Return two numbers an axis, the last axis first, as pairs in the order of the axes."""
    if count_axes(padding) != 2 * ndim:
        return padding
    flat = integers("padding", padding, 2 * ndim, of="ends of the axes")
    return list(zip(flat[::2], flat[1::2], strict=True))[::-1]
