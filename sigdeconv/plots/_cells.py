"""The cells of a convolution, step by step: what each is, and what number it holds. Nothing draws.

Two grids. The upper one holds the input with the zeros around and between its samples, the lower
one the output. A step is one output sample (convolution, and the transpose read as a gather) or one
input sample (the transpose read as a scatter). With w the kernel of K taps, S, P, l its stride,
padding and dilation:

    convolution   y[i] = sum_k w[k] xp[i S + l k]              xp: P zeros around x
    gather        y[i] = sum_k w[K-1-k] z[i + l k]             z: S-1 zeros between, l(K-1)-P around
    scatter       y[j S + l k - P] += w[k] x[j]

The numbers are summed from the cells as they are drawn, by no other code.
(Dumoulin & Visin 2016, :doi:`10.48550/arXiv.1603.07285`.)
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv._checks import one_of
from sigdeconv.geometry import ConvGeometry, Sizes
from sigdeconv.geometry.axes import axis_integers

__all__ = [
    "Film",
    "Frame",
    "check",
    "conv_size",
    "film",
    "kernel_of",
    "place_of",
    "times",
    "transposed_size",
    "unfolded",
]

Operation = Literal["conv", "transpose"]
Reading = Literal["scatter", "gather"]

NONE, INPUT, ZERO, FRAME, CROPPED, OUTPUT = "none", "input", "zero", "frame", "cropped", "output"


@dataclasses.dataclass(frozen=True)
class Frame:
    """One step. Arrays are as large as the grids; a tap of -1 is no tap."""

    upper: NumpyArray  # taps over the cells of the upper grid
    lower: NumpyArray
    now: tuple[int, ...]  # the sample of the step: of the input for a scatter, else of the output
    done: NumpyArray  # lower cells that have received something, this step included
    values: NumpyArray  # lower numbers after this step; nan where nothing is written
    terms: tuple[tuple[float, float], ...]  # (weight, sample) of what this step adds


@dataclasses.dataclass(frozen=True)
class Film:
    """All steps of one drawing."""

    g: ConvGeometry
    operation: Operation
    reading: Reading
    x: NumpyArray
    weight: NumpyArray
    upper: NumpyArray  # kinds of the cells
    lower: NumpyArray
    output: tuple[int, ...]
    values: NumpyArray  # upper numbers; nan where there is no cell

    @property
    def extra_lower(self) -> NumpyArray:
        """Which cells of the lower grid are there for output_padding: the last a on an axis."""
        if self.operation == "conv":
            return np.zeros(self.lower.shape, dtype=bool)
        start = [p[0] if self.scatters else 0 for p in self.g.padding]
        axes = zip(self.lower.shape, start, self.output, self.g.output_padding, strict=True)
        late = [(np.arange(n) >= b + m - a) & (np.arange(n) < b + m) for n, b, m, a in axes]
        where: NumpyArray = np.logical_or.reduce(np.meshgrid(*late, indexing="ij"))
        return where & (self.lower == OUTPUT)

    @property
    def extra_upper(self) -> NumpyArray:
        """Which cells of the frame are there for output_padding: the last a on an axis."""
        if self.operation == "conv" or self.scatters:
            return np.zeros(self.upper.shape, dtype=bool)
        axes = zip(self.upper.shape, self.g.output_padding, strict=True)
        late = [np.arange(n) >= n - a for n, a in axes]
        where: NumpyArray = np.logical_or.reduce(np.meshgrid(*late, indexing="ij"))
        return where & (self.upper == FRAME)

    @property
    def scatters(self) -> bool:
        """Whether a step is an input sample."""
        return self.operation == "transpose" and self.reading == "scatter"

    @property
    def stepped(self) -> tuple[int, ...]:
        """Shape of the samples that the steps go through."""
        return self.x.shape if self.scatters else self.output

    def frames(self) -> list[Frame]:
        """Return all steps, in C order."""
        return self._scattered() if self.scatters else self._gathered()

    def _gathered(self) -> list[Frame]:
        transpose = self.operation == "transpose"
        stride = (1,) * self.g.ndim if transpose else self.g.stride
        # where the padded or framed input begins, within the grid that also shows what is cropped
        start = tuple(max(0, -f[0]) for f in self.g.frame) if transpose else (0,) * self.g.ndim
        last = tuple(n - 1 for n in self.g.kernel)
        values = np.full(self.output, np.nan)
        done = np.zeros(self.output, dtype=bool)
        frames = []
        for i in np.ndindex(*self.output):
            upper = np.full(self.upper.shape, -1)
            terms = []
            for k in np.ndindex(*self.g.kernel):
                axes = zip(start, i, stride, k, self.g.dilation, strict=True)
                place = tuple(b + m * s + n * l for b, m, s, n, l in axes)
                tap = tuple(np.subtract(last, k)) if transpose else k
                upper[place] = np.ravel_multi_index(tap, self.g.kernel)
                terms.append((float(self.weight[tap]), float(self.values[place])))
            values[i] = sum(w * x for w, x in terms)
            done[i] = True
            lower = np.full(self.output, -1)
            frames.append(Frame(upper, lower, i, done.copy(), values.copy(), tuple(terms)))
        return frames

    def _scattered(self) -> list[Frame]:
        values = np.where(self.lower == OUTPUT, 0.0, np.nan)
        done = np.zeros(self.lower.shape, dtype=bool)
        frames = []
        for j in np.ndindex(*self.x.shape):
            lower = np.full(self.lower.shape, -1)
            sample = float(self.x[j])
            for k in np.ndindex(*self.g.kernel):
                axes = zip(j, self.g.stride, k, self.g.dilation, strict=True)
                place = tuple(m * s + n * l for m, s, n, l in axes)
                lower[place] = np.ravel_multi_index(k, self.g.kernel)
                values[place] += float(self.weight[k]) * sample  # nan stays nan: cropped
                done[place] = True
            terms = tuple((float(w), sample) for w in self.weight.ravel())
            upper = np.full(self.upper.shape, -1)
            frames.append(Frame(upper, lower, j, done.copy(), values.copy(), terms))
        return frames


def film(
    g: Any,
    size: Sizes | None,
    operation: Operation,
    reading: Reading,
    x: Any = None,
    weight: Any = None,
) -> Film:
    """Return the checked drawing of `g`; the arguments are those of `plots.geometry`."""
    g = check(g, most=3)
    operation = one_of("operation", operation, get_args(Operation))
    reading = one_of("reading", reading, get_args(Reading))
    data = None if x is None else _numbers(x, "x")
    if data is not None and data.ndim != g.ndim:
        raise ValueError(f"x has shape {data.shape}; expected {g.ndim} axes, those of the geometry")
    if data is not None:
        if size is not None and axis_integers("size", size, g.ndim, least=1) != data.shape:
            raise ValueError(f"size is {size} while x has shape {data.shape}; give one of them")
        size = data.shape
    sizes = conv_size(g, size) if operation == "conv" else transposed_size(g, size)
    output = g.output_size(sizes) if operation == "conv" else g.transposed_size(sizes)
    for name, shape in (("size", sizes), ("output", output), ("kernel", g.span)):
        if math.prod(shape) > 1024:
            raise ValueError(f"{name} {shape} has too many samples to draw; expected 1024 or fewer")
    data = _triangular(sizes) if data is None else data
    upper, lower = _grids(g, sizes, output, operation, reading)
    values = np.where(upper == NONE, np.nan, 0.0)
    values[_samples(g, upper, sizes, operation, reading)] = data
    w = kernel_of(g, weight)
    return Film(g, operation, reading, data, w, upper, lower, output, values)


def check(g: Any, most: int = 2) -> ConvGeometry:
    """Return `g` if it is a geometry of one axis up to `most`.

    Raises
    ------
    TypeError, ValueError
        If it is none, or has more axes.
    """
    if not isinstance(g, ConvGeometry):
        raise TypeError(f"g must be a ConvGeometry; got {type(g).__name__}")
    if g.ndim > most:
        raise ValueError(
            f"g has {g.ndim} axes; up to {most} can be drawn. Draw a geometry of one axis of it: "
            f"the arithmetic goes axis by axis"
        )
    return g


def unfolded(a: NumpyArray, blank: Any) -> NumpyArray:
    """Return rows and columns; of three axes the planes side by side, a blank column between."""
    if a.ndim < 3:
        return np.atleast_2d(a)
    column = np.full((a.shape[1], 1), blank)
    return np.concatenate([part for plane in a for part in (plane, column)][:-1], axis=1)


def place_of(index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the row and the column of a sample where a grid of `shape` is `unfolded`."""
    plane, row, column = (0, 0, *index)[-3:]
    return row, column + plane * (shape[-1] + 1)


def conv_size(g: ConvGeometry, size: Sizes | None) -> tuple[int, ...]:
    """Return the input size of a convolution: as given, or one that gives a few outputs."""
    if size is not None:
        return axis_integers("size", size, g.ndim, least=1)
    few = {1: 5, 2: 3}.get(g.ndim, 2)
    axes = zip(g.stride, g.span, g.padding, strict=True)
    return tuple(max(1, (few - 1) * s + span - sum(p)) for s, span, p in axes)


def transposed_size(g: ConvGeometry, size: Sizes | None, few: int | None = None) -> tuple[int, ...]:
    """Return the input size of a transpose: as given, or a few samples and what padding removes."""
    if size is not None:
        return axis_integers("size", size, g.ndim, least=1)
    few = few or {1: 4, 2: 3}.get(g.ndim, 2)
    axes = zip(g.stride, g.span, g.padding, g.output_padding, strict=True)
    return tuple(max(few, 2 - (span + a - 1 - sum(p)) // s) for s, span, p, a in axes)


def kernel_of(g: ConvGeometry, weight: Any) -> NumpyArray:
    """Return `weight` checked against the geometry, or small whole numbers."""
    if weight is None:
        return (1.0 + np.arange(math.prod(g.kernel)) % 4).reshape(g.kernel)
    w = _numbers(weight, "weight")
    if w.shape != g.kernel:
        raise ValueError(f"weight has shape {w.shape}; expected the kernel of g, {g.kernel}")
    return w


def times(sizes: Sequence[int]) -> str:
    """Return a size as text: 5×4."""
    return "×".join(str(n) for n in sizes)


def _numbers(a: Any, name: str) -> NumpyArray:
    values = np.asarray(to_numpy(a))
    if values.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers; got dtype {values.dtype}")
    if values.size == 0 or not np.all(np.isfinite(values)):
        raise ValueError(f"{name} has shape {values.shape}; expected finite numbers, at least one")
    return values.astype(float)


def _triangular(sizes: tuple[int, ...]) -> NumpyArray:
    """Return small whole numbers, none of them zero: zeros in a drawing are those put in."""
    n = np.arange(math.prod(sizes))
    return (1.0 + (n * (n + 1) // 2) % 4).reshape(sizes)


def _grids(
    g: ConvGeometry,
    sizes: tuple[int, ...],
    output: tuple[int, ...],
    operation: Operation,
    reading: Reading,
) -> tuple[NumpyArray, NumpyArray]:
    whole = np.full(output, OUTPUT)
    if operation == "conv":
        axes = [_inside(n, 1, *p) for n, p in zip(sizes, g.padding, strict=True)]
        return _input(axes), whole
    if reading == "gather":
        rows = zip(sizes, g.stride, g.frame, g.output_padding, strict=True)
        axes = [_inside(n, s, before, after + a) for n, s, (before, after), a in rows]
        return _input(axes), whole
    full, window = [], []
    for n, s, span, p, m in zip(sizes, g.stride, g.span, g.padding, output, strict=True):
        stamped = (n - 1) * s + span
        place = np.arange(max(stamped, p[0] + m))
        full.append(place < stamped)
        window.append((place >= p[0]) & (place < p[0] + m))
    kept, stamped_on = _all(window), _all(full)
    lower = np.where(kept, OUTPUT, np.where(stamped_on, CROPPED, NONE))
    return np.full(sizes, INPUT), lower


def _inside(
    n: int, stride: int, before: int, after: int
) -> tuple[NumpyArray, NumpyArray, NumpyArray]:
    """Return which cells of one axis are kept, lie among the samples, and are samples."""
    length = (n - 1) * stride + 1
    place = np.arange(min(0, -before), max(length, length + after))
    among = (place >= 0) & (place < length)
    kept = (place >= -before) & (place < length + after)
    return kept, among, among & (place % stride == 0)


def _input(axes: list[tuple[NumpyArray, NumpyArray, NumpyArray]]) -> NumpyArray:
    kept, among, sample = (_all([axis[n] for axis in axes]) for n in range(3))
    kinds = np.where(among, np.where(sample, INPUT, ZERO), FRAME)
    return np.where(kept, kinds, np.where(among, CROPPED, NONE))


def _all(axes: list[NumpyArray]) -> NumpyArray:
    everywhere: NumpyArray = np.logical_and.reduce(np.meshgrid(*axes, indexing="ij"))
    return everywhere


def _samples(
    g: ConvGeometry,
    upper: NumpyArray,
    sizes: tuple[int, ...],
    operation: Operation,
    reading: Reading,
) -> tuple[slice, ...]:
    """Return where in the upper grid the samples of the input lie, the cropped ones too."""
    if operation == "conv":
        return tuple(slice(p[0], p[0] + n) for n, p in zip(sizes, g.padding, strict=True))
    if reading == "scatter":
        return tuple(slice(0, n) for n in sizes)
    first = (max(0, f[0]) for f in g.frame)
    axes = zip(first, sizes, g.stride, strict=True)
    return tuple(slice(b, b + (n - 1) * s + 1, s) for b, n, s in axes)
