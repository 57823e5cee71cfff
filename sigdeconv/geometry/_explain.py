"""The derivation of the sizes of one axis, with its numbers."""

from __future__ import annotations

import math

from sigdeconv.geometry._matrix import structural_rank
from sigdeconv.geometry.axes import Axis

__all__ = ["explain_axis"]

MOST_LISTED = 8  # input sizes named one by one


def explain_axis(axis: Axis, size: int) -> str:
    """Return the lines of `ConvGeometry.explain` for one axis."""
    k, s, d, p, q, a = axis
    span, out = axis.span, axis.output_size(size)
    lost = size - structural_rank([axis], (size,))
    head = f"kernel K={k}, stride S={s}, padding P={p}+{q}, dilation l={d}, output_padding a={a}"
    steps = f"({size}+{p}+{q}-{span})"
    forward = [
        f"convolution of {size} samples",
        f"  the kernel spans l(K-1)+1 = {d}*{k - 1}+1 = {span}",
        f"  H_out = floor((H_in + Pt + Pb - span) / S) + 1 = floor({steps}/{s}) + 1 = {out}",
        f"  remainder = {steps} mod {s} = {axis.remainder(size)}",
        f"  {out} comes from {_or(axis.input_sizes(out))}",
        f"  null space of a generic kernel: {lost} of {size}",
    ]
    return "\n".join([head, *forward, *_transpose(axis, size, out)])


def _transpose(axis: Axis, size: int, out: int) -> list[str]:
    k, s, d, p, q, a = axis
    before, after = axis.frame
    span = axis.span
    upsampled = s * (out - 1) + 1
    framed = upsampled + before + after + a
    lines = [
        f"transpose of the {out} samples",
        f"  put S-1 = {s - 1} zeros between the samples: S(H-1)+1 = {s}*{out - 1}+1 = {upsampled}",
        f"  frame by l(K-1)-P = {span - 1}-{p} = {before}{_crop(before)} before and "
        f"{span - 1}-{q} = {after}{_crop(after)} after, and a = {a} more: {framed}",
    ]
    back = framed - span + 1
    if back < 1:
        return [*lines, "  nothing is left: the padding crops the whole output"]
    counts = axis.overlap(out)
    if axis.overlap_is_even:
        verdict = "the overlap is even away from the border"
    elif k % s:
        verdict = "K is not a multiple of S: the overlap is uneven"
    else:
        verdict = f"S and l share the factor {math.gcd(s, d)}: the overlap is uneven"
    restoring = size - (back - a)
    return [
        *lines,
        f"  correlate with the flipped, {d}-dilated kernel at stride 1: {framed}-{span}+1 = {back}",
        f"  the same by H_out = (H-1)S - Pt - Pb + span + a = "
        f"{out - 1}*{s}-{p}-{q}+{span}+{a} = {back}",
        f"  output_padding {restoring} would restore {size}"
        if restoring != a
        else f"  the size {size} is restored",
        f"  taps on a sample: {min(counts)} to {max(counts)}; {verdict}",
    ]


def _crop(frame: int) -> str:
    return " (a crop)" if frame < 0 else ""


def _or(sizes: range) -> str:
    if len(sizes) > MOST_LISTED:
        return f"{sizes[0]} to {sizes[-1]}"
    *most, last = (str(n) for n in sizes)
    return f"{', '.join(most)} or {last}" if most else last
