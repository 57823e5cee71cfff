"""MLX: PyTorch's numbers, channels last, and a kernel (out, ..., in).

Source: the documentation of mlx.core.conv_transpose2d.
"""

from __future__ import annotations

from typing import Any, Self, TypedDict

from sigdeconv._checks import integer
from sigdeconv.geometry import Sizes
from sigdeconv.transposed._words._objects import check_words, is_layer, words_of
from sigdeconv.transposed._words._settings import LayerSettings, exact_geometry, symmetric

__all__ = ["MlxArguments", "MlxWords"]


class MlxArguments(TypedDict, total=False):
    """What ``conv_transpose(..., convention="mlx")`` takes."""

    kernel_size: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    output_padding: Sizes
    groups: int


class MlxWords(LayerSettings):
    """The words of MLX for a layer."""

    @classmethod
    def from_mlx(
        cls,
        kernel_size: Sizes | Any,
        stride: Sizes = 1,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        output_padding: Sizes = 0,
        groups: int = 1,
        *,
        ndim: int | None = None,
        **others: Any,
    ) -> Self:
        """Read the words of ``mlx.nn.ConvTranspose2d``, or such a layer."""
        if is_layer(kernel_size):
            return cls.from_mlx(**words_of(kernel_size, "mlx"))
        check_words("mlx", others)
        if integer("groups", groups, least=1) != 1:
            raise ValueError(f"groups must be 1, all that MLX computes here; got {groups}")
        g = exact_geometry(
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("dilation", dilation),
            ("output_padding", output_padding),
            ndim,
        )
        cut = symmetric(g, padding)
        return cls(g.kernel, g.stride, g.dilation, cut, 1, "last", "o...i")

    def to_mlx(self) -> dict[str, Any]:
        """Return the arguments of ``mlx.nn.ConvTranspose2d``.

        Raises
        ------
        ValueError
            If there are groups, or the cut is not symmetric but for an output_padding below
            max(stride, dilation).
        """
        self.same_groups("mlx")
        padding, extra = self.symmetric_cut("mlx")
        if any(p >= span for p, span in zip(padding, self.span, strict=True)):
            self.refuse("mlx", f"padding {padding} is above l(K-1), where MLX makes other sizes")
        words = {"stride": self.stride, "padding": padding, "dilation": self.dilation}
        return words | {"output_padding": extra}
