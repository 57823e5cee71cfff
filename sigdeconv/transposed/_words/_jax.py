"""JAX: "SAME", "VALID", or numbers that frame the upsampled input.

Source: the documentation of jax.lax.conv_transpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Required, Self, TypedDict

from sigdeconv._checks import flag, one_of
from sigdeconv.geometry import Pair, Sizes
from sigdeconv.geometry.axes import axis_pairs, count_axes
from sigdeconv.transposed._words._settings import (
    LayerSettings,
    exact_geometry,
)

__all__ = ["JaxArguments", "JaxWords"]


class JaxArguments(TypedDict, total=False):
    """What ``conv_transpose(..., convention="jax")`` takes."""

    kernel_size: Sizes
    strides: Required[Sizes | None]
    padding: Required[Literal["SAME", "VALID"] | Sequence[Sequence[int]]]
    rhs_dilation: Sizes | None
    transpose_kernel: bool
    use_consistent_padding: bool


class JaxWords(LayerSettings):
    """The words of JAX for a layer."""

    @classmethod
    def from_jax(
        cls,
        kernel_size: Sizes,
        strides: Sizes | None,
        padding: Literal["SAME", "VALID"] | Sequence[Sequence[int]],
        rhs_dilation: Sizes | None = 1,
        transpose_kernel: bool = False,
        use_consistent_padding: bool = False,
    ) -> Self:
        """Read the words of ``jax.lax.conv_transpose``.

        Numbers in `padding` frame the upsampled input. With `use_consistent_padding`, which pull
        request 32268 added, they are the padding of the convolution that is transposed.
        """
        g = exact_geometry(
            ("kernel_size", kernel_size),
            ("strides", 1 if strides is None else strides),
            ("rhs_dilation", 1 if rhs_dilation is None else rhs_dilation),
        )
        adjoint = flag("transpose_kernel", transpose_kernel)
        consistent = flag("use_consistent_padding", use_consistent_padding)
        if isinstance(padding, str):
            word = one_of("padding", padding, ("SAME", "VALID"))
            cut = tuple(_named(span, s, word) for span, s in zip(g.span, g.stride, strict=True))
        else:
            if count_axes(padding) != g.ndim:
                raise ValueError(
                    f"padding must be one pair for each of {g.ndim} axes, 'SAME' or 'VALID'; got "
                    f"{padding!r:.80}"
                )
            pairs = axis_pairs("padding", padding, g.ndim, words=("SAME", "VALID"))
            cut = pairs if consistent else _framed(g.span, pairs)
        layout: Literal["...oi", "...io"] = "...oi" if adjoint else "...io"
        return cls(g.kernel, g.stride, g.dilation, cut, 1, "last", layout, not adjoint)

    def to_jax(self, *, use_consistent_padding: bool = False) -> dict[str, Any]:
        """Return the arguments of ``jax.lax.conv_transpose``, with ``transpose_kernel=True``.

        Raises
        ------
        ValueError
            If there are groups.
        """
        self.same_groups("jax")
        return {
            "strides": self.stride,
            "padding": self.cut if use_consistent_padding else _framed(self.span, self.cut),
            "rhs_dilation": self.dilation,
            "transpose_kernel": True,
            "use_consistent_padding": use_consistent_padding,
        }


def _named(span: int, stride: int, word: str) -> Pair:
    """JAX: "SAME" and "VALID" speak of the convolution."""
    if word == "VALID":
        return 0, -max(stride - span, 0)
    frame = span + stride - 2
    before = span - 1 if stride > span - 1 else frame - frame // 2
    return span - 1 - before, span - 1 - (frame - before)


def _framed(span: tuple[int, ...], pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Return what a frame of zeros cuts, or the frame of a cut: each is the other's inverse."""
    axes = zip(span, pairs, strict=True)
    return tuple((n - 1 - before, n - 1 - after) for n, (before, after) in axes)
