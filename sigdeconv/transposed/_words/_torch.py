"""PyTorch: symmetric padding, and an output_padding that adds samples at the end."""

from __future__ import annotations

from typing import Any, Self

from sigdeconv._checks import integer
from sigdeconv.geometry import ConvGeometry, Padding, Sizes
from sigdeconv.transposed._words._settings import LayerSettings

__all__ = ["TorchWords"]


class TorchWords(LayerSettings):
    """The words of PyTorch for a layer."""

    @classmethod
    def from_torch(
        cls,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
    ) -> Self:
        """Read the words of ``torch.nn.ConvTranspose2d``; pairs (before, after) are read too."""
        g = ConvGeometry(kernel_size, stride, padding, dilation, output_padding)
        groups = integer("groups", groups, least=1)
        axes = zip(g.padding, g.output_padding, strict=True)
        cut = tuple((before, after - extra) for (before, after), extra in axes)
        return cls(g.kernel, g.stride, g.dilation, cut, groups)

    def to_torch(self) -> dict[str, Any]:
        """Return the arguments of ``torch.nn.ConvTranspose2d``.

        Raises
        ------
        ValueError
            If the cut is not symmetric but for an output_padding below max(stride, dilation).
        """
        for n, (before, after) in enumerate(self.cut):
            limit = max(self.stride[n], self.dilation[n])
            if before < 0 or not 0 <= before - after < limit:
                raise ValueError(
                    f"torch cannot express this layer: axis {n} cuts {before} samples before and "
                    f"{after} after; expected as many after, or less by an output_padding of at "
                    f"most {limit - 1}. Compute more and slice the output"
                )
        return {
            "stride": self.stride,
            "padding": tuple(before for before, _ in self.cut),
            "output_padding": tuple(before - after for before, after in self.cut),
            "dilation": self.dilation,
            "groups": self.groups,
        }
