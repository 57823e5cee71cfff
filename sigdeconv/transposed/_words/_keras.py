"""Keras: "valid" or "same", and an output_padding that settles the size.

Source: the documentation of keras.ops.conv_transpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigdeconv.geometry import ConvGeometry
from sigdeconv.transposed._check import Pair, ints, no_groups, one_of

if TYPE_CHECKING:
    from sigdeconv.transposed.frameworks import Layer

__all__ = ["from_keras", "to_keras"]


def from_keras(
    cls: type[Layer],
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
) -> Layer:
    """Read the words of ``keras.layers.Conv2DTranspose``; `output_padding` below `strides`."""
    one_of("padding", padding, ("valid", "same"))
    one_of("data_format", data_format, ("channels_last", "channels_first"))
    g = ConvGeometry(kernel_size, strides, 0, dilation_rate)
    extra: tuple[int | None, ...] = (None,) * g.ndim
    if output_padding is not None:
        extra = ints(output_padding, "output_padding", g.ndim, 0)
        if any(a >= s for a, s in zip(extra, g.stride, strict=True) if a is not None):
            raise ValueError(f"output_padding must be below strides {g.stride}; got {extra}")
    axes = zip(g.span, g.stride, extra, strict=True)
    cut = tuple(_ends(span, s, padding, a) for span, s, a in axes)
    return cls(g.kernel, g.stride, g.dilation, cut, 1, data_format[9:], "...oi")


def to_keras(layer: Layer) -> dict[str, Any]:
    """Return the arguments of ``keras.layers.Conv2DTranspose``.

    Raises
    ------
    ValueError
        If there are groups, or neither "same" nor "valid" makes this cut.
    """
    no_groups(layer.groups, "keras")
    axes = list(zip(layer.span, layer.stride, layer.cut, strict=True))
    for padding in ("valid", "same"):
        words = {"strides": layer.stride, "padding": padding, "dilation_rate": layer.dilation}
        if all(_ends(span, s, padding, None) == cut for span, s, cut in axes):
            return words | {"output_padding": None}
        options = [
            [a for a in range(s) if _ends(span, s, padding, a) == cut] for span, s, cut in axes
        ]
        if all(options):
            return words | {"output_padding": tuple(some[0] for some in options)}
    raise ValueError(
        f"keras cannot express this layer: neither padding='valid' nor 'same' with any "
        f"output_padding below strides {layer.stride} cuts {layer.cut}. Take 'valid' and slice"
    )


def _ends(span: int, stride: int, padding: str, extra: int | None) -> Pair:
    """Keras: sizes H S ("same") or (H-1) S + max(span, S) ("valid"), or told by output_padding."""
    if padding == "valid":
        return 0, -(max(stride - span, 0) if extra is None else extra)
    frame = stride + span - 2 if extra is None else span + span % 2 - 2 + extra
    before = min(frame - frame // 2, span - 1)
    return span - 1 - before, span - 1 - (frame - before)
