"""The settings of a convolution and of its transpose in n dimensions, and the sizes they give.

The equations stand in `sigdeconv.geometry.axes`; here are the checks, the answers over all axes
and the words for sizes that cannot be.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any, final

from sigdeconv._checks import one_of
from sigdeconv.geometry._explain import explain_axis
from sigdeconv.geometry._matrix import structural_rank
from sigdeconv.geometry.axes import (
    Axis,
    Padding,
    Pair,
    Sizes,
    axis_integers,
    axis_pairs,
    count_axes,
)

__all__ = ["ConvGeometry"]


@final
@dataclasses.dataclass(frozen=True, init=False)
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
    crop : bool, default: False
        Allow negative padding: the convolution reads its input without so many samples at that
        end, and the transpose puts zeros there. `Convolution.for_data` needs it; layers have none.

    Raises
    ------
    TypeError, ValueError
        If a setting is no whole number, out of range or has the wrong number of axes.

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

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[Pair, ...]
    dilation: tuple[int, ...]
    output_padding: tuple[int, ...]

    def __init__(
        self,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        output_padding: Sizes = 0,
        *,
        crop: bool = False,
    ) -> None:
        others = (stride, padding, dilation, output_padding)
        ndim = count_axes(kernel) or count_axes(*others) or 1
        kernels = axis_integers("kernel", kernel, ndim, least=1)
        strides = axis_integers("stride", stride, ndim, least=1)
        dilations = axis_integers("dilation", dilation, ndim, least=1)
        extra = axis_integers("output_padding", output_padding, ndim, least=0)
        limit = tuple(max(pair) for pair in zip(strides, dilations, strict=True))
        if any(a >= m for a, m in zip(extra, limit, strict=True)):
            raise ValueError(
                f"output_padding must be below max(stride, dilation) = {limit}; got {extra}; the "
                f"nearest is {tuple(min(a, m - 1) for a, m in zip(extra, limit, strict=True))}"
            )
        spans = tuple(d * (k - 1) + 1 for k, d in zip(kernels, dilations, strict=True))
        for name, value in (
            ("kernel", kernels),
            ("stride", strides),
            ("padding", _padding(padding, spans, crop)),
            ("dilation", dilations),
            ("output_padding", extra),
        ):
            object.__setattr__(self, name, value)

    @functools.cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The settings axis by axis."""
        befores, afters = zip(*self.padding, strict=True)
        columns = (self.kernel, self.stride, self.dilation, befores, afters, self.output_padding)
        return tuple(map(Axis, *columns))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.kernel)

    @property
    def span(self) -> tuple[int, ...]:
        """Width l(K-1)+1 of the dilated kernel."""
        return tuple(axis.span for axis in self.axes)

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Width of the input window that one sample of the convolution sees: the span."""
        return self.span

    @property
    def frame(self) -> tuple[Pair, ...]:
        """Zeros l(K-1)-P around the upsampled input of the transpose; a crop when negative."""
        return tuple(axis.frame for axis in self.axes)

    @property
    def zeros_between(self) -> tuple[int, ...]:
        """Zeros S-1 between the samples of the input of the transpose."""
        return tuple(s - 1 for s in self.stride)

    @property
    def overlap_is_even(self) -> bool:
        """Whether each sample away from the border receives equally many taps: no checkerboard.

        So it is when, on every axis, S divides K and is coprime to l.
        """
        return all(axis.overlap_is_even for axis in self.axes)

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
        axes = zip(self.axes, self._fitting(size), strict=True)
        return tuple(axis.output_size(n) for axis, n in axes)

    def remainder(self, size: Sizes) -> tuple[int, ...]:
        """Return a = (H_in + Pt + Pb - [l(K-1)+1]) mod S, the samples at the end nobody reads."""
        axes = zip(self.axes, self._fitting(size), strict=True)
        return tuple(axis.remainder(n) for axis, n in axes)

    def _fitting(self, size: Sizes) -> tuple[int, ...]:
        """Return `size` checked: at least one place for the kernel on every axis."""
        sizes = axis_integers("size", size, self.ndim, least=1)
        steps = [axis.steps(n) for axis, n in zip(self.axes, sizes, strict=True)]
        if any(r < 0 for r in steps):
            smallest = tuple(max(n, n - r) for n, r in zip(sizes, steps, strict=True))
            raise ValueError(
                f"size {sizes} with padding {self.padding} is smaller than the kernel, "
                f"which spans {self.span} (kernel {self.kernel}, dilation {self.dilation}): there "
                f"is no output sample; the smallest size is {smallest}"
            )
        return sizes

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
        sizes = axis_integers("size", size, self.ndim, least=1)
        smallest = self._smallest(sizes)
        output = tuple(n + a for n, a in zip(smallest, self.output_padding, strict=True))
        if any(n < 1 for n in output):
            raise ValueError(
                f"padding {self.padding} leaves nothing of the transposed layer: input size "
                f"{sizes} gives output size {output}; expected 1 or more. Lower the padding by "
                f"{max(1 - min(output), 1)} or give a larger input"
            )
        return output

    def _smallest(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(axis.smallest_input(n) for axis, n in zip(self.axes, sizes, strict=True))

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
        outputs = axis_integers("output", output, self.ndim, least=1)
        axes = zip(self.axes, outputs, strict=True)
        sizes = tuple(tuple(axis.input_sizes(m)) for axis, m in axes)
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
        outputs = axis_integers("output", output, self.ndim, least=1)
        first = self._smallest(axis_integers("size", size, self.ndim, least=1))
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
        sizes = axis_integers("size", size, self.ndim, least=1)
        self.transposed_size(sizes)
        return tuple(axis.overlap(n) for axis, n in zip(self.axes, sizes, strict=True))

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
        sizes = self._fitting(size)
        return math.prod(sizes) - structural_rank(self.axes, sizes)

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
        sizes = self._fitting(size)
        parts = [explain_axis(axis, n) for axis, n in zip(self.axes, sizes, strict=True)]
        if self.ndim == 1:
            return parts[0]
        total = f"together: null space {self.null_space_dimension(sizes)} of {math.prod(sizes)}"
        return "\n".join([*(f"axis {n}: {part}" for n, part in enumerate(parts)), total])


def _padding(value: Any, spans: tuple[int, ...], crop: bool) -> tuple[Pair, ...]:
    """Return padding as the user gives it as (before, after) on each axis."""
    if isinstance(value, str):
        word = one_of("padding", value, ("same", "valid"))
        whole = [span - 1 if word == "same" else 0 for span in spans]
        return tuple((n // 2, n - n // 2) for n in whole)
    pairs = axis_pairs("padding", value, len(spans), words=("same", "valid"))
    if not crop and any(v < 0 for pair in pairs for v in pair):
        raise ValueError(
            f"padding must be zero or more; got {value!r}. To widen the output of a transposed "
            f"layer use output_padding; to crop the input of a convolution slice it"
        )
    return pairs
