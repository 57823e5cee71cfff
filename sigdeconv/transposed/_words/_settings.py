"""What a framework's words say of a transposed layer, once they are read."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, Literal, NoReturn

from sigdeconv._array import Array
from sigdeconv._checks import integer, integers
from sigdeconv.geometry import ConvGeometry, Padding, Pair, Sizes
from sigdeconv.geometry.axes import count_axes

__all__ = ["LayerSettings", "Layout", "Refusal", "exact_geometry", "symmetric"]

Layout = Literal["io...", "...oi", "...io", "o...i"]


@dataclasses.dataclass(frozen=True, repr=False)
class Refusal:
    """The text of an error: a framework has no words for a layer; and the nearest that it has.

    It is written when it is read, so that a search for the nearest layer can be refused too.
    """

    layer: LayerSettings
    framework: str
    why: str
    input_size: Sizes | None

    def __str__(self) -> str:
        lines = self.layer.code(self.framework, self.input_size).splitlines()
        text = f"{self.framework} cannot express this layer: {self.why}. Nearest: "
        return text + "; ".join(line for line in lines if line)

    def __repr__(self) -> str:
        return repr(str(self))


@dataclasses.dataclass(frozen=True)
class LayerSettings(abc.ABC):
    """The settings of a layer. A subclass a framework reads and writes its words for them."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    cut: tuple[Pair, ...]
    groups: int = 1
    channels: Literal["first", "last"] = "first"
    layout: Layout = "io..."
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

    @abc.abstractmethod
    def code(self, framework: Any, input_size: Sizes | None = None) -> str:
        """Return the layer in that framework's Python, and what to do after it."""

    def refuse(self, framework: str, why: str, input_size: Sizes | None = None) -> NoReturn:
        """Raise: the framework has no words for this layer."""
        raise ValueError(Refusal(self, framework, why, input_size))

    def same_groups(self, framework: str, input_size: Sizes | None = None) -> None:
        """Raise if there are groups of channels, for which the framework has no word."""
        if self.groups != 1:
            why = f"its transposed convolution has no groups, and this one has {self.groups}"
            self.refuse(framework, why, input_size)

    def symmetric_cut(self, framework: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return padding and output_padding; raise where the cut is not symmetric but for these."""
        for n, (before, after) in enumerate(self.cut):
            limit = max(self.stride[n], self.dilation[n])
            if before < 0 or not 0 <= before - after < limit:
                self.refuse(
                    framework,
                    f"axis {n} cuts {before} samples before and {after} after; expected as many "
                    f"after, or less by an output_padding of at most {limit - 1}",
                )
        padding = tuple(before for before, _ in self.cut)
        return padding, tuple(before - after for before, after in self.cut)

    def few_added(self, framework: str) -> None:
        """Raise where samples are added at the front, or too many at the end."""
        for n, (before, after) in enumerate(self.cut):
            if before < 0 or -after >= max(self.stride[n], self.dilation[n]):
                self.refuse(
                    framework,
                    f"axis {n} adds samples ({before} cut before, {after} after) beyond an "
                    f"output_padding below max(stride, dilation)",
                )


def exact_geometry(
    kernel: tuple[str, Any],
    stride: tuple[str, Any],
    dilation: tuple[str, Any],
    extra: tuple[str, Any] = ("output_padding", 0),
    ndim: int | None = None,
) -> ConvGeometry:
    """Return the geometry of settings given as (name, value), each with one entry an axis.

    An int serves every axis; a sequence of another length is refused by the framework's name for
    it. `ndim` says how many axes there are; without it the kernel does, or else the longest of the
    others.
    """
    values = [value for _, value in (stride, dilation, extra)]
    if ndim is None:
        ndim = count_axes(kernel[1]) or count_axes(*values) or 1
    ndim = integer("ndim", ndim, least=1, most=3)
    sizes = [
        integers(name, value, ndim, least=least)
        for (name, value), least in ((kernel, 1), (stride, 1), (dilation, 1), (extra, 0))
    ]
    return ConvGeometry(sizes[0], sizes[1], 0, sizes[2], sizes[3])


def symmetric(g: ConvGeometry, padding: Padding) -> tuple[Pair, ...]:
    """Return what `padding` and the output_padding of `g` cut."""
    g = ConvGeometry(g.kernel, g.stride, padding, g.dilation, g.output_padding)
    axes = zip(g.padding, g.output_padding, strict=True)
    return tuple((before, after - extra) for (before, after), extra in axes)
