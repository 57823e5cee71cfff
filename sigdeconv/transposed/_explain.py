"""The derivation of one axis of a geometry, told with its numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sigdeconv.transposed.arithmetic import ConvGeometry

__all__ = ["explain_axis"]


def explain_axis(g: ConvGeometry, size: int) -> str:
    """Return the lines of `ConvGeometry.explain` for the one axis of `g`."""
    k, s, d, a = g.kernel[0], g.stride[0], g.dilation[0], g.output_padding[0]
    p, q = g.padding[0]
    span = g.span[0]
    out = g.output_size(size)[0]
    head = f"kernel K={k}, stride S={s}, padding P={p}+{q}, dilation l={d}, output_padding a={a}"
    room = f"({size}+{p}+{q}-{span})"
    forward = [
        f"convolution of {size} samples",
        f"  the kernel spans l(K-1)+1 = {d}*{k - 1}+1 = {span}",
        f"  H_out = floor((H_in + Pt + Pb - span) / S) + 1 = floor({room}/{s}) + 1 = {out}",
        f"  remainder = {room} mod {s} = {g.remainder(size)[0]}",
        f"  {out} comes from {_or(g.input_sizes(out)[0])}",
        f"  null space of a generic kernel: {g.null_space_dimension(size)} of {size}",
    ]
    return "\n".join([head, *forward, *_transpose(g, size, out)])


def _transpose(g: ConvGeometry, size: int, out: int) -> list[str]:
    k, s, d, a = g.kernel[0], g.stride[0], g.dilation[0], g.output_padding[0]
    p, q = g.padding[0]
    before, after = g.frame[0]
    span = g.span[0]
    stuffed = s * (out - 1) + 1
    framed = stuffed + before + after + a
    lines = [
        f"transpose of the {out} samples",
        f"  put S-1 = {s - 1} zeros between the samples: S(H-1)+1 = {s}*{out - 1}+1 = {stuffed}",
        f"  frame by l(K-1)-P = {span - 1}-{p} = {before}{_crop(before)} before and "
        f"{span - 1}-{q} = {after}{_crop(after)} after, and a = {a} more: {framed}",
    ]
    back = framed - span + 1
    if back < 1:
        return [*lines, "  nothing is left: the padding crops the whole output"]
    counts = g.overlap(out)[0]
    even = g.overlap_is_even
    if even:
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


def _or(sizes: tuple[int, ...]) -> str:
    *most, last = (str(n) for n in sizes)
    return f"{', '.join(most)} or {last}" if most else last
