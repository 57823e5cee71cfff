"""One axis of a convolution and of its transpose, in plain numbers.

One output sample of a convolution reads the window of span l(K - 1) + 1 that starts at i S - P:

    y[i] = sum_k w[k] xp[i S + l k]                      xp: x with P zeros around it
    H_out = floor((H_in + Pt + Pb - [l(K-1)+1]) / S) + 1                                  (eq. 1)

The transpose puts the same window back, and its size is the smallest H_in of eq. 1 plus the
remainder that the floor dropped, which it cannot know and is given as output_padding a:

    H_out = (H_in - 1) S - Pt - Pb + [l(K-1)+1] + a                                       (eq. 3)

It is also a convolution of stride one: put S - 1 zeros between the samples, frame them by
l(K-1) - P zeros (a crop when negative) and a more at the end, and correlate with the flipped,
l-dilated kernel. (Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`, who stop before
dilation.)
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

__all__ = ["Axis"]


class Axis(NamedTuple):
    """Settings of one axis, checked, and what follows for sizes that fit.

    Parameters
    ----------
    kernel, stride, dilation : int
        Taps K, step S and tap spacing l.
    before, after : int
        Padding Pt and Pb; negative numbers crop.
    extra : int
        Output padding a of the transpose.

    Examples
    --------
    >>> Axis(kernel=5, stride=3, dilation=1, before=2, after=2, extra=0).output_size(16)
    6
    """

    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    extra: int

    @property
    def span(self) -> int:
        """Width l(K-1)+1 of the dilated kernel."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def frame(self) -> tuple[int, int]:
        """Zeros l(K-1)-P around the upsampled input of the transpose; a crop when negative."""
        return self.span - 1 - self.before, self.span - 1 - self.after

    @property
    def overlap_is_even(self) -> bool:
        """Whether each sample away from the border receives equally many taps."""
        return self.kernel % self.stride == 0 and math.gcd(self.stride, self.dilation) == 1

    def steps(self, size: int) -> int:
        """Return how far the kernel can move over an input of `size`; negative if it is wider."""
        return size + self.before + self.after - self.span

    def output_size(self, size: int) -> int:
        """Return H_out of the convolution (eq. 1)."""
        return self.steps(size) // self.stride + 1

    def remainder(self, size: int) -> int:
        """Return the samples at the end that the convolution of `size` does not read."""
        return self.steps(size) % self.stride

    def smallest_input(self, output: int) -> int:
        """Return the smallest H_in of eq. 1 that gives `output`: eq. 3 without a."""
        return (output - 1) * self.stride - self.before - self.after + self.span

    def input_sizes(self, output: int) -> range:
        """Return all H_in that give `output`: S of them, fewer where some would be below 1."""
        first = self.smallest_input(output)
        return range(max(first, 1), first + self.stride)

    def overlap(self, size: int) -> tuple[int, ...]:
        """Return how many taps reach each output sample of the transpose of `size` samples."""
        count = [0] * (self.smallest_input(size) + self.extra)
        for i, k in itertools.product(range(size), range(self.kernel)):
            place = i * self.stride + k * self.dilation - self.before
            if 0 <= place < len(count):
                count[place] += 1
        return tuple(count)
