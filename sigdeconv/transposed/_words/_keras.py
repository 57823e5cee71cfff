"""Keras: "valid" or "same", and an output_padding that settles the size.

Source: the documentation of keras.ops.conv_transpose, and of the layers, which refuse a stride and
a dilation above 1 together, on whichever axes. On TensorFlow "same" also has to be the gradient of
a convolution, so that its output is longer than (H - 1) S; what is written here is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self, TypedDict, cast

from sigdeconv._checks import integers, one_of
from sigdeconv.geometry import Pair, Sizes
from sigdeconv.transposed._words._objects import check_words, is_layer, words_of
from sigdeconv.transposed._words._settings import (
    LayerSettings,
    exact_geometry,
)

__all__ = ["KerasArguments", "KerasWords"]


class KerasArguments(TypedDict, total=False):
    """What ``conv_transpose(..., convention="keras")`` takes."""

    kernel_size: Sizes
    strides: Sizes
    padding: Literal["valid", "same"]
    output_padding: Sizes | None
    data_format: Literal["channels_last", "channels_first"]
    dilation_rate: Sizes


class KerasWords(LayerSettings):
    """The words of Keras for a layer."""

    @classmethod
    def from_keras(
        cls,
        kernel_size: Sizes | Mapping[str, Any] | Any,
        strides: Sizes = 1,
        padding: Literal["valid", "same"] = "valid",
        output_padding: Sizes | None = None,
        data_format: Literal["channels_last", "channels_first"] | None = "channels_last",
        dilation_rate: Sizes = 1,
        *,
        ndim: int | None = None,
        **others: Any,
    ) -> Self:
        """Read the words of ``keras.layers.Conv2DTranspose``, its configuration, or such a layer.

        `output_padding` is below `strides`; the configuration of some versions leaves it out, the
        layer has it. What says nothing about the shape, such as ``filters``, is passed over.
        """
        if is_layer(kernel_size):
            return cls.from_keras(**words_of(kernel_size, "keras"))
        check_words("keras", others)
        padding = cast(Literal["valid", "same"], str(padding).lower())
        one_of("padding", padding, ("valid", "same"))
        data_format = "channels_last" if data_format is None else data_format
        one_of("data_format", data_format, ("channels_last", "channels_first"))
        g = exact_geometry(
            ("kernel_size", kernel_size),
            ("strides", strides),
            ("dilation_rate", dilation_rate),
            ndim=ndim,
        )
        extra: tuple[int | None, ...] = (None,) * g.ndim
        if output_padding is not None:
            extra = integers("output_padding", output_padding, g.ndim, least=0)
            if any(a >= s for a, s in zip(extra, g.stride, strict=True) if a is not None):
                raise ValueError(f"output_padding must be below strides {g.stride}; got {extra}")
        axes = zip(g.span, g.stride, extra, strict=True)
        cut = tuple(_ends(span, s, padding, a) for span, s, a in axes)
        channels: Literal["first", "last"] = "last" if data_format == "channels_last" else "first"
        return cls(g.kernel, g.stride, g.dilation, cut, 1, channels, "...oi")

    def to_keras(self) -> dict[str, Any]:
        """Return the arguments of ``keras.layers.Conv2DTranspose``.

        Raises
        ------
        ValueError
            If there are groups, stride and dilation are both above 1, or neither "same" nor "valid"
            makes this cut; the message has the nearest layer and the slice after it.
        """
        self.same_groups("keras")
        if max(self.stride) > 1 and max(self.dilation) > 1:
            self.refuse(
                "keras", f"strides {self.stride} and dilation_rate {self.dilation} are both above 1"
            )
        axes = list(zip(self.span, self.stride, self.cut, strict=True))
        for padding in ("valid", "same"):
            words = {"strides": self.stride, "padding": padding, "dilation_rate": self.dilation}
            if all(_ends(span, s, padding, None) == cut for span, s, cut in axes):
                return words | {"output_padding": None}
            options = [
                [a for a in range(s) if _on_all(span, s, padding, a, cut)] for span, s, cut in axes
            ]
            if all(options):
                return words | {"output_padding": tuple(some[0] for some in options)}
        self.refuse(
            "keras",
            f"neither padding='valid' nor 'same' with any output_padding below strides "
            f"{self.stride} cuts {self.cut}",
        )


def _on_all(span: int, stride: int, padding: str, extra: int, cut: Pair) -> bool:
    """Return whether the words make this `cut`, on TensorFlow too."""
    longer = padding == "valid" or 0 < span - sum(cut) <= stride  # than (H - 1) S, up to H S
    return longer and _ends(span, stride, padding, extra) == cut


def _ends(span: int, stride: int, padding: str, extra: int | None) -> Pair:
    """Keras: sizes H S ("same") or (H-1) S + max(span, S) ("valid"), else by output_padding."""
    if padding == "valid":
        return 0, -(max(stride - span, 0) if extra is None else extra)
    frame = stride + span - 2 if extra is None else span + span % 2 - 2 + extra
    before = min(frame - frame // 2, span - 1)
    return span - 1 - before, span - 1 - (frame - before)
