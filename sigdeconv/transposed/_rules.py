"""What each framework's padding words mean for one axis: samples cut off the full output.

The full output of a transposed layer has (H - 1) S + span samples, span = l(K-1)+1. A rule returns
(before, after): how many of them are removed at either end; negative ones are added instead.
Sources: the ConvTranspose page of the ONNX operators (version 22), the documentation of
keras.ops.conv_transpose, tf.nn.conv2d_transpose and jax.lax.conv_transpose.
"""

from __future__ import annotations

from sigdeconv.transposed._check import Pair

__all__ = ["jax", "keras", "onnx_total", "split", "tf"]


def keras(span: int, stride: int, padding: str, extra: int | None) -> Pair:
    """Keras: sizes H S ("same") or (H-1) S + max(span, S) ("valid"), or told by output_padding."""
    if padding == "valid":
        return 0, -(max(stride - span, 0) if extra is None else extra)
    frame = stride + span - 2 if extra is None else span + span % 2 - 2 + extra
    before = min(frame - frame // 2, span - 1)
    return span - 1 - before, span - 1 - (frame - before)


def tf(span: int, stride: int, size: int, output: int, padding: str | Pair) -> Pair | None:
    """tf.nn: the gradient of the convolution that takes `output` to `size`; None if it does not."""
    full = (size - 1) * stride + span
    if padding == "SAME":
        before = max(full - output, 0) // 2
        return (before, full - output - before) if -(-output // stride) == size else None
    before, after = (0, 0) if isinstance(padding, str) else padding
    room = output + before + after - span
    reached = room >= 0 and room // stride + 1 == size
    return (before, full - output - before) if reached else None


def split(total: int, upper: bool) -> Pair:
    """ONNX: halves of the total padding, the larger one at the end when `upper`.

    A negative total is samples to add; the operator's own test cases add them at the end.
    """
    if total < 0:
        return 0, total
    small = total // 2
    return (small, total - small) if upper else (total - small, small)


def onnx_total(span: int, stride: int, size: int, extra: int, output: int) -> int:
    """ONNX: the total padding that makes `output` samples."""
    return stride * (size - 1) + extra + span - output


def jax(span: int, stride: int, padding: str | Pair, consistent: bool) -> Pair:
    """JAX: "SAME" and "VALID" speak of the convolution; numbers do so only when `consistent`."""
    if padding == "VALID":
        return 0, -max(stride - span, 0)
    if isinstance(padding, str):
        frame = span + stride - 2
        before = span - 1 if stride > span - 1 else frame - frame // 2
        return span - 1 - before, span - 1 - (frame - before)
    before, after = padding
    return (before, after) if consistent else (span - 1 - before, span - 1 - after)
