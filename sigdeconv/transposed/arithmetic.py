"""The arithmetic of convolution and of its transpose: sizes, overlaps, null spaces; no arrays.

One output sample of a convolution reads the window of span l(K - 1) + 1 that starts at i S - P:

    y[i] = sum_k w[k] xp[i S + l k]                      xp: x with P zeros around it
    H_out = floor((H_in + Pt + Pb - [l(K-1)+1]) / S) + 1                                  (eq. 1)

The transpose puts the same window back, and its size is the smallest H_in of eq. 1 plus the
remainder that the floor dropped, which it cannot know and is told as output_padding a:

    H_out = (H_in - 1) S - Pt - Pb + [l(K-1)+1] + a                                       (eq. 3)

It is also a convolution of stride one: put S - 1 zeros between the samples, frame them by
l(K-1) - P zeros (a crop when negative) and a more at the end, and correlate with the flipped,
l-dilated kernel. (Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`, who stop before
dilation.)
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

from sigdeconv.transposed._check import Pair, Sizes, axes_of, ints, pairs

__all__ = ["ConvGeometry"]


@dataclasses.dataclass(frozen=True)
class ConvGeometry:
    """Kernel size, stride, padding, dilation and output padding of a layer, and what follows.

    The same geometry describes the convolution and its transpose. Settings are one int for every
    axis or one entry an axis; they are kept as tuples, and every answer is a tuple over the axes.
    The kernel decides how many axes there are, or else the longest setting.

    Parameters
    ----------
    kernel : int or tuple of int
        Number of taps K.
    stride : int or tuple of int, default: 1
        Step S.
    padding : int, tuple of int, tuple of pairs (before, after), "same" or "valid", default: 0
        Zeros P around the input of the convolution; the transpose removes as many samples.
        ``"same"`` is l(K-1) in total, the smaller half before, as PyTorch has it: the size stays at
        stride 1 and becomes ceil(H / S) otherwise.
    dilation : int or tuple of int, default: 1
        Spacing l of the taps; 1 is a dense kernel.
    output_padding : int or tuple of int, default: 0
        Samples a that the transpose adds to its far end. They are computed, they are not zeros.
        Below max(stride, dilation), as in PyTorch.

    Raises
    ------
    TypeError, ValueError
        If a setting is no int, out of range or has the wrong number of axes.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.
    .. [2] A. Odena, V. Dumoulin and C. Olah, "Deconvolution and checkerboard artifacts",
           Distill, 2016, :doi:`10.23915/distill.00003`.

    Examples
    --------
    >>> g = ConvGeometry(kernel=5, stride=3, padding=2)
    >>> g.output_size(16), g.transposed_size(6), g.input_sizes(6)
    ((6,), (16,), ((16, 17, 18),))
    >>> g.remainder(18), g.output_padding_for(output=18, size=6)
    ((2,), (2,))
    """

    kernel: Any
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    output_padding: Any = 0

    def __post_init__(self) -> None:
        given: dict[str, Any] = dataclasses.asdict(self)
        given_kernel = isinstance(self.kernel, (tuple, list))
        ndim = len(self.kernel) if given_kernel else axes_of(**given)
        settings: dict[str, Any] = {
            name: ints(given[name], name, ndim, low)
            for name, low in (("kernel", 1), ("stride", 1), ("dilation", 1), ("output_padding", 0))
        }
        reach = _reach(settings["kernel"], settings["dilation"])
        settings["padding"] = pairs(given["padding"], reach)
        limits = zip(settings["stride"], settings["dilation"], strict=True)
        limit = tuple(max(pair) for pair in limits)
        extra = settings["output_padding"]
        if any(a >= m for a, m in zip(extra, limit, strict=True)):
            raise ValueError(
                f"output_padding must be below max(stride, dilation) = {limit}; got {extra}; the "
                f"nearest is {tuple(min(a, m - 1) for a, m in zip(extra, limit, strict=True))}"
            )
        for name, value in settings.items():
            object.__setattr__(self, name, value)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.kernel)

    @property
    def span(self) -> tuple[int, ...]:
        """Width l(K-1)+1 of the dilated kernel."""
        return tuple(r + 1 for r in _reach(self.kernel, self.dilation))

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Width of the input window that one sample of the convolution sees: the span."""
        return self.span

    @property
    def frame(self) -> tuple[Pair, ...]:
        """Zeros l(K-1)-P around the stuffed input of the transpose; a crop when negative."""
        spans = zip(self.span, self.padding, strict=True)
        return tuple((span - 1 - p[0], span - 1 - p[1]) for span, p in spans)

    @property
    def zeros_between(self) -> tuple[int, ...]:
        """Zeros S-1 between the samples of the input of the transpose."""
        return tuple(s - 1 for s in self.stride)

    @property
    def overlap_is_even(self) -> bool:
        """Whether each sample away from the border receives equally many taps: no checkerboard.

        So it is when, on every axis, S divides K and is coprime to l.
        """
        axes = zip(self.kernel, self.stride, self.dilation, strict=True)
        return all(k % s == 0 and math.gcd(s, d) == 1 for k, s, d in axes)

    def output_size(self, size: Sizes) -> tuple[int, ...]:
        """Return the size of the convolution's output for an input of `size` (eq. 1).

        Parameters
        ----------
        size : int or tuple of int
            Size H_in of the input, at least 1.

        Returns
        -------
        output : tuple of int
            Size H_out, at least 1 on every axis.

        Raises
        ------
        ValueError
            If the dilated kernel is wider than the padded input.
        """
        room = self._room(size)
        return tuple(r // s + 1 for r, s in zip(room, self.stride, strict=True))

    def remainder(self, size: Sizes) -> tuple[int, ...]:
        """Return a = (H_in + Pt + Pb - [l(K-1)+1]) mod S, the samples at the end nobody reads."""
        return tuple(r % s for r, s in zip(self._room(size), self.stride, strict=True))

    def _room(self, size: Sizes) -> tuple[int, ...]:
        sizes = ints(size, "size", self.ndim, 1)
        axes = zip(sizes, self.padding, self.span, strict=True)
        room = tuple(h + sum(p) - span for h, p, span in axes)
        if any(r < 0 for r in room):
            raise ValueError(
                f"size {sizes} with padding {self.padding} is smaller than the kernel, "
                f"which spans {self.span} (kernel {self.kernel}, dilation {self.dilation}); the "
                f"smallest size is {tuple(max(h, h - r) for h, r in zip(sizes, room, strict=True))}"
            )
        return room

    def transposed_size(self, size: Sizes) -> tuple[int, ...]:
        """Return the size of the transpose's output for an input of `size` (eq. 3).

        Parameters
        ----------
        size : int or tuple of int
            Size H_in of the input, at least 1.

        Returns
        -------
        output : tuple of int
            Size H_out, at least 1 on every axis.

        Raises
        ------
        ValueError
            If the padding crops everything away.
        """
        sizes = ints(size, "size", self.ndim, 1)
        output = tuple(
            n + a for n, a in zip(self._smallest(sizes), self.output_padding, strict=True)
        )
        if any(n < 1 for n in output):
            raise ValueError(
                f"padding {self.padding} leaves nothing of the transposed layer: input size "
                f"{sizes} gives output size {output}; expected 1 or more. Lower the padding by "
                f"{max(1 - min(output), 1)} or give a larger input"
            )
        return output

    def _smallest(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        axes = zip(sizes, self.stride, self.padding, self.span, strict=True)
        return tuple((h - 1) * s - sum(p) + span for h, s, p, span in axes)

    def input_sizes(self, output: Sizes) -> tuple[tuple[int, ...], ...]:
        """Return all input sizes from which the convolution makes `output`: at most S an axis.

        Parameters
        ----------
        output : int or tuple of int
            Size H_out of the convolution's output, at least 1.

        Returns
        -------
        sizes : tuple of tuple of int
            For each axis the sizes, rising; the first is that of eq. 2.

        Raises
        ------
        ValueError
            If no input gives that size on some axis.
        """
        outputs = ints(output, "output", self.ndim, 1)
        first = self._smallest(outputs)
        axes = zip(first, self.stride, strict=True)
        sizes = tuple(tuple(range(max(n, 1), n + s)) for n, s in axes)
        if not all(sizes):
            widths = zip(self.padding, self.span, strict=True)
            least = self.output_size(tuple(max(1, span - sum(p)) for p, span in widths))
            raise ValueError(
                f"output {outputs} is never reached: with padding {self.padding} an input of one "
                f"sample already gives more; the smallest output is {least}"
            )
        return sizes

    def output_padding_for(self, output: Sizes, size: Sizes) -> tuple[int, ...]:
        """Return the output_padding with which the transpose takes `size` to `output`.

        Parameters
        ----------
        output : int or tuple of int
            Wanted size of the transpose's output.
        size : int or tuple of int
            Size of its input.

        Returns
        -------
        output_padding : tuple of int
            At least 0 and below max(S, l) on every axis.

        Raises
        ------
        ValueError
            If `output` cannot be reached; the message lists what can.
        """
        outputs = ints(output, "output", self.ndim, 1)
        first = self._smallest(ints(size, "size", self.ndim, 1))
        axes = zip(first, self.stride, self.dilation, strict=True)
        reach = tuple(range(max(n, 1), n + max(s, d)) for n, s, d in axes)
        if any(n not in sizes for n, sizes in zip(outputs, reach, strict=True)):
            listed = ", ".join(f"{r.start} to {r.stop - 1}" if r else "none" for r in reach)
            raise ValueError(
                f"output_size {outputs} cannot be reached from size {size}: reachable on each axis "
                f"are {listed} (smallest (H-1)S - P + l(K-1)+1, then less than "
                f"max(stride, dilation) more)"
            )
        return tuple(n - m for n, m in zip(outputs, first, strict=True))

    def overlap(self, size: Sizes) -> tuple[tuple[int, ...], ...]:
        """Return how many taps reach each output sample of the transpose: the checkerboard.

        Parameters
        ----------
        size : int or tuple of int
            Size of the transpose's input.

        Returns
        -------
        counts : tuple of tuple of int
            For each axis one count an output sample. In n dimensions the count of a sample is the
            product over the axes (the outer product).

        Examples
        --------
        >>> ConvGeometry(kernel=3, stride=2).overlap(4)
        ((1, 1, 2, 1, 2, 1, 2, 1, 1),)
        >>> ConvGeometry(kernel=4, stride=2).overlap(4)
        ((1, 1, 2, 2, 2, 2, 2, 2, 1, 1),)
        """
        sizes = ints(size, "size", self.ndim, 1)
        counts = []
        for axis, length in enumerate(self.transposed_size(sizes)):
            count = [0] * length
            for i, k in itertools.product(range(sizes[axis]), range(self.kernel[axis])):
                place = i * self.stride[axis] + k * self.dilation[axis] - self.padding[axis][0]
                if 0 <= place < length:
                    count[place] += 1
            counts.append(tuple(count))
        return tuple(counts)

    def null_space_dimension(self, size: Sizes) -> int:
        """Return how many independent inputs of `size` a generic kernel maps to zero.

        Generic: the weights obey no relation, which holds for all of them but a set of measure
        zero. Special kernels (a box, a separable one) may lose more, never less. It is the number
        of input samples minus the structural rank of the convolution's matrix; in one dimension
        that is a theorem (the monotone matching of rows to columns is a term of its own in the
        determinant), in more it is the upper limit of the rank, reached in every case tested.

        Parameters
        ----------
        size : int or tuple of int
            Size of the convolution's input.

        Returns
        -------
        dimension : int
            Zero if and only if the values can be recovered without a prior.

        Examples
        --------
        >>> ConvGeometry(3).null_space_dimension(64), ConvGeometry(3, 2, 1).null_space_dimension(64)
        (2, 32)
        """
        from sigdeconv.transposed._matrix import structural_rank

        sizes = ints(size, "size", self.ndim, 1)
        return math.prod(sizes) - structural_rank(self, sizes)

    def explain(self, size: Sizes) -> str:
        """Return the whole derivation, with its numbers, for a convolution input of `size`.

        Examples
        --------
        >>> print(ConvGeometry(kernel=5, stride=3, padding=2).explain(18))
        kernel K=5, stride S=3, padding P=2+2, dilation l=1, output_padding a=0
        convolution of 18 samples
          the kernel spans l(K-1)+1 = 1*4+1 = 5
          H_out = floor((H_in + Pt + Pb - span) / S) + 1 = floor((18+2+2-5)/3) + 1 = 6
          remainder = (18+2+2-5) mod 3 = 2
          6 comes from 16, 17 or 18
          null space of a generic kernel: 12 of 18
        transpose of the 6 samples
          put S-1 = 2 zeros between the samples: S(H-1)+1 = 3*5+1 = 16
          frame by l(K-1)-P = 4-2 = 2 before and 4-2 = 2 after, and a = 0 more: 20
          correlate with the flipped, 1-dilated kernel at stride 1: 20-5+1 = 16
          the same by H_out = (H-1)S - Pt - Pb + span + a = 5*3-2-2+5+0 = 16
          output_padding 2 would restore 18
          taps on a sample: 1 to 2; K is not a multiple of S: the overlap is uneven
        """
        from sigdeconv.transposed._explain import explain_axis

        sizes = ints(size, "size", self.ndim, 1)
        parts = [
            explain_axis(
                ConvGeometry(
                    self.kernel[n],
                    self.stride[n],
                    [self.padding[n]],
                    self.dilation[n],
                    self.output_padding[n],
                ),
                sizes[n],
            )
            for n in range(self.ndim)
        ]
        if self.ndim == 1:
            return parts[0]
        total = f"together: null space {self.null_space_dimension(sizes)} of {math.prod(sizes)}"
        return "\n".join([*(f"axis {n}: {part}" for n, part in enumerate(parts)), total])


def _reach(kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(d * (k - 1) for k, d in zip(kernel, dilation, strict=True))
