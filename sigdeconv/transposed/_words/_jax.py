"""JAX: "SAME", "VALID", or numbers that frame the stuffed input.

Source: the documentation of jax.lax.conv_transpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigdeconv.geometry import ConvGeometry
from sigdeconv.transposed._check import Pair, no_groups, one_of

if TYPE_CHECKING:
    from sigdeconv.transposed.frameworks import Layer

__all__ = ["from_jax", "to_jax"]


def from_jax(
    cls: type[Layer],
    kernel_size: Any,
    strides: Any,
    padding: Any,
    rhs_dilation: Any = 1,
    transpose_kernel: bool = False,
    use_consistent_padding: bool = False,
) -> Layer:
    """Read the words of ``jax.lax.conv_transpose``.

    Numbers in `padding` frame the stuffed input. With `use_consistent_padding`, which pull
    request 32268 added, they are the padding of the convolution that is transposed.
    """
    g = ConvGeometry(kernel_size, 1 if strides is None else strides, 0, rhs_dilation or 1)
    if isinstance(padding, str):
        one_of("padding", padding, ("SAME", "VALID"))
    each: list[Any] = (
        [padding] * g.ndim if isinstance(padding, str) else [tuple(p) for p in padding]
    )
    if len(each) != g.ndim or any(not isinstance(p, str) and len(p) != 2 for p in each):
        raise ValueError(f"padding must be one pair for each of {g.ndim} axes; got {padding!r}")
    axes = zip(g.span, g.stride, each, strict=True)
    cut = tuple(_ends(span, s, p, use_consistent_padding) for span, s, p in axes)
    layout = "...oi" if transpose_kernel else "...io"
    return cls(g.kernel, g.stride, g.dilation, cut, 1, "last", layout, not transpose_kernel)


def to_jax(layer: Layer, *, use_consistent_padding: bool = False) -> dict[str, Any]:
    """Return the arguments of ``jax.lax.conv_transpose``, with ``transpose_kernel=True``.

    Raises
    ------
    ValueError
        If there are groups.
    """
    no_groups(layer.groups, "jax")
    axes = zip(layer.span, layer.cut, strict=True)
    frame = tuple((span - 1 - before, span - 1 - after) for span, (before, after) in axes)
    return {
        "strides": layer.stride,
        "padding": layer.cut if use_consistent_padding else frame,
        "rhs_dilation": layer.dilation,
        "transpose_kernel": True,
        "use_consistent_padding": use_consistent_padding,
    }


def _ends(span: int, stride: int, padding: str | Pair, consistent: bool) -> Pair:
    """JAX: "SAME" and "VALID" speak of the convolution; numbers do so only when `consistent`."""
    if padding == "VALID":
        return 0, -max(stride - span, 0)
    if isinstance(padding, str):
        frame = span + stride - 2
        before = span - 1 if stride > span - 1 else frame - frame // 2
        return span - 1 - before, span - 1 - (frame - before)
    before, after = padding
    return (before, after) if consistent else (span - 1 - before, span - 1 - after)
