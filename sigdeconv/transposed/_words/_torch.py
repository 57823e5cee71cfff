"""PyTorch: symmetric padding, and an output_padding that adds samples at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigdeconv.geometry import ConvGeometry

if TYPE_CHECKING:
    from sigdeconv.transposed.frameworks import Layer

__all__ = ["from_torch", "to_torch"]


def from_torch(
    cls: type[Layer],
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Layer:
    """Read the words of ``torch.nn.ConvTranspose2d``; pairs (before, after) are read too."""
    g = ConvGeometry(kernel_size, stride, padding, dilation, output_padding)
    axes = zip(g.padding, g.output_padding, strict=True)
    cut = tuple((before, after - extra) for (before, after), extra in axes)
    return cls(g.kernel, g.stride, g.dilation, cut, groups)


def to_torch(layer: Layer) -> dict[str, Any]:
    """Return the arguments of ``torch.nn.ConvTranspose2d``.

    Raises
    ------
    ValueError
        If the cut is not symmetric but for an output_padding below max(stride, dilation).
    """
    for n, (before, after) in enumerate(layer.cut):
        limit = max(layer.stride[n], layer.dilation[n])
        if before < 0 or not 0 <= before - after < limit:
            raise ValueError(
                f"torch cannot express this layer: axis {n} cuts {before} samples before and "
                f"{after} after; expected as many after, or less by an output_padding of at "
                f"most {limit - 1}. Compute more and slice the output"
            )
    return {
        "stride": layer.stride,
        "padding": tuple(before for before, _ in layer.cut),
        "output_padding": tuple(before - after for before, after in layer.cut),
        "dilation": layer.dilation,
        "groups": layer.groups,
    }
