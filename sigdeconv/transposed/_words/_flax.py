"""Flax: the words of JAX with other names, and numbers for one axis or both its ends.

Source: the documentation of flax.linen.ConvTranspose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self, TypedDict

from sigdeconv.geometry import Sizes
from sigdeconv.geometry.axes import axis_pairs
from sigdeconv.transposed._words._jax import JaxWords
from sigdeconv.transposed._words._objects import check_words, is_layer, words_of
from sigdeconv.transposed._words._settings import exact_geometry

__all__ = ["FlaxArguments", "FlaxWords"]


class FlaxArguments(TypedDict, total=False):
    """What ``conv_transpose(..., convention="flax")`` takes."""

    kernel_size: Sizes
    strides: Sizes | None
    padding: Literal["SAME", "VALID"] | Sizes | Sequence[Sequence[int]]
    kernel_dilation: Sizes | None
    transpose_kernel: bool


class FlaxWords(JaxWords):
    """The words of Flax for a layer."""

    @classmethod
    def from_flax(
        cls,
        kernel_size: Sizes | Any,
        strides: Sizes | None = None,
        padding: Literal["SAME", "VALID"] | Sizes | Sequence[Sequence[int]] = "SAME",
        kernel_dilation: Sizes | None = None,
        transpose_kernel: bool = False,
        *,
        ndim: int | None = None,
        **others: Any,
    ) -> Self:
        """Read the words of ``flax.linen.ConvTranspose`` or ``flax.nnx``'s, or such a layer.

        Numbers in `padding` frame the upsampled input, as in JAX.
        """
        if is_layer(kernel_size):
            return cls.from_flax(**words_of(kernel_size, "flax"))
        check_words("flax", others)
        g = exact_geometry(
            ("kernel_size", kernel_size),
            ("strides", 1 if strides is None else strides),
            ("kernel_dilation", 1 if kernel_dilation is None else kernel_dilation),
            ndim=ndim,
        )
        if isinstance(padding, str) and str(padding) == "CIRCULAR":
            raise ValueError(
                "padding='CIRCULAR' wraps the result around, which no layer here does; expected "
                "'SAME', 'VALID' or numbers. A periodic Convolution has that transpose"
            )
        if not isinstance(padding, str):
            padding = axis_pairs("padding", padding, g.ndim, words=("SAME", "VALID"))
        return cls.from_jax(g.kernel, g.stride, padding, g.dilation, transpose_kernel)

    def to_flax(self) -> dict[str, Any]:
        """Return the arguments of ``flax.linen.ConvTranspose``, with ``transpose_kernel=True``.

        Raises
        ------
        ValueError
            If there are groups.
        """
        self.same_groups("flax")
        words = self.to_jax()
        return {
            "strides": words["strides"],
            "padding": words["padding"],
            "kernel_dilation": words["rhs_dilation"],
            "transpose_kernel": True,
        }
