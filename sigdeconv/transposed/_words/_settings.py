"""What a framework's words say of a transposed layer, once they are read."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, Literal

from sigdeconv._array import Array
from sigdeconv._checks import integers
from sigdeconv.geometry import ConvGeometry, Pair, Sizes
from sigdeconv.geometry.axes import count_axes

__all__ = ["LayerSettings", "exact_geometry", "no_groups"]


@dataclasses.dataclass(frozen=True)
class LayerSettings(abc.ABC):
    """The settings of a layer. A subclass a framework reads and writes its words for them."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    cut: tuple[Pair, ...]
    groups: int = 1
    channels: Literal["first", "last"] = "first"
    layout: Literal["io...", "...oi", "...io"] = "io..."
    flipped: bool = False

    @property
    def span(self) -> tuple[int, ...]:
        """Width l(K-1)+1 of the dilated kernel."""
        return ConvGeometry(self.kernel, dilation=self.dilation).span

    def output_size(self, size: Sizes) -> tuple[int, ...]:
        """Return the spatial size of the output for an input of spatial `size`."""
        if count_axes(size) not in (0, len(self.kernel)):
            raise ValueError(
                f"size {size} has {count_axes(size)} axes and the layer has {len(self.kernel)}; "
                f"describe it with one kernel size an axis, such as "
                f"{self.kernel[:1] * count_axes(size)}"
            )
        sizes = integers("size", size, len(self.kernel), least=1)
        g = ConvGeometry(self.kernel, self.stride, self.cut, self.dilation, crop=True)
        output = tuple(axis.smallest_input(n) for axis, n in zip(g.axes, sizes, strict=True))
        if any(n < 1 for n in output):
            raise ValueError(f"size {sizes} gives output {output}; expected 1 or more: cut less")
        return output

    @abc.abstractmethod
    def __call__(self, x: Array, weight: Array, bias: Array | None = None) -> Array:
        """Compute the layer on data and weights in its own layout."""


def exact_geometry(
    kernel: tuple[str, Any],
    stride: tuple[str, Any],
    dilation: tuple[str, Any],
    extra: tuple[str, Any] = ("output_padding", 0),
) -> ConvGeometry:
    """Return the geometry of settings given as (name, value), each with one entry an axis.

    An int serves every axis; a sequence of another length is refused by the framework's name for
    it. The kernel says how many axes there are, or else the longest of the others.
    """
    values = [value for _, value in (stride, dilation, extra)]
    ndim = count_axes(kernel[1]) or count_axes(*values) or 1
    sizes = [
        integers(name, value, ndim, least=least)
        for (name, value), least in ((kernel, 1), (stride, 1), (dilation, 1), (extra, 0))
    ]
    return ConvGeometry(sizes[0], sizes[1], 0, sizes[2], sizes[3])


def no_groups(groups: int, name: str) -> None:
    """Raise if there are `groups` of channels, for which the framework `name` has no word."""
    if groups != 1:
        raise ValueError(
            f"{name} cannot express this layer: its transposed convolution has no groups, and "
            f"this one has {groups}. Split the channels and make {groups} layers"
        )
