"""PaddlePaddle: PyTorch's numbers, and a padding of both ends as well.

Source: the documentation of paddle.nn.functional.conv2d_transpose. Its "SAME" follows from the size
of the data, and its meaning has changed; numbers do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self, TypedDict, cast

from sigdeconv._checks import integer, one_of
from sigdeconv.geometry import Sizes
from sigdeconv.geometry.axes import axis_pairs, count_axes
from sigdeconv.transposed._words._objects import check_words, is_layer, words_of
from sigdeconv.transposed._words._settings import LayerSettings, exact_geometry, symmetric

__all__ = ["PaddleArguments", "PaddleWords"]

Formats = Literal["NCL", "NCHW", "NCDHW", "NLC", "NHWC", "NDHWC"]
FORMATS: tuple[Formats, ...] = ("NCL", "NCHW", "NCDHW", "NLC", "NHWC", "NDHWC")


class PaddleArguments(TypedDict, total=False):
    """What ``conv_transpose(..., convention="paddle")`` takes."""

    kernel_size: Sizes
    stride: Sizes
    padding: Literal["VALID"] | Sizes | Sequence[Sequence[int]]
    output_padding: Sizes
    groups: int
    dilation: Sizes
    data_format: Formats


class PaddleWords(LayerSettings):
    """The words of PaddlePaddle for a layer."""

    @classmethod
    def from_paddle(
        cls,
        kernel_size: Sizes | Any,
        stride: Sizes = 1,
        padding: Literal["VALID"] | Sizes | Sequence[Sequence[int]] = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
        data_format: Formats = "NCHW",
        *,
        ndim: int | None = None,
        **others: Any,
    ) -> Self:
        """Read the words of ``paddle.nn.Conv2DTranspose``, or such a layer.

        `padding` is one number, one an axis, two an axis (before, after, before, ...), pairs, or
        "VALID".
        """
        if is_layer(kernel_size):
            return cls.from_paddle(**words_of(kernel_size, "paddle"))
        check_words("paddle", others)
        one_of("data_format", data_format, FORMATS)
        g = exact_geometry(
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("dilation", dilation),
            ("output_padding", output_padding),
            ndim,
        )
        if isinstance(padding, str):
            one_of("padding", padding.upper(), ("VALID",))
            padding = 0
        if not isinstance(padding, str) and count_axes(padding):
            listed: list[Any] = list(cast(Sequence[Any], padding))
            if count_axes(*listed):  # pairs, perhaps of batch and channels too, which are zero
                first = 2 if data_format.startswith("NC") else 1
                padding = listed[first : first + g.ndim] if len(listed) == g.ndim + 2 else listed
            elif len(listed) == 2 * g.ndim:
                padding = list(zip(listed[::2], listed[1::2], strict=True))
        pairs = axis_pairs("padding", padding, g.ndim, least=0, words=("VALID",))
        cut = symmetric(g, pairs)
        channels: Literal["first", "last"] = "first" if data_format[1] == "C" else "last"
        groups = integer("groups", groups, least=1)
        return cls(g.kernel, g.stride, g.dilation, cut, groups, channels)

    def to_paddle(self) -> dict[str, Any]:
        """Return the arguments of ``paddle.nn.Conv2DTranspose``.

        Raises
        ------
        ValueError
            If samples are added at the front, or max(stride, dilation) or more at the end.
        """
        self.few_added("paddle")
        ends = [(before, max(after, 0)) for before, after in self.cut]
        even = all(before == after for before, after in ends)
        return {
            "stride": self.stride,
            "padding": [before for before, _ in ends] if even else [n for p in ends for n in p],
            "output_padding": tuple(max(-after, 0) for _, after in self.cut),
            "dilation": self.dilation,
            "groups": self.groups,
        }
