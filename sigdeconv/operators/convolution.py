"""Convolution: window . filter . pad, with both adjoints, in n dimensions.

With the padded signal xp and a kernel h of K taps, dilated by l (span = l (K - 1) + 1),

    y[m] = sum_k h[k] xp[m s + span - 1 - l k]            forward
    x    = fold( sum_m conj(h[k]) y[m] at m s + span - 1 - l k )   adjoint in the signal
    h[k] = sum_m y[m] conj(xp[m s + span - 1 - l k])       adjoint in the kernel

so the forward map pads by the boundary, multiplies by the OTF and takes the window (crop and stride
are one slice); the adjoint puts the data back into the window, multiplies by the conjugate OTF and
folds. It is a true convolution: the kernel is flipped. ``padding="same"`` pads by the kernel's
centre c, so that y[n] = sum_k h[k] x[n - l (k - c)].

The adjoint is what deep learning calls the transposed convolution. It needs no output padding: the
operator knows the shape of its domain. (Dumoulin & Visin 2016, arXiv:1603.07285.)
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, Literal, final, get_args

import numpy as np

from sigdeconv import _display, _fft
from sigdeconv._array import Array, ArrayLike, NumpyArray, as_float, as_kernel, owned
from sigdeconv._checks import integers, one_of, worker_count
from sigdeconv.geometry import Axis, Boundary, ConvGeometry, Padding, Pair, Sizes
from sigdeconv.geometry.axes import out_shape_of, samples_of, window_of
from sigdeconv.geometry.borders import boundary_words, check_boundary, domain_of_data, padding_of
from sigdeconv.operators import _taps
from sigdeconv.operators._filter import (
    CircularFilter,
    FFTGrid,
    grid_of,
    grid_pads,
    taps_at,
    transform_kernel,
)
from sigdeconv.operators._in_kernel import KernelConvolution
from sigdeconv.operators._sampling import mask_of, upsample
from sigdeconv.operators.base import Operator
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.operators.centre import Centre, centre_of, without_zeros

__all__ = ["Convolution"]

ComputePath = Literal["auto", "fft", "direct"]


@final
@dataclasses.dataclass(frozen=True, eq=False, init=False, repr=False)
class Convolution(Operator):
    """Convolution of a signal of `shape` with `psf`, its border, stride, dilation and data mask.

    Parameters
    ----------
    psf : array, shape (K1, ..., Kn)
        The kernel; any parity, also larger than the signal.
    shape : sequence of int, length n
        Shape of the signal. For data of a given shape use `Convolution.for_data`.
    boundary : {"zero", "periodic", "reflect", "mirror", "nearest", "unknown"} or pairs of them
        What the signal is beyond its border. With ``unknown`` nothing is assumed: the data are
        those samples that depend on the signal alone, and are smaller than it by the kernel. A
        pair is (before, after) on every axis, ``("zero", "unknown")`` for a signal that starts from
        rest and is cut off at its end; a list has a word or a pair an axis, at least one of them a
        pair. The attribute is one word where all ends are alike, and a pair an axis otherwise.
    centre : {"middle", "start", "peak"}, int or sequence of int or str, optional
        The kernel sample that stands for zero displacement: ``middle``, the default, is ``K // 2``
        on each axis, ``start`` the first sample, ``peak`` the one of largest magnitude; or an
        index, of which any entry may be a word, and which may lie outside the kernel. The attribute
        is the index. Data of ``np.convolve(x, psf, "same")`` have their centre at ``(K - 1) // 2``,
        one before the middle for an even kernel.
    stride : int or sequence of int
        Keep every `stride`-th sample.
    dilation : int or sequence of int
        Spacing of the kernel taps.
    padding : {"same", "valid", "full"}, int or sequence of int or (int, int)
        Samples added on each side before filtering, by the rule of `boundary`. ``same`` keeps the
        shape (at stride 1); with boundary ``unknown`` only ``valid`` makes sense and is implied.
    mask : array of the data's shape, optional
        Multiplies the data: 0 for a dead sample, 1 for a good one, anything between for a weight.
    workers : int, optional
        Threads of NumPy's arrays; by default the cores that the process may use, for large ones.
    path : {"auto", "fft", "direct"}
        How to compute it; both give the same numbers. ``auto`` takes the cheaper.

    Raises
    ------
    ValueError
        If a shape, size or name is impossible; the message names the argument.

    Notes
    -----
    With a periodic boundary at stride 1 the operator is diagonal in the Fourier basis; the norm is
    not max|otf| for any other. The centres of other tools are in `sigdeconv.operators.centre`.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import Convolution
    >>> A = Convolution([1.0, 2.0, 3.0], (5,))
    >>> A(np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
    array([0., 1., 2., 3., 0.])
    >>> A.T(np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
    array([0., 3., 2., 1., 0.])
    """

    psf: NumpyArray
    shape: tuple[int, ...] = ()  # the default only satisfies the abstract property
    boundary: Boundary = "zero"
    centre: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    padding: tuple[Pair, ...] = ()
    mask: NumpyArray | None = None
    workers: int | None = None
    path: ComputePath = "auto"
    out_shape: tuple[int, ...] = dataclasses.field(init=False, default=())
    is_centre_given: bool = dataclasses.field(init=False, default=True)
    trimmed: tuple[int, ...] = dataclasses.field(init=False, default=())

    def __init__(
        self,
        psf: ArrayLike,
        shape: Sizes,
        boundary: Boundary = "zero",
        centre: Centre | None = None,
        stride: Sizes = 1,
        dilation: Sizes = 1,
        padding: Padding | Literal["full"] | None = None,
        mask: ArrayLike | None = None,
        workers: int | None = None,
        path: ComputePath = "auto",
    ) -> None:
        kernel = as_kernel(psf)
        domain, strides, dilations = _sizes(kernel, shape=shape, stride=stride, dilation=dilation)
        indices = centre_of(centre, kernel)
        span = tuple(d * (k - 1) + 1 for k, d in zip(kernel.shape, dilations, strict=True))
        shift = tuple(d * c for d, c in zip(dilations, indices, strict=True))
        border = check_boundary(boundary, kernel.ndim)
        settle = functools.partial(object.__setattr__, self)
        settle("psf", kernel)
        settle("shape", domain)
        settle("boundary", border)
        settle("centre", indices)
        settle("is_centre_given", centre is not None)
        settle("trimmed", (0,) * kernel.ndim)
        settle("stride", strides)
        settle("dilation", dilations)
        settle("padding", padding_of(padding, span, shift, border))
        settle("workers", None if workers is None else worker_count(workers))
        settle("path", one_of("path", path, get_args(ComputePath)))
        settle("out_shape", out_shape_of(self.axes, domain))
        settle("mask", None if mask is None else mask_of(mask, self.out_shape))

    def __reduce__(self) -> tuple[Any, ...]:
        # Made again from its arguments: what is cached stays behind, its arrays are read-only.
        names = [field.name for field in dataclasses.fields(self) if field.init]
        return type(self), tuple(getattr(self, name) for name in names)

    @classmethod
    def for_data(
        cls,
        psf: ArrayLike,
        shape: Sizes,
        *,
        boundary: Boundary = "unknown",
        centre: Centre | None = None,
        stride: Sizes = 1,
        dilation: Sizes = 1,
        mask: ArrayLike | None = None,
        workers: int | None = None,
        path: ComputePath = "auto",
    ) -> Convolution:
        """Return the convolution whose data have `shape`.

        For boundary ``unknown`` the signal lives on a domain wider than the data by the kernel,
        rounded up to a length that the FFT likes; `window` says where the data lie in it. Zeros
        around the kernel are cut off, so that the cost does not hang on how it is stored.

        The arguments are those of `Convolution`, but for `shape`, that of the data. The `psf` of
        what is returned is the kernel from sample `trimmed` on.
        """
        given = as_kernel(psf)
        middle = centre_of(centre, given)
        kernel, first = without_zeros(given, middle)
        data, strides, dilations = _sizes(kernel, shape=shape, stride=stride, dilation=dilation)
        moved = tuple(c - k for c, k in zip(middle, first, strict=True))
        size = tuple(m * s for m, s in zip(data, strides, strict=True))
        span = tuple(d * (k - 1) + 1 for k, d in zip(kernel.shape, dilations, strict=True))
        shift = tuple(d * c for d, c in zip(dilations, moved, strict=True))
        domain, padding = domain_of_data(size, span, shift, boundary)
        A = cls(kernel, domain, boundary, moved, strides, dilations, padding, mask, workers,
                path)  # fmt: skip
        object.__setattr__(A, "is_centre_given", centre is not None)
        object.__setattr__(A, "trimmed", first)
        return A

    @classmethod
    def from_geometry(
        cls,
        geometry: ConvGeometry,
        psf: ArrayLike,
        size: Sizes,
        *,
        boundary: Boundary = "zero",
        centre: Centre | None = None,
        mask: ArrayLike | None = None,
        workers: int | None = None,
        path: ComputePath = "auto",
    ) -> Convolution:
        """Return the convolution with the stride, dilation and padding of `geometry`.

        With the kernel flipped, since layers correlate, it is the layer `conv` and its adjoint the
        layer `conv_transpose`; `sigdeconv.transposed.layer_operator` does that. `size` is the shape
        of the signal, which stands for the output padding; see `Convolution` for the rest.

        Examples
        --------
        >>> import numpy as np
        >>> import sigdeconv as sd
        >>> g = sd.ConvGeometry(kernel=3, stride=2, padding=1)
        >>> w, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 10.0, 100.0])
        >>> A = sd.Convolution.from_geometry(g, w[::-1], size=6)
        >>> A.adjoint(y)
        array([  2.,  14.,  20., 140., 200., 400.])
        """
        kernel = as_kernel(psf)
        if kernel.shape != geometry.kernel:
            raise ValueError(
                f"psf has shape {kernel.shape}; expected {geometry.kernel}, the kernel of geometry"
            )
        return cls(kernel, size, boundary, centre, geometry.stride, geometry.dilation,
                   geometry.padding, mask, workers, path)  # fmt: skip

    @functools.cached_property
    def geometry(self) -> ConvGeometry:
        """Kernel size, stride, padding and dilation, and what follows from them."""
        return ConvGeometry(self.psf.shape, self.stride, self.padding, self.dilation, crop=True)

    @functools.cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The same axis by axis, in plain numbers."""
        before, after = zip(*self.padding, strict=True)
        none = (0,) * len(before)
        return tuple(map(Axis, self.psf.shape, self.stride, self.dilation, before, after, none))

    @property
    def span(self) -> tuple[int, ...]:
        """Size of the dilated kernel, l (K - 1) + 1 on each axis."""
        return tuple(axis.span for axis in self.axes)

    @property
    def window(self) -> tuple[slice, ...]:
        """Where the kernel's centre looks for the data: the part of x to compare with y."""
        return window_of(self.axes, self.centre, self.shape, self.out_shape)

    @functools.cached_property
    def samples(self) -> tuple[slice, ...]:
        """The slices that take the data out of the full-resolution grid: every `stride`-th."""
        return samples_of(self.out_shape, self.stride)

    @property
    def is_circulant(self) -> bool:
        """True when the operator is a product in the Fourier basis of its domain."""
        same = self.out_shape == self.shape and max(self.stride) == 1
        return same and self.boundary == "periodic" and self.mask is None

    @property
    def otf(self) -> NumpyArray:
        """The full transfer function on the grid of the domain (FFT layout, centre at zero)."""
        return np.asarray(_fft.fftn(self.place_kernel(self.shape, self._centre_shift)))

    @property
    def _centre_shift(self) -> tuple[int, ...]:
        return tuple(d * c for d, c in zip(self.dilation, self.centre, strict=True))

    def place_kernel(self, size: Sequence[int], shift: Sequence[int]) -> NumpyArray:
        """Return the dilated kernel on a periodic grid of `size`, moved back by `shift`."""
        at = taps_at(self.psf.shape, self.dilation, shift)
        return CircularFilter(self.psf, at, tuple(size), self.workers).placed()

    @property
    def grid_pads(self) -> tuple[bool, ...]:
        """Axes on which the FFT grid itself does the padding (zeros, or the wrap)."""
        return grid_pads(self.axes, self.boundary)

    @functools.cached_property
    def grid(self) -> FFTGrid:
        """The grid of the FFT path: pad to it, multiply by `transfer`, take `samples`."""
        return grid_of(self.axes, self.shape, self.boundary)

    def transfer(
        self, model: Array, full_spectrum: bool = False, shape: Sequence[int] | None = None
    ) -> Array:
        """Return the transfer function on an FFT grid on which the data start at sample 0.

        It is like `model` in namespace, device and precision; the half of the last axis, or all
        frequencies for a `full_spectrum`, as complex arrays have. The grid has a `shape` as large
        as ``grid.shape`` or larger; for that one, the default, it is computed once for each kind of
        array. Do not write to it.
        """
        if shape is None or tuple(shape) == self.grid.shape:
            return self._circular.transfer(model, full_spectrum)
        at = taps_at(self.psf.shape, self.dilation, self.grid.shift)
        return transform_kernel(self.psf, at, shape, model, full_spectrum, self.workers)

    def circular_transfer(
        self, shape: Sequence[int], model: Array, full_spectrum: bool = False
    ) -> Array:
        """Return the transfer function on a periodic grid, the kernel's centre at sample 0."""
        at = taps_at(self.psf.shape, self.dilation, self._centre_shift)
        return transform_kernel(self.psf, at, shape, model, full_spectrum, self.workers)

    @functools.cached_property
    def _circular(self) -> CircularFilter:
        at = taps_at(self.psf.shape, self.dilation, self.grid.shift)
        return CircularFilter(self.psf, at, self.grid.shape, self.workers)

    @property
    def makes_complex(self) -> bool:
        """True for a complex kernel."""
        return np.iscomplexobj(self.psf)

    @property
    def unmasked(self) -> Convolution:
        """The convolution without its mask."""
        return self if self.mask is None else dataclasses.replace(self, mask=None)

    def upsample(self, y: Array) -> Array:
        """Return data with stride - 1 zeros between the samples: `y` itself at stride 1."""
        return upsample(y, self.samples)

    @functools.cached_property
    def is_direct(self) -> bool:
        """True when the operator is computed tap by tap, without an FFT."""
        if self.path != "auto":
            return self.path == "direct"
        return _taps.is_cheaper(int(self.psf.size), self.out_shape, self.grid.shape)

    def _forward(self, x: Array) -> Array:
        if self.is_direct:
            y = _taps.forward(x, self.psf, self.geometry, self.boundary)
        else:
            padded = pad(x, self.grid.padding, self.boundary)
            y = self._circular.apply(padded, conjugate=False)[self.samples]
        return self.weigh(y)

    def _adjoint(self, y: Array) -> Array:
        y = self.weigh(y)
        if self.is_direct:
            return _taps.adjoint(y, self.psf, self.geometry, self.shape, self.boundary)
        z = self._circular.apply(self.upsample(y), conjugate=True)
        axes = zip(self.shape, self.grid.padding, strict=True)
        padded = z[tuple(slice(0, n + before + after) for n, (before, after) in axes)]
        return fold(padded, self.grid.padding, self.boundary)

    def in_kernel(self, x: Array) -> KernelConvolution:
        """Return the linear map from the kernel to the data, for a fixed signal `x`.

        Its adjoint is the second adjoint of the bilinear convolution.
        """
        signal = owned(as_float(x, "x"), x)
        if tuple(signal.shape) != self.shape:
            raise ValueError(f"x has shape {tuple(signal.shape)}; expected {self.shape}")
        return KernelConvolution(signal, self.geometry, self.boundary, self.mask, self.workers)

    def _repr_html_(self) -> str:
        return _display.html(self)

    def __repr__(self) -> str:
        sizes = (self.psf.shape, self.shape, self.out_shape)
        psf, shape, out = ("x".join(map(str, size)) for size in sizes)
        parts = [f"psf {psf}", f"{shape} -> {out}", boundary_words(self.boundary)]
        named = ("stride", self.stride), ("dilation", self.dilation)
        parts += [f"{name} {value}" for name, value in named if max(value) > 1]
        parts += ["masked"] * (self.mask is not None)
        return f"Convolution({', '.join(parts)})"


def _sizes(kernel: NumpyArray, **sizes: Any) -> list[tuple[int, ...]]:
    """Return each of `sizes`, of at least 1 and given by name, with one entry an axis."""
    of = "axes of the psf"
    return [integers(name, n, kernel.ndim, least=1, of=of) for name, n in sizes.items()]
