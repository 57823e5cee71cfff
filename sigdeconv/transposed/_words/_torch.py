"""PyTorch: symmetric padding, and an output_padding that adds samples at the end."""

from __future__ import annotations

from typing import Any, Self

from sigdeconv._checks import integer
from sigdeconv.geometry import Padding, Sizes
from sigdeconv.geometry.axes import count_axes
from sigdeconv.transposed._words._objects import check_words, is_layer, words_of
from sigdeconv.transposed._words._settings import LayerSettings, exact_geometry, symmetric

__all__ = ["TorchWords"]


class TorchWords(LayerSettings):
    """The words of PyTorch for a layer."""

    @classmethod
    def from_torch(
        cls,
        kernel_size: Sizes | Any,
        stride: Sizes = 1,
        padding: Padding = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
        *,
        ndim: int | None = None,
        **others: Any,
    ) -> Self:
        """Read the words of ``torch.nn.ConvTranspose2d``, or such a module.

        Without a module, `ndim` or an entry an axis the layer has one axis. Pairs (before, after)
        are read too; what says nothing about the shape, such as ``in_channels``, is passed over.
        """
        if is_layer(kernel_size):
            return cls.from_torch(**words_of(kernel_size, "torch"))
        if others.pop("padding_mode", "zeros") != "zeros":
            raise ValueError("padding_mode must be 'zeros'; no other is transposed in PyTorch")
        check_words("torch", others)
        g = exact_geometry(
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("dilation", dilation),
            ("output_padding", output_padding),
            ndim
            or (None if isinstance(padding, str) else count_axes(kernel_size, padding))
            or None,
        )
        groups = integer("groups", groups, least=1)
        return cls(g.kernel, g.stride, g.dilation, symmetric(g, padding), groups)

    def to_torch(self) -> dict[str, Any]:
        """Return the arguments of ``torch.nn.ConvTranspose2d``.

        Raises
        ------
        ValueError
            If the cut is not symmetric but for an output_padding below max(stride, dilation); the
            message has the nearest layer and the slice after it.
        """
        padding, extra = self.symmetric_cut("torch")
        return {
            "stride": self.stride,
            "padding": padding,
            "output_padding": extra,
            "dilation": self.dilation,
            "groups": self.groups,
        }
